"""What a unit draws, and what its rails carry."""

import pytest

from station.bench.factory_firmware import SLEEPS_AFTER, answer
from station.bench.mishaps import befall
from station.bench.nest import Nest
from station.bench.supply import SUPPLY_LIMIT
from station.codec.factory_test import Question, Value
from tests.bench.conftest import let_run, unit_with_test_firmware


def test_a_unit_draws_by_what_it_does(nest: Nest) -> None:
    board = unit_with_test_firmware()
    draw = board.born.draw
    assert board.supply.amps() == 0.0
    nest.place_unit(board)
    nest.set_power(on=True)
    assert 0 < board.supply.amps() == draw.reset < draw.running
    nest.set_reset(held=False)
    nest.advance(1.0)
    assert board.supply.amps() == draw.running
    nest.set_power(on=False)
    assert board.supply.amps() == 0.0


def asked(nest: Nest, question: str, **given: Value) -> None:
    assert nest.unit is not None
    assert answer(nest.unit, Question(1, question, given)).ok


def test_the_test_load_comes_on_top_and_pulls_the_rails_down(nest: Nest) -> None:
    board = unit_with_test_firmware()
    let_run(nest, board)
    before = board.supply.amps(), board.supply.volts("v3v3")
    asked(nest, "load", on=True)
    assert board.supply.amps() == pytest.approx(before[0] + board.born.draw.load)
    assert before[1] - 0.03 < board.supply.volts("v3v3") < before[1]
    asked(nest, "load", on=False)
    assert (board.supply.amps(), board.supply.volts("v3v3")) == before


def test_a_worn_contact_drops_more_under_load_and_nothing_without(nest: Nest) -> None:
    board = unit_with_test_firmware()
    befall("sagging_rail", board)
    let_run(nest, board)
    assert board.supply.volts("v3v3") == board.born.rails["v3v3"]
    vbat = board.supply.volts("vbat")
    asked(nest, "load", on=True)
    assert board.supply.volts("v3v3") < 3.2
    assert vbat - 0.03 < board.supply.volts("vbat") < vbat


def test_a_modem_that_is_on_comes_on_top(nest: Nest) -> None:
    board = unit_with_test_firmware()
    let_run(nest, board)
    before = board.supply.amps()
    board.online.start_modem()
    assert board.supply.amps() == before + board.born.draw.modem
    asked(nest, "modem", allow=True)
    assert board.supply.amps() == before


def test_a_sleeping_unit_draws_microamperes_and_its_load_is_off(nest: Nest) -> None:
    board = unit_with_test_firmware()
    let_run(nest, board)
    asked(nest, "load", on=True)
    asked(nest, "sleep", seconds=5)
    nest.advance(SLEEPS_AFTER)
    assert board.supply.amps() == board.born.draw.sleep
    assert 40e-6 < board.supply.amps() < 55e-6
    nest.advance(5.0)
    assert board.supply.amps() == board.born.draw.running


def test_a_unit_whose_modem_is_not_quite_off_draws_too_much_asleep(nest: Nest) -> None:
    board = unit_with_test_firmware()
    befall("sleep_current", board)
    let_run(nest, board)
    asked(nest, "sleep", seconds=1)
    nest.advance(SLEEPS_AFTER)
    assert board.supply.amps() > 500e-6


def test_the_peak_is_the_inrush_until_the_supply_is_switched_on_again(nest: Nest) -> None:
    board = unit_with_test_firmware()
    assert board.supply.peak() == 0.0
    let_run(nest, board)
    inrush = board.born.draw.inrush
    assert board.supply.peak() == inrush > board.supply.amps()
    nest.set_power(on=False)
    assert board.supply.peak() == inrush
    board.chip.shorted_rail = "v3v3"
    nest.set_power(on=True)
    assert board.supply.peak() == SUPPLY_LIMIT
    board.chip.shorted_rail = ""
    nest.set_power(on=False)
    nest.set_power(on=True)
    assert board.supply.peak() == inrush


def test_a_shorted_unit_draws_what_the_supply_gives_and_never_runs(nest: Nest) -> None:
    board = unit_with_test_firmware()
    befall("rail_shorted", board)
    let_run(nest, board)
    assert board.supply.amps() == SUPPLY_LIMIT
    assert (board.supply.volts("v3v3"), board.supply.volts("vbat")) == (0.0, board.born.rails["vbat"])
    assert (board.chip.powered, board.runs) == (False, [])
    nest.remove_unit()
    assert board.supply.amps() == 0.0


def test_a_rail_that_no_unit_has_is_refused() -> None:
    with pytest.raises(ValueError, match="no rail 'v1v8'; it has vbat, v3v3, vbus"):
        unit_with_test_firmware().supply.volts("v1v8")
