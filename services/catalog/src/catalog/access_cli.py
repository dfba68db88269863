"""`iptv tokens`: who may come in."""

import math
import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from chassis.redis import connect_redis
from chassis.tokens import Token
from chassis.tokens import entries as setting_entries
from rich.markup import escape

from catalog import tokens as kept
from catalog.settings import Settings
from catalog.terminal import complaints, console, run, settings, table

tokens = typer.Typer(help="Access tokens: who may come in.", no_args_is_help=True)


@tokens.command()
def add(
    name: Annotated[str, typer.Argument(help="Whose it is: letters, digits, and _ . -")],
    *,
    streams: Annotated[int, typer.Option(min=0, help="How many may watch with it at once; 0: any.")] = 0,
    group: Annotated[list[str] | None, typer.Option(help="A group that it shows; may be said again.")] = None,
    expires: Annotated[str | None, typer.Option(help="12h, 30d, 4w, or a day: 2030-12-31.")] = None,
) -> None:
    """Make a token. It is shown this once: what is kept is its hash. From now on every door wants one."""
    if not kept.NAME.fullmatch(name):
        raise typer.BadParameter("accepted: letters, digits, and _ . -; at most 64")
    try:
        expires_at = kept.read_expiry(expires, time.time()) if expires else math.inf
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--expires") from None
    run(_add(name, streams, group or [], expires_at))


async def _add(name: str, streams: int, groups: list[str], expires_at: float) -> bool:
    own = settings()
    if name in _of_the_setting(own):
        complaints.print(f"ACCESS_TOKENS has one called {escape(name)}: take another name.")
        return False
    async with connect_redis(own.redis_url) as redis:
        secret = await kept.add(redis, name, streams=streams, groups=groups, expires_at=expires_at)
    if secret is None:
        complaints.print(f"There is one called {escape(name)}: revoke it first.")
        return False
    print(secret)  # noqa: T201  (alone on its line, for scripts)
    return True


@tokens.command("list")
def show() -> None:
    """List the tokens, never their secrets."""
    run(_list())


async def _list() -> bool:
    own = settings()
    async with connect_redis(own.redis_url) as redis:
        found = await kept.listed(redis)
    shown = table("name", "streams", "groups", "good until", "added")
    stones = {token.name for token in found if token.revoked}
    for name in _of_the_setting(own):
        shown.add_row(name, "any", "all", "[red]revoked[/]" if name in stones else "always", "ACCESS_TOKENS")
    for token in found:
        if token.name not in _of_the_setting(own):
            shown.add_row(*_told(token))
    console.print(shown if shown.row_count else "There is none: everything is open.")
    return True


def _told(token: Token) -> tuple[str, ...]:
    groups = ", ".join(map(escape, sorted(token.groups))) or "all"
    until = "always" if math.isinf(token.expires_at) else _day(token.expires_at)
    if token.expires_at <= time.time():
        until = f"[red]over[/] since {until}"
    if token.revoked:
        until = "[red]revoked[/]"
    return token.name, str(token.streams or "any"), groups, until, _day(token.added_at)


def _day(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M} UTC"


@tokens.command()
def revoke(name: Annotated[str, typer.Argument(help="Whose.")]) -> None:
    """Revoke a token, one of ACCESS_TOKENS too: within ten seconds it opens nothing any more."""
    run(_revoke(name))


async def _revoke(name: str) -> bool:
    own = settings()
    async with connect_redis(own.redis_url) as redis:
        known = {token.name for token in await kept.listed(redis) if not token.revoked}
        if name not in known | _of_the_setting(own):
            complaints.print(f"There is no token called {escape(name)}.")
            return False
        await kept.revoke(redis, name)
    console.print(f"{escape(name)} is revoked.")
    return True


@tokens.command("open")
def open_up(*, sure: Annotated[bool, typer.Option("--yes", help="I mean it.")] = False) -> None:
    """Forget all tokens: everything is open to everybody again, unless ACCESS_TOKENS says otherwise."""
    if not sure:
        raise typer.BadParameter("say --yes: everybody will be let in")
    run(_open_up())


async def _open_up() -> bool:
    async with connect_redis(settings().redis_url) as redis:
        await kept.forget_all(redis)
    console.print("All tokens are forgotten.")
    return True


def _of_the_setting(own: Settings) -> set[str]:
    return {name for name, _ in setting_entries(own.access_tokens)}
