"""What of the screen the operator of a demonstration acts on."""

from station.bench.operator import Operator, Seen
from station.domain.events import ScanRefused
from station.domain.refusals import Code
from station.engine.bus import AtWork, Heard, Moved, PinWanted, Stored, Trouble, Waiting


class Eyes:
    """Listens to the bus.

    A scan that is refused is stored, and then shown. Where it could not be stored it is only shown, and that has to be
    enough: with a full disk the operator would hold the unit for ever.
    """

    def __init__(self, operator: Operator) -> None:
        self._operator, self._stored = operator, ""

    def hear(self, heard: Heard) -> None:
        """Look, and go on."""
        match heard:
            case Moved(nest=nest, state=state, question=question, label=label):
                self._operator.look(Seen(nest, state, question, serial=str(label.serial or "") if label else ""))
            case Stored(event=event):
                self._stored = event.body.code if isinstance(event.body, ScanRefused) else ""
                if self._stored:
                    self._operator.look(Seen(None, refused=self._stored))
            case Trouble(code=code) if _of_a_scan(code) and code != self._stored:
                self._operator.look(Seen(None, refused=code))
            case AtWork() | PinWanted() | Waiting():
                self._operator.look(Seen(None, people=heard))
            case _:
                return


def _of_a_scan(code: str) -> bool:
    """Whether only a scan is refused like this; other troubles are no answer to what the operator did."""
    return code.startswith(("SCAN_", "U")) or code in (Code.DISK_LOW, Code.JOURNAL_MOVED, Code.REF_DUE)
