"""The demo source in a process of its own, counted and signed. Run as `python -m bench.source PORT`."""

import sys

import uvicorn
from chassis.settings import load
from demo.main import create_app
from demo.settings import Settings
from support.counted import Counted, Signed


def main() -> None:
    """Serve on a port of 127.0.0.1."""
    app = Counted(Signed(create_app(load(Settings))))
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_config=None, access_log=False)


if __name__ == "__main__":
    main()
