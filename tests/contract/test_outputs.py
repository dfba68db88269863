"""The list and the panel, read whole by readers that players are made with: node runs them."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from catalog.harvest import pack
from catalog.main import create_app
from catalog.settings import Settings
from catalog.sources.xmltv import Broadcast
from contracts import keys
from contracts.channel import Channel, Stream
from pydantic import SecretStr
from support.realtime import write_generation
from support.servers import ServedApp, repository, serving
from support.stack import until

PATIENCE_S = 30
FRONTEND = repository() / "services" / "frontend"
SCRIPT = repository() / "tests" / "support" / "read_outputs.mjs"
NODE = shutil.which("node")
STARTS = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
LASTS = timedelta(hours=6)
"""The first programme is on for as long as the tests take, at any hour."""
NAMES = {
    "Das Erste": "Deutschland",
    "24 Kitchen, HD": "Essen & Trinken",
    "Ελλάδα 1": "Ελλάδα",
    'The "One" \u2028#EXTINF:-1,evil': "",
    "Россия | 24": "Deutschland",
}
CHANNELS = [
    Channel(
        id=f"c{number}",
        number=number,
        name=name,
        group=group,
        logo="http://l.example/1.png" if number % 2 else None,
        streams=(Stream(source="s", address="http://secret.example/x.m3u8"),),
    )
    for number, (name, group) in enumerate(NAMES.items(), 1)
]

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="node is missing"),
    pytest.mark.skipif(
        not (FRONTEND / "node_modules" / "@iptv" / "xtream-api").exists(),
        reason="the page's packages are missing: npm ci in services/frontend",
    ),
]


@pytest.fixture
def api(redis_url: str, tmp_path: Path) -> Iterator[ServedApp]:
    write_generation(redis_url, "channels", "v1", *CHANNELS)
    with redis.Redis.from_url(redis_url) as client:
        client.hset(keys.generation("guide", "g1"), "c1", pack("c1", programmes()))
        client.set(keys.current("guide"), "g1")
    settings = Settings(redis_url=SecretStr(redis_url), data_dir=tmp_path, rate_limit="off")
    with serving(create_app(settings)) as served:
        asked = {"action": "get_short_epg", "stream_id": "1"}
        until(lambda: httpx.get(f"{served.base}/player_api.php", params=asked).json()["epg_listings"])
        yield served


def programmes() -> list[Broadcast]:
    begun = [int((STARTS + number * LASTS).timestamp()) for number in range(6)]
    return [
        Broadcast(
            start, start + int(LASTS.total_seconds()), f"Programme {number}", "", "What it is", (), "", ""
        )
        for number, start in enumerate(begun)
    ]


def read(api: ServedApp, what: str) -> Any:
    done = subprocess.run(
        [NODE or "", str(SCRIPT), str(FRONTEND), api.base, what],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
        env={**os.environ, "TZ": "UTC"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def plain(name: str) -> str:
    return " ".join(name.replace("\u00a0", " ").split())


def test_the_list_is_read_whole(api: ServedApp) -> None:
    """Each channel is one item, with its own address, and no name breaks out of its place."""
    made = read(api, "playlist")

    assert made["header"]["attrs"]["x-tvg-url"].startswith(f"{api.base}/")
    items = made["items"]
    assert [item["url"] for item in items] == [f"{api.base}/stream/{each.id}.m3u8" for each in CHANNELS]
    assert [item["group"]["title"] for item in items if item["group"]["title"]] == [
        group for group in NAMES.values() if group
    ]
    assert [plain(items[number]["name"]) for number in (0, 2, 4)] == ["Das Erste", "Ελλάδα 1", "Россия | 24"]
    assert all(item["name"] and item["tvg"]["id"] for item in items)
    assert [bool(item["tvg"]["logo"]) for item in items] == [bool(each.logo) for each in CHANNELS]


def test_the_panel_is_read_whole(api: ServedApp) -> None:
    """The reader makes its records of every action that it knows, and finds nothing where nothing is."""
    made = read(api, "panel")

    assert (made["profile"]["id"], made["profile"]["status"]) == ("somebody", "Active")
    assert made["server"]["timeNow"]
    assert [each["name"] for each in made["categories"]][:3] == ["Deutschland", "Essen & Trinken", "Ελλάδα"]
    channels = made["channels"]
    assert [channel["number"] for channel in channels] == [1, 2, 3, 4, 5]
    known = {each["id"] for each in made["categories"]}
    assert all(set(channel["categoryIds"]) <= known for channel in channels)
    assert [channel["url"] for channel in channels] == [
        f"{api.base}/live/somebody/secret/{number}.m3u8" for number in range(1, 6)
    ]
    assert [channel["number"] for channel in made["inFirst"]] == [1, 5]
    assert (made["movies"], made["shows"], made["none"]) == ([[], []], [[], []], [])


def test_the_panels_guide_is_read(api: ServedApp) -> None:
    made = read(api, "panel")

    assert [each["title"] for each in made["short"]] == ["Programme 0", "Programme 1"]
    assert [each["title"] for each in made["full"]] == [f"Programme {number}" for number in range(6)]
    first = made["full"][0]
    assert datetime.fromisoformat(first["start"]) == STARTS
    assert datetime.fromisoformat(first["end"]) == STARTS + LASTS
    assert (first["description"], first["nowPlaying"]) == ("What it is", True)
