"""Tokens: how they are said, where they are found, and that nothing gives them away."""

import math
import time
from typing import Any

import pytest
from catalog.settings import Settings
from chassis.access import PREFIXED, Admitted, carried, enter, take_prefix
from chassis.ratelimit import Rate, check_rate, parse_rate
from chassis.settings import explain
from chassis.tokens import OPENED, Token, Tokens, bearer, digest, entries
from pydantic import SecretStr, ValidationError
from streamer.seal import carrying

TOKENS = Tokens([("home", "a+b"), ("tv", "s3cret!&=?%")])


def scope(path: str = "/x", query: str = "", **headers: str) -> dict[str, Any]:
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    raw, _, _ = path.partition("?")
    return {
        "type": "http",
        "path": raw,
        "raw_path": raw.encode(),
        "query_string": query.encode(),
        "headers": pairs,
    }


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("", []),
        ("home:x", [("home", "x")]),
        (" home:x,tv:y:z\n guest:+~! ", [("home", "x"), ("tv", "y:z"), ("guest", "+~!")]),
    ],
    ids=["none", "one", "several"],
)
def test_the_setting_is_read(said: str, read: list[tuple[str, str]]) -> None:
    assert entries(SecretStr(said)) == read


@pytest.mark.parametrize("said", ["hush", "home:", ":hush", "a:hush/1", "a:hush a:other", "ä:hush", "a:häsh"])
def test_a_wrong_setting_is_one_line_without_the_secret(said: str) -> None:
    """The line names the variable and says what is accepted."""
    with pytest.raises(ValidationError) as caught:
        Settings(access_tokens=SecretStr(said))
    (line,) = explain(caught.value)
    assert line.startswith("ACCESS_TOKENS=(hidden): accepted: name:secret")
    assert "hush" not in line + repr(TOKENS)


@pytest.mark.parametrize(
    "request_",
    [
        scope(Authorization="Bearer a+b"),
        scope(Authorization="bearer  a+b"),
        scope(Cookie="theme=dark; iptv_token=a%2Bb; x=y"),
        scope(Cookie='iptv_token="a+b"'),
        scope(query="group=x&token=a%2Bb"),
        scope(query="token=a+b"),
        scope(query="token=wrong", Authorization="Bearer a+b"),
        scope(Cookie="iptv_token=old", Authorization="Bearer a+b"),
        scope("/t/a+b/x"),
        scope("/t/a%2Bb/x"),
    ],
)
def test_a_token_is_found_wherever_it_is(request_: dict[str, Any]) -> None:
    take_prefix(request_)
    found = enter(TOKENS, request_)
    assert found is not None
    assert found.name == "home"
    assert request_["path"] == "/x"


@pytest.mark.parametrize(
    "request_",
    [
        scope(),
        scope(query="token="),
        scope(query="tokens=a%2Bb"),
        scope(query="token=A%2Bb"),
        scope(Authorization="a+b"),
        scope(Authorization="Basic a+b"),
        scope(Cookie="token=a+b"),
        scope("/t/wrong/x"),
        scope("/x/t/a+b/x"),
        scope(Authorization="Bearer \u00ff"),
    ],
)
def test_nothing_else_lets_in(request_: dict[str, Any]) -> None:
    take_prefix(request_)
    assert enter(TOKENS, request_) is None


def test_only_addresses_carry_their_token_on() -> None:
    """Encoded as an address needs it; never shown where an admission is printed."""
    by_query, by_header = scope(query="token=s3cret!%26%3D%3F%25"), scope(Authorization="Bearer s3cret!&=?%")
    enter(TOKENS, by_query)
    enter(TOKENS, by_header)
    assert carried(by_query) == "token=s3cret%21%26%3D%3F%25"
    assert carried(by_header) == carried(scope()) == ""
    assert "s3cret" not in repr(Admitted(Token("tv", b"s3cret"), carried(by_query)))


@pytest.mark.parametrize(
    ("path", "behind"),
    [
        ("/t/x/stream/a.m3u8", "/stream/a.m3u8"),
        ("/t/x/", "/"),
        ("/t/x/api/%41", "/api/A"),
        ("/t/x/t/y/z", "/t/y/z"),
        ("/t/x", None),
        ("/t//x", None),
        ("/tx/y", None),
    ],
)
def test_the_prefix_leaves_the_path_once(path: str, behind: str | None) -> None:
    asked = scope(path)
    assert take_prefix(asked) is (behind is not None)
    assert asked["path"] == (path if behind is None else behind)
    assert (PREFIXED in asked) is (behind is not None)
    assert not take_prefix(asked)


