"""Shifts that are told, not run: every state of every page, through the same fold as on the line."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from station.domain.counted import MEGABYTE, room
from station.domain.events import (
    Body,
    Event,
    Identified,
    Measured,
    Progressed,
    Prompted,
    RunFinished,
    RunStarted,
    ScanRefused,
    StationStarted,
    StepFinished,
    StepStarted,
)
from station.domain.faults import NoWatchdog, all_faults
from station.domain.ids import DeviceId, RunId, SerialNumber
from station.domain.label import Label
from station.domain.nest import On, State, sentence, step
from station.domain.outcome import Outcome
from station.domain.ready import item
from station.domain.recipe import Recipe
from station.domain.record import Record
from station.domain.refusals import Code
from station.domain.shift_facts import Expect
from station.engine.bus import Moved, Moving, Stored, Trouble, Turned
from station.texts import Texts, texts_in
from station.ui.around import Around, Making, Notice
from station.ui.model import Person, RunPage, SignInPage
from station.ui.people import checks_of, lamps_of
from station.ui.run_page import language_keys, run_page, sign_in_page
from station.ui.screen import Screen

SECOND = 1_000_000
NOW = int(datetime(2026, 11, 24, 12, 41, 0, tzinfo=UTC).timestamp()) * SECOND
TEXTS = texts_in("en")

RECIPE = Recipe.model_validate(
    {
        "name": "gateway",
        "revision": "C",
        "title": "Gateway rev C",
        "platform": "boron",
        "release": "gateway-1.4.0",
        "factory_test": "factory-test-1.0.0",
        "sheet": [
            {"op": 10, "do": "identify_on_wire", "within": 20},
            {"op": 20, "do": "flash_factory_test", "within": 180},
            {"op": 30, "do": "identify_by_word", "within": 20},
            {"op": 40, "do": "measure", "within": 10, "ask": "rails", "judge": ["vbat", "v3v3"]},
            {"op": 42, "do": "measure", "within": 10, "ask": "loopback", "tries": 2},
            {
                "op": 44, "do": "instrument", "within": 20, "instrument": "meter", "read": "MEAS:CURR?",
                "judge": ["sleep_current"],
            },
            {
                "op": 46, "do": "prompt", "within": 60,
                "tell": {
                    "en": "Is the lamp green?", "zh_CN": "指示灯是绿色的吗？", "vi": "Đèn có sáng xanh lá không?",
                    "es": "¿La luz es verde?",
                },
            },
            {"op": 48, "do": "read_silence", "within": 20},
            {"op": 50, "do": "flash_device_os", "within": 180},
            {"op": 60, "do": "flash_product_firmware", "within": 120},
            {"op": 70, "do": "seal", "within": 10},
            {"op": 80, "do": "request_preadd", "within": 5},
        ],
        "limits": {
            "vbat": {"low": 3.6, "high": 4.25, "unit": "V"},
            "v3v3": {"low": 3.2, "high": 3.4, "unit": "V"},
            "sleep_current": {"high": 0.00025, "unit": "A"},
        },
    }
)  # fmt: skip
TIMES = {10: 0.9, 20: 9.4, 30: 1.6, 40: 0.8, 42: 1.1, 44: 3.2, 46: 4.1, 48: 1.5, 50: 8.6, 60: 5.4, 70: 0.4, 80: 0.2}
"""Seconds an operation usually takes, so that the bar has its shape; told, not measured."""

MAKING = Making("Line 1", RECIPE, "gateway-1.4.0", 31004, TIMES)
PERSONS = {
    "en": Person("M. Quispe", "Operator, shift B", "MQ"),
    "es": Person("M. Quispe", "Operador, turno B", "MQ"),
    "vi": Person("Lê Thị Hoa", "Công nhân, ca B", "LH"),
    "zh_CN": Person("王小红", "操作员，B 班", "王"),
}


class Story:
    """One line's shift, told as the bus would tell it."""

    def __init__(self, nests: int, *, now: int = NOW, profile: str = "offline") -> None:
        self.screen = Screen()
        self.now = now
        self._seq = 0
        self._states = dict.fromkeys(range(1, nests + 1), State.EMPTY)
        self._labels: dict[int, Label] = {}
        self._runs: dict[int, RunId] = {}
        self._references: dict[int, Expect] = {}
        started = StationStarted.model_validate(
            {
                "version": "1", "station": "line-1", "fixture": "sim-4up", "recipe": "gateway C",
                "recipe_sha256": "0" * 64, "profile": profile, "unverified": (),
            }
        )  # fmt: skip
        self._fact(started, None, 3600)
        for nest in self._states:
            self.screen.hear(Moved(nest, State.EMPTY, "Scan a label.", None), now - 3600 * SECOND)

    def scan(self, nest: int, serial: str, ago: float) -> None:
        """A label is scanned for a nest, so many seconds ago."""
        self._labels[nest] = Label(serial=SerialNumber(serial))
        self._move(nest, On.SCAN, ago)

    def reference(self, nest: int, expect: Expect) -> None:
        """The unit that is made next in a nest is a reference unit."""
        self._references[nest] = expect

    def run(self, nest: int, serial: str, ops: int, ago: float, part: float | None = None, attempt: int = 1) -> None:
        """A unit whose run began so many seconds ago: `ops` operations are done, the next one is at `part`."""
        self.scan(nest, serial, ago + 9)
        self._move(nest, On.LID_CLOSED, ago)
        self._runs[nest] = RunId(f"20261124-124000-n{nest}-000{nest}")
        started = _started(nest, self._labels[nest])
        self._fact(started.model_copy(update={"reference": self._references.get(nest)}), nest, ago)
        device = DeviceId(f"e00fce68202194944a04a{nest}f8")
        self._fact(Identified(op=10, by="swd", device_id=device), nest, ago)
        sheet = RECIPE.sheet
        for line in sheet[:ops]:
            self.step(nest, line.op, Outcome.PASS, ago)
        if part is not None:
            line = sheet[ops]
            self._fact(StepStarted(op=line.op, do=line.do, attempt=attempt, tries=line.tries), nest, ago)
            run = self._runs[nest]
            self.screen.hear(Moving(nest, run, Progressed(op=line.op, part=part)), self.now)

    def step(self, nest: int, op: int, outcome: Outcome, ago: float) -> None:
        """An operation begins and ends."""
        line = next(one for one in RECIPE.sheet if one.op == op)
        self._fact(StepStarted(op=op, do=line.do), nest, ago)
        self._fact(StepFinished(op=op, do=line.do, outcome=outcome, seconds=TIMES[op]), nest, ago)

    def end(self, nest: int, outcome: Outcome, on: On, ago: float, code: str = "", op: int | None = None) -> None:
        """A run ends, where it failed at this operation."""
        if op is not None:
            self.step(nest, op, outcome, ago)
        fault = next((one for one in all_faults() if one.code == code), None)
        end = RunFinished(outcome=outcome, code=code, detail="", remedy=fault.remedy if fault else "")
        self._fact(end, nest, ago)
        self._move(nest, on, ago)

    def fact(self, body: Body, nest: int, ago: float) -> None:
        """Anything else that is stored of a run."""
        self._fact(body, nest, ago)

    def ask(self, nest: int, op: int, tell: str, ago: float, answers: str = "yes_no") -> None:
        """The operator is asked."""
        asked = Prompted.model_validate({"op": op, "prompt": 7, "tell": tell, "answers": answers, "within": 60})
        self._fact(asked, nest, ago)
        self._states[nest] = State.ASKING
        self.screen.hear(Moved(nest, State.ASKING, tell, self._labels[nest], asked), self.now - int(ago * SECOND))

    def move(self, nest: int, on: On, ago: float) -> None:
        """Anything else that happens to a nest."""
        self._move(nest, on, ago)

    def refuse(self, code: str, length: int, ago: float, nest: int | None = None) -> None:
        """A scan that no nest takes."""
        self._fact(ScanRefused(code=code, detail="", length=length), None, ago)
        self.screen.hear(Trouble(code, "", "", nest), self.now - int(ago * SECOND))

    def earlier(self, passed: int, failed: int) -> None:
        """Units that were made before in this shift."""
        for at in range(passed + failed):
            outcome = Outcome.FAIL if at % 9 == 4 and at // 9 < failed else Outcome.PASS
            steps = tuple(
                StepFinished(op=line.op, do=line.do, outcome=Outcome.PASS, seconds=TIMES[line.op])
                for line in RECIPE.sheet
            )
            label = Label(serial=SerialNumber(f"B40HAB3{at:08}"))
            record = Record(
                run=RunId(f"20261124-0{at // 60}{at % 60:02}00-n1-0001"), started=_started(1, label),
                started_at=self.now, finished=RunFinished(outcome=outcome), finished_at=self.now, steps=steps,
            )  # fmt: skip
            self.screen.outcomes[outcome] += 1
            self.screen.shift.add(record)

    def page(self, log: tuple[str, ...] | None = None, notice: Notice | None = None, texts: Texts = TEXTS) -> RunPage:
        """What the screen shows."""
        around = Around(self.now, lamps=lamps_of(FOUND, texts), person=PERSONS[texts.language], log=log, notice=notice)
        return run_page(self.screen, MAKING, around, texts)

    def _fact(self, body: Body, nest: int | None, ago: float) -> None:
        self._seq += 1
        run = self._runs.get(nest) if nest is not None else None
        at = self.now - int(ago * SECOND)
        self.screen.hear(Stored(nest, Event(seq=self._seq, run=run, at=at, body=body)), at)

    def _move(self, nest: int, on: On, ago: float) -> None:
        row = step(self._states[nest], on)
        if row is None:
            raise ValueError(f"nest {nest} is {self._states[nest]}: {on} does not happen")
        self._states[nest] = row.then
        here = row.then not in (State.EMPTY, State.UNLABELLED)
        label, reference = (self._labels.get(nest), self._references.get(nest)) if here else (None, None)
        moved = Moved(nest, row.then, sentence(row, reference), label, None, reference)
        self.screen.hear(moved, self.now - int(ago * SECOND))


