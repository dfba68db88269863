"""What the demo can be told, all of it optional."""

from pathlib import Path
from typing import Literal

from chassis.settings import ListOf, ServiceSettings
from pydantic import Field, field_validator


class Settings(ServiceSettings):
    """The demo's settings, from the environment."""

    demo_dir: Path = Path(".data/demo")
    """Where the encoded media is kept between starts."""
    demo_channels: int = Field(default=0, ge=0, le=100_000)
    """How many more names to list; they replay the media there is."""
    demo_loop_s: int = Field(default=60, ge=8, le=600)
    """Length of a loop. A multiple of 4, so that sound and picture both end with it."""
    demo_site_shape: Literal["new", "old"] = "new"
    """Which of its two shapes the site's channel page has."""
    demo_hosts: ListOf = ()
    """`host:port …` that also reach the demo: segments of one channel alternate over them."""
    demo_only: ListOf = ()
    """Ids of the channels to encode; the others never become ready. Empty: all of them."""
    demo_ffmpeg: str = ""
    """The ffmpeg to encode with. Empty: the system's, else the one that comes as a wheel."""

    @field_validator("demo_loop_s")
    @classmethod
    def _whole_frames(cls, value: int) -> int:
        if value % 4:
            raise ValueError("accepted: a multiple of 4")
        return value
