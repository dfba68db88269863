"""The doors for players: M3U, XMLTV, HDHomeRun; `catalog.panel` has those of Xtream.

A list is a document with places, so that it is written once per generation. The guide is packed as it is
written and kept like that: of a large one the text alone is a hundred megabytes. Whoever can't unpack it is
sent the text.
"""

import asyncio
import gzip
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode

from chassis.access import is_closed
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from catalog.documents import ABSOLUTE, Document, chosen, has
from catalog.front import keep
from catalog.guide import Window, programmes
from catalog.outputs import hdhomerun, m3u, xmltv
from catalog.outputs.places import BASE, PREFIX, QUERY
from catalog.queries import ListQuery
from catalog.rooms import Rooms, RoomsDep, SnapshotDep, narrowed
from catalog.snapshot import Snapshot

router = APIRouter(include_in_schema=False)

JSON = "application/json"
XML = "application/xml"
QueryDep = Annotated[ListQuery, Query()]


@router.get("/playlist.m3u8", response_class=Response)
@router.get("/playlist.m3u", response_class=Response)
def playlist(request: Request, query: QueryDep, snapshot: SnapshotDep) -> Response:
    """Return the list for players. All addresses are absolute; the token of this one is in them."""
    written = m3u.write(narrowed(snapshot, query), BASE, QUERY)
    headers = {"Content-Disposition": 'inline; filename="playlist.m3u8"'}
    return _listed(request, snapshot, written, m3u.MEDIA_TYPE, headers)


@router.get("/epg.xml", response_class=Response)
@router.get("/guide.xml", response_class=Response)
async def guide_xml(request: Request, query: QueryDep, snapshot: SnapshotDep, inside: RoomsDep) -> Response:
    """Return the guide as XMLTV, narrowed like the playlist."""
    return await guide_document(request, query, snapshot, inside)


@router.get("/epg.xml.gz", response_class=Response)
async def guide_packed(
    request: Request, query: QueryDep, snapshot: SnapshotDep, inside: RoomsDep
) -> Response:
    """Return the same as a gzip file."""
    return await guide_document(request, query, snapshot, inside, as_file=True)


async def guide_document(
    request: Request, query: ListQuery, snapshot: Snapshot, inside: Rooms, *, as_file: bool = False
) -> Response:
    """Answer with the guide. Its ETag changes with the list, the events, the guide, and the hour."""
    base = inside.desk.base(request.scope)
    window = Window.around(datetime.now(UTC))
    parts = (snapshot.channels.version, snapshot.events.version, snapshot.guide.version)
    version = f"{'-'.join(parts)}-{window.starts_at:%Y%m%d%H}"
    unpacks = chosen(request.headers.get("accept-encoding", "").encode("latin-1")) != ""
    packed = not as_file and unpacks
    headers = {
        "ETag": f'{"W/" if packed else ""}"{version}"',
        "Cache-Control": "private, no-cache" if is_closed(request.scope) else "no-cache",
        "Vary": ABSOLUTE.decode(),
    }
    if has(request.headers.get("if-none-match", ""), version):
        return Response(status_code=304, headers=headers)

    def document() -> bytes:
        on = narrowed(snapshot, query)
        return xmltv.write_packed(on, programmes(on, snapshot.listings, window), base)

    body = await inside.editions.get((version, base, query), document)
    if as_file:
        return Response(body, headers=headers, media_type=xmltv.PACKED_MEDIA_TYPE)
    if packed:
        return Response(body, headers={**headers, "Content-Encoding": "gzip"}, media_type=xmltv.MEDIA_TYPE)
    return Response(
        await asyncio.to_thread(gzip.decompress, body), headers=headers, media_type=xmltv.MEDIA_TYPE
    )


@router.get("/discover.json", response_class=Response)
async def discover(query: QueryDep, inside: RoomsDep) -> Response:
    """Return what the tuner is."""
    told = urlencode(query.model_dump(exclude_none=True), doseq=True)
    device_id = await inside.device.known()
    body = hdhomerun.discover(
        device_id, f"{BASE}{PREFIX}", inside.settings.tuners, f"?{told}" if told else ""
    )
    return inside.desk.answer(Document(device_id, body, JSON, path="/discover.json", absolute=True))


@router.get("/lineup.json", response_class=Response)
def lineup(request: Request, query: QueryDep, snapshot: SnapshotDep, inside: RoomsDep) -> Response:
    """Return the tuner's channels."""
    most = inside.settings.lineup_most
    written = hdhomerun.lineup(narrowed(snapshot, query), f"{BASE}{PREFIX}", most)
    return _listed(request, snapshot, written, JSON)


@router.get("/lineup_status.json", response_class=Response)
async def lineup_status() -> Response:
    """Return that no search runs."""
    return Response(hdhomerun.lineup_status(), headers={"Cache-Control": "no-store"}, media_type=JSON)


@router.api_route("/lineup.post", methods=["GET", "POST"], response_class=Response)
async def lineup_post() -> Response:
    """Take the command to search, or to stop it: all is found already."""
    return Response(headers={"Cache-Control": "no-store"})


@router.get("/device.xml", response_class=Response)
async def device(inside: RoomsDep) -> Response:
    """Return the tuner's UPnP description."""
    device_id = await inside.device.known()
    body = hdhomerun.device(device_id, f"{BASE}{PREFIX}")
    return inside.desk.answer(Document(device_id, body, XML, path="/device.xml", absolute=True))


def _listed(
    request: Request,
    snapshot: Snapshot,
    written: bytes,
    media_type: str,
    headers: dict[str, str] | None = None,
) -> Response:
    """Answer with something that is made of the list of channels alone."""
    document = Document(
        snapshot.channels.version,
        written,
        media_type,
        path=request.url.path,
        headers=headers,
        absolute=True,
    )
    return keep(request, document, snapshot)
