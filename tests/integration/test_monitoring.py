"""Every figure that a rule, an alert or a dashboard names is one that a service really gives."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from catalog.main import create_app as create_catalog
from catalog.settings import Settings as CatalogSettings
from pydantic import SecretStr
from realtime.main import create_app as create_realtime
from realtime.settings import RealtimeSettings
from support.door import front_door
from support.gateway import Gateway
from support.servers import free_port, repository, serving

PROMETHEUS = repository() / "infra/prometheus"
DASHBOARDS = sorted((repository() / "infra/grafana/dashboards").glob("*.json"))
FAMILY = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)
NAME = re.compile(r"(?<![\w:{])((?:iptv|caddy|process|python)_\w+|\w+:\w+:\w+)")
EXPR = re.compile(r'"expr": ("(?:[^"\\]|\\.)*")')


@pytest.fixture(scope="module")
def expositions(
    tmp_path_factory: pytest.TempPathFactory, redis_program: Any, nats_program: Any
) -> Iterator[dict[str, str]]:
    """What each service says at `/metrics`."""
    folder = tmp_path_factory.mktemp("monitoring")
    redis_url = f"redis://127.0.0.1:{redis_program.port}/0"
    nats_url = f"nats://127.0.0.1:{nats_program.port}"
    stores: dict[str, Any] = {"redis_url": SecretStr(redis_url), "nats_url": SecretStr(nats_url)}
    metrics_port = str(free_port())
    with ExitStack() as stack:
        streamer = Gateway(stack, redis_url, nats_url).serve()
        catalog = stack.enter_context(serving(create_catalog(CatalogSettings(data_dir=folder, **stores))))
        realtime = stack.enter_context(serving(create_realtime(RealtimeSettings(**stores))))
        catalog_address = catalog.base.removeprefix("http://")
        door = stack.enter_context(
            front_door(folder, CATALOG=catalog_address, EDGE_METRICS="on", METRICS_PORT=metrics_port)
        )
        httpx.get(f"{door.base}/api/channels")
        bases = {
            "streamer": streamer.base,
            "catalog": catalog.base,
            "realtime": realtime.base,
            "edge": f"http://127.0.0.1:{metrics_port}",
        }
        yield {name: httpx.get(f"{base}/metrics").raise_for_status().text for name, base in bases.items()}


def names_in(exposition: str) -> set[str]:
    """Return the names of all series of a text."""
    found: set[str] = set()
    for name, kind in FAMILY.findall(exposition):
        found |= {
            name,
            *({f"{name}_{end}" for end in ("bucket", "sum", "count")} if kind == "histogram" else ()),
        }
    return found


def rules() -> list[dict[str, Any]]:
    """Return every recording rule and alert."""
    files = [yaml.safe_load((PROMETHEUS / name).read_text()) for name in ("rules.yml", "alerts.yml")]
    return [rule for file in files for group in file["groups"] for rule in group["rules"]]


def asked_for() -> set[str]:
    """Return every name in a rule, an alert or a dashboard."""
    texts = [rule["expr"] for rule in rules()]
    texts += [expr for path in DASHBOARDS for expr in EXPR.findall(path.read_text())]
    return {name for text in texts for name in NAME.findall(text)}


def test_every_figure_that_is_asked_for_exists(expositions: dict[str, str]) -> None:
    """By what real services say, not by a list of what they should."""
    there = set.union(*map(names_in, expositions.values())) | {rule.get("record") for rule in rules()}
    assert len(asked_for()) > 40
    assert asked_for() - there == set()


def test_every_rule_is_asked_for() -> None:
    """A recording that nobody looks at costs Prometheus for nothing."""
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    assert recorded - asked_for() == set()


def test_every_alert_says_what_to_do() -> None:
    """Whoever is woken by it has not read the code."""
    alerts = [rule for rule in rules() if "alert" in rule]
    assert [
        rule["alert"]
        for rule in alerts
        if rule["annotations"].keys() != {"summary", "action"}
        or rule["labels"]["severity"] not in {"warning", "critical"}
    ] == []


def test_dashboards_are_what_their_tables_say() -> None:
    """`python infra/grafana/dashboards.py` was not forgotten."""
    path = repository() / "infra/grafana/dashboards.py"
    spaces: dict[str, Any] = {"__name__": "dashboards", "__file__": str(path)}
    exec(compile(path.read_text(), str(path), "exec"), spaces)  # noqa: S102  (a program, not a module)
    assert {path.name: path.read_text() for path in DASHBOARDS} == spaces["written"]()


@pytest.mark.parametrize("service", ["streamer", "catalog", "realtime"])
def test_promtool_finds_no_fault_with_what_a_service_says(service: str, expositions: dict[str, str]) -> None:
    """Names, units and help as Prometheus' own people would have them; the library's own are theirs."""
    ours = [line for line in expositions[service].splitlines(keepends=True) if "iptv_" in line]
    done = promtool("check", "metrics", given="".join(ours))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize(
    "words",
    [("check", "rules", "rules.yml", "alerts.yml"), ("test", "rules", "tests.yml")],
    ids=["syntax", "unit tests"],
)
def test_promtool_passes_the_rules(words: tuple[str, ...]) -> None:
    """Each alert fires when it should, and only then: `infra/prometheus/tests.yml`."""
    done = promtool(*words)
    assert done.returncode == 0, done.stdout + done.stderr


def promtool(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run promtool beside the rules."""
    beside = repository() / ".venv/bin/promtool"
    found = shutil.which("promtool") or (str(beside) if Path(beside).exists() else None)
    if found is None:
        pytest.skip("promtool is not installed: tests/support/needs.sh fetches it")
    return subprocess.run(
        [found, *words], cwd=PROMETHEUS, input=given, capture_output=True, text=True, check=False, timeout=100
    )
