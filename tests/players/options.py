"""What can be told to the players: `make players SECONDS=30 ONLY="mpv vlc"`."""

from chassis.settings import ListOf
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Options(BaseSettings):
    """Options are variables of the same names."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    seconds: int = Field(30, ge=2, le=3600)
    """How long each player plays each channel."""
    only: ListOf = ()
    """Names of the players: all without it."""
    channels: ListOf = ()
    """Ids or kinds of the channels that are played: all without it."""
    jobs: int = Field(6, ge=1, le=64)
    """How many play at a time. Each decodes in real time, at a tenth of a core or so."""
    gateway: str = ""
    """The address of a gateway that runs already, with the demo source; without it one is started."""
