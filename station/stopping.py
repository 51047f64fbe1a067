"""How this program is told to end, by whatever tells it, and does so in good order."""

import signal
from collections.abc import Callable

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What tells a station to end: Ctrl-C, a service manager, a terminal that is closed (signal(7))."""


def on_stop(end: Callable[[], object]) -> Callable[[], None]:
    """Have a stop end the station in good order; undone by what is returned. What `nohup` ignores stays ignored."""
    before = {
        number: signal.signal(number, lambda *_: end())
        for number in STOPS
        if signal.getsignal(number) is not signal.SIG_IGN or number != signal.SIGHUP
    }

    def undo() -> None:
        for number, was in before.items():
            signal.signal(number, was)

    return undo
