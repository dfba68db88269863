"""An Xtream panel, as its apps read it: `player_api.php`.

The login is in the fields `username` and `password`, or in the address in any of the ways that providers hand
it out: `http://user:password@host`, or the address of `get.php` or `player_api.php` with both in its query.

Panels answer loosely: numbers come as text, lists as objects keyed "0", "1", and any question of somebody who
isn't let in with `auth: 0`, an empty list, or a 401. A wrong login is said to be one.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit, urlunsplit

from contracts.channel import StreamKind

from catalog.errors import SourceError, SourceRefused, SourceUnreadable
from catalog.sources.base import (
    UNREAD_KEPT,
    Expectation,
    Reading,
    SourceChannel,
    SourceStream,
    expect,
    json_of,
    regrouped,
    stream_of,
)
from catalog.sources.fetch import Fetcher
from catalog.sources.spec import SourceSpec

API_PATH = "/player_api.php"
GUIDE_PATH = "/xmltv.php"
PAGES = re.compile(r"/(?:player_api|get|panel_api|xmltv)\.php$")
AS_JSON = "JSON, as panels answer"
WRONG_LOGIN = "the login is wrong: the panel does not know this username and password"
NOT_GOOD = frozenset({"expired", "banned", "disabled"})
EXPECTED_OF_ACCOUNT = (
    Expectation(
        "user_info in the panel's answer",
        lambda content: isinstance(content, dict) and isinstance(content.get("user_info"), dict),
    ),
)
EXPECTED_OF_STREAMS = (
    Expectation("a list of live streams", bool),
    Expectation(
        "streams with stream_id and name", lambda items: any(_stream_id(item) is not None for item in items)
    ),
)


@dataclass(frozen=True)
class Login:
    """Where a panel is, and who asks."""

    base: str = field(repr=False)
    username: str = field(repr=False)
    password: str = field(repr=False)

    @classmethod
    def of(cls, spec: SourceSpec) -> "Login":
        """Find it in a source's settings."""
        parts = urlsplit(spec.url)
        query = parse_qs(parts.query)
        base = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], PAGES.sub("", parts.path), "", ""))
        told = spec.password.get_secret_value() if spec.password else None
        return cls(
            base.rstrip("/"),
            spec.username or query.get("username", [""])[0] or unquote(parts.username or ""),
            told or query.get("password", [""])[0] or unquote(parts.password or ""),
        )

    def address(self, path: str, **query: str) -> str:
        """Return the address of one of the panel's pages."""
        told = urlencode({"username": self.username, "password": self.password, **query})
        return f"{self.base}{path}?{told}"

    def stream(self, stream_id: int, extension: str) -> str:
        """Return where a channel is."""
        user, password = quote(self.username, safe=""), quote(self.password, safe="")
        return f"{self.base}/live/{user}/{password}/{stream_id}.{extension}"


@dataclass(frozen=True)
class Account:
    """What the panel says about who asks."""

    kind: StreamKind
    extension: str
    max_connections: int | None


class Xtream:
    """A panel, fetched."""

    def __init__(self, spec: SourceSpec, fetcher: Fetcher) -> None:
        self._spec = spec
        self._fetcher = fetcher
        self._login = Login.of(spec)

    async def channels(self) -> Reading:
        """Read the account, the categories and the live streams."""
        name, unread = self._spec.name, list[str]()
        account = account_of(await self._ask(""), name)
        try:
            groups = groups_of(await self._ask("get_live_categories"))
        except SourceUnreadable as error:
            groups = {}
            unread.append(f"the categories: {error.reason}")
        page = await self._fetcher.get(self._login.address(API_PATH, action="get_live_streams"))
        reading = await asyncio.to_thread(
            parse, json_of(name, page.text, AS_JSON), self._spec, account, groups, private=page.inside
        )
        return reading._replace(unread=(*unread, *reading.unread))

    async def _ask(self, action: str) -> Any:
        query = {"action": action} if action else {}
        try:
            page = await self._fetcher.get(self._login.address(API_PATH, **query))
        except SourceRefused as error:
            if error.answer in (401, 403):
                raise SourceError(self._spec.name, WRONG_LOGIN) from error
            raise
        return json_of(self._spec.name, page.text, AS_JSON)


