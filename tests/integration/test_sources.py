"""Sources, read over HTTP: the demo's shapes, and an origin that misbehaves on purpose."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import brotli
import pytest
from catalog import checking
from catalog.cli import app
from catalog.errors import SourceError, SourceForbidden, SourceRefused, SourceUnreadable
from catalog.jobs import refresh_channels, refresh_events, refresh_guide, reports
from catalog.jobs.context import Context
from catalog.settings import Settings
from catalog.sources import fetch
from catalog.sources.fetch import Known, Unchanged, open_fetcher
from catalog.sources.hdhomerun import HDHomeRun
from catalog.sources.listing import parse_file, parse_sources
from catalog.sources.spec import SourceSpec
from catalog.store import source_reports
from catalog.worker import GENERAL, work
from chassis.redis import connect_redis
from chassis.tasks import background
from contracts import keys
from contracts.channel import Channel
from contracts.event import Event
from demo.main import create_app
from demo.settings import Settings as DemoSettings
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from support.origin import FakeOrigin
from support.servers import ServedApp, serving
from support.socks import socks_proxy
from typer.testing import CliRunner

LIST = b"#EXTM3U\n#EXTINF:-1,One\nhttp://h.example/1.m3u8\n"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedApp]:
    """The demo, without its media: nothing is encoded."""
    folder = tmp_path_factory.mktemp("demo")
    settings = DemoSettings(demo_dir=folder, demo_loop_s=8, demo_ffmpeg="/bin/false")
    with serving(create_app(settings)) as served:
        yield served


@pytest.fixture
def origin() -> FakeOrigin:
    return FakeOrigin({"/list.m3u": LIST})


@pytest.fixture
def served(origin: FakeOrigin) -> Iterator[ServedApp]:
    with serving(origin.app()) as app_:
        yield app_


def yaml_of(base: str) -> str:
    return f"""sources:
  - {{kind: daddylive, name: site, url: "{base}"}}
  - {{kind: m3u, name: list, url: "{base}/list.m3u", epg: "{base}/guide.xml"}}
  - {{kind: xtream, name: panel, url: "{base}", username: demo, password: demo}}
  - {{kind: hdhomerun, name: tuner, url: "{base}"}}
  - {{kind: ics, name: calendar, url: "{base}/fixtures.ics"}}
  - kind: events
    name: api
    url: {base}/fixtures.json
    items: matches
    fields: {{title: name, starts: kickoff, category: sport.name, league: competition, channels: "tv[].name"}}
  - {{kind: xmltv, name: guide, url: "{base}/guide.xml"}}
