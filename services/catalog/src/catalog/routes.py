"""The doors: parse, call, answer. Everything is answered from memory."""

from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter
from typing import Annotated, Any, NamedTuple

import orjson
from chassis import registry
from chassis.access import carried, is_closed
from chassis.health import Health
from chassis.proxies import base_address
from chassis.redis import RedisClient
from contracts import keys
from contracts.channel import Channel, ChannelPage, ChannelView
from contracts.event import EventPage
from contracts.problem import Problem
from contracts.search import SearchResults
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from redis.exceptions import RedisError
from starlette.responses import Response

from catalog.editions import Editions
from catalog.errors import ChannelNotFound, LogoNotFound
from catalog.guide import Window, programmes
from catalog.library import Library
from catalog.logos import Logos, may_be_private
from catalog.outputs import docs, m3u, xmltv
from catalog.settings import Settings
from catalog.snapshot import Snapshot

router = APIRouter()

JSON = "application/json"
ABSOLUTE = {"Vary": "Host, X-Forwarded-Proto"}
"""Said of what has absolute addresses in it."""
KEPT_ANSWERS = 200
"""How many answers are kept of one generation."""


class Rooms(NamedTuple):
    """What the doors lead to."""

    settings: Settings
    library: Library
    logos: Logos
    editions: Editions
    redis: RedisClient


def rooms(request: Request) -> Rooms:
    """Return the app's rooms."""
    found: Rooms = request.app.state.rooms
    return found


def current(request: Request) -> Snapshot:
    """Return the snapshot that the whole request is answered from."""
    return rooms(request).library.snapshot


