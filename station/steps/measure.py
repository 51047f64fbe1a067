"""Op 40: the factory-test firmware is asked, the recipe judges. Most tests of a product need no code."""

from station.domain.faults import ConfigRefused, NoAnswer
from station.engine.op import Op
from station.ports import Link

ANSWER = 3.0
"""Seconds for one answer; an ADC reading takes milliseconds. A design margin, not measured."""


def measure(op: Op, link: Link) -> None:
    """Put the line's question to the factory-test firmware and judge the named values of its answer.

    The radio stays off: a reading under transmit load belongs to a step that may go online,
    and no step on a sheet may.
    """
    if op.line.ask is None:
        raise ConfigRefused(f"op {op.line.op}: measure needs `ask`, the question to put")
    answer = link.ask(op.line.ask, ANSWER)
    values: dict[str, float] = {}
    for name in op.line.judge:
        value = answer.get(name)
        if isinstance(value, bool) or not isinstance(value, float | int):
            raise NoAnswer(f"the answer to {op.line.ask!r} has no number {name!r}")
        values[name] = float(value)
    op.judge(values)
