"""A source's health: when it was read, what it gave, and why the list it stands for may be old."""

from pydantic import AwareDatetime

from contracts.record import Record


class SourceReport(Record):
    """What the last refresh of a source came to. Counts are since the source is known."""

    name: str
    kind: str
    topic: str = "channels"
    """What was read of it: its channels or its schedule."""
    stale: bool = False
    """Whether what is shown of it is older than its last refresh: that one failed or was refused."""
    reason: str | None = None
    """Why it is stale, in one sentence."""
    items: int = 0
    """Channels or events of the last good refresh."""
    unread: tuple[str, ...] = ()
    """What could not be read in the last good refresh: the first few, in words."""
    checked_at: AwareDatetime
    refreshed_at: AwareDatetime | None = None
    """When it last was good."""
    took_ms: int = 0
    refreshes: int = 0
    failures: int = 0
    failures_in_row: int = 0
    """How many failed since the last good one: the next comes sooner at first, then ever later."""
