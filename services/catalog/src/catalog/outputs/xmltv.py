"""XMLTV: the guide for players.

A channel's id is its `tvg-id` in the playlist. Children stand in the order of the DTD, every time carries
its offset, and no DOCTYPE stands above it: hardened parsers refuse a document that has one.

The trap: names come from anywhere. What XML can't hold (control characters, halves of surrogates) is left
out, since no escaping helps; one such character makes a whole guide unreadable.
"""

import gzip
import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from contracts.channel import Channel

from catalog.guide import Programme
from catalog.outputs.m3u import guide_id

MEDIA_TYPE = "application/xml"
PACKED_MEDIA_TYPE = "application/gzip"
PACKING = 6
IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def write(channels: Iterable[Channel], programmes: Iterable[Programme], base: str) -> bytes:
    """Return the guide; all addresses begin with `base`, which has no slash at its end."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<tv generator-info-name="StepDaddyLiveHD">']
    ids: dict[str, str] = {}
    for channel in channels:
        ids[channel.id] = quoteattr(text(guide_id(channel)))
        lines.append(_channel(channel, ids[channel.id], base))
    lines += (_programme(each, ids[each.channel_id]) for each in programmes)
    return "\n".join((*lines, "</tv>\n")).encode()


def pack(document: bytes) -> bytes:
    """Return it as gzip: of the same document the same bytes, today and tomorrow."""
    return gzip.compress(document, PACKING, mtime=0)


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
    icon = f"<icon src={quoteattr(f'{base}/logo/{channel.id}')}/>" if channel.logo else ""
    name = _escaped(channel.name) or channel.id
    return f"<channel id={id_}><display-name>{name}</display-name>{icon}</channel>"


def _programme(programme: Programme, id_: str) -> str:
    starts_at, stops_at = time(programme.starts_at), time(programme.stops_at)
    title = _escaped(programme.title) or programme.channel_id
    description = f"<desc>{found}</desc>" if (found := _escaped(programme.description)) else ""
    categories = "".join(
        f"<category>{found}</category>" for name in programme.categories if (found := _escaped(name))
    )
    return (
        f'<programme start="{starts_at}" stop="{stops_at}" channel={id_}>'
        f"<title>{title}</title>{description}{categories}</programme>"
    )
