import asyncio

from chassis.tasks import background


async def test_a_task_that_loses_a_cancel_is_asked_again() -> None:
    """As `wait_for` does where the result comes at the same moment: the owner must not wait for ever."""
    began, lost = asyncio.Event(), 0

    async def careless() -> None:
        nonlocal lost
        while True:
            began.set()
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if lost:
                    raise
                lost += 1

    async with asyncio.timeout(20), background(careless, "careless"):
        await began.wait()
    assert lost == 1