def test_who_has_the_setting_asks_with_its_first_token() -> None:
    assert bearer(SecretStr("a:x b:y")) == {"Authorization": "Bearer x"}
    assert bearer(SecretStr("")) == {}


def packed(name: str, secret: str, **said: Any) -> tuple[bytes, bytes]:
    token = Token(name, digest(secret), said.get("streams", 0), expires_at=said.get("until", math.inf),
                  revoked=said.get("revoked", False))  # fmt: skip
    return name.encode(), token.written(said.get("groups", ()))


def name_of(tokens: Tokens, secret: str) -> str | None:
    found = tokens.token_of(secret)
    return found.name if found else None


def test_tokens_in_redis_come_on_top_and_stones_go_below() -> None:
    """A revoked name closes the setting's too; what can't be read lets nobody in."""
    tokens = Tokens([("home", "a"), ("tv", "b")], followed=True)
    assert tokens.take(dict([packed("ada", "c", groups=["News"], streams=2), packed("tv", "", revoked=True)]))
    assert [name_of(tokens, secret) for secret in "abc"] == ["home", None, "ada"]
    found = tokens.token_of("c")
    assert found is not None
    assert (found.streams, found.shows("NEWS"), found.shows("Sports")) == (2, True, False)
    tokens.take({b"ada": b"{}", b"bob": b"no JSON"})
    assert [name_of(tokens, secret) for secret in "abc"] == ["home", "tv", None]


def test_nothing_opens_by_itself() -> None:
    """Neither what was never read, nor what was lost, nor the last one that goes; only saying so does."""
    tokens = Tokens(followed=True)
    assert tokens
    tokens.take({})
    assert not tokens
    tokens.take(dict([packed("ada", "c")]))
    tokens.take({})
    assert name_of(tokens, "c") == "ada"
    tokens.take(dict([packed("ada", "", revoked=True)]))
    assert tokens
    assert name_of(tokens, "c") is None
    tokens.take({OPENED: b"{}"})
    assert not tokens


def test_a_token_ends_by_itself() -> None:
    tokens = Tokens(followed=True)
    tokens.take(dict([packed("old", "a", until=time.time() - 1), packed("new", "b", until=time.time() + 60)]))
    assert [name_of(tokens, secret) for secret in "ab"] == [None, "new"]


def test_a_carried_token_ends_nested_addresses_and_touches_nothing_else() -> None:
    """Not segments, not keys, not another host's address, not what only looks like one."""
    text = (
        b'#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI="/content/a-_1.m3u8",NAME="/content/x.m3u8 y"\n'
        b"#EXT-X-STREAM-INF:BANDWIDTH=1\n/content/b.m3u8\r\n/content/b.ts\n"
        b'#EXT-X-KEY:URI="/key/c.key"\nhttp://cdn/content/b.m3u8\n/content/last.m3u8'
    )
    expected = (
        text.replace(b"a-_1.m3u8", b"a-_1.m3u8?token=x")
        .replace(b"\n/content/b.m3u8\r", b"\n/content/b.m3u8?token=x\r")
        .replace(b"last.m3u8", b"last.m3u8?token=x")
    )
    assert carrying(text, "token=x") == expected
    assert carrying(text, "") is text


@pytest.mark.parametrize(
    ("said", "rate"),
    [
        ("100/minute", Rate(100, 60)),
        ("5/second", Rate(5, 1)),
        ("7/hour", Rate(7, 3600)),
        ("0", None),
        ("off", None),
        ("OFF", None),
    ],
)
def test_a_rate_is_read(said: str, rate: Rate | None) -> None:
    assert parse_rate(said) == rate


@pytest.mark.parametrize(
    "said", ["", "100", "0/minute", "-1/minute", "100/day", "1.5/second", "100 / minute"]
)
def test_a_wrong_rate_says_what_is_accepted(said: str) -> None:
    with pytest.raises(ValueError, match="accepted: such as 100/minute"):
        check_rate(said)
