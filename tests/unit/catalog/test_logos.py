"""A logo is a picture, small, and from where it may be from."""

import asyncio
import gzip
import io
import os
import struct
import threading
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from ipaddress import ip_address
from pathlib import Path

import brotli
import httpx
import pytest
from catalog import gallery, logos
from catalog.errors import LogoForbidden, LogoUnusable
from catalog.gallery import AGAIN_S, KEEP_S
from catalog.logos import Form, Logos, may_be_private, shrink
from catalog.reach import allowed, judged
from contracts.channel import Stream
from PIL import Image
from starlette.responses import Response
from support.origin import FakeOrigin, Handler, status
from support.servers import ServedApp, serving


def picture(width: int, height: int, kind: str = "PNG", colour: str = "red", **options: bool) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(written, kind, **options)
    return written.getvalue()


def icon(inside: bytes) -> bytes:
    """Return an icon that says it is small, whatever is inside."""
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 1, 32, len(inside), 22) + inside


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_large_picture_becomes_a_small_png(kind: str) -> None:
    with Image.open(io.BytesIO(shrink(picture(1024, 512, kind)))) as image:
        assert (image.format, image.size) == ("PNG", (256, 128))


def test_what_a_logo_leaves_free_stays_free_as_webp() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (600, 300), (255, 0, 0, 0)).save(written, "PNG")
    with Image.open(io.BytesIO(shrink(written.getvalue(), Form.WEBP))) as image:
        assert (image.format, image.size) == ("WEBP", (256, 128))
        assert image.getchannel("A").getextrema() == (0, 0)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_photograph_may_be_larger(*, progressive: bool) -> None:
    """It is opened at an eighth of its size."""
    with Image.open(io.BytesIO(shrink(picture(4000, 3000, "JPEG", progressive=progressive)))) as image:
        assert image.size == (256, 192)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<svg xmlns='x'/>",
        b"\x89PNG\r\n\x1a\nbroken",
        picture(2100, 2000),
        picture(2100, 2000, "WEBP"),
        picture(5000, 5000, "JPEG"),
        icon(picture(5000, 5000)),
    ],
    ids=["nothing", "SVG", "broken", "PNG", "WebP", "JPEG", "icon"],
)
def test_what_is_no_small_picture_is_refused(body: bytes) -> None:
    with pytest.raises(LogoUnusable):
        shrink(body)


@pytest.mark.parametrize(
    ("address", "public", "private"),
    [
        ("8.8.8.8", True, True),
        ("10.0.0.1", False, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("169.254.169.254", False, False),
        ("fe80::1", False, False),
        ("0.0.0.0", False, False),
        ("224.0.0.1", False, False),
    ],
)
def test_reach(address: str, *, public: bool, private: bool) -> None:
    assert allowed(ip_address(address), private=False) is public
    assert allowed(ip_address(address), private=True) is private


async def test_a_name_of_the_inside_is_judged_by_its_address() -> None:
    assert await judged("localhost", 80, private=False) is None
    assert await judged("localhost", 80, private=True) is not None


INSIDE = Stream(source="tuner", address="http://tuner.lan/1.m3u8", allow_private=True)
BROKEN = Stream(source="site", address="http://[bad/1.m3u8")
OUTSIDE = Stream(source="site", address="http://site.example/1.m3u8")


@pytest.mark.parametrize(
    ("address", "streams", "private"),
    [
        pytest.param("http://nas.lan/1.png", [INSIDE], True, id="all sources are inside"),
        pytest.param("http://tuner.lan/1.png", [OUTSIDE, INSIDE], True, id="on the host of the inner one"),
        pytest.param(
            "http://router.lan/1.png", [OUTSIDE, INSIDE], False, id="the outer one may have said it"
        ),
        pytest.param("http://site.example/1.png", [OUTSIDE], False, id="no source is inside"),
        pytest.param("http://tuner.lan/1.png", [], False, id="no streams"),
        pytest.param("http://[bad/1.png", [INSIDE], False, id="no address"),
        pytest.param("http://tuner.lan/1.png", [BROKEN, INSIDE], True, id="a stream without an address"),
    ],
)
def test_a_list_from_outside_opens_no_logo_inside(
    address: str, streams: list[Stream], *, private: bool
) -> None:
    assert may_be_private(address, streams) is private


@pytest.fixture
def origin() -> FakeOrigin:
    return FakeOrigin({"/a.png": picture(600, 300)})


@pytest.fixture
def served(origin: FakeOrigin) -> Iterator[ServedApp]:
    with serving(origin.app()) as app:
        yield app


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Logos]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield Logos(client, tmp_path, 1_000_000)


def packed(body: bytes, encoding: str) -> Handler:
    pack: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "br": brotli.compress, "x": bytes}
    return lambda _: Response(pack[encoding](body), headers={"content-encoding": encoding})


@pytest.mark.parametrize("encoding", ["gzip", "br"])
async def test_a_picture_may_come_packed(
    origin: FakeOrigin, served: ServedApp, kept: Logos, encoding: str
) -> None:
    origin.bodies["/a.png"] = packed(picture(600, 300), encoding)
    logo = await kept.get(f"{served.base}/a.png", private=True)
    assert logo.media_type == "image/png"
    assert origin.headers["/a.png"]["accept-encoding"] == "gzip, deflate, br"


