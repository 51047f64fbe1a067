"""From the core's thread to the window's: nothing lost, nothing out of order, and a flood leaves keys their turn."""

import threading
from collections.abc import Sequence

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from station.domain.nest import State
from station.engine.bus import Heard, Moved
from station.ui.window.inbox import AT_ONCE, Inbox

MANY = 700
WRITERS = 4


def told(writer: int, number: int) -> Moved:
    return Moved(writer, State.EMPTY, str(number), None)


def drained(app: QApplication, inbox: Inbox, of: int) -> list[list[Moved]]:
    """Every batch, until so many have come."""
    batches: list[list[Moved]] = []

    def take(batch: Sequence[tuple[Heard, int]]) -> None:
        batches.append([heard for heard, _ in batch if isinstance(heard, Moved)])

    inbox.arrived.connect(take)
    while sum(map(len, batches)) < of:
        app.sendPostedEvents(inbox, QEvent.Type.MetaCall.value)
    return batches


def test_from_several_threads_nothing_is_lost_and_each_keeps_its_order(app: QApplication) -> None:
    inbox = Inbox()

    def write(writer: int) -> None:
        for number in range(MANY):
            inbox.put(told(writer, number))

    writers = [threading.Thread(target=write, args=(one,)) for one in range(WRITERS)]
    for one in writers:
        one.start()
    batches = drained(app, inbox, WRITERS * MANY)
    for one in writers:
        one.join()
    came = [heard for batch in batches for heard in batch]
    for writer in range(WRITERS):
        assert [int(one.tell) for one in came if one.nest == writer] == list(range(MANY))
    assert len(came) == WRITERS * MANY


def test_a_flood_comes_in_pieces_between_which_keys_and_paint_have_their_turn(app: QApplication) -> None:
    inbox, batches = Inbox(), list[int]()
    inbox.arrived.connect(lambda batch: batches.append(len(batch)))
    for number in range(5 * AT_ONCE):
        inbox.put(told(1, number))
    for turn in range(1, 6):
        # One turn of Qt's loop: what is queued meanwhile waits for the next, behind keys and paint.
        app.sendPostedEvents(inbox, QEvent.Type.MetaCall.value)
        assert batches == [AT_ONCE] * turn


def test_however_many_are_put_only_one_wake_up_is_queued(app: QApplication) -> None:
    inbox, woken = Inbox(), list[int]()
    inbox.arrived.connect(lambda batch: woken.append(len(batch)))
    for number in range(100):
        inbox.put(told(1, number))
    app.sendPostedEvents(inbox, QEvent.Type.MetaCall.value)
    app.sendPostedEvents(inbox, QEvent.Type.MetaCall.value)
    assert woken == [100]
    inbox.put(told(1, 100))
    app.sendPostedEvents(inbox, QEvent.Type.MetaCall.value)
    assert woken == [100, 1]
