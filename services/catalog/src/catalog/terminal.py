"""What every command of `iptv` stands on: the settings it runs under, where it writes, how it ends."""

import asyncio
import os
from collections.abc import Coroutine
from typing import Any

import typer
from chassis.settings import load
from redis.exceptions import RedisError
from rich.console import Console
from rich.table import Table

from catalog.settings import Settings

console = Console()
complaints = Console(stderr=True)


def settings() -> Settings:
    """Return the settings: of the environment, of `.env`, and of a stack that runs in this folder."""
    values: dict[str, Any] = {"_env_file": ".env"}
    found = load(Settings, **values)
    socket = found.data_dir / "run" / "redis.sock"
    if "redis_url" not in found.model_fields_set and "REDIS_URL" not in os.environ and socket.exists():
        return load(Settings, **values, redis_url=f"unix://{socket.resolve()}")
    return found


def run(work: Coroutine[Any, Any, bool]) -> None:
    """Do the work; end with 1 where it says that something is wrong."""
    try:
        is_well = asyncio.run(work)
    except (RedisError, OSError):
        complaints.print("Redis can't be reached: [bold]iptv doctor[/] says more.")
        is_well = False
    if not is_well:
        raise typer.Exit(1)


def table(*columns: str) -> Table:
    """Return an empty table."""
    made = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        made.add_column(name, overflow="fold")
    return made
