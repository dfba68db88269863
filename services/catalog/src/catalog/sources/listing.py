"""The sources, as `SOURCES` says them: the path of a YAML file, or `kind=address` pairs.

What is wrong in a file is told with its line, all of it at once, a line each: whoever edits it has it open. A
field that doesn't exist is refused with the nearest one that does, since a setting that is spelled wrong and
passed over is found out about on the day that it was meant for.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from pydantic import ConfigDict, ValidationError
from pydantic.main import BaseModel

from catalog.sources.spec import KINDS, SourceSpec

ACCEPTED = (
    f"accepted: the path of a YAML file, or kind=address pairs separated by spaces; kinds: {', '.join(KINDS)}"
)
MOST_BYTES = 4 * 1024 * 1024
WORDS = {
    "string_type": "accepted: a text",
    "bool_type": "accepted: true or false",
    "bool_parsing": "accepted: true or false",
    "int_type": "accepted: a whole number",
    "int_parsing": "accepted: a whole number",
    "int_from_float": "accepted: a whole number",
    "tuple_type": "accepted: a list such as [one, two]",
    "dict_type": "accepted: names and values such as {name: value}",
    "model_type": "accepted: the fields of a source",
    "model_attributes_type": "accepted: the fields of a source",
    "string_too_short": "it is empty",
}


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    sources: tuple[SourceSpec, ...]


def parse_sources(value: str) -> tuple[SourceSpec, ...]:
    """Read `SOURCES`: the file it names, or the pairs it is.

    Raises
    ------
    ValueError
        What is wrong, a line each, and what is accepted.
    """
    words = value.split()
    if not words:
        return ()
    if path := file_of(value):
        return read_sources(path)
    return tuple(_of_pairs(words))


def file_of(value: str) -> Path | None:
    """Return the file that `SOURCES` names; None where it is pairs."""
    words = value.split()
    is_path = len(words) == 1 and "=" not in words[0].split("/")[0]
    return Path(words[0]) if is_path else None


def _of_pairs(words: list[str]) -> Iterator[SourceSpec]:
    kinds: Counter[str] = Counter()
    for word in words:
        kind, equals, address = word.partition("=")
        if not equals:
            raise ValueError(f"{kind!r} is no pair; {ACCEPTED}")
        kinds[kind] += 1
        name = kind if kinds[kind] == 1 else f"{kind}-{kinds[kind]}"
        try:
            yield SourceSpec.model_validate({"kind": kind, "name": name, "url": address})
        except ValidationError as error:
            raise ValueError(f"{name}: {explain(error)[0]}") from None


def read_sources(path: Path) -> tuple[SourceSpec, ...]:
    """Read the YAML file.

    Raises
    ------
    ValueError
        If it is missing, no YAML, or not of the right shape: a line for each fault, with its place.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"{path}: it is larger than {MOST_BYTES} bytes")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}; {ACCEPTED}") from error
    except UnicodeDecodeError:
        raise ValueError(f"{path}: it is not UTF-8") from None
    return parse_file(text, str(path))


def parse_file(text: str, name: str) -> tuple[SourceSpec, ...]:
    """Read the text of a file called `name`.

    Raises
    ------
    ValueError
        As `read_sources`.
    """
    try:
        root, content = _loaded(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ValueError(f"{name}:{line}: it is not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise ValueError(f"{name}: it is not YAML") from None
    listed, depth = (content, 0) if isinstance(content, dict) else ({"sources": content or []}, 1)
    return _checked(listed, _Places(name, root, depth))


def _loaded(text: str) -> tuple[yaml.Node | None, Any]:
    """Return a document as nodes, which know their lines, and as what it says."""
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        return root, loader.construct_document(root) if root else None
    finally:
        loader.dispose()


class _Places:
    """Where things are in a file: `depth` steps of a fault's place aren't in it."""

    def __init__(self, name: str, root: yaml.Node | None, depth: int) -> None:
        self._name = name
        self._root = root
        self._depth = depth

    def line(self, place: Sequence[str | int]) -> str:
        """Return `file:line` of the deepest step that is there."""
        node = self._root
        line = node.start_mark.line if node else 0
        for step in place[self._depth :]:
            found = _child(node, step)
            if found is None:
                break
            marked, node = found
            line = marked.start_mark.line
        return f"{self._name}:{line + 1}"

    def twice(self) -> Iterator[str]:
        """Yield what is said twice: YAML takes the last and says nothing."""
        yield from (f"{self._name}:{key.start_mark.line + 1}: {key.value} is there twice"
                    for key in _twice(self._root))  # fmt: skip


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """Return what marks a step's line, and where it leads to."""
    if isinstance(node, yaml.MappingNode):
        return next((pair for pair in node.value if pair[0].value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def _twice(node: yaml.Node | None) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key.value, str) and key.value in seen:
                yield key
            seen.add(str(key.value))
            yield from _twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _twice(item)


def _checked(content: dict[str, Any], places: _Places) -> tuple[SourceSpec, ...]:
    faults = list(places.twice())
    try:
        specs = _File.model_validate(content).sources
    except ValidationError as error:
        faults += [f"{places.line(place)}: {told}" for place, told in _told(error)]
        raise ValueError("\n".join(faults)) from None
    faults += [f"{places.line(('sources', index, 'name'))}: two sources have the name {specs[index].name}"
               for index in _same_names(specs)]  # fmt: skip
    if faults:
        raise ValueError("\n".join(faults))
    return specs


def _same_names(specs: Iterable[SourceSpec]) -> Iterator[int]:
    seen: set[str] = set()
    for index, spec in enumerate(specs):
        if spec.name in seen:
            yield index
        seen.add(spec.name)


def explain(error: ValidationError) -> list[str]:
    """Return what is wrong with a source, a line each, without any of its values."""
    return [told for _, told in _told(error)]


def _told(error: ValidationError) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for fault in error.errors(include_url=False, include_input=False):
        place = fault["loc"]
        field = ".".join(str(step) for step in place[2:] if re.fullmatch(r"[\w-]+", str(step)))
        yield place, _in_words(str(place[-1]) if place else "", field, fault)


def _in_words(last: str, field: str, fault: Any) -> str:
    named = f"{field or last}: " if field or last in SourceSpec.model_fields else ""
    match fault["type"]:
        case "missing":
            return f"{last} is missing"
        case "extra_forbidden":
            known = [*SourceSpec.model_fields] if field else ["sources"]
            return f"there is no field {last!r}{_nearest(last, known)}"
        case "literal_error":
            return f"{named}accepted: {', '.join(KINDS)}"
        case kind:
            return f"{named}{WORDS.get(kind, fault['msg'].removeprefix('Value error, '))}"


def _nearest(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word.casefold(), list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(known))}"
