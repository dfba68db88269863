"""The key that seals addresses is one for all nodes, whatever becomes of Redis."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import redis
from contracts import keys
from pydantic import SecretStr
from streamer import secret
from support.gateway import Gateway
from support.origin import media_playlist
from support.stack import until
from support.viewer import segments_of


@pytest.fixture
def gateway(redis_url: str, nats_url: str) -> Iterator[Gateway]:
    with ExitStack() as stack:
        yield Gateway(stack, redis_url, nats_url)


def test_a_node_with_another_key_refuses_to_start(gateway: Gateway) -> None:
    """It would hand out addresses that no other opens."""
    gateway.add("a", "/a.m3u8")
    gateway.node()
    with pytest.raises(secret.AnotherKeyError, match="is not the cluster's"):
        gateway.node(secret_key=SecretStr("another"))


def test_a_key_may_be_another_once_the_one_before_is_forgotten(gateway: Gateway, redis_url: str) -> None:
    """As docs/upgrading.md has it: nodes that have the old one don't start any more."""
    gateway.add("a", "/a.m3u8")
    gateway.node()
    with redis.Redis.from_url(redis_url) as client:
        assert client.delete(keys.SECRET_FINGERPRINT) == 1
    gateway.node(secret_key=SecretStr("another"))
    with pytest.raises(secret.AnotherKeyError, match="is not the cluster's"):
        gateway.node()


def test_a_redis_that_lost_all_is_told_the_key_again(gateway: Gateway, redis_url: str) -> None:
    """A node that starts later opens what those before it have given out."""
    gateway.origin.bodies = {"/a.m3u8": media_playlist(1), "/seg-1.ts": b"G" * 188}
    gateway.add("a", "/a.m3u8")
    segment = segments_of(gateway.node(secret_key=None).get("/stream/a.m3u8").text)[0]
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
        until(lambda: client.exists(keys.SECRET))
    gateway.add("a", "/a.m3u8")
    assert gateway.node(secret_key=None).get(segment).status_code == 200
