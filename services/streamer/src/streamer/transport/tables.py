"""The PAT and the PMT of the first programme: which streams there are, and what they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from streamer.transport.packets import PUSI, payload_of

PAT_PID = 0
MPEG2, H264, HEVC = {0x01, 0x02}, {0x1B}, {0x24}
VIDEO = MPEG2 | H264 | HEVC | {0x10, 0x21, 0x33, 0xD1, 0xEA}
"""Stream types (table 2-34) with pictures: besides those above, MPEG-4, JPEG 2000, VVC, Dirac and VC-1."""


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
