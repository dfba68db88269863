"""The demo source in a process of its own, counted and signed. Run as `python -m bench.source PORT`.

`STRANGER` names a path below which it looks like another encoder's.
"""

import os
import sys

import uvicorn
from chassis.settings import load
from demo.main import create_app
from demo.settings import Settings
from support.counted import Counted, Signed, Stranger


def main() -> None:
    """Serve on a port of 127.0.0.1."""
    demo = create_app(load(Settings))
    stranger = os.environ.get("STRANGER")
    app = Counted(Signed(Stranger(demo, stranger) if stranger else demo))
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_config=None, access_log=False)


if __name__ == "__main__":
    main()
