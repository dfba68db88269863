import pytest
from streamer.playlist.recognition import found_instead, is_playlist
from support.hls import CORPUS


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS)
def test_what_encoders_write_is_a_playlist(text: str) -> None:
    """A BOM, blank lines and attributes at the head are forgiven."""
    assert is_playlist(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "an empty body"),
        ("\ufeff \r\n\n", "an empty body"),
        ("\n<!DOCTYPE html><title>Just a moment...</title>", "a web page"),
        ("<HTML>", "a web page"),
        ('<?xml version="1.0"?>\n<MPD xmlns="x">', "a DASH manifest"),
        ("<MPD>", "a DASH manifest"),
        ('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "XML"),
        ("<br>", "markup"),
        ('{"error": "gone"}', "JSON"),
        ("[]", "JSON"),
        ("#EXTINF:4,\na.ts\n", "a list without #EXTM3U at its head"),
        ("#EXTM3U8\n", "a list without #EXTM3U at its head"),
        ("G@\x00\x10\x00\x00", "MPEG-TS"),
        ("#EXTM3U\n\x00\x01", "binary data"),
        ("\ufffd\ufffd\ufffd\x1f", "binary data"),
        ("Not Found", "other text"),
    ],
)
def test_what_stands_there_instead_is_named(text: str, what: str) -> None:
    """So that an operator need not ask the source himself."""
    assert not is_playlist(text)
    assert found_instead(text) == what


def test_a_megabyte_is_judged_by_its_beginning() -> None:
    """Whatever follows."""
    assert is_playlist("#EXTM3U\n" + "\0" * 1_000_000) is False
    assert found_instead(" " * 1_000_000) == "an empty body"
