"""Attribute lists (RFC 8216bis, 4.2), as encoders write them.

Read leniently: names in any case, blanks around, values whose quotes are missing or never close. Changed
exactly: what is not replaced keeps every byte.

The trap: such lists come from strangers and may be a megabyte long. `ITEM` gives nothing back once it has
taken it, and always takes something, so that a list is read in one pass, whatever is in it.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

ITEM = re.compile(r'\s*+([^=,"\s]*+)\s*+(?:=\s*+("[^"]*+"|[^,]*+))?+[^,]*+(?:,|\Z)')


class Attribute(NamedTuple):
    """One attribute. `value` has no quotes; where it stood with them, and the whole item, are offsets."""

    name: str
    value: str
    quoted: bool
    start: int
    end: int
    item_start: int
    item_end: int


def scan(text: str) -> Iterator[Attribute]:
    """Yield the attributes of a list. Names are in capitals."""
    for match in ITEM.finditer(text):
        said = match[2]
        if not said or not match[1]:
            continue
        value = said.rstrip()
        at = match.start(2)
        yield Attribute(
            match[1].upper(),
            value.strip('"'),
            value.startswith('"'),
            at,
            at + len(value),
            match.start(),
            match.end(),
        )


def read(text: str) -> dict[str, str]:
    """Return name to value. The last of a double counts, as it does for players."""
    return {name.upper(): said.rstrip().strip('"') for name, said in ITEM.findall(text) if said}


def replaced(text: str, name: str, value: str) -> str:
    """Return the text with another value, in quotes, for every attribute of this name."""
    at = text.find(f'{name}="') + len(name) + 2
    end = text.find('"', at)
    if at > len(name) + 1 and end > 0 and _stands_alone(text, name, at):
        return f"{text[:at]}{value}{text[end:]}"
    pieces: list[str] = []
    done = 0
    for match in ITEM.finditer(text):
        said = match[2]
        if said and match[1].upper() == name:
            pieces += (text[done : match.start(2)], '"', value, '"')
            done = match.start(2) + len(said.rstrip())
    return "".join((*pieces, text[done:]))


def _stands_alone(text: str, name: str, at: int) -> bool:
    """Whether the only `NAME=` of the text is that of an attribute in its plain form: nearly always."""
    start = at - len(name) - 2
    return (
        text.upper().count(f"{name}=") == 1
        and (not start or text[start - 1] == ",")
        and not text.count('"', 0, start) % 2
    )


def changed(text: str, change: Callable[[Attribute], str | None]) -> str:
    """Return the text with the values that `change` gives, in quotes where they were; None leaves one."""
    pieces: list[str] = []
    done = 0
    for attribute in scan(text):
        value = change(attribute)
        if value is not None:
            quote = '"' if attribute.quoted else ""
            pieces += (text[done : attribute.start], quote, value, quote)
            done = attribute.end
    return "".join((*pieces, text[done:])) if pieces else text


def without(text: str, drop: Callable[[Attribute], bool]) -> str:
    """Return the text without the attributes that `drop` says, and without their commas."""
    pieces: list[str] = []
    done = 0
    for attribute in scan(text):
        if drop(attribute):
            pieces.append(text[done : attribute.item_start])
            done = attribute.item_end
    return "".join((*pieces, text[done:])).removesuffix(",") if done else text
