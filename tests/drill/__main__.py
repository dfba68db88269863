"""`make drill` and `make soak`: the real stack, broken on purpose; and the real stack, watched for long."""

import asyncio
import sys

from drill import drills, soak


def main() -> None:
    """Do what the first word says."""
    match sys.argv[1:]:
        case ["soak", minutes]:
            well = asyncio.run(soak.soaked(float(minutes)))
        case ["drills", *names]:
            well = asyncio.run(
                drills.drilled([name.strip() for name in " ".join(names).split(";") if name.strip()])
            )
        case _:
            sys.exit("usage: python -m drill (drills [name, …] | soak MINUTES)")
    sys.exit(not well)


if __name__ == "__main__":
    main()
