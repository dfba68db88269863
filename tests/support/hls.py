"""HLS playlists: those of real encoders' shapes (`CORPUS`), and made-up ones (strategies for hypothesis).

All hosts end in `.example`, so that a test can tell whether one is left anywhere.
"""

from pathlib import Path

from hypothesis import strategies as st

CORPUS = {
    path.stem: path.read_bytes().decode()
    for path in sorted((Path(__file__).parents[1] / "data" / "hls").glob("*.m3u8"))
}

BASE = "https://origin.example/live/list.m3u8?token=T%2F1&sig=1"

ENDS = st.sampled_from(["\n", "\r\n"])
QUERIES = ["", "?", "?sig=a%2Fb==&&x", "?u=http://x.example/y", "?a,b"]
FOLDERS = [
    "",
    "./",
    "../",
    "/x/",
    "a//b/",
    "https://cdn.example/",
    "HTTP://CDN.example:8080/y/",
    "//cdn.example/",
]
SHAPES = st.sampled_from([f"{folder}{{}}{query}" for folder in FOLDERS for query in QUERIES])


def uris(suffix: str) -> st.SearchStrategy[str]:
    """Return an address as playlists have them: relative in all ways, or absolute."""
    return st.builds(lambda shape, number: shape.format(f"s{number}{suffix}"), SHAPES, st.integers(0, 99))


def quoted(suffix: str) -> st.SearchStrategy[str]:
    """Return an address in its attribute."""
    return uris(suffix).map('URI="{}"'.format)


KEYS = st.one_of(
    quoted(".key").map("#EXT-X-KEY:METHOD=AES-128,{}".format),
    quoted(".key").map("#EXT-X-KEY:METHOD=AES-128,{},IV=0x0000000000000000000000000000002a".format),
    st.just("#EXT-X-KEY:METHOD=NONE"),
    st.just('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://1",KEYFORMAT="com.apple.streamingkeydelivery"'),
)
BEFORE_A_SEGMENT = st.one_of(
    KEYS,
    quoted(".mp4").map("#EXT-X-MAP:{}".format),
    st.just("#EXT-X-DISCONTINUITY"),
    st.just("#EXT-X-PROGRAM-DATE-TIME:2025-01-01T00:00:00.000Z"),
    st.just("#EXT-X-GAP"),
    st.just("#EXT-X-BITRATE:1200"),
    st.just('#EXT-X-DATERANGE:ID="a",START-DATE="2025-01-01T00:00:00Z",SCTE35-OUT=0xFC00'),
    st.just("#EXT-X-CUE-OUT:30"),
    st.just("# a comment"),
    st.just(""),
)
TITLES = st.sampled_from(["", "News, at ten"])
RANGES = st.one_of(st.just(""), st.integers(1, 10**6).map("#EXT-X-BYTERANGE:{}@0".format))


@st.composite
def segments(draw: st.DrawFn, *, parts: bool = False) -> list[str]:
    """Return one segment's lines."""
    lines = draw(st.lists(BEFORE_A_SEGMENT, max_size=3))
    if parts:
        lines += [f"#EXT-X-PART:DURATION=1,{uri}" for uri in draw(st.lists(quoted(".m4s"), max_size=3))]
    if byte_range := draw(RANGES):
        lines.append(byte_range)
    lines.append(f"#EXTINF:{draw(st.sampled_from(['4', '3.96', '4.004']))},{draw(TITLES)}")
    return [*lines, draw(uris(".ts"))]


@st.composite
def media(draw: st.DrawFn, *, least: int = 0, low_latency: bool | None = None) -> str:
    """Return a media playlist, low-latency ones among them."""
    fast = draw(st.booleans()) if low_latency is None else low_latency
    lines = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-TARGETDURATION:4"]
    if draw(st.booleans()) or fast:
        lines.append(f"#EXT-X-MEDIA-SEQUENCE:{draw(st.integers(0, 2**63))}")
    if draw(st.booleans()):
        lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{draw(st.integers(0, 99))}")
    if fast:
        lines.append("#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=3,CAN-SKIP-UNTIL=24")
        lines.append("#EXT-X-PART-INF:PART-TARGET=1")
    for segment in draw(st.lists(segments(parts=fast), min_size=least, max_size=max(least, 6))):
        lines += segment
    if fast:
        lines += [f"#EXT-X-PART:DURATION=1,{uri}" for uri in draw(st.lists(quoted(".m4s"), max_size=3))]
        lines.append(f"#EXT-X-PRELOAD-HINT:TYPE=PART,{draw(quoted('.m4s'))}")
        lines.append(f"#EXT-X-RENDITION-REPORT:{draw(quoted('.m3u8'))},LAST-MSN=9,LAST-PART=1")
    return draw(joined(lines))


