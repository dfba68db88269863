"""What was measured, as a table for a terminal, and between markers in docs/performance.md.

A ratio is taken within each round, where both sides met the same machine; said are its median and its range.
"""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from bench.cases import Case, Sample
from bench.processes import needed
from embedded.binaries import find

Rounds = dict[str, list[Sample]]
"""Samples by subject, one for each round."""

LOADED = ("req/s", "MB/s", "p99 ms", "CPU", "others", "asked", "RSS MB", "errors")
TIMED = ("req/s", "p99 ms", "errors")
"""Columns besides the figure: under load, and where only time was taken."""


def table(case: Case, rounds: Rounds) -> list[tuple[str, ...]]:
    """Return a case's table, its head first."""
    base = rounds[case.subjects[-1]]
    against = "difference" if case.is_time else "ratio"
    others = TIMED if case.is_time else LOADED
    head = ("subject", "median (range)", f"{against} (range)", *others)
    return [head, *(_row(case, name, rounds[name], base, others) for name in case.subjects)]


def _row(
    case: Case, name: str, samples: list[Sample], base: list[Sample], others: tuple[str, ...]
) -> tuple[str, ...]:
    pairs = [(one.figure, other.figure) for one, other in zip(samples, base, strict=True)]
    against = [one - other if case.is_time else one / other for one, other in pairs]
    figures = [one for one, _ in pairs]
    cells = _cells(samples)
    return (
        name,
        spread(figures, 2 if case.is_time else 0),
        spread(against, 2),
        *(cells[key] for key in others),
    )


def _cells(samples: list[Sample]) -> dict[str, str]:
    return {
        "req/s": f"{_median(samples, lambda sample: sample.rate):.0f}",
        "MB/s": f"{_median(samples, lambda sample: sample.sent_mb_s):.0f}",
        "p99 ms": f"{_median(samples, lambda sample: sample.p99_ms):.1f}",
        "CPU": " + ".join(
            f"{server} {_median(samples, server_cpu(server)):.0%}" for server in samples[0].cpu
        ),
        "others": f"{_median(samples, lambda sample: sample.others):.0%}",
        "asked": f"{_median(samples, lambda sample: sample.asked_per_request):.3f}",
        "RSS MB": f"{max(sample.rss_mb for sample in samples):.0f}",
        "errors": str(sum(sample.errors for sample in samples)),
    }


def server_cpu(server: str) -> Callable[[Sample], float]:
    """Return what reads one server's share of a core."""
    return lambda sample: sample.cpu[server]


def _median(samples: list[Sample], read: Callable[[Sample], float]) -> float:
    return median(read(sample) for sample in samples)


def spread(values: Sequence[float], digits: int) -> str:
    """Return a median and a range as text."""
    return f"{median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def terminal(case: Case, rounds: Rounds) -> str:
    """Return a case as lines for a terminal."""
    found = table(case, rounds)
    widths = [max(map(len, column)) for column in zip(*found, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in found]
    return "\n".join([f"\n{case.name}: {case.title}, {case.unit}", *(line.rstrip() for line in lines)])


def markdown(case: Case, rounds: Rounds) -> str:
    """Return a case as a section of a document."""
    head, *found = table(case, rounds)
    lines = [f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *found)]
    count = len(rounds[case.subjects[0]])
    return "\n".join([f"### {case.title}", "", f"{case.unit}; {count} rounds; {today()}.", "", *lines])


def machine() -> str:
    """Return what it was measured on, and with."""
    said = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", said, re.MULTILINE)
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, {memory_gb:.0f} GB,"
        f" Linux {platform.release().partition('-')[0]}. Python {platform.python_version()}, "
        f"uvicorn {version('uvicorn')}, uvloop {version('uvloop')}, httptools {version('httptools')}, "
        f"nginx {_says([needed('nginx'), '-v'])}, Caddy {_says([str(find('caddy')), 'version'])}, "
        f"Redis {_says([str(find('redis-server')), '--version'])}, wrk {_says([needed('wrk'), '-v'])}. "
        f"{today()}."
    )


def _says(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"\d+\.\d+(\.\d+)?", done.stdout + done.stderr)
    return found[0] if found else "?"


def today() -> str:
    """Return the date."""
    return f"{datetime.now(UTC):%Y-%m-%d}"


def write(path: Path, sections: dict[str, str]) -> None:
    """Put each section between its markers; what stands around them is left as it is.

    Raises
    ------
    ValueError
        If the document has no place for one.
    """
    text = path.read_text()
    for name, section in sections.items():
        start, end = f"<!-- bench: {name} -->\n", f"<!-- end: {name} -->"
        before, opened, rest = text.partition(start)
        _, closed, after = rest.partition(end)
        if not opened or not closed:
            raise ValueError(f"{path.name} has no place for {name}")
        text = f"{before}{start}{section}\n{end}{after}"
    path.write_text(text)


def say(text: str) -> None:
    """Tell whoever watches."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
