"""A stack that runs in containers already: `infra/docker/test.sh` starts it, or an operator did."""

import os
from collections.abc import Iterator

import httpx
import pytest
from support.compose import Containers, first_channel

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
    return first_channel(http, READY_S)


@pytest.fixture
def containers(base: str) -> Containers:
    """The engine's side of it; `COMPOSE_FILE` and `COMPOSE_PROJECT_NAME` say which stack it is."""
    if "COMPOSE_PROJECT_NAME" not in os.environ:
        pytest.skip(f"COMPOSE_PROJECT_NAME does not say which stack is behind {base}")
    return Containers()