RENDITIONS = st.one_of(
    quoted(".m3u8").map('#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="One, two",{}'.format),
    quoted(".m3u8").map("#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,{}".format),
    quoted(".key").map("#EXT-X-SESSION-KEY:METHOD=AES-128,{}".format),
    quoted(".json").map('#EXT-X-SESSION-DATA:DATA-ID="d",{}'.format),
    uris(".m3u8").map('#EXT-X-STREAM-INF:BANDWIDTH=2,CODECS="avc1,mp4a"\n{}'.format),
)


@st.composite
def multivariant(draw: st.DrawFn) -> str:
    """Return a multivariant playlist."""
    found = draw(st.lists(RENDITIONS, min_size=1, max_size=8))
    return draw(joined(["#EXTM3U", "#EXT-X-INDEPENDENT-SEGMENTS", *"\n".join(found).split("\n")]))


@st.composite
def joined(draw: st.DrawFn, lines: list[str]) -> str:
    """Return lines as text, with either ending, with or without the last."""
    end = draw(ENDS)
    return end.join(lines) + draw(st.sampled_from(["", end]))


PLAIN = st.one_of(media(), multivariant())
"""Playlists in which nothing but addresses is to change."""

LEADING_AWAY = st.sampled_from(
    [
        '#EXT-X-CONTENT-STEERING:SERVER-URI="/steer",PATHWAY-ID="A"',
        '#EXT-X-DATERANGE:ID="i",CLASS="com.apple.hls.interstitial",X-ASSET-LIST="list.json"',
        '#EXT-X-DATERANGE:ID="i",X-ASSET-URI="https://ad.example/m.m3u8",X-BEACON="https://t.example/b"',
        '#EXT-X-DATERANGE:ID="p",CLASS="com.apple.hls.preload",X-URI="next.m3u8"',
        "#EXT-X-PREFETCH:next.ts",
        '#EXT-X-NEW:URI="x.ts",A=1',
        '#EXT-X-NEW:A="//h.example/x"',
        "# made by http://packager.example/",
        "#EXTINF:4,http://title.example",
        '#EXT-X-KEY:METHOD=AES-128,URI="k",URL="https://k.example/"',
        "#EXT-X-KEY:METHOD=AES-128,uri=https://k.example/k",
        '#EXT-X-KEY:METHOD=AES-128,URI="http://k.example/open',
        '#EXT-X-KEY:METHOD=AES-128,URI="a"http://k.example/b"',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="http://n.example",URI="http://n.example/a"',
        '#EXTM3U url-tvg="http://g.example"',
        '#EXT-X-DEFINE:NAME="host",VALUE="v.example"',
        '#EXT-X-MAP:URI="http://{$host}/init.mp4"',
        "https://{$host}/a.ts",
        " \thttp://cdn.example/blank.ts \t",
    ]
)


SHREDS = st.sampled_from(
    [
        *(
            "#EXT-X-KEY:",
            "#EXT-X-MAP:",
            "#EXT-X-MEDIA:",
            "#EXT-X-DATERANGE:",
            "#EXT-X-DEFINE:",
            "#EXT-X-STREAM-INF:",
        ),
        *(
            "#EXTINF:",
            "#EXT-X-SESSION-DATA:",
            "#EXT-X-PART:",
            "#EXT-X-BYTERANGE:",
            "#EXT-X-",
            "#",
            "EXTM3U",
            "x-y",
        ),
        *(
            "URI=",
            "uri =",
            "X-ASSET-URI=",
            "NAME=",
            "VALUE=",
            "ID=",
            "IV=",
            "BYTERANGE=",
            "METHOD=AES-128",
            "{$v}",
        ),
        *('"', '"', ",", ",", "=", " ", "\n", "\n", "\r", "\t", "'", ":", "/", "?", "@", "4", "0x1"),
        *("http://a.example/", "HTTPS://b.example", "//c.example/x", "http%3A%2F%2Fd.example", "e.ts"),
    ]
)


def shredded() -> st.SearchStrategy[str]:
    """Return pieces of playlists without any order."""
    return st.lists(SHREDS, max_size=40).map("".join)


@st.composite
def careless(draw: st.DrawFn) -> str:
    """Return lines of all kinds in any order."""
    known = [line for text in CORPUS.values() for line in text.replace("\r\n", "\n").split("\n")]
    lines = draw(st.lists(st.one_of(st.sampled_from(known), LEADING_AWAY), max_size=30))
    return draw(joined(["#EXTM3U", *lines]))
