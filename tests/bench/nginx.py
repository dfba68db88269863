"""nginx, configured in a temporary folder: in the foreground, unprivileged, one worker."""

import getpass
import os
from pathlib import Path

from bench.processes import Server, needed

MAIN = """
daemon off;
worker_processes 1;
{user}
pid {folder}/{name}.pid;
error_log {folder}/{name}.log crit;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/{name}-body;
    proxy_temp_path {folder}/{name}-proxy;
    fastcgi_temp_path {folder}/{name}-fastcgi;
    uwsgi_temp_path {folder}/{name}-uwsgi;
    scgi_temp_path {folder}/{name}-scgi;
    types {{ video/mp2t ts; application/vnd.apple.mpegurl m3u8; }}
    keepalive_requests 100000000;
    tcp_nopush on;
    aio off;
    sendfile {sendfile};
    {site}
}}
"""

UPSTREAM = """
upstream source {{ server 127.0.0.1:{source}; keepalive 64; keepalive_requests 100000000; }}
"""

CACHE = (
    UPSTREAM
    + """
proxy_cache_path {folder}/{name}-cache levels=1:2 keys_zone=media:10m
    max_size=1g inactive=1h use_temp_path=off;
server {{
    listen 127.0.0.1:{port};
    location / {{
        proxy_pass http://source;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_cache media;
        proxy_cache_valid 200 1h;
    }}
}}
"""
)

PROXY = (
    UPSTREAM
    + """
server {{
    listen 127.0.0.1:{port};
    location / {{
        proxy_pass http://source;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_buffering on;
        proxy_buffers 16 64k;
        proxy_max_temp_file_size 0;
    }}
}}
"""
)


def configuration(folder: Path, name: str, site: str, *, sendfile: bool = True) -> Path:
    """Write a configuration and return its path. As root, workers stay root: the folder is nobody else's."""
    user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    path = folder / f"{name}.conf"
    how = "on" if sendfile else "off"
    path.write_text(MAIN.format(folder=folder, name=name, user=user, site=site, sendfile=how))
    return path


def nginx(name: str, config: Path, port: int, core: int) -> Server:
    """Return an nginx, not yet started."""
    error_log = str(config.with_suffix(".log"))
    return Server(name, [needed("nginx"), "-e", error_log, "-c", str(config)], port, core=core)
