"""Realtime, asked by hand: what the texts of Engine.IO 4 and Socket.IO 5 say, packet by packet.

The cases follow the two protocols' own conformance suites. Where we differ from them it is said: what is
malformed inside of Socket.IO is answered by an `error` event, and the connection lives on.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr
from realtime.main import create_app
from realtime.settings import RealtimeSettings
from support.realtime import CHANNELS, serving, write_generation
from support.servers import ServedApp

PATIENCE_S = 10.0
POLLING = {"EIO": "4", "transport": "polling"}
WEBSOCKET = {"EIO": "4", "transport": "websocket"}


@pytest.fixture(params=["/_event/", "/socket.io/"])
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def app(redis_url: str, nats_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServedApp]:
    """A replica whose heart beats fast."""
    monkeypatch.setattr("realtime.sockets.PING_INTERVAL_S", 0.3)
    monkeypatch.setattr("realtime.sockets.PING_TIMEOUT_S", 1.0)
    write_generation(redis_url, "channels", "v1", *CHANNELS)
    settings = RealtimeSettings(
        redis_url=SecretStr(redis_url), nats_url=SecretStr(nats_url), node_name="r1", drain_s=0.2
    )
    with serving(create_app(settings)) as served:
        yield served


@pytest.fixture
async def http(app: ServedApp) -> AsyncIterator[aiohttp.ClientSession]:
    timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
    async with aiohttp.ClientSession(app.base, timeout=timeout) as session:
        yield session


class Polls:
    """A session over polling."""

    def __init__(self, http: aiohttp.ClientSession, path: str) -> None:
        self._http, self._path = http, path
        self.query = dict(POLLING)

    async def open(self) -> dict[str, Any]:
        """Shake hands."""
        _, text = await self.poll()
        assert text[0] == "0"
        opened: dict[str, Any] = json.loads(text[1:])
        self.query["sid"] = opened["sid"]
        return opened

    async def poll(self) -> tuple[int, str]:
        """Return the status and the payload of a poll."""
        async with self._http.get(self._path, params=self.query) as answer:
            return answer.status, await answer.text()

    async def post(self, payload: str | bytes) -> tuple[int, str]:
        """Send a payload, and return how it was answered."""
        async with self._http.post(self._path, params=self.query, data=payload) as answer:
            return answer.status, await answer.text()

    async def next(self) -> str:
        """Return the next poll's payload that is no heartbeat; heartbeats are answered."""
        while True:
            status, text = await self.poll()
            assert status == 200
            if text != "2":
                return text
            await self.post("3")


class Frames:
    """A session over a websocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def next(self) -> str | None:
        """Return the next packet that is no heartbeat, None at the end; heartbeats are answered."""
        while (message := await self.socket.receive(PATIENCE_S)).type is aiohttp.WSMsgType.TEXT:
            if message.data != "2":
                return str(message.data)
            await self.socket.send_str("3")
        return None

    async def say(self, *packets: str) -> None:
        for packet in packets:
            await self.socket.send_str(packet)


@pytest.fixture
async def polls(http: aiohttp.ClientSession, path: str) -> Polls:
    opened = Polls(http, path)
    await opened.open()
    return opened


@pytest.fixture
async def frames(http: aiohttp.ClientSession, path: str) -> AsyncIterator[Frames]:
    async with http.ws_connect(path, params=WEBSOCKET) as socket:
        opened = Frames(socket)
        assert ((await opened.next()) or "")[0] == "0"
        yield opened


# Engine.IO


async def test_the_handshake_names_what_a_client_needs(http: aiohttp.ClientSession, path: str) -> None:
    """Its id, the transports that it may change to, the heart's rhythm, the largest payload."""
    opened = await Polls(http, path).open()
    assert set(opened) == {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}
    assert opened["upgrades"] == ["websocket"]
    async with http.ws_connect(path, params=WEBSOCKET) as socket:
        opened = json.loads((await socket.receive_str())[1:])
    assert opened["upgrades"] == []


REFUSED = [
    pytest.param("GET", {"transport": "polling"}, id="no version"),
    pytest.param("GET", {"EIO": "abc", "transport": "polling"}, id="another version"),
    pytest.param("GET", {"EIO": "4", "transport": "abc"}, id="an unknown transport"),
    pytest.param("GET", {"EIO": "4", "transport": "websocket"}, id="a websocket that is none"),
    pytest.param("GET", {**POLLING, "sid": "unknown"}, id="an unknown session"),
    pytest.param("POST", POLLING, id="a handshake by POST"),
    pytest.param("POST", {**POLLING, "sid": "unknown"}, id="a post to an unknown session"),
    pytest.param("PUT", POLLING, id="a handshake by PUT"),
]


