"""An Xtream player's login: it stands in the path, before the channel's number."""

from urllib.parse import quote, unquote

from chassis import access
from starlette.types import Scope

from streamer.errors import ChannelNotFound

LIVE_PARTS = 3
"""User, password and number."""


def taken(scope: Scope) -> str:
    """Return what follows an Xtream player's login; the password stays for `access` to judge.

    The path is left without it: what fails further on may log that.
    """
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    parts = raw.decode("latin-1").split("/")[2:]
    scope["path"], scope["raw_path"] = "/live", b"/live"
    if len(parts) != LIVE_PARTS:
        raise ChannelNotFound("")
    access.give(scope, unquote(parts[1]))
    return unquote(parts[2])
