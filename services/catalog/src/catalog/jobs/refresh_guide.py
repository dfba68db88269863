"""Refresh the guide: read what is due, match it to the list, publish.

One guide is read at a time, in a thread and piece by piece, so that the largest one costs the worker neither
its memory nor its other jobs. What it gave stays under the source's name until it gives something better: a
guide that can't be reached, breaks off, or has nothing for any channel in the time that counts, is kept out
and reported.

A guide is read again every few hours; sooner, if the list has got channels that the last reading did not look
for. This is asked every few seconds, so a list is looked through only when it is another one. Of several
guides the first one that has a channel has all of it.
"""

import asyncio
import contextlib
import hashlib
import time
from datetime import timedelta
from functools import partial

import orjson
from chassis.logging import get_logger
from contracts import keys
from contracts.channel import Channel
from contracts.messages import CatalogChanged
from contracts.record import Record

from catalog import store
from catalog.errors import SourceUnreadable
from catalog.harvest import Harvest
from catalog.jobs import reports
from catalog.jobs.context import Context
from catalog.leases import lease
from catalog.matches import Matches
from catalog.matching import Wanted
from catalog.sources import guide_address
from catalog.sources.base import Fixture
from catalog.sources.fetch import Fetcher, Known
from catalog.sources.spec import SourceSpec
from catalog.sources.xmltv import Reader, Span

log = get_logger("refresh")

LEASE_S = 300
BEHIND, AHEAD = timedelta(hours=6), timedelta(days=7)
"""How much of a guide is kept."""
AGAIN_S = 900
"""How soon a guide is read again for the sake of new channels."""


class Held(Record):
    """A source's last good guide: its version, and the last list that has nothing new to look for in it."""

    version: str
    listed: str


async def refresh_guide(context: Context) -> None:
    """Read what is due, then publish."""
    if not (specs := with_guide(context)):
        return
    async with lease(context.redis, "refresh_guide", LEASE_S) as ours:
        if ours and (listed := await store.current_version(context.redis, "channels")):
            for spec in specs:
                if await _due(context, spec, listed):
                    await _refresh(context, spec, listed)
                    break
            await publish(context)


def with_guide(context: Context) -> list[SourceSpec]:
    """Return the sources that have a guide."""
    return [spec for spec in context.specs() if guide_address(spec)]


async def _channels(context: Context, listed: str) -> list[Channel]:
    texts = await store.load(context.redis, "channels", listed)
    return await asyncio.to_thread(_in_order, texts)


def _in_order(texts: dict[str, bytes]) -> list[Channel]:
    channels = [Channel.model_validate_json(text) for text in texts.values()]
    return sorted(channels, key=lambda channel: channel.number)


async def _due(context: Context, spec: SourceSpec, listed: str) -> bool:
    every_s = (spec.refresh if spec.kind == "xmltv" else None) or context.settings.guide_refresh_s
    key = reports.report_key(spec, "guide")
    if await reports.due(context, spec, key, every_s):
        return True
    held = await _held(context, spec)
    if held is None or held.listed == listed:
        return False
    return await reports.due(context, spec, key, min(AGAIN_S, every_s)) and await _has_new(
        context, spec, held, listed
    )


async def _has_new(context: Context, spec: SourceSpec, held: Held, listed: str) -> bool:
    """Whether a list has something that the last reading did not look for; if not, that is remembered."""
    text = await context.redis.get(_names_key(spec))
    channels = await _channels(context, listed)
    new = await asyncio.to_thread(lambda: not _names(channels) <= set(orjson.loads(text or b"[]")))
    if not new:
        same = held.model_copy(update={"listed": listed})
        await context.redis.set(_held_key(spec), same.model_dump_json())
    return new


async def _refresh(context: Context, spec: SourceSpec, listed: str) -> None:
    work = partial(_read, context, spec, listed)
    await reports.read(context, spec, "guide", work, deadline_s=context.settings.guide_deadline_s)


