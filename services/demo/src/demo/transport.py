"""MPEG-TS, as far as replaying a loop for ever needs it (ISO/IEC 13818-1).

What ffmpeg made is prepared once: cut into chunks at key frames, each opened by PAT and PMT; clocks moved
so that the first picture is at 0; and padded so that every PID has a multiple of 16 packets. After that a
loop joins itself: its continuity counters match end to start, and for each time round only the timestamps
have to be moved, at places that are known.

The trap: continuity counters count packets *with payload*. A table is padded by repeating it; a stream by
dividing a packet into two half-full ones, since a repeated packet would count as a duplicate.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

PACKET = 188
CLOCK_HZ = 90_000
WRAP = 1 << 33
"""Timestamps have 33 bits: they wrap every 26.5 hours, as every broadcaster's do."""

Data = bytes | bytearray | memoryview

_SYNC = 0x47
_PAT_PID = 0
_HALF = 92


@dataclass(frozen=True, slots=True)
class Stamp:
    """A timestamp in a chunk: where, its first byte's fixed bits (or the PCR's extension), its value."""

    at: int
    is_pcr: bool
    fixed: int
    value: int


@dataclass(frozen=True)
class Chunk:
    """What lies between two key frames, and the timestamps in it."""

    data: Data
    stamps: tuple[Stamp, ...]

    def shifted(self, ticks: int) -> bytes:
        """Return it as it is sent `ticks` later."""
        data = bytearray(self.data)
        for stamp in self.stamps:
            _write(data, stamp, (stamp.value + ticks) % WRAP)
        return bytes(data)


def prepare(raw: bytes) -> bytes:
    """Make what ffmpeg wrote ready to be repeated for ever.

    Raises
    ------
    ValueError
        If it isn't MPEG-TS with video.
    """
    packets = list(_packets(raw))
    tables = _tables(packets)
    packets = _padded(_with_tables(packets, tables), set(map(_pid, tables)))
    data = bytearray(b"".join(_numbered(packets)))
    zero = _first_picture(data)
    for stamp in _stamps(data):
        _write(data, stamp, (stamp.value - zero) % WRAP)
    return bytes(data)


def chunks(data: Data) -> list[Chunk]:
    """Split prepared MPEG-TS at its key frames."""
    starts = [at for at in range(0, len(data) - 2 * PACKET, PACKET) if _opens_chunk(data, at)]
    pieces = [data[start:stop] for start, stop in zip(starts, [*starts[1:], len(data)], strict=True)]
    return [Chunk(piece, tuple(_stamps(piece))) for piece in pieces]


def _packets(raw: bytes) -> Iterator[bytes]:
    for at in range(0, len(raw) - PACKET + 1, PACKET):
        if raw[at] != _SYNC:
            raise ValueError(f"no MPEG-TS packet at byte {at}")
        yield raw[at : at + PACKET]


def _pid(packet: Data) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def _tables(packets: list[bytes]) -> list[bytes]:
    """Return the first PAT and the PMT that it names."""
    pat = next(packet for packet in packets if _pid(packet) == _PAT_PID)
    program = 5 + pat[4] + 8
    pmt_pid = (pat[program + 2] & 0x1F) << 8 | pat[program + 3]
    return [pat, next(packet for packet in packets if _pid(packet) == pmt_pid)]


def _with_tables(packets: list[bytes], tables: list[bytes]) -> list[bytes]:
    """Open every chunk with the tables, and drop what is neither they nor one of their streams."""
    streams = _streams(tables[1])
    kept: list[bytes] = list(tables)
    opened = False
    for packet in packets:
        if _is_key_frame(packet):
            kept += tables if opened else []
            opened = True
        if _pid(packet) in streams:
            kept.append(packet)
    if not opened:
        raise ValueError("no key frame in this MPEG-TS")
    return kept


def _streams(pmt: bytes) -> set[int]:
    """Return the PIDs that a PMT names."""
    section = 5 + pmt[4]
    end = section + 3 + ((pmt[section + 1] & 0x0F) << 8 | pmt[section + 2]) - 4
    at = section + 12 + ((pmt[section + 10] & 0x0F) << 8 | pmt[section + 11])
    pids = set()
    while at < end:
        pids.add((pmt[at + 1] & 0x1F) << 8 | pmt[at + 2])
        at += 5 + ((pmt[at + 3] & 0x0F) << 8 | pmt[at + 4])
    return pids


