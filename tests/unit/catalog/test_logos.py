"""A logo is a picture, small, and from where it may be from."""

import io
from ipaddress import ip_address

import pytest
from catalog.errors import LogoUnusable
from catalog.logos import may_be_private, shrink
from catalog.reach import allowed, judged
from contracts.channel import Stream
from PIL import Image


def picture(width: int, height: int, kind: str = "PNG") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(written, kind)
    return written.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_large_picture_becomes_a_small_png(kind: str) -> None:
    with Image.open(io.BytesIO(shrink(picture(1024, 512, kind)))) as image:
        assert (image.format, image.size) == ("PNG", (256, 128))


@pytest.mark.parametrize("body", [b"", b"<svg xmlns='x'/>", b"\x89PNG\r\n\x1a\nbroken", picture(9000, 9000)])
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
    ],
)
def test_a_list_from_outside_opens_no_logo_inside(
    address: str, streams: list[Stream], *, private: bool
) -> None:
    assert may_be_private(address, streams) is private
