"""Every text of every language is whole in its place: beside the state words, headlines and advice of test_painting.

Measured with what paints it. Where a text does not fit, the text is changed, never its size.
"""

from itertools import pairwise, product
from typing import get_args

import pytest
from PySide6.QtCore import QRectF

from station.domain.faults import BUG, all_faults
from station.domain.people import RIGHTS, Action, Role
from station.domain.ready import ItemCode
from station.domain.refusals import Code
from station.engine.bus import Trouble
from station.texts import Texts, languages, texts_in
from station.ui.around import Around
from station.ui.bands import first_sentence, trouble_text
from station.ui.model import Band, Leave, Mark, Sign, StepRow, Tone
from station.ui.paint.band import LEAST_PROMPT, SCAN_WIDTH, band_lines
from station.ui.paint.card_empty import LINE
from station.ui.paint.card_head import LEFT, LEFT_ROOM, LEFT_WORD
from station.ui.paint.card_plan import inner, plan
from station.ui.paint.footer import BETWEEN, keys
from station.ui.paint.header import BADGE, PERSON
from station.ui.paint.keypad import drawer, side_of
from station.ui.paint.keypad import keys as keypad_keys
from station.ui.paint.leave import drawer as leave_drawer
from station.ui.paint.leave import keys as leave_keys
from station.ui.paint.leave import text_room
from station.ui.paint.page import KEYS, places, scale_of
from station.ui.paint.sign_in import CHECK_TITLE, NOTES, badge_box, left_of, sign_in_parts
from station.ui.paint.sign_in import languages as language_places
from station.ui.paint.steps import INDENT, shown_value
from station.ui.paint.text import ELLIPSIS, rise, width, wrapped
from station.ui.paint.warning import TEXT
from station.ui.people import lamps_of
from station.ui.run_page import run_page
from station.ui.samples import FOUND, MAKING, NOW, signing_in
from station.ui.screen import Screen
from station.ui.tokens import (
    BUTTON,
    DETAIL,
    FIGURE,
    LABEL,
    LIGHT,
    NOTE,
    PROMPT,
    SIGN_IN_TITLE,
    SMALL,
    STEP,
    STEP_ACTIVE,
    TITLE,
    Type,
)
from station.ui.typing import Kind, Typing
from station.ui.words import numbers

PANELS = ((1366, 768), (1280, 720), (1920, 1080), (1920, 1200), (3840, 2160), (1024, 768), (1024, 600), (1089, 748))
"""The last one is what the bench's panel leaves of 1366 × 768 under a title bar."""
EVERY = pytest.mark.parametrize("texts", [texts_in(one) for one in languages()], ids=list(languages()))
NUMBERS = {
    "nest": 8,
    "count": 888,
    "done": 20,
    "all": 20,
    "attempt": 2,
    "tries": 3,
    "time": "08:08",
    "length": 128,
    "seconds": 120,
    "name": "Honeywell 1950g",
    "nests": "1, 2, 3, 4, 5, 6, 7, 8",
    "there": 4,
    "free": "217 GB",
    "recipe": "gateway-full C",
    "release": "gateway-1.4.0",
    "shift": "B",
    "ready": 8,
    "names": "Honeywell 1950g",
    "hubs": "1-1.4.3",
    "needed": "1024 MB",
    "by": "M. Quispe",
    "at": "2026-11-24 05:49",
    "serial": "B40HAB412004F7Q",
    "serials": "B40HAB412004F7Q, B40HAB412004F8R",
    "left": 4,
    "times": 3,
}
NAME = "Maximiliana de la Wolkenstein"
ON_A_CHECK = ("S101", "S102", "S502")
"""What the fixture's controller and the journal are broken by."""


def band_rooms() -> list[float]:
    return [places(*panel, 8).band.width() - 28 - 54 - 28 - 28 - SCAN_WIDTH - 10 for panel in PANELS]


def card_boxes() -> list[QRectF]:
    """One card of every size there is."""
    found = [places(*panel, nests).cards[0] for panel in PANELS for nests in range(1, 9)]
    return [QRectF(0, 0, box.width(), box.height()) for box in found]


def too_wide(said: dict[str, str], kind: Type, room: float) -> dict[str, str]:
    return {
        key: f"{width(text, kind):.0f} of {room:.0f}: {text}" for key, text in said.items() if width(text, kind) > room
    }


