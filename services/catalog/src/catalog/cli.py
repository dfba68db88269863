"""`iptv`: the operator's command line. It reads the same settings as the services.

Beside a `make run` in the same folder it needs no settings at all: `.env` is read, and where `REDIS_URL`
isn't set, the socket of the stack's own Redis is used if it is there.

It ends with 1 where something is wrong, so that a script can ask it.
"""

import asyncio
from typing import Annotated, Any

import orjson
import typer
from chassis.redis import connect_redis
from contracts import keys
from contracts.source import SourceReport
from rich.markup import escape

from catalog import access_cli, checking, doctor, store
from catalog.sources.listing import parse_sources
from catalog.sources.spec import SourceSpec
from catalog.terminal import complaints, console, run, settings, table
from catalog.worker import GENERAL, REFRESH_NOW, jobs_of

app = typer.Typer(
    help="Look after the gateway's sources.", no_args_is_help=True, pretty_exceptions_enable=False
)
sources = typer.Typer(help="Sources: are they read?", no_args_is_help=True)
app.add_typer(sources, name="sources")
app.add_typer(access_cli.tokens, name="tokens")

REFRESH_DEADLINE_S = 300.0
"""A guide may take as long."""
LOOK_S = 0.3


@app.callback()
def _main() -> None:
    """Look after the gateway's sources."""


@sources.command()
def check(
    target: Annotated[str, typer.Argument(help="A YAML file, or kind=address.", metavar="FILE|kind=address")],
) -> None:
    """Fetch sources and parse them, and say what was read and what was not. Nothing is kept."""
    try:
        specs = parse_sources(target)
    except ValueError as error:
        for line in str(error).splitlines():
            complaints.print(escape(line), highlight=False)
        raise typer.Exit(1) from None
    run(_check(specs))


async def _check(specs: tuple[SourceSpec, ...]) -> bool:
    shown = table("source", "kind", "what", "read", "not read", "took", "result")
    is_well, own = bool(specs), settings()
    with console.status("") as status:
        for number, spec in enumerate(specs, 1):
            status.update(f"{number} of {len(specs)}: {spec.name}")
            for found in await checking.check(spec, own.source_deadline_s, own.guide_deadline_s):
                is_well = is_well and found.fault is None
                told = f"[red]{escape(found.fault)}[/]" if found.fault else "[green]ok[/]"
                unread = "\n".join(map(escape, found.unread)) or "-"
                read = str(found.items) if found.fault is None else "-"
                shown.add_row(spec.name, spec.kind, found.topic, read, unread, f"{found.took_s:.1f} s", told)
    console.print(shown if specs else "There is no source in it.")
    return is_well


@app.command()
def channels(group: Annotated[str | None, typer.Option(help="Only this group.")] = None) -> None:
    """List the channels."""
    run(_channels(group))


async def _channels(group: str | None) -> bool:
    async with connect_redis(settings().redis_url) as redis:
        version = await store.current_version(redis, "channels")
        texts = await store.load(redis, "channels", version) if version else {}
    listed = sorted((orjson.loads(text) for text in texts.values()), key=lambda channel: channel["number"])
    chosen = [each for each in listed if group is None or each["group"].casefold() == group.casefold()]
    shown = table("number", "id", "name", "group", "sources")
    for each in chosen:
        names = ", ".join(dict.fromkeys(stream["source"] for stream in each["streams"]))
        told = (each["id"], each["name"], each["group"], names)
        shown.add_row(str(each["number"]), *map(escape, told))
    console.print(shown if chosen else "There is no such channel." if listed else "There is no list yet.")
    return bool(chosen)


@app.command()
def refresh(
    source: Annotated[str | None, typer.Argument(help="Its name; all, if none is given.")] = None,
    *,
    anyway: Annotated[bool, typer.Option(help="Take the list even if most of what it had is gone.")] = False,
) -> None:
    """Have the sources read now, by a worker."""
    run(_refresh(source, anyway=anyway))


async def _refresh(source: str | None, *, anyway: bool) -> bool:
    own = settings()
    async with connect_redis(own.redis_url) as redis:
        known = await store.source_reports(redis)
        names = {report.name for report in known if report.topic != "configuration"}
        if source and source not in {*names, *(spec.name for spec in own.specs())}:
            complaints.print(f"There is no source {escape(source)}: there are {', '.join(sorted(names))}.")
            return False
        if not await _workers(redis):
            complaints.print("No worker runs: nobody is there to read them.")
            return False
        before = {(report.name, report.topic): report.refreshes for report in known}
        chosen = [source] if source else []
        await jobs_of(redis, GENERAL.queue).enqueue_job(REFRESH_NOW, chosen, anyway)
        with console.status("waiting for a worker"):
            found = await _read_again(redis, before, source)
    if found is None:
        complaints.print(f"No worker was done with it within {REFRESH_DEADLINE_S:.0f} s.")
        return False
    _show(found)
    return not any(report.stale for report in found)


async def _workers(redis: Any) -> bool:
    return bool([key async for key in redis.scan_iter(match=keys.node(GENERAL.name, "*"), count=500)])


async def _read_again(
    redis: Any, before: dict[tuple[str, str], int], source: str | None
) -> list[SourceReport] | None:
    """Wait until each source was read once more."""
    try:
        async with asyncio.timeout(REFRESH_DEADLINE_S):
            while True:
                listed = [report for report in await store.source_reports(redis)
                          if report.topic != "configuration" and source in (None, report.name)]  # fmt: skip
                waiting = await redis.hlen(keys.ASKED)
                if (
                    listed
                    and not waiting
                    and all(
                        report.refreshes > before.get((report.name, report.topic), 0) for report in listed
                    )
                ):
                    return listed
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        return None


def _show(found: list[SourceReport]) -> None:
    shown = table("source", "what", "holds", "result")
    for report in found:
        told = f"[red]{escape(report.reason or 'failed')}[/]" if report.stale else "[green]ok[/]"
        shown.add_row(report.name, report.topic, str(report.items), told)
    console.print(shown)


@app.command("doctor")
def examine() -> None:
    """Look at all that the gateway stands on, and say in plain words what is wrong."""
    run(_examine())


async def _examine() -> bool:
    shown = table("what", "", "in words")
    findings = [finding async for finding in doctor.examine(settings())]
    for finding in findings:
        shown.add_row(
            finding.what, "[green]ok[/]" if finding.is_well else "[red]wrong[/]", escape(finding.words)
        )
    console.print(shown)
    return all(finding.is_well for finding in findings)
