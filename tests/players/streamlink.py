"""streamlink, its output decoded by ffmpeg as it comes.

It knows HLS and DASH by the address; continuous MPEG-TS it takes where it is told so (`httpstream://`).
"""

import asyncio
import os

from players import ffmpeg
from players.lineup import Channel
from players.player import PlaysAll
from players.processes import found, lines, running
from players.seen import Seen


class Streamlink(PlaysAll):
    """It fetches; a decoder counts."""

    name = "streamlink"

    def __init__(self, decoder: str) -> None:
        self._decoder = decoder

    @property
    def missing(self) -> str:
        """What is to be installed."""
        return "" if found("streamlink") else "streamlink"

    async def play(self, channel: Channel, seconds: float) -> Seen:
        """Decode what it writes."""
        address = f"httpstream://{channel.listed}" if channel.form == "ts" else channel.listed
        told = ["--stdout", "--loglevel", "warning", "--ffmpeg-ffmpeg", self._decoder]
        reading, writing = os.pipe()
        fetch = [found("streamlink") or "streamlink", *told, address, "best"]
        decode = ffmpeg.command(self._decoder, "pipe:0", seconds)
        try:
            async with running(fetch, stdout=writing) as fetching, running(decode, stdin=reading) as decoding:
                os.close(writing)
                os.close(reading)
                writing = reading = -1
                seen = await ffmpeg.decoded(decoding, seconds)
        finally:
            for end in (reading, writing):
                if end >= 0:
                    os.close(end)
        return seen if seen.frames or seen.sound_s else await _reasons(seen, fetching)


async def _reasons(seen: Seen, fetching: asyncio.subprocess.Process) -> Seen:
    said = [line async for line in lines(fetching.stderr)]
    return Seen(seen.frames, seen.sound_s, errors=(*seen.errors, *said[:3]))