"""


@pytest.fixture
async def context(demo: ServedApp, redis_url: str, nats_url: str, tmp_path: Path) -> AsyncIterator[Context]:
    (tmp_path / "sources.yaml").write_text(yaml_of(demo.base))
    settings = Settings(
        redis_url=redis_url,
        nats_url=nats_url,
        sources=str(tmp_path / "sources.yaml"),
        data_dir=tmp_path / "data",
        refresh_s=300,
    )
    async with connect_redis(settings.redis_url) as redis:
        yield Context(settings, redis)


async def generation(context: Context, topic: Any, kind: Any) -> list[Any]:
    version = (await context.redis.get(keys.current(topic))).decode()
    texts = await context.redis.hvals(keys.generation(topic, version))
    return [kind.model_validate_json(text) for text in texts]


async def test_every_kind_of_source_is_read_from_the_demo(context: Context) -> None:
    await refresh_channels.refresh_channels(context)
    await refresh_events.refresh_events(context)

    told = {(report.name, report.topic): report for report in await source_reports(context.redis)}
    channels = {channel.name: channel for channel in await generation(context, "channels", Channel)}
    assert {key for key, report in told.items() if report.stale} == set()
    assert {name for name, _ in told} == {"site", "list", "panel", "tuner", "calendar", "api"}
    assert [stream.source for stream in channels["Aurora One"].streams] == ["site", "list", "panel", "tuner"]
    assert [s.max_connections for s in channels["Aurora One"].streams] == [None, None, 3, 2]
    assert "Vault: it is under DRM" in told["tuner", "channels"].unread
    assert "##### MORE TO COME #####: no stream_id, or no name" in told["panel", "channels"].unread
    assert {"Regatta: no time of day", "Training: it repeats without end"} <= set(
        told["calendar", "events"].unread
    )


async def test_a_match_of_three_sources_is_one_event(context: Context) -> None:
    await refresh_channels.refresh_channels(context)
    await refresh_events.refresh_events(context)

    events = await generation(context, "events", Event)
    coastal = [event for event in events if event.league == "Coastal League"]
    assert len({(frozenset(event.teams), event.starts_at) for event in coastal}) == len(coastal)
    sites = [event for event in coastal if event.title.startswith("Coastal League : ")]
    assert sites
    assert all("Far Shore Sports" in {channel.name for channel in event.channels} for event in sites)
    assert all(event.channels[0].id == "summit-sports" for event in sites)


async def test_every_guide_is_read_from_the_demo(context: Context) -> None:
    await refresh_channels.refresh_channels(context)
    for _ in range(3):
        await refresh_guide.refresh_guide(context)

    told = {r.name: r for r in await source_reports(context.redis) if r.topic == "guide"}
    assert set(told) == {"list", "panel", "guide"}
    assert not any(report.stale for report in told.values())
    assert told["panel"].items > 100


@pytest.mark.parametrize("encoding", ["gzip", "br"])
async def test_a_document_of_any_size_comes_unpacked(
    origin: FakeOrigin, served: ServedApp, encoding: str
) -> None:
    whole = b"<tv>" + b" " * 3_000_000 + b"</tv>"
    pack = {"gzip": gzip.compress, "br": brotli.compress}[encoding]
    origin.bodies["/guide.xml"] = lambda _: Response(pack(whole), headers={"content-encoding": encoding})

    async with open_fetcher(SourceSpec(kind="xmltv", name="guide", url=served.base)) as fetcher:
        pieces = [piece async for piece in fetcher.pieces(f"{served.base}/guide.xml")]
    assert b"".join(pieces) == whole
    assert max(map(len, pieces)) < 1_000_000


@pytest.mark.parametrize(
    ("url", "reason"),
    [("http://demo:wrong@{place}", "the login is wrong"), ("http://{place}/nothing", "answered 404")],
)
async def test_a_panel_that_does_not_let_us_in_is_told(demo: ServedApp, url: str, reason: str) -> None:
    (spec,) = parse_sources(f"xtream={url.format(place=demo.base.removeprefix('http://'))}")
    (found, _) = await checking.check(spec, 10, 10)
    assert reason in (found.fault or "")


async def get(address: str, known: Known | None = None, **said: Any) -> tuple[fetch.Page, Known]:
    spec = SourceSpec(kind="m3u", name="list", url=address, **said)
    async with open_fetcher(spec, known) as fetcher:
        return await fetcher.get_changed(address), fetcher.seen


@pytest.mark.parametrize("with_validators", [True, False], ids=["asked conditionally", "compared"])
async def test_what_is_unchanged_is_not_read_again(
    origin: FakeOrigin,
    served: ServedApp,
    with_validators: bool,  # noqa: FBT001
) -> None:
    def answer(request: Request) -> Response:
        headers = {"etag": '"1"'} if with_validators else {}
        same = request.headers.get("if-none-match") == '"1"'
        return Response(b"" if same else LIST, 304 if same else 200, headers)

    origin.bodies["/list.m3u"] = answer
    _, seen = await get(f"{served.base}/list.m3u")
    with pytest.raises(Unchanged):
        await get(f"{served.base}/list.m3u", seen)


async def test_an_unchanged_source_is_well_and_a_changed_setting_reads_it_anew(
    redis_url: str, origin: FakeOrigin, served: ServedApp, tmp_path: Path
) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(f"- {{kind: m3u, name: list, url: '{served.base}/list.m3u'}}")
    settings = Settings(redis_url=redis_url, sources=str(path), data_dir=tmp_path, refresh_s=0.001)
    async with connect_redis(settings.redis_url) as redis:
        context = Context(settings, redis)
        await refresh_channels.refresh_channels(context)
        await refresh_channels.refresh_channels(context)
        (report,) = await source_reports(redis)
        path.write_text(f"- {{kind: m3u, name: list, url: '{served.base}/list.m3u', max_connections: 1}}")
        await refresh_channels.refresh_channels(context)
        (channel,) = await generation(context, "channels", Channel)

    assert (report.refreshes, report.stale, report.items) == (2, False, 1)
    assert origin.fetches("/list.m3u") == 3
    assert channel.streams[0].max_connections == 1


def rewrite(context: Context, change: Callable[[str], str]) -> None:
    """Edit the file of sources."""
    path = Path(context.settings.sources)
    path.write_text(change(path.read_text()))


async def test_a_broken_edit_keeps_what_was_and_says_so(context: Context) -> None:
    await refresh_channels.refresh_channels(context)
    before = await context.redis.get(keys.current("channels"))
    rewrite(context, lambda text: text.replace("epg:", "ebg:"))
    await refresh_channels.refresh_channels(context)
    told = {report.topic: report for report in await source_reports(context.redis)}["configuration"]
    rewrite(context, lambda text: text.replace("ebg:", "epg:"))
    await refresh_channels.refresh_channels(context)

    assert told.stale
    assert "sources.yaml:3: there is no field 'ebg'; did you mean 'epg'?" in (told.reason or "")
    assert await context.redis.get(keys.current("channels")) == before
    assert "configuration" not in {report.topic for report in await source_reports(context.redis)}


async def test_a_source_that_was_removed_is_forgotten(context: Context) -> None:
    await refresh_channels.refresh_channels(context)
    rewrite(
        context,
        lambda text: "\n".join(line for line in text.splitlines() if "name: tuner" not in line),
    )
    await refresh_channels.refresh_channels(context)

    channels = await generation(context, "channels", Channel)
    assert "tuner" not in {report.name for report in await source_reports(context.redis)}
    assert "tuner" not in {stream.source for channel in channels for stream in channel.streams}


@pytest.mark.parametrize("pack", [gzip.compress, brotli.compress], ids=["gzip", "br"])
async def test_a_bomb_does_not_go_off(
    origin: FakeOrigin, served: ServedApp, monkeypatch: pytest.MonkeyPatch, pack: Any
) -> None:
    monkeypatch.setattr(fetch, "MOST_BYTES", 1_000_000)
    encoding = "gzip" if pack is gzip.compress else "br"
    body = pack(b"0" * 200_000_000)
    origin.bodies["/list.m3u"] = lambda _: Response(body, headers={"content-encoding": encoding})
    with pytest.raises(SourceUnreadable, match="larger than 1000000 bytes"):
        await get(f"{served.base}/list.m3u")


async def test_a_packed_file_is_unpacked(origin: FakeOrigin, served: ServedApp) -> None:
    origin.bodies["/list.m3u.gz"] = gzip.compress(LIST)
    page, _ = await get(f"{served.base}/list.m3u.gz")
    assert page.body == LIST


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("/list.m3u", None),
        ("http://169.254.169.254/latest/meta-data", SourceForbidden),
        ("http://metadata.google.internal/", SourceForbidden),
        ("file:///etc/passwd", SourceForbidden),
        ("/loop", SourceError),
        ("/gone", SourceRefused),
    ],
)
async def test_redirects_are_judged(
    origin: FakeOrigin, served: ServedApp, target: str, error: type[SourceError] | None
) -> None:
    origin.bodies["/loop"] = lambda _: RedirectResponse(target)
    if error is None:
        page, _ = await get(f"{served.base}/loop")
        assert (page.address, page.inside) == (f"{served.base}/list.m3u", True)
    else:
        with pytest.raises(error):
            await get(f"{served.base}/loop")


class TwoFaced:
    """A name server that says a public address first, and a private one ever after."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._ask = loop.getaddrinfo
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int, **said: Any) -> Any:
        """Answer."""
        if host != "list.example":
            return await self._ask(host, port, **said)
        self.asked.append(host)
        address = "203.0.113.1" if len(self.asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]


