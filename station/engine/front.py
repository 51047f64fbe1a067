"""What people and scanners may ask of a station, from any thread; each is done in the core's thread, in order."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Literal

from station.domain.people import Language
from station.domain.scan import Scan
from station.engine.gate import Gate
from station.engine.reception import Reception


class Front(ABC):
    """Returns at once; what became of it comes over the bus."""

    def __init__(self, reception: Reception, gate: Gate, now: Callable[[], float]) -> None:
        self._reception, self._gate, self._now = reception, gate, now

    @abstractmethod
    def post(self, action: Callable[[], object]) -> None:
        """Have `action` done in the core thread."""

    def _asked(self, action: Callable[[], object]) -> None:
        """Have done what a person wants, once all is over that was to be over by then."""

        def act() -> None:
            self._reception.tick()
            action()

        self.post(act)

    def scan(self, scan: Scan, source: str = "", judged: Callable[[bool], None] | None = None) -> None:
        """A scanner, `source`, read something, or a person typed it; `judged` is told whether it was taken."""
        now = self._now()
        self._asked(lambda: self._reception.judge(scan, source, now, judged))

    def pin(self, pin: str) -> None:
        """A person typed a PIN; it is kept nowhere."""
        self._asked(lambda: self._gate.pin(pin))

    def sign_out(self) -> None:
        """Whoever is signed in goes; what runs goes on."""
        self._asked(self._reception.sign_out)

    def stop_nest(self, number: int) -> None:
        """A person wants the run in this nest to end."""
        self._asked(lambda: self._reception.stop(number, "stopped by a person"))

    def stop_all(self) -> None:
        """A person wants every run to end."""
        self._asked(lambda: self._reception.stop(None, "stopped by a person"))

    def cancel(self, number: int) -> None:
        """Drop the label of a nest whose unit is not seated yet."""
        self._asked(lambda: self._reception.cancel(number))

    def release_nest(self, number: int, name: str = "") -> None:
        """Somebody, of that name, says that a locked nest is safe again; who may not waits for somebody who may."""
        self._asked(lambda: self._reception.release(number, name))

    def call_lead(self, number: int | None = None) -> None:
        """Somebody calls the line lead, to this nest."""
        self._asked(lambda: self._reception.call_lead(number))

    def lead_came(self) -> None:
        """Whoever was called is here."""
        self._asked(self._reception.lead_came)

    def lift_reference(self) -> None:
        """An engineer says that the station may go on after a reference unit that came out wrong."""
        self._asked(self._reception.lift)

    def accept_recipe(self) -> None:
        """A lead accepts the recipe as it is now."""
        self._asked(self._reception.accept)

    def speak(self, language: Language) -> None:
        """Somebody wants the station to speak this language, from now on and after a restart."""
        self._asked(lambda: self._reception.speak(language))

    def close(self) -> None:
        """A person wants the program to end; what runs keeps it from that."""
        self._asked(self._reception.close)

    def answer(
        self, answer: Literal["yes", "no", "done"], by: str, number: int | None = None, prompt: int | None = None
    ) -> None:
        """The operator answers: the question of a nest, or the only one that is open; `prompt` says which was read."""
        now = self._now()
        self._asked(lambda: self._reception.answer(answer, by, number, prompt, now))
