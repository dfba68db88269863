"""Who looks at the page, and what the gateway lets them do."""

from contracts.record import Record


class Visitor(Record):
    """Whoever asks. `name` is the token's; None where none is needed."""

    closed: bool
    """Whether a token was needed."""
    name: str | None = None
    may_refresh: bool = False
    """Whether sources are read anew at their word."""
    demo: bool = False
    """Whether what is shown is the demo, since nothing else is configured."""


class OwnToken(Record):
    """The token that the page came in with, for players' addresses; None where none is needed."""

    token: str | None
