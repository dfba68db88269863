import sys

from bench.compare import compare
from bench.options import Options
from bench.processes import MissingProgramError
from bench.report import say
from chassis.settings import EXIT_MISCONFIGURED, load
from embedded.binaries import MissingBinaryError


def main() -> None:
    """Run what is named, or end with one line that says what is missing."""
    try:
        compare(load(Options))
    except (MissingProgramError, MissingBinaryError) as error:
        say(str(error))
        sys.exit(EXIT_MISCONFIGURED)


if __name__ == "__main__":
    main()
