"""What `infra/swarm` and `infra/k8s` say: Kubernetes and Compose know it, and the project does it."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from catalog.settings import Settings as CatalogSettings
from support.servers import repository
from support.settings_page import CLASSES

ROOT = repository()
K8S = ROOT / "infra/k8s"
STACK = yaml.safe_load((ROOT / "infra/swarm/stack.yml").read_text())
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
STRICT_VERSION = "1.34"
VARIED = ("edge", "catalog", "worker", "clock", "streamer", "realtime")
"""What there may be several of."""


def objects() -> list[dict[str, Any]]:
    """Return every object of the manifests, as they are written."""
    files = [path for path in sorted(K8S.glob("*/*.yaml")) if path.name != "kustomization.yaml"]
    return [each for path in files for each in yaml.safe_load_all(path.read_text()) if each]


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in objects() if each["kind"] == kind}


def workloads() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the pods that are kept, by name."""
    for kind in ("Deployment", "StatefulSet"):
        for name, each in of_kind(kind).items():
            yield name, each["spec"]["template"]["spec"]


def environment_of(container: dict[str, Any]) -> set[str]:
    return {each["name"] for each in container.get("env", ())}


@pytest.mark.parametrize("folder", ["base", "demo"])
def test_kustomize_makes_what_kubernetes_knows(folder: str) -> None:
    """Each object against the schema of its kind; nothing unknown is let through."""
    validate = pytest.importorskip("kubernetes_validate").validate
    for made in kustomized(folder):
        validate(made, STRICT_VERSION, strict=True)


def kustomized(folder: str) -> list[dict[str, Any]]:
    """Return what kustomize makes of a folder."""
    if shutil.which("kustomize"):
        command = ["kustomize", "build", str(K8S / folder)]
    elif shutil.which("kubectl"):
        command = ["kubectl", "kustomize", str(K8S / folder)]
    else:
        pytest.skip("neither kustomize nor kubectl is installed")
    made = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    return [each for each in yaml.safe_load_all(made) if each]


@pytest.mark.parametrize("folder", ["base", "demo"])
def test_every_file_is_listed(folder: str) -> None:
    """And every file that is listed is there."""
    listed = yaml.safe_load((K8S / folder / "kustomization.yaml").read_text())["resources"]
    there = {path.name for path in (K8S / folder).glob("*.yaml")} - {"kustomization.yaml"}
    assert {name for name in listed if name.endswith(".yaml")} == there
    assert [name for name in listed if not (K8S / folder / name).exists()] == []


def test_every_part_runs_on_kubernetes_and_on_a_swarm() -> None:
    """As in Compose, but for what only a profile brings."""
    parts = {name for name, each in COMPOSE["services"].items() if "profiles" not in each}
    assert dict(workloads()).keys() == parts
    assert STACK["services"].keys() == parts


@pytest.mark.parametrize(("name", "pod"), dict(workloads()).items(), ids=dict(workloads()))
def test_no_pod_may_more_than_it_needs(name: str, pod: dict[str, Any]) -> None:
    """Not root, nothing to write to but its volumes, no token, bounded memory, three probes."""
    assert pod["securityContext"]["runAsNonRoot"] is True, name
    assert pod["automountServiceAccountToken"] is False
    for container in pod["containers"]:
        held = container["securityContext"]
        assert held["readOnlyRootFilesystem"] is True
        assert held["allowPrivilegeEscalation"] is False
        assert held["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"].keys() == {"memory"}
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container.keys()


