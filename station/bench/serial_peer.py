"""The far end of a serial port in a process of its own, so that measuring the near end counts no work of this one."""

import os
import select

from station.codec import factory_test

LINE = b"0000012345 [app] INFO: the quick brown fox jumps over the lazy dog, and again\r\n"
RAILS: dict[str, factory_test.Value] = {"vbat": 3.921, "v3v3": 3.304, "vbus": 5.037}


def flood(master: int, size: int) -> None:
    """Write log lines until `size` bytes are through, as fast as the host takes them."""
    block = LINE * 800
    left = size
    while left > 0:
        left -= os.write(master, block[: min(left, len(block))])
    _linger(master)


def answer(master: int) -> None:
    """Answer every question with the rails, until the host hangs up."""
    decoder = factory_test.QuestionDecoder()
    try:
        while data := os.read(master, 4096):
            for asked in decoder.feed(data):
                os.write(
                    master, factory_test.line(factory_test.encode_answer(factory_test.Answer(asked.id, True, RAILS)))
                )
    except OSError:
        return


def _linger(master: int) -> None:
    """Stay until the host has read everything and hung up: what a pseudo-terminal holds goes with its master."""
    poll = select.poll()
    poll.register(master, 0)
    while not any(events & select.POLLHUP for _, events in poll.poll(100)):
        continue
