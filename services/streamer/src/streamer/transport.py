"""MPEG-TS (ISO/IEC 13818-1), seen from afar. Pure.

A stream of 20 Mbit/s has 13,000 packets a second, too many for Python to look at each. But their headers lie
188 bytes apart, so that one byte of all headers is a slice (`packets[1::188]`, here: a column), which is
translated, masked and searched without a loop. Only the few packets that matter are looked into: tables, and
the first of each picture.

Everything here gives the same, however its input is cut into pieces. The trap: a discontinuity indicator or
a continuity counter is about one PID; what a whole stream's joint is can only be told by its clock's PID.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

PACKET = 188
SYNC = 0x47
CLOCK_HZ = 90_000
WRAP = 1 << 33
"""Timestamps have 33 bits: they wrap every 26.5 hours."""

PAT_PID = 0
NULL_PID = 0x1FFF
CUT_OFF = re.compile(rb"\x47(?=.{187}\x47.{187}\x47)", re.DOTALL)
"""Where packets begin again: three in a row. One sync byte is in every 256 bytes by chance."""
HUNT_BYTES = 2 * PACKET

MPEG2, H264, HEVC = {0x01, 0x02}, {0x1B}, {0x24}
VIDEO = MPEG2 | H264 | HEVC | {0x10, 0x21, 0x33, 0xD1, 0xEA}
"""Stream types (table 2-34) with pictures: besides those above, MPEG-4, JPEG 2000, VVC, Dirac and VC-1."""


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


@dataclass(frozen=True, slots=True)
class Program:
    """What a PMT says: the PID with the clock, and the streams in its order, PID -> stream type."""

    pmt_pid: int
    pcr_pid: int
    streams: Mapping[int, int] = field(default_factory=dict)

    @property
    def lead(self) -> int:
        """The stream that it is cut by: the first with pictures, else the first. -1 if there is none."""
        pictures = (pid for pid, kind in self.streams.items() if kind in VIDEO)
        return next(pictures, next(iter(self.streams), -1))

    @property
    def lead_type(self) -> int:
        """Its stream type."""
        return self.streams.get(self.lead, -1)


class Tables:
    """The PAT and the PMT of the first programme, as they come by."""

    def __init__(self) -> None:
        self.program: Program | None = None
        self._number = -1
        self.pmt_pid = -1
        self._open: dict[int, list[bytes]] = {}
        self._whole: dict[int, list[bytes]] = {}

    @property
    def packets(self) -> bytes:
        """The last whole PAT and PMT, as packets; nothing until both are here."""
        if self.program is None:
            return b""
        return b"".join(self._whole[PAT_PID] + self._whole[self.pmt_pid])

    def take(self, pid: int, packet: bytes) -> bool:
        """Take a packet of a table's PID. Return whether the programme is another one now."""
        if packet[1] & PUSI:
            self._open[pid] = [packet]
        elif pid in self._open:
            self._open[pid].append(packet)
        section = _section(self._open.get(pid, []))
        if not section:
            return False
        same = _payloads(self._whole.get(pid, [])) == _payloads(self._open[pid])
        if not same and crc(section):
            return False
        self._whole[pid] = self._open.pop(pid)
        return not same and (self._read_pat(section) if pid == PAT_PID else self._read_pmt(section))

    def _read_pat(self, section: bytes) -> bool:
        entries = [section[at : at + 4] for at in range(8, len(section) - 4, 4)]
        found = [entry for entry in entries if entry[:2] != b"\0\0"]
        if section[0] != 0 or not found:
            return False
        number, pid = int.from_bytes(found[0][:2], "big"), int.from_bytes(found[0][2:], "big") & 0x1FFF
        if (number, pid) == (self._number, self.pmt_pid):
            return False
        self._number, self.pmt_pid, self.program = number, pid, None
        self._whole.pop(pid, None)
        return True

    def _read_pmt(self, section: bytes) -> bool:
        if section[0] != 2 or int.from_bytes(section[3:5], "big") != self._number:
            del self._whole[self.pmt_pid]
            return False
        self.program = _program(self.pmt_pid, section)
        return True


def _payloads(packets: list[bytes]) -> list[bytes]:
    return [packet[4:] for packet in packets]


def _section(packets: list[bytes]) -> bytes:
    """Return the first section that begins in some packets, if all of it is there."""
    data = b"".join(map(payload_of, packets))
    if not data or len(data) < data[0] + 4:
        return b""
    start = 1 + data[0]
    end = start + 3 + (int.from_bytes(data[start + 1 : start + 3], "big") & 0x0FFF)
    return data[start:end] if len(data) >= end >= start + 12 else b""


