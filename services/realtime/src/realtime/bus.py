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
from realtime.ring import Cursor, Ring

log = get_logger("bus")

DEADLINE_S = 2.0
LOOK_S = 0.1
SILENCE_S = 1.0
"""After this long without a message the stream is asked whether there is one."""


class Listener(Protocol):
    """Whoever is told."""

    async def tell(self, news: News) -> None:
        """Pass on an announcement."""

    async def resync(self) -> None:
        """Say that announcements were lost."""


class Bus:
    """The subscription. It owns the ring: nobody else adds to it."""

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
        self._quiet_until = 0
        self._moved = asyncio.Event()

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
                while self._ring.last < self._quiet_until or not self._ring.knows(cursor):
                    await self._moved.wait()
                return True
        return False

    async def check_connection(self) -> None:
        """Fail while NATS is away."""
        if self._client is None or not self._client.is_connected:
            raise ConnectionError("not connected")

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
        subscription = await stream.subscribe(
            subjects.WILDCARD,
            cb=inbox.put,
            stream=subjects.STREAM,
            ordered_consumer=True,
            config=ConsumerConfig(
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=self._ring.last + 1
            ),
        )
        self._metrics.listens.inc()
        log.info("stream.subscribed", epoch=self._ring.epoch, after=self._ring.last)
        try:
            self._listening = True
            await self._follow(client, inbox, reconnects)
        finally:
            self._listening = False
            with contextlib.suppress(NatsError):
                await subscription.unsubscribe()

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
        self._quiet_until = last
        await self._lose(epoch, max(first - 1, last - self._ring.size, 0))

    async def _lose(self, epoch: str, last: int) -> None:
        """Begin the ring anew; whoever heard the old one is to fetch everything."""
        known = self._ring.epoch
        self._ring.restart(epoch, last)
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
        heard = [read(message.subject, _place_of(message), message.data) for message in messages]
        for message in messages:
            cause = requests.of(message.headers)
            log.debug("news.heard", subject=message.subject, sequence=_place_of(message), request_id=cause)
        for news in coalesce(item for item in heard if item):
            self._ring.add(news)
            if news.sequence > self._quiet_until:
                await self._listener.tell(news)
        if messages:
            self._ring.reach(_place_of(messages[-1]))
            self._move()

    async def _has_missed(self, client: Client, inbox: "Inbox") -> bool:
        """Whether the stream has gone on, or is another one, without our hearing of it."""
        if not client.is_connected:
            return False
        info = await client.jetstream(timeout=DEADLINE_S).stream_info(subjects.STREAM)
        gone_on = _epoch(info) != self._ring.epoch or info.state.last_seq > self._ring.last
        return gone_on and not inbox


class Inbox:
    """What arrived since we last looked."""

    def __init__(self) -> None:
        self._messages: list[Msg] = []
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._messages)

    async def put(self, message: Msg) -> None:
        """Take in a message."""
        self._messages.append(message)
        self._arrived.set()

    async def take(self, gather_s: float) -> list[Msg]:
        """Return what arrives within `gather_s` of the first message; nothing after `SILENCE_S`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SILENCE_S):
                await self._arrived.wait()
        if self._messages:
            await asyncio.sleep(gather_s)
        self._arrived.clear()
        taken, self._messages = self._messages, []
        return taken


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
