"""What the gateway is called as a device: once given, it stays, or Plex would find a new tuner.

It is kept in Redis, for all replicas, and in a copy on disk, for the day when Redis comes back empty.
"""

import asyncio
from pathlib import Path

from chassis.logging import get_logger
from chassis.redis import RedisClient
from contracts import keys
from redis.exceptions import RedisError

from catalog.outputs.hdhomerun import is_device_id, new_device_id

log = get_logger("device")

FILE = "device"


class Device:
    """The id. `known` gives it, and makes it where there is none yet."""

    def __init__(self, redis: RedisClient, folder: Path) -> None:
        self._redis = redis
        self._path = folder / FILE
        self._id = ""
        self._settled = False

    async def known(self) -> str:
        """Return the id. While Redis is away it is that on disk."""
        if not self._settled:
            self._id = self._id or await asyncio.to_thread(_read, self._path) or new_device_id()
            try:
                await self._redis.set(keys.DEVICE, self._id, nx=True)
                self._id = (await self._redis.get(keys.DEVICE)).decode()
                self._settled = True
            except RedisError as error:
                log.debug("redis.unreachable", error=repr(error))
            await asyncio.to_thread(_write, self._path, self._id)
        return self._id


def _read(path: Path) -> str:
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
    return text if is_device_id(text) else ""


def _write(path: Path, device_id: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(device_id, encoding="ascii")
    except OSError as error:
        log.warning("device.not_copied", error=str(error))