def _program(pmt_pid: int, section: bytes) -> Program:
    streams: dict[int, int] = {}
    at = 12 + (int.from_bytes(section[10:12], "big") & 0x0FFF)
    while at + 5 <= len(section) - 4:
        streams[int.from_bytes(section[at + 1 : at + 3], "big") & 0x1FFF] = section[at]
        at += 5 + (int.from_bytes(section[at + 3 : at + 5], "big") & 0x0FFF)
    return Program(pmt_pid, int.from_bytes(section[8:10], "big") & 0x1FFF, streams)


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)
        table.append(value & 0xFFFFFFFF)
    return table


_CRC = _crc_table()


def crc(section: bytes) -> int:
    """Return the CRC of annex A: 0 for a section that carries its own and is undamaged."""
    value = 0xFFFFFFFF
    for byte in section:
        value = (value << 8 & 0xFFFFFFFF) ^ _CRC[value >> 24 ^ byte]
    return value


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a picture (or a piece of sound, where there are no pictures) begins."""

    at: int
    """Which byte of the packets that were fed."""
    pts: int | None
    is_key: bool
    """Whether a player can begin here."""
    is_broken: bool
    """Whether the source said since the last mark that its clock does not go on."""
    tables: bytes = field(repr=False)
    """PAT and PMT as they were before it: what a player has to have first."""


class Scanner:
    """Whole packets in, marks out."""

    def __init__(self) -> None:
        self.tables = Tables()
        self._broken = False

    @property
    def program(self) -> Program | None:
        """What is known of the programme."""
        return self.tables.program

    def feed(self, packets: bytes) -> list[Mark]:
        """Return the marks in some packets."""
        columns = Columns(packets)
        marks: list[Mark] = []
        start: int | None = 0
        while start is not None and columns.count:
            start = self._scan(columns, start, marks)
        return marks

    def _scan(self, columns: Columns, start: int, marks: list[Mark]) -> int | None:
        """Scan from a packet on; return where to go on if what is looked for became another thing."""
        for number in columns.places(self._wanted(columns), start):
            packet = columns.packet(number)
            pid = pid_of(packet)
            if pid in (PAT_PID, self.tables.pmt_pid):
                if self.tables.take(pid, packet):
                    return number + 1
            elif self.program:
                self._look(number, pid, packet, self.program, marks)
        return None

    def _wanted(self, columns: Columns) -> int:
        wanted = columns.of(PAT_PID)
        if self.tables.pmt_pid >= 0:
            wanted |= columns.of(self.tables.pmt_pid)
        if self.program and self.program.lead >= 0:
            wanted |= columns.of(self.program.lead, flags=PUSI, among=PUSI | 0x80)
            wanted |= columns.flagged(DISCONTINUITY)
        return wanted

    def _look(self, number: int, pid: int, packet: bytes, program: Program, marks: list[Mark]) -> None:
        if pid in (program.lead, program.pcr_pid) and flags_of(packet) & DISCONTINUITY:
            self._broken = True
        if pid == program.lead and packet[1] & PUSI and payload_of(packet).startswith(b"\0\0\1"):
            key = is_key(packet, program.lead_type)
            marks.append(Mark(number * PACKET, pts_of(packet), key, self._broken, self.tables.packets))
            self._broken = False


def is_key(packet: bytes, stream_type: int) -> bool:
    """Whether a player can begin with the PES that begins in this packet.

    The source's word for it is the random access indicator; else the codec's own: a parameter set or a
    picture that needs no other among the first NAL units. All sound can be begun with.
    """
    if stream_type not in VIDEO or flags_of(packet) & RANDOM_ACCESS:
        return True
    payload = payload_of(packet)
    units = [payload[match.end()] for match in _UNIT.finditer(payload, 9) if match.end() < len(payload)]
    if stream_type in H264:
        return any(unit & 0x1F in (5, 7) for unit in units)
    if stream_type in HEVC:
        return any(16 <= (unit >> 1 & 0x3F) <= 21 or unit >> 1 & 0x3F in (32, 33) for unit in units)
    return stream_type in MPEG2 and 0xB3 in units


_UNIT = re.compile(rb"\x00\x00\x01")


def pts_of(packet: bytes) -> int | None:
    """Return the PTS of the PES that begins in this packet, if it says one."""
    header = payload_of(packet)[:14]
    if len(header) < 14 or not header[7] & 0x80:
        return None
    value = (header[9] & 0x0E) << 29 | header[10] << 22 | (header[11] & 0xFE) << 14
    return value | header[12] << 7 | header[13] >> 1


def elapsed(later: int, earlier: int) -> int:
    """Return the ticks between two timestamps, over a wrap too; negative if they are the other way round."""
    return (later - earlier + WRAP // 2) % WRAP - WRAP // 2
