import json
import socket
import sys
from pathlib import Path

import pytest
from chassis.settings import EXIT_MISCONFIGURED, load
from embedded import binaries, ports
from embedded.__main__ import prepare
from embedded.binaries import MissingBinaryError, find
from embedded.programs import Site, plan
from embedded.settings import Settings
from pydantic import ValidationError
from support.servers import free_port, running


@pytest.fixture
def site(tmp_path: Path) -> Site:
    programs = {name: Path(f"/usr/bin/{name}") for name in binaries.HINTS}
    return Site(programs, tmp_path, tmp_path / "run", {"nats": 4000, "demo": 4001}, "token")


def settings(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]


def names(chosen: Settings, site: Site) -> list[str]:
    return [program.name for program in plan(chosen, site)]


def test_nothing_configured_is_the_demo_with_four_streamers(site: Site) -> None:
    """What a newcomer gets."""
    started = names(settings(), site)
    assert "demo" in started
    assert [name for name in started if name.startswith("streamer")] == [
        f"streamer-{n}" for n in (1, 2, 3, 4)
    ]


def test_a_source_of_ones_own_replaces_the_demo(site: Site) -> None:
    """Either kind of setting does."""
    assert "demo" not in names(settings(daddylive_uri="http://source.example"), site)
    assert "demo" not in names(settings(sources="m3u=/list.m3u"), site)


def test_streamers_elsewhere_replace_the_local_ones(site: Site) -> None:
    """Caddy balances over them, the catalog probes through them, and none start here."""
    chosen = settings(backend_host_uri="one:8000, http://two:8000")
    programs = {program.name: program for program in plan(chosen, site)}
    assert not any(name.startswith("streamer") for name in programs)
    assert programs["caddy"].environment["STREAMERS"] == "http://one:8000 http://two:8000"
    assert programs["catalog"].environment["STREAMERS"] == "http://one:8000 http://two:8000"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("", "private_ranges"),
        ("10.0.0.0/8,192.168.0.0/16", "10.0.0.0/8 192.168.0.0/16"),
        ("private_ranges 203.0.113.7 10.0.0.5/255.0.0.0", "private_ranges 203.0.113.7/32 10.0.0.0/8"),
    ],
    ids=["empty", "commas", "as nobody else writes them"],
)
def test_caddy_is_told_who_is_inside_in_its_own_words(
    said: str, told: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the environment has is overruled: Caddy would take an empty one for nobody."""
    monkeypatch.setenv("INSIDE", said)
    programs = {program.name: program for program in plan(settings(), site)}
    assert programs["caddy"].environment["INSIDE"] == told


@pytest.mark.parametrize("name", ["inside", "trusted_proxies"])
def test_a_wrong_network_is_one_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is started."""
    with pytest.raises(SystemExit) as ended:
        load(Settings, _env_file=None, **{name: "home"})
    assert ended.value.code == EXIT_MISCONFIGURED
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{name.upper()}='home': accepted: ")
    assert line.endswith("networks such as 10.0.0.0/8, separated by spaces or commas")


def test_shared_parts_elsewhere_are_not_started_here(site: Site) -> None:
    """Each is left out by its own address."""
    chosen = settings(redis_url="redis://r", cache_redis_url="redis://c", nats_url="nats://n")
    assert not {"redis", "cache", "nats"} & set(names(chosen, site))


def test_no_secret_is_shown_by_a_program(site: Site) -> None:
    """A plan can be printed."""
    chosen = settings(redis_url="redis://:secret@r", socks5="user:secret@host:1080")
    assert "secret" not in repr(plan(chosen, site))


def answer(port: int, said: dict[str, object]) -> bytes:
    """Return what NATS answers to somebody who connects."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client, client.makefile("rb") as heard:
        heard.readline()
        client.sendall(f"CONNECT {json.dumps({'verbose': False, **said})}\r\nPING\r\n".encode())
        return heard.readline()


def test_only_who_has_the_token_reaches_the_bus(tmp_path: Path) -> None:
    """It is in a file for its owner alone: a command is seen by every user of the machine."""
    chosen = settings(port=free_port())
    site = prepare(chosen, tmp_path)
    programs = {program.name: program for program in plan(chosen, site)}
    with running(list(programs["nats"].command), site.ports["nats"]):
        assert answer(site.ports["nats"], {"auth_token": site.token}) == b"PONG\r\n"
        assert answer(site.ports["nats"], {}).startswith(b"-ERR")

    assert not [name for name, program in programs.items() if site.token in " ".join(program.command)]
    assert site.bus_settings.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "written", ["", "{", "[]", "\xff", '{"one": 99999}', '{"one": 0}', '{"one": "x"}', '{"one": null}']
)
def test_no_memory_of_ports_stops_a_start(tmp_path: Path, written: str) -> None:
    """It may have been cut short, as by a disk that was full."""
    memory = tmp_path / "ports.json"
    memory.write_bytes(written.encode("latin-1"))
    found = ports.inner(("one",), memory)

    assert found["one"] in ports.PORTS
    assert json.loads(memory.read_text()) == found == ports.inner(("one",), memory)
    assert list(tmp_path.iterdir()) == [memory]


@pytest.mark.parametrize("value", ["host:1080", "user:se/cret@host:1080", "user:secret@[::1]:1080"])
def test_a_proxy_is_what_a_source_accepts(value: str) -> None:
    """The start doesn't refuse what the catalog would take."""
    assert settings(socks5=value).socks5 == value


@pytest.mark.parametrize("value", ["host", "user:secret@", "::1:1080", "http://host:1080"])
def test_what_is_no_proxy_stops_the_start(value: str) -> None:
    with pytest.raises(ValidationError, match="accepted: host:port"):
        settings(socks5=value)


def test_a_missing_program_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As on a Python that the Redis wheel does not fit."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(binaries, "find_spec", lambda _: None)
    with pytest.raises(MissingBinaryError, match=r"redis-server is missing: .*install redis-server"):
        find("redis-server")
