"""What a client can do wrong, as it is told in `error` events and acks. The connection lives on.

RealtimeError            code                  what a client does
├── Malformed            malformed             sends an event: a JSON array that begins with its name
├── UnknownEvent         unknown_event         asks for what there is
├── InvalidRequest       invalid_request       corrects the field that `message` names
├── TooFast               too_fast              waits a moment; whoever goes on is cut
├── TooManyChannels      too_many_channels     joins all channels instead
└── CatalogUnavailable   catalog_unavailable   asks again: the list has not been read yet
"""

from typing import Any

from chassis.errors import ServiceError


class RealtimeError(ServiceError):
    """The root."""

    def body(self) -> dict[str, Any]:
        """Return what the client is told."""
        return {"code": self.code, "message": self.detail}


class Malformed(RealtimeError):
    """What came is no Socket.IO event."""

    code = "malformed"
    status = 400

    def __init__(self) -> None:
        super().__init__("An event is a JSON array that begins with its name, without binary parts.")


class UnknownEvent(RealtimeError):
    """There is no such event."""

    code = "unknown_event"
    status = 404

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no event {name[:64]!r}.")


class InvalidRequest(RealtimeError):
    """A field is missing, of the wrong type, or too large."""

    code = "invalid_request"
    status = 422


class TooManyChannels(RealtimeError):
    """One client wants more single channels than are kept for it."""

    code = "too_many_channels"
    status = 422

    def __init__(self, most: int) -> None:
        super().__init__(f"Join at most {most} channels one by one, or all of them without channel_ids.")


class TooFast(RealtimeError):
    """One client says more than there is time for."""

    code = "too_fast"
    status = 429

    def __init__(self, rate: int) -> None:
        super().__init__(f"Say at most {rate} things per second. Whoever goes on like this is disconnected.")


class CatalogUnavailable(RealtimeError):
    """No list has been read since the start."""

    code = "catalog_unavailable"
    status = 503

    def __init__(self) -> None:
        super().__init__("The channel list has not been read yet.")
