"""Steps and what they need."""

from collections.abc import Callable
from pathlib import Path

import pytest

from station.domain.faults import ConfigRefused, PortMissing
from station.engine.op import Op
from station.engine.registry import bind, load_plugins, misfits, register, steps
from station.ports import Clock, Link, Power, Usb
from tests.engine.notebook import Notebook, op_of
from tests.engine.sheet import recipe


def press_button(op: Op, power: Power, usb: Usb) -> None:
    """Press the unit's button.

    What else there is to say is not part of the summary.
    """


def wait_a_moment(op: Op, clock: Clock) -> None:
    clock.sleep(0.1)


def test_a_step_is_known_by_its_name_its_first_sentence_and_the_ports_in_its_signature() -> None:
    register(press_button, wait_a_moment)
    known = steps()["press_button"]
    assert (known.name, known.summary, known.needs) == ("press_button", "Press the unit's button.", (Power, Usb))
    assert (steps()["wait_a_moment"].summary, steps()["wait_a_moment"].needs) == ("", (Clock,))


def test_a_step_may_be_made_known_twice() -> None:
    register(press_button)
    register(press_button)
    assert steps()["press_button"].call is press_button


def without_op(power: Power) -> None: ...


def without_anything() -> None: ...


def op_second(power: Power, op: Op) -> None: ...


@pytest.mark.parametrize("step", [without_op, op_second])
def test_a_step_takes_an_op_first(step: Callable[..., None]) -> None:
    with pytest.raises(TypeError, match="must take an Op first"):
        register(step)
    assert step.__name__ not in steps()


def test_a_function_of_nothing_is_refused_like_any_other() -> None:
    with pytest.raises(TypeError, match="must take an Op first"):
        register(without_anything)


def install(folder: Path, name: str, code: str) -> None:
    """Another package with one step, as pip leaves it in site-packages."""
    (folder / f"{name}_steps.py").write_text(f"from station.engine.op import Op\n{code}\n")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[station.steps]\n{name} = {name}_steps:step\n")


def test_a_package_brings_a_step_by_an_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "buzzer", "def buzz(op: Op) -> None:\n    'Buzz.'\nstep = buzz")
    monkeypatch.syspath_prepend(str(tmp_path))
    load_plugins()
    assert steps()["buzz"].summary == "Buzz."


def test_a_package_cannot_replace_a_step_that_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "thief", "def press_button(op: Op) -> None: ...\nstep = press_button")
    monkeypatch.syspath_prepend(str(tmp_path))
    register(press_button)
    try:
        with pytest.raises(ConfigRefused, match="press_button"):
            load_plugins()
    finally:
        register(press_button)


def test_a_sheet_fits_a_fixture_that_has_all_its_ports() -> None:
    register(press_button, wait_a_moment)
    sheet = recipe({"do": "press_button"}, {"do": "wait_a_moment"})
    found = [one.says for one in misfits(sheet, frozenset({Power, Usb, Clock}))]
    assert not any("op 20" in one or "op 30" in one for one in found)


def test_every_misfit_is_a_sentence_with_the_number_of_its_operation() -> None:
    register(press_button, wait_a_moment)
    found = [str(one) for one in misfits(recipe({"do": "press_button"}, {"do": "pres_button"}), frozenset({Usb}))]
    assert "op 20 (press_button) needs Power, which this fixture does not have" in found
    (unknown,) = (one for one in found if one.startswith("op 30"))
    assert unknown == "op 30: there is no step 'pres_button'; did you mean 'press_button'?"


class Ports:
    """A clock that counts what it was asked to sleep."""

    def __init__(self) -> None:
        self.slept = 0.0

    def now(self) -> float:
        return self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


def test_a_bound_step_works_with_the_ports_it_named() -> None:
    register(wait_a_moment)
    clock = Ports()
    bind("wait_a_moment", {Clock: clock, Link: object()})(op_of(Notebook()))
    assert clock.slept == 0.1


@pytest.mark.parametrize(
    ("name", "says"),
    [("no_such_step", "no step 'no_such_step'"), ("wait_a_moment", "needs Clock, which this nest does not have")],
)
def test_a_step_without_its_ports_cannot_be_bound(name: str, says: str) -> None:
    register(wait_a_moment)
    with pytest.raises(PortMissing, match=says):
        bind(name, {Link: object()})
