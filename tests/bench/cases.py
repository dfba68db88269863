"""The cases: who is compared with whom, in what, and how one sample is taken."""

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from statistics import median

from bench import paced
from bench.load import Wrk
from bench.origin import walk
from bench.processes import busy_s, cores
from bench.subjects import Site, Subject

VIEWERS = 1000
WALK_PER_SECOND = {"2m": 1200, "200k": 6000}
"""Addresses for a second of a cold walk: more than any subject gets through."""
FIRST_BYTES = 40
"""Sequential requests of one sample."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One subject in one round. `figure` is what the case compares."""

    figure: float
    rate: float = 0.0
    """Requests per second."""
    sent_mb_s: float = 0.0
    p99_ms: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    """Share of a core, by server."""
    asked_per_request: float = 0.0
    """Requests to the source, per request."""
    rss_mb: float = 0.0
    errors: int = 0
    others: float = 0.0
    """Share of the measured core that somebody else had."""


Taking = Callable[["Bench", Subject, int], Sample]


@dataclass(frozen=True, slots=True)
class Case:
    """Subjects in turn; the last one is what the others are compared with."""

    name: str
    title: str
    unit: str
    subjects: tuple[str, ...]
    take: Taking
    is_time: bool = False
    """Whether the figure is one in milliseconds: then differences are told, not ratios."""


class Bench:
    """The site, the load, and how long each sample takes. Round 0 is the warm-up."""

    def __init__(self, site: Site, wrk: Wrk, *, rounds: int, seconds: int) -> None:
        self.site, self.wrk, self.rounds, self.seconds = site, wrk, rounds, seconds

    def prepare(self) -> None:
        """Give the source its playlists, and the streamers a channel for each."""
        names = ["live", "multi"]
        for size, per_second in WALK_PER_SECOND.items():
            self.site.origin.add(f"hot-{size}", [f"/{size}/hot.ts"])
            names.append(f"hot-{size}")
            for number in range(self.rounds + 1):
                name = f"walk-{size}-{number}"
                self.site.origin.add(name, walk(size, name, per_second * self._lasts(number)))
                names.append(name)
        for number in range(self.rounds + 1):
            name = f"first-{number}"
            self.site.origin.add(name, walk("200k", name, FIRST_BYTES))
            names.append(name)
        self.site.tell(names)

    def _lasts(self, number: int) -> int:
        return self.seconds if number else 1

    def loaded(
        self, subject: Subject, paths: list[str], number: int, *, viewers: int = 0, once: bool = False
    ) -> tuple[Sample, float]:
        """Load a subject; return a sample without its figure, and the processor time that it took."""
        asked, before, busy = self.site.origin.asked(), subject.cpu_s(), busy_s(cores()[0])
        load = self.wrk.run(subject.port, paths, self._lasts(number), viewers=viewers, once=once)
        spent = {name: after - before[name] for name, after in subject.cpu_s().items()}
        seconds = load.took_us / 1e6
        counted_s = sum(spent[server.name] for server in subject.servers)
        sample = Sample(
            figure=0.0,
            rate=load.per_second,
            sent_mb_s=load.sent_bytes / 1e6 / seconds,
            p99_ms=load.p99_us / 1000,
            cpu={name: cpu_s / seconds for name, cpu_s in spent.items()},
            asked_per_request=(self.site.origin.asked() - asked) / max(1, load.requests),
            rss_mb=subject.rss_bytes() / 1e6,
            others=max(0.0, busy_s(cores()[0]) - busy - counted_s) / seconds,
            errors=load.errors,
        )
        return sample, counted_s / seconds


def hot(size: str) -> Taking:
    """One segment that everybody wants: in memory, or in the page cache."""

    def take(bench: Bench, subject: Subject, number: int) -> Sample:
        paths = subject.addresses(f"hot-{size}")
        bench.wrk.touch(subject.port, paths[0])
        return _megabytes(*bench.loaded(subject, paths, number))

    return take


def cold(size: str) -> Taking:
    """Segments that nobody has asked for before, each once."""

    def take(bench: Bench, subject: Subject, number: int) -> Sample:
        paths = subject.addresses(f"walk-{size}-{number}")
        return _megabytes(*bench.loaded(subject, paths, number, once=True))

    return take


