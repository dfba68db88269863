"""What an operator can say when the stack runs on one machine: the environment, or `.env`.

What only a service needs is passed on to it untouched; what must be right before anything starts is read
here, so that a wrong value is one line and not a process that keeps coming back.
"""

import os
import re
from pathlib import Path
from typing import Annotated

from chassis.settings import ListOf, Networks, check_networks, check_socks5, split_list
from chassis.tokens import AccessTokens
from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

HOST = re.compile(r"(?:(https?)://)?([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):(\d{1,5})/?")
PRIVATE = "private_ranges"


def check_backends(values: tuple[str, ...]) -> tuple[str, ...]:
    """Accept `host:port` and `http://host:port`; return the latter.

    Raises
    ------
    ValueError
        If a value is neither.
    """
    matches = [HOST.fullmatch(value) for value in values]
    if not all(matches):
        raise ValueError("accepted: http://host:port or host:port, separated by spaces or commas")
    return tuple(f"{match[1] or 'http'}://{match[2]}:{match[3]}" for match in matches if match)


def check_http(value: str) -> str:
    """Accept an http or https address.

    Raises
    ------
    ValueError
        If it is none.
    """
    if value and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", value):
        raise ValueError("accepted: an address such as http://source.example")
    return value


def check_base(value: str) -> str:
    """Accept an http or https address without a path: what players are given begins at the root.

    Raises
    ------
    ValueError
        If it is none.
    """
    if value and not re.fullmatch(r"https?://[^\s/]+/?", value):
        raise ValueError("accepted: an address without a path, such as https://tv.example.org")
    return value


def check_inside(values: tuple[str, ...]) -> tuple[str, ...]:
    """Accept networks, and Caddy's own word for all private ones.

    Raises
    ------
    ValueError
        If a value is neither.
    """
    try:
        return tuple(value if value == PRIVATE else check_networks((value,))[0] for value in values)
    except ValueError as error:
        raise ValueError(str(error).replace("accepted: ", f"accepted: {PRIVATE}, or ")) from None


Backends = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_list), AfterValidator(check_backends)]
Address = Annotated[str, AfterValidator(check_http)]


class Settings(BaseSettings):
    """The operator's settings, as far as they decide what is started."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

    port: Annotated[int, Field(ge=1, le=65_535)] = 3232
    """Caddy's port."""
    workers: Annotated[int, Field(ge=1, le=256)] = 4
    """Number of streamers."""
    api_url: Annotated[str, AfterValidator(check_base)] = ""
    """The public base address."""
    backend_host_uri: Backends = ()
    """Streamers elsewhere; none start here then."""
    daddylive_uri: Address = ""
    """The site source."""
    sources: str = ""
    """Further sources; with neither, the demo."""
    proxy_content: bool = True
    """Whether segments go through here."""
    socks5: Annotated[str, AfterValidator(check_socks5)] | None = None
    """For every source that names no other."""
    cache_mb: Annotated[int, Field(ge=0, le=1_048_576)] = 256
    """Memory for segments of one streamer."""
    trusted_proxies: Networks = ("127.0.0.1/32", "::1/128")
    """Whose `X-Forwarded-*` Caddy believes."""
    inside: Annotated[ListOf, AfterValidator(check_inside)] = (PRIVATE,)
    """Networks that may see `/health/detailed` and `/metrics`."""
    access_tokens: AccessTokens = SecretStr("")
    """Who may come in: checked before anything starts; the start looks through the front door with the
    first one.
    """
    redis_url: SecretStr = SecretStr("")
    """The catalog's Redis."""
    cache_redis_url: SecretStr = SecretStr("")
    """The Redis of playlists and segments."""
    nats_url: SecretStr = SecretStr("")
    """The bus."""
    data_dir: Path = Path(".data")
    """Where data is kept."""
    demo_dir: Path | None = None
    """Where the demo's media is kept; a folder in `data_dir` if not said."""
    page_dir: Path = Path("services/frontend/dist")
    """The built page."""
    caddyfile: Path = Path("Caddyfile")
    """Caddy's configuration."""

    @property
    def runs_demo(self) -> bool:
        """Whether the demo source is what there is to see."""
        return not self.daddylive_uri and not self.sources


def dotenv(path: Path = Path(".env")) -> dict[str, str]:
    """Return what `.env` says: children get it too, under what the environment says."""
    said = dotenv_values(path)
    return {name: value for name, value in said.items() if value is not None and name not in os.environ}
