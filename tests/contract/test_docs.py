"""What is written is true: settings, links, the API's description, and no word of one machine."""

import json
import re
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import orjson
import pytest
from catalog.main import create_app
from catalog.settings import Settings as CatalogSettings
from contracts import keys
from embedded.binaries import find
from embedded.settings import Settings as EmbeddedSettings
from support.servers import repository
from support.settings_page import CLASSES, PAGE, meanings, own_fields, page

ROOT = repository()

ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]*)` \| (.+?) \| .+ \|$", re.MULTILINE)
CLASS = re.compile(r"^`(\w+\.settings\.\w+)`", re.MULTILINE)
EXAMPLE = re.compile(r"^#([A-Z][A-Z0-9_]*)=(.*)$", re.MULTILINE)
PLACEHOLDER = re.compile(r"\{\$([A-Z_]+)(?::([^}]*))?\}")
VARIABLE = re.compile(r"\$\{([A-Z_][A-Z0-9_]*)")
CODE = re.compile(r"`([A-Z_0-9]+)`")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
README_DOORS = re.compile(r"^\| ((?:`[^`]+`(?:, )?)+) \| ", re.MULTILINE)
CODE_OF_PATH = re.compile(r"`(/[^`]*)`")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def told(cell: str) -> str:
    """Return what a table says is the default: a value in code, or, in words, an empty one."""
    return cell[1:-1] if cell.startswith("`") and cell.endswith("`") else ""


def rows(text: str) -> dict[str, str]:
    """Return a table's variables and their defaults."""
    return {name: told(cell) for name, cell in ROW.findall(text)}


def operators() -> dict[str, str]:
    """Return README's table."""
    return rows(section((ROOT / "README.md").read_text(), "## Settings"))


def section(text: str, heading: str) -> str:
    """Return what stands under a heading, up to the next of its kind."""
    return text.partition(f"\n{heading}\n")[2].partition("\n## ")[0]


def front_door() -> dict[str, str]:
    """Return the Caddyfile's placeholders and their defaults."""
    return dict(PLACEHOLDER.findall((ROOT / "Caddyfile").read_text()))


def markdown() -> list[Path]:
    """Return every Markdown file of the project."""
    return [path for path in tracked() if path.suffix == ".md"]


def tracked() -> list[Path]:
    """Return the files that git keeps, and those that it would."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize(("name", "said"), operators().items(), ids=operators())
def test_readme_says_the_defaults_that_the_code_has(name: str, said: str) -> None:
    """What decides first counts: the front door's default, the embedded stack's, then a service's."""
    if name in front_door() and name not in own_fields(EmbeddedSettings):
        assert said == front_door()[name]
        return
    known = [fields[name] for fields in map(own_fields, reversed(CLASSES.values())) if name in fields]
    assert known, f"nothing reads {name}"
    assert said == known[0]


def test_readme_has_every_setting_that_decides_what_is_started() -> None:
    """But for the places of files, which only a developer moves."""
    assert own_fields(EmbeddedSettings).keys() - operators().keys() == {"DEMO_DIR", "PAGE_DIR", "CADDYFILE"}


def test_the_example_file_has_what_readme_has() -> None:
    """The same names, in the same order, with the same defaults, all commented out."""
    text = (ROOT / ".env.example").read_text()
    assert EXAMPLE.findall(text) == list(operators().items())
    assert [line for line in text.splitlines() if line and not line.startswith("#")] == []


@pytest.mark.parametrize("name", CLASSES)
def test_developers_find_every_field_with_its_default(name: str) -> None:
    """Each class has a table of what it adds to its parents."""
    text = (ROOT / "docs/settings.md").read_text()
    tables = {match[1]: text[match.end() :].partition("\n## ")[0] for match in CLASS.finditer(text)}
    assert rows(tables[name]) == own_fields(CLASSES[name])


def test_the_tables_are_what_the_code_says() -> None:
    """`make docs` was not forgotten."""
    assert PAGE.read_text() == page(PAGE.read_text())


@pytest.mark.parametrize("name", CLASSES)
def test_every_field_says_what_it_is_for(name: str) -> None:
    """The text under it is its line in the page."""
    said = meanings(CLASSES[name])
    assert [field for field in own_fields(CLASSES[name]) if not said[field]] == []


def test_developers_find_everything_that_the_front_door_reads() -> None:
    """Every placeholder of the Caddyfile is named."""
    named = set(CODE.findall(section((ROOT / "docs/settings.md").read_text(), "## Front door")))
    assert front_door().keys() - named == set()


def test_every_variable_of_the_compose_file_is_told() -> None:
    """In README's table, or in the developers'."""
    asked = set(VARIABLE.findall((ROOT / "docker-compose.yml").read_text()))
    named = set(CODE.findall((ROOT / "docs/settings.md").read_text())) | operators().keys()
    assert asked - named == set()


