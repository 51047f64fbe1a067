"""Whether Qt's binding and this Python fit: one release of the binding ends the process after some thousand calls."""

import sys

from PySide6.QtGui import QFont

CALLS = 500
"""Enough to tell a leak from the few references that come and go by themselves."""


def lost_references() -> int:
    """References to None that CALLS calls without a result have cost: 0 where the binding is sound.

    PySide6 6.12.0 on Python 3.10 and 3.11 loses one with every call, and the interpreter ends when the about 5,000 that
    a process begins with are used up (measured; from Python 3.12 on None is immortal, PEP 683).
    """
    font = QFont()
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        font.setPixelSize(20)
    return max(0, before - sys.getrefcount(None) - CALLS // 10)


def misfit() -> str | None:
    """What a person must know before the window opens, or None."""
    if lost_references() == 0:
        return None
    return (
        "This PySide6 does not fit this Python: the window would end by itself after a while. Install"
        " PySide6-Essentials below 6.12, as ./run does."
    )
