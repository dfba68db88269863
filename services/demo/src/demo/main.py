"""The demo, assembled: everything is made here, and only here."""

import contextlib
import time
from collections.abc import AsyncIterator, Callable

from chassis.app import build_app
from chassis.tasks import background
from fastapi import FastAPI

from demo import routes
from demo.broadcast import Broadcast
from demo.channels import CHANNELS, extra_channels
from demo.faults import Faults, Ledger
from demo.settings import Settings
from demo.station import Station
from demo.studio import Studio


def create_app(settings: Settings, clock: Callable[[], float] = time.time) -> FastAPI:
    """Assemble the demo. While it runs it encodes what is missing, in the background."""
    wanted = [channel for channel in CHANNELS if not settings.demo_only or channel.id in settings.demo_only]
    studio = Studio(settings.demo_dir, wanted, settings.demo_loop_s, settings.demo_ffmpeg)
    station = Station(
        settings=settings,
        channels=(*wanted, *extra_channels(settings.demo_channels, wanted)),
        studio=studio,
        broadcast=Broadcast(studio, settings.demo_loop_s, clock),
        ledger=Ledger(),
        clock=clock,
    )

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with background(studio.make_all, "studio"):
            yield

    app = build_app("demo", settings, lifespan=lifespan, routers=[routes.router])
    app.state.station = station
    app.add_middleware(Faults, ledger=station.ledger)
    return app
