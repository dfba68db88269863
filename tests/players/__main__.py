"""`python -m players`: see the Makefile."""

import sys

from chassis.settings import load
from players.options import Options
from players.run import played

if __name__ == "__main__":
    sys.exit(0 if played(load(Options)) else 1)
