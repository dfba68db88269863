"""The bench's scenarios in short: a few clients on two replicas, while things are killed."""

from contextlib import ExitStack

from bench.options import Realtime
from bench.realtime import changes, crowd, faults
from bench.replicas import Replicas

SHORT = Realtime(clients=50, followers=10, rounds=2, rate=100, seconds=2, fault_rate=20, fault_seconds=10)


async def test_replicas_nats_and_redis_die_and_nobody_misses_anything() -> None:
    """Each once, under load: cursors have no hole and no repetition, all end with the last states."""
    with ExitStack() as stack:
        lines = await faults(Replicas(stack, 2), SHORT)
    assert [line for line in lines if not line.is_well] == []
    assert int(next(line.figure for line in lines if line.what == "connections made anew")) >= 10


async def test_clients_on_all_channels_end_with_every_last_state() -> None:
    """200 changes of a thousand channels, to clients of two replicas."""
    with ExitStack() as stack:
        lines = await changes(Replicas(stack, 2), SHORT)
    assert [line for line in lines if not line.is_well] == []


async def test_everybody_hears_of_an_event() -> None:
    """Nobody is left out; how soon is for the bench to say."""
    with ExitStack() as stack:
        lines = await crowd(Replicas(stack, 2), SHORT)
    assert next(line.figure for line in lines if line.what.startswith("announcements")) == "0"
