"""A station that is killed with its window open, and the first pages of the one that takes its place."""

import json
import signal
import sys
from pathlib import Path

from station.bench.client import Bench
from station.domain.events import StepStarted
from station.domain.outcome import Outcome
from station.texts import texts_in
from tests.line.floor import Line, eventually, parts_in, root_with_nests
from tests.line.watched import PAGE

TEXTS = texts_in("en")
Page = dict[str, str]


def pages(line: Line) -> list[tuple[float, Page]]:
    """What the cards of its window came to say, each with the seconds since the program began."""
    lines = line.said.read_text(encoding="utf-8").splitlines()
    found = [json.loads(one.removeprefix(PAGE)) for one in lines if one.startswith(PAGE)]
    return [(one["seconds"], one["cards"]) for one in found]


def test_a_window_that_was_killed_is_back_with_every_nest_s_state_and_reason(
    tmp_path: Path,
) -> None:
    root, parts, state = root_with_nests(tmp_path / "root", 2), parts_in(tmp_path / "parts"), tmp_path / "state"
    with Bench.start(nests=2) as bench:
        bad, cut = bench.new_unit(), bench.new_unit()
        bench.mishap("other_serial", unit=bad)
        with Line(bench, root, parts, state, window=True) as line:
            line.started()
            line.seat(1, bad)
            verdict = line.until_finished()
            assert verdict.outcome is Outcome.FAIL
            line.seat(2, cut)
            line.until(lambda event: isinstance(event.body, StepStarted) and event.body.op == 20)
            line.kill()
        with Line(bench, root, parts, state, window=True) as line:
            wanted = {"Nest 1: FAIL", "Nest 2: NO RESULT"}
            came = eventually(lambda: any(set(page) == wanted for _, page in pages(line)), 60.0)
            shown = pages(line)
            assert came, (shown, line.said.read_text(encoding="utf-8"))
            seconds, page = next(one for one in shown if set(one[1]) == wanted)
            line.stop(signal.SIGTERM)
        label = bench.unit(bad).serial
        says = TEXTS.say("card.differ.label", label=label, unit=f"{label[:-1]}{'B' if label[-1] == 'A' else 'A'}")
        told = label, says, TEXTS.say(f"fault.{verdict.code}.do")
        assert all(one.rstrip(".") in page["Nest 1: FAIL"] for one in told), page
        told = bench.unit(cut).serial, TEXTS.say("fault.S603.what"), TEXTS.say("fault.S603.do")
        assert all(one.rstrip(".") in page["Nest 2: NO RESULT"] for one in told), page
    # How long it took is told, not judged: `./run test tests/line/test_window.py -p no:xdist -s`.
    sys.stdout.write(f"killed with its window open; every nest is shown again after {seconds} s\n")
