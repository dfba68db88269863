"""Where pictures begin: what a stream is cut by, and what a viewer can begin with.

The trap: a discontinuity indicator is about one PID; what a whole stream's joint is can only be told by its
clock's PID.
"""

import re
from dataclasses import dataclass, field

from streamer.transport.packets import (
    DISCONTINUITY,
    PACKET,
    PUSI,
    RANDOM_ACCESS,
    Columns,
    flags_of,
    payload_of,
    pid_of,
)
from streamer.transport.tables import H264, HEVC, MPEG2, PAT_PID, VIDEO, Program, Tables

CLOCK_HZ = 90_000
WRAP = 1 << 33
"""Timestamps have 33 bits: they wrap every 26.5 hours."""


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
