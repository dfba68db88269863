import sys

from chassis.app import serve
from chassis.settings import load

from realtime.main import create_app
from realtime.settings import RealtimeSettings
from realtime.sockets import UVICORN

SWITCH_S = 0.001
"""A search runs in a thread. By Python's default it could keep the loop waiting for 5 ms each time."""

if __name__ == "__main__":
    sys.setswitchinterval(SWITCH_S)
    settings = load(RealtimeSettings)
    app = create_app(settings)
    serve(app, settings, app.state.health, **UVICORN)
