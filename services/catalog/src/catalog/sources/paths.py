"""Paths into JSON, as an operator writes them: `competition.name`, `tv[].name`, `teams[0].title`.

A name goes into an object, `[]` into every item of a list, `[0]` into one. What isn't there gives nothing:
feeds leave fields out. A path gives all that it leads to, in order, since `tv[].name` leads to many.
"""

import re
from collections.abc import Iterator
from typing import Any

STEP = re.compile(r"\.?([^.\[\]\s][^.\[\]]*)|\[(\d{0,4})\]")
LONGEST = 200
ACCEPTED = "accepted: a path such as name, competition.name or tv[].name"

Step = str | int | None
"""A name, a place in a list, or all places."""


def check_path(value: object) -> str:
    """Accept a path.

    Raises
    ------
    ValueError
        If it is none.
    """
    if not isinstance(value, str):
        raise ValueError(ACCEPTED)  # noqa: TRY004  (pydantic tells the operator)
    tuple(steps(value))
    return value


def steps(path: str) -> Iterator[Step]:
    """Yield the steps of a path.

    Raises
    ------
    ValueError
        If it is none.
    """
    place = 0
    if not path or len(path) > LONGEST or path.startswith("."):
        raise ValueError(ACCEPTED)
    while place < len(path):
        match = STEP.match(path, place)
        if match is None or (place and match[1] and path[place] != "."):
            raise ValueError(ACCEPTED)
        yield match[1] or (int(match[2]) if match[2] else None)
        place = match.end()


def find(content: Any, path: str) -> list[Any]:
    """Return all that `path` leads to."""
    found = [content]
    for step in steps(path):
        found = [inner for outer in found for inner in _into(outer, step)]
    return found


def _into(content: Any, step: Step) -> list[Any]:
    if isinstance(step, str):
        return [content[step]] if isinstance(content, dict) and step in content else []
    if not isinstance(content, list):
        return []
    return content if step is None else content[step : step + 1]
