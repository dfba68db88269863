"""The demo source as an upstream that is watched: what it was asked, and faults to order."""

import time
from contextlib import ExitStack

import httpx
from bench.cluster import served
from contracts.channel import Channel, Stream, StreamKind
from support.counted import LOG
from support.stack import MEDIA

READY_S = 300.0
WAIT_S = 0.2


class Demo:
    """The demo in a process of its own, with some of its channels ready, while `stack` is open.

    Below the path `stranger`, if there is one, it looks like another encoder's.
    """

    def __init__(self, stack: ExitStack, *channels: str, stranger: str = "") -> None:
        told = {"DEMO_DIR": str(MEDIA), "DEMO_ONLY": " ".join(channels), "STRANGER": stranger}
        server = served("bench.source", **told)
        stack.callback(server.stop)
        server.start()
        self.base = f"http://127.0.0.1:{server.port}"
        self._http = stack.enter_context(httpx.Client(base_url=self.base, timeout=20))
        ends_at = time.monotonic() + READY_S
        while not all(self._http.get("/_demo/ready").json()["channels"].values()):
            if time.monotonic() > ends_at:
                raise TimeoutError("the demo did not get ready")
            time.sleep(WAIT_S)

    def asked(self) -> dict[str, int]:
        """Return how often each path was asked for."""
        return self._log()["asked"]

    def served(self) -> dict[str, int]:
        """Return how often each path was answered with a body."""
        return self._log()["served"]

    def at_once(self) -> dict[str, int]:
        """Return by how many each path was asked for at a time."""
        return self._log()["at_once"]

    def _log(self) -> dict[str, dict[str, int]]:
        log: dict[str, dict[str, int]] = self._http.get(LOG).json()
        return log

    def fails(self, prefix: str, seconds: float, how: str) -> None:
        """Let all below a path fail: refused with a 503, or never answered (`hangs`)."""
        fault = {"stall_s": seconds} if how == "hangs" else {"status": 503}
        told = {"path_prefix": prefix, "seconds": seconds, **fault}
        self._http.post("/_demo/fault", json=told).raise_for_status()

    def channel(self, name: str, number: int, *paths: str, kind: str = "hls") -> bytes:
        """Return the record of a channel whose streams are some of the demo's."""
        page = {"Referer": f"{self.base}/embed/", "Origin": self.base}
        streams = tuple(
            Stream(
                source="demo",
                address=f"{self.base}/live/{path}",
                kind=StreamKind(kind),
                allow_private=True,
                headers=page,
            )
            for path in paths
        )
        return Channel(id=name, number=number, name=name, streams=streams).model_dump_json().encode()
