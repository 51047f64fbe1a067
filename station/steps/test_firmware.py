"""Questions to the factory-test firmware over control request 10, which answers on a protected unit, too.

Other firmware answers request 10 as well, with an empty reply or JSON of its own; that it is ours is shown by what it
says under `firmware`.
"""

from station.codec import factory_test
from station.codec.wire import NotUnderstood
from station.domain.faults import NotOurFirmware, RequestRefused, TestFailed
from station.domain.questions import FIRMWARE
from station.ports import NOTHING, Given, Usb, Value

APP_CUSTOM = 10
"""Control request that the application answers (Device OS, system/inc/system_control.h)."""

WITHIN = 3.0
"""Seconds for an answer. A design margin, not measured."""

ONLY = 1
"""A request has its own reply, so that questions need no numbers of their own."""


def ask(usb: Usb, question: str, given: Given = NOTHING) -> dict[str, Value]:
    """Put a question. Raises NotOurFirmware, TestFailed, NoAnswer, LinkLost, RequestRefused."""
    asked = factory_test.encode_question(factory_test.Question(ONLY, question, given))
    try:
        answer = factory_test.decode_answer(usb.request(APP_CUSTOM, asked, within=WITHIN))
    except NotUnderstood as why:
        raise NotOurFirmware(f"{question}: the answer is not the factory-test firmware's: {why}") from None
    except RequestRefused as why:
        raise NotOurFirmware(f"{question}: the unit's firmware does not answer it: {why}") from why
    if answer.id != ONLY:
        raise NotOurFirmware(f"{question}: the answer has number {answer.id}, the question had {ONLY}")
    if not answer.ok:
        raise TestFailed(f"{question}: the unit says {answer.error}")
    return dict(answer.values)


def who(usb: Usb) -> dict[str, Value]:
    """What the firmware says of unit and itself. Raises NotOurFirmware for any other firmware's answer."""
    told = ask(usb, "who")
    if told.get("firmware") != FIRMWARE:
        raise NotOurFirmware(f"who: the firmware says it is {str(told.get('firmware'))!r}, not {FIRMWARE!r}")
    return told
