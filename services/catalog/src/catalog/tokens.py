"""Tokens in Redis: added, listed, revoked; and a copy on disk for the day when Redis comes back empty.

A secret is shown once, when it is made; what is kept is its hash. It is too long to be guessed, and
of letters and digits that a remote control can type.
"""

import asyncio
import contextlib
import math
import re
import secrets
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import orjson
from chassis.logging import get_logger
from chassis.redis import RedisClient
from chassis.tokens import OPENED, Token, digest
from contracts import keys
from redis.exceptions import RedisError

log = get_logger("tokens")

FILE = "tokens.json"
NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
"""Without those that look like others."""
LENGTH = 24
"""Of 32 letters each: 120 bits."""
SPAN = re.compile(r"([1-9][0-9]{0,4})([hdw])")
SECONDS = {"h": 3600, "d": 86_400, "w": 604_800}
COPY_S = 2.0


async def add(
    redis: RedisClient,
    name: str,
    *,
    streams: int = 0,
    groups: Iterable[str] = (),
    expires_at: float = math.inf,
) -> str | None:
    """Make a token and return its secret; None if the name is taken by one that is still good."""
    known = {token.name: token for token in await listed(redis)}
    if name in known and not known[name].revoked:
        return None
    secret = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    token = Token(name, digest(secret), streams, expires_at=expires_at, added_at=time.time())
    async with redis.pipeline() as pipeline:
        pipeline.hdel(keys.TOKENS, OPENED)
        pipeline.hset(keys.TOKENS, name, token.written(groups))
        await pipeline.execute()
    return secret


async def listed(redis: RedisClient) -> list[Token]:
    """Return all tokens, revoked ones too."""
    found = []
    for name, packed in sorted((await redis.hgetall(keys.TOKENS)).items()):
        if name != OPENED:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                found.append(Token.read(name.decode(), packed))
    return found


async def revoke(redis: RedisClient, name: str) -> bool:
    """Revoke a token, of the setting too; return whether Redis had it, and good."""
    known = [token for token in await listed(redis) if token.name == name]
    stone = Token(name, b"", added_at=time.time(), revoked=True)
    await redis.hset(keys.TOKENS, name, stone.written())
    return bool(known) and not known[0].revoked


async def forget_all(redis: RedisClient) -> None:
    """Forget all tokens: without `ACCESS_TOKENS` everything is open from now on."""
    async with redis.pipeline() as pipeline:
        pipeline.delete(keys.TOKENS)
        pipeline.hset(keys.TOKENS, OPENED, b"{}")
        await pipeline.execute()


def read_expiry(said: str, now: float) -> float:
    """Read `12h`, `30d`, `4w`, or a day such as 2030-12-31, which it is good until.

    Raises
    ------
    ValueError
        If it is none of them, or over already.
    """
    if match := SPAN.fullmatch(said):
        return now + int(match[1]) * SECONDS[match[2]]
    try:
        ends_at = datetime.strptime(said, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise ValueError("accepted: 12h, 30d, 4w, or a day such as 2030-12-31") from None
    if ends_at <= now:
        raise ValueError("that day is over")
    return ends_at


async def keep_copy(redis: RedisClient, folder: Path) -> None:
    """Copy the tokens to disk whenever they change, and back where Redis has lost them; for ever."""
    path, copied = folder / FILE, b""
    while True:
        with contextlib.suppress(RedisError):
            records = await redis.hgetall(keys.TOKENS)
            if not records:
                await _restore(redis, path)
            elif (content := _packed(records)) != copied:
                copied = content if await asyncio.to_thread(_write, path, content) else copied
        await asyncio.sleep(COPY_S)


async def keep_own(redis: RedisClient, headers: dict[str, str]) -> None:
    """Have Redis know what our own programs ask with, also after it lost it; for ever."""
    own = headers["Authorization"].removeprefix("Bearer ")
    while True:
        with contextlib.suppress(RedisError):
            await redis.set(keys.TOKEN_OWN, own, nx=True)
        await asyncio.sleep(COPY_S)


async def _restore(redis: RedisClient, path: Path) -> None:
    records = await asyncio.to_thread(_read, path)
    if records and await redis.hsetnx(keys.TOKENS, *records.popitem()):
        for name, packed in records.items():
            await redis.hsetnx(keys.TOKENS, name, packed)
        log.warning("tokens.restored", source="disk")


def _packed(records: dict[bytes, bytes]) -> bytes:
    said = {name.decode(): packed.decode() for name, packed in records.items()}
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)


def _read(path: Path) -> dict[str, str]:
    try:
        return dict(orjson.loads(path.read_bytes()))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError) as error:
        log.warning("tokens.unreadable", path=str(path), error=repr(error))
        return {}


def _write(path: Path, content: bytes) -> bool:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError as error:
        log.warning("tokens.not_copied", error=str(error))
        return False
    return True