def test_the_api_is_described_as_it_is() -> None:
    """`make types` was not forgotten: the page's types are made from this file."""
    options: dict[str, Any] = {"_env_file": None}
    described = orjson.loads(orjson.dumps(create_app(CatalogSettings(**options)).openapi()))
    assert json.loads((ROOT / "services/frontend/openapi.json").read_text()) == described


@pytest.mark.parametrize("path", markdown(), ids=relative)
def test_every_link_leads_to_a_file(path: Path) -> None:
    """Pictures included."""
    targets = [link.partition("#")[0] for link in LINK.findall(FENCE.sub("", path.read_text()))]
    near = [
        target for target in targets if target and "://" not in target and not target.startswith("mailto:")
    ]
    assert [target for target in near if not (path.parent / target).exists()] == []


# In pieces, so that this file does not find itself.
REGISTRIES = (
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("npmjs", "org"),
    ("npmjs", "com"),
    ("yarnpkg", "com"),
)
MACHINE = re.compile("/wor" + r"k/|(?<![\w-])shar" + r"ed/(?:data|containers|hooks)\b|\.\./shar" + "ed")
REGISTRY = re.compile("|".join(re.escape(f"{name}.{end}") for name, end in REGISTRIES))
LOCKS = {"uv.lock", "package-lock.json"}
EXEMPT = {".ci/run"}
"""It runs on that machine, and says so."""


@pytest.mark.parametrize(
    ("pattern", "spared"), [(MACHINE, EXEMPT), (REGISTRY, LOCKS)], ids=["one machine", "registries"]
)
def test_nothing_names_where_it_was_written(pattern: re.Pattern[str], spared: set[str]) -> None:
    """No path of one machine; no package registry but in the lock files."""
    assert list(places(pattern, spared)) == []


def places(pattern: re.Pattern[str], spared: set[str]) -> Iterator[str]:
    """Yield where text files have what `pattern` looks for."""
    for path in tracked():
        if relative(path) in spared or path.name in spared:
            continue
        content = path.read_bytes()
        if b"\0" in content[:8000]:
            continue
        for number, line in enumerate(content.decode(errors="replace").splitlines(), 1):
            if pattern.search(line):
                yield f"{relative(path)}:{number}: {line.strip()[:80]}"


def test_a_cluster_gets_its_secrets_before_its_streamers_agree_on_a_key() -> None:
    """One that started without would have made a key of its own, and all that have the secret's refuse."""
    told = section((ROOT / "docs/install.md").read_text(), "## Kubernetes")
    steps = [told.find(step) for step in ("base/namespace.yaml", "create secret", "apply -k")]
    assert -1 not in steps
    assert steps == sorted(steps)


def test_what_is_to_be_deleted_for_another_key_is_where_the_key_is_remembered() -> None:
    """Whichever way it runs."""
    told = section((ROOT / "docs/upgrading.md").read_text(), "## Another key")
    deleted = re.findall(r"redis-cli .*?del (\S+)`", told)
    assert len(deleted) == len(re.findall(r"^\| ", told, re.MULTILINE)) - 1
    assert set(deleted) == {keys.SECRET_FINGERPRINT}


def test_somebody_elses_login_lets_every_players_door_through(tmp_path: Path) -> None:
    """All that README's table of addresses has, but for the page's own and what programs ask."""
    (snippet,) = re.findall(r"```caddyfile\n(.*?)```", (ROOT / "docs/access.md").read_text(), re.DOTALL)
    (tmp_path / "Caddyfile").write_text(snippet)
    command = [str(find("caddy")), "adapt", "--config", str(tmp_path / "Caddyfile")]
    adapted = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=30).stdout)
    site = adapted["apps"]["http"]["servers"]["srv0"]["routes"][0]["handle"][0]["routes"]
    (let_through,) = (route["match"][0]["path"] for route in site if "match" in route)
    doors = set(players_doors())
    assert {"/logo/{id}", "/guide.xml", "/playlist.m3u8"} <= doors
    assert [door for door in sorted(doors) if not any(fnmatch(door, one) for one in let_through)] == []


def players_doors() -> Iterator[str]:
    """Yield the addresses that players ask."""
    others = ("/api", "/health", "/metrics", "/_event", "/socket.io", "/watch", "/schedule", "/playlist")
    for row in README_DOORS.findall((ROOT / "README.md").read_text()):
        for door in CODE_OF_PATH.findall(row):
            if door != "/" and (not door.startswith(others) or door.startswith("/playlist.")):
                yield door


def test_every_test_that_is_named_is_there() -> None:
    """Of a source's quirks each says where it is tested."""
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", (ROOT / "docs/sources.md").read_text())
    rows = [line for line in (ROOT / "docs/sources.md").read_text().splitlines() if line.startswith("| ")]
    assert len(named) == len(rows) - 1
    for path, name in named:
        assert re.search(rf"def {name}\(", (ROOT / path).read_text()), f"{path} has no {name}"
