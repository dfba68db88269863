"""Who is in which room: nothing of a client stays when it is gone."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from prometheus_client import CollectorRegistry
from realtime.fanout import Fanout
from realtime.metrics import Metrics

NAMESPACE = "/_event"


@pytest.fixture
def fanout() -> Fanout:
    made = Fanout(Metrics(CollectorRegistry()))
    ids = iter(f"sid-{number}" for number in range(100))
    made.set_server(
        cast(
            "Any",
            SimpleNamespace(
                eio=SimpleNamespace(generate_id=lambda: next(ids)), packet_class=SimpleNamespace(json=None)
            ),
        )
    )
    return made


async def joined(fanout: Fanout, engine_sid: str, *rooms: str) -> str:
    sid: str = await fanout.connect(await fanout.pre_connect(engine_sid, NAMESPACE), NAMESPACE)
    for room in rooms:
        await fanout.enter_room(sid, NAMESPACE, room)
    return sid


def there(fanout: Fanout, room: str | None) -> set[str]:
    return {sid for sid, _ in fanout.get_participants(NAMESPACE, room)}


async def test_who_is_gone_is_in_no_room(fanout: Fanout) -> None:
    """The others stay in theirs."""
    one, other = [await joined(fanout, engine_sid, "a", "b") for engine_sid in ("e1", "e2")]
    fanout.pre_disconnect(one, NAMESPACE)
    await fanout.disconnect(one, NAMESPACE)
    for room in (None, "a", "b"):
        assert there(fanout, room) == {other}
    assert not fanout.is_connected(one, NAMESPACE)
    assert fanout.is_connected(other, NAMESPACE)
    assert there(fanout, one) == set()


async def test_who_left_a_room_is_still_in_the_others(fanout: Fanout) -> None:
    """Until it goes."""
    sid = await joined(fanout, "e1", "a", "b")
    await fanout.leave_room(sid, NAMESPACE, "a")
    assert (there(fanout, "a"), there(fanout, "b")) == (set(), {sid})


async def test_nothing_is_kept_of_whom_is_gone(fanout: Fanout) -> None:
    """Neither of clients that were admitted, nor of those that were refused."""
    for engine_sid in ("e1", "e2"):
        sid = await joined(fanout, engine_sid, "a")
        fanout.pre_disconnect(sid, NAMESPACE)
        await fanout.disconnect(sid, NAMESPACE)
    refused = await fanout.pre_connect("e3", NAMESPACE)
    await fanout.disconnect(refused, NAMESPACE)
    assert not fanout.rooms
    assert not fanout._rooms_of
    assert not any(fanout.pending_connect.values())
    assert not any(fanout.pending_disconnect.values())


async def test_leaving_looks_at_its_own_rooms_only(fanout: Fanout, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each client has a room of its own: looking into all would make a crowd's leaving quadratic."""
    crowd = [await joined(fanout, f"e{number}", "a") for number in range(20)]
    left: list[Any] = []
    leave = Fanout.__mro__[1].basic_leave_room

    def counted(self: Fanout, sid: str, namespace: str, room: Any) -> None:
        left.append(room)
        leave(self, sid, namespace, room)

    class Unsearchable(dict[Any, Any]):
        def items(self) -> Any:
            raise AssertionError("it looked at everybody's rooms")

        def copy(self) -> Any:
            raise AssertionError("it looked at everybody's rooms")

    monkeypatch.setattr(Fanout.__mro__[1], "basic_leave_room", counted)
    fanout.rooms[NAMESPACE] = Unsearchable(fanout.rooms[NAMESPACE])
    for sid in crowd:
        await fanout.disconnect(sid, NAMESPACE)
    assert len(left) == len(crowd) * 3
