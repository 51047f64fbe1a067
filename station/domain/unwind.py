"""Units that may have connected, or did, and what must still be undone about them; a fold of the meter's verdicts."""

from collections.abc import Iterable

from pydantic import BaseModel

from station.domain.events import Event, Metered, MeterVerdict, Unwound
from station.domain.ids import DeviceId, Iccid, RunId, SerialNumber
from station.domain.meter import unwinding


class Suspect(BaseModel, frozen=True, extra="forbid"):
    """One unit, with the worst verdict of its runs; `at` is when that run ended, µs since 1970 UTC."""

    device_id: DeviceId | None
    serial: SerialNumber | None
    iccid: Iccid | None
    verdict: MeterVerdict
    reasons: tuple[str, ...]
    run: RunId
    at: int
    to_do: tuple[str, ...]
    done: Unwound | None = None

    @property
    def key(self) -> str:
        """What the unit is called."""
        return called(self, self.run)


def called(named: Metered | Suspect, run: RunId | None) -> str:
    """What the list calls a unit: its device id, else its serial number, else the run that saw it."""
    return named.device_id or named.serial or run or ""


NOBODY = DeviceId("")
"""No unit's id."""

_WORSE = ("no_evidence", "risk", "incident")


def suspects(events: Iterable[Event]) -> list[Suspect]:
    """Every unit that may have connected, in the order in which that was noticed; struck-off ones are `done`.

    A unit that gets another such verdict after it was struck off is on the list again.
    """
    found: dict[str, Suspect] = {}
    labels: dict[DeviceId, set[SerialNumber]] = {}
    for event in events:
        match event.body:
            case Metered() as metered:
                if metered.device_id and metered.serial:
                    labels.setdefault(metered.device_id, set()).add(metered.serial)
                if metered.verdict != "no_evidence" and event.run is not None:
                    _add(found, event.run, event.at, metered)
            case Unwound() as unwound:
                # A chip that is struck off was the one under its label, too, where it had not told its id yet.
                keys = {unwound.device_id, unwound.serial, unwound.run, *labels.get(unwound.device_id or NOBODY, ())}
                for key in keys & found.keys():
                    if key is not None:
                        found[key] = found[key].model_copy(update={"done": unwound})
            case _:
                continue
    return list(found.values())


def of_unit(found: Iterable[Suspect], device: DeviceId | None, serial: SerialNumber | None) -> tuple[RunId, ...]:
    """The runs in which a unit with these names may have connected, and that nobody has judged."""
    return tuple(
        one.run
        for one in found
        if one.done is None and ((device and one.device_id == device) or (serial and one.serial == serial))
    )


def _add(found: dict[str, Suspect], run: RunId, at: int, metered: Metered) -> None:
    new = Suspect(
        device_id=metered.device_id,
        serial=metered.serial,
        iccid=metered.iccid,
        verdict=metered.verdict,
        reasons=metered.reasons,
        run=run,
        at=at,
        to_do=unwinding(metered.verdict, metered.radio == "cellular"),
    )
    before = found.get(new.key)
    if before is None or before.done or _WORSE.index(new.verdict) >= _WORSE.index(before.verdict):
        found[new.key] = new