async def test_a_list_from_outside_may_not_lead_inside(
    origin: FakeOrigin, served: ServedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name is resolved once for judging and opening; what came from outside opens nothing inside."""
    spec = SourceSpec(kind="m3u", name="list", url="http://elsewhere.example/l")
    async with open_fetcher(spec) as fetcher:
        with pytest.raises(SourceForbidden):
            await fetcher.get(f"{served.base}/list.m3u")
        names = TwoFaced(asyncio.get_running_loop())
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", names)
        names.asked.append("the first time")
        with pytest.raises(SourceForbidden):
            await fetcher.get(f"http://list.example:{served.port}/list.m3u")
    assert names.asked == ["the first time", "list.example"]
    assert origin.fetches("/list.m3u") == 0


async def test_a_name_is_opened_at_the_address_that_was_judged(origin: FakeOrigin, served: ServedApp) -> None:
    page, _ = await get(f"http://localhost:{served.port}/list.m3u", headers={"X-One": "1"})
    assert page.inside
    assert origin.headers["/list.m3u"]["host"] == f"localhost:{served.port}"
    assert origin.headers["/list.m3u"]["x-one"] == "1"


async def test_a_login_in_the_address_is_sent_and_stays_with_its_host(
    origin: FakeOrigin, served: ServedApp
) -> None:
    origin.bodies["/away"] = lambda _: RedirectResponse(f"http://localhost:{served.port}/list.m3u")
    await get(f"http://me:pw@127.0.0.1:{served.port}/away", headers={"Cookie": "a=b"})
    assert origin.headers["/away"]["authorization"].startswith("Basic ")
    assert {"authorization", "cookie"} & origin.headers["/list.m3u"].keys() == set()


@pytest.mark.parametrize("tuner", ["localhost", "127.0.0.1"])
async def test_a_tuner_may_call_itself_by_its_address(
    origin: FakeOrigin, served: ServedApp, tuner: str
) -> None:
    """As real ones do, however the operator calls them: what a tuner in the house names may be in it."""
    origin.bodies["/discover.json"] = f'{{"LineupURL": "{served.base}/lineup.json"}}'.encode()
    origin.bodies["/lineup.json"] = b'[{"GuideNumber": "7", "GuideName": "Seven", "URL": "/auto/v7"}]'
    spec = SourceSpec(kind="hdhomerun", name="tuner", url=f"http://{tuner}:{served.port}")
    async with open_fetcher(spec) as fetcher:
        (channel,) = (await HDHomeRun(spec, fetcher).channels()).channels
    assert channel.streams[0].allow_private


async def test_everything_goes_through_the_proxy(served: ServedApp) -> None:
    with socks_proxy() as proxy:
        page, _ = await get(f"http://localhost:{served.port}/list.m3u", socks5=f"127.0.0.1:{proxy.port}")
    assert (page.body, proxy.asked) == (LIST, [f"localhost:{served.port}"])


async def test_asking_anyway_takes_a_list_that_lost_most(
    redis_url: str, origin: FakeOrigin, served: ServedApp, tmp_path: Path
) -> None:
    many = b"".join(b"#EXTINF:-1,C%d\nhttp://h.example/%d\n" % (n, n) for n in range(10))
    origin.bodies["/list.m3u"] = many
    settings = Settings(
        redis_url=redis_url, sources=f"m3u={served.base}/list.m3u", data_dir=tmp_path, refresh_s=0.001
    )
    async with connect_redis(settings.redis_url) as redis:
        context = Context(settings, redis)
        await refresh_channels.refresh_channels(context)
        origin.bodies["/list.m3u"] = LIST
        await refresh_channels.refresh_channels(context)
        (refused,) = await source_reports(redis)
        await reports.ask(redis, context.specs()[0], "channels", anyway=True)
        await refresh_channels.refresh_channels(context)
        (taken,) = await source_reports(redis)
    assert refused.reason == "it lists 1 of 10 channels"
    assert (taken.stale, taken.items) == (False, 1)


CLI = CliRunner()


def iptv(*words: str, **environment: str) -> tuple[int, str]:
    result = CLI.invoke(app, words, env={"COLUMNS": "200", **environment})
    return result.exit_code, result.output


def test_sources_are_checked(demo: ServedApp, tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(yaml_of(demo.base))
    code, told = iptv("sources", "check", str(path))
    assert code == 0
    assert "Vault: it is under DRM" in told
    assert all(name in told for name in ("site", "list", "panel", "tuner", "calendar", "api", "guide"))


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("m3u={base}/nothing.m3u", "it answered 404"),
        ("vhs=x", "kind: accepted"),
        ("m3u={base}/guide.xml", "expected"),
    ],
)
def test_what_cannot_be_read_ends_with_one(demo: ServedApp, target: str, told: str) -> None:
    code, output = iptv("sources", "check", target.format(base=demo.base))
    assert code == 1
    assert told in output


READ = {("panel", "channels"), ("tuner", "channels"), ("site", "events"), ("api", "events")}


async def read(context: Context) -> set[tuple[str, str]]:
    return {(report.name, report.topic) for report in await source_reports(context.redis)}


async def test_a_worker_does_what_the_command_line_asks(context: Context) -> None:
    environment = {
        "REDIS_URL": context.settings.redis_url.get_secret_value(),
        "NATS_URL": context.settings.nats_url.get_secret_value(),
        "SOURCES": context.settings.sources,
    }
    alone = await asyncio.to_thread(iptv, "refresh", **environment)
    async with background(lambda: work(GENERAL, context.settings), "worker"), asyncio.timeout(60):
        while len(await source_reports(context.redis)) < 7:  # noqa: ASYNC110  (it is in Redis)
            await asyncio.sleep(0.05)
        refreshed = await asyncio.to_thread(iptv, "refresh", "panel", **environment)
        unknown = await asyncio.to_thread(iptv, "refresh", "nobody", **environment)
        listed = await asyncio.to_thread(iptv, "channels", "--group", "news", **environment)
        health = await asyncio.to_thread(iptv, "doctor", **environment)

    assert (alone[0], "No worker runs" in alone[1]) == (1, True)
    reports = {(report.name, report.topic): report for report in await source_reports(context.redis)}
    assert (refreshed[0], reports["panel", "channels"].refreshes) == (0, 2), refreshed
    assert (unknown[0], "There is no source nobody" in unknown[1]) == (1, True)
    assert (listed[0], "Aurora One" in listed[1], "Pebble Kids" in listed[1]) == (0, True, False)
    assert "JetStream is on" in health[1]
    assert "source panel, channels" in health[1]
    assert health[0] == 1  # there is no clock


def test_the_doctor_says_what_is_away() -> None:
    code, told = iptv(
        "doctor", REDIS_URL="redis://127.0.0.1:1", NATS_URL="nats://127.0.0.1:1", STREAMERS="127.0.0.1:1"
    )
    assert code == 1
    assert all(
        word in told for word in ("REDIS_URL leads nowhere", "NATS_URL leads nowhere", "nobody answers there")
    )


def test_the_demos_yaml_is_what_the_readme_shows() -> None:
    assert len(parse_file(yaml_of("http://h"), "f")) == 7
