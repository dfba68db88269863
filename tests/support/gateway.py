"""Streamers on real servers, before an origin that a test tells what to do, or any other source."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import httpx
import redis
from contracts import keys
from contracts.channel import Channel, Locator, Stream, StreamKind
from pydantic import SecretStr
from streamer import secret
from streamer.main import create_app
from streamer.settings import Settings
from support.origin import FakeOrigin
from support.servers import ServedApp, serving
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

SECRET = "a secret of the tests"
HEADERS = {"X-Source": "yes"}


class Gateway:
    """Some streamers, and the channels that they know. A channel's number is its place in the list."""

    def __init__(self, stack: ExitStack, redis_url: str, nats_url: str) -> None:
        self._stack, self._redis_url, self._nats_url = stack, redis_url, nats_url
        self.origin = FakeOrigin()
        self.source = stack.enter_context(serving(self.origin.app(), http=HttpToolsProtocol)).base
        self._channels: dict[str, bytes] = {}

    def add(
        self,
        channel_id: str,
        *paths: str,
        locator: Locator = Locator.DIRECT,
        kind: str | Sequence[str] = "hls",
        private: bool = True,
        headers: Mapping[str, str] = HEADERS,
        socks5: str | None = None,
    ) -> None:
        """List a channel: paths are the origin's, addresses anybody's; of one kind, or each of its own."""
        number = len(self._channels) + 1
        kinds = [kind] * len(paths) if isinstance(kind, str) else kind
        streams = tuple(
            Stream(
                source="test",
                address=path if "://" in path else self.source + path,
                kind=StreamKind(one),
                locator=locator,
                allow_private=private,
                headers=dict(headers),
                socks5=socks5,
            )
            for path, one in zip(paths, kinds, strict=True)
        )
        channel = Channel(id=channel_id, number=number, name=channel_id, streams=streams)
        self._channels[channel_id] = channel.model_dump_json().encode()
        with redis.Redis.from_url(self._redis_url) as client:
            client.hset(keys.generation("channels", "v1"), mapping=self._channels)
            client.hset(keys.NUMBERS, channel_id, str(number))
            client.set(keys.current("channels"), "v1")

    def serve(self, **settings: object) -> ServedApp:
        """Start a streamer."""
        values: dict[str, Any] = {
            "secret_key": SecretStr(SECRET),
            "redis_url": SecretStr(self._redis_url),
            "cache_redis_url": SecretStr(self._redis_url.removesuffix("0") + "1"),
            "nats_url": SecretStr(self._nats_url),
            **settings,
        }
        chosen = Settings(**values)
        return self._stack.enter_context(serving(create_app(chosen, asyncio.run(secret.agreed(chosen)))))

    def node(self, **settings: object) -> httpx.Client:
        """Start a streamer and return a client of it."""
        return self.client(self.serve(**settings))

    def client(self, served: ServedApp) -> httpx.Client:
        """Return a client of a streamer."""
        return self._stack.enter_context(httpx.Client(base_url=served.base, timeout=30))
