"""The factory-test firmware is asked, the recipe judges. Most tests of a product need no code."""

from station.engine.op import Op
from station.ports import Link
from station.steps.asking import ask, weigh


def measure(op: Op, link: Link) -> None:
    """Put the line's question to the factory-test firmware and judge the named values of its answer.

    The radio stays off: a reading under transmit load belongs to a step that may go online,
    and no step on a sheet may.
    """
    weigh(op, ask(op, link))
