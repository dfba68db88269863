"""What the doors lead to: made when the app starts, and found by every door."""

from typing import Annotated, Any, NamedTuple

from chassis import registry
from chassis.redis import RedisClient
from contracts import keys
from contracts.channel import Channel
from fastapi import Depends, Request
from redis.exceptions import RedisError

from catalog.device import Device
from catalog.editions import Editions
from catalog.front import Desk, shown
from catalog.library import Library
from catalog.logos import Logos
from catalog.pulse import Pulse
from catalog.queries import ListQuery
from catalog.settings import Settings
from catalog.snapshot import Snapshot


class Rooms(NamedTuple):
    """Everything that is made once."""

    settings: Settings
    library: Library
    logos: Logos
    editions: Editions
    """Of the guide as XMLTV."""
    redis: RedisClient
    desk: Desk
    pulse: Pulse
    device: Device


async def rooms(request: Request) -> Rooms:
    """Return the app's rooms. What is no coroutine the framework calls in a thread, for each request anew."""
    found: Rooms = request.app.state.rooms
    return found


async def current(request: Request) -> Snapshot:
    """Return the snapshot that the whole request is answered from: of a token with groups, only theirs."""
    inside: Rooms = request.app.state.rooms
    return await shown(request.scope, inside.library.snapshot)


RoomsDep = Annotated[Rooms, Depends(rooms)]
SnapshotDep = Annotated[Snapshot, Depends(current)]


def narrowed(snapshot: Snapshot, query: ListQuery) -> list[Channel]:
    """Return the channels that a list is to have: those of the groups, and those named beside them."""
    if query.ids is None and not any(query.group):
        return list(snapshot.channels.all)
    groups = {group.casefold() for group in query.group if group}
    ids = {word.strip() for word in (query.ids or "").split(",")}
    return [each for each in snapshot.channels.all if each.id in ids or each.group.casefold() in groups]


async def nodes(redis: RedisClient) -> dict[str, Any]:
    """Return every process that is there, by its key; none while Redis is away."""
    try:
        return await registry.present(redis, keys.NODES)
    except RedisError:
        return {}
