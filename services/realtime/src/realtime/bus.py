"""What is said on NATS, heard once and in order.

One ordered JetStream consumer per replica. What came while NATS, or we, were away is told when it is back:
we always ask for what follows the last sequence that we have. At the start the recent past fills the
ring, silently: nobody here has missed it.

The library makes its consumer anew when heartbeats stay away, which takes it 20 s and is not always
noticed; so a reconnect makes us subscribe again at once, and silence is checked against the stream
itself. Every message is placed by its sequence: twice heard is told once, a leap is asked for again.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

from chassis import requests
from chassis.logging import get_logger
from chassis.nats import connect_nats, ensure_stream
from contracts import subjects
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig, DeliverPolicy, StreamInfo
from pydantic import SecretStr

from realtime.metrics import Metrics
from realtime.news import News, coalesce, read
from realtime.past import Past
from realtime.ring import Cursor, Ring

log = get_logger("bus")

DEADLINE_S = 2.0
PAST_WITHIN_S = 10.0
LOOK_S = 0.1
SILENCE_S = 1.0
"""After this long without a message the stream is asked whether there is one."""


class Listener(Protocol):
    """Whoever is told."""

    def recall(self, news: list[News]) -> None:
        """Take announcements of before our time into the ring."""

    async def tell(self, news: list[News]) -> None:
        """Take announcements into the ring and pass them on."""

    async def resync(self) -> None:
        """Say that announcements were lost."""


class Bus:
    """The subscription. It says what comes into the ring; the listener puts it there as it passes it on."""

    def __init__(
        self,
        url: SecretStr,
        ring: Ring,
        listener: Listener,
        metrics: Metrics,
        tick_s: float,
        replicas: int = 1,
    ) -> None:
        self._replicas = replicas
        self._url = url
        self._ring = ring
        self._listener = listener
        self._metrics = metrics
        self._tick_s = tick_s
        self._client: Client | None = None
        self._listening = False
        self._moved = asyncio.Event()
        self._past = Past(ring, self._read)

    async def run(self) -> None:
        """Listen for ever; raises when NATS refuses what is asked of it."""
        async with connect_nats(self._url, "realtime") as client:
            self._client = client
            try:
                while True:
                    if client.is_connected:
                        await self._listen(client)
                    else:
                        await asyncio.sleep(LOOK_S)
            finally:
                self._client = None

    async def reach(self, cursor: Cursor, within_s: float) -> bool:
        """Wait until the ring is filled and knows `cursor`, which a client may have from a faster replica."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._ring.last < self._ring.quiet or not self._ring.knows(cursor):
                    await self._moved.wait()
                return True
        return False

    async def missed(self, cursor: Cursor, within_s: float) -> Callable[[], list[News] | None]:
        """Fetch what came after `cursor`; what is returned gives it, up to the moment when it is called.

        It gives None where that can't be told any more, or not in time.
        """
        if not await self.reach(cursor, within_s):
            return lambda: None
        if self._ring.since(cursor) is None and cursor.epoch == self._ring.epoch:
            with contextlib.suppress(TimeoutError, NatsError, ConnectionError):
                async with asyncio.timeout(PAST_WITHIN_S):
                    await self._past.reach(cursor)
        return lambda: self._past.since(cursor)

    async def _read(self, first: int, last: int) -> list[News]:
        """Return the stream's announcements from `first` to `last`.

        Raises
        ------
        ConnectionError, nats.errors.Error
            If it doesn't have them all.
        """
        inbox, news, client = Inbox(), list[News](), self._connected()
        info = await client.jetstream(timeout=DEADLINE_S).stream_info(subjects.STREAM)
        if info.state.first_seq > first:
            raise ConnectionError("some are gone")
        async with _subscribed(client, inbox, first):
            expected = first
            while expected <= last:
                messages = await inbox.take(0)
                run = _in_a_row(messages, expected)
                if len(run) < len(messages):
                    raise ConnectionError("some are gone")
                expected += len(run)
                news += [item for item in _heard(run) if item.sequence <= last]
        self._metrics.read_back.inc(last - first + 1)
        return news

    def _connected(self) -> Client:
        if self._client is None or not self._client.is_connected:
            raise ConnectionError("not connected")
        return self._client

    @property
    def is_listening(self) -> bool:
        """Whether what is said is heard."""
        return self._listening and self._client is not None and bool(self._client.is_connected)

    async def check_connection(self) -> None:
        """Fail while NATS is away."""
        self._connected()

    async def check_consumer(self) -> dict[str, Any]:
        """Fail while nothing can be heard; else say how far we are."""
        await self.check_connection()
        if not self._listening:
            raise ConnectionError("not subscribed")
        return {"epoch": self._ring.epoch, "sequence": self._ring.last, "kept": len(self._ring)}

    async def _listen(self, client: Client) -> None:
        """Subscribe and pass on what comes, until the subscription can't be trusted any more."""
        stream = client.jetstream(timeout=DEADLINE_S)
        await ensure_stream(client, subjects.STREAM, [subjects.WILDCARD], subjects.MAX_AGE_S, self._replicas)
        reconnects = client.stats["reconnects"]
        await self._place(await stream.stream_info(subjects.STREAM))
        inbox = Inbox()
        async with _subscribed(client, inbox, self._ring.last + 1):
            self._metrics.listens.inc()
            log.info("stream.subscribed", epoch=self._ring.epoch, after=self._ring.last)
            try:
                self._listening = True
                await self._follow(client, inbox, reconnects)
            finally:
                self._listening = False

    async def _follow(self, client: Client, inbox: "Inbox", reconnects: int) -> None:
        first = True
        while client.stats["reconnects"] == reconnects:
            if messages := await inbox.take(self._tick_s):
                if not await self._hear(messages, first=first):
                    return
                first = False
            elif await self._has_missed(client, inbox):
                return

    async def _place(self, info: StreamInfo) -> None:
        """Decide what to hear next: what follows, or, on a stream new to us, its recent past."""
        epoch, first, last = _epoch(info), info.state.first_seq, info.state.last_seq
        if epoch == self._ring.epoch and first <= self._ring.last + 1 <= last + 1:
            return
        await self._lose(epoch, max(first - 1, last - self._ring.size, 0), quiet=last)

    async def _lose(self, epoch: str, last: int, quiet: int = 0) -> None:
        """Begin the ring anew; whoever heard the old one is to fetch everything."""
        known = self._ring.epoch
        self._ring.restart(epoch, last, quiet)
        self._move()
        if known:
            log.warning("stream.lost", was=known, epoch=epoch, after=last)
            await self._listener.resync()

    def _move(self) -> None:
        self._metrics.sequence.set(self._ring.last)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def _hear(self, messages: list[Msg], *, first: bool) -> bool:
        """Tell what is new in `messages`; False if something is missing in them."""
        fresh = [message for message in messages if _place_of(message) > self._ring.last]
        if first and fresh and _place_of(fresh[0]) > self._ring.last + 1:
            # Nothing can be in between any more: it grew too old while we were away.
            await self._lose(self._ring.epoch, _place_of(fresh[0]) - 1)
        run = _in_a_row(fresh, self._ring.last + 1)
        await self._tell(run)
        return len(run) == len(fresh)

    async def _tell(self, messages: list[Msg]) -> None:
        if not messages:
            return
        for message in messages:
            cause = requests.of(message.headers)
            log.debug("news.heard", subject=message.subject, sequence=_place_of(message), request_id=cause)
        news = coalesce(_heard(messages))
        known = [item for item in news if item.sequence <= self._ring.quiet]
        self._listener.recall(known)
        await self._listener.tell(news[len(known) :])
        self._ring.reach(_place_of(messages[-1]))
        self._move()

    async def _has_missed(self, client: Client, inbox: "Inbox") -> bool:
        """Whether the stream has gone on, or is another one, without our hearing of it."""
        if not client.is_connected:
            return False
        info = await client.jetstream(timeout=DEADLINE_S).stream_info(subjects.STREAM)
        gone_on = _epoch(info) != self._ring.epoch or info.state.last_seq > self._ring.last
        return gone_on and not inbox


