from ipaddress import ip_address

import pytest
from chassis.guard import allowed
from streamer.bodies import Range, read_range
from streamer.errors import RangeInvalid, TicketInvalid
from streamer.manifest import fill, rewrite
from streamer.pages import read


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-9", Range(0, 9)),
        ("bytes=90-", Range(90, 99)),
        ("bytes=-10", Range(90, 99)),
        ("bytes=-1000", Range(0, 99)),
        ("bytes=50-1000", Range(50, 99)),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=x-1", None),
        ("bytes=-", None),
    ],
)
def test_a_range_is_read_as_rfc_9110_says(header: str, expected: Range | None) -> None:
    """What can't be read means the whole body."""
    assert read_range(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=200-300", "bytes=9-3"])
def test_a_range_outside_is_refused(header: str) -> None:
    """416."""
    with pytest.raises(RangeInvalid):
        read_range(header, 100)


@pytest.mark.parametrize(
    ("address", "public", "in_the_house"),
    [
        ("93.184.216.34", True, True),
        ("10.0.0.1", False, True),
        ("127.0.0.1", False, True),
        ("100.64.0.1", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("2002:a9fe:a9fe::1", False, False),
        ("fe80::1", False, False),
        ("0.0.0.0", False, False),
        ("224.0.0.1", False, False),
        ("2606:4700::1111", True, True),
    ],
)
def test_where_a_source_may_lead(address: str, *, public: bool, in_the_house: bool) -> None:
    """Private addresses only for a source in the house; metadata services for none."""
    assert allowed(ip_address(address), private=False) is public
    assert allowed(ip_address(address), private=True) is in_the_house


@pytest.mark.parametrize(
    ("page", "playlists", "frames"),
    [
        ('<iframe src="/e/1" width="100%"></iframe>', [], ["https://a.example/e/1"]),
        ('<video><source src="x.m3u8?a=1&amp;b=2"></video>', ["https://a.example/p/x.m3u8?a=1&b=2"], []),
        (r'<script>f("https:\/\/b.example\/l.m3u8?t=1")</script>', ["https://b.example/l.m3u8?t=1"], []),
        ("<script>f('//b.example/l.m3u8')</script>", ["https://b.example/l.m3u8"], []),
        ('<iframe src="javascript:alert(1)"></iframe><iframe></iframe>', [], []),
        ('<iframe src="http://[x/"></iframe><iframe src="/e"></iframe>', [], ["https://a.example/e"]),
        ("<title>Just a moment...</title>", [], []),
        ("", [], []),
    ],
    ids=["frame", "source", "escaped", "no scheme", "no address", "unreadable address", "challenge", "empty"],
)
def test_a_page_is_read_for_what_it_says_openly(page: str, playlists: list[str], frames: list[str]) -> None:
    """Playlists and frames, absolute; nothing else."""
    found = read(page, "https://a.example/p/page.php")
    assert (list(found.playlists), list(found.frames)) == (playlists, frames)


@pytest.mark.parametrize(
    ("template", "said", "address"),
    [
        ("https://a/$RepresentationID$/$Number$.m4s", "hd/7", "https://a/hd/7.m4s"),
        ("https://a/$Number%05d$.m4s?s=1", "00007", "https://a/00007.m4s?s=1"),
        ("https://a/init.mp4", "once", "https://a/init.mp4"),
    ],
)
def test_a_template_is_filled_in(template: str, said: str, address: str) -> None:
    """With the player's values, in the template's order."""
    assert fill(template, said) == address


@pytest.mark.parametrize("said", ["..", "a/b/c", "", "a/..", "%2e%2e/x", "a b/c"])
def test_values_that_lead_elsewhere_are_refused(said: str) -> None:
    """Nothing but what the template asks for."""
    with pytest.raises(TicketInvalid):
        fill("https://a/$RepresentationID$/$Number$.m4s", said)


def test_a_manifest_names_no_server_of_the_source() -> None:
    """Addresses, locations and clocks are sealed, taken out, or told by us."""
    text = (
        '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic"><BaseURL>https://cdn.example/x/</BaseURL>'
        "<Location>https://cdn.example/y</Location>"
        '<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-xsdate:2014" value="https://time.example"/>'
        '<Period><AdaptationSet><SegmentList><Initialization sourceURL="i.mp4"/><SegmentURL media="1.m4s"/>'
        "</SegmentList></AdaptationSet></Period></MPD>"
    )
    sealed: list[str] = []

    def seal(address: str) -> str:
        sealed.append(address)
        return "T"

    content = rewrite(text, "https://a.example/m.mpd", seal).content.decode()
    assert sealed == ["https://cdn.example/x/i.mp4", "https://cdn.example/x/1.m4s"]
    assert "example" not in content


NAMED = "http://dashif.org/guidelines/trickmode"
ELSEWHERE = """<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:o="urn:others" o:beacon="https://a.example/b"
 xsi:schemaLocation="urn:mpeg:dash:schema:mpd:2011 http://standards.iso.org/DASH-MPD.xsd"
 profiles="urn:mpeg:dash:profile:isoff-live:2011,http://dashif.org/guidelines/dash264">
<ProgramInformation moreInformationURL="https://a.example/more"><Source>see http://a.example</Source>
</ProgramInformation><Period id="far" xlink:href="https://ads.example/p" xlink:actuate="onLoad"/>
<Period id="here" xlink:href="next.xml"><AdaptationSet><EssentialProperty schemeIdUri="%s" value="1"/>
<ContentProtection schemeIdUri="urn:uuid:1" value="//drm.example/"><o:laurl>https://drm.example/</o:laurl>
</ContentProtection><SegmentList><BitstreamSwitching sourceURL="s.mp4"/>
<SegmentURL media="1.m4s" mediaRange="0-9" index="1.idx" indexRange="0-5"/></SegmentList></AdaptationSet>
</Period></MPD>"""


def test_a_manifest_leads_to_nothing_but_what_was_sealed() -> None:
    """What is elsewhere, licences and notes go; names that look like addresses, and ranges, stay."""
    sealed: list[str] = []

    def seal(address: str) -> str:
        sealed.append(address)
        return "T"

    content = rewrite(ELSEWHERE % NAMED, "https://a.example/m.mpd", seal).content.decode()
    assert sorted(sealed) == [f"https://a.example/{name}" for name in ("1.idx", "1.m4s", "s.mp4")]
    assert [word for word in ("example", "xlink", "next.xml", 'id="far"') if word in content] == []
    assert [
        word for word in (NAMED, "DASH-MPD.xsd", "dash264", 'mediaRange="0-9"') if word not in content
    ] == []
    assert 'index="/content/T/once.m4s" indexRange="0-5"' in content
