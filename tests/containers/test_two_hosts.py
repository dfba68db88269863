"""Streamers on two hosts, named by `BACKEND_HOST_URI`: two networks that only the front door is on."""

import contextlib
import json
import secrets
from collections.abc import Iterator

import pytest
from support.compose import Containers, docker
from support.crowd import Crowd
from support.servers import free_port
from support.stack import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

VIEWERS = 30
SENT = (
    "import urllib.request as u; t = u.urlopen('http://127.0.0.1:8000/metrics').read().decode(); "
    "print(next(l.split()[1] for l in t.splitlines() if l.startswith('iptv_streamer_sent_bytes_total ')))"
)


class Hosts:
    """Three streamers, one on the first host and two on the second, and a front door before them."""

    def __init__(self, containers: Containers, stack: contextlib.ExitStack) -> None:
        self._stack, self._mark = stack, f"hosts-{secrets.token_hex(3)}"
        self._door = containers.seen(containers.of("edge")[0])
        self._streamer = containers.seen(containers.of("streamer")[0])
        self.first, self.second = self._network("first"), self._network("second")
        self.nodes = [self._node(1, self.first), self._node(2, self.second), self._node(3, self.second)]
        self.base = self._front()

    def _network(self, name: str) -> str:
        network = f"{self._mark}-{name}"
        docker("network", "create", network)
        self._stack.callback(docker, "network", "rm", network)
        return network

    def _node(self, number: int, network: str) -> str:
        """Start a streamer: the stack's stores and sources, and a network of its host's."""
        name = f"{self._mark}-{number}"
        self._run(name, self._streamer, {"REDIS_URL", "CACHE_REDIS_URL", "NATS_URL"})
        for other in self._networks(self._streamer, without="_front"):
            docker("network", "connect", other, name)
        docker("network", "connect", network, name)
        docker("start", name)
        until(lambda: json.loads(docker("inspect", name))[0]["State"]["Health"]["Status"] == "healthy", 90)
        return name

    def _front(self) -> str:
        port, name = free_port(), f"{self._mark}-door"
        named = " ".join(f"http://{node}:8000" for node in self.nodes)
        self._run(
            name,
            self._door,
            {"EDGE_METRICS"},
            "-p",
            f"127.0.0.1:{port}:3232",
            "-e",
            f"BACKEND_HOST_URI={named}",
        )
        for network in (*self._networks(self._door), self.first, self.second):
            docker("network", "connect", network, name)
        docker("start", name)
        until(lambda: json.loads(docker("inspect", name))[0]["State"]["Health"]["Status"] == "healthy", 90)
        return f"http://127.0.0.1:{port}"

    def _run(self, name: str, like: object, told: set[str], *words: str) -> None:
        """Make a container like another one: its image, some of what it was told."""
        assert isinstance(like, dict)
        kept = [each for each in like["Config"]["Env"] if each.partition("=")[0] in told]
        environment = [word for each in kept for word in ("-e", each)]
        docker(
            "create", "--name", name, "--health-interval", "1s", *environment, *words, like["Config"]["Image"]
        )
        self._stack.callback(docker, "rm", "-f", name)

    @staticmethod
    def _networks(like: object, without: str = " ") -> list[str]:
        assert isinstance(like, dict)
        return [name for name in like["NetworkSettings"]["Networks"] if not name.endswith(without)]

    def sent(self, node: str) -> float:
        """Return how many bytes of media a node has sent."""
        return float(docker("exec", node, "python3", "-c", SENT))

    def cut_off(self, node: str) -> None:
        """Take a node's host off every network, as if its cable were pulled."""
        for network in json.loads(docker("inspect", node))[0]["NetworkSettings"]["Networks"]:
            docker("network", "disconnect", network, node)


@pytest.fixture
def hosts(containers: Containers) -> Iterator[Hosts]:
    with contextlib.ExitStack() as stack:
        yield Hosts(containers, stack)


def test_load_spreads_and_one_host_may_be_cut_off(hosts: Hosts, channel: str) -> None:
    """Everybody goes on. What was under way there at that moment is lost, once for a viewer: it timed out."""
    with Crowd(hosts.base, [channel], VIEWERS) as crowd:
        crowd.play_on(segments=3)
        sent = [hosts.sent(node) for node in hosts.nodes]
        hosts.cut_off(hosts.nodes[0])
        crowd.play_on(segments=5)
    print(crowd.told(), f"sent before: {sent}")  # noqa: T201  (the figure)
    assert min(sent) > 0
    assert [fault for fault in crowd.faults if "TimeoutError" not in fault] == []
    assert len(crowd.faults) <= VIEWERS // 3
    assert crowd.backwards == 0
