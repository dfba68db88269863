"""The doors: the site, the list and guide, the streams, and those for tests under `/_demo`.

The fixed ones come before those with a channel in them. What cuts media is no coroutine: FastAPI runs it
in a thread, so that a page is never kept waiting by a segment.
"""

import asyncio
import json
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse

from demo import dash, fixtures, guide, m3u, panel, playlists, schedule, site, tuner
from demo.broadcast import MEDIA_TYPES
from demo.channels import Channel, Kind
from demo.errors import NotFound, Refused
from demo.faults import Fault
from demo.pictures import logo_png
from demo.playlists import DISGUISES
from demo.responses import media, playlist
from demo.station import Station

router = APIRouter()

_LOOPBACK = {"127.0.0.1", "localhost"}
_READ = ["GET", "HEAD"]


def _station(request: Request) -> Station:
    station: Station = request.app.state.station
    return station


StationDep = Annotated[Station, Depends(_station)]


def _channel(station: StationDep, channel_id: str) -> Channel:
    if channel_id not in station.by_id:
        raise NotFound(f"There is no channel {channel_id}.")
    return station.by_id[channel_id]


ChannelDep = Annotated[Channel, Depends(_channel)]


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


BaseDep = Annotated[str, Depends(_base)]


# The site


@router.api_route("/", methods=_READ)
@router.api_route("/24-7-channels.php", methods=_READ)
async def channel_page(station: StationDep) -> HTMLResponse:
    """The site's list of channels, in the shape of the setting."""
    return HTMLResponse(site.channel_page(station.on_site, station.settings.demo_site_shape))


@router.api_route("/24-7-channels-{shape}.php", methods=_READ)
async def shaped_channel_page(station: StationDep, shape: str) -> HTMLResponse:
    """The same in the `old` or the `new` shape."""
    return HTMLResponse(site.channel_page(station.on_site, shape))


@router.api_route("/daddy.json", methods=_READ)
async def daddy_json(station: StationDep) -> Response:
    """The site's list of channels as JSON."""
    return Response(site.daddy_json(station.on_site), media_type="application/json")


@router.api_route("/schedule/schedule-generated.php", methods=_READ)
async def schedule_page(station: StationDep) -> Response:
    """The site's schedule. Sites of this family send it as HTML, though it is JSON."""
    body = json.dumps(schedule.schedule(station.clock(), station.on_site))
    return Response(body, media_type="text/html")


@router.api_route("/watch.php", methods=_READ)
async def watch_page(station: StationDep, channel_id: Annotated[str, Query(alias="id")]) -> HTMLResponse:
    """The page that the newer channel list links to."""
    return HTMLResponse(site.stream_page(_channel(station, channel_id)))


@router.api_route("/stream/stream-{channel_id}.php", methods=_READ)
async def stream_page(channel: ChannelDep) -> HTMLResponse:
    """The page that embeds the player."""
    return HTMLResponse(site.stream_page(channel))


@router.api_route("/embed/{channel_id}.php", methods=_READ)
async def player_page(request: Request, channel: ChannelDep, base: BaseDep) -> HTMLResponse:
    """The player's page: 403 unless one comes from the page before it."""
    _require_referer(request, f"/stream/stream-{channel.id}.php", f"/watch.php?id={channel.id}")
    if site.has_inner_player(channel):
        return HTMLResponse(site.outer_player_page(channel))
    return HTMLResponse(site.player_page(channel, base))


@router.api_route("/embed/inner/{channel_id}.php", methods=_READ)
async def inner_player_page(request: Request, channel: ChannelDep, base: BaseDep) -> HTMLResponse:
    """The player's page, where there is one more in between."""
    _require_referer(request, f"/embed/{channel.id}.php")
    return HTMLResponse(site.player_page(channel, base))


# The list, the guide, the logos


@router.api_route("/list.m3u", methods=_READ)
async def list_m3u(station: StationDep, base: BaseDep) -> Response:
    """All channels: the site's, with what its pages don't say, and those that it doesn't have."""
    return Response(m3u.channel_list(station.in_list, base), media_type="audio/x-mpegurl")


@router.api_route("/guide.xml", methods=_READ)
def guide_xml(station: StationDep, base: BaseDep) -> Response:
    """What is on, on all channels, for two days."""
    return Response(guide.guide(station.channels, station.clock(), base), media_type="application/xml")


@router.api_route("/logo/{name}.png", methods=_READ)
def logo(request: Request, station: StationDep, name: str) -> Response:
    """A channel's logo, by its id or its id in the guide."""
    channel = next((c for c in station.channels if name in (c.id, c.guide_id.removesuffix(".demo"))), None)
    if channel is None:
        raise NotFound(f"There is no logo {name}.")
    return media(request, logo_png(channel), "image/png")


# The same as a panel, a tuner, a calendar and an API have it