@contextlib.asynccontextmanager
async def _subscribed(client: Client, inbox: "Inbox", first: int) -> AsyncIterator[None]:
    """Have the stream's messages come into `inbox`, from `first` on."""
    subscription = await client.jetstream(timeout=DEADLINE_S).subscribe(
        subjects.WILDCARD,
        cb=inbox.put,
        stream=subjects.STREAM,
        ordered_consumer=True,
        config=ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=first),
    )
    try:
        yield
    finally:
        with contextlib.suppress(NatsError):
            await subscription.unsubscribe()


class Inbox:
    """What arrived since we last looked."""

    def __init__(self) -> None:
        self._messages: list[Msg] = []
        self._arrived = asyncio.Event()
        self._taken_at = float("-inf")

    def __len__(self) -> int:
        return len(self._messages)

    async def put(self, message: Msg) -> None:
        """Take in a message."""
        self._messages.append(message)
        self._arrived.set()

    async def take(self, tick_s: float) -> list[Msg]:
        """Return what has arrived, a tick after the last time at the soonest; nothing after `SILENCE_S`.

        So what breaks a silence is told at once, and a burst once per tick.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SILENCE_S):
                await self._arrived.wait()
        if self._messages:
            await asyncio.sleep(max(0.0, self._taken_at + tick_s - time.monotonic()))
            self._taken_at = time.monotonic()
        self._arrived.clear()
        taken, self._messages = self._messages, []
        return taken


def _heard(messages: list[Msg]) -> list[News]:
    """Return the announcements in messages."""
    heard = [read(message.subject, _place_of(message), message.data) for message in messages]
    return [news for news in heard if news]


def _place_of(message: Msg) -> int:
    return message.metadata.sequence.stream


def _in_a_row(messages: list[Msg], expected: int) -> list[Msg]:
    """Return the messages that follow one another from `expected` on."""
    run = []
    for message in messages:
        if _place_of(message) == expected:
            run.append(message)
            expected += 1
    return run


def _epoch(info: StreamInfo) -> str:
    """Return what tells a stream from one of the same name that was there before."""
    return str(int(info.created.timestamp() * 1000)) if info.created else "0"
