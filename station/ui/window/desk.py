"""What a window may ask of the station; all of it is judged there, and nothing is decided here."""

from collections.abc import Callable
from typing import Literal, Protocol

from station.domain.scan import Scan


class Desk(Protocol):
    """Each returns at once; what became of it comes over the bus. `engine.core.Core` is one."""

    def scan(self, scan: Scan, source: str = "", judged: Callable[[bool], None] | None = None) -> None:
        """A scanner read something; without a source a person typed it."""
        ...

    def pin(self, pin: str) -> None:
        """A person typed a PIN."""
        ...

    def answer(
        self, answer: Literal["yes", "no", "done"], by: str, number: int | None = None, prompt: int | None = None
    ) -> None:
        """The operator answers a question."""
        ...

    def stop_all(self) -> None:
        """Every run ends, now."""
        ...

    def sign_out(self) -> None:
        """Whoever is signed in goes."""
        ...

    def quit(self) -> None:
        """End now: runs are stopped, nests made safe."""
        ...

    def close(self) -> None:
        """A person wants the program to end."""
        ...
