"""A name that changes its mind: what is connected to is what was judged."""

import asyncio
import socket
from typing import Any

import pytest
from chassis.guard import allowed
from streamer.errors import UpstreamForbidden
from streamer.pools import Resolver, Server

SERVER = Server("rebinding.example", 80, tls=False)


class Names:
    """A name server that answers otherwise each time."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def getaddrinfo(self, host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        del host
        self.asked += 1
        found = self._answers.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]


def told(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> Names:
    names = Names(*answers)
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", names.getaddrinfo)
    return names


def resolver() -> Resolver:
    return Resolver(lambda address: allowed(address, private=False))


async def test_the_address_that_was_judged_is_the_one_that_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for once: there is no second answer that could be another."""
    names = told(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    one = resolver()
    assert await one.addresses(SERVER) == ["93.184.216.34"]
    assert await one.addresses(SERVER) == ["93.184.216.34"]
    assert names.asked == 1


async def test_of_mixed_addresses_only_the_outer_ones_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, ["127.0.0.1", "93.184.216.34", "::ffff:10.0.0.1", "64:ff9b::a00:1", "fe80::1%eth0"])
    assert await resolver().addresses(SERVER) == ["93.184.216.34"]


async def test_a_name_that_leads_inside_alone_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, ["169.254.169.254", "192.168.0.1", "2002:7f00:1::"])
    with pytest.raises(UpstreamForbidden):
        await resolver().addresses(SERVER)