def _started(nest: int, label: Label) -> RunStarted:
    return RunStarted(
        nest=nest, label=label, recipe="gateway", revision="C", recipe_sha256="0" * 64, release="gateway-1.4.0",
        release_sha256="0" * 64, factory_test="factory-test-1.0.0", factory_test_sha256="0" * 64, platform="boron",
        ops=tuple(line.op for line in RECIPE.sheet),
    )  # fmt: skip


LOG = (
    "12:40:18.208  nest 3  taken            B40HAB412004F9M",
    "12:40:28.764  nest 1  op 46  prompt    Is the lamp green?",
    "12:40:35.031  nest 2  op 20  flash     96 of 155 KiB   41.8 kB/s",
    "12:40:41.412  nest 2  ERROR  S104      the probe BENCH0002 is gone from the bus",
    "12:40:58.006  nest 4  taken            B40HAB412004FA1",
)


def mixed(nests: int = 4) -> Story:
    """The middle of a shift: one passed, one runs, one failed, one waits for its unit; and so on."""
    story = Story(nests)
    story.earlier(92, 4)
    if nests > 2:
        story.run(3, "B40HAB412004F9M", 5, 29)
        limit = RECIPE.limits["sleep_current"]
        story.fact(Measured(op=44, name="sleep_current", value=0.000412, limit=limit, outcome=Outcome.FAIL), 3, 6)
        story.end(3, Outcome.FAIL, On.FAIL, 5, "U301", 44)
    story.run(1, "B40HAB412004F7Q", 12, 43)
    story.end(1, Outcome.PASS, On.PASS, 4)
    if nests > 1:
        story.run(2, "B40HAB412004F83", 8, 31, 0.62)
    if nests > 4:
        story.run(5, "B40HAB412004FB2", 1, 7, 0.4)
    if nests > 5:
        story.run(6, "B40HAB412004FC7", 3, 15)
        story.end(6, Outcome.ERROR, On.ERROR, 3, "S201", 40)
    if nests > 6:
        story.run(7, "B40HAB412004FD0", 6, 33, 0.2)
        story.ask(7, 46, "Is the lamp green?", 3)
    return story


