"""What an operator says about a source: in a YAML file, or in a few words in `SOURCES`.

The name is what ids and metrics hang on: it has to stay, so it is asked for in the file, and made from
kind and place in the list where the source is only `kind=address`.
"""

import re
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.main import BaseModel

Kind = Literal["daddylive", "m3u", "xmltv"]
ACCEPTED = (
    "accepted: the path of a YAML file, or kind=address pairs separated by spaces; "
    "kinds: daddylive, m3u, xmltv"
)
DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)?")
UNIT_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
SOCKS5 = re.compile(r"(?:[^:@\s]+:[^@\s]*@)?(?:\[[0-9a-fA-F:]+\]|[^:@\s/]+):\d{1,5}")


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


def check_socks5(value: str) -> str:
    """Accept `host:port` and `user:password@host:port`.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if SOCKS5.fullmatch(value):
        return value
    raise ValueError("accepted: host:port or user:password@host:port")


def check_address(value: str) -> str:
    """Accept an http address or a local path.

    Raises
    ------
    ValueError
        If it is another kind of address.
    """
    if "://" in value and not value.startswith(("http://", "https://", "file://")):
        raise ValueError("accepted: an http address or a local path")
    return value.rstrip("/")


class SourceSpec(BaseModel):
    """One source. `include`, `exclude` and `rename` are about groups, compared without case."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Kind
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    url: Annotated[str, AfterValidator(check_address), Field(min_length=1, repr=False)]
    epg: str | None = None
    headers: dict[str, str] = Field(default_factory=dict, repr=False)
    socks5: Annotated[Annotated[str, AfterValidator(check_socks5)] | None, Field(repr=False)] = None
    max_connections: Annotated[int, Field(ge=1)] | None = None
    allow_private: bool = False
    refresh: Annotated[float, BeforeValidator(seconds), Field(gt=0)] | None = None
    """Seconds; a file says `5m`."""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    rename: dict[str, str] = Field(default_factory=dict)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    sources: tuple[SourceSpec, ...]

    @model_validator(mode="after")
    def _names_differ(self) -> "_File":
        twice = [name for name, count in Counter(spec.name for spec in self.sources).items() if count > 1]
        if twice:
            raise ValueError(f"two sources have the name {twice[0]}")
        return self


def parse_sources(value: str) -> tuple[SourceSpec, ...]:
    """Read `SOURCES`: the file it names, or the pairs it is.

    Raises
    ------
    ValueError
        One line that says what is wrong, and what is accepted.
    OSError
        If the file can't be read.
    """
    words = value.split()
    if not words:
        return ()
    if len(words) == 1 and "=" not in words[0].split("/")[0]:
        return read_sources(Path(words[0]))
    return _checked({"sources": list(_pairs(words))})


def _pairs(words: list[str]) -> list[dict[str, str]]:
    kinds: Counter[str] = Counter()
    pairs = []
    for word in words:
        kind, equals, address = word.partition("=")
        if not equals:
            raise ValueError(f"{word!r} is no pair; {ACCEPTED}")
        kinds[kind] += 1
        name = kind if kinds[kind] == 1 else f"{kind}-{kinds[kind]}"
        pairs.append({"kind": kind, "name": name, "url": address})
    return pairs


def read_sources(path: Path) -> tuple[SourceSpec, ...]:
    """Read the YAML file.

    Raises
    ------
    ValueError
        If it is missing, no YAML, or not of the right shape.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}; {ACCEPTED}") from error
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    return _checked(content if isinstance(content, dict) else {"sources": content})


def _checked(content: dict[str, Any]) -> tuple[SourceSpec, ...]:
    try:
        return _File.model_validate(content).sources
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, fault["loc"]))
        raise ValueError(f"{place}: {fault['msg'].removeprefix('Value error, ')}".lstrip(": ")) from None
