"""Players that wait for a playlist: for what, and what becomes of them when its reader ends."""

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest
from chassis import tasks
from streamer.errors import UnexpectedError, UpstreamRefused
from streamer.playlist.directives import Directives
from streamer.rendition import Rendition, satisfied
from streamer.shelf import Copy, Place, Turn

if TYPE_CHECKING:
    from streamer.route import Route
    from streamer.shelf import Shelf

PLACE = Place("a", 0)
SOON_S = 5.0
"""Much less than anybody waits for a first copy."""


class FakeRoute:
    """A way that fails as it is told."""

    doubts, is_doubted = 0, False

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def read(self, old: Copy | None, question: str) -> Copy:
        del old, question
        raise self._error

    def close(self) -> None:
        """Nothing is open."""


class FakeShelf:
    """An empty shelf whose lease is given back only when it may be."""

    def __init__(self) -> None:
        self.leaving, self.may_leave = asyncio.Event(), asyncio.Event()

    async def turn(self, *_: object) -> Turn:
        return Turn(leads=True)

    async def leave(self, _: Place) -> None:
        self.leaving.set()
        await self.may_leave.wait()


def rendition(error: Exception, shelf: FakeShelf) -> Rendition:
    return Rendition(PLACE, cast("Route", FakeRoute(error)), cast("Shelf", shelf))


async def test_a_reader_that_breaks_leaves_nobody_waiting() -> None:
    """Whatever it was: those who wait are told, at once."""
    shelf = FakeShelf()
    shelf.may_leave.set()
    kept = rendition(UnicodeError("no name"), shelf)
    keeping = tasks.spawn(kept.keep(), "keep")
    async with asyncio.timeout(SOON_S):
        with pytest.raises(UnexpectedError):
            await kept.current()
        with pytest.raises(UnicodeError):
            await keeping
    assert isinstance(kept.error, UnexpectedError)


async def test_who_comes_while_the_reader_leaves_is_told_why() -> None:
    """It gives its lease back first, and nobody reads meanwhile."""
    shelf = FakeShelf()
    kept = rendition(UpstreamRefused("fake", 403), shelf)
    keeping = tasks.spawn(kept.keep(), "keep")
    async with asyncio.timeout(SOON_S):
        await shelf.leaving.wait()
        with pytest.raises(UpstreamRefused):
            await kept.current()
        shelf.may_leave.set()
        await keeping


LIVE = Copy(b"", 266, 4.0, multivariant=False, ended=False, read_at=0.0, next_sequence=273, next_part=3)


@pytest.mark.parametrize(
    ("sequence", "part", "there"),
    [
        (100, -1, True),
        (272, -1, True),
        (273, -1, False),
        (271, 3, True),
        (271, 4, True),
        (273, 2, True),
        (273, 3, False),
        (274, 0, False),
    ],
    ids=[
        "slid out",
        "the last segment",
        "the one to come",
        "a part of an earlier one",
        "a part beyond an earlier one",
        "the last part",
        "the part to come",
        "the segment after",
    ],
)
def test_a_list_has_what_is_asked_for_or_not(sequence: int, part: int, *, there: bool) -> None:
    """6.2.5.2; one that has ended has all there will be."""
    assert satisfied(LIVE, Directives(sequence, part)) is there
    assert satisfied(replace(LIVE, ended=True), Directives(sequence, part))


def copy_of(sequence: int, age_s: float = 0.0, *, multivariant: bool = False) -> Copy:
    return Copy(
        b"#EXTM3U %d" % sequence,
        sequence,
        2.0,
        multivariant=multivariant,
        ended=False,
        read_at=time.monotonic() - age_s,
    )


def test_what_another_node_has_to_say_runs_nobody_backwards() -> None:
    """Two that read for themselves while Redis was away: the one behind speaks first when it is back."""
    kept = rendition(UpstreamRefused("fake", 403), FakeShelf())
    for told, given in [(8, 8), (7, 8), (9, 9)]:
        kept.told(copy_of(told))
        assert (known := kept.known()) is not None
        assert known.sequence == given


def test_numbers_that_began_anew_are_taken_once_nothing_else_comes() -> None:
    """Else a player here would never see the stream again."""
    kept = rendition(UpstreamRefused("fake", 403), FakeShelf())
    kept.told(copy_of(800, age_s=7.0))
    kept.told(copy_of(1))
    assert (known := kept.known()) is not None
    assert known.sequence == 1


def test_a_list_of_lists_has_no_numbers_to_run_backwards() -> None:
    """Its sequence is 0, whatever came before."""
    kept = rendition(UpstreamRefused("fake", 403), FakeShelf())
    kept.told(copy_of(8))
    kept.told(copy_of(0, multivariant=True))
    assert (known := kept.known()) is not None
    assert known.multivariant
