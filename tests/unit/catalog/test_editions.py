"""A document is made once, however many ask for it, and memory is bounded."""

import asyncio
import threading

from catalog.editions import Editions


class Press:
    """Makes documents, and counts."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.may_print = threading.Event()

    def print(self, name: str) -> bytes:
        self.made.append(name)
        assert self.may_print.wait(10)
        return name.encode() * 10


async def test_many_who_ask_at_once_are_given_one() -> None:
    press, editions = Press(), Editions()
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(editions.get("a", lambda: press.print("a"))) for _ in range(5)]
        press.may_print.set()

    assert {each.result() for each in asked} == {b"a" * 10}
    assert press.made == ["a"]


async def test_what_nobody_asks_for_makes_room() -> None:
    press, editions = Press(), Editions(most_bytes=25)
    press.may_print.set()
    for name in ("a", "b", "a", "c", "a", "b"):
        assert await editions.get(name, lambda name=name: press.print(name)) == name.encode() * 10  # type: ignore[misc]

    assert press.made == ["a", "b", "c", "b"]
