"""`python -m bench`, `python -m bench viewers`, `… zap`, `… realtime`: see the Makefile."""

import sys

from bench.compare import compare
from bench.options import Options, Realtime, Viewers, Zapping
from bench.processes import MissingProgramError
from bench.realtime import measured
from bench.report import say
from bench.viewers import watched
from bench.zap import zapped
from chassis.settings import EXIT_MISCONFIGURED, load
from embedded.binaries import MissingBinaryError


def main() -> None:
    """Run what is named, or end with one line that says what is missing."""
    runs = {
        "compare": lambda: compare(load(Options)),
        "viewers": lambda: watched(load(Viewers)),
        "realtime": lambda: measured(load(Realtime)),
        "zap": lambda: zapped(load(Zapping)),
    }
    try:
        well = runs[sys.argv[1] if len(sys.argv) > 1 else "compare"]()
    except (MissingProgramError, MissingBinaryError) as error:
        say(str(error))
        sys.exit(EXIT_MISCONFIGURED)
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
