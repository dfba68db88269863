"""Who looks for a tuner is told where it is."""

import asyncio
import socket

import pytest
from catalog.outputs.hdhomerun import udn
from catalog.ssdp import DEVICE, ROOT, Ssdp, read

ID = "1012345A"
SEARCH = (
    'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 0\r\nST: {}\r\n\r\n'
)


async def answers(wanted: str) -> list[bytes]:
    """Ask a tuner on this machine, as a player does."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: Ssdp(ID, 3232, None), local_addr=("127.0.0.1", 0)
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as player:
        player.setblocking(False)
        player.bind(("127.0.0.1", 0))
        await loop.sock_sendto(player, SEARCH.format(wanted).encode(), transport.get_extra_info("sockname"))
        count = 3 if wanted == "ssdp:all" else 1
        found = [await asyncio.wait_for(loop.sock_recv(player, 2000), 10) for _ in range(count)]
    transport.close()
    return found


@pytest.mark.parametrize("wanted", [ROOT, DEVICE, udn(ID), "ssdp:all"])
async def test_a_search_is_answered(wanted: str) -> None:
    for answer in await answers(wanted):
        lines = answer.decode().split("\r\n")
        assert lines[0] == "HTTP/1.1 200 OK"
        assert "LOCATION: http://127.0.0.1:3232/device.xml" in lines
        assert any(line.startswith(f"USN: {udn(ID)}") for line in lines)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"NOTIFY * HTTP/1.1\r\nST: x\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"]
)
def test_what_is_no_search_is_passed_over(data: bytes) -> None:
    assert read(data) == {}


def test_nothing_else_is_ours() -> None:
    assert Ssdp(ID, 3232, None).names("urn:schemas-upnp-org:device:MediaRenderer:1") == []
