"""SSDP: players on the local network find the tuner by themselves (UPnP Device Architecture 1.1, 1).

Who looks is answered to his own address; who comes later hears an announcement every quarter of an hour. The
address in an answer is that of the interface that leads to whoever asks: a machine has many.

Multicast does not leave a container's network: there it needs the host's.
"""

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import AsyncIterator
from typing import Any

from chassis.logging import get_logger
from chassis.tasks import spawn

from catalog.outputs.hdhomerun import NAME, udn

log = get_logger("ssdp")

GROUP, PORT = "239.255.255.250", 1900
ROOT, DEVICE = "upnp:rootdevice", "urn:schemas-upnp-org:device:MediaServer:1"
LASTS_S = 1800
EVERY_S = 900.0
MOST_WAIT_S = 5


class Ssdp(asyncio.DatagramProtocol):
    """Answers searches. `api_url` is the public base address, if there is one."""

    def __init__(self, device_id: str, port: int, api_url: str | None) -> None:
        self._udn = udn(device_id)
        self._port = port
        self._api_url = api_url
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """Answer a search for something that we are, within the time that the searcher waits."""
        headers = read(data)
        wanted = headers.get("st", "")
        if headers.get("man") == '"ssdp:discover"' and (names := self.names(wanted)):
            wait_s = random.uniform(0, min(_seconds(headers.get("mx", "")), MOST_WAIT_S) / 2)  # noqa: S311
            spawn(self._answer(names, (str(addr[0]), int(addr[1])), wait_s), "ssdp answer")

    def error_received(self, exc: Exception) -> None:
        """Note that somebody who asked is gone."""
        log.debug("ssdp.unreachable", error=repr(exc))

    def names(self, wanted: str) -> list[str]:
        """Return which of our names a search is for."""
        own = [ROOT, self._udn, DEVICE]
        return own if wanted == "ssdp:all" else [name for name in own if name == wanted]

    def answer(self, name: str, host: str) -> bytes:
        """Return the answer to a search for `name`, for somebody who reaches us at `host`."""
        return _written("HTTP/1.1 200 OK", {"EXT": "", "ST": name, **self._said(name, host)})

    def notice(self, name: str, host: str, kind: str) -> bytes:
        """Return an announcement: `ssdp:alive` or `ssdp:byebye`."""
        first = {"HOST": f"{GROUP}:{PORT}", "NT": name, "NTS": kind}
        return _written("NOTIFY * HTTP/1.1", {**first, **self._said(name, host)})

    def announce(self, kind: str) -> None:
        """Tell everybody."""
        if self._transport and not self._transport.is_closing():
            for name in (ROOT, self._udn, DEVICE):
                self._transport.sendto(self.notice(name, host_towards(GROUP), kind), (GROUP, PORT))

    async def _answer(self, names: list[str], address: tuple[str, int], wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        if self._transport and not self._transport.is_closing():
            for name in names:
                self._transport.sendto(self.answer(name, host_towards(address[0])), address)

    def _said(self, name: str, host: str) -> dict[str, str]:
        base = self._api_url or f"http://{host}:{self._port}"
        return {
            "CACHE-CONTROL": f"max-age={LASTS_S}",
            "LOCATION": f"{base}/device.xml",
            "SERVER": f"Linux UPnP/1.0 {NAME}/1.0",
            "USN": name if name == self._udn else f"{self._udn}::{name}",
        }


@contextlib.asynccontextmanager
async def listening(protocol: Ssdp) -> AsyncIterator[None]:
    """Answer for as long as the context is open; say goodbye at its end."""
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: protocol, sock=joined())
    try:
        yield
    finally:
        protocol.announce("ssdp:byebye")
        transport.close()


async def keep_announcing(protocol: Ssdp) -> None:
    """Listen and announce for ever."""
    async with listening(protocol):
        log.info("ssdp.started")
        while True:
            protocol.announce("ssdp:alive")
            await asyncio.sleep(EVERY_S)


def joined(port: int = PORT) -> socket.socket:
    """Return a socket in the multicast group; others on this machine may be there, too."""
    found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    found.setblocking(False)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("", port))
    member = struct.pack("4s4s", socket.inet_aton(GROUP), bytes(4))
    try:
        found.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
    except OSError:
        found.close()
        raise
    return found


def host_towards(host: str) -> str:
    """Return our address on the way to `host`. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, PORT))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def read(data: bytes) -> dict[str, str]:
    """Return the headers of a search, lower-case; of anything else, none."""
    first, *lines = data.decode("latin-1").split("\r\n")
    if not first.startswith("M-SEARCH "):
        return {}
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name}


def _seconds(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 1


def _written(first: str, headers: dict[str, str]) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace")
