"""What clients may say."""

from typing import Any

import pytest
from realtime.errors import InvalidRequest
from realtime.requests import MOST_CHANNELS, Channels, NoRequest, Request, Resume, Search, parse

GOOD = [
    pytest.param(Channels, (), Channels(channel_ids=None), id="join all"),
    pytest.param(Channels, (None,), Channels(channel_ids=None), id="join null"),
    pytest.param(Channels, ({"channel_ids": ["a", "b"]},), Channels(channel_ids=("a", "b")), id="join two"),
    pytest.param(Channels, ({"channel_ids": []},), Channels(channel_ids=()), id="join none"),
    pytest.param(Search, ({"query": " bbc "},), Search(query="bbc", limit=20), id="search"),
    pytest.param(Search, ({"query": ""},), Search(query=""), id="empty query"),
    pytest.param(Search, ({"query": "a", "limit": 3, "new": 1},), Search(query="a", limit=3), id="newer"),
    pytest.param(Resume, ({"cursor": "17-4"},), Resume(cursor="17-4"), id="resume"),
    pytest.param(NoRequest, ({"anything": 1},), NoRequest(), id="nothing asked"),
]
BAD = [
    pytest.param(Channels, ("a",), "dictionary", id="no object"),
    pytest.param(Channels, ({"channel_ids": "a"},), "channel_ids", id="no list"),
    pytest.param(Channels, ({"channel_ids": [1]},), "channel_ids.0", id="no text"),
    pytest.param(Channels, ({"channel_ids": [""]},), "channel_ids.0", id="empty id"),
    pytest.param(Channels, ({"channel_ids": ["x" * 129]},), "channel_ids.0", id="long id"),
    pytest.param(Channels, ({"channel_ids": ["x"] * (MOST_CHANNELS + 1)},), "channel_ids", id="many ids"),
    pytest.param(Search, (), "query", id="no query"),
    pytest.param(Search, ({"query": "x" * 201},), "query", id="long query"),
    pytest.param(Search, ({"query": "x", "limit": 0},), "limit", id="limit 0"),
    pytest.param(Search, ({"query": "x", "limit": 101},), "limit", id="limit 101"),
    pytest.param(Resume, ({"cursor": "17"},), "cursor", id="half a cursor"),
    pytest.param(Resume, ({"cursor": 17},), "cursor", id="a number"),
]


@pytest.mark.parametrize(("model", "arguments", "request_"), GOOD)
def test_a_request_is_read(model: type[Request], arguments: tuple[Any, ...], request_: Request) -> None:
    """What is left out has its default; what is unknown is ignored."""
    assert parse(model, arguments) == request_


@pytest.mark.parametrize(("model", "arguments", "field"), BAD)
def test_a_wrong_request_names_its_field(
    model: type[Request], arguments: tuple[Any, ...], field: str
) -> None:
    """The message says which field is wrong, and never repeats what was sent."""
    with pytest.raises(InvalidRequest, match=field) as caught:
        parse(model, arguments)
    assert "xxx" not in caught.value.detail