def first() -> Story:
    """The beginning of a shift."""
    story = Story(4)
    return story


def seated() -> Story:
    """Labels are scanned ahead; an operation is tried again."""
    story = Story(4)
    story.earlier(40, 1)
    story.run(3, "B40HAB412004F9M", 4, 12, 0.3, attempt=2)
    story.run(4, "B40HAB412004FA1", 2, 4, 0.1)
    story.scan(1, "B40HAB412004F7Q", 8)
    return story


def turn() -> Story:
    """One asks, one could not tell, one may have connected, one is scanned."""
    story = Story(4)
    story.earlier(60, 2)
    story.run(3, "B40HAB412004F9M", 7, 60)
    story.end(3, Outcome.FAIL, On.METER, 40, "U401", 48)
    story.run(2, "B40HAB412004F83", 1, 12)
    story.end(2, Outcome.ERROR, On.ERROR, 4, "S104", 20)
    story.run(1, "B40HAB412004F7Q", 6, 33, 0.0)
    story.ask(1, 46, "Is the lamp green?", 3)
    story.scan(4, "B40HAB412004FA1", 2)
    return story


def passed() -> Story:
    """All four passed."""
    story = Story(4)
    story.earlier(96, 3)
    for nest, end in enumerate(("4F7Q", "4F83", "4F9M", "4FA1"), start=1):
        story.run(nest, f"B40HAB41200{end}", 12, 43 - nest)
        story.end(nest, Outcome.PASS, On.PASS, 2)
    return story


def refused() -> Story:
    """A label of another product."""
    story = mixed()
    story.refuse("U102", 31, 2)
    return story


