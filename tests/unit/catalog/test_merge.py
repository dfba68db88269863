"""Many sources make one list, and nothing that was given ever moves."""

from typing import Any

import orjson
import pytest
from catalog.merge import Memory, merge
from catalog.slug import slug
from catalog.sources.base import SourceChannel, SourceStream
from contracts.channel import Channel, Locator, Stream, StreamKind
from finder import name_key
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace


def channel(
    name: str,
    source: str = "a",
    tvg_id: str | None = None,
    number: int | None = None,
    kind: StreamKind = StreamKind.HLS,
    country: str | None = None,
) -> SourceChannel:
    address = f"http://{source}.example/{name}/{tvg_id}/{kind}"
    return SourceChannel(
        source=source,
        native_id=f"{tvg_id or ''}/{name_key(name)}",
        name=name,
        tvg_id=tvg_id,
        number=number,
        country=country,
        streams=(SourceStream(source=source, address=address, kind=kind),),
    )


def test_channels_are_written_as_they_are() -> None:
    """The list is written past pydantic, for speed: nothing may be missing but what is as always."""
    odd = SourceStream("b", "http://b/é", StreamKind.DASH, Locator.PAGE, {"Referer": "x"}, True, "h:1", 2)
    records = [
        channel("News", tvg_id="n.de", number=7),
        replace(channel("News", "b"), group="G", country="DE", logo="http://l", radio=True, adult=True),
    ]
    records[1] = replace(records[1], streams=(odd,))
    merged = merge([records[:1], records[1:]], Memory())

    ((_, text),) = merged.texts()
    told = Channel.model_validate_json(text)
    assert orjson.loads(text) == orjson.loads(told.model_dump_json(exclude_defaults=True))
    assert set(orjson.loads(text)) == set(Channel.model_fields)
    assert set(orjson.loads(text)["streams"][1]) == set(Stream.model_fields)


def listed(*readings: list[SourceChannel], memory: Memory | None = None) -> dict[str, int]:
    return {c.id: c.number for c in merge(readings, memory or Memory()).channels}


@pytest.mark.parametrize(
    ("readings", "ids"),
    [
        pytest.param([[channel("ESPN")], [channel("espn", "b")]], ["espn"], id="one name"),
        pytest.param([[channel("Télé 5")], [channel("TELE5", "b")]], ["tele-5"], id="accents and spaces"),
        pytest.param(
            [[channel("ESPN", tvg_id="e.us")], [channel("E.S.P.N.", "b", "E.us")]], ["espn"], id="one tvg-id"
        ),
        pytest.param([[channel("ESPN"), channel("ESPN")]], ["espn"], id="twice in one list"),
        pytest.param(
            [[channel("One", tvg_id="x"), channel("One HD", tvg_id="x")]],
            ["one", "one-hd"],
            id="a tvg-id, two names",
        ),
        pytest.param(
            [[channel("News", country="DE")], [channel("News", "b", country="FR")]],
            ["news", "news-2"],
            id="two countries",
        ),
        pytest.param(
            [[channel("News", tvg_id="n.de")], [channel("News", "b", "n.fr")]],
            ["news", "news-2"],
            id="two suffixes",
        ),
        pytest.param(
            [[channel("One", tvg_id="x"), channel("One HD", tvg_id="x")], [channel("Uno", "b", "x")]],
            ["one", "one-hd", "uno"],
            id="ambiguous tvg-id",
        ),
        pytest.param([[channel("Canal+")], [channel("Canal", "b")]], ["canal-plus", "canal"], id="plus"),
    ],
)
def test_the_same_channel_is_one(readings: list[list[SourceChannel]], ids: list[str]) -> None:
    assert sorted(listed(*readings)) == sorted(ids)


def test_streams_stand_in_source_order_first_kind_first() -> None:
    readings = [
        [channel("ESPN", "a")],
        [channel("ESPN", "b", kind=StreamKind.DASH)],
        [channel("ESPN", "c")],
    ]
    (only,) = merge(readings, Memory()).channels
    assert [(stream.source, stream.kind.value) for stream in only.streams] == [
        ("a", "hls"),
        ("c", "hls"),
        ("b", "dash"),
    ]


def test_facts_come_from_whoever_has_them() -> None:
    """A site that says only names, then a list that says the rest: name and first stream are the site's."""
    facts: dict[str, Any] = {
        "group": "Sports",
        "logo": "http://b.example/1.png",
        "country": "US",
        "tvg_id": "e.us",
    }
    said = replace(channel("espn", "b"), **facts, radio=True)
    later = replace(channel("Espn", "c"), group="Other", logo="http://c.example/1.png")
    (only,) = merge([[channel("ESPN")], [said], [later]], Memory()).channels

    assert only.model_dump(include={*facts, "name", "radio"}) == {"name": "ESPN", "radio": True, **facts}
    assert [stream.source for stream in only.streams] == ["a", "b", "c"]


