"""Joints in MPEG-TS that a player does not notice, or is told of. Pure.

What is joined (segments, or the connections before and after a break) counts its packets from numbers of
its own, and may give another table the same version. Here counters go on over a joint, PID by PID: each is
shifted by what makes its first packet fit, so that what was lost inside a piece still shows as lost. Tables
get a new version exactly when they say something new.

The trap: a packet without payload does not count (2.4.3.3): it carries the number of the one before.
"""

from functools import lru_cache

from streamer.transport.packets import (
    DISCONTINUITY,
    HAS_PCR,
    PACKET,
    PUSI,
    Alignment,
    Columns,
    flags_of,
    pid_of,
)
from streamer.transport.pictures import Scanner
from streamer.transport.tables import PAT_PID, Tables, crc

STUFFING = bytes([183, DISCONTINUITY]) + b"\xff" * 182
HAS_PAYLOAD = 0x10


@lru_cache(maxsize=16)
def _shifting(by: int) -> bytes:
    return bytes(byte & 0xF0 | byte + by & 0x0F for byte in range(256))


class Counters:
    """Counters that go on."""

    def __init__(self) -> None:
        self._last: dict[int, int] = {}
        self._shift: dict[int, int] = {}
        self._waiting: set[int] = set()

    def joint(self) -> None:
        """Say that what comes counts anew."""
        self._waiting = set(self._last)

    def feed(self, packets: bytes) -> bytes:
        """Return packets with counters that follow those before."""
        columns = Columns(packets)
        shifted: dict[int, int] = {}
        for pid in columns.pids():
            mask = columns.of(pid, among=0)
            self._follow(pid, columns, mask)
            if self._shift.get(pid):
                shifted[pid] = mask
        return self._shifted(packets, columns.count, shifted) if shifted else packets

    def _follow(self, pid: int, columns: Columns, mask: int) -> None:
        first, last = (columns.packets[number * PACKET + 3] for number in columns.ends(mask))
        if pid in self._waiting:
            expected = self._last[pid] + bool(first & HAS_PAYLOAD)
            self._shift[pid] = (expected - first) & 0x0F
            self._waiting.discard(pid)
        self._last[pid] = (last + self._shift.get(pid, 0)) & 0x0F

    def _shifted(self, packets: bytes, count: int, shifted: dict[int, int]) -> bytes:
        column = packets[3::PACKET]
        kept = int.from_bytes(column, "big")
        for pid, mask in shifted.items():
            whole = mask * 0xFF
            moved = int.from_bytes(column.translate(_shifting(self._shift[pid])), "big")
            kept = kept & ~whole | moved & whole
        changed = bytearray(packets)
        changed[3::PACKET] = kept.to_bytes(count, "big")
        return bytes(changed)


class Versions:
    """Tables whose versions change when, and only when, they say something new.

    A table that does not fit into one packet is left as it is.
    """

    def __init__(self) -> None:
        self._tables = Tables()
        self._said: dict[int, tuple[bytes, int]] = {}
        self._known: dict[tuple[int, bytes], bytes] = {}

    def feed(self, packets: bytes) -> bytes:
        """Return packets with versions that follow those before."""
        columns = Columns(packets)
        changed: bytearray | None = None
        start = 0
        while True:
            pids = {PAT_PID, self._tables.pmt_pid} - {-1}
            wanted = 0
            for pid in pids:
                wanted |= columns.of(pid)
            for number in columns.places(wanted, start):
                packet = columns.packet(number)
                moved = self._tables.take(pid_of(packet), packet)
                if (said := self._restated(packet)) != packet:
                    changed = changed or bytearray(packets)
                    changed[number * PACKET : (number + 1) * PACKET] = said
                if moved:
                    start = number + 1
                    break
            else:
                return bytes(changed) if changed is not None else packets

    def _restated(self, packet: bytes) -> bytes:
        pid, payload = pid_of(packet), packet[4:]
        if not packet[1] & PUSI or packet[3] & 0x30 != HAS_PAYLOAD:
            return packet
        if (pid, payload) not in self._known:
            self._known[pid, payload] = self._restate(pid, payload)
        return packet[:4] + self._known[pid, payload]

    def _restate(self, pid: int, payload: bytes) -> bytes:
        start = 1 + payload[0]
        end = start + 3 + (int.from_bytes(payload[start + 1 : start + 3], "big") & 0x0FFF)
        section = payload[start:end]
        if end > len(payload) or len(section) < 12 or crc(section):
            return payload
        content = section[:5] + bytes([section[5] & 0xC1]) + section[6:-4]
        before = self._said.get(pid)
        version = section[5] >> 1 & 0x1F
        if before is not None:
            version = before[1] if before[0] == content else (before[1] + 1) & 0x1F
            if before[0] != content:
                self._known = {key: value for key, value in self._known.items() if key[0] != pid}
        self._said[pid] = (content, version)
        body = content[:5] + bytes([content[5] | version << 1]) + content[6:]
        return payload[:start] + body + crc(body).to_bytes(4, "big") + payload[end:]


def broken(packets: bytes, pid: int) -> bytes:
    """Say before the first packet of the clock's `pid` that the clock does not go on (2.4.3.5)."""
    columns = Columns(packets)
    mask = columns.of(pid, among=0)
    if not mask:
        return packets
    number, _ = columns.ends(mask)
    first, at = columns.packet(number), number * PACKET
    if flags_of(first) & HAS_PCR:
        flagged = first[:5] + bytes([first[5] | DISCONTINUITY]) + first[6:]
        return packets[:at] + flagged + packets[at + PACKET :]
    count = (first[3] - bool(first[3] & HAS_PAYLOAD)) & 0x0F
    extra = bytes([first[0], first[1] & 0x1F, first[2], 0x20 | count]) + STUFFING
    return packets[:at] + extra + packets[at:]


WITHOUT_KEY_MOST_BYTES = 4 * 1024 * 1024
"""How much of a stream is dropped while looking for a key frame."""


class Seam:
    """Pieces of streams in; packets out that are one stream.

    Some pieces go on where the last ended (`joint`); others are of another clock (`restart`), and then
    begin with tables and a key frame, and say so.
    """

    def __init__(self) -> None:
        self._alignment = Alignment()
        self._versions = Versions()
        self._counters = Counters()
        self._seeking: Scanner | None = None
        self._dropped = 0

    def joint(self) -> None:
        """Say that what comes goes on, but counts its packets anew."""
        self._alignment = Alignment()
        self._counters.joint()

    def restart(self) -> None:
        """Say that what comes has nothing to do with what was."""
        self.joint()
        self._seeking, self._dropped = Scanner(), 0

    def feed(self, piece: bytes) -> bytes:
        """Return the packets that are whole by now."""
        packets = self._alignment.feed(piece)
        if self._seeking is not None:
            packets = self._from_key(packets, self._seeking)
        return self._counters.feed(self._versions.feed(packets)) if packets else b""

    def _from_key(self, packets: bytes, scanner: Scanner) -> bytes:
        key = next((mark for mark in scanner.feed(packets) if mark.is_key), None)
        self._dropped += len(packets)
        if key is None and self._dropped < WITHOUT_KEY_MOST_BYTES:
            return b""
        self._seeking = None
        if key is None or scanner.program is None:
            return packets
        return broken(key.tables + packets[key.at :], scanner.program.pcr_pid)
