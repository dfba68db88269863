# ruff: noqa: RUF001  (other scripts are what is tested)
"""Searching forgives, and ranks what was meant first."""

from datetime import UTC, datetime, timedelta

import pytest
from contracts.channel import Channel
from contracts.event import Event
from finder import Index, name_key

KICKOFF = datetime(2025, 9, 30, 18, 45, tzinfo=UTC)

CHANNELS = [
    Channel(id=f"c{number}", number=number, name=name, group=group)
    for number, (name, group) in enumerate(
        [
            ("ESPN", "Sports"),
            ("ESPN 2", "Sports"),
            ("ESPN Deportes", "Sports"),
            ("Sky Sports Main Event", "UK"),
            ("Télé Québec", "Canada"),
            ("ΕΡΤ Σπορ", "Greece"),
            ("Canal+", "France"),
            ("Canal Sur", "Spain"),
            ("Das Erste Ⓖ", "Germany"),
        ],
        start=1,
    )
]
EVENTS = [
    Event(
        id="e1",
        title="Champions League : Atlético vs Bayern",
        category="Soccer",
        teams=("Atlético", "Bayern"),
        starts_at=KICKOFF,
        ends_at=KICKOFF + timedelta(hours=2),
    )
]


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.of(CHANNELS, EVENTS)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        pytest.param("espn", "ESPN", id="exact before longer"),
        pytest.param("ESPN2", "ESPN 2", id="joined"),
        pytest.param("event main sky", "Sky Sports Main Event", id="any order"),
        pytest.param("skysports", "Sky Sports Main Event", id="joined beginning"),
        pytest.param("tele quebec", "Télé Québec", id="no accents"),
        pytest.param("ερτ σπορ", "ΕΡΤ Σπορ", id="another script"),
        pytest.param("deportse", "ESPN Deportes", id="typo"),
        pytest.param("skysprotsmain", "Sky Sports Main Event", id="joined with a typo"),
        pytest.param("ksysports main event", "Sky Sports Main Event", id="joined, wrong from the start"),
        pytest.param("canal plus", "Canal+", id="plus as a word"),
        pytest.param("das erste", "Das Erste Ⓖ", id="remark letter"),
        pytest.param("bayern", "Champions League : Atlético vs Bayern", id="team"),
        pytest.param("atletico soccer", "Champions League : Atlético vs Bayern", id="team and category"),
        pytest.param("germany", "Das Erste Ⓖ", id="group"),
    ],
)
def test_what_was_meant_comes_first(index: Index, query: str, first: str) -> None:
    assert index.find(query)[0].name == first


@pytest.mark.parametrize("query", ["", "  ", "!?", "zzzzzz", "espn zzzzzz"])
def test_nothing_is_found_where_nothing_fits(index: Index, query: str) -> None:
    assert index.find(query) == ()


def test_a_word_that_is_everywhere_may_be_a_typo_still() -> None:
    """It is looked for with typos where nothing has all words otherwise, and then only."""
    named = [("Sports", number) for number in range(1, 60)] + [("Sport Bundesliga", 60)]
    index = Index.of([Channel(id=f"c{n}", number=n, name=f"{name} {n}", group="") for name, n in named], ())
    assert [hit.id for hit in index.find("sports bundesliga")] == ["c60"]
    assert "c60" not in index.ids("sports")


def test_limit_holds(index: Index) -> None:
    assert len(index.find("espn", limit=2)) == 2


def test_fewer_are_the_best_of_all(index: Index) -> None:
    """Whatever order the entries came in; of two that fit alike the smaller number is first."""
    shuffled = Index.of(CHANNELS[::-1], EVENTS)
    for query in ("espn", "s", "canal", "sports event"):
        everything = index.find(query, limit=100)
        assert [shuffled.find(query, limit) for limit in range(4)] == [
            everything[:limit] for limit in range(4)
        ]


@pytest.mark.parametrize("query", ["espn", "sky sports", "skysports", "germany", "zzzzzz", ""])
def test_ids_are_those_of_all_hits(index: Index, query: str) -> None:
    assert index.ids(query) == {hit.id for hit in index.find(query, limit=100)}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Das Erste Ⓖ", "DAS ERSTE", True),
        ("Sport 1", "SPORT1", True),
        ("Sport 1 1", "Sport 11", False),
        ("Canal+", "Canal", False),
        ("Łódź TV", "Lodz TV", True),
    ],
)
def test_names_are_one_only_where_the_channel_is(one: str, other: str, *, same: bool) -> None:
    assert (name_key(one) == name_key(other)) is same
