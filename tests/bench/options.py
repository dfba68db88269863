"""What can be told to the bench: `make bench ONLY=hot ROUNDS=3`."""

from chassis.settings import ListOf
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Options(BaseSettings):
    """Options of `make bench`. Each is a variable of the same name."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    only: ListOf = ()
    """Parts of the names of the cases that are run: all without it."""
    rounds: int = Field(5, ge=1, le=50)
    seconds: int = Field(2, ge=1, le=60)
    """How long each sample takes."""
    write: bool = False
    """Whether a run of some cases goes into docs/performance.md. A run of all does."""
