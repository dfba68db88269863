"""What an operator says about a source: one record, checked field by field.

The name is what ids and metrics hang on: it has to stay, so it is asked for in the file, and made from
the kind where a source is only `kind=address` (`catalog.sources.listing` reads both).

Every message says what is accepted, and none repeats a value: addresses and headers hold passwords.
"""

import hashlib
import re
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chassis.settings import check_socks5
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.main import BaseModel

from catalog.sources.paths import check_path

Kind = Literal["daddylive", "m3u", "xmltv", "xtream", "hdhomerun", "ics", "events"]
KINDS: tuple[str, ...] = get_args(Kind)
WITH_CHANNELS = frozenset({"daddylive", "m3u", "xtream", "hdhomerun"})
WITH_EVENTS = frozenset({"daddylive", "ics", "events"})
ONLY_WEB = frozenset({"daddylive", "xtream", "hdhomerun"})
"""Kinds that are a server; the others may be a file as well."""
WRITTEN = 2
"""To be counted up when what a source gave is written down otherwise than before: all are read anew, then."""
OWN_FIELDS = {
    "epg": frozenset({"m3u", "xtream"}),
    "username": frozenset({"xtream"}),
    "password": frozenset({"xtream"}),
    "category": frozenset({"ics", "events"}),
    "items": frozenset({"events"}),
    "fields": frozenset({"events"}),
}
"""Fields that only some kinds have: a setting that does nothing is a mistake that nobody notices."""
MAPPED = ("title", "teams", "starts", "ends", "category", "league", "channels")
JOINED = ("starts", "ends")
"""Of these, a list of paths is put together with spaces: a date here, a time there."""
DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)?")
UNIT_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
WEB = ("http://", "https://")


def seconds(value: object) -> object:
    """Read `30s`, `5m`, `2h`, `1d`; anything but text is left for pydantic to judge.

    Raises
    ------
    ValueError
        If it is text, and no duration.
    """
    if not isinstance(value, str):
        return value
    if not (match := DURATION.fullmatch(value.strip())):
        raise ValueError("accepted: a duration such as 30s, 5m or 2h")
    return float(match[1]) * UNIT_S[match[2] or "s"]


def check_address(value: str) -> str:
    """Accept an http address or a local path; `webcal:` is https by another name.

    Raises
    ------
    ValueError
        If it is another kind of address.
    """
    if value.startswith("webcal://"):
        value = "https://" + value.removeprefix("webcal://")
    if "://" in value and not value.startswith((*WEB, "file://")):
        raise ValueError("accepted: an http address or a local path")
    if value.startswith(WEB) and not value.split("/")[2]:
        raise ValueError("accepted: an http address or a local path; this one has no host")
    return value.rstrip("/")


def check_name(value: str) -> str:
    """Accept what can be part of a key, a label and an id.

    Raises
    ------
    ValueError
        If it is anything else.
    """
    if NAME.fullmatch(value):
        return value
    raise ValueError("accepted: lower-case letters, digits and hyphens, 40 at most")


def check_timezone(value: str) -> str:
    """Accept a zone of the time zone database.

    Raises
    ------
    ValueError
        If there is none of this name.
    """
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("accepted: a time zone such as Europe/London") from None
    return value


def check_headers(value: dict[str, str]) -> dict[str, str]:
    """Accept what can stand in a request.

    Raises
    ------
    ValueError
        If a name is no name of a header, or a value has a line break in it.
    """
    for name, text in value.items():
        if not HEADER.fullmatch(name) or not text.isprintable():
            raise ValueError("accepted: names of headers, each with a text of one line")
    return value


def check_fields(value: object) -> object:
    """Accept paths by the name of what they lead to; one path may be told as such, several as a list.

    Raises
    ------
    ValueError
        With the first that is wrong.
    """
    if not isinstance(value, dict):
        return value
    checked: dict[str, tuple[str, ...]] = {}
    for name, paths in value.items():
        if name not in MAPPED:
            raise ValueError(f"{name!r} is none of {', '.join(MAPPED)}")
        listed = paths if isinstance(paths, list | tuple) and name in JOINED else [paths]
        checked[name] = tuple(check_path(path) for path in listed)
    return checked


class SourceSpec(BaseModel):
    """One source. `include`, `exclude` and `rename` are about groups, compared without case."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Kind
    name: Annotated[str, AfterValidator(check_name)]
    url: Annotated[str, AfterValidator(check_address), Field(min_length=1, repr=False)]
    epg: Annotated[Annotated[str, AfterValidator(check_address)] | None, Field(repr=False)] = None
    """The guide that belongs to its channels."""
    username: str | None = None
    password: SecretStr | None = None
    headers: Annotated[dict[str, str], AfterValidator(check_headers)] = Field(
        default_factory=dict, repr=False
    )
    socks5: Annotated[Annotated[str, AfterValidator(check_socks5)] | None, Field(repr=False)] = None
    max_connections: Annotated[int, Field(ge=1)] | None = None
    timezone: Annotated[str, AfterValidator(check_timezone)] | None = None
    """Of times that come without one."""
    allow_private: bool = False
    refresh: Annotated[float, BeforeValidator(seconds), Field(gt=0)] | None = None
    """Seconds; a file says `5m`."""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    rename: dict[str, str] = Field(default_factory=dict)
    category: str | None = None
    """Of events that name none."""
    items: Annotated[str, AfterValidator(check_path)] | None = None
    """Where in a JSON answer the events are; not said, the answer is the list."""
    fields: Annotated[dict[str, tuple[str, ...]], BeforeValidator(check_fields)] = Field(default_factory=dict)
    """Where in an event's JSON its facts are: what -> paths."""

    @field_validator(*OWN_FIELDS)
    @classmethod
    def _belongs(cls, value: Any, info: ValidationInfo) -> Any:
        kind, field = info.data.get("kind"), str(info.field_name)
        if kind and kind not in OWN_FIELDS[field]:
            raise ValueError(f"not for {kind}: only {', '.join(sorted(OWN_FIELDS[field]))} have it")
        return value

    @field_validator("url")
    @classmethod
    def _on_the_web(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("kind") in ONLY_WEB and not value.startswith(WEB):
            raise ValueError("accepted: an address such as http://host:port")
        return value

    @model_validator(mode="after")
    def _mapped(self) -> "SourceSpec":
        if self.kind == "events" and not ("starts" in self.fields and {"title", "teams"} & set(self.fields)):
            raise ValueError("fields: starts is needed, and title or teams")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of times that come without one: UTC if nothing is said."""
        return ZoneInfo(self.timezone or "UTC")

    def fingerprint(self) -> str:
        """Return what is another whenever the same answer may give other records."""
        told = self.model_dump_json(exclude={"refresh", "password"})
        secret = self.password.get_secret_value() if self.password else ""
        return hashlib.sha256(f"{WRITTEN}\0{told}\0{secret}".encode()).hexdigest()[:16]
