"""A nest's worker process as the core sees it: started, told, timed, ended."""

from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Protocol

from station.engine.messages import FromWorker, Quit, ToWorker

GRACE = 0.2
"""Seconds an operation may be late before its worker is ended."""


class Process(Protocol):
    """A process that was started, as multiprocessing has it."""

    @property
    def exitcode(self) -> int | None:
        """How it ended; None while it has not."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end."""
        ...


Spawn = Callable[[int], tuple[Process, Connection]]
"""Start the worker of a nest; returns the process and the core's end of its pipe."""


class WorkerHandle:
    """One worker process. `ready` once its drivers are loaded."""

    def __init__(self, nest: int, spawn: Spawn) -> None:
        self.nest = nest
        self.ready = False
        self.process, self.pipe = spawn(nest)

    @property
    def gone(self) -> bool:
        """True once the process was ended."""
        return self.pipe.closed

    def send(self, message: ToWorker) -> bool:
        """False when the worker is gone."""
        try:
            self.pipe.send(message)
        except (BrokenPipeError, OSError):
            return False
        return True

    def receive(self) -> FromWorker | None:
        """The next message, or None when the worker is gone."""
        try:
            message: FromWorker = self.pipe.recv()
        except (EOFError, OSError):
            return None
        return message

    def kill(self) -> int | None:
        """End the process at once, whatever it hangs in; returns its exit code."""
        self.process.kill()
        self.process.join(timeout=2.0)
        code = self.process.exitcode
        self.pipe.close()
        return code

    def quit(self) -> None:
        """Ask the process to end, then make sure that it did."""
        self.send(Quit())
        self.process.join(timeout=2.0)
        self.kill()
