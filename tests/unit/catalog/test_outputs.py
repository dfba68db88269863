"""Players get what they expect."""

from catalog.outputs.m3u import write
from contracts.channel import Channel, Stream, StreamKind

STREAM = Stream(source="a", address="http://secret.example/x")
CHANNELS = [
    Channel(
        id="one", number=1, name='Say "One", two', group="A", logo="http://l.example/1.png", streams=(STREAM,)
    ),
    Channel(id="dash", number=2, name="Dash", streams=(STREAM.model_copy(update={"kind": StreamKind.DASH}),)),
    Channel(id="ts", number=3, name="Ts", streams=(STREAM.model_copy(update={"kind": StreamKind.TS}),)),
]


def test_the_list_is_what_players_expect() -> None:
    assert write(CHANNELS, "http://tv.lan").decode().splitlines() == [
        '#EXTM3U url-tvg="http://tv.lan/epg.xml" x-tvg-url="http://tv.lan/epg.xml"',
        (
            '#EXTINF:-1 channel-id="one" tvg-id="one" tvg-name="Say \'One\', two" tvg-chno="1" '
            'tvg-logo="http://tv.lan/logo/one" group-title="A",Say \'One\' two'
        ),
        "http://tv.lan/stream/one.m3u8",
        '#EXTINF:-1 channel-id="dash" tvg-id="dash" tvg-name="Dash" tvg-chno="2",Dash',
        "http://tv.lan/stream/dash.mpd",
        '#EXTINF:-1 channel-id="ts" tvg-id="ts" tvg-name="Ts" tvg-chno="3",Ts',
        "http://tv.lan/stream/ts.ts",
    ]


def test_upstream_addresses_stay_hidden() -> None:
    assert b"secret" not in write(CHANNELS, "http://tv.lan")
