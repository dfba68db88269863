"""A stack that runs in containers already: `infra/docker/test.sh` starts it, or an operator did."""

import os
from collections.abc import Iterator

import httpx
import pytest
from support.compose import Containers
from support.stack import until

READY_S = 240.0


@pytest.fixture(scope="session")
def base() -> str:
    """The stack's public address, from `E2E_BASE`."""
    address = os.environ.get("E2E_BASE", "")
    if not address:
        pytest.skip("E2E_BASE names no running stack; infra/docker/test.sh starts one")
    return address.rstrip("/")


@pytest.fixture
def http(base: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base, timeout=20) as client:
        yield client


@pytest.fixture
def channel(http: httpx.Client) -> str:
    """The id of the first channel that plays as HLS; a fresh demo has to encode it first."""
    found: list[str] = []

    def plays() -> bool:
        listed = http.get("/api/channels", params={"limit": 20}).raise_for_status().json()["channels"]
        found[:] = [each["id"] for each in listed if http.get(f"/stream/{each['id']}.m3u8").is_success][:1]
        return bool(found)

    until(plays, READY_S)
    return found[0]


@pytest.fixture
def containers(base: str) -> Containers:
    """The engine's side of it; `COMPOSE_FILE` and `COMPOSE_PROJECT_NAME` say which stack it is."""
    if "COMPOSE_PROJECT_NAME" not in os.environ:
        pytest.skip(f"COMPOSE_PROJECT_NAME does not say which stack is behind {base}")
    return Containers()
