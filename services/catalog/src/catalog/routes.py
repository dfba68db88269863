"""The API's doors: parse, call, answer. Everything is answered from memory.

What is the same for everybody until the next generation is kept at the front desk (`catalog.front`).
"""

import hashlib
import math
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import orjson
from chassis.health import Health
from chassis.metrics import exposition
from contracts.channel import Channel, ChannelPage, ChannelView, Status
from contracts.event import EventPage
from contracts.now import NowPage, Ratios, SourceAge, StatusPage
from contracts.programme import GuideChannel, GuidePage
from contracts.record import Record
from contracts.search import SearchResults
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from catalog.documents import Document, has
from catalog.errors import ChannelNotFound, LogoNotFound, WindowInvalid
from catalog.front import keep
from catalog.logos import Form, Logo, may_be_private
from catalog.outputs import docs
from catalog.problems import PROBLEM
from catalog.pulse import LASTS_S, Reading
from catalog.queries import ChannelQuery, EventQuery, GuideQuery, ListQuery, SearchQuery
from catalog.quick import found
from catalog.rooms import Rooms, RoomsDep, SnapshotDep, narrowed, nodes
from catalog.snapshot import Snapshot

router = APIRouter()

JSON = "application/json"
GUIDE_LASTS, GUIDE_MOST = timedelta(hours=6), timedelta(days=7)
GUIDE_TRUE_S = 30.0
"""How long a part of the guide is kept that begins now."""
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "Unchanged."}, **PROBLEM}


@router.get("/api/channels", response_model=ChannelPage, responses=UNCHANGED)
def channels(request: Request, query: Annotated[ChannelQuery, Query()], snapshot: SnapshotDep) -> Response:
    """Return the channel list, filtered and paged. Its ETag is the catalog's version."""
    held = snapshot.channels
    page = held.page(query.q, query.group, int(query.cursor or -1), query.limit)
    return keep(request, _document(page, "/api/channels", held.version), snapshot)


@router.get("/api/channels/{channel_id}", response_model=ChannelView, responses=UNCHANGED)
async def channel(request: Request, channel_id: str, snapshot: SnapshotDep) -> Response:
    """Return one channel."""
    found = channel_of(snapshot, channel_id).view()
    document = _document(found, "/api/channels/{channel_id}", snapshot.channels.version)
    return keep(request, document, snapshot)


@router.get("/api/events", responses=PROBLEM)
async def events(query: Annotated[EventQuery, Query()], snapshot: SnapshotDep) -> EventPage:
    """Return the events in order of their start; `from` and `to` are a window of time."""
    return snapshot.events.page(
        datetime.now(UTC),
        live=query.live,
        category=query.category,
        starts=query.starts,
        ends=query.ends,
        query=query.q,
    )


@router.get("/api/search", response_model=SearchResults, responses=PROBLEM)
async def search(query: Annotated[SearchQuery, Query()], snapshot: SnapshotDep) -> Response:
    """Return channels and events, best first."""
    return found(query, snapshot)


@router.get("/api/guide", response_model=GuidePage, responses=UNCHANGED)
def guide(request: Request, query: Annotated[GuideQuery, Query()], snapshot: SnapshotDep) -> Response:
    """Return what channels show between `from` and `to`: what their guide says, else their events."""
    starts_at, ends_at = _window(query)
    fitting = narrowed(snapshot, query)
    rest = [each for each in fitting if each.number > int(query.cursor or -1)]
    shown = rest[: query.limit]
    page = GuidePage(
        version=snapshot.guide.version,
        starts_at=starts_at,
        ends_at=ends_at,
        total=len(fitting),
        channels=tuple(_guided(each, snapshot, starts_at, ends_at) for each in shown),
        next_cursor=str(shown[-1].number) if len(rest) > query.limit else None,
    )
    return keep(request, _document(page, "/api/guide", lasts_s=GUIDE_TRUE_S), snapshot)


def _window(query: GuideQuery) -> tuple[datetime, datetime]:
    """Return the window that is asked for.

    Raises
    ------
    WindowInvalid
        If it ends before it begins.
    """
    try:
        starts_at = (query.starts or datetime.now(UTC).replace(second=0, microsecond=0)).astimezone(UTC)
        ends_at = query.ends.astimezone(UTC) if query.ends else starts_at + GUIDE_LASTS
        latest = starts_at + GUIDE_MOST
    except OverflowError:
        raise WindowInvalid from None
    if ends_at <= starts_at:
        raise WindowInvalid
    return starts_at, min(ends_at, latest)


def _guided(channel: Channel, snapshot: Snapshot, starts_at: datetime, ends_at: datetime) -> GuideChannel:
    view = channel.view()
    programmes = snapshot.listings.within(channel.id, starts_at, ends_at)
    return GuideChannel(
        id=view.id, number=view.number, name=view.name, logo=view.logo, programmes=tuple(programmes)
    )


@router.get("/api/now", response_model=NowPage, responses=UNCHANGED)
async def now(
    request: Request, query: Annotated[ListQuery, Query()], snapshot: SnapshotDep, inside: RoomsDep
) -> Response:
    """Return what changes by the minute: status, latency, viewers, now and next, by channel."""
    reading, moment = await inside.pulse.reading(), datetime.now(UTC)
    found = (inside.pulse.of(each, reading, snapshot, moment) for each in narrowed(snapshot, query))
    page = NowPage(channels=tuple(found))
    return keep(request, _document(page, "/api/now", lasts_s=LASTS_S), snapshot)


