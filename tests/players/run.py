"""All channels in all players, several at a time."""

import asyncio
import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urljoin

import httpx
import imageio_ffmpeg
from players.browser import Chromium, InPage, OwnPage
from players.ffmpeg import Ffmpeg
from players.lineup import Channel, lineup
from players.mpv import Mpv
from players.options import Options
from players.player import START_S, Player
from players.pulse import Pulse
from players.seen import Seen
from players.streamlink import Streamlink
from players.table import Cell, remarks, say, table
from players.vlc import Vlc
from playwright.async_api import Error as PlaywrightError
from support.stack import running_stack, until

ENCODED_S = 900.0
"""How long the demo may take to encode all its channels, where it has never run."""

TRIES = 3


def played(options: Options) -> bool:
    """Play everything; return whether all was well."""
    with gateway(options) as address:
        channels = lineup(address, options.channels)
        for channel in channels:
            _wait_for(channel)
        cells = asyncio.run(_all(channels, options))
    say("\n".join(["", table(cells), "", *(f"- {remark}" for remark in remarks(cells))]))
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


async def _on_air(channel: Channel) -> None:
    """Return once a channel can be tuned to: one of the demo's is on for 20 s, then off for 10."""
    async with httpx.AsyncClient(timeout=20) as http:
        ends_at = time.monotonic() + START_S
        while time.monotonic() < ends_at:
            with contextlib.suppress(httpx.HTTPError):
                if await _answers(channel, http):
                    return
            await asyncio.sleep(1)


async def _answers(channel: Channel, http: httpx.AsyncClient) -> bool:
    """Whether a channel is there, and so is what its playlist named last."""
    if channel.form != "m3u8":
        return (await http.head(channel.listed)).is_success
    listed = await http.get(channel.listed)
    addresses = [line for line in listed.text.splitlines() if line and not line.startswith("#")]
    newest = urljoin(channel.listed, addresses[-1]) if listed.is_success else ""
    return bool(newest) and (await http.head(newest)).is_success


def known(browser: Chromium) -> list[Player]:
    """Return all players."""
    own = imageio_ffmpeg.get_ffmpeg_exe()
    installed = shutil.which("ffmpeg")
    return [
        *map(Ffmpeg, [own, installed] if installed else [own]),
        Mpv(),
        Vlc(),
        Streamlink(installed or own),
        InPage("hls.js", "hls", browser),
        InPage("Shaka", "shaka", browser),
        OwnPage(browser),
    ]


async def _all(channels: Sequence[Channel], options: Options) -> list[Cell]:
    browser = Chromium()
    stage = Stage(options)
    async with asyncio.TaskGroup() as group:
        beating = group.create_task(stage.pulse.beat())
        try:
            players = [player for player in known(browser) if _is_wanted(player, options)]
            # Channel by channel: players of one channel start side by side, and the channel only once.
            pairs = [(channel, player) for channel in channels for player in players]
            return list(await asyncio.gather(*(stage.cell(*pair) for pair in pairs)))
        finally:
            beating.cancel()
            await browser.close()


def _is_wanted(player: Player, options: Options) -> bool:
    if options.only and player.name.split()[0].lower() not in {name.lower() for name in options.only}:
        return False
    if player.missing:
        say(f"{player.name} is skipped: install {player.missing}")
    return not player.missing


class Stage:
    """Where players play, so many at a time."""

    def __init__(self, options: Options) -> None:
        self._seconds = options.seconds
        self._slots = asyncio.Semaphore(options.jobs)
        self.pulse = Pulse()

    async def cell(self, channel: Channel, player: Player) -> Cell:
        """Play a channel in a player; again, if this machine had no time for it."""
        if reason := player.unable(channel):
            return Cell(channel, player, unable=reason)
        async with self._slots:
            for _ in range(TRIES):
                await _on_air(channel)
                began = time.monotonic()
                seen = await self._seen(channel, player)
                if not self.pulse.missed_since(began):
                    break
        faults = tuple(seen.faults(channel, self._seconds))
        said = f"{seen.figure(channel)} after {time.monotonic() - began:.0f} s"
        say(f"{channel.id} in {player.name}: {'; '.join([said, *faults])}")
        return Cell(channel, player, seen, faults)

    async def _seen(self, channel: Channel, player: Player) -> Seen:
        try:
            return await player.play(channel, self._seconds)
        except (OSError, PlaywrightError) as error:
            return Seen(errors=(f"{type(error).__name__}: {error}".partition("\n")[0],))
