from chassis.app import serve
from chassis.settings import load

from demo.main import create_app
from demo.settings import Settings

if __name__ == "__main__":
    settings = load(Settings)
    app = create_app(settings)
    serve(app, settings, app.state.health)
