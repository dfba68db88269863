"""Which pages may connect."""

import pytest
from chassis.settings import explain
from pydantic import ValidationError
from realtime.origins import Origins, origin_of
from realtime.settings import RealtimeSettings

JUDGED = [
    pytest.param("http://tv.lan:3232", True, id="same origin"),
    pytest.param("https://tv.lan:3232", True, id="same host, TLS in front"),
    pytest.param("http://tv.lan", False, id="another port"),
    pytest.param("https://tv.example", True, id="API_URL"),
    pytest.param("https://tv.example:443", False, id="no origin that a browser sends"),
    pytest.param("https://wall.example", True, id="CORS_ORIGINS"),
    pytest.param("https://evil.example", False, id="stranger"),
    pytest.param("https://tv.example.evil.example", False, id="look-alike"),
    pytest.param("null", False, id="sandboxed page"),
    pytest.param("http://[", False, id="garbage"),
]


@pytest.mark.parametrize(("origin", "allowed"), JUDGED)
def test_an_origin_is_judged(origin: str, *, allowed: bool) -> None:
    """Our own name, API_URL and CORS_ORIGINS may; nobody else."""
    origins = Origins(["https://tv.example/base/", "https://wall.example"])
    assert origins.allow(origin, {"type": "http", "headers": [(b"host", b"tv.lan:3232")]}) is allowed


def test_a_star_allows_all() -> None:
    """`CORS_ORIGINS=*` opens the door."""
    assert Origins(["*"]).allow("https://evil.example", {"type": "http", "headers": []})


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("http://a:80/x", "http://a"),
        ("https://A:443", "https://a"),
        ("https://a:8443/", "https://a:8443"),
        ("http://[::1]:3232", "http://[::1]:3232"),
    ],
)
def test_an_origin_is_spelled_as_browsers_do(address: str, origin: str) -> None:
    """Lower case, without a usual port, without a path."""
    assert origin_of(address) == origin


@pytest.mark.parametrize("value", ["ftp://a", "tv.lan", "https://"])
def test_a_wrong_setting_is_one_line(value: str) -> None:
    """The line names the variable, the value and what is accepted."""
    with pytest.raises(ValidationError) as caught:
        RealtimeSettings(cors_origins=(value,))
    (line,) = explain(caught.value)
    assert line.startswith("CORS_ORIGINS=")
    assert value in line
    assert "accepted: http" in line
