"""The base of every record: frozen, exact about its fields, tolerant of a newer writer's."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A value that travels between services. Unknown fields are ignored: nodes are updated one by one."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_timedelta="float")
