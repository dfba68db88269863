"""A wrong value is told in one line; a right one is understood."""

from pathlib import Path

import pytest
from catalog.settings import Settings
from catalog.sources.listing import parse_sources
from chassis.settings import EXIT_MISCONFIGURED, load


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"sources": "m3u"}, "SOURCES='m3u': m3u: No such file or directory; accepted"),
        ({"sources": "m3u=a vhs=b"}, "SOURCES='m3u=a vhs=b': vhs: kind: accepted: daddylive, m3u"),
        ({"sources": "m3u=ftp://x/y"}, "accepted: an http address or a local path"),
        ({"demo_sources": "m3u"}, "DEMO_SOURCES='m3u': m3u: No such file or directory; accepted"),
        ({"daddylive_uri": "site"}, "DADDYLIVE_URI='site': accepted: an address such as http://host:port"),
        ({"streamers": "ftp://one"}, "STREAMERS="),
        ({"refresh_s": 0}, "REFRESH_S=0"),
    ],
)
def test_a_wrong_value_is_one_line(
    values: dict[str, object], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        load(Settings, **values)
    assert ended.value.code == EXIT_MISCONFIGURED
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


def test_a_file_of_sources(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(
        "sources:\n- {kind: m3u, name: den, url: http://t.lan/l.m3u, refresh: 5m, include: [Sports],\n"
        "   headers: {User-Agent: VLC/3.0}, socks5: 'me:pw@127.0.0.1:1080', allow_private: true}\n"
    )
    (spec,) = parse_sources(str(path))
    assert (spec.name, spec.refresh, spec.include, spec.socks5) == (
        "den",
        300,
        ("Sports",),
        "me:pw@127.0.0.1:1080",
    )


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text("sources:\n" + "- {kind: m3u, name: den, url: http://t.lan/l.m3u}\n" * 2)
    with pytest.raises(ValueError, match="two sources have the name den"):
        parse_sources(str(path))


def test_the_site_comes_first_and_proxies_are_inherited() -> None:
    settings = Settings(daddylive_uri="http://d.example/", sources="m3u=a m3u=b", socks5="h:1")
    assert [(spec.name, spec.url, spec.socks5) for spec in settings.specs()] == [
        ("daddylive", "http://d.example", "h:1"),
        ("m3u", "a", "h:1"),
        ("m3u-2", "b", "h:1"),
    ]


DEMO = "m3u=http://demo/list.m3u"
SITE = "http://d.example"


@pytest.mark.parametrize(
    ("site", "sources", "read"),
    [
        (None, "", ["http://demo/list.m3u"]),
        (SITE, "", [SITE]),
        (None, "m3u=a", ["a"]),
        (SITE, "m3u=a", [SITE, "a"]),
    ],
    ids=["neither", "site", "sources", "both"],
)
def test_the_demo_is_read_where_nothing_else_is_set(site: str | None, sources: str, read: list[str]) -> None:
    """Compose, Swarm and Kubernetes always tell where it is: none of them knows whether it is wanted."""
    settings = Settings(daddylive_uri=site, sources=sources, demo_sources=DEMO)
    assert [spec.url for spec in settings.specs()] == read
    assert settings.shows_demo is (not site and not sources)
