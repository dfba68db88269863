"""`make lighthouse`: what Lighthouse says of the built page, through the whole stack's front door.

It comes by `npx`, pinned: it is large, and nobody else needs it. By default it plays a phone of some years
ago on a slow network; `desktop` is its other preset.
"""

import json
import os
import shutil
import subprocess
import tempfile
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from bench.options import Lighting
from bench.processes import MissingProgramError
from bench.realtime import Line
from bench.report import say, today, write
from support.chromium import chromium
from support.servers import repository
from support.stack import Stack, running_stack

LIGHTHOUSE = "lighthouse@12.8.2"
DOCUMENT = repository() / "docs" / "performance.md"
LEAST = {"performance": 95, "accessibility": 100, "best-practices": 95}
PATHS = ("/", "/watch/aurora-one", "/guide", "/schedule", "/playlist", "/status", "/several", "/welcome")
PRESETS = ("desktop", "mobile")
DEADLINE_S = 180
COMPLAINTS_MOST = 8


def lit(options: Lighting) -> bool:
    """Run it on each page; tell, and write down. Return whether all was as it should be."""
    npx = shutil.which("npx")
    if npx is None or chromium() is None:
        raise MissingProgramError("Node.js with npx, and Chromium, are needed")
    lines: list[Line] = []
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        stack = held.enter_context(running_stack(folder / "data"))
        _visited(stack)
        for preset, path in product(PRESETS, PATHS):
            if not options.only or path in options.only:
                line = _judged(
                    f"`{path}`, {preset}",
                    [
                        _scores(npx, stack, path, preset, folder / "report.json")
                        for _ in range(options.rounds)
                    ],
                )
                lines.append(line)
                say(f"{'ok    ' if line.is_well else 'NOT OK'} {line.what}: {line.figure}")
    if options.write:
        write(DOCUMENT, {"lighthouse": _markdown(lines)})
    return all(line.is_well for line in lines)


def _visited(stack: Stack) -> None:
    """Have every logo been asked for once: the first visitor of a house waits for them to be fetched."""
    for channel in stack.get("/api/channels")["channels"]:
        if channel["logo"]:
            httpx.get(stack.base + channel["logo"], headers={"Accept": "image/webp"})


def _judged(what: str, rounds: list[dict[str, int]]) -> Line:
    """Judge the medians; with several rounds tell what the first score was in each."""
    scores = {name: round(median(each[name] for each in rounds)) for name in LEAST}
    figure = ", ".join(str(scores[name]) for name in LEAST)
    first = next(iter(LEAST))
    if len(rounds) > 1:
        figure += f" ({min(each[first] for each in rounds)} to {max(each[first] for each in rounds)})"
    is_well = all(scores[name] >= least for name, least in LEAST.items())
    return Line(what, figure, ", ".join(map(str, LEAST.values())), is_well)


def _scores(npx: str, stack: Stack, path: str, preset: str, report: Path) -> dict[str, int]:
    command = [
        npx,
        "--yes",
        LIGHTHOUSE,
        stack.base + path,
        "--quiet",
        "--output=json",
        f"--output-path={report}",
    ]
    command += [
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
        f"--only-categories={','.join(LEAST)}",
    ]
    command += ["--preset=desktop"] if preset == "desktop" else []
    told = {**os.environ, "CHROME_PATH": chromium() or ""}
    subprocess.run(command, env=told, check=True, timeout=DEADLINE_S)
    said: dict[str, Any] = json.loads(report.read_text())
    for complaint in _complaints(said)[:COMPLAINTS_MOST]:
        say(f"       {complaint}")
    return {name: round(100 * said["categories"][name]["score"]) for name in LEAST}


def _complaints(said: dict[str, Any]) -> list[str]:
    """Return the audits that cost something, with what they say."""
    weighty = {
        ref["id"] for each in said["categories"].values() for ref in each["auditRefs"] if ref["weight"]
    }
    found = (said["audits"][name] for name in sorted(weighty))
    return [
        f"{audit['id']}: {audit.get('displayValue') or audit['title']}"
        for audit in found
        if audit["score"] is not None and audit["score"] < 0.9
    ]


def _markdown(lines: list[Line]) -> str:
    rows = [f"| {line.what} | {line.figure} | {line.asked} |" for line in lines]
    name = LIGHTHOUSE.replace("@", " ").capitalize()
    head = [f"{name}; {today()}.", "", "| page | performance, accessibility, best practices | at least |"]
    return "\n".join([*head, "| --- | --- | --- |", *rows])