@router.api_route("/player_api.php", methods=_READ)
async def panel_api(
    station: StationDep, base: BaseDep, username: str = "", password: str = "", action: str = ""
) -> Response:
    """The panel. Who isn't let in hears so with status 200, whatever the question."""
    if (username, password) != (panel.USER, panel.PASSWORD):
        return JSONResponse(panel.NOBODY)
    body = panel.answer(station.on_air, action, base, station.clock())
    return Response(body, media_type="application/json")


@router.api_route("/xmltv.php", methods=_READ)
def panel_guide(station: StationDep, base: BaseDep, username: str = "", password: str = "") -> Response:
    """The panel's guide."""
    if (username, password) != (panel.USER, panel.PASSWORD):
        raise Refused("Not with this login.")
    return guide_xml(station, base)


@router.api_route(f"/live/{panel.USER}/{panel.PASSWORD}/{{channel_id}}.m3u8", methods=_READ)
async def panel_playlist(channel: ChannelDep) -> RedirectResponse:
    """A stream of the panel: it leads elsewhere, as panels do to spread their load."""
    return RedirectResponse(f"/live/{channel.id}/index.m3u8", 302)


@router.api_route(f"/live/{panel.USER}/{panel.PASSWORD}/{{channel_id}}.ts", methods=_READ)
async def panel_stream(channel: ChannelDep) -> RedirectResponse:
    """The same as endless MPEG-TS."""
    return RedirectResponse(f"/live/{channel.id}/stream.ts", 302)


@router.api_route("/discover.json", methods=_READ)
async def tuner_description(base: BaseDep) -> Response:
    """What the tuner is."""
    return Response(tuner.discover(base), media_type="application/json")


@router.api_route("/lineup.json", methods=_READ)
async def tuner_lineup(station: StationDep, base: BaseDep) -> Response:
    """The tuner's line-up."""
    return Response(tuner.lineup(station.on_air, base), media_type="application/json")


@router.api_route("/auto/v{number}", methods=_READ)
async def tuner_stream(station: StationDep, number: str) -> RedirectResponse:
    """A channel of the tuner."""
    numbers = {tuner.number(index): channel for index, channel in enumerate(station.on_air)}
    if number not in numbers:
        raise NotFound(f"There is no channel {number}.")
    return RedirectResponse(f"/live/{numbers[number].id}/stream.ts", 302)


@router.api_route("/fixtures.ics", methods=_READ)
def calendar(station: StationDep) -> Response:
    """The schedule's matches as a calendar."""
    return Response(fixtures.calendar(station.clock()), media_type="text/calendar")


@router.api_route("/fixtures.json", methods=_READ)
def events_api(station: StationDep) -> Response:
    """The schedule's matches as an API has them."""
    return Response(fixtures.api(station.clock()), media_type="application/json")


# The streams


@router.api_route("/live/{channel_id}/index.m3u8", methods=_READ)
@router.api_route("/live/{channel_id}/spare.m3u8", methods=_READ)
async def index(
    request: Request,
    station: StationDep,
    channel: ChannelDep,
    base: BaseDep,
    msn: Annotated[int | None, Query(alias="_HLS_msn")] = None,
    part: Annotated[int | None, Query(alias="_HLS_part")] = None,
    skip: Annotated[str, Query(alias="_HLS_skip")] = "",
) -> Response:
    """A channel's playlist: multivariant for one of them, with blocking reload for another.

    The spare is the same for whoever breaks the first on purpose.
    """
    if channel.kind is not Kind.LOW_LATENCY:
        return playlist(station.broadcast.playlist(channel, base, _hosts(request, station)))
    if msn is not None:
        await station.broadcast.until(station.broadcast.reload_due(channel, msn, part))
    return playlist(station.broadcast.low_latency_playlist(channel, skip=bool(skip)))


@router.api_route("/live/{channel_id}/gone.m3u8", methods=_READ)
async def gone(channel: ChannelDep) -> Response:
    """The first stream of a channel that has another."""
    raise NotFound(f"This stream of {channel.name} is dead.")


@router.api_route("/live/{channel_id}/manifest.mpd", methods=_READ)
async def manifest(station: StationDep, channel: ChannelDep) -> Response:
    """The DASH manifest."""
    station.broadcast.check_ready(channel, "video")
    return playlist(dash.manifest(station.broadcast.now), dash.MEDIA_TYPE)


@router.api_route("/live/{channel_id}/stream.ts", methods=_READ)
async def endless(request: Request, station: StationDep, channel: ChannelDep) -> Response:
    """MPEG-TS without an end."""
    station.broadcast.check_ready(channel, "main")
    if request.method == "HEAD":
        return Response(media_type=MEDIA_TYPES["ts"])
    return StreamingResponse(station.broadcast.endless(channel), media_type=MEDIA_TYPES["ts"])


