"""Answers that carry media: with ranges, and the same for HEAD as for GET."""

import re

from fastapi import Request
from starlette.responses import Response

from demo import playlists

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def media(request: Request, body: bytes, media_type: str) -> Response:
    """Return `body`, or the range of it that was asked for (RFC 9110, 14)."""
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "max-age=60"}
    wanted = _RANGE.fullmatch(request.headers.get("range", ""))
    if wanted is None or wanted.group() == "bytes=-":
        return Response(body, 200, headers, media_type)
    first, last = _bounds(wanted[1], wanted[2], len(body))
    if first > last:
        return Response(b"", 416, {**headers, "Content-Range": f"bytes */{len(body)}"}, media_type)
    headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
    return Response(body[first : last + 1], 206, headers, media_type)


def playlist(text: str, media_type: str = playlists.MEDIA_TYPE) -> Response:
    """Return a playlist: good for now and no longer."""
    return Response(text, headers={"Cache-Control": "no-cache"}, media_type=media_type)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last) if last else size - 1, size - 1)
