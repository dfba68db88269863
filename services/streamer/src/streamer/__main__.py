from chassis.app import serve
from chassis.settings import load

from streamer.main import create_app
from streamer.settings import Settings

settings = load(Settings)
app = create_app(settings)
serve(app, settings, app.health, h11_max_incomplete_event_size=65_536)
