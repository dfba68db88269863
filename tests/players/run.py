"""All channels in all players, several at a time."""

import asyncio
import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
import imageio_ffmpeg
from support.stack import running_stack, until

from players.browser import Chromium, InPage
from players.ffmpeg import Ffmpeg
from players.lineup import Channel, lineup
from players.mpv import Mpv
from players.options import Options
from players.player import Player
from players.streamlink import Streamlink
from players.table import Cell, remarks, say, table, write
from players.vlc import Vlc

ENCODED_S = 900.0
"""How long the demo may take to encode all its channels, where it has never run."""


def played(options: Options) -> bool:
    """Play everything; return whether all was well."""
    with gateway(options) as address:
        channels = lineup(address, options.channels)
        for channel in channels:
            _wait_for(channel)
        cells = asyncio.run(_all(channels, options))
    text = "\n".join([table(cells), *(f"\n- {remark}" for remark in remarks(cells))])
    say(text)
    if options.write:
        write(f"{datetime.now(UTC):%Y-%m-%d}, {options.seconds} s each.\n\n{text}")
    return bool(cells) and not any(cell.faults for cell in cells)


@contextlib.contextmanager
def gateway(options: Options) -> Iterator[str]:
    """Return the address of a gateway: the one that was named, or one that runs meanwhile."""
    if options.gateway:
        yield options.gateway.rstrip("/")
        return
    with tempfile.TemporaryDirectory() as data, running_stack(Path(data)) as stack:
        yield stack.base


def _wait_for(channel: Channel) -> None:
    """Return once a channel is encoded."""
    until(lambda: httpx.head(channel.listed, timeout=20).status_code == 200, ENCODED_S)


def known(browser: Chromium) -> list[Player]:
    """Return all players."""
    own = imageio_ffmpeg.get_ffmpeg_exe()
    installed = shutil.which("ffmpeg")
    decoders = [own, installed] if installed else [own]
    fetchers = [Mpv(), Vlc(), Streamlink(installed or own)]
    pages = [InPage("hls.js", "hls", browser), InPage("Shaka", "shaka", browser)]
    return [*map(Ffmpeg, decoders), *fetchers, *pages]


async def _all(channels: Sequence[Channel], options: Options) -> list[Cell]:
    browser = Chromium()
    slots = asyncio.Semaphore(options.jobs)
    try:
        players = [player for player in known(browser) if _is_wanted(player, options)]
        # Side by side are different players of a channel, not one player on all channels: they start alike.
        pairs = [(channel, player) for channel in channels for player in players]
        return list(await asyncio.gather(*(_cell(*pair, options.seconds, slots) for pair in pairs)))
    finally:
        await browser.close()


def _is_wanted(player: Player, options: Options) -> bool:
    if options.only and player.name.split()[0].lower() not in {name.lower() for name in options.only}:
        return False
    if player.missing:
        say(f"{player.name} is skipped: install {player.missing}")
    return not player.missing


async def _cell(channel: Channel, player: Player, seconds: float, slots: asyncio.Semaphore) -> Cell:
    if reason := player.unable(channel):
        return Cell(channel, player, unable=reason)
    async with slots:
        began = time.monotonic()
        seen = await player.play(channel, seconds)
        faults = tuple(seen.faults(channel, seconds))
        took_s = time.monotonic() - began
    say(f"{channel.id} in {player.name}: {seen.figure(channel)} after {took_s:.0f} s {'; '.join(faults)}")
    return Cell(channel, player, seen, faults)
