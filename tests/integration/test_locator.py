"""Pages that name playlists, read over HTTP: what is remembered of them, and for how long."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from contracts.channel import Locator as Kind
from contracts.channel import Stream
from streamer import resolve
from streamer.resolve import Locator
from streamer.upstream import Upstream
from support.origin import FakeOrigin
from support.servers import serving

PAGE = b'<video src="/a.m3u8"></video>'


@pytest.fixture
def origin() -> FakeOrigin:
    return FakeOrigin({"/one": PAGE, "/two": PAGE, "/three": PAGE})


@pytest.fixture
def base(origin: FakeOrigin) -> Iterator[str]:
    with serving(origin.app()) as served:
        yield served.base


@pytest.fixture
async def locator() -> AsyncIterator[Locator]:
    upstream = Upstream(connect_s=5, pause_s=5, pool_connections=4)
    yield Locator(upstream)
    await upstream.close()
    await asyncio.sleep(0)  # the loop closes what it was told to


def stream(address: str, **settings: str) -> Stream:
    return Stream(source="test", address=address, locator=Kind.PAGE, allow_private=True, headers=settings)


async def test_those_who_ask_at_once_cost_one_look(locator: Locator, origin: FakeOrigin, base: str) -> None:
    """And who asks later none."""
    found = await asyncio.gather(*(locator.locate(stream(f"{base}/one")) for _ in range(3)))
    assert {one.address for one in found} == {f"{base}/a.m3u8"}
    assert await locator.locate(stream(f"{base}/one")) == found[0]
    assert origin.fetches("/one") == 1


async def test_a_stream_whose_settings_changed_is_found_anew(
    locator: Locator, origin: FakeOrigin, base: str
) -> None:
    """What an operator says of his source counts at once: else its requests went out as before."""
    await locator.locate(stream(f"{base}/one"))
    for _ in range(2):
        found = await locator.locate(stream(f"{base}/one", Cookie="pass=1"))
        assert found.stream.headers["Cookie"] == "pass=1"
    assert origin.headers["/one"]["cookie"] == "pass=1"
    assert origin.fetches("/one") == 2


async def test_what_was_found_long_ago_is_forgotten(
    locator: Locator, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lists have many streams, and addresses that change."""
    monkeypatch.setattr(resolve, "LOCATED_AGE_S", 0.0)
    for path in ("/one", "/two", "/three"):
        await locator.locate(stream(base + path))
    assert len(locator._known) == 1
