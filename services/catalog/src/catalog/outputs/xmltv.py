"""XMLTV: the guide for players.

A channel's id is its `tvg-id` in the playlist. Children stand in the order of the DTD, every time carries
its offset, and no DOCTYPE stands above it: hardened parsers refuse a document that has one.

The trap: names come from anywhere. What XML can't hold (control characters, halves of surrogates) is left
out, since no escaping helps; one such character makes a whole guide unreadable.
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from contracts.channel import Channel
from contracts.programme import Programme

from catalog.outputs.m3u import guide_id

MEDIA_TYPE = "application/xml"
PACKED_MEDIA_TYPE = "application/gzip"
PACKING = 6
NUMBERS = re.compile(r"(?=.)(?:S(\d+))?(?:E(\d+))?")
IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def write(channels: Iterable[Channel], programmes: Iterable[Programme], base: str) -> bytes:
    """Return the guide; all addresses begin with `base`, which has no slash at its end."""
    return b"".join(pieces(channels, programmes, base))


def write_packed(channels: Iterable[Channel], programmes: Iterable[Programme], base: str) -> bytes:
    """Return the guide as gzip. It is packed as it is written: a week of 1,000 channels is 100 MB of text."""
    packing = zlib.compressobj(PACKING, zlib.DEFLATED, wbits=31)
    packed = b"".join(packing.compress(piece) for piece in pieces(channels, programmes, base))
    return packed + packing.flush()


def pieces(channels: Iterable[Channel], programmes: Iterable[Programme], base: str) -> Iterator[bytes]:
    """Yield the guide, element by element."""
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n<tv generator-info-name="StepDaddyLiveHD">\n'
    ids: dict[str, str] = {}
    for channel in channels:
        ids[channel.id] = quoteattr(text(guide_id(channel)))
        yield _channel(channel, ids[channel.id], base).encode()
    for each in programmes:
        yield _programme(each, ids[each.channel_id], base).encode()
    yield b"</tv>\n"


def text(value: str) -> str:
    """Return what XML can hold of `value`, on one line."""
    return " ".join(IMPOSSIBLE.sub("", value).split())


@lru_cache(maxsize=4096)
def time(moment: datetime) -> str:
    """Return a time as XMLTV has it, such as `20250930184500 +0000`."""
    return moment.strftime("%Y%m%d%H%M%S %z")


@lru_cache(maxsize=4096)
def _escaped(value: str) -> str:
    """Return what XML can hold, as XML has it. Gaps repeat one title a dozen times."""
    return escape(text(value))


def _channel(channel: Channel, id_: str, base: str) -> str:
    """Write a channel. Its number is a name, too: that is how Plex finds it."""
    icon = f"<icon src={quoteattr(f'{base}/logo/{channel.id}')}/>" if channel.logo else ""
    names = f"<display-name>{_escaped(channel.name) or channel.id}</display-name>"
    names += f"<display-name>{channel.number}</display-name>"
    return f"<channel id={id_}>{names}{icon}</channel>\n"


def _programme(programme: Programme, id_: str, base: str) -> str:
    start, stop = time(programme.start), time(programme.stop)
    parts = [_element("title", programme.title) or f"<title>{programme.channel_id}</title>"]
    parts += (_element("sub-title", programme.subtitle), _element("desc", programme.description))
    parts += (_element("category", name) for name in programme.categories)
    if programme.icon:
        parts.append(f"<icon src={quoteattr(f'{base}{programme.icon}')}/>")
    parts += _episode(programme.episode)
    return f'<programme start="{start}" stop="{stop}" channel={id_}>{"".join(parts)}</programme>\n'


def _element(tag: str, value: str) -> str:
    return f"<{tag}>{found}</{tag}>" if value and (found := _escaped(value)) else ""


def _episode(episode: str) -> Iterator[str]:
    """Say an episode for people, and, where it has numbers, for recorders: those count from 0."""
    if not (said := _escaped(episode)):
        return
    yield f'<episode-num system="onscreen">{said}</episode-num>'
    if match := NUMBERS.fullmatch(episode):
        season, number = (str(int(found) - 1) if int(found or 0) else "" for found in match.groups())
        yield f'<episode-num system="xmltv_ns">{season}.{number}.</episode-num>'