@pytest.mark.parametrize("encoding", ["gzip", "br"])
async def test_a_bomb_does_not_go_off(
    origin: FakeOrigin, served: ServedApp, kept: Logos, encoding: str
) -> None:
    """A few hundred bytes are 200 MB unpacked: they are counted while they come."""
    origin.bodies["/a.png"] = bomb = packed(bytes(200_000_000), encoding)
    body = bomb(None)  # type: ignore[arg-type]
    origin.bodies["/a.png"] = lambda _: body
    tracemalloc.start()
    try:
        with pytest.raises(LogoUnusable, match="larger than 1000000 bytes"):
            await kept.get(f"{served.base}/a.png", private=True)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


async def test_one_picture_at_a_time_is_opened(
    origin: FakeOrigin, served: ServedApp, kept: Logos, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each may be 70 MB while it is."""
    alone = threading.Lock()

    def counted(body: bytes, form: Form) -> bytes:
        assert alone.acquire(blocking=False)
        try:
            return shrink(body, form)
        finally:
            alone.release()

    monkeypatch.setattr(logos, "shrink", counted)
    names = [f"/{number}.png" for number in range(12)]
    origin.bodies |= dict.fromkeys(names, picture(1500, 1500))
    await asyncio.gather(*(kept.get(served.base + name, private=True) for name in names))


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("http://host.example:port/x", LogoUnusable),
        ("http://[bad/x", LogoUnusable),
        ("http://a\tb.example:99999/x", LogoUnusable),
        ("ftp://h.example/x", LogoForbidden),
        ("{base}/packed", LogoUnusable),
        ("{base}/away", LogoUnusable),
    ],
)
async def test_what_is_no_address_is_said_to_be(
    origin: FakeOrigin, served: ServedApp, kept: Logos, address: str, error: type[Exception]
) -> None:
    """Also the one that another leads to."""
    origin.bodies["/packed"] = packed(b"x", "x")
    origin.bodies["/away"] = lambda _: Response(status_code=302, headers={"location": "http://[bad/x"})
    with pytest.raises(error):
        await kept.get(address.format(base=served.base), private=True)


async def test_a_failure_of_those_outside_is_theirs_alone(served: ServedApp, kept: Logos) -> None:
    """A list that names a picture of the house may not have it; the house's own channel may."""
    for _ in range(2):
        with pytest.raises(LogoForbidden):
            await kept.get(f"{served.base}/a.png", private=False)
    assert await kept.get(f"{served.base}/a.png", private=True)


def age(folder: Path, seconds: float) -> None:
    """Have all pictures been written so long ago."""
    at = time.time() - seconds
    for path in folder.glob("*/*.png"):
        os.utime(path, (at, at))


def ages(folder: Path) -> list[float]:
    return [time.time() - path.stat().st_mtime for path in folder.glob("*/*.png")]


async def test_a_logo_that_changed_is_seen_after_some_days(
    origin: FakeOrigin, served: ServedApp, kept: Logos, tmp_path: Path
) -> None:
    """Under a new tag: what a browser holds is not the same any more."""
    address = f"{served.base}/a.png"
    first = await kept.get(address, private=True)
    origin.bodies["/a.png"] = picture(600, 300, colour="blue")
    assert await kept.get(address, private=True) == first
    age(tmp_path, KEEP_S + 1)
    second = await kept.get(address, private=True)

    assert (second.body != first.body, second.etag != first.etag) == (True, True)
    assert await kept.get(address, private=True) == second
    assert origin.fetches("/a.png") == 2


async def test_an_old_logo_is_better_than_none(
    origin: FakeOrigin, served: ServedApp, kept: Logos, tmp_path: Path
) -> None:
    """Its server is away: it is asked once, and a day later."""
    address = f"{served.base}/a.png"
    first = await kept.get(address, private=True)
    origin.bodies["/a.png"] = status(503)
    age(tmp_path, KEEP_S + 1)
    assert [await kept.get(address, private=True) for _ in range(3)] == [first] * 3
    assert origin.fetches("/a.png") == 2
    (age_s,) = ages(tmp_path)
    assert KEEP_S - AGAIN_S <= age_s < KEEP_S


async def test_a_logo_in_another_form_is_better_than_none(
    origin: FakeOrigin, served: ServedApp, kept: Logos
) -> None:
    """Its server is away, and only players have asked for it so far."""
    address = f"{served.base}/a.png"
    await kept.get(address, private=True)
    origin.bodies["/a.png"] = status(503)
    logo = await kept.get(address, Form.WEBP, private=True)
    with Image.open(io.BytesIO(logo.body)) as image:
        assert (logo.media_type, image.format, image.size) == ("image/webp", "WEBP", (256, 128))


def test_pictures_stay_within_their_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest go, whichever replica wrote them, and what was never finished."""
    monkeypatch.setattr(gallery, "LOOKS_EVERY_BYTES", 4000)
    mine, other = (gallery.Gallery(tmp_path, most_bytes=16_000) for _ in range(2))
    (tmp_path / "00").mkdir()
    (tmp_path / "00" / "dead.part").write_bytes(bytes(1000))
    for number in range(60):
        (mine, other)[number % 2].write(f"{number:032}", bytes(1000))

    left = sum(path.stat().st_size for path in tmp_path.glob("*/*"))
    assert 16_000 <= left <= 16_000 + 2 * 5000
    assert mine.read(f"{59:032}") == (bytes(1000), True)
    assert mine.read(f"{0:032}") is None
    assert not (tmp_path / "00" / "dead.part").exists()