def guide_address(spec: SourceSpec) -> str:
    """Return where the panel's guide is, as XMLTV."""
    return spec.epg or Login.of(spec).address(GUIDE_PATH)


def account_of(content: Any, source: str, now: datetime | None = None) -> Account:
    """Read the account.

    Raises
    ------
    SourceError
        If the panel doesn't let us in, or no more; a `SourceUnreadable`, if it is no panel.
    """
    expect(source, content, EXPECTED_OF_ACCOUNT)
    user = content["user_info"]
    if str(user.get("auth", 1)) == "0":
        raise SourceError(source, WRONG_LOGIN)
    status = str(user.get("status") or "").lower()
    ends_at = _whole(user.get("exp_date"))
    if status in NOT_GOOD or (ends_at and ends_at < (now or datetime.now(UTC)).timestamp()):
        raise SourceError(source, f"the account is {status if status in NOT_GOOD else 'expired'}")
    formats = _values(user.get("allowed_output_formats"))
    as_hls = "m3u8" in formats or not formats
    return Account(
        StreamKind.HLS if as_hls else StreamKind.TS,
        "m3u8" if as_hls else "ts",
        _whole(user.get("max_connections")) or None,
    )


def groups_of(content: Any) -> dict[str, str]:
    """Return the categories' names, by id."""
    return {
        str(item["category_id"]): " ".join(str(item.get("category_name") or "").split())
        for item in _values(content)
        if isinstance(item, dict) and item.get("category_id") is not None
    }


def parse(
    content: Any, spec: SourceSpec, account: Account, groups: Mapping[str, str], *, private: bool = False
) -> Reading:
    """Return the panel's channels.

    Raises
    ------
    SourceUnreadable
        If there is none in it.
    """
    items = _values(content)
    expect(spec.name, items, EXPECTED_OF_STREAMS)
    if spec.max_connections is None:
        spec = spec.model_copy(update={"max_connections": account.max_connections})
    unread: list[str] = []
    channels = tuple(_channels(items, spec, account, groups, unread, private=private))
    return Reading(channels=regrouped(channels, spec), unread=tuple(unread))


def _channels(
    items: list[Any],
    spec: SourceSpec,
    account: Account,
    groups: Mapping[str, str],
    unread: list[str],
    *,
    private: bool,
) -> Iterator[SourceChannel]:
    login = Login.of(spec)
    for item in items:
        stream_id = _stream_id(item)
        if stream_id is not None:
            address = login.stream(stream_id, account.extension)
            stream = stream_of(spec, address, account.kind, private=private)
            yield _told(item, stream, stream_id, groups)
        elif len(unread) < UNREAD_KEPT:
            name = item.get("name") if isinstance(item, dict) else None
            unread.append(f"{str(name)[:80] if name else 'a stream'}: no stream_id, or no name")


def _told(
    item: dict[str, Any], stream: SourceStream, stream_id: int, groups: Mapping[str, str]
) -> SourceChannel:
    icon = str(item.get("stream_icon") or "").strip()
    return SourceChannel(
        source=stream.source,
        native_id=str(stream_id),
        name=" ".join(str(item["name"]).split()),
        group=groups.get(str(item.get("category_id")), ""),
        logo=icon if icon.startswith(("http://", "https://")) else None,
        tvg_id=str(item.get("epg_channel_id") or "").strip() or None,
        number=_whole(item.get("num")) or None,
        radio=str(item.get("stream_type") or "").startswith("radio"),
        adult=str(item.get("is_adult") or "0") == "1",
        streams=(stream,),
    )


def _stream_id(item: Any) -> int | None:
    """Return a stream's id, where it also has a name to be shown under."""
    if not isinstance(item, dict) or not str(item.get("name") or "").strip():
        return None
    return _whole(item.get("stream_id"))


def _whole(value: Any) -> int | None:
    """Return a number that may have come as text."""
    text = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else None


def _values(content: Any) -> list[Any]:
    """Return the items of a list, or of an object keyed "0", "1"; of anything else, none."""
    if isinstance(content, dict) and "user_info" not in content:
        return list(content.values())
    return content if isinstance(content, list) else []
