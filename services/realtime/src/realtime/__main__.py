from chassis.app import serve
from chassis.settings import load

from realtime.main import create_app
from realtime.settings import RealtimeSettings
from realtime.sockets import UVICORN

if __name__ == "__main__":
    settings = load(RealtimeSettings)
    app = create_app(settings)
    serve(app, settings, app.state.health, **UVICORN)
