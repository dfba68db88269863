"""Searches past the framework: an answer that lies ready is that of its own generation and query."""

from typing import Any

import orjson
import pytest
from catalog.quick import searched
from catalog.snapshot import Channels, Snapshot
from contracts.channel import Channel

CHANNELS = [Channel(id=f"c{number}", number=number, name=f"Sport {number}", group="") for number in (1, 2)]


def snapshot(*channels: Channel) -> Snapshot:
    return Snapshot(Channels("v1", channels), Snapshot.empty().events)


def body(query: str, of: Snapshot) -> Any:
    answer = searched({"type": "http", "query_string": query.encode()}, of)
    return answer and bytes(answer.body)


def test_an_answer_is_given_again() -> None:
    one = snapshot(*CHANNELS)
    first = orjson.loads(body("q=sport", one))

    assert len(first["results"]) == 2
    assert orjson.loads(body("q=sport", one)) == {**first, "took_ms": 0.0}
    assert body("q=sport&limit=1", one).count(b'"kind":"channel"') == 1
    assert body("q=sport", snapshot(CHANNELS[1])).count(b'"kind":"channel"') == 1


@pytest.mark.parametrize("query", ["q=sport&token=secret", "token=secret&q=sport"])
def test_no_token_is_kept(query: str) -> None:
    one = snapshot(*CHANNELS)
    assert body(query, one) is not None
    assert one.searched.get(query.encode()) is None


@pytest.mark.parametrize("query", ["", "q=sport&limit=x", "q=sport&limit=0"])
def test_what_is_not_as_it_should_be_goes_on(query: str) -> None:
    one = snapshot(*CHANNELS)
    assert body(query, one) is None
    assert body(query, one) is None
