"""`python -m bench`, `python -m bench viewers` and others: see the Makefile."""

import signal
import sys

from bench.clocks import clocked
from bench.compare import compare
from bench.failover import failed_over
from bench.house import judged
from bench.latency import measured
from bench.lighthouse import lit
from bench.options import (
    Clocks,
    Failing,
    Latency,
    Lighting,
    Listing,
    Options,
    Paging,
    Realtime,
    Tuners,
    Viewers,
    Zapping,
)
from bench.page import waited
from bench.processes import MissingProgramError
from bench.realtime import relayed
from bench.report import say
from bench.tuner import tuned_in
from bench.viewers import watched
from bench.zap import zapped
from chassis.settings import EXIT_MISCONFIGURED, load
from embedded.binaries import MissingBinaryError


def main() -> None:
    """Run what is named, or end with one line that says what is missing."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # or what it has started would outlive it
    runs = {
        "compare": lambda: compare(load(Options)),
        "viewers": lambda: watched(load(Viewers)),
        "failover": lambda: failed_over(load(Failing)),
        "latency": lambda: measured(load(Latency)),
        "tuner": lambda: tuned_in(load(Tuners)),
        "realtime": lambda: relayed(load(Realtime)),
        "zap": lambda: zapped(load(Zapping)),
        "catalog": lambda: judged(load(Listing)),
        "page": lambda: waited(load(Paging)),
        "lighthouse": lambda: lit(load(Lighting)),
        "clocks": lambda: clocked(load(Clocks)),
    }
    try:
        well = runs[sys.argv[1] if len(sys.argv) > 1 else "compare"]()
    except (MissingProgramError, MissingBinaryError) as error:
        say(str(error))
        sys.exit(EXIT_MISCONFIGURED)
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
