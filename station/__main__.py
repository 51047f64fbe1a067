"""`python -m station`, and the command `station`."""

import sys

from station import interpreter


def start() -> None:
    """Be alone first; only then is anything imported that a file in the caller's folder could stand in for."""
    interpreter.alone()
    try:
        from station.cli import main
    except KeyboardInterrupt:
        sys.exit(4)  # as cli.common.ABORTED
    except Exception as broken:
        sys.stderr.write(f"X000  The station is not installed as a whole, {type(broken).__name__}: {broken}\n")
        sys.exit(3)
    main()


if __name__ == "__main__":
    start()