@pytest.mark.parametrize(("method", "query"), REFUSED)
async def test_a_wrong_request_is_refused(
    http: aiohttp.ClientSession, path: str, method: str, query: dict[str, str]
) -> None:
    """With a 4xx, and no session."""
    async with http.request(method, path, params=query) as answer:
        assert 400 <= answer.status < 500


@pytest.mark.parametrize(
    "query", [{"EIO": "abc", "transport": "websocket"}, {"EIO": "4", "transport": "abc"}]
)
async def test_a_wrong_websocket_is_refused(
    http: aiohttp.ClientSession, path: str, query: dict[str, str]
) -> None:
    """Before or right after it opens."""
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await http.ws_connect(path, params=query)


@pytest.mark.parametrize("payload", ["abc", "4a\x1ex", "8", b"\xff\xfe"], ids=repr)
async def test_a_payload_that_is_none_ends_the_session(polls: Polls, payload: str | bytes) -> None:
    """It is answered with 400, and so is all that comes after."""
    assert (await polls.post(payload))[0] == 400
    assert (await polls.poll())[0] == 400


@pytest.mark.parametrize("packet", ["abc", "", "8", "b4AQID"], ids=repr)
async def test_a_frame_that_is_no_packet_ends_the_session(frames: Frames, packet: str) -> None:
    """The websocket is closed."""
    await frames.say(packet)
    assert await frames.next() is None


async def test_two_polls_at_once_end_the_session(polls: Polls) -> None:
    """The second one is refused; of what the first might take the client can't be sure to hear."""
    (first, _), (second, _) = await asyncio.gather(polls.poll(), polls.poll())
    assert 400 in (first, second)
    assert (await polls.poll())[0] == 400


async def test_the_heart_beats_over_polling(polls: Polls) -> None:
    """The server pings; whoever answers stays."""
    for _ in range(3):
        assert await polls.poll() == (200, "2")
        assert (await polls.post("3"))[0] == 200


async def test_the_heart_beats_over_a_websocket(frames: Frames) -> None:
    """The server pings; whoever answers stays."""
    for _ in range(3):
        assert await frames.socket.receive_str(timeout=PATIENCE_S) == "2"
        await frames.say("3")


async def test_who_answers_no_ping_over_polling_is_gone(polls: Polls) -> None:
    """After interval and timeout the session is at its end."""
    assert await polls.poll() == (200, "2")
    async with asyncio.timeout(PATIENCE_S):
        while (await polls.poll())[0] == 200:
            pass