@EVERY
def test_what_the_band_tells_of_scans_and_of_the_station_is_whole(texts: Texts) -> None:
    told = told_by_the_station(texts)
    notices = {key.split(".")[1] for key in texts.entries if key.startswith("notice.")}
    told |= {
        one: (texts.fill(f"notice.{one}.what", NUMBERS), texts.fill(f"notice.{one}.do", NUMBERS)) for one in notices
    }
    room = min(band_rooms())
    prompts, details = {}, {}
    for key, (what, do) in told.items():
        prompts[key], rest = first_sentence(what)
        details[key] = texts.sentences(rest, do)
    assert too_wide(prompts, Type(PROMPT.face, LEAST_PROMPT), room) == {}
    assert too_wide(details, DETAIL, room) == {}


def told_by_the_station(texts: Texts) -> dict[str, tuple[str, str]]:
    """Whatever may stand in the band because a scan was refused, or something is wrong; every name in it filled in."""
    values = {key: str(value) for key, value in NUMBERS.items()}
    codes = (BUG, *Code, *(one.code for one in all_faults()))
    told = {str(code): trouble_text(Trouble(code, "", "", 8, values), texts) for code in codes}
    told["short"] = (texts.say("scan.short.what"), texts.say("scan.short.do"))
    assert [code for code, (what, do) in told.items() if not what or not do] == []
    return told


@EVERY
def test_on_a_small_page_the_band_tells_all_that_happened_and_all_that_is_to_be_done(texts: Texts) -> None:
    page = places(1089, 748, 4).band
    room = page.width() - 28 - 54 - 28 - 28 - SCAN_WIDTH - 10
    for key, (what, do) in told_by_the_station(texts).items():
        prompt, rest = first_sentence(what)
        band = Band(Tone.WARN, Sign.WARN, prompt, texts.sentences(rest, do))
        lines = band_lines(band, room)
        said = "".join(text for text, _, _ in lines).replace(" ", "")
        assert said == (band.prompt + band.detail).replace(" ", ""), key
        for text, kind, down in lines:
            assert width(text, kind) <= room, key
            assert -page.height() / 2 <= down - rise(text, kind), key
            assert down <= page.height() / 2 - DETAIL.size / 4, key


@EVERY
def test_what_the_band_tells_of_several_nests_is_whole(texts: Texts) -> None:
    nests = numbers([1, 2, 3], texts)
    say = texts.say
    said = {
        "scan": texts.sentences(say("band.scan.detail", nest=8), say("band.finished_many", nests=nests)),
        "ask": texts.sentences(say("band.ask.yes_no"), say("band.ask.more_many", nests=nests)),
        "done": texts.sentences(say("band.ask.done"), say("band.ask.more_many", nests=nests)),
        "wait": texts.sentences(say("band.wait.detail", seconds=120), say("band.locked_some_many", nests=nests)),
    } | {
        lock: texts.sentences(say(f"band.{lock}.detail"), say("band.ask.also", nest=8))
        for lock in ("meter", "streak", "unsafe")
    }
    assert too_wide(said, DETAIL, min(band_rooms())) == {}


@EVERY
def test_the_last_scan_is_whole(texts: Texts) -> None:
    room = SCAN_WIDTH - 36
    assert width(texts.say("scan.title"), SMALL) + 20 + width("00:00:00", SMALL) <= room
    assert too_wide({key: texts.fill(f"scan.{key}", NUMBERS) for key in ("none", "hidden")}, DETAIL, room) == {}
    assert (
        too_wide(
            {
                key: texts.fill(f"scan.{key}", NUMBERS)
                for key in ("taken", "refused", "twice", "letters", "again", "ending")
            },
            LABEL,
            room - 28,
        )
        == {}
    )


@EVERY
def test_every_operation_of_the_list_is_whole_beside_its_value(texts: Texts) -> None:
    steps = {key: text for key, text in texts.entries.items() if key.startswith(("step.", "value."))}
    room = min(inner(plan(box).body).width() for box in card_boxes() if plan(box).full) - INDENT
    assert too_wide(steps, STEP_ACTIVE, room - width(texts.number("88.8\u00a0s"), LABEL) - 12) == {}


@EVERY
def test_as_many_values_are_shown_as_leave_the_operation_whole(texts: Texts) -> None:
    room = min(inner(plan(box).body).width() for box in card_boxes() if plan(box).full) - INDENT
    rails = tuple(texts.number(one) for one in ("3.92\u00a0V", "3.31\u00a0V", "5.04\u00a0V"))
    for measured in [text for key, text in texts.entries.items() if key.startswith("step.measure.")]:
        for values in (rails, (texts.number("-100\u00a0ppm"),), (texts.number("4096\u00a0B"),)):
            shown = shown_value(StepRow(measured, Mark.DONE, values), STEP, SMALL, room)
            assert shown.startswith(values[0])
            assert width(measured, STEP) + 12 + width(shown, SMALL) <= room, (measured, shown)


