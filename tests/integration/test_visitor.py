"""What the page asks for itself: who looks at it, a player's addresses, a source read now, the figures."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import redis
from catalog.main import create_app
from catalog.settings import Settings
from contracts import keys
from contracts.channel import Channel, Stream
from contracts.source import SourceReport
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from support.servers import serving
from support.stack import until

TOKEN = "a-token-of-24-letters-aa"
GROUPS = {"one": "Sports", "two": "News", "three": "Kids", "four": "Kids"}
SEEN = "2026-01-01T00:00:00Z"


class Gateway:
    """A catalog with four channels and two sources, open or closed."""

    def __init__(self, stack: ExitStack, redis_url: str, folder: Path, tokens: str = "", **more: Any) -> None:
        self.redis = stack.enter_context(redis.Redis.from_url(redis_url))
        self._fill()
        settings = Settings(
            redis_url=SecretStr(redis_url),
            data_dir=folder,
            rate_limit="off",
            access_tokens=SecretStr(tokens),
            **more,
        )
        base = stack.enter_context(serving(create_app(settings))).base
        self.client = stack.enter_context(httpx.Client(base_url=base, timeout=20))
        key = {"token": TOKEN} if tokens else {}
        until(lambda: self.client.get("/playlist.m3u8", params=key).text.count("#EXTINF") == len(GROUPS))
        until(lambda: len(self.client.get("/api/status", params=key).json()["sources"]) == 2)

    def _fill(self) -> None:
        for number, (id_, group) in enumerate(GROUPS.items(), 1):
            stream = Stream(source="test", address="http://192.0.2.1/a.m3u8")
            channel = Channel(id=id_, number=number, name=id_, group=group, streams=(stream,))
            self.redis.hset(keys.generation("channels", "v1"), id_, channel.model_dump_json())
        self.redis.set(keys.current("channels"), "v1")
        for topic, name in (("channels", "test"), ("guide", "test:guide")):
            report = SourceReport.model_validate(
                {
                    "name": "test",
                    "kind": "m3u",
                    "topic": topic,
                    "checked_at": SEEN,
                    "failures": 2,
                    "stale": True,
                }
            )
            self.redis.set(keys.source(name), report.model_dump_json())

    def node(self, service: str, name: str, details: dict[str, object]) -> None:
        """Have a process be there."""
        self.redis.set(keys.node(service, name), orjson.dumps(details), ex=60)

    def names(self, path: str) -> list[str]:
        """Return which channels a playlist has."""
        text = self.client.get(path).text
        return [line.rpartition(",")[2] for line in text.splitlines() if line.startswith("#EXTINF")]


@pytest.fixture
def opened(redis_url: str, tmp_path: Path) -> Iterator[Gateway]:
    with ExitStack() as stack:
        yield Gateway(stack, redis_url, tmp_path)


@pytest.fixture
def closed(redis_url: str, tmp_path: Path) -> Iterator[Gateway]:
    with ExitStack() as stack:
        yield Gateway(stack, redis_url, tmp_path, f"ada:{TOKEN}")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["one", "two", "three", "four"]),
        ("?group=Kids", ["three", "four"]),
        ("?group=kids&group=News", ["two", "three", "four"]),
        ("?ids=one,four", ["one", "four"]),
        ("?group=News&ids=one", ["one", "two"]),
        ("?group=Nobody", []),
    ],
)
def test_a_list_has_the_groups_and_channels_that_are_named(
    opened: Gateway, query: str, names: list[str]
) -> None:
    """Groups as often as one likes, and channels beside them; in the order of the numbers."""
    assert opened.names(f"/playlist.m3u8{query}") == names


def test_the_tuner_carries_all_groups_on(opened: Gateway) -> None:
    """Its lineup is asked for by the address that it names."""
    told = opened.client.get("/discover.json?group=News&group=Kids").json()["LineupURL"]
    assert [each["GuideName"] for each in opened.client.get(told).json()] == ["two", "three", "four"]


def test_an_open_gateway_has_no_token_to_tell(opened: Gateway) -> None:
    """Whoever is in the house may have sources read."""
    me = opened.client.get("/api/me").json()
    assert me == {"closed": False, "name": None, "may_refresh": True, "demo": False}
    assert opened.client.post("/api/token").json() == {"token": None}


def test_a_page_is_told_its_own_token_at_its_word(closed: Gateway) -> None:
    """With the cookie alone, which no script can read; and nobody keeps the answer."""
    assert closed.client.post("/api/login", json={"token": TOKEN}).status_code == 204
    assert closed.client.get("/api/me").json()["name"] == "ada"
    told = closed.client.post("/api/token")
    assert told.json() == {"token": TOKEN}
    assert told.headers["Cache-Control"] == "no-store"


def test_nobody_is_told_a_token_without_one(closed: Gateway) -> None:
    """Nor what would be said of him."""
    assert closed.client.post("/api/token").status_code == 401
    assert closed.client.get("/api/me").status_code == 401


@pytest.mark.parametrize("path", ["/api/token", "/api/sources/test/refresh"])
def test_another_page_gets_nothing(closed: Gateway, path: str) -> None:
    """Browsers say whose page posts."""
    headers = {"Origin": "http://elsewhere.example", "Authorization": f"Bearer {TOKEN}"}
    assert closed.client.post(path, headers=headers).json()["code"] == "refresh_forbidden"


def test_a_source_is_read_at_somebodys_word(opened: Gateway) -> None:
    """Each of its topics is marked for the next worker; the second press within half a minute is refused."""
    assert opened.client.post("/api/sources/test/refresh").status_code == 202
    assert set(opened.redis.hkeys(keys.ASKED)) == {
        keys.source("test").encode(),
        keys.source("test:guide").encode(),
    }
    again = opened.client.post("/api/sources/test/refresh")
    assert (again.status_code, again.json()["code"]) == (429, "refresh_too_soon")
    assert int(again.headers["Retry-After"]) > 0


@pytest.mark.parametrize("name", ["nobody", "sources"])
def test_an_unknown_source_is_said_so(opened: Gateway, name: str) -> None:
    """Nothing is marked for it. The broken file of sources is no source, though it is reported as one is."""
    said = {"name": "sources", "kind": "file", "topic": "configuration", "checked_at": SEEN, "stale": True}
    broken = SourceReport.model_validate(said)
    opened.redis.set(keys.source("sources:configuration"), broken.model_dump_json())
    until(lambda: len(opened.client.get("/api/status").json()["sources"]) == 3)
    assert opened.client.post(f"/api/sources/{name}/refresh").json()["code"] == "source_not_found"
    assert not opened.redis.exists(keys.ASKED)


def test_the_status_says_what_the_metrics_say(opened: Gateway) -> None:
    """Two streamers and a replica of realtime, added up in both; ratios are of the sums."""
    for name, bodies, memory, fetched in (("a", 100, 80, 20), ("b", 300, 280, 10)):
        media = {
            "bodies": bodies,
            "from_memory": memory,
            "fetched": fetched,
            "sent_bytes": 1,
            "cache_bytes": 2,
        }
        opened.node("streamer", name, {"media": media, "status": "ok"})
    opened.node("realtime", "r", {"clients": 7, "nats": "ok"})
    opened.redis.rpush(keys.OUTBOX, "x", "y")
    opened.redis.zadd(keys.audience("one"), {"viewer": 4e9, "other": 4e9})
    until(lambda: opened.client.get("/api/status").json()["media"]["bodies"] == 400)

    status, told = opened.client.get("/api/status").json(), figures(opened.client.get("/metrics").text)
    assert status["ratios"]["fetched"] == 30 / 400
    assert status["ratios"]["from_memory"] == 360 / 400
    assert status["bus"] == {"listening": 1, "replicas": 1, "waiting": 2}
    assert {
        "iptv_cluster_bodies": status["media"]["bodies"],
        "iptv_cluster_bodies_from_memory": status["media"]["from_memory"],
        "iptv_cluster_fetched_bodies": status["media"]["fetched"],
        "iptv_cluster_outbox": status["bus"]["waiting"],
        "iptv_cluster_bus_listening": status["bus"]["listening"],
        "iptv_cluster_viewers": status["viewers"],
        "iptv_catalog_clients": status["clients"],
        "iptv_catalog_channels": status["channels"],
    }.items() <= told.items()
    assert (status["viewers"], status["clients"]) == (2, 7)


def figures(text: str) -> dict[str, float]:
    """Return the figures that have no labels."""
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {sample.name: sample.value for sample in samples if not sample.labels}


@pytest.mark.parametrize("told", [{"demo": True}, {"demo_sources": "m3u=http://demo:8000/list.m3u"}])
def test_the_demo_says_that_it_is_one(told: dict[str, Any], redis_url: str, tmp_path: Path) -> None:
    """So that the page can say how to add a source."""
    with ExitStack() as stack:
        gateway = Gateway(stack, redis_url, tmp_path, **told)
        assert gateway.client.get("/api/me").json()["demo"]