FIRST = [channel("ESPN"), channel("ABC", tvg_id="abc.us"), channel("News", number=40)]


@pytest.mark.parametrize(
    "readings",
    [
        pytest.param([FIRST[::-1]], id="reordered"),
        pytest.param(
            [[channel("ESPN", "b"), channel("Extra", "b", number=1)], FIRST], id="another source first"
        ),
        pytest.param([[replace(c, source="z") for c in FIRST]], id="source renamed"),
        pytest.param([[FIRST[0], channel("ABC Network", tvg_id="abc.us"), FIRST[2]]], id="channel renamed"),
        pytest.param([[channel("Espn #2 ESPN"), *FIRST]], id="newcomers before"),
    ],
)
def test_nothing_moves(readings: list[list[SourceChannel]]) -> None:
    before = merge([FIRST], Memory())
    after = listed(*readings, memory=before.memory)
    assert after.items() >= {c.id: c.number for c in before.channels}.items()


def test_a_channel_that_went_comes_back_as_itself() -> None:
    whole = merge([FIRST], Memory())
    without = merge([FIRST[1:]], whole.memory)
    newcomer = merge([[channel("ESPN", "b", country="XX"), *FIRST[1:]]], without.memory)
    assert (
        listed(FIRST, memory=newcomer.memory).items() >= {c.id: c.number for c in whole.channels[1:]}.items()
    )


def test_numbers_are_the_sources_own_where_free() -> None:
    assert listed([channel("A", number=2), channel("B"), channel("C", number=2), channel("D")]) == {
        "b": 1,
        "a": 2,
        "c": 3,
        "d": 4,
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Das Erste Ⓖ", "das-erste"),
        ("A&E #2", "a-e-2"),
        ("Ελλάδα 24", "ellada-24"),
        ("Первый канал", "pervyi-kanal"),
    ],
)
def test_ids_are_readable(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_what_cannot_be_spelled_gets_a_stable_id() -> None:
    assert slug("中文") == slug("中文")
    assert slug("中文").startswith("channel-")


Listed = list[list[SourceChannel]]
SOURCES = ("a", "b", "c")
NAMES = ("Arte", "BBC One", "Canal+", "Das Erste", "E!", "Film4", "Globo")


def lists(makes: st.SearchStrategy[tuple[str, str | None]]) -> st.SearchStrategy[Listed]:
    """Some of the sources, in any order, each with some channels in any order."""
    one = st.lists(makes, max_size=6, unique=True)
    return st.permutations(SOURCES).flatmap(
        lambda order: st.lists(one, min_size=1, max_size=len(order)).map(
            lambda found: [
                [channel(name, source, tvg_id, number=number if len(name) % 2 else None)
                 for number, (name, tvg_id) in enumerate(own, 5)]
                for source, own in zip(order, found, strict=False)
            ]
        )
    )  # fmt: skip


CLEAR = st.sampled_from(NAMES).map(lambda name: (name, f"{name_key(name)}.tv"))
MUDDLED = st.tuples(st.sampled_from(NAMES[:4]), st.sampled_from([None, "x", "y.de", "y.fr"]))


@settings(max_examples=150, deadline=None)
@given(st.lists(lists(CLEAR), min_size=1, max_size=6))
def test_no_history_moves_a_channel(history: list[Listed]) -> None:
    """Whatever comes, goes, returns or changes places: a channel keeps the id and number it got first."""
    memory, given_ids = Memory(), dict[str, tuple[str, int]]()
    for readings in history:
        merged = merge(readings, memory)
        memory = Memory(dict(merged.memory.identities), dict(merged.memory.numbers))  # as after a restart
        for found in merged.channels:
            assert given_ids.setdefault(found.name, (found.id, found.number)) == (found.id, found.number)


@settings(max_examples=150, deadline=None)
@given(st.lists(lists(MUDDLED), min_size=1, max_size=5))
def test_however_muddled_no_two_share_and_none_is_lost(history: list[Listed]) -> None:
    memory = Memory()
    for readings in history:
        merged = merge(readings, memory)
        channels = merged.channels
        assert (
            len({found.id for found in channels})
            == len({found.number for found in channels})
            == len(channels)
        )
        assert {s.address for found in channels for s in found.streams} == {
            s.address for reading in readings for record in reading for s in record.streams
        }
        assert merged.memory.numbers.items() >= memory.numbers.items()
        assert merged.memory.identities.keys() >= memory.identities.keys()
        memory = merged.memory
