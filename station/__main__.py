"""`python -m station`, and the command `station`."""

from station import interpreter


def start() -> None:
    """Be alone first; only then is anything imported that a file in the caller's folder could stand in for."""
    interpreter.alone()
    from station.cli import main

    main()


if __name__ == "__main__":
    start()