@EVERY
def test_counts_remarks_and_times_stand_side_by_side_on_every_card(texts: Texts) -> None:
    room = min(inner(plan(box).body).width() for box in card_boxes())
    count = texts.fill("card.count", NUMBERS)
    for key in ("attempt", "run", "since", "reference.pass", "reference.fail"):
        remark = texts.fill(f"card.{key}", NUMBERS | {"count": 2})
        needs = width(count, LABEL) + 18 + width(remark, LABEL) + 16 + width("8:08", LABEL)
        assert needs <= room, (key, needs, room, count, remark)
    assert width("8:08", LEFT) + 8 + width(texts.say("card.left"), LEFT_WORD) <= LEFT_ROOM


@EVERY
def test_what_an_empty_nest_asks_for_is_whole_on_every_card(texts: Texts) -> None:
    lines = texts.say("card.load").split("\n")
    for box in card_boxes():
        body = inner(plan(box).body)
        assert all(width(line, NOTE) <= body.width() for line in lines), (box, lines)
        assert len(lines) * LINE <= body.height()


@EVERY
def test_the_keys_leave_room_for_the_first_three_figures(texts: Texts) -> None:
    called = [run_page(Screen(), MAKING, Around(NOW, lead_called=one), texts).buttons for one in (False, True)]
    for panel, buttons in product(PANELS, called):
        footer = places(*panel, 8).footer
        left = keys(buttons, QRectF(0, 0, footer.width(), footer.height()))[0][1].left()
        assert footer.width() - left <= KEYS
        shown = [texts.say(f"figures.{name}") for name in ("tested", "yield", "fails")]
        needs = sum(max(width(one, SMALL), width("88.8 %", FIGURE)) + 2 + BETWEEN for one in shown)
        assert needs <= left, (panel, needs, left)


@EVERY
def test_the_header_says_who_is_there_and_what_is_wrong(texts: Texts) -> None:
    assert width(texts.say("header.nobody"), SMALL) <= PERSON - BADGE - 12
    assert max(width(texts.say(f"role.{one}"), SMALL) for one in ("operator", "lead", "technician", "engineer")) <= 152
    narrow = min(places(*panel, 8).header.width() for panel in PANELS)
    assert sum(width(one.text, LABEL) for one in lamps_of(FOUND, texts)) <= 0.4 * narrow


@EVERY
def test_the_red_strip_is_whole_on_every_panel(texts: Texts) -> None:
    room = min(places(*panel, 1, warned=True).header.width() for panel in PANELS) + 44 - 200
    assert too_wide({key: texts.say(f"profile.{key}") for key in ("online_e2e", "test_account")}, TEXT, room) == {}


@EVERY
def test_the_page_before_a_shift_is_whole(texts: Texts) -> None:
    page = signing_in()
    for panel in PANELS:
        scale, _ = scale_of(*panel)
        box = QRectF(0, 0, panel[0] / scale, panel[1] / scale)
        left = badge_box(page, box)
        assert width(texts.say("sign_in.title"), Type(SIGN_IN_TITLE.face, 48)) <= left.width() - 100
        for key in ("nobody", "shift_ended", "unknown", "expired"):
            lines = wrapped(texts.fill(f"sign_in.{key}", NUMBERS), NOTE, left.width() - 120, NOTES)
            assert not lines[-1].endswith(ELLIPSIS), (panel, key)
        room = box.width() - left_of(box) - 44
        assert width(texts.say("sign_in.check"), CHECK_TITLE) <= room - 8
        heads = {key: texts.fill(f"sign_in.{key}", NUMBERS) for key in ("ready", "mostly", "not_yet")}
        assert too_wide(heads, DETAIL, room - 8) == {}
        rows = {key: texts.fill(key, NUMBERS) for key in texts.entries if key.startswith("check.")}
        states = [rows.pop(key) for key in list(rows) if key.startswith("check.state.")]
        titles = {key: rows.pop(key) for key in list(rows) if key.endswith(".title")}
        rows |= {f"fault.{code}": texts.say(f"fault.{code}.what") for code in ON_A_CHECK}
        assert too_wide(rows, STEP, room - 88 - 26) == {}
        assert too_wide(titles, TITLE, room - 88 - 26 - 20 - max(width(one, LABEL) for one in states)) == {}


