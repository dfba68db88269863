from chassis.app import serve
from chassis.settings import load

from realtime.main import create_app
from realtime.settings import RealtimeSettings
from realtime.sockets import MESSAGE_BYTES

UVICORN = {
    "ws": "wsproto",
    "ws_max_size": MESSAGE_BYTES,
    "ws_per_message_deflate": False,
    "ws_ping_interval": None,  # Engine.IO has a heartbeat of its own
}

if __name__ == "__main__":
    settings = load(RealtimeSettings)
    app = create_app(settings)
    serve(app, settings, app.state.health, **UVICORN)