RoomsDep = Annotated[Rooms, Depends(rooms)]
SnapshotDep = Annotated[Snapshot, Depends(current)]
PROBLEM: dict[int | str, dict[str, Any]] = {
    "default": {
        "model": Problem,
        "description": "A problem (RFC 9457).",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


class ChannelQuery(BaseModel):
    """Which channels."""

    model_config = ConfigDict(extra="ignore")

    q: Annotated[str | None, Field(max_length=200, description="Words of the name or group.")] = None
    group: Annotated[str | None, Field(max_length=200)] = None
    limit: Annotated[int, Field(ge=1, le=10_000)] = 500
    cursor: Annotated[
        str | None, Field(pattern=r"^\d{1,9}$", description="The `next_cursor` of the page before.")
    ] = None


class EventQuery(BaseModel):
    """Which events."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    live: bool | None = None
    category: Annotated[str | None, Field(max_length=200)] = None
    starts: Annotated[AwareDatetime | None, Field(alias="from")] = None
    ends: Annotated[AwareDatetime | None, Field(alias="to")] = None
    q: Annotated[str | None, Field(max_length=200)] = None


class SearchQuery(BaseModel):
    """What is looked for."""

    q: Annotated[str, Field(max_length=200)]
    limit: Annotated[int, Field(ge=1, le=200)] = 20


class PlaylistQuery(BaseModel):
    """Which channels a playlist or guide has: all, a group's, or those with these ids, between commas."""

    model_config = ConfigDict(extra="ignore")

    group: Annotated[str | None, Field(max_length=200)] = None
    ids: Annotated[str | None, Field(max_length=20_000)] = None


@router.get(
    "/api/channels", response_model=ChannelPage, responses={304: {"description": "Unchanged."}, **PROBLEM}
)
async def channels(
    request: Request, query: Annotated[ChannelQuery, Query()], snapshot: SnapshotDep
) -> Response:
    """Return the channel list, filtered and paged. Its ETag is the catalog's version."""
    held = snapshot.channels

    def page() -> bytes:
        return (
            held.page(query.q, query.group, int(query.cursor or -1), query.limit).model_dump_json().encode()
        )

    asked = ("page", query.q, query.group, query.cursor, query.limit)
    return _versioned(request, held.version, lambda: _kept(snapshot, asked, page), JSON)


@router.get("/api/channels/{channel_id}", response_model=ChannelView, responses=PROBLEM)
async def channel(request: Request, channel_id: str, snapshot: SnapshotDep) -> Response:
    """Return one channel."""
    found = _channel(snapshot, channel_id).view()
    return _versioned(request, snapshot.channels.version, lambda: found.model_dump_json().encode(), JSON)


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


@router.get("/api/search", responses=PROBLEM)
async def search(query: Annotated[SearchQuery, Query()], snapshot: SnapshotDep) -> SearchResults:
    """Return channels and events, best first."""
    started = perf_counter()
    hits = snapshot.find(query.q, query.limit)
    took_ms = round((perf_counter() - started) * 1000, 2)
    return SearchResults(query=query.q, results=hits, took_ms=took_ms)


@router.api_route("/playlist.m3u8", methods=["GET", "HEAD"], response_class=Response, include_in_schema=False)
@router.api_route("/playlist.m3u", methods=["GET", "HEAD"], response_class=Response, include_in_schema=False)
async def playlist(
    request: Request, query: Annotated[PlaylistQuery, Query()], snapshot: SnapshotDep, inside: RoomsDep
) -> Response:
    """Return the list for players. All addresses are absolute; the token of this one is in them."""
    base = base_address(request, inside.settings.api_url)

    def body() -> bytes:
        return m3u.write(_narrowed(snapshot, query), base, token)

    token = carried(request.scope)
    asked = ("m3u", base, token, query.group, query.ids)
    headers = {"Content-Disposition": 'inline; filename="playlist.m3u8"', **ABSOLUTE}
    return _versioned(
        request, snapshot.channels.version, lambda: _kept(snapshot, asked, body), m3u.MEDIA_TYPE, headers
    )


@router.api_route("/epg.xml", methods=["GET", "HEAD"], response_class=Response, include_in_schema=False)
@router.api_route("/guide.xml", methods=["GET", "HEAD"], response_class=Response, include_in_schema=False)
async def guide_xml(
    request: Request, query: Annotated[PlaylistQuery, Query()], snapshot: SnapshotDep, inside: RoomsDep
) -> Response:
    """Return the guide as XMLTV, narrowed like the playlist."""
    return await _guide(request, query, snapshot, inside, packed=False)


@router.api_route("/epg.xml.gz", methods=["GET", "HEAD"], response_class=Response, include_in_schema=False)
async def guide_packed(
    request: Request, query: Annotated[PlaylistQuery, Query()], snapshot: SnapshotDep, inside: RoomsDep
) -> Response:
    """Return the same as a gzip file."""
    return await _guide(request, query, snapshot, inside, packed=True)


@router.get("/logo/{channel_id}", response_class=Response, responses=PROBLEM, include_in_schema=False)
async def logo(request: Request, channel_id: str, snapshot: SnapshotDep, inside: RoomsDep) -> Response:
    """Return a channel's logo as PNG, no side longer than 256 pixels."""
    found = _channel(snapshot, channel_id)
    if not found.logo:
        raise LogoNotFound(channel_id)
    picture = await inside.logos.get(found.logo, private=may_be_private(found.logo, found.streams))
    headers = {
        "Cache-Control": "public, max-age=86400",
        "ETag": f'"{picture.etag}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'",
    }
    if _has(request, picture.etag):
        return Response(status_code=304, headers=headers)
    return Response(picture.body, headers=headers, media_type=picture.media_type)


@router.get("/health/detailed", include_in_schema=False)
async def health(request: Request, inside: RoomsDep) -> Response:
    """Return every dependency, node and source by name."""
    own: Health = request.app.state.health
    report = await own.report()
    report["catalog"] = {
        "version": inside.library.snapshot.channels.version,
        "channels": len(inside.library.snapshot.channels.all),
        "events": len(inside.library.snapshot.events.all),
    }
    report["sources"] = [source.model_dump(mode="json") for source in inside.library.reports]
    report["nodes"] = await _nodes(inside.redis)
    return Response(orjson.dumps(report), headers={"Cache-Control": "no-store"}, media_type=JSON)


@router.get("/api/docs", response_class=HTMLResponse, include_in_schema=False)
async def documentation() -> HTMLResponse:
    """Return the API, documented."""
    return HTMLResponse(docs.PAGE)


async def _nodes(redis: RedisClient) -> dict[str, Any]:
    try:
        return await registry.present(redis, keys.NODES)
    except RedisError:
        return {}


def _channel(snapshot: Snapshot, channel_id: str) -> Channel:
    if found := snapshot.channels.by_id.get(channel_id):
        return found
    raise ChannelNotFound(channel_id)


def _narrowed(snapshot: Snapshot, query: PlaylistQuery) -> list[Channel]:
    chosen = snapshot.channels.chosen(group=query.group)
    if query.ids is None:
        return chosen
    wanted = {word.strip() for word in query.ids.split(",")}
    return [channel for channel in chosen if channel.id in wanted]


async def _guide(
    request: Request, query: PlaylistQuery, snapshot: Snapshot, inside: Rooms, *, packed: bool
) -> Response:
    """Answer with the guide. It changes with the list, the events, and the hour: so does its ETag."""
    base = base_address(request, inside.settings.api_url)
    window = Window.around(datetime.now(UTC))
    version = f"{snapshot.channels.version}-{snapshot.events.version}-{window.starts_at:%Y%m%d%H}"
    headers = {"ETag": f'"{version}"', "Cache-Control": _fresh(request), **ABSOLUTE}
    if _has(request, version):
        return Response(status_code=304, headers=headers)

    def document() -> bytes:
        chosen = _narrowed(snapshot, query)
        written = xmltv.write(chosen, programmes(chosen, snapshot.events.all, window), base)
        return xmltv.pack(written) if packed else written

    body = await inside.editions.get((version, base, query.group, query.ids, packed), document)
    return Response(body, headers=headers, media_type=xmltv.PACKED_MEDIA_TYPE if packed else xmltv.MEDIA_TYPE)


def _kept(snapshot: Snapshot, asked: tuple[object, ...], make: Callable[[], bytes]) -> bytes:
    """Return an answer of this generation, made the first time it is asked for."""
    kept = snapshot.channels.kept
    if asked not in kept:
        while len(kept) >= KEPT_ANSWERS:
            kept.pop(next(iter(kept)))
        kept[asked] = make()
    return kept[asked]


def _versioned(
    request: Request,
    version: str,
    body: Callable[[], bytes],
    media_type: str,
    headers: dict[str, str] | None = None,
) -> Response:
    """Answer with the version as ETag, or with 304 where the client has it."""
    all_headers = {"ETag": f'"{version}"', "Cache-Control": _fresh(request), **(headers or {})}
    if _has(request, version):
        return Response(status_code=304, headers=all_headers)
    return Response(body(), headers=all_headers, media_type=media_type)


def _fresh(request: Request) -> str:
    """Return how the answer may be kept: with the version checked, and where a token opened, by one alone."""
    return "private, no-cache" if is_closed(request.scope) else "no-cache"


def _has(request: Request, version: str) -> bool:
    """Whether `If-None-Match` names the version (RFC 9110, 13.1.2: weakly compared)."""
    tags = [
        tag.strip().removeprefix("W/").strip('"')
        for tag in request.headers.get("if-none-match", "").split(",")
    ]
    return version in tags or "*" in tags
