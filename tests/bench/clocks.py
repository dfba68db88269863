"""`make bench-clocks`: events begin while workers are killed; each start has to be announced once, in time.

Workers (each a general worker and a clock, as `make run` starts them) share a Redis and a NATS. Once all are
there, every few seconds one process, chosen at random, is ended by SIGKILL and started again, as a supervisor
does. An event begins every second or so. Whoever listens to the stream, as realtime does, counts: how often
each start came, and how late.

The trap: what a relay published and had no time to remove is published again. The stream knows it by its id;
a bare subscription, past the stream, hears it twice.
"""

import asyncio
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import nats
import uvloop
from bench.house import House, tell, wait
from bench.options import Clocks
from bench.processes import Server
from bench.report import say
from contracts import subjects
from contracts.event import EventState
from contracts.messages import EventStateChanged
from nats.aio.msg import Msg

EVERY_S = 1.3
"""Between two starts: of no common measure with the clock's second."""
FIRST_S = 20.0
"""Until the first one: a calendar is looked at every few seconds."""
LAST_S = 10.0
"""How long is listened for what comes late."""
LATE_S = 1.0


@dataclass
class Heard:
    """What NATS said: of each event, by its title, when its start came, in seconds after it was due."""

    starts: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    kills: int = 0


def clocked(options: Clocks) -> bool:
    """Let events begin under fire, and return whether each was announced once and in time."""
    with ExitStack() as stack:
        house = House(stack)
        workers = [house.process(what) for what in ("worker", "clock") * options.workers]
        wait(lambda: house.held("channels") and house.nodes() == len(workers))
        due = plan(house, options.seconds)
        wait(lambda: house.held("events"))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            heard = runner.run(_listened(options, house, workers, max(due.values())))
    return verdict([*due], heard)


def plan(house: House, seconds: float) -> dict[str, datetime]:
    """Give the house a calendar of events that begin one after the other; return their titles and times."""
    first = (datetime.now(UTC) + timedelta(seconds=FIRST_S)).replace(microsecond=0)
    count = max(1, int(seconds / EVERY_S))
    due = {f"Match {number}": first + timedelta(seconds=int(number * EVERY_S)) for number in range(count)}
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:bench"]
    for title, starts_at in due.items():
        told = [f"UID:{title}", f"SUMMARY:{title}", f"DTSTART:{starts_at:%Y%m%dT%H%M%SZ}", "DURATION:PT2H"]
        lines += ["BEGIN:VEVENT", *told, "END:VEVENT"]
    (house.folder / "fixtures.ics").write_text("\r\n".join([*lines, "END:VCALENDAR", ""]))
    house.source("fixtures", "ics", str(house.folder / "fixtures.ics"))
    return due


async def _listened(options: Clocks, house: House, workers: list[Server], last: datetime) -> Heard:
    heard = Heard()
    client = await nats.connect(house.environment["NATS_URL"])

    async def note(message: Msg) -> None:
        told = EventStateChanged.model_validate_json(message.data)
        if told.state is EventState.LIVE:
            late_s = (datetime.now(UTC) - told.event.starts_at).total_seconds()
            heard.starts[told.event.title].append(late_s)

    await client.jetstream().subscribe(subjects.EVENT_STATE, cb=note, ordered_consumer=True)
    choice = Random(options.seconds)  # noqa: S311
    while (left_s := (last - datetime.now(UTC)).total_seconds()) > 0:
        await asyncio.sleep(min(options.kill_s, left_s))
        victim = choice.choice(workers)
        await asyncio.to_thread(victim.kill)
        victim.start()
        heard.kills += 1
    await asyncio.sleep(LAST_S)
    await client.close()
    return heard


def verdict(due: list[str], heard: Heard) -> bool:
    """Tell what was heard, and return whether it is as promised."""
    missed = [id_ for id_ in due if id_ not in heard.starts]
    twice = [id_ for id_, starts in heard.starts.items() if len(starts) > 1]
    late = sorted(starts[0] for starts in heard.starts.values())
    bad = [late_s for late_s in late if not -LATE_S <= late_s <= LATE_S]
    say(
        f"{len(due)} starts, {heard.kills} kills; lateness {late[0]:.2f} to {late[-1]:.2f} s"
        if late
        else "none"
    )
    verdicts = [
        tell(f"missed: {len(missed)} {missed[:5]}", not missed),
        tell(f"announced twice: {len(twice)} {twice[:5]}", not twice),
        tell(f"more than {LATE_S:.0f} s off: {len(bad)} {[round(one, 2) for one in bad[-5:]]}", not bad),
    ]
    return all(verdicts)
