"""What is joined, and how: playlists that are followed, segments that are decrypted."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from streamer import follower, joined
from streamer.errors import NoCapacity, StreamerError, UnsupportedConversion, UpstreamError, UpstreamRefused
from streamer.follower import Follower
from streamer.forms import form_of, starts_at, without_tag
from streamer.joined import Joined
from streamer.listing import Choice, Key, choose, listed
from streamer.playlist.grammar import parse
from streamer.segmenter import Segmenter
from support.packets import decoded_frames, film, gaps, is_broken, packets, pid, song, with_counters

KEY = bytes(range(16))


def encrypted(content: bytes, vector: bytes) -> bytes:
    padder = PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(KEY), modes.CBC(vector)).encryptor()
    return encryptor.update(padder.update(content) + padder.finalize()) + encryptor.finalize()


class FakeChannel:
    """A channel's playlists and bodies, by address."""

    error: StreamerError = UpstreamRefused("fake", 404)
    """Why a body is not to be had."""

    def __init__(self, bodies: dict[str, bytes], *playlists: str | StreamerError) -> None:
        self._bodies = bodies
        self._playlists = list(playlists)
        self.fetched: list[str] = []

    async def read(self, address: str) -> str:
        del address
        await asyncio.sleep(0)
        said = self._playlists.pop(0) if len(self._playlists) > 1 else self._playlists[0]
        if isinstance(said, StreamerError):
            raise said
        return said

    async def fetch(self, address: str) -> bytes:
        self.fetched.append(address)
        if address not in self._bodies:
            raise self.error
        return self._bodies[address]

    def joined(self) -> Joined:
        return Joined(self.read, self.fetch)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "POLL_MOST_S", 0.01)
    monkeypatch.setattr(joined, "SPEED", 1e9)


async def everything(source: Joined) -> bytes:
    async with asyncio.timeout(20), source:
        return b"".join([piece async for piece in source.pieces()])


