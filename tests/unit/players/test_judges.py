"""What is made of a player's own words: `make players` is only as true as this."""

from dataclasses import replace

import pytest
from demo.channels import Kind
from players.ffmpeg import Frames
from players.lineup import Channel
from players.mpv import Heard
from players.seen import Seen
from players.table import Cell, remarks, table
from players.vlc import Vlc

TV = Channel("one", Kind.PLAIN, "http://127.0.0.1/stream/one.m3u8")
RADIO = replace(TV, id="radio", kind=Kind.AUDIO_ONLY)
WELL = Seen(frames=100, sound_s=4.0)

LIST = """\
#tb 0: 1/25
#media_type 0: video
#tb 1: 1/32000
#media_type 1: audio
0, 0, 0, 1, 345600, 0x00000000
1, 0, 0, 1024, 2048, 0x00000000
0, 1, 1, 1, 345600, 0x00000000
1, 1024, 1024, 1024, 2048, 0x00000000
"""


def read(text: str) -> Frames:
    frames = Frames()
    for line in text.splitlines():
        frames.read(line)
    return frames


def test_ffmpegs_list_is_frames_and_seconds() -> None:
    """Counted by what they are, whichever stream has which number."""
    frames = read(LIST)
    assert (frames.pictures, frames.sound_s, frames.gaps) == (2, 0.064, [])


def test_a_hole_between_two_frames_is_seen() -> None:
    """Though ffmpeg itself says nothing of it."""
    assert read(LIST + "0, 102, 102, 1, 345600, 0x0\n").gaps == ["video leaps by 4.00 s"]


def test_mpv_has_played_enough_once_both_have() -> None:
    """By its filters' words: `n` starts anew where a filter does."""
    heard = Heard(0.08, TV)
    picture = "[ffmpeg] Parsed_showinfo_0: n:   0 pts:  32000 pts_time:0.032   pos:       -1 fmt:yuv420p"
    sound = "[ffmpeg] Parsed_ashowinfo_0: n:0 pts:0 pts_time:0 pos:-1 fmt:fltp rate:32000 nb_samples:3200"
    for line in (picture, picture):
        heard.read(line)
    assert not heard.enough
    heard.read(sound)
    assert heard.enough
    assert (heard.seen().frames, heard.seen().sound_s) == (2, 0.1)


def test_mpvs_complaints_are_faults() -> None:
    """But not that it lacks an option."""
    heard = Heard(1, TV)
    for line in ("[ffmpeg] Could not set AVOption tls_verify='0'", "[ffmpeg] http: HTTP error 404 Not Found"):
        heard.read(line)
    assert heard.seen().errors == ("[ffmpeg] http: HTTP error 404 Not Found",)


@pytest.mark.parametrize(
    ("seen", "fault"),
    [
        (WELL, None),
        (replace(WELL, frames=90), "90 frames of 100"),
        (replace(WELL, sound_s=0), "0.0 s of sound"),
        (replace(WELL, late_s=9), "stood still for 9.0 s"),
        (replace(WELL, lost=50), "50 frames came too late"),
        (replace(WELL, errors=("no",)), "no"),
    ],
)
def test_what_is_missing_is_a_fault(seen: Seen, fault: str | None) -> None:
    """Frames, sound, time, and what the player says itself."""
    assert seen.faults(TV, 4) == ([] if fault is None else [fault])


def test_a_radio_needs_no_picture() -> None:
    """Its figure is seconds."""
    seen = Seen(sound_s=4.0)
    assert (seen.faults(RADIO, 4), seen.figure(RADIO)) == ([], "4 s")


def test_the_table_tells_what_went_wrong_and_what_was_not_asked() -> None:
    """A mark in the table, and the words below it."""
    cells = [Cell(TV, Vlc(), WELL, ("no sound",)), Cell(RADIO, Vlc(), unable="it has no ears")]
    assert "**!** 100" in table(cells)
    assert remarks(cells) == ["radio in VLC: it has no ears", "one in VLC: no sound"]
