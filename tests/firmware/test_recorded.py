"""What the C++ and the bench's unit once said, said again by both."""

import pytest

from station.codec.factory_test import Answer, Value, decode_answer
from tests.firmware.far import Far
from tests.firmware.recorded import MESSAGES, SIDES, Said, recorded

CONVERSATIONS = [(side, said) for side in SIDES for said in recorded(side)]


@pytest.mark.parametrize(
    ("side", "said"), CONVERSATIONS, ids=[f"{side} {said.message.decode()}" for side, said in CONVERSATIONS]
)
def test_a_recorded_conversation_is_had_again(side: str, said: Said, far: Far) -> None:
    reply = far.reply(said.message)
    assert (reply is None) is (said.reply is None)
    if reply is not None and said.reply is not None:
        assert shape(decode_answer(reply)) == shape(decode_answer(said.reply))


def shape(answer: Answer) -> tuple[int, bool, str, dict[str, Value | type]]:
    """An answer without what differs from unit to unit: numbers but for counts, and names of units."""
    firm = {"firmware", "version", "mode", "os", "jedec", "addresses"}
    count = {"platform", "pairs", "found", "size", "bytes", "presses"}
    kept = {
        name: value if name in firm | count or isinstance(value, bool) else type(value)
        for name, value in answer.values.items()
    }
    return answer.id, answer.ok, answer.error, kept


@pytest.mark.parametrize("side", SIDES)
def test_each_side_was_asked_the_same(side: str) -> None:
    assert [said.message.decode() for said in recorded(side)] == list(MESSAGES)