def playlist(first: int, *lines: str, ended: bool = True) -> str:
    head = ["#EXTM3U", "#EXT-X-TARGETDURATION:2", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
    return "\n".join([*head, *lines, *(["#EXT-X-ENDLIST"] if ended else []), ""])


def cut() -> list[bytes]:
    """A film's segments, each counted from elsewhere, as packagers do."""
    segmenter = Segmenter()
    return [
        with_counters(segment.content, number * 5) for number, segment in enumerate(segmenter.feed(film(16)))
    ]


def names(count: int, first: int = 0) -> list[str]:
    return [line for n in range(first, first + count) for line in ("#EXTINF:2,", f"{n}.ts")]


async def test_segments_become_one_stream() -> None:
    """No counter breaks, no picture is missing."""
    bodies = {f"{n}.ts": body for n, body in enumerate(cut())}
    got = await everything(FakeChannel(bodies, playlist(0, *names(5))).joined())
    assert gaps(b"".join(bodies.values())) != []
    assert gaps(got) == []
    assert not any(map(is_broken, packets(got)))
    assert decoded_frames(got) == (14 * 25, "")


async def test_a_live_channel_begins_three_segments_back_and_goes_on() -> None:
    """Each new segment once, as it appears."""
    bodies = {f"{n}.ts": body for n, body in enumerate(cut())}
    live = [playlist(0, *names(4), ended=False), playlist(1, *names(4, 1))]
    channel = FakeChannel(bodies, live[0], live[0], live[1])
    await everything(channel.joined())
    assert channel.fetched == ["1.ts", "2.ts", "3.ts", "4.ts"]


@pytest.mark.parametrize("explicit", [True, False], ids=["with an IV", "by the segment's number"])
async def test_aes_128_is_undone(explicit: bool) -> None:  # noqa: FBT001
    """Keys may change, and be taken back."""
    vectors = [bytes(15) + bytes([9]) if explicit else n.to_bytes(16, "big") for n in (300, 301, 302)]
    clear = cut()
    bodies = {f"{n}.ts": encrypted(clear[n], vectors[n]) for n in range(2)} | {"2.ts": clear[2], "k": KEY}
    iv = ",IV=0x00000000000000000000000000000009" if explicit else ""
    lines = [f'#EXT-X-KEY:METHOD=AES-128,URI="k"{iv}', *names(2), "#EXT-X-KEY:METHOD=NONE", *names(1, 2)]
    got = await everything(FakeChannel(bodies, playlist(300, *lines)).joined())
    assert gaps(got) == []
    assert decoded_frames(got) == (150, "")


async def test_a_discontinuity_is_told_in_the_stream() -> None:
    """Tables, a key frame, the clock's break; a player goes on."""
    segments = cut()
    other = with_counters(film(8, "mpeg2", "-output_ts_offset", "700"), 4)
    bodies = {"0.ts": segments[0], "1.ts": other}
    lines = ["#EXTINF:2,", "0.ts", "#EXT-X-DISCONTINUITY", "#EXTINF:8,", "1.ts"]
    got = await everything(FakeChannel(bodies, playlist(0, *lines)).joined())
    told = [number for number, packet in enumerate(packets(got)) if is_broken(packet)]
    after = list(packets(got))[len(segments[0]) // 188 :]
    assert len(told) == 1
    assert [pid(packet) for packet in after[:2]] == [0, 0x1000]
    assert after[1][10] >> 1 & 0x1F == 1
    assert gaps(got) == []


FAULTS = [UpstreamRefused("fake", 404), NoCapacity("all connections are in use")]


@pytest.mark.parametrize("error", FAULTS, ids=["refused", "no connection left for us"])
@pytest.mark.parametrize("gone", ["0.ts", "1.ts"])
async def test_a_lost_segment_is_passed_over(gone: str, error: StreamerError) -> None:
    """And told as a discontinuity: what is missing is not hidden."""
    bodies = {f"{n}.ts": body for n, body in enumerate(cut()) if f"{n}.ts" != gone}
    channel = FakeChannel(bodies, playlist(0, *names(3)))
    channel.error = error
    got = await everything(channel.joined())
    assert decoded_frames(got)[0] == 100
    assert gaps(got) == []
    assert any(map(is_broken, packets(got)))


@pytest.mark.parametrize("error", FAULTS, ids=["refused", "no connection left for us"])
async def test_a_playlist_that_can_not_be_read_is_read_again(error: StreamerError) -> None:
    """Once the channel plays it may be away for a while."""
    bodies = {f"{n}.ts": body for n, body in enumerate(cut())}
    live = playlist(0, *names(3), ended=False)
    channel = FakeChannel(bodies, live, live, error, playlist(0, *names(4)))
    await everything(channel.joined())
    assert channel.fetched == ["0.ts", "1.ts", "2.ts", "3.ts"]


async def test_a_channel_that_lost_everything_fails() -> None:
    """It does not go on in silence."""
    with pytest.raises(UpstreamError):
        await everything(FakeChannel({}, playlist(0, *names(5))).joined())


async def test_a_list_that_says_it_lasts_no_time_is_not_asked_for_all_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While nothing is new, the source is left alone for a while."""
    rests = [2.0, 2.0, 2.0]

    async def rest(seconds: float) -> None:
        if seconds <= 0 or not rests:
            raise EndTest(seconds)
        rests.pop()

    async def read(_: str) -> str:
        return "#EXTM3U\n#EXT-X-TARGETDURATION:0\n#EXTINF:0,\n0.ts\n"

    async def fetch(_: str) -> bytes:
        return b"G"

    monkeypatch.setattr(asyncio, "sleep", rest)
    following = Follower("", read, fetch)
    assert await following.next()
    with pytest.raises(EndTest) as ended:
        await following.next()
    assert ended.value.args[0] > 0


class EndTest(Exception):
    """Carries how long the last rest was to be."""


async def test_without_ffmpeg_it_is_said_what_to_ask_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A 415, not a stream that no player reads."""
    monkeypatch.setattr(joined, "find_ffmpeg", lambda: None)
    bodies = {"i.mp4": b"init", "0.m4s": b"\0\0\0\x18styp"}
    text = playlist(0, '#EXT-X-MAP:URI="i.mp4"', "#EXTINF:2,", "0.m4s")
    with pytest.raises(UnsupportedConversion) as refused:
        await everything(FakeChannel(bodies, text).joined())
    assert (refused.value.code, refused.value.status) == ("unsupported_conversion", 415)


def test_what_can_not_be_decrypted_is_refused() -> None:
    """SAMPLE-AES is no AES-128."""
    with pytest.raises(UnsupportedConversion):
        listed(parse(playlist(0, '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k"', *names(1))))


def test_segments_are_listed_with_all_that_belongs_to_them() -> None:
    """Numbers, breaks, gaps, keys and initialization sections."""
    text = playlist(
        7,
        '#EXT-X-MAP:URI="i"',
        *names(1),
        "#EXT-X-GAP",
        *names(1, 1),
        '#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x1',
        "#EXT-X-DISCONTINUITY",
        *names(1, 2),
    )
    one, two = listed(parse(text))
    assert (one.sequence, one.start, one.is_broken, one.key) == (7, "i", False, None)
    assert (two.sequence, two.is_broken, two.key) == (9, True, Key("k", bytes(15) + b"\1"))


MULTIVARIANT = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="apart",NAME="en",DEFAULT=YES,URI="en.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="apart",NAME="es",URI="es.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="inside",NAME="en",DEFAULT=YES
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="inside",NAME="es",URI="es.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=5000,AUDIO="apart"
best.m3u8
"""


@pytest.mark.parametrize(
    ("more", "choice"),
    [
        ("", Choice("best.m3u8", "en.m3u8")),
        ('#EXT-X-STREAM-INF:BANDWIDTH=900,AUDIO="inside"\nlow.m3u8\n', Choice("low.m3u8")),
        ("#EXT-X-STREAM-INF:BANDWIDTH=9\na.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=10\nb.m3u8\n", Choice("b.m3u8")),
    ],
    ids=["sound apart", "sound inside", "no groups"],
)
def test_the_best_variant_with_sound_is_chosen(more: str, choice: Choice) -> None:
    """One that can be joined as it is comes before a better one that can't."""
    assert choose(parse(MULTIVARIANT + more)) == choice


def test_packed_audio_tells_when_it_begins() -> None:
    """Its tag has the clock that it shares with the pictures."""
    private = b"com.apple.streaming.transportStreamTimestamp\0" + (90_000 * 5).to_bytes(8, "big")
    frame = b"PRIV" + len(private).to_bytes(4, "big") + b"\0\0" + private
    segment = b"ID3\4\0\0" + bytes([0, 0, 0, len(frame)]) + frame + b"\xff\xf1sound"
    assert starts_at(segment) == 5.0
    assert without_tag(segment) == b"\xff\xf1sound"
    assert (form_of(b"", segment), form_of(b"", song()), form_of(b"i", b"")) == ("aac", "mpegts", "mp4")


async def test_leaving_in_the_middle_leaves_nothing_behind() -> None:
    """Not a process, not a task."""
    bodies = {f"{n}.ts": body for n, body in enumerate(cut())}
    source = FakeChannel(bodies, playlist(0, *names(4), ended=False)).joined()
    async with asyncio.timeout(5), source:
        pieces: AsyncIterator[bytes] = source.pieces()
        await anext(pieces)
        await pieces.aclose()  # type: ignore[attr-defined]
    assert asyncio.all_tasks() == {asyncio.current_task()}
