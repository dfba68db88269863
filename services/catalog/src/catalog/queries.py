"""What can be asked, as records: FastAPI reads and judges queries by them."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

MOST_IDS = 20_000
"""Characters of a list of ids."""
MOST_GROUPS = 200

Group = Annotated[str | None, Field(max_length=200)]
Ids = Annotated[
    str | None,
    Field(
        max_length=MOST_IDS, pattern=r"^[A-Za-z0-9, _.-]*$", description="Ids of channels, between commas."
    ),
]
Cursor = Annotated[
    str | None, Field(pattern=r"^[0-9]{1,9}$", description="The `next_cursor` of the page before.")
]


class Asked(BaseModel):
    """The base: what nobody knows is passed over, as players add what they like."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True, frozen=True)


class ChannelQuery(Asked):
    """Which channels."""

    q: Annotated[str | None, Field(max_length=200, description="Words of the name or group.")] = None
    group: Group = None
    limit: Annotated[int, Field(ge=1, le=10_000)] = 500
    cursor: Cursor = None


class EventQuery(Asked):
    """Which events."""

    live: bool | None = None
    category: Annotated[str | None, Field(max_length=200)] = None
    starts: Annotated[AwareDatetime | None, Field(alias="from")] = None
    ends: Annotated[AwareDatetime | None, Field(alias="to")] = None
    q: Annotated[str | None, Field(max_length=200)] = None


class SearchQuery(Asked):
    """What is looked for."""

    q: Annotated[str, Field(max_length=200)]
    limit: Annotated[int, Field(ge=1, le=200)] = 20


class ListQuery(Asked):
    """Which channels a list has: all, those of some groups, those with these ids, or both of these."""

    group: Annotated[
        tuple[Annotated[str, Field(max_length=200)], ...],
        Field(max_length=MOST_GROUPS, description="A group; it may be said several times."),
    ] = ()
    ids: Ids = None


class GuideQuery(ListQuery):
    """Which part of the guide."""

    starts: Annotated[AwareDatetime | None, Field(alias="from", description="Now, if it is not said.")] = None
    ends: Annotated[
        AwareDatetime | None,
        Field(alias="to", description="Six hours later, if it is not said; a week later at most."),
    ] = None
    limit: Annotated[int, Field(ge=1, le=500, description="How many channels.")] = 100
    cursor: Cursor = None