async def test_who_answers_no_ping_over_a_websocket_is_gone(frames: Frames) -> None:
    """After interval and timeout the websocket is closed; a last packet may say so."""
    async with asyncio.timeout(PATIENCE_S):
        while (await frames.socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass


async def test_a_session_is_closed_over_polling(polls: Polls) -> None:
    """A poll that waits is let go with a noop."""
    waiting = asyncio.ensure_future(polls.poll())
    await asyncio.sleep(0)
    assert (await polls.post("1"))[0] == 200
    assert (await waiting)[1] in ("6", "2\x1e6")
    assert (await polls.poll())[0] == 400


async def test_a_session_is_closed_over_a_websocket(frames: Frames) -> None:
    """The server closes the websocket."""
    await frames.say("1")
    assert await frames.next() is None


async def test_polling_becomes_a_websocket(http: aiohttp.ClientSession, path: str, polls: Polls) -> None:
    """Probe, pong, upgrade; a poll that waits is let go; from then on other ways in are refused."""
    await polls.post("40")
    assert (await polls.next()).startswith("40")
    query = {**polls.query, "transport": "websocket"}
    waiting = asyncio.ensure_future(polls.poll())
    async with http.ws_connect(path, params=query) as socket:
        frames = Frames(socket)
        await frames.say("2probe")
        assert await frames.next() == "3probe"
        assert (await waiting)[1] in ("6", "2", "2\x1e6")
        await frames.say("5")
        assert await frames.next() == "6"
        await frames.say("3", '421["search_channels",{"query":"zdf"}]')
        assert ((await frames.next()) or "").startswith('42["search_results"')
        assert ((await frames.next()) or "").startswith("431[")

        assert (await polls.poll())[0] == 400
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(path, params=query)
        await frames.say('422["search_channels",{"query":"zdf"}]')
        assert ((await frames.next()) or "").startswith('42["search_results"')


async def test_a_probe_that_fails_leaves_polling_as_it_was(
    http: aiohttp.ClientSession, path: str, polls: Polls
) -> None:
    """A proxy may break websockets: the session goes on."""
    async with http.ws_connect(path, params={**polls.query, "transport": "websocket"}) as socket:
        await Frames(socket).say("2wrong")
        assert await Frames(socket).next() is None
    await polls.post("40")
    assert (await polls.next()).startswith("40")


# Socket.IO


@pytest.mark.parametrize("packet", ["40", '40{"token":"123"}', "40/_event,", '40/_event,{"token":"123"}'])
async def test_a_client_connects(frames: Frames, packet: str) -> None:
    """To either namespace, with or without something to say for itself; it is given an id of its own."""
    namespace = "/_event," if "/" in packet else ""
    await frames.say(packet)
    answer = (await frames.next()) or ""
    assert answer.startswith(f"40{namespace}{{")
    assert set(json.loads(answer.removeprefix(f"40{namespace}"))) == {"sid"}


async def test_one_client_may_be_in_both_namespaces(frames: Frames) -> None:
    """Each has its own id there, and leaves it alone."""
    await frames.say("40", "40/_event,")
    one, other = (await frames.next()) or "", (await frames.next()) or ""
    assert one.removeprefix("40") != other.removeprefix("40/_event,")
    await frames.say("41/_event,", '421["leave_channel_updates"]')
    assert await frames.next() == '431[{"joined":0}]'


async def test_an_unknown_namespace_is_refused(frames: Frames) -> None:
    """The connection lives on."""
    await frames.say("40/random", "40")
    assert ((await frames.next()) or "").startswith("44/random,")
    assert ((await frames.next()) or "").startswith("40{")


ACKED = [
    pytest.param("", "1", id="default namespace"),
    pytest.param("/_event,", "456", id="named namespace"),
]


@pytest.mark.parametrize(("namespace", "number"), ACKED)
async def test_an_event_is_acknowledged_under_its_number(frames: Frames, namespace: str, number: str) -> None:
    """In its namespace."""
    await frames.say(f"40{namespace}", f'42{namespace}{number}["leave_channel_updates",{{}}]')
    await frames.next()
    assert await frames.next() == f'43{namespace}{number}[{{"joined":0}}]'


MALFORMED = [
    "4",
    "4abc",
    "42",
    "42{}",
    "42[]",
    "42[{}]",
    "42[1]",
    "47",
    '451-["x",{"_placeholder":true,"num":0}]',
]


@pytest.mark.parametrize("packet", MALFORMED)
async def test_what_is_malformed_is_told_and_survived(frames: Frames, packet: str) -> None:
    """The protocol would have the connection closed; ours says what was wrong, and goes on."""
    await frames.say("40", packet, '421["leave_channel_updates"]')
    assert ((await frames.next()) or "").startswith("40{")
    assert ((await frames.next()) or "").startswith('42["error",{"code":"malformed"')
    assert await frames.next() == '431[{"joined":0}]'


async def test_binary_is_told_and_survived(frames: Frames) -> None:
    """No event of ours has binary parts."""
    await frames.say("40")
    await frames.socket.send_bytes(b"\x01\x02\x03")
    await frames.say('421["leave_channel_updates"]')
    assert ((await frames.next()) or "").startswith("40{")
    assert ((await frames.next()) or "").startswith('42["error",{"code":"malformed"')
    assert await frames.next() == '431[{"joined":0}]'


async def test_binary_over_polling_is_told_and_survived(polls: Polls) -> None:
    """There it is base64."""
    await polls.post("40")
    assert (await polls.next()).startswith("40{")
    assert (await polls.post('bAQIDBA==\x1e421["leave_channel_updates"]'))[0] == 200
    told = await polls.next()
    assert told.startswith('42["error",{"code":"malformed"')
    assert '431[{"joined":0}]' in told.split("\x1e")


async def test_who_left_a_namespace_is_answered_no_more(frames: Frames) -> None:
    """Until it connects anew."""
    await frames.say("40", "41", '421["leave_channel_updates"]', "40", '422["leave_channel_updates"]')
    answers = [(await frames.next()) or "" for _ in range(3)]
    assert [answer[:3] for answer in answers] == ["40{", "40{", "432"]


async def test_an_event_before_the_connect_is_not_answered(frames: Frames) -> None:
    """Nobody is there yet whom it could come from."""
    await frames.say('421["leave_channel_updates"]', "40", '422["leave_channel_updates"]')
    answers = [(await frames.next()) or "" for _ in range(2)]
    assert [answer[:3] for answer in answers] == ["40{", "432"]
