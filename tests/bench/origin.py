"""A source that costs next to nothing: nginx, one worker, files. It counts what it is asked.

All names under `/2m/` and `/200k/` are one file, so a playlist may list as many segments as a walk needs.
"""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import httpx
from bench.nginx import configuration, nginx
from bench.processes import Server
from support.servers import free_port

SIZES = {"2m": 2_000_000, "200k": 200_000}
"""Bytes of a segment."""

TARGET_S = 2
WINDOW = 6
MULTIVARIANT = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=4000000,RESOLUTION=1280x720\n/live.m3u8\n"

SITE = """
server {{
    listen 127.0.0.1:{port};
    root {root};
    location /2m/ {{ try_files $uri /2m/hot.ts; }}
    location /200k/ {{ try_files $uri /200k/hot.ts; }}
    location = /asked {{ stub_status; }}
}}
"""


class Origin:
    """The source: `add` gives it playlists, `asked` says how many requests there were."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "origin"
        self.port = free_port()
        for size, size_bytes in SIZES.items():
            (self.root / size).mkdir(parents=True)
            (self.root / size / "hot.ts").write_bytes(Random(size).randbytes(size_bytes))  # noqa: S311
        self._config = configuration(folder, "origin", SITE.format(port=self.port, root=self.root))
        self._counted = httpx.Client(base_url=self.base)
        self._own = 0

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def server(self, core: int) -> Server:
        """Return the program, not yet started."""
        return nginx("origin", self._config, self.port, core)

    def add(self, name: str, addresses: list[str], *, target_s: int = 60, first: int = 1) -> None:
        """Give it a media playlist. It is replaced as a whole, never seen half."""
        text = media_playlist(addresses, target_s=target_s, first=first)
        draft = self.root / f".{name}"
        draft.write_text(text)
        draft.replace(self.root / f"{name}.m3u8")

    def add_multivariant(self) -> None:
        """Give it a multivariant playlist that leads to the live one."""
        (self.root / "multi.m3u8").write_text(MULTIVARIANT)

    def asked(self) -> int:
        """Return how many requests there were, this question's own left out."""
        self._own += 1
        numbers = self._counted.get("/asked").text.splitlines()[2].split()
        return int(numbers[2]) - self._own

    def close(self) -> None:
        """Close what it counts with."""
        self._counted.close()


def media_playlist(addresses: list[str], *, target_s: int, first: int) -> str:
    """Return a live media playlist of these addresses."""
    head = f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:{target_s}\n#EXT-X-MEDIA-SEQUENCE:{first}\n"
    return head + "".join(f"#EXTINF:{target_s}.000,\n{address}\n" for address in addresses)


def walk(size: str, name: str, count: int) -> list[str]:
    """Return addresses that nobody has asked for before."""
    return [f"/{size}/{name}-{number}.ts" for number in range(count)]


@contextlib.contextmanager
def advancing(origin: Origin) -> Iterator[None]:
    """Let `/live.m3u8` go on as a live playlist does, for as long as the context is open."""
    ending = threading.Event()

    def go_on() -> None:
        first = 1
        while True:
            numbers = range(first, first + WINDOW)
            origin.add("live", [f"/200k/live-{n}.ts" for n in numbers], target_s=TARGET_S, first=first)
            if ending.wait(TARGET_S):
                return
            first += 1

    origin.add_multivariant()
    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