@router.get("/api/status", response_model=StatusPage, responses=UNCHANGED)
async def status(request: Request, snapshot: SnapshotDep, inside: RoomsDep) -> Response:
    """Return how the gateway is: its nodes, viewers and sources."""
    page = _status(snapshot, inside, await inside.pulse.reading())
    return keep(request, _document(page, "/api/status", lasts_s=LASTS_S), snapshot)


def _status(snapshot: Snapshot, inside: Rooms, reading: Reading) -> StatusPage:
    known = [reading.statuses.get(each.id) for each in snapshot.channels.all]
    statuses = [each.status if each else Status.UNKNOWN for each in known]
    counts = {each.value: statuses.count(each) for each in Status}
    guided = sum(each.id in snapshot.guide for each in snapshot.channels.all)
    shown = {id_: count for id_, count in sorted(reading.viewers.items()) if id_ in snapshot.channels.by_id}
    reports = inside.library.reports
    return StatusPage(
        version=snapshot.channels.version,
        channels=len(snapshot.channels.all),
        events=len(snapshot.events.all),
        statuses=counts,
        viewers=sum(shown.values()),
        viewers_by_channel={id_: count for id_, count in shown.items() if count},
        clients=reading.clients,
        nodes=reading.nodes,
        sources=tuple(_aged(report, datetime.now(UTC)) for report in reports),
        media=reading.media,
        bus=reading.bus,
        ratios=Ratios(
            channels_online=_ratio(counts[Status.ONLINE], len(statuses) - counts[Status.UNKNOWN]),
            channels_with_guide=_ratio(guided, len(statuses)),
            sources_fresh=_ratio(sum(not report.stale for report in reports), len(reports)),
            fetched=_ratio(reading.media.fetched, reading.media.bodies),
            from_memory=_ratio(reading.media.from_memory, reading.media.bodies),
        ),
    )


def _aged(report: Any, moment: datetime) -> SourceAge:
    age_s = int((moment - report.refreshed_at).total_seconds()) if report.refreshed_at else None
    return SourceAge(**report.model_dump(), age_s=age_s)


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


@router.get("/logo/{channel_id}", response_class=Response, responses=PROBLEM, include_in_schema=False)
async def logo(request: Request, channel_id: str, snapshot: SnapshotDep, inside: RoomsDep) -> Response:
    """Return a channel's logo, no side longer than 256 pixels: as WebP to whoever says so, else as PNG."""
    found = channel_of(snapshot, channel_id)
    return await _picture(request, inside, found, found.logo)


@router.get("/logo/{channel_id}/{name}", response_class=Response, responses=PROBLEM, include_in_schema=False)
async def programme_icon(
    request: Request, channel_id: str, name: str, snapshot: SnapshotDep, inside: RoomsDep
) -> Response:
    """Return a programme's picture, likewise: only what the channel's guide named is fetched."""
    found = channel_of(snapshot, channel_id)
    return await _picture(request, inside, found, snapshot.guide.icon(channel_id, name))


async def _picture(request: Request, inside: Rooms, channel: Channel, address: str | None) -> Response:
    if not address:
        raise LogoNotFound(channel.id)
    form = Form.WEBP if Form.WEBP in request.headers.get("accept", "") else Form.PNG
    picture: Logo = await inside.logos.get(address, form, private=may_be_private(address, channel.streams))
    headers = {
        "Cache-Control": "public, max-age=86400",
        "ETag": f'"{picture.etag}"',
        "Vary": "Accept",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'",
    }
    if has(request.headers.get("if-none-match", ""), picture.etag):
        return Response(status_code=304, headers=headers)
    return Response(picture.body, headers=headers, media_type=picture.media_type)


@router.get("/health/detailed", include_in_schema=False)
async def health(request: Request, inside: RoomsDep) -> Response:
    """Return every dependency, node and source by name."""
    own: Health = request.app.state.health
    report = await own.report()
    snapshot = inside.library.snapshot
    report["catalog"] = {
        "version": snapshot.channels.version,
        "channels": len(snapshot.channels.all),
        "events": len(snapshot.events.all),
        "guided": len(snapshot.guide),
    }
    report["sources"] = [source.model_dump(mode="json") for source in inside.library.reports]
    report["nodes"] = await nodes(inside.redis)
    return Response(orjson.dumps(report), headers={"Cache-Control": "no-store"}, media_type=JSON)


@router.get("/metrics", include_in_schema=False)
async def figures(request: Request, inside: RoomsDep) -> Response:
    """Return this process's figures, and those of the whole cluster as they are now."""
    await inside.pulse.reading()
    return exposition(request.app.state.registry)


@router.get("/api/docs", response_class=HTMLResponse, include_in_schema=False)
async def documentation() -> HTMLResponse:
    """Return the API, documented."""
    return HTMLResponse(docs.PAGE)


def channel_of(snapshot: Snapshot, channel_id: str) -> Channel:
    """Return a channel.

    Raises
    ------
    ChannelNotFound
        If there is none.
    """
    if found := snapshot.channels.by_id.get(channel_id):
        return found
    raise ChannelNotFound(channel_id)


def _document(record: Record, path: str, version: str | None = None, lasts_s: float = math.inf) -> Document:
    """Return a record as an answer; without a version of its own it is told apart by what it says."""
    body = record.model_dump_json().encode()
    return Document(version or hashlib.sha256(body).hexdigest()[:16], body, JSON, path=path, lasts_s=lasts_s)
