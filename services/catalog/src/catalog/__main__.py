"""`python -m catalog [worker | clock | openapi]`: the API, its workers, or the API's description.

Each process imports what it needs and no more: a worker without the API is a fifth smaller.
"""

import sys

import orjson
from chassis.settings import load

from catalog.settings import Settings

USAGE = "usage: python -m catalog [worker | clock | openapi]"


def main(words: list[str]) -> None:
    """Do what the first word says; without one, serve the API."""
    match words:
        case []:
            _serve(load(Settings))
        case ["worker" | "clock" as role]:
            _work(role, load(Settings))
        case ["openapi"]:
            _describe()
        case _:
            sys.exit(USAGE)


def _serve(settings: Settings) -> None:
    from chassis.app import serve  # noqa: PLC0415

    from catalog.main import create_app  # noqa: PLC0415

    app = create_app(settings)
    serve(app, settings, app.state.health)


def _work(role: str, settings: Settings) -> None:
    from catalog import worker  # noqa: PLC0415

    worker.run(worker.CLOCK if role == "clock" else worker.GENERAL, settings)


def _describe() -> None:
    from catalog.main import create_app  # noqa: PLC0415

    description = create_app(Settings(_env_file=None)).openapi()
    sys.stdout.buffer.write(orjson.dumps(description, option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main(sys.argv[1:])
