"""What `station bench serial` measures; how fast it is, is not a test's business."""

import json

from station.cli.bench_serial import measure
from tests.line.floor import verb


def test_both_read_everything_and_every_question_is_answered() -> None:
    found = measure(exchanges=50, ours=1 << 20, theirs=1 << 14)
    assert found.ours > found.readline > 0
    assert found.exchange_us > 0
    assert found.cpu_us_per_exchange > 0


def test_the_figures_come_as_one_line_with_their_goals() -> None:
    told = json.loads(verb("bench", "serial", "--exchanges", "20", "--json").out)
    assert told["bytes_vs_readline"] > 1
    assert set(told["met"]) == {"bytes_vs_readline", "cpu_us_per_exchange"}
