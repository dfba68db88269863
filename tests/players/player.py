"""What every player here can do."""

from typing import Protocol

from players.lineup import Channel
from players.seen import Seen

START_S = 45.0
"""How long tuning in may take, beside everything else that runs here."""


class Player(Protocol):
    """A player of one kind."""

    name: str

    @property
    def missing(self) -> str:
        """What is to be installed before it can play; nothing if it is here."""
        ...

    def unable(self, channel: Channel) -> str:
        """Return why it can't play a channel whatever the gateway does; nothing if it can."""
        ...

    async def play(self, channel: Channel, seconds: float) -> Seen:
        """Play a channel for so long."""
        ...


class PlaysAll:
    """A player that takes every channel as the playlist has it."""

    def unable(self, channel: Channel) -> str:  # noqa: ARG002  (others ask what it is)
        """Return nothing: there is none that it can't play."""
        return ""
