"""A hundred viewers, and what an operator does to the stack meanwhile."""

import os

import pytest
from support.compose import Containers
from support.crowd import Crowd

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

VIEWERS = int(os.environ.get("VIEWERS", "100"))
"""Fewer where the machine is small."""
BEHIND_THE_DOOR = ("streamer", "catalog", "worker", "clock", "realtime")


def test_streamers_are_added_and_taken_away(base: str, channel: str, containers: Containers) -> None:
    """One to four and back to two: nobody's request fails, nobody's list runs backwards."""
    containers.scale("streamer", 1)
    with Crowd(base, [channel], VIEWERS) as crowd:
        crowd.play_on(segments=1)
        containers.scale("streamer", 4)
        crowd.play_on(segments=2)
        containers.scale("streamer", 2)
        crowd.play_on(segments=2)
    print(crowd.told())  # noqa: T201  (the figure)
    assert crowd.faults == []
    assert crowd.backwards == 0


def test_every_service_is_exchanged_one_replica_at_a_time(
    base: str, channel: str, containers: Containers
) -> None:
    """All that stands behind the front door; it alone has the port."""
    containers.scale("streamer", 3)
    with Crowd(base, [channel], VIEWERS) as crowd:
        for service in BEHIND_THE_DOOR:
            for each in containers.of(service):
                containers.restart(each)
            crowd.play_on(segments=1)
    print(crowd.told())  # noqa: T201  (the figure)
    assert crowd.faults == []
    assert crowd.backwards == 0


@pytest.mark.parametrize("store", ["nats", "cache", "redis"])
def test_a_store_is_restarted(store: str, base: str, channel: str, containers: Containers) -> None:
    """Streamers go on from memory."""
    with Crowd(base, [channel], VIEWERS // 4) as crowd:
        crowd.play_on(segments=1)
        for each in containers.of(store):
            containers.restart(each)
        crowd.play_on(segments=2)
    print(crowd.told())  # noqa: T201  (the figure)
    assert crowd.faults == []
    assert crowd.backwards == 0
