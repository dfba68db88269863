"""What can be told to the bench: `make bench ONLY=hot ROUNDS=3`."""

from typing import Literal

from bench.balance import Policy
from chassis.settings import ListOf
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class FromEnvironment(BaseSettings):
    """Options are variables of the same names."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)


class Options(FromEnvironment):
    """Options of `make bench`."""

    only: ListOf = ()
    """Parts of the names of the cases that are run: all without it."""
    rounds: int = Field(5, ge=1, le=50)
    seconds: int = Field(2, ge=1, le=60)
    """How long each sample takes."""
    write: bool = False
    """Whether a run of some cases goes into docs/performance.md. A run of all does."""


class Viewers(FromEnvironment):
    """Options of `make bench-viewers`."""

    n: int = Field(200, ge=1, le=5000)
    """How many players there are."""
    seconds: int = Field(60, ge=10, le=3600)
    nodes: int = Field(3, ge=1, le=16)
    channels: int = Field(5, ge=1, le=200)
    balance: Policy = "hash"
    kill: bool = False
    """Whether a node is killed in the middle. Who has no answer's head by then asks another node."""
    roll: bool = False
    """Whether all nodes are restarted, one after the other, twice."""


class Listing(FromEnvironment):
    """Options of `make bench-catalog`."""

    only: ListOf = ()
    """`list`, `guide`, `search`, `api`: all without it."""
    entries: int = Field(100_000, ge=100, le=1_000_000)
    """Of the playlist."""
    guide_mb: int = Field(300, ge=1, le=2000)
    channels: int = Field(1000, ge=10, le=100_000)
    """Those that are listed while the guide loads."""
    rounds: int = Field(3, ge=1, le=20)


class Clocks(FromEnvironment):
    """Options of `make bench-clocks`."""

    seconds: int = Field(300, ge=10, le=3600)
    workers: int = Field(3, ge=1, le=16)
    kill_s: float = Field(10, ge=1, le=600)
    """How often one of them is killed."""


class Zapping(FromEnvironment):
    """Options of `make bench-zap`."""

    n: int = Field(50, ge=1, le=5000)
    """How many viewers there are."""
    minutes: float = Field(30, ge=1, le=24 * 60)
    nodes: int = Field(2, ge=1, le=16)
    channels: int = Field(20, ge=1, le=200)
    balance: Policy = "hash"


class Failing(FromEnvironment):
    """Options of `make bench-failover`."""

    nodes: int = Field(3, ge=1, le=16)
    death: Literal["refuses", "hangs"] = "refuses"
    """How the first stream dies: with a 503, or without an answer."""
    down_s: float = Field(20, ge=1, le=600)
    after_s: float = Field(40, ge=10, le=600)
    """How long it is watched once the first stream is back."""
    stranger: bool = False
    """Whether the second stream is another encoder's: it counts otherwise, and has a clock of its own."""


class Latency(FromEnvironment):
    """Options of `make bench-latency`."""

    n: int = Field(500, ge=1, le=5000)
    """How many clients wait for one playlist."""
    seconds: float = Field(20, ge=5, le=600)
    nodes: int = Field(2, ge=1, le=16)


class Tuners(FromEnvironment):
    """Options of `make bench-tuner`."""

    n: int = Field(50, ge=1, le=1000)
    """How many viewers there are, besides the tuners and the player that are judged."""
    seconds: float = Field(300, ge=20, le=3600)
    nodes: int = Field(3, ge=1, le=16)


class Realtime(FromEnvironment):
    """Options of `make bench-realtime`."""

    only: ListOf = ()
    """Which scenarios are run: crowd, changes, search, faults. All without it."""
    nodes: int = Field(2, ge=1, le=16)
    clients: int = Field(5000, ge=1, le=20_000)
    """How many hear of an event."""
    rounds: int = Field(20, ge=1, le=1000)
    """How many events there are."""
    followers: int = Field(200, ge=1, le=5000)
    """How many clients are on all channels."""
    rate: int = Field(200, ge=1, le=5000)
    """Changes per second."""
    seconds: float = Field(60, ge=1, le=3600)
    channels: int = Field(10_000, ge=10, le=200_000)
    queries: int = Field(200, ge=1, le=5000)
    """Searches per second."""
    search_seconds: float = Field(20, ge=1, le=3600)
    fault_rate: int = Field(100, ge=1, le=5000)
    """Changes per second while things are killed."""
    fault_seconds: float = Field(60, ge=10, le=3600)
    write: bool = False
    """Whether the figures go into docs/performance.md."""


class Paging(FromEnvironment):
    """Options of `make bench-page`."""

    only: ListOf = ()
    """Which parts are run: click, list, guide. All without it."""
    rounds: int = Field(3, ge=1, le=50)
    channels: int = Field(10_000, ge=100, le=100_000)
    """How many the long list has."""
    write: bool = False
    """Whether the figures go into docs/performance.md."""


class Lighting(FromEnvironment):
    """Options of `make lighthouse`."""

    only: ListOf = ()
    """Which pages are looked at, by path. All without it."""
    rounds: int = Field(1, ge=1, le=50)
    """How often each is: the median counts, for one round in three may be ten points off."""
    write: bool = False
    """Whether the figures go into docs/performance.md."""
