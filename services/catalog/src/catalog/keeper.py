"""What was given once is kept: ids and numbers, in Redis and in a copy on disk.

The copy is for the day when Redis comes back empty: without it every channel's id and number would be
given anew, and every player's favourites would point at something else.
"""

import asyncio
from pathlib import Path

import orjson
from chassis.logging import get_logger
from chassis.redis import RedisClient
from contracts import keys

from catalog import store
from catalog.merge import Memory

log = get_logger("keeper")

FILE = "identities.json"


async def recall(redis: RedisClient, folder: Path) -> Memory:
    """Return what Redis remembers; where it remembers nothing, what the disk does."""
    numbers = {id_: int(number) for id_, number in (await store.load_all(redis, keys.NUMBERS)).items()}
    ids, identities = {id_.encode(): id_ for id_ in numbers}, dict[str, str]()
    async for piece in store.walk(redis, keys.IDENTITIES):
        identities |= {told.decode(): ids.get(id_) or id_.decode() for told, id_ in piece.items()}
    if identities:
        return Memory(identities, numbers)
    memory = await asyncio.to_thread(_read, folder / FILE)
    if memory.identities:
        log.warning("identities.restored", channels=len(memory.numbers), source="disk")
    return memory


async def write_copy(memory: Memory, folder: Path) -> None:
    """Write the copy; where the disk says no, say so and go on."""
    try:
        await asyncio.to_thread(_write, folder / FILE, memory)
    except OSError as error:
        log.warning("identities.not_copied", error=str(error))


def _read(path: Path) -> Memory:
    try:
        content = orjson.loads(path.read_bytes())
        return Memory(
            dict(content["identities"]), {key: int(value) for key, value in content["numbers"].items()}
        )
    except FileNotFoundError:
        return Memory()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("identities.unreadable", path=str(path), error=repr(error))
        return Memory()


def _write(path: Path, memory: Memory) -> None:
    content = {"identities": memory.identities, "numbers": memory.numbers}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))
    unfinished.replace(path)