def playlist(name: str) -> Taking:
    """A live playlist, for a thousand viewers. `multi` leads to a nested one."""

    def take(bench: Bench, subject: Subject, number: int) -> Sample:
        sample, core = bench.loaded(subject, [_playlist(subject, name)], number, viewers=VIEWERS)
        return replace(sample, figure=sample.rate / core)

    return take


def half_rate(bench: Bench, subject: Subject, number: int) -> Sample:
    """A live playlist at half of the streamer's greatest rate, come what may: how long it takes."""
    streamer = bench.site.subject("streamer")
    greatest = bench.wrk.run(streamer.port, [_playlist(streamer, "live")], 1, viewers=VIEWERS).per_second
    seconds = bench.seconds if number else 1
    path = _playlist(subject, "live")
    waits = paced.load(subject.port, path, rate=greatest / 2, seconds=seconds, viewers=VIEWERS)
    p99_ms = percentile(waits.took_ms, 99)
    return Sample(figure=median(waits.took_ms), rate=greatest / 2, p99_ms=p99_ms, errors=waits.errors)


def first_byte(_: Bench, subject: Subject, number: int) -> Sample:
    """The first byte of a segment that nobody has asked for before, one after the other."""
    with socket.create_connection(("127.0.0.1", subject.port), timeout=10) as connection:
        took_ms = [first_byte_ms(connection, path) for path in subject.addresses(f"first-{number}")]
    took_s = sum(took_ms) / 1000
    return Sample(figure=median(took_ms), rate=len(took_ms) / took_s, p99_ms=percentile(took_ms, 99))


def first_byte_ms(connection: socket.socket, path: str) -> float:
    """Ask for a path; return how long its body's first byte took. The body is read to its end."""
    began = time.perf_counter()
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    answer = bytearray()
    while not answer.partition(b"\r\n\r\n")[2]:
        answer += connection.recv(65536)
    took_ms = (time.perf_counter() - began) * 1000
    head, _, body = answer.partition(b"\r\n\r\n")
    left = content_length(bytes(head)) - len(body)
    while left > 0:
        left -= len(connection.recv(min(left, 1 << 20)))
    return took_ms


def content_length(head: bytes) -> int:
    """Return what an answer's head says of its length."""
    lines = head.lower().split(b"\r\n")
    return next(int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:"))


def percentile(values: list[float], percent: float) -> float:
    """Return the value below which so many percent of them are."""
    return sorted(values)[min(len(values) - 1, int(len(values) * percent / 100))]


def _playlist(subject: Subject, name: str) -> str:
    return subject.addresses("multi")[0] if name == "multi" else subject.entry.format(name=name)


def _megabytes(sample: Sample, core: float) -> Sample:
    return replace(sample, figure=sample.sent_mb_s / core)


MB_UNIT = "MB per CPU-second"
HOT = ("streamer", "caddy-files", "nginx-cache-copying", "nginx-cache")
COLD = ("streamer", "streamer-alone", "nginx-proxy")
CADDY = ("caddy-streamer", "caddy-nginx")
PLAYLIST = ("streamer", "nginx-cache")
FIRST = ("streamer", "streamer-alone", "nginx-proxy", "origin")

CASES = (
    Case("hot-2m", "A hot segment of 2 MB", MB_UNIT, HOT, hot("2m")),
    Case("hot-200k", "A hot segment of 200 KB", MB_UNIT, HOT, hot("200k")),
    Case("cold-2m", "Cold segments of 2 MB", MB_UNIT, COLD, cold("2m")),
    Case("cold-200k", "Cold segments of 200 KB", MB_UNIT, COLD, cold("200k")),
    Case("caddy-2m", "Through Caddy: a hot segment of 2 MB", MB_UNIT, CADDY, hot("2m")),
    Case("caddy-200k", "Through Caddy: a hot segment of 200 KB", MB_UNIT, CADDY, hot("200k")),
    Case("playlist-media", "A media playlist", "requests per CPU-second", PLAYLIST, playlist("live")),
    Case("playlist-nested", "A nested playlist", "requests per CPU-second", PLAYLIST, playlist("multi")),
    Case("playlist-p99", "A playlist at half rate", "ms, median", PLAYLIST, half_rate, True),
    Case("first-byte", "First byte of a cold segment", "ms, median", FIRST, first_byte, True),
)