def _is_key_frame(packet: Data) -> bool:
    """Whether a picture that can be decoded by itself begins here."""
    starts_video = packet[1] & 0x40 and packet[3] & 0x20 and packet[4] and packet[5] & 0x40
    payload = 5 + packet[4]
    return (
        bool(starts_video)
        and packet[payload : payload + 3] == b"\0\0\1"
        and packet[payload + 3] & 0xF0 == 0xE0
    )


def _opens_chunk(data: Data, at: int) -> bool:
    """Whether PAT, PMT and then something else begin here: padding is tables and nothing else."""
    first, second, third = (data[start : start + PACKET] for start in range(at, at + 3 * PACKET, PACKET))
    return _pid(first) == _PAT_PID and _PAT_PID != _pid(second) != _pid(third)


def _padded(packets: list[bytes], tables: set[int]) -> list[bytes]:
    """Bring the number of packets of every PID to a multiple of 16."""
    missing = {pid: -count % 16 for pid, count in Counter(map(_pid, packets)).items()}
    padded: list[bytes] = []
    for packet in reversed(packets):
        pid = _pid(packet)
        if pid not in tables and missing[pid] and _is_full(packet):
            padded += reversed(_halves(packet))
            missing[pid] -= 1
        else:
            padded.append(packet)
    padded.reverse()
    for packet in packets[:2]:
        padded += [packet] * missing[_pid(packet)]
    return padded


def _is_full(packet: bytes) -> bool:
    """Whether it is all payload, and no PES packet begins in it."""
    return packet[3] & 0x30 == 0x10 and not packet[1] & 0x40


def _halves(packet: bytes) -> list[bytes]:
    """Divide a full packet into two that carry half of it each, behind stuffing."""
    head = packet[:3] + bytes([packet[3] | 0x20])
    stuffing = bytes([PACKET - 4 - _HALF - 1, 0]) + b"\xff" * (PACKET - 4 - _HALF - 2)
    payload = packet[4:]
    return [head + stuffing + payload[:_HALF], head + stuffing + payload[_HALF:]]


def _numbered(packets: list[bytes]) -> Iterator[bytes]:
    """Count every PID's packets from 0."""
    seen: Counter[int] = Counter()
    for packet in packets:
        pid = _pid(packet)
        yield packet[:3] + bytes([packet[3] & 0xF0 | seen[pid] % 16]) + packet[4:]
        seen[pid] += 1


def _stamps(data: Data) -> Iterator[Stamp]:
    """Find every PCR, PTS and DTS."""
    for at in range(0, len(data), PACKET):
        payload = at + 4
        if data[at + 3] & 0x20:
            payload += 1 + data[at + 4]
            if data[at + 4] and data[at + 5] & 0x10:
                clock = int.from_bytes(data[at + 6 : at + 12], "big")
                yield Stamp(at + 6, is_pcr=True, fixed=clock & 0x7FFF, value=clock >> 15)
        if data[at + 1] & 0x40 and data[payload : payload + 3] == b"\0\0\1":
            flags = data[payload + 7] >> 6
            for index in range({2: 1, 3: 2}.get(flags, 0)):
                yield _read(data, payload + 9 + 5 * index)


def _read(data: Data, at: int) -> Stamp:
    value = (data[at] & 0x0E) << 29 | data[at + 1] << 22 | (data[at + 2] & 0xFE) << 14
    value |= data[at + 3] << 7 | data[at + 4] >> 1
    return Stamp(at, is_pcr=False, fixed=data[at] & 0xF0, value=value)


def _write(data: bytearray, stamp: Stamp, value: int) -> None:
    at = stamp.at
    if stamp.is_pcr:
        data[at : at + 6] = (value << 15 | stamp.fixed).to_bytes(6, "big")
        return
    data[at] = stamp.fixed | value >> 29 & 0x0E | 1
    data[at + 1] = value >> 22 & 0xFF
    data[at + 2] = value >> 14 & 0xFE | 1
    data[at + 3] = value >> 7 & 0xFF
    data[at + 4] = value << 1 & 0xFE | 1


def _first_picture(data: bytearray) -> int:
    """Return the PTS of the first key frame."""
    start = next(at for at in range(0, len(data), PACKET) if _is_key_frame(data[at : at + PACKET]))
    picture = data[start : start + PACKET]
    return next(stamp.value for stamp in _stamps(picture) if not stamp.is_pcr)
