"""What can go wrong between a viewer and a source.

ServiceError
└── StreamerError                code                   status   what a player does
    ├── ChannelNotFound          channel_not_found      404      gives up
    ├── WrongKind                wrong_kind             404      takes the address that `detail` names
    ├── TicketInvalid            ticket_invalid         403      reloads the playlist
    ├── TicketExpired            ticket_expired         403      reloads the playlist
    ├── TooManyStreams           too_many_streams       403      stops another player of the same token
    ├── SegmentGone              segment_gone           404      goes on with the playlist
    ├── UnsupportedConversion    unsupported_conversion 415      takes the address that `detail` names
    ├── RangeInvalid             range_invalid          416      asks again without a range
    ├── DirectiveInvalid         directive_invalid      400      asks again without it
    ├── NoCapacity               no_capacity            503      comes back after Retry-After
    ├── UnexpectedError          internal               500      tries again; the log has the request's id
    └── UpstreamError            …                               waits: we try the next stream
        ├── UpstreamTimeout      upstream_timeout       504
        ├── UpstreamUnreachable  upstream_unreachable   502
        ├── UpstreamRefused      upstream_refused       502      carries the status
        ├── UpstreamForbidden    upstream_forbidden     502      an address that we don't go to
        ├── UpstreamBroken       upstream_broken        502      the body ended early, or never ends
        ├── UpstreamUnreadable   upstream_unreadable    502      a page that names no playlist
        └── UpstreamNotPlaylist  upstream_not_playlist  502      carries what it was
"""

from chassis.errors import ServiceError


class StreamerError(ServiceError):
    """The root of this service's errors."""


class ChannelNotFound(StreamerError):
    """The list has no such channel."""

    code, status = "channel_not_found", 404

    def __init__(self, channel_id: str) -> None:
        super().__init__(f"There is no channel {channel_id!r}.")


class WrongKind(StreamerError):
    """The channel is there, but comes as another kind."""

    code, status = "wrong_kind", 404

    def __init__(self, channel_id: str, kind: str) -> None:
        super().__init__(f"This channel is {kind}: ask for /stream/{channel_id}.{kind}.")


class TicketInvalid(StreamerError):
    """An address that this cluster did not seal."""

    code, status = "ticket_invalid", 403

    def __init__(self) -> None:
        super().__init__("This address was not issued here, or with another key.")


class TicketExpired(StreamerError):
    """An address that was issued here, of something that left its playlist a while ago."""

    code, status = "ticket_expired", 403

    def __init__(self) -> None:
        super().__init__("This address is no longer good: what it led to has left the playlist.")


class TooManyStreams(StreamerError):
    """All streams of a token are being watched by others."""

    code, status = "too_many_streams", 403

    def __init__(self, most: int, wait_s: float) -> None:
        super().__init__(f"This token is for {most} at once: stop another player, or wait for {wait_s:g} s.")
        self.retry_after_s = wait_s


class SegmentGone(StreamerError):
    """A segment that was cut here and is not kept any more."""

    code, status = "segment_gone", 404

    def __init__(self) -> None:
        super().__init__("This segment is no longer kept.")


class UnsupportedConversion(StreamerError):
    """The channel can't be given as continuous MPEG-TS."""

    code, status = "unsupported_conversion", 415

    def __init__(self, why: str) -> None:
        super().__init__(f"This channel can't be joined into continuous MPEG-TS: {why}. Ask for .m3u8.")


class RangeInvalid(StreamerError):
    """A range outside of the body."""

    code, status = "range_invalid", 416

    def __init__(self, length: int) -> None:
        super().__init__(f"The body has {length} bytes.")


class DirectiveInvalid(StreamerError):
    """A delivery directive that means nothing (RFC 8216bis, 6.2.5)."""

    code, status = "directive_invalid", 400

    def __init__(self, name: str) -> None:
        super().__init__(f"The directive {name} does not say what it may say.")


class NoCapacity(StreamerError):
    """As many as this node takes are being served."""

    code, status = "no_capacity", 503
    retry_after_s = 2.0

    def __init__(self, what: str) -> None:
        super().__init__(f"No capacity left: {what}.")


class UnexpectedError(StreamerError):
    """A fault of ours. Its text is in the log alone."""

    code, status = "internal", 500

    def __init__(self) -> None:
        super().__init__("Something went wrong here.")


class UpstreamError(StreamerError):
    """The source's fault, never this node's. Its text names the host; what a player is told does not."""

    code, status = "upstream_failed", 502
    host = ""
    may_pass = False
    """Whether the same question may soon have another answer."""

    @property
    def detail(self) -> str:
        """What the client is told."""
        said = str(self)
        return said.replace(self.host, "the source").capitalize() if self.host else said


class UpstreamTimeout(UpstreamError):
    """The source kept us waiting for longer than our deadline."""

    code, status = "upstream_timeout", 504

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(f"{host} did not answer in time.")


class UpstreamUnreachable(UpstreamError):
    """No connection, or one that broke before an answer."""

    code, status = "upstream_unreachable", 502

    def __init__(self, host: str, why: str, *, may_pass: bool = True) -> None:
        self.host = host
        super().__init__(f"{host} can't be reached ({why}).")
        self.may_pass = may_pass


class UpstreamRefused(UpstreamError):
    """The source answered with an error."""

    code, status = "upstream_refused", 502

    def __init__(self, host: str, upstream_status: int) -> None:
        self.host = host
        super().__init__(f"{host} answered {upstream_status}.")
        self.upstream_status = upstream_status
        self.may_pass = upstream_status >= 500


class UpstreamForbidden(UpstreamError):
    """An address that this source may not lead us to."""

    code, status = "upstream_forbidden", 502

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(f"{host} is not an address that this source may use.")


class UpstreamBroken(UpstreamError):
    """The body was not what was promised."""

    code, status = "upstream_broken", 502

    def __init__(self, host: str, why: str) -> None:
        self.host = host
        super().__init__(f"{host} broke off: {why}.")


class UpstreamUnreadable(UpstreamError):
    """A page that names no playlist: moved, challenged, or no player in it."""

    code, status = "upstream_unreadable", 502

    def __init__(self, host: str, why: str) -> None:
        self.host = host
        super().__init__(f"The page at {host} can't be read: {why}.")


class UpstreamNotPlaylist(UpstreamError):
    """Something else stands where a playlist should."""

    code, status = "upstream_not_playlist", 502

    def __init__(self, host: str, what: str) -> None:
        self.host = host
        super().__init__(f"{host} gave no playlist but {what}.")


def forget_way(error: BaseException | None) -> None:
    """Let go of the frames that an error and those behind it came through.

    Whoever waits for a fetch keeps its error, and the frames keep who waits, and the body: a circle that only
    the garbage collector would find.
    """
    while error is not None:
        behind = error.__cause__ or error.__context__
        error.__traceback__ = error.__cause__ = error.__context__ = None
        error = behind