async def _read(
    context: Context, spec: SourceSpec, listed: str, fetcher: Fetcher, _: Known
) -> tuple[int, tuple[str, ...]]:
    channels = await _channels(context, listed)
    matches = Matches(spec.name, {channel.id: channel.name for channel in channels})
    texts, programmes, unread = await _gather(spec, fetcher, channels, matches)
    names = await asyncio.to_thread(lambda: orjson.dumps(sorted(_names(channels))))
    held = Held(version=store.version_of(texts), listed=listed)
    await store.replace(context.redis, _texts_key(spec), texts)
    await context.redis.set(_matches_key(spec), await asyncio.to_thread(store.dump, matches.found))
    await context.redis.set(_names_key(spec), names)
    await context.redis.set(_held_key(spec), held.model_dump_json())
    return programmes, unread


async def _gather(
    spec: SourceSpec, fetcher: Fetcher, channels: list[Channel], matches: Matches
) -> tuple[dict[str, bytes], int, tuple[str, ...]]:
    """Return what a guide has for some channels, packed; how many programmes that are; what is left out."""
    span = span_at(time.time())
    wanted, harvest = Wanted(channels), Harvest(span)
    reader = Reader(
        spec.name,
        span,
        find=wanted.learn,
        wants=wanted.knows,
        keep=lambda guide_id, broadcast: harvest.add(wanted.ours(guide_id), broadcast),
    )
    async with contextlib.aclosing(fetcher.pieces(guide_address(spec) or "")) as pieces:
        async for piece in pieces:
            await asyncio.to_thread(reader.feed, piece)
    await asyncio.to_thread(reader.close)
    texts, programmes = await asyncio.to_thread(harvest.gathered, matches.look)
    if not texts:
        raise SourceUnreadable(
            spec.name, f"of its {wanted.named} channels none of ours has a programme now or in the next days"
        )
    unread = (f"{harvest.surplus} programmes of channels with too many",) if harvest.surplus else ()
    return texts, programmes, unread


def span_at(now: float) -> Span:
    """Return the time that a guide is kept for."""
    return Span(int(now - BEHIND.total_seconds()), int(now + AHEAD.total_seconds()))


async def publish(context: Context) -> CatalogChanged | None:
    """Make the guide of all last good readings current, if it is another than the current one."""
    redis = context.redis
    holding = [(spec, held) for spec in with_guide(context) if (held := await _held(context, spec))]
    if not holding:
        return None
    version = hashlib.sha256(orjson.dumps([(spec.name, held.version) for spec, held in holding])).hexdigest()[
        :16
    ]
    before = await store.current_version(redis, "guide")
    if version == before:
        return None
    texts: dict[str, bytes] = {}
    for spec, _ in reversed(holding):
        texts |= await store.load_all(redis, _texts_key(spec))
    old = await store.load(redis, "guide", before) if before else {}
    change = store.difference("guide", version, old, texts)
    if not await store.publish(redis, change, before, texts):
        return None
    log.info("guide.published", channels=len(texts), version=version)
    return change


async def _held(context: Context, spec: SourceSpec) -> Held | None:
    text = await context.redis.get(_held_key(spec))
    return Held.model_validate_json(text) if text else None


def _names(channels: list[Channel]) -> frozenset[str]:
    """Return what is looked for in guides, each as a few letters: there may be many thousands."""
    return frozenset(hashlib.sha256(key.encode()).hexdigest()[:10] for key in Wanted(channels).looks_for())


async def matches(context: Context) -> tuple[Fixture, ...]:
    """Return the matches in the last good guides."""
    found = [await context.redis.get(_matches_key(spec)) for spec in with_guide(context)]
    return tuple(fixture for text in found for fixture in store.parse(Fixture, text))


async def made_of(context: Context) -> list[str]:
    """Return which guides those are."""
    held = [await _held(context, spec) for spec in with_guide(context)]
    return [each.version for each in held if each]


def _name(spec: SourceSpec) -> str:
    return reports.topic_name(spec, "guide")


def _matches_key(spec: SourceSpec) -> str:
    return reports.part_key(_name(spec), "matches")


def _texts_key(spec: SourceSpec) -> str:
    return keys.records(_name(spec))


def _held_key(spec: SourceSpec) -> str:
    return reports.part_key(_name(spec), "held")


def _names_key(spec: SourceSpec) -> str:
    """Hashes of everything that was looked for in a guide: a new one is a reason to look again."""
    return reports.part_key(_name(spec), "names")
