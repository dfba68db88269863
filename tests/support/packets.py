"""MPEG-TS for tests: made by ffmpeg once, and judged packet by packet, without the code that is tested."""

import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise

import imageio_ffmpeg

PACKET = 188
GOP_S = 2
"""The distance of key frames in all that is made here."""
CLEAR = (0, 0x11, 0x1000)
HIDDEN = b"\x5a" * (PACKET - 4)
CODECS = {
    "h264": ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2"),
    "hevc": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:open-gop=0"),
    "mpeg2": ("-c:v", "mpeg2video", "-bf", "0"),
}


@cache
def film(seconds: int = 8, codec: str = "h264", *options: str) -> bytes:
    """Return a film with sound. `options` are ffmpeg's, for what it writes."""
    pictures = ("-f", "lavfi", "-i", f"testsrc2=size=192x108:rate=25:duration={seconds}")
    gop = str(GOP_S * 25)
    made = (*CODECS[codec], "-g", gop, "-keyint_min", gop, "-sc_threshold", "0", "-pix_fmt", "yuv420p")
    return _ffmpeg((*pictures, *_sound(seconds), *made, "-c:a", "aac", *options))


@cache
def song(seconds: int = 10) -> bytes:
    """Return sound alone."""
    return _ffmpeg((*_sound(seconds), "-c:a", "aac"))


def _sound(seconds: int) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}")


def _ffmpeg(arguments: tuple[str, ...]) -> bytes:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", *arguments, "-f", "mpegts", "-"]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout


def decoded_frames(data: bytes) -> tuple[int, str]:
    """Return how many pictures a player makes of it, and what it complains about."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "warning", "-nostdin", "-xerror", "-i", "pipe:0"]
    done = subprocess.run(
        [*command, "-map", "0:v", "-f", "framemd5", "-"],
        input=data,
        capture_output=True,
        timeout=60,
        check=False,
    )
    frames = [line for line in done.stdout.decode().splitlines() if line and not line.startswith("#")]
    return len(frames), done.stderr.decode()


def packets(data: bytes) -> Iterator[bytes]:
    """Yield packets; fail where there is none."""
    assert len(data) % PACKET == 0
    for at in range(0, len(data), PACKET):
        assert data[at] == 0x47, f"no packet at {at}"
        yield data[at : at + PACKET]


def pid(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def is_broken(packet: bytes) -> bool:
    """Whether it says that its clock does not go on."""
    return bool(packet[3] & 0x20 and packet[4] and packet[5] & 0x80)


def gaps(data: bytes, *, told: bool = False) -> list[tuple[int, int, int, int]]:
    """Return where counters do not go on (2.4.3.3): packet, PID, expected, found. A repetition is none.

    With `told`, nor is one that a discontinuity indicator tells of.
    """
    last: dict[int, tuple[int, bytes]] = {}
    found = []
    for number, packet in enumerate(packets(data)):
        which, count = pid(packet), packet[3] & 0x0F
        if which == 0x1FFF:
            continue
        if which in last:
            expected = (last[which][0] + bool(packet[3] & 0x10)) & 0x0F
            repeated = packet == last[which][1]
            if count != expected and not repeated and not (told and is_broken(packet)):
                found.append((number, which, expected, count))
        last[which] = (count, packet)
    return found


def with_counters(data: bytes, shift: int) -> bytes:
    """Return it counted from elsewhere, as another connection would."""
    return b"".join(
        packet[:3] + bytes([packet[3] & 0xF0 | (packet[3] + shift) & 0x0F]) + packet[4:]
        for packet in packets(data)
    )


def without_access_points(data: bytes) -> bytes:
    """Return it without the source's word for where one can begin."""
    return b"".join(
        packet[:5] + bytes([packet[5] & 0xBF]) + packet[6:] if packet[3] & 0x20 and packet[4] else packet
        for packet in packets(data)
    )


def scrambled(data: bytes) -> bytes:
    """Return it as a receiver without a key has it: tables in clear, of the rest no more than headers."""
    return b"".join(
        packet if pid(packet) in CLEAR else packet[:3] + bytes([packet[3] & 0x1F | 0x90]) + HIDDEN
        for packet in packets(data)
    )


def split(data: bytes, places: Iterable[int]) -> list[bytes]:
    """Return it in pieces."""
    cuts = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[start:stop] for start, stop in pairwise(cuts)]
