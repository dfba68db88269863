"""What the demo answers when it can't, or must not.

DemoError            code               status   when
├── NotFound         not_found          404      no such channel, or a segment that is not on the air
├── NotReady         not_ready          503      the channel's media is still being encoded
├── Refused          refused            403      a page or key was asked for without its Referer
├── BadReload        bad_reload         400      a blocking reload too far ahead
└── Flapping         flapping           502      the flapping channel, in the seconds when it is off
"""

from typing import ClassVar

from chassis.errors import ServiceError


class DemoError(ServiceError):
    """The root of the tree."""


class NotFound(DemoError):
    """There is nothing at this address, or no longer, or not yet."""

    code: ClassVar[str] = "not_found"
    status: ClassVar[int] = 404


class NotReady(DemoError):
    """The media will be there in a moment."""

    code: ClassVar[str] = "not_ready"
    status: ClassVar[int] = 503
    retry_after_s = 2.0


class Refused(DemoError):
    """The request did not come from the page before it."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 403


class BadReload(DemoError):
    """RFC 8216bis, 6.2.5.2: a playlist was asked for that lies too far in the future."""

    code: ClassVar[str] = "bad_reload"
    status: ClassVar[int] = 400


class Flapping(DemoError):
    """Out of order, on purpose."""

    code: ClassVar[str] = "flapping"
    status: ClassVar[int] = 502
