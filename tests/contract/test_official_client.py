"""The official JavaScript client, on every way in. It is run by node, from the page's own packages."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from contracts import subjects
from contracts.messages import CatalogChanged
from pydantic import SecretStr
from realtime.main import create_app
from realtime.settings import RealtimeSettings
from support.realtime import CHANNELS, publishing, serving, until_check, write_generation
from support.servers import ServedApp, repository

PATIENCE_S = 20.0
FRONTEND = repository() / "services" / "frontend"
SCRIPT = repository() / "tests" / "support" / "official_client.mjs"
NODE = shutil.which("node")

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="node is missing"),
    pytest.mark.skipif(
        not (FRONTEND / "node_modules" / "socket.io-client").exists(),
        reason="the page's packages are missing: npm ci in services/frontend",
    ),
]

TRANSPORTS = {"polling": ["polling"], "websocket": ["websocket"], "upgraded": ["polling", "websocket"]}
WAYS = [
    pytest.param(path, namespace, transport, id=f"{path}-{namespace}-{transport}")
    for path in ("/_event/", "/socket.io/")
    for namespace in ("/", "/_event")
    for transport in TRANSPORTS
]


@pytest.fixture
def app(redis_url: str, nats_url: str) -> Iterator[ServedApp]:
    write_generation(redis_url, "channels", "v1", *CHANNELS)
    settings = RealtimeSettings(
        redis_url=SecretStr(redis_url), nats_url=SecretStr(nats_url), node_name="r1", drain_s=0.2
    )
    with serving(create_app(settings)) as served:
        yield served


class Official:
    """The client, and what it says of itself."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def next(self, what: str) -> Any:
        """Return what comes with the next thing that it says, which has to be `what`."""
        assert self._process.stdout
        async with asyncio.timeout(PATIENCE_S):
            said, body = json.loads(await self._process.stdout.readline() or '["ended", null]')
        assert said == what, (said, body)
        return body

    async def status(self) -> int:
        """Return its exit status."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._process.wait()


@asynccontextmanager
async def running(app: ServedApp, path: str, namespace: str, transport: str) -> AsyncIterator[Official]:
    options = {"path": path, "namespace": namespace, "transports": TRANSPORTS[transport]}
    process = await asyncio.create_subprocess_exec(
        NODE or "", str(SCRIPT), str(FRONTEND), app.base, json.dumps(options), stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Official(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize(("path", "namespace", "transport"), WAYS)
async def test_the_official_client_works(
    app: ServedApp, nats_url: str, path: str, namespace: str, transport: str
) -> None:
    """It connects, joins, hears an announcement, is answered, and goes by itself."""
    kind = "polling" if transport == "polling" else "websocket"
    await until_check(app, "consumer", "ok")
    async with publishing(nats_url) as publisher, running(app, path, namespace, transport) as client:
        assert await client.next("connected") == kind
        joined = await client.next("joined")
        assert joined["joined"] == "all"

        place = await publisher.say(subjects.CATALOG_CHANGED, CatalogChanged(version="v2", added=1))
        told = await client.next("catalog_changed")
        assert (told["version"], told["added"], told["after"]) == ("v2", 1, joined["cursor"])
        assert told["cursor"].endswith(f"-{place}")

        assert (await client.next("ping"))["cursor"] == told["cursor"]
        assert [hit["id"] for hit in (await client.next("search_channels"))["results"]] == ["zdf"]
        assert await client.next("over") == kind
        assert await client.status() == 0
