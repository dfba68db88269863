"""`make bench-tuner`: MPEG-TS in all its forms, for five minutes.

Many viewers of one channel that is endless MPEG-TS, through the repository's Caddyfile: how many connections
they cost the source. At the same time ffmpeg plays its HLS form, and two tuners read by number, as Plex does:
that channel, and one that is HLS with rotating keys. Their packets are counted, and given to ffmpeg.
"""

import asyncio
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field

import uvloop
from bench.cluster import Nodes
from bench.demo import Demo
from bench.options import Tuners
from bench.report import say
from support.packets import PACKET, gaps
from support.playing import FRAMES_A_SECOND, FfmpegPlayer

ENDLESS, JOINED = "lantern", "53"
SOURCE = f"/live/{ENDLESS}/stream.ts"
CONNECT_S = 30.0
SILENCE_MOST_S = 120.0
PIECE_BYTES = 1 << 16
SETTLE_S = 5.0
WAYS = 3
"""How the channel is asked for: by its id, by its number, and as HLS. Each may lead to a node of its own."""
LACKING_S = 12.0
"""By how much less than it lasted may have come: what was not there yet when it began and when it ended."""


@dataclass
class Tuner:
    """Somebody who reads a continuous stream."""

    port: int
    path: str
    keeps: bool = False
    """Whether what it reads is kept, to be judged."""
    body: bytearray = field(default_factory=bytearray)
    size: int = 0
    status: str = ""
    ended: bool = False
    pause_s: float = 0.0
    """The longest time without a byte."""

    async def watch(self, seconds: float) -> None:
        """Read for so long."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(
                f"GET {self.path} HTTP/1.0\r\nHost: 127.0.0.1\r\nUser-Agent: {id(self)}\r\n\r\n".encode()
            )
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), CONNECT_S)
            self.status = head.split(b" ")[1].decode()
            await self._read(reader, time.monotonic() + seconds)
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader, ends_at: float) -> None:
        at = time.monotonic()
        while (now := time.monotonic()) < ends_at:
            self.pause_s, at = max(self.pause_s, now - at), now
            piece = await asyncio.wait_for(reader.read(PIECE_BYTES), SILENCE_MOST_S)
            if not piece:
                self.ended = True
                return
            self.size += len(piece)
            if self.keeps:
                self.body += piece


def tuned_in(options: Tuners) -> bool:
    """Let them watch; tell how it was, and return whether it was as it should be."""
    with ExitStack() as stack:
        demo = Demo(stack, ENDLESS, JOINED)
        told = {
            "t": demo.channel("t", 1, f"{ENDLESS}/stream.ts", kind="ts"),
            "h": demo.channel("h", 2, f"{JOINED}/index.m3u8"),
        }
        front = Nodes(stack, told, nodes=options.nodes).front()
        viewers = [Tuner(front.port, "/stream/t.ts") for _ in range(options.n)]
        tuners = {path: Tuner(front.port, path, keeps=True) for path in ("/auto/v1", "/auto/v2")}
        players = {
            path: FfmpegPlayer(f"http://127.0.0.1:{front.port}{path}", ("-xerror",))
            for path in ("/stream/t.m3u8", *tuners)
        }
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            crowd = runner.run(_watched(options, viewers, tuners, players, demo))
        connections = demo.asked()[SOURCE]
        ended = [path for path, player in players.items() if player.ended]
        for player in players.values():
            player.stop()
        return _tell(options, (crowd, connections), viewers, tuners, players, ended)


async def _watched(
    options: Tuners,
    viewers: list[Tuner],
    tuners: dict[str, Tuner],
    players: dict[str, FfmpegPlayer],
    demo: Demo,
) -> int:
    """Let the viewers come, then all others; return how many connections the viewers alone have cost."""
    async with asyncio.TaskGroup() as group:
        for viewer in viewers:
            group.create_task(viewer.watch(SETTLE_S + options.seconds))
        await asyncio.sleep(SETTLE_S)
        crowd = (await asyncio.to_thread(demo.asked))[SOURCE]
        for player in players.values():
            player.start()
        for tuner in tuners.values():
            group.create_task(tuner.watch(options.seconds))
    return crowd


def _tell(
    options: Tuners,
    connections: tuple[int, int],
    viewers: list[Tuner],
    tuners: dict[str, Tuner],
    players: dict[str, FfmpegPlayer],
    ended: list[str],
) -> bool:
    crowd, in_all = connections
    least = (options.seconds - LACKING_S) * FRAMES_A_SECOND
    statuses = Counter(one.status for one in viewers)
    cut = sum(one.ended for one in viewers)
    sizes = sorted(one.size for one in viewers)
    said = [
        (f"{options.n} viewers on {options.nodes} nodes: {crowd} connections", crowd == 1),
        (f"with tuners and HLS: {in_all} connections", in_all <= min(options.nodes, WAYS)),
        (f"viewers' answers {dict(statuses)}, cut {cut}", statuses == {"200": options.n} and not cut),
        (f"bytes they got: {sizes[0]} to {sizes[-1]}", sizes[0] > 0.9 * sizes[-1]),
    ]
    for path, tuner in tuners.items():
        body = bytes(tuner.body[: len(tuner.body) // PACKET * PACKET])
        broken = gaps(body)
        text = f"{path}: {len(body) // PACKET} packets, {len(broken)} continuity errors, longest pause"
        said.append((f"{text} {tuner.pause_s:.1f} s", not broken and not tuner.ended))
    for path, player in players.items():
        frames = player.frames[-1][1] if player.frames else 0
        text = f"{path}: ffmpeg -xerror decoded {frames} frames, errors {player.errors}"
        said.append((text, frames >= least and not player.errors and path not in ended))
    for text, well in said:
        say(f"{'ok    ' if well else 'NOT OK'} {text}")
    return all(well for _, well in said)