def stopping() -> Story:
    """A run is stopped, another was; a nest cannot be made safe; units of this line go online."""
    story = Story(4, profile="test_account")
    story.earlier(12, 0)
    story.run(1, "B40HAB412004F7Q", 4, 14, 0.5)
    story.move(1, On.STOP, 1)
    story.run(2, "B40HAB412004F83", 3, 17)
    story.end(2, Outcome.ABORTED, On.ABORTED, 6, "A001")
    story.move(3, On.UNSAFE, 12)
    story.run(4, "B40HAB412004FA1", 9, 37)
    story.end(4, Outcome.FAIL, On.FAIL, 3, "U103", 60)
    return story


def seen_to() -> Story:
    """Two reference units came out, one as it must not; a unit without a label; a question that NEST 3 turned to."""
    story = Story(4)
    story.earlier(24, 1)
    units: tuple[tuple[int, str, Expect], ...] = ((1, "B40HAB412004F7Q", "pass"), (2, "B40HAB412004F8R", "fail"))
    for nest, serial, expect in units:
        story.reference(nest, expect)
        story.run(nest, serial, 12, 50 - nest)
        story.end(nest, Outcome.PASS, On.PASS, 9)
    story.run(3, "B40HAB412004F9M", 6, 33, 0.0)
    story.ask(3, 46, "Is the lamp green?", 3)
    story.move(4, On.SEATED, 1)
    story.screen.hear(Turned(3, named=True), story.now)
    return story


def troubled(story: Story, code: str) -> Story:
    """Something is wrong with the station itself, and no nest takes a unit."""
    story.screen.hear(Trouble(code, "", ""), story.now)
    return story


RUN_PAGES: Mapping[str, Callable[[], RunPage]] = {
    "first": lambda: first().page(),
    "seated": lambda: seated().page(),
    "mixed": lambda: mixed().page(),
    "turn": lambda: turn().page(log=LOG),
    "passed": lambda: passed().page(),
    "refused": lambda: refused().page(),
    "stopping": lambda: stopping().page(),
    "seen_to": lambda: seen_to().page(),
    "moved": lambda: troubled(mixed(), Code.JOURNAL_MOVED).page(),
    "asleep": lambda: troubled(passed(), NoWatchdog.code).page(),
    "focus": lambda: mixed().page(notice=Notice("focus_lost")),
    "one": lambda: mixed(1).page(),
    "two": lambda: mixed(2).page(),
    "three": lambda: mixed(3).page(),
    "six": lambda: mixed(6).page(),
    "eight": lambda: mixed(8).page(),
    "turn-zh_CN": lambda: turn().page(texts=texts_in("zh_CN")),
    "mixed-vi": lambda: mixed().page(texts=texts_in("vi")),
    "stopping-es": lambda: stopping().page(texts=texts_in("es")),
}
"""Every run page that is pictured, by its name."""


FOUND = (
    item("SCANNER", "ok", "there", there=2, all=2),
    item("PROGRAMMERS", "ok", "there", there=4, all=4),
    item("USB", "ok", "there"),
    item("FIXTURE", "ok", "answers"),
    item("DISK", "warn", "scarce", free=room(6_144 * MEGABYTE)),
    item("JOURNAL", "ok", "verified", at="2026-11-24 05:49"),
    item("RECIPE", "ok", "accepted", recipe="gateway C", release="gateway-1.4.0", by="M. Quispe"),
    item("REFERENCES", "due", "due", serials="B40HAB412004F7Q, B40HAB412004F8R"),
    item("OUTBOX", "ok", "waiting", count=3, at="2026-11-24 05:31"),
    item("CLOCK", "ok", "agrees"),
    item("PEOPLE", "ok", "able", count=6),
)
"""What the station finds of itself before a shift."""

LANGUAGES = language_keys("en")


def signing_in(*, refused: bool = False, texts: Texts = TEXTS) -> SignInPage:
    """Before a shift."""
    early = int(datetime(2026, 11, 24, 5, 58, tzinfo=UTC).timestamp()) * SECOND
    story = Story(4, now=early, profile="online_e2e" if refused else "offline")
    return sign_in_page(
        story.screen, MAKING, Around(early), texts,
        shift=texts.say("sign_in.shift_ended", shift="A", time="05:50"),
        checks=checks_of(FOUND, texts), languages=language_keys(texts.language),
        refused=texts.say("sign_in.unknown") if refused else "",
    )  # fmt: skip


SIGN_IN_PAGES: Mapping[str, Callable[[], SignInPage]] = {
    "sign-in": signing_in,
    "sign-in-refused": lambda: signing_in(refused=True),
    "sign-in-zh_CN": lambda: signing_in(texts=texts_in("zh_CN")),
}
