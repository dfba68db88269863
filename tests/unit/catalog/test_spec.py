"""What an operator says about sources is understood, or refused where it stands."""

from typing import Any

import pytest
from catalog.sources import guide_address
from catalog.sources.listing import parse_file, parse_sources
from catalog.sources.paths import check_path, find
from catalog.sources.spec import KINDS, SourceSpec
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

NEEDED = {"events": ", fields: {title: name, starts: at}"}


def faults(text: str) -> list[str]:
    with pytest.raises(ValueError, match=r"f\.yaml") as refused:
        parse_file(text, "f.yaml")
    return str(refused.value).splitlines()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_known(kind: str) -> None:
    (spec,) = parse_file(f"- {{kind: {kind}, name: a, url: http://h/x{NEEDED.get(kind, '')}}}", "f.yaml")
    assert spec.kind == kind


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param("nmae: den", "there is no field 'nmae'; did you mean 'name'?", id="misspelled"),
        pytest.param("max_conections: 2", "did you mean 'max_connections'?", id="misspelled, too"),
        pytest.param("kind: vhs", "kind: accepted: daddylive, m3u", id="no kind"),
        pytest.param("url: ftp://x", "url: accepted: an http address or a local path", id="no address"),
        pytest.param("refresh: soon", "refresh: accepted: a duration such as 30s", id="no duration"),
        pytest.param("max_connections: many", "max_connections: accepted: a whole number", id="no number"),
        pytest.param("timezone: Mars/North", "timezone: accepted: a time zone such as", id="no zone"),
        pytest.param("allow_private: perhaps", "allow_private: accepted: true or false", id="neither"),
        pytest.param("socks5: nowhere", "socks5: accepted: host:port", id="no proxy"),
        pytest.param('headers: {A: "x\\r\\nB: y"}', "headers: accepted: names of headers", id="two headers"),
        pytest.param("include: Sports", "include: accepted: a list such as", id="no list"),
        pytest.param("username: me", "username: not for m3u: only xtream have it", id="another kind's"),
        pytest.param("fields: {title: a}", "fields: not for m3u: only events have it", id="and another's"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(line: str, told: str) -> None:
    key = line.partition(":")[0]
    lines = {"kind": "kind: m3u", "name": "name: den", "url": "url: http://h/x"} | {key: line}
    text = "sources:\n  -\n" + "".join(f"    {each}\n" for each in lines.values())
    assert any(
        fault.startswith(f"f.yaml:{[*lines].index(key) + 3}: ") and told in fault for fault in faults(text)
    )


def test_everything_that_is_wrong_is_told_at_once() -> None:
    text = "- {kind: m3u, name: A, url: x}\n- {kind: m3u, url: x}\n- 5\n"
    assert [fault.partition(": ")[0] for fault in faults(text)] == ["f.yaml:1", "f.yaml:2", "f.yaml:3"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sources: [", "f.yaml:1: it is not YAML"),
        ("source: []", "there is no field 'source'; did you mean 'sources'?"),
        (
            "- {kind: m3u, name: a, url: x}\n- {kind: m3u, name: a, url: y}",
            "f.yaml:2: two sources have the name a",
        ),
        ("- {kind: m3u, name: a, url: x,\n   url: y}", "f.yaml:2: url is there twice"),
        ("- {kind: events, name: a, url: http://x}", "fields: starts is needed, and title or teams"),
        (
            "- {kind: events, name: a, url: http://x, fields: {starts: a..b, title: t}}",
            "accepted: a path such as",
        ),
        ("- {kind: events, name: a, url: http://x, fields: {begins: a}}", "'begins' is none of title"),
    ],
)
def test_files_that_are_none(text: str, told: str) -> None:
    assert any(told in fault for fault in faults(text))


def test_no_value_is_repeated() -> None:
    text = "- {kind: m3u, name: a, url: 'ftp://me:secret@h', socks5: 'me:secret', headers: {A: 5}}"
    assert "secret" not in "".join(faults(text))


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        parse_file(text, "f.yaml")
    except ValueError as error:
        assert str(error).startswith("f.yaml")  # noqa: PT017  (and any other exception fails)


def test_settings_that_matter_make_another_fingerprint() -> None:
    spec = SourceSpec(kind="xtream", name="a", url="http://h", username="u", password="p")
    same = spec.model_copy(update={"refresh": 5.0})
    others = [
        SourceSpec(kind="xtream", name="a", url="http://h", username="u", password="q"),
        spec.model_copy(update={"include": ("News",)}),
        spec.model_copy(update={"max_connections": 2}),
    ]
    assert same.fingerprint() == spec.fingerprint()
    assert len({other.fingerprint() for other in (*others, spec)}) == 4


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("xmltv=/data/guide.xml.gz", "/data/guide.xml.gz"),
        ("xtream=http://u:p@h:8080", "http://h:8080/xmltv.php?username=u&password=p"),
        ("m3u=http://h/list", None),
        ("ics=webcal://h/a.ics", None),
    ],
)
def test_where_a_guide_is(value: str, address: str | None) -> None:
    (spec,) = parse_sources(value)
    assert guide_address(spec) == address


CONTENT: dict[str, Any] = {"a": {"b": [{"c": 1}, {"c": 2}, {}]}, "d e": [[1, 2], [3]], "n": None}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b[].c", [1, 2]),
        ("a.b[1].c", [2]),
        ("a.b[9].c", []),
        ("a.b", [CONTENT["a"]["b"]]),
        ("d e[][0]", [1, 3]),
        ("n", [None]),
        ("n.x", []),
        ("nothing[].x", []),
    ],
)
def test_paths_lead_to_what_is_there(path: str, found: list[object]) -> None:
    assert find(CONTENT, path) == found


@pytest.mark.parametrize("path", ["", ".", "a..b", "a.", "a[", "a[x]", "a]b", "a[]b", "a" * 300, 5])
def test_what_is_no_path_is_refused(path: object) -> None:
    with pytest.raises(ValueError, match="accepted: a path"):
        check_path(path)


def test_a_password_is_never_shown() -> None:
    spec = SourceSpec(kind="xtream", name="a", url="http://u:secret@h", username="u", password="secret")
    assert "secret" not in repr(spec)
    with pytest.raises(ValidationError):
        SourceSpec(kind="m3u", name="a", url="http://h", password="secret")
