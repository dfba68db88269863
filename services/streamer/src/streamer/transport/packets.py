"""Packets, and columns of their headers.

A mask says which packets: a number with a byte for each, so that masks are joined at once, however many.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

PACKET = 188
NULL_PID = 0x1FFF
CUT_OFF = re.compile(rb"\x47(?=.{187}\x47.{187}\x47)", re.DOTALL)
"""Where packets begin again: three in a row. One sync byte is in every 256 bytes by chance."""
HUNT_BYTES = 2 * PACKET


class Alignment:
    """Bytes in any pieces in; whole packets out. Whatever lies between packets is dropped."""

    def __init__(self) -> None:
        self._rest = b""
        self._in_step = False

    def feed(self, piece: bytes) -> bytes:
        """Return the packets that are whole by now."""
        data = self._rest + piece if self._rest else piece
        runs: list[bytes] = []
        at = 0
        while True:
            if not self._in_step:
                found = CUT_OFF.search(data, at)
                if found is None:
                    at = max(at, len(data) - HUNT_BYTES)
                    break
                at, self._in_step = found.start(), True
            count, good = _in_step(data, at)
            runs.append(data[at : at + good * PACKET])
            at += good * PACKET
            if good == count:
                break
            self._in_step = False
        self._rest = data[at:]
        return runs[0] if len(runs) == 1 else b"".join(runs)


def _in_step(data: bytes, at: int) -> tuple[int, int]:
    """Return how many packets would fit from `at` on, and how many of them begin as packets do."""
    count = (len(data) - at) // PACKET
    heads = data[at : at + count * PACKET : PACKET]
    return count, count - len(heads.lstrip(b"\x47"))


@lru_cache(maxsize=1024)
def _matching(value: int, mask: int) -> bytes:
    """Return a table for `bytes.translate`: 1 where the byte, masked, is `value`."""
    return bytes(byte & mask == value for byte in range(256))


class Columns:
    """The headers of some packets, to be searched."""

    def __init__(self, packets: bytes) -> None:
        self.packets = packets
        self._high, self._low = packets[1::PACKET], packets[2::PACKET]
        self.count = len(self._high)

    def of(self, pid: int, *, flags: int = 0, among: int = 0x80) -> int:
        """Return a mask of the packets of `pid`, one byte each, whose `among` flags are `flags`.

        By default all that the sender did not mark as damaged.
        """
        high = self._high.translate(_matching(pid >> 8 | flags, 0x1F | among))
        low = self._low.translate(_matching(pid & 0xFF, 0xFF))
        return int.from_bytes(high, "big") & int.from_bytes(low, "big")

    def flagged(self, flag: int) -> int:
        """Return a mask of the packets whose adaptation field seems to have a flag: `flags_of` knows."""
        fields = self.packets[3::PACKET].translate(_matching(0x20, 0x20))
        said = self.packets[5::PACKET].translate(_matching(flag, flag))
        return int.from_bytes(fields, "big") & int.from_bytes(said, "big")

    def pids(self) -> set[int]:
        """Return which PIDs there are, but for stuffing."""
        pairs = set(zip(self._high.translate(_LOW_5), self._low, strict=True))
        return {high << 8 | low for high, low in pairs} - {NULL_PID}

    def places(self, mask: int, start: int = 0) -> Iterator[int]:
        """Yield the numbers of the packets in a mask."""
        marked = mask.to_bytes(self.count, "big")
        at = marked.find(1, start)
        while at >= 0:
            yield at
            at = marked.find(1, at + 1)

    def ends(self, mask: int) -> tuple[int, int]:
        """Return the first and the last of the packets in a mask that has some."""
        marked = mask.to_bytes(self.count, "big")
        return marked.find(1), marked.rfind(1)

    def packet(self, number: int) -> bytes:
        """Return one packet."""
        return self.packets[number * PACKET : (number + 1) * PACKET]


_LOW_5 = bytes(byte & 0x1F for byte in range(256))
PUSI = 0x40
DISCONTINUITY, RANDOM_ACCESS, HAS_PCR = 0x80, 0x40, 0x10


def pid_of(packet: bytes) -> int:
    """Return a packet's PID."""
    return (packet[1] & 0x1F) << 8 | packet[2]


def flags_of(packet: bytes) -> int:
    """Return the flags of a packet's adaptation field; 0 where it has none."""
    return packet[5] if packet[3] & 0x20 and packet[4] else 0


def payload_of(packet: bytes) -> bytes:
    """Return what a packet carries."""
    if not packet[3] & 0x10:
        return b""
    return packet[5 + packet[4] :] if packet[3] & 0x20 else packet[4:]