def test_where_there_are_several_one_at_a_time_may_be_taken() -> None:
    """By an update, which brings the new one first, and by whoever empties a node."""
    assert of_kind("PodDisruptionBudget").keys() == set(VARIED)
    deployments = of_kind("Deployment")
    assert [
        name
        for name in VARIED
        if deployments[name]["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] != 0
    ] == []


def test_streamers_are_added_by_what_they_send() -> None:
    """By a figure that there is, made of one that a streamer gives; nobody else sets their number."""
    scaler = of_kind("HorizontalPodAutoscaler")["streamer"]["spec"]
    assert scaler["scaleTargetRef"]["name"] == "streamer"
    assert "replicas" not in of_kind("Deployment")["streamer"]["spec"]
    rule = yaml.safe_load((K8S / "adapter-rule.yaml").read_text())["rules"][0]
    assert scaler["metrics"][0]["pods"]["metric"]["name"] == rule["name"]["as"]
    assert rule["name"]["matches"] == "iptv_streamer_sent_bytes_total"
    assert "sent_bytes" in (ROOT / "services/streamer/src/streamer/metrics.py").read_text()


def test_every_policy_and_budget_is_about_somebody() -> None:
    """A name that nobody has would protect nothing, in silence."""
    names = dict(workloads()).keys()
    told = {
        value
        for each in (*of_kind("NetworkPolicy").values(), *of_kind("PodDisruptionBudget").values())
        for value in selected(each["spec"])
    }
    assert told <= names
    assert (
        names - {value for each in of_kind("NetworkPolicy").values() for value in selected(each["spec"])}
        == set()
    )


def selected(spec: Any) -> Iterator[str]:
    """Yield every name of an app that is said anywhere within."""
    if isinstance(spec, dict):
        if spec.get("key") == "app.kubernetes.io/name":
            yield from spec["values"]
        if "app.kubernetes.io/name" in spec:
            yield spec["app.kubernetes.io/name"]
        for value in spec.values():
            yield from selected(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from selected(value)


def test_nothing_is_told_that_nobody_reads() -> None:
    """Each variable of the manifests and of the stack is a setting, or one of the images' own."""
    fields = {name.upper() for settings in CLASSES.values() for name in settings.model_fields}
    door = set(re.findall(r"\{\$([A-Z_]+)", (ROOT / "Caddyfile").read_text()))
    own = {"STANDBY_IF", "BACKEND_HOST_URI"}
    told = {name for _, pod in workloads() for each in pod["containers"] for name in environment_of(each)}
    told |= {name for each in STACK["services"].values() for name in each.get("environment", {})}
    told |= {
        literal.partition("=")[0]
        for folder in ("base", "demo")
        for made in yaml.safe_load((K8S / folder / "kustomization.yaml").read_text())["configMapGenerator"]
        for literal in made["literals"]
    }
    assert told - fields - door - own == set()


SITE = "https://site.example"
LISTS = "m3u=http://tuner.lan/list.m3u"
SAID = re.compile(r"\$\{([A-Z_0-9]+):-([^}]*)\}")


def told(path: str, service: str, said: dict[str, str]) -> dict[str, str]:
    """Return what a stack tells a service where an operator said something. Swarm knows no nested words."""
    environment = yaml.safe_load((ROOT / path).read_text())["services"][service]["environment"]
    return {
        name: SAID.sub(lambda hit: said.get(hit[1]) or hit[2], value) for name, value in environment.items()
    }


def told_by_kubernetes(said: dict[str, str]) -> dict[str, str]:
    """Return what the demo's manifests tell all services; the secret wins."""
    settings = (
        yaml.safe_load((K8S / folder / "kustomization.yaml").read_text())["configMapGenerator"][0]["literals"]
        for folder in ("base", "demo")
    )
    return dict(literal.split("=", 1) for literals in settings for literal in literals) | said


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({}, ["daddylive", "m3u", "xmltv"]),
        ({"DADDYLIVE_URI": SITE}, ["daddylive"]),
        ({"SOURCES": LISTS}, ["m3u"]),
        ({"DADDYLIVE_URI": SITE, "SOURCES": LISTS}, ["daddylive", "m3u"]),
    ],
    ids=["nothing", "site", "sources", "both"],
)
@pytest.mark.parametrize("stack", ["docker-compose.yml", "infra/swarm/stack.yml", "infra/k8s/demo"])
def test_a_source_of_ones_own_keeps_the_demo_away(
    stack: str, said: dict[str, str], read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On every stack, whichever way it is said; and none refuses what another takes."""
    environment = told(stack, "worker", said) if stack.endswith(".yml") else told_by_kubernetes(said)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = CatalogSettings()
    assert [spec.name for spec in settings.specs()] == read
    assert settings.shows_demo is (not said)


def operators() -> set[str]:
    """Return what an operator sets, as README's table has it."""
    return set(re.findall(r"^#([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_every_front_door_is_told_what_it_reads() -> None:
    """Whether players may leave it for segments, say. Its port is the container's own."""
    texts = (ROOT / name for name in ("Caddyfile", "infra/docker/edge.sh"))
    reads = {name for text in texts for name in re.findall(r"[A-Z_]+", text.read_text())}
    wanted = reads & operators() - {"PORT"}
    assert "PROXY_CONTENT" in wanted
    for stack in (COMPOSE, STACK):
        assert wanted - stack["services"]["edge"]["environment"].keys() == set()
    assert settings_of(dict(workloads())["edge"]) == {"settings"}


def settings_of(pod: dict[str, Any]) -> set[str]:
    """Return the maps that a pod takes all of."""
    froms = pod["containers"][0].get("envFrom", ())
    return {each["configMapRef"]["name"] for each in froms if "configMapRef" in each}


def test_what_an_operator_sets_on_kubernetes_is_what_counts() -> None:
    """A pod's own word would overrule the map, in silence; here what only the manifests know does."""
    own = {"PORT", "DATA_DIR"}
    overruled = {
        (name, variable)
        for name, pod in workloads()
        if settings_of(pod)
        for variable in environment_of(pod["containers"][0]) & operators() - own
    }
    assert overruled == {(name, "TRUSTED_PROXIES") for name in ("catalog", "streamer", "realtime")}


def test_a_swarm_brings_the_new_one_first_and_takes_back_what_fails() -> None:
    """But for what has a port or a volume that two can't have."""
    services = STACK["services"]
    assert [
        name
        for name in VARIED
        if name != "edge"
        and (
            services[name]["deploy"]["update_config"]["order"],
            services[name]["deploy"]["update_config"]["failure_action"],
        )
        != ("start-first", "rollback")
    ] == []
    assert {name for name, each in services.items() if each["deploy"]["endpoint_mode"] != "dnsrr"} == set()


@pytest.mark.parametrize("path", ["docker-compose.yml", "infra/swarm/stack.yml"])
def test_no_container_may_more_than_it_needs(path: str) -> None:
    """Everywhere the same: nothing to write to but volumes, no capabilities, bounded memory."""
    services = yaml.safe_load((ROOT / path).read_text())["services"]
    assert [
        name
        for name, each in services.items()
        if each.get("read_only") is not True
        or each.get("cap_drop") != ["ALL"]
        or "memory" not in each["deploy"]["resources"]["limits"]
    ] == []


def test_images_are_told_by_arguments_before_they_are_used() -> None:
    """So that an operator can pin each to a digest."""
    files = [ROOT / "Dockerfile", *sorted((ROOT / "infra").glob("*/*Dockerfile"))]
    assert len(files) == 7
    for path in files:
        froms = re.findall(r"^FROM (\S+)", path.read_text(), re.MULTILINE)
        assert [image for image in froms if not re.fullmatch(r"\$\{[A-Z]+_IMAGE\}", image)] == [], path
        assert not re.search(r"^# syntax=", path.read_text(), re.MULTILINE)


@pytest.mark.parametrize("profile", ["monitoring", "tls", "none"])
def test_compose_reads_its_file(profile: str) -> None:
    """With each profile."""
    if shutil.which("docker") is None or compose("version").returncode != 0:
        pytest.skip("Docker's Compose is not installed")
    done = compose("--profile", profile, "config", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")


def test_profiles_in_the_file_of_settings_are_upgraded_with_the_rest(tmp_path: Path) -> None:
    """As docs/upgrading.md says; else no command that names none of them touches what they brought."""
    if shutil.which("docker") is None or compose("version").returncode != 0:
        pytest.skip("Docker's Compose is not installed")
    (line,) = set(re.findall(r"COMPOSE_PROFILES=\S+?(?=`)", (ROOT / "docs/upgrading.md").read_text()))
    settings = tmp_path / ".env"
    settings.write_text(f"{line}\nDOMAIN=tv.example.org\n")
    done = compose("config", "--services", settings=settings)
    assert set(done.stdout.split()) == COMPOSE["services"].keys()


def compose(*words: str, settings: Path = Path("/dev/null")) -> subprocess.CompletedProcess[str]:
    command = ["docker", "compose", "--env-file", str(settings), *words]
    return subprocess.run(command, cwd=Path(ROOT), capture_output=True, text=True, check=False, timeout=60)