@EVERY
def test_why_a_badge_was_not_taken_is_whole_on_the_page_before_a_shift(texts: Texts) -> None:
    page = signing_in()
    for panel in PANELS:
        scale, _ = scale_of(*panel)
        left = badge_box(page, QRectF(0, 0, panel[0] / scale, panel[1] / scale))
        for code in Code:
            told = texts.sentences(*(texts.fill(f"hint.{code}.{part}", NUMBERS) for part in ("what", "do")))
            assert not wrapped(told, NOTE, left.width() - 120, NOTES)[-1].endswith(ELLIPSIS), (panel, code)


def test_no_line_of_the_station_check_is_left_out() -> None:
    """The last rows of a page that is too low for them would be."""
    for panel in PANELS:
        scale, _ = scale_of(*panel)
        box = QRectF(0, 0, panel[0] / scale, panel[1] / scale)
        for page in (signing_in(), signing_in(refused=True)):
            assert len(page.checks) == len(get_args(ItemCode))
            rows = [part for part in sign_in_parts(page, box, LIGHT) if part.name.startswith("check ")]
            assert len(rows) == len(page.checks), (panel, page.warning)
            assert all(box.contains(row.box) and row.box.height() >= 54 for row in rows), (panel, rows[0].box)
            assert not any(one.box.intersects(other.box) for one, other in pairwise(rows))


@EVERY
def test_whom_a_nest_waits_for_is_whole_and_leaves_room_for_who_that_is(texts: Texts) -> None:
    say, room = texts.say, min(band_rooms())
    prompts = {
        f"{key} {action}": texts.fill(f"band.{key}.prompt", {"nest": 8, "what": say(f"action.{action}")})
        for key in ("approve", "approve_nest")
        for action in Action
    }
    prompts["pin"] = texts.fill("band.pin.prompt", NUMBERS | {"name": NAME})
    prompts["sign in"] = say("sign_in.title")
    assert too_wide(prompts, Type(PROMPT.face, LEAST_PROMPT), room) == {}
    details = {
        str(action): say(
            "band.approve.detail", seconds=120, who=", ".join(say(f"role.{one}") for one in Role if one in roles)
        )
        for action, roles in RIGHTS.items()
    }
    details |= {key: texts.fill(f"band.{key}", NUMBERS) for key in ("pin.detail", "pin.wait", "sign_in.detail")}
    assert too_wide(details, DETAIL, room) == {}


@EVERY
def test_the_keypad_is_whole_for_a_label_and_for_a_pin(texts: Texts) -> None:
    for typing in (Typing(Kind.LABEL), Typing(Kind.PIN, _name=NAME)):
        pad = typing.keypad(texts)
        assert pad is not None
        for panel in PANELS:
            scale, _ = scale_of(*panel)
            box = drawer(panel[0] / scale, panel[1] / scale)
            side = side_of(box).width()
            assert width(pad.title, TITLE) <= side, (panel, pad.title)
            assert not wrapped(pad.prompt, DETAIL, side, 2)[-1].endswith(ELLIPSIS), (panel, pad.prompt)
            words = {key.does: key for key in keypad_keys(pad, box) if len(key.does) > 1}
            assert set(words) == {"erase", "enter", "cancel"}
            assert all(width(key.text, BUTTON) <= key.box.width() - 24 for key in words.values()), (panel, pad)


def test_every_language_has_its_place_at_the_foot_of_the_first_page() -> None:
    page = signing_in()
    assert [one.code for one in page.languages] == list(languages())
    for panel in PANELS:
        scale, _ = scale_of(*panel)
        box = QRectF(0, 0, panel[0] / scale, panel[1] / scale)
        assert all(badge_box(page, box).contains(one) for one in language_places(page, box))


@EVERY
def test_what_is_asked_before_the_window_closes_is_whole(texts: Texts) -> None:
    for panel in PANELS:
        scale, _ = scale_of(*panel)
        box = leave_drawer(panel[0] / scale, panel[1] / scale)
        for key in ("idle", "runs", "runs_many", "asks", "asks_many"):
            told = texts.fill(f"leave.{key}", NUMBERS | {"nests": numbers(range(1, 9), texts)})
            leave = Leave(texts.say("leave.title"), told, texts.say("leave.end"), texts.say("leave.stay"))
            room = text_room(leave, box)
            assert too_wide({"title": leave.title}, TITLE, room) == {}
            assert too_wide({key: told}, DETAIL, room) == {}
            assert all(width(text, BUTTON) <= place.width() - 24 for _, text, place in leave_keys(leave, box))
