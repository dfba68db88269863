"""What is pushed to viewers, through the front door."""

from datetime import UTC, datetime
from typing import Any

import pytest
import socketio
from support.stack import Stack

pytestmark = pytest.mark.e2e


@pytest.mark.timeout(240)
def test_an_event_that_starts_is_seen_within_two_seconds(stack: Stack) -> None:
    """The demo's schedule has one every two minutes."""
    with socketio.SimpleClient() as client:
        client.connect(stack.base, socketio_path="/_event", transports=["websocket"])
        while True:
            name, payload = client.receive(timeout=150)
            if name == "live_event" and payload["state"] == "live":
                break
    assert 0 <= late_s(payload) <= 2


def late_s(payload: dict[str, Any]) -> float:
    """Return how long after its start an event was announced."""
    return (datetime.now(UTC) - datetime.fromisoformat(payload["event"]["starts_at"])).total_seconds()


@pytest.mark.parametrize(
    ("path", "namespace"),
    [("/_event", "/"), ("/_event", "/_event"), ("/socket.io", "/"), ("/socket.io", "/_event")],
)
@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_all_ways_to_connect_lead_in(stack: Stack, path: str, namespace: str, transport: str) -> None:
    """Through Caddy, as clients in the field do it."""
    with socketio.SimpleClient() as client:
        client.connect(stack.base, socketio_path=path, namespace=namespace, transports=[transport])
        found = client.call("search_channels", {"query": "aurora"})
    assert found["results"][0]["id"] == "aurora-one"
