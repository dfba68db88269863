"""Channels by players, as a table."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from players.lineup import Channel
from players.player import Player
from players.seen import Seen


@dataclass(frozen=True)
class Cell:
    """What one player made of one channel; where it was not asked, why."""

    channel: Channel
    player: Player
    seen: Seen = field(default_factory=Seen)
    faults: tuple[str, ...] = ()
    unable: str = ""

    @property
    def text(self) -> str:
        """The figure, marked where something is wrong."""
        if self.unable:
            return "-"
        return f"{'**!** ' if self.faults else ''}{self.seen.figure(self.channel)}"


def table(cells: Sequence[Cell]) -> str:
    """Return the table."""
    players = list(dict.fromkeys(cell.player.name for cell in cells))
    channels = list(dict.fromkeys(cell.channel for cell in cells))
    found = {(cell.channel, cell.player.name): cell.text for cell in cells}
    head = ["channel", "kind", "as", *players]
    rows = [[c.id, c.kind.value, c.form, *(found[c, player] for player in players)] for c in channels]
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    return "\n".join(_line(row, widths) for row in (head, ["-" * width for width in widths], *rows))


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + " |"


def remarks(cells: Sequence[Cell]) -> list[str]:
    """Return what is to be said of single cells: why not, and what is wrong."""
    unable = [f"{c.channel.id} in {c.player.name}: {c.unable}" for c in cells if c.unable]
    return unable + [f"{c.channel.id} in {c.player.name}: {'; '.join(c.faults)}" for c in cells if c.faults]


def say(text: str) -> None:
    """Tell whoever runs it."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
