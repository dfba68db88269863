"""What realtime can be told: the shared settings, who may connect from other pages, how much it remembers."""

from typing import Annotated

from chassis.settings import BackedSettings, ListOf
from pydantic import AfterValidator, Field

from realtime.origins import origin_of


def check_address(value: str) -> str:
    """Accept an http(s) address.

    Raises
    ------
    ValueError
        If it is none.
    """
    origin_of(value)
    return value


def check_origins(values: tuple[str, ...]) -> tuple[str, ...]:
    """Accept `*` and http(s) origins.

    Raises
    ------
    ValueError
        If one of them is neither.
    """
    return tuple(value if value == "*" else origin_of(value) for value in values)


class RealtimeSettings(BackedSettings):
    """The settings of one replica."""

    api_url: Annotated[str, AfterValidator(check_address)] | None = None
    """The public base address: its pages may connect, as may those of the server's own name."""
    cors_origins: Annotated[ListOf, AfterValidator(check_origins)] = ()
    """Further pages that may connect; `*` is all."""
    ring_size: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    """How many announcements are kept for clients that were asleep."""
    client_rate: Annotated[int, Field(ge=1, le=10_000)] = 50
    """How many things one client may say per second, for long; at once it may say four times as many."""
    tick_ms: Annotated[int, Field(ge=0, le=1000)] = 50
    """How long announcements are gathered, so that a channel that flaps is told once."""
