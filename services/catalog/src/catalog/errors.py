"""What can go wrong in the catalog.

CatalogError                code                  status   what a client does
├── ChannelNotFound         channel_not_found     404      gives up
├── LoginMalformed          login_malformed       400      sends {token}, as a form or as JSON
├── TooManyLogins           rate_limited          429      comes back after Retry-After
├── SourceNotFound          source_not_found      404      gives up
├── RefreshForbidden        refresh_forbidden     403      shows no button for it
├── RefreshTooSoon          refresh_too_soon      429      comes back after Retry-After
├── WindowInvalid           window_invalid        422      asks for a window that ends after it begins
├── LogoNotFound            logo_not_found        404      draws the channel's initials
├── LogoForbidden           logo_forbidden        403      likewise: its address is none of ours to open
├── LogoUnusable            logo_unusable         502      likewise: not an image, or too large
└── SourceError             source_failed         502      nothing: the job keeps the last good list
    ├── SourceTimeout       source_timeout        504
    ├── SourceRefused       source_refused        502      carries the status
    ├── SourceForbidden     source_forbidden      502      it leads inside, and may not
    ├── SourceUnreadable    source_unreadable     502      carries which expectation failed
    └── SourceSuspicious    source_suspicious     502      empty, or most of it gone; carries both counts
"""

from chassis.errors import ServiceError


class CatalogError(ServiceError):
    """The root."""


class ChannelNotFound(CatalogError):
    """No channel has this id."""

    code = "channel_not_found"
    status = 404

    def __init__(self, channel_id: str) -> None:
        super().__init__(f"There is no channel {channel_id}.")
        self.channel_id = channel_id


class LoginMalformed(CatalogError):
    """What came has no token in it, or far too much else."""

    code = "login_malformed"
    status = 400

    def __init__(self) -> None:
        super().__init__('Send the token as a form, or as JSON: token=… or {"token": "…"}.')


class TooManyLogins(CatalogError):
    """Somebody tries one password after another."""

    code = "rate_limited"
    status = 429

    def __init__(self, wait_s: float) -> None:
        super().__init__("Too many wrong logins: come back later.")
        self.retry_after_s = wait_s


class SourceNotFound(CatalogError):
    """No source has this name."""

    code = "source_not_found"
    status = 404

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no source {name}.")


class RefreshForbidden(CatalogError):
    """Another page asks, or somebody who may not."""

    code = "refresh_forbidden"
    status = 403

    def __init__(self) -> None:
        super().__init__("This is for the page itself, and for whoever may see everything.")


class RefreshTooSoon(CatalogError):
    """The source has just been asked for."""

    code = "refresh_too_soon"
    status = 429

    def __init__(self, wait_s: float) -> None:
        super().__init__("It has just been asked for: a source is read anew twice a minute at most.")
        self.retry_after_s = max(1.0, wait_s)


class WindowInvalid(CatalogError):
    """It ends before it begins, or lies where no calendar goes."""

    code = "window_invalid"
    status = 422

    def __init__(self) -> None:
        super().__init__("to: it has to be after from, and both within the calendar.")


class LogoNotFound(CatalogError):
    """The channel has no logo, or its upstream has none any more."""

    code = "logo_not_found"
    status = 404

    def __init__(self, channel_id: str) -> None:
        super().__init__(f"There is no logo of {channel_id}.")


class LogoForbidden(CatalogError):
    """The logo's address leads inside, and its source may not."""

    code = "logo_forbidden"
    status = 403

    def __init__(self) -> None:
        super().__init__("The logo's address is not one that may be opened.")


class LogoUnusable(CatalogError):
    """The upstream sent something else than a picture, or too much of it."""

    code = "logo_unusable"
    status = 502


class SourceError(CatalogError):
    """A source could not be read. `name` is the source's."""

    code = "source_failed"
    status = 502

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class SourceTimeout(SourceError):
    """It took too long."""

    code = "source_timeout"
    status = 504


class SourceRefused(SourceError):
    """It answered with an error. `answer` is the HTTP status."""

    code = "source_refused"

    def __init__(self, name: str, what: str, answer: int) -> None:
        super().__init__(name, f"{what or 'it'} answered {answer}")
        self.answer = answer


class SourceForbidden(SourceError):
    """It leads to where no source, or not this one, may lead."""

    code = "source_forbidden"

    def __init__(
        self, name: str, reason: str = "it leads to a private address; allow_private lets it"
    ) -> None:
        super().__init__(name, reason)


class SourceUnreadable(SourceError):
    """It answered, but not with what the adapter expects."""

    code = "source_unreadable"


class SourceSuspicious(SourceError):
    """It gave so little that an accident is likelier than the truth."""

    code = "source_suspicious"

    def __init__(self, name: str, now: int, before: int, what: str = "channels") -> None:
        super().__init__(name, f"it lists {now} of {before} {what}" if before else f"it lists no {what}")
        self.now = now
        self.before = before
