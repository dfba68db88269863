import asyncio

from chassis.redis import Dispensable


async def test_an_outage_is_paid_for_once() -> None:
    """Who comes while it lasts does not wait for it again."""
    asked = 0

    async def hang() -> str:
        nonlocal asked
        asked += 1
        await asyncio.sleep(3600)
        return "never"

    spare = Dispensable("a test", deadline_s=0.01)
    assert [await spare.ask(hang, "otherwise") for _ in range(3)] == ["otherwise"] * 3
    assert asked == 1


async def test_an_answer_is_passed_on() -> None:
    """As long as Redis answers, nothing is otherwise."""

    async def answer() -> str:
        return "there"

    assert await Dispensable("a test", deadline_s=1).ask(answer, "otherwise") == "there"
