import pytest
from hypothesis import given
from streamer.playlist.address import base_of, can_be_fetched
from support import hls

RFC_3986 = {
    "g": "http://a/b/c/g",
    "./g": "http://a/b/c/g",
    "g/": "http://a/b/c/g/",
    "/g": "http://a/g",
    "//g": "http://g",
    "?y": "http://a/b/c/d;p?y",
    "g?y": "http://a/b/c/g?y",
    "#s": "http://a/b/c/d;p?q",
    "g#s": "http://a/b/c/g",
    ";x": "http://a/b/c/;x",
    "": "http://a/b/c/d;p?q",
    ".": "http://a/b/c/",
    "..": "http://a/b/",
    "../g": "http://a/b/g",
    "../../g": "http://a/g",
    "../../../g": "http://a/g",
    "/./g": "http://a/g",
    "/../g": "http://a/g",
    "g.": "http://a/b/c/g.",
    "..g": "http://a/b/c/..g",
    "./../g": "http://a/b/g",
    "g/./h": "http://a/b/c/g/h",
    "g/../h": "http://a/b/c/h",
    "g?y/../x": "http://a/b/c/g?y/../x",
    "http:g": "http://a/b/c/g",
}


@pytest.mark.parametrize(("uri", "expected"), RFC_3986.items(), ids=list(RFC_3986))
def test_an_address_is_resolved_as_rfc_3986_says(uri: str, expected: str) -> None:
    """5.4, but for fragments: whoever asks a server leaves them out."""
    assert base_of("http://a/b/c/d;p?q").join(uri) == expected


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("a.ts?", "https://h.example/x/a.ts?"),
        ("a//b.ts", "https://h.example/x/a//b.ts"),
        ("s.ts?u=http://d.example/", "https://h.example/x/s.ts?u=http://d.example/"),
        ("a%2Fb.ts?x=%2f+%20&&y==", "https://h.example/x/a%2Fb.ts?x=%2f+%20&&y=="),
        ("https://b.example?x", "https://b.example?x"),
        ("HTTPS://B.example/../x", "HTTPS://B.example/../x"),
    ],
)
def test_no_byte_of_an_address_is_tidied_up(uri: str, expected: str) -> None:
    """A signature covers it as it was written."""
    assert base_of("https://h.example/x/list.m3u8?a").join(uri) == expected


@given(hls.uris(".ts"))
def test_a_resolved_address_stands_for_itself(uri: str) -> None:
    """From whatever base, and a proxy can fetch it."""
    once = base_of(hls.BASE).join(uri)
    assert base_of("https://other.example/").join(once) == once
    assert can_be_fetched(once)


@pytest.mark.parametrize("uri", ["skd://key", "data:text/plain,x", "urn:uuid:1", "blob:https://x.example/1"])
def test_what_no_proxy_can_fetch_is_told_apart(uri: str) -> None:
    """By its scheme."""
    assert not can_be_fetched(uri)
