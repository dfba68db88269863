"""What clients say, with every size bounded."""

from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from realtime.errors import InvalidRequest
from realtime.ring import Cursor

MOST_CHANNELS = 2000
MOST_RESULTS = 100

ChannelId = Annotated[str, StringConstraints(min_length=1, max_length=128)]


def check_cursor(value: str) -> str:
    """Accept what `Cursor.parse` can read."""
    Cursor.parse(value)
    return value


class Request(BaseModel):
    """The base: fields that a newer client adds are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class NoRequest(Request):
    """Nothing to say but the event's name."""


CursorText = Annotated[str, StringConstraints(max_length=64), AfterValidator(check_cursor)]


class Channels(Request):
    """`leave_channel_updates`: these channels, or all."""

    channel_ids: Annotated[tuple[ChannelId, ...], Field(max_length=MOST_CHANNELS)] | None = None


class Join(Channels):
    """`join_channel_updates`. Who was here before, and says where it was, gets what it missed and no more."""

    cursor: CursorText | None = None


class Search(Request):
    """`search_channels`."""

    query: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
    limit: Annotated[int, Field(ge=1, le=MOST_RESULTS)] = 20


class Resume(Request):
    """`resume`."""

    cursor: CursorText


class Ping(Request):
    """`ping`: only to be acknowledged. The client says how long the last one took."""

    took_ms: Annotated[float, Field(ge=0, le=60_000)] | None = None


R = TypeVar("R", bound=Request)


def parse(model: type[R], arguments: tuple[Any, ...]) -> R:
    """Read an event's arguments: one object, or none where the model asks for nothing.

    Raises
    ------
    InvalidRequest
        If it doesn't fit the model; the text names the field.
    """
    given = arguments[0] if arguments and arguments[0] is not None else {}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise InvalidRequest(_explain(error)) from None


def _explain(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(
        f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}".lstrip(": ") for fault in faults[:3]
    )
