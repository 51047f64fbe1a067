"""Units that may have connected."""

from station.domain.events import Event, Metered, Unwound
from station.domain.ids import DeviceId, Iccid, RunId, SerialNumber
from station.domain.unwind import suspects

UNIT, OTHER = DeviceId("e00fce68aabbccddeeff0011"), DeviceId("e00fce68aabbccddeeff0022")
LABEL = SerialNumber("B40HAB000000001")


def metered(verdict: str, device: DeviceId | None = UNIT, serial: SerialNumber | None = LABEL) -> Metered:
    return Metered.model_validate(
        {
            "verdict": verdict,
            "reasons": () if verdict == "no_evidence" else (f"because of {verdict}",),
            "conclusion": verdict,
            "device_id": device,
            "serial": serial,
            "iccid": Iccid("8934076500002589174"),
            "radio": "cellular",
        }
    )


def told(*bodies: Metered | Unwound) -> list[Event]:
    runs = [RunId(f"20261122-20150{n}-n1-000{n}") for n in range(len(bodies))]
    return [
        Event(seq=n + 1, run=None if isinstance(body, Unwound) else runs[n], at=n, body=body)
        for n, body in enumerate(bodies)
    ]


STRUCK = Unwound(device_id=UNIT, by="M. Quispe", note="never heard")


def test_a_quiet_unit_is_not_on_the_list() -> None:
    assert suspects(told(metered("no_evidence"))) == []


def test_a_suspect_is_listed_with_its_sim_and_what_to_do() -> None:
    [one] = suspects(told(metered("risk")))
    assert (one.device_id, one.serial, one.iccid) == (UNIT, LABEL, "8934076500002589174")
    assert (one.verdict, one.reasons, one.done) == ("risk", ("because of risk",), None)
    assert any("release ownership" in step for step in one.to_do)


def test_the_worst_run_of_a_unit_counts_and_a_quiet_one_takes_nothing_back() -> None:
    [one] = suspects(told(metered("incident"), metered("risk"), metered("no_evidence")))
    assert (one.verdict, one.at) == ("incident", 0)


def test_a_unit_that_was_struck_off_comes_back_with_new_evidence() -> None:
    [gone] = suspects(told(metered("risk"), STRUCK))
    assert gone.done == STRUCK
    [back] = suspects(told(metered("risk"), STRUCK, metered("risk")))
    assert (back.done, back.at) == (None, 2)


def test_striking_off_one_unit_leaves_the_others() -> None:
    found = suspects(told(metered("risk"), metered("risk", OTHER), STRUCK))
    assert [(one.device_id, one.done is None) for one in found] == [(UNIT, False), (OTHER, True)]


def test_a_unit_whose_chip_never_told_is_called_by_its_label_or_its_run() -> None:
    found = suspects(told(metered("risk", None), metered("risk", None, None), metered("risk", None, None)))
    assert [one.key for one in found] == [LABEL, "20261122-201501-n1-0001", "20261122-201502-n1-0002"]
