"""`python -m catalog [worker | clock | openapi]`: the API, its workers, or the API's description."""

import sys

import orjson
from chassis.app import serve
from chassis.settings import load

from catalog import worker
from catalog.main import create_app
from catalog.settings import Settings

USAGE = "usage: python -m catalog [worker | clock | openapi]"


def main(words: list[str]) -> None:
    """Do what the first word says; without one, serve the API."""
    match words:
        case []:
            settings = load(Settings)
            app = create_app(settings)
            serve(app, settings, app.state.health)
        case ["worker"]:
            worker.run(worker.GENERAL, load(Settings))
        case ["clock"]:
            worker.run(worker.CLOCK, load(Settings))
        case ["openapi"]:
            description = create_app(Settings(_env_file=None)).openapi()
            sys.stdout.buffer.write(orjson.dumps(description, option=orjson.OPT_INDENT_2) + b"\n")
        case _:
            sys.exit(USAGE)


if __name__ == "__main__":
    main(sys.argv[1:])