@router.api_route("/live/{channel_id}/key/{number:int}.key", methods=_READ)
async def key(request: Request, channel: ChannelDep, number: int) -> Response:
    """A key: 403 unless the player's page asks for it."""
    _require_referer(request, "/embed/", "/")
    if channel.kind is Kind.AES_EXPLICIT and "origin" not in request.headers:
        raise Refused("Keys are for the player's page: no Origin.")
    return media(request, playlists.key(channel.id, number), "application/octet-stream")


@router.api_route("/live/{channel_id}/{rendition}.m3u8", methods=_READ)
async def rendition(station: StationDep, channel: ChannelDep, rendition: str) -> Response:
    """The media playlist of one rendition of the multivariant channel."""
    if channel.kind is not Kind.MULTIVARIANT:
        raise NotFound(f"{channel.name} has no renditions.")
    return playlist(station.broadcast.rendition_playlist(channel, rendition))


@router.api_route("/live/{channel_id}/{rendition}/init.mp4", methods=_READ)
def initialization(request: Request, station: StationDep, channel: ChannelDep, rendition: str) -> Response:
    """The initialization section."""
    return media(request, station.broadcast.head(channel, rendition), MEDIA_TYPES["mp4"])


@router.api_route("/live/{channel_id}/main/loop.ts", methods=_READ)
def whole_loop(request: Request, station: StationDep, channel: ChannelDep) -> Response:
    """The one file of the byte-range channel."""
    return media(request, station.broadcast.whole_loop(channel), MEDIA_TYPES["ts"])


@router.api_route("/live/{channel_id}/main/{sequence:int}.{number:int}.m4s", methods=_READ)
async def part(
    request: Request, station: StationDep, channel: ChannelDep, sequence: int, number: int
) -> Response:
    """A part, as soon as it is complete: whoever follows the hint waits here."""
    await station.broadcast.until(station.broadcast.part_due(channel, sequence, number))
    return media(request, station.broadcast.part(channel, sequence, number), MEDIA_TYPES["m4s"])


@router.api_route("/live/{channel_id}/{rendition}/{sequence:int}.{extension}", methods=_READ)
async def segment(
    request: Request, station: StationDep, channel: ChannelDep, rendition: str, sequence: int, extension: str
) -> Response:
    """A segment, whatever it is called."""
    if extension not in MEDIA_TYPES or (extension in DISGUISES and channel.kind is not Kind.DISGUISED):
        raise NotFound(f"Segments of {channel.name} are not called .{extension}.")
    await station.broadcast.until(station.broadcast.segment_due(channel, sequence))
    body = await asyncio.to_thread(station.broadcast.segment, channel, rendition, sequence)
    return media(request, body, MEDIA_TYPES[extension])


# For tests


@router.get("/_demo/ready")
async def ready(station: StationDep) -> Response:
    """Whether the first channel can be played, and which others can."""
    channels = {channel.id: station.studio.is_ready(channel) for channel in station.channels}
    is_ready = channels[station.channels[0].id]
    return JSONResponse({"ready": is_ready, "channels": channels}, 200 if is_ready else 503)


@router.get("/_demo/requests")
async def requests(station: StationDep, prefix: str = "") -> Response:
    """How often each path was asked for."""
    counts = {path: count for path, count in station.ledger.counts.items() if path.startswith(prefix)}
    return JSONResponse({"total": sum(counts.values()), "requests": counts})


@router.delete("/_demo/requests")
async def forget_requests(station: StationDep) -> Response:
    """Count from 0 again."""
    station.ledger.counts.clear()
    return Response(status_code=204)


@router.post("/_demo/fault")
async def break_something(station: StationDep, fault: Fault) -> Response:
    """Put a fault into force."""
    station.ledger.add(fault)
    return Response(status_code=204)


@router.delete("/_demo/fault")
async def mend(station: StationDep) -> Response:
    """End all faults."""
    station.ledger.clear()
    return Response(status_code=204)


@router.api_route("/index.php", methods=_READ)
async def home() -> RedirectResponse:
    """The site's home."""
    return RedirectResponse("/24-7-channels.php")


def _require_referer(request: Request, *paths: str) -> None:
    """Refuse whoever doesn't come from one of `paths`; one that ends in a slash stands for all below it."""
    referer = urlsplit(request.headers.get("referer", ""))
    where = (referer.path or "/") + (f"?{referer.query}" if referer.query else "")
    below = tuple(path for path in paths if path.endswith("/") and path != "/")
    if not referer.netloc or not (where in paths or where.startswith(below)):
        raise Refused("Not from here.")


def _hosts(request: Request, station: Station) -> tuple[str, ...]:
    """Return the bases over which segments alternate: those of the setting, or loopback's two names."""
    url = request.url
    if station.settings.demo_hosts:
        return tuple(f"{url.scheme}://{host}" for host in station.settings.demo_hosts)
    if url.hostname in _LOOPBACK:
        return tuple(
            f"{url.scheme}://{name}{f':{url.port}' if url.port else ''}" for name in sorted(_LOOPBACK)
        )
    return (_base(request),)
