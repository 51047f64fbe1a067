"""SIM and modem as witnesses, asked by the real driver of a unit of the bench."""

import pytest

from station.domain.events import Bound
from station.domain.faults import NoSim, OfflineRule, SimOfOtherUnit
from station.domain.ids import DeviceId
from station.domain.known import Known
from station.domain.label import Label
from station.engine.op import Op
from station.steps.identify_by_word import identify_by_word
from station.steps.identify_modem import identify_modem
from tests.engine.notebook import Notebook
from tests.engine.sheet import FACTORY_TEST, RELEASE, recipe
from tests.steps.desk import Desk, desk

SHEET = recipe({"do": "identify_by_word"}, {"do": "identify_modem"}, modem="identify")


def hand(at: Desk, pen: Notebook, line: int, modem: str = "identify") -> Op:
    sheet = SHEET.model_copy(update={"modem": modem})
    return Op(sheet.sheet[line], Label(serial=at.board.born.serial), sheet, RELEASE, FACTORY_TEST, pen)


def test_the_sim_is_bound_to_the_unit_once_all_have_spoken() -> None:
    with desk() as at:
        identify_by_word(hand(at, at.pen, 1), at.usb, at.link, at.clock)
        assert at.pen.record.bound is None
        identify_modem(hand(at, at.pen, 2), at.usb)
        bound = at.pen.record.bound
        assert bound is not None
        assert (bound.device_id, bound.serial) == (at.board.chip_id, at.board.born.serial)
        assert (bound.iccid, bound.imei) == (at.board.born.iccid, at.board.born.imei)
        assert at.pen.record.iccid == at.board.born.iccid
        assert len(at.board.online.modem_starts) == 1
        assert at.board.contacts == []


def test_the_modem_stays_without_power_where_the_recipe_does_not_allow_it() -> None:
    with desk() as at:
        with pytest.raises(OfflineRule, match="the recipe does not allow"):
            identify_modem(hand(at, at.pen, 2, modem="off"), at.usb)
        assert at.board.online.modem_starts == []


def test_a_unit_without_a_sim_is_bad() -> None:
    with desk() as at:
        at.board.ailments.no_sim = True
        with pytest.raises(NoSim, match="does not name a SIM"):
            identify_modem(hand(at, at.pen, 2), at.usb)


def test_a_sim_that_was_made_with_another_unit_stops_the_run() -> None:
    with desk() as at:
        other = Bound(op=30, device_id=DeviceId("e00fce68ffffffffffffffff"), iccid=at.board.born.iccid)
        pen = Notebook(knows=Known(bound=(other,)))
        identify_by_word(hand(at, pen, 1), at.usb, at.link, at.clock)
        with pytest.raises(SimOfOtherUnit, match="belongs to device e00fce68ffffffffffffffff"):
            identify_modem(hand(at, pen, 2), at.usb)
        assert pen.record.bound is None
