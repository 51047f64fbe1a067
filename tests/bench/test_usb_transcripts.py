"""Every conversation that Device OS 6.2.0 was seen to have, had again with a unit of the bench, byte for byte.

They were recorded in five sittings, each from a fresh start; ids count up through a sitting. Where the recording leaves
a request out, another one takes its number. What differs, and why, is listed here one by one.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from station.bench import modules
from station.bench.board import Board, Mode
from station.bench.connection import Left
from station.bench.nest import Nest
from station.bench.p256 import fingerprint, sign, verify
from station.bench.protection import SERVER_KEY, device_text, server_text
from station.bench.traits import traits
from station.bench.usb_device import UsbDevice
from station.codec import control, control_messages, factory_test
from station.codec import control_proto as proto
from station.codec.control import Service, ServiceReply, Setup, Status
from station.codec.control_exchange import PAUSES
from station.codec.protobuf import decode, encode
from station.domain.firmware import Function
from tests.bench.conftest import BORON, let_run, program

Transcript = dict[str, Any]

TRANSCRIPTS: list[Transcript] = json.loads((Path(__file__).parents[1] / "vectors/control_requests.json").read_text())[
    "transcripts"
]

BEGINNINGS = (0, 41, 52, 68, 79, 81)
"""Where a sitting begins: open, protected and speaking TCP, protected and speaking UDP, open again, about to reset."""

SITTINGS = [TRANSCRIPTS[begin:end] for begin, end in pairwise(BEGINNINGS)]

LIKE_THEIRS = (0xDDCCBBAA, 0x1100FFEE)
"""FICR words of a chip whose device id is e00fce68aabbccddeeff0011, as in the recording."""

# The state a unit is in

SLOW = {
    # The recording's threads were this busy; nothing in the requests tells why.
    "protected(udp): APP_CUSTOM IS_READY": {10: 0.02},
    "protected(udp): SET_PROTECTED_STATE confirm without prepare": {77: 0.0},
    "protected(udp): SET_PROTECTED_STATE prepare short nonce": {77: 0.0},
}
UPTIME = {"DIAGNOSTIC_INFO": 2.0}
LEFT_OUT = {
    # The recording leaves out the piece that went beyond the size of the update, and so ended it.
    "FINISH_FIRMWARE_UPDATE validate_only (invalid image)": [(253, encode(proto.FirmwareUpdateDataRequest(b"x")))],
}


@dataclass(frozen=True)
class Differs:
    """What cannot be as it was recorded: another payload, another result, another reply, and why."""

    why: str
    payload: Callable[["Sitting", bytes], bytes] = lambda sitting, payload: payload
    result: int | None = None
    judge: Callable[["Sitting", bytes], None] | None = None


class Sitting:
    """One unit from its start on."""

    def __init__(self, nest: Nest, number: int) -> None:
        assert BORON is not None
        self.nest = nest
        self.board = Board(1, BORON, replace(traits(1, 1, BORON), device_words=LIKE_THEIRS), None)
        program(self.board, modules.factory_test())
        protects = SITTINGS[number][0]["name"].startswith("protected")
        self.board.chip.poke(modules.BOOTLOADER_START, modules.bootloader(13, 3100, protects))
        self.board.lock.udp = "(tcp)" not in SITTINGS[number][0]["name"]
        self.board.ailments.no_serial = True
        let_run(nest, self.board)
        self.device = UsbDevice(self.board, Mode.NORMAL)
        self.prepared = proto.PreparedProtectedState()
        self.next_id = 1

    def transfer(self, setup: Setup, out: bytes = b"") -> bytes | None:
        answer = self.device.transfer(setup, out)
        return b"" if answer is not None and not setup.request_type & 0x80 else answer

    def ask(self, number: int, payload: bytes) -> None:
        """Any request, to its end."""
        begun = ServiceReply.decode(self.transfer(control.init(number, len(payload))) or b"")
        assert begun.id is not None
        if payload:
            assert self.transfer(control.send(begun.id, len(payload)), payload) == b""
        self.nest.advance(1.0)
        self.transfer(control.check(begun.id))
        self.transfer(control.reset(begun.id))

    def have(self, recorded: Transcript) -> None:
        """Bring the unit into the state it was in, and have the conversation."""
        name = recorded["name"]
        self.board.ailments.slow = SLOW.get(name, {})
        self.nest.advance(max(0.0, UPTIME.get(name, 0.0) - self.board.uptime))
        transfers = [(Setup.decode(bytes.fromhex(one["setup"])), one) for one in recorded["transfers"]]
        for setup, one in transfers:
            if setup.request == Service.INIT and not one["stall"]:
                theirs = ServiceReply.decode(bytes.fromhex(one["in"])).id
                assert theirs is not None
                for number, payload in LEFT_OUT.get(name, [(72, b"")] * (theirs - self.next_id)):
                    self.ask(number, payload)
                self.next_id = theirs + 1
        differs = DIFFERENT.get(name)
        if differs is None:
            for setup, one in transfers:
                self.same(setup, bytes.fromhex(one["out"]), None if one["stall"] else bytes.fromhex(one["in"]))
        else:
            self.alike(transfers, differs, bytes.fromhex(recorded["payload"]))

    def same(self, setup: Setup, out: bytes, answer: bytes | None) -> None:
        """One transfer, byte for byte."""
        got = self.transfer(setup, out)
        assert (got.hex() if got is not None else None) == (answer.hex() if answer is not None else None)
        if (
            got is not None
            and setup == control.check(setup.index)
            and ServiceReply.decode(got).status is Status.PENDING
        ):
            self.nest.advance(PAUSES[0])

    def alike(self, transfers: list[tuple[Setup, Any]], differs: Differs, payload: bytes) -> None:
        """The same transfers in the same order, with this payload, result and reply."""
        payload, size = differs.payload(self, payload), 0
        for setup, one in transfers:
            answer = bytes.fromhex(one["in"])
            match setup.request:
                case Service.INIT:
                    self.same(replace(setup, value=len(payload)), b"", answer)
                case Service.SEND:
                    self.same(replace(setup, length=len(payload)), payload, answer)
                case Service.CHECK if (theirs := ServiceReply.decode(answer)).result is not None:
                    got = ServiceReply.decode(self.transfer(setup) or b"")
                    result = theirs.result if differs.result is None else differs.result
                    assert replace(got, size=None) == replace(theirs, size=None, result=result)
                    assert (got.size is None) == (theirs.size is None)
                    size = got.size or 0
                case Service.CHECK:
                    self.same(setup, b"", answer)
                case Service.RECV:
                    assert differs.judge is not None
                    reply = self.transfer(replace(setup, length=size))
                    assert reply is not None
                    assert len(reply) == size
                    differs.judge(self, reply)
                case _:
                    raise AssertionError("a conversation without a session cannot differ")


# What differs


def _our_question(_: Sitting, __: bytes) -> bytes:
    return factory_test.encode_question(factory_test.Question(7, "who"))


def _our_answer(sitting: Sitting, reply: bytes) -> None:
    told = factory_test.decode_answer(reply)
    assert (told.id, told.ok, told.values["device_id"]) == (7, True, sitting.board.device_id)


def _our_modules(_: Sitting, reply: bytes) -> None:
    told = control_messages.modules(reply)
    assert [one.function for one in told] == [Function.BOOTLOADER, Function.SYSTEM, Function.USER, Function.RADIO]
    assert all(one.ok for one in told)
    assert [one.version for one in told] == [3100, 6200, 6, 202]


def _our_network(_: Sitting, reply: bytes) -> None:
    (recorded,) = (one for one in TRANSCRIPTS if one["name"] == "DIAGNOSTIC_INFO")
    theirs = control_messages.diagnostics(bytes.fromhex(recorded["transfers"][-1]["in"]))
    assert control_messages.diagnostics(reply) == {**theirs, "net:dconnrsn": Left.UNKNOWN}
    assert theirs["net:dconnrsn"] == 0


def _our_nonce(sitting: Sitting, reply: bytes) -> None:
    told = decode(proto.SetProtectedStateReply, reply).prepare
    assert told is not None
    assert (len(told.device_nonce), told.device_public_key_fingerprint) == (32, fingerprint(sitting.board.lock.key))
    text = device_text(sitting.board.device_id, told.device_nonce, bytes(range(32)))
    assert verify(sitting.board.lock.key, text, told.device_signature)
    sitting.prepared = told


def _our_signature(sitting: Sitting, _: bytes) -> bytes:
    told = sitting.prepared
    text = server_text(sitting.board.device_id, bytes(range(32)), told.device_nonce, told.device_public_key_fingerprint)
    confirm = proto.ConfirmProtectedState(sign(SERVER_KEY, text), fingerprint(SERVER_KEY.public_key()))
    return encode(proto.SetProtectedStateRequest(2, confirm=confirm))


def _wrong_signature(_: Sitting, __: bytes) -> bytes:
    confirm = proto.ConfirmProtectedState(sign(SERVER_KEY, b"another text"), fingerprint(SERVER_KEY.public_key()))
    return encode(proto.SetProtectedStateRequest(2, confirm=confirm))


_APPLICATION = Differs(
    "another application runs: it was Particle's own, here it is ours", _our_question, judge=_our_answer
)

DIFFERENT = {
    "APP_CUSTOM IS_READY": _APPLICATION,
    "APP_CUSTOM GET_DEVICE_ID": _APPLICATION,
    "protected(tcp): APP_CUSTOM IS_READY": _APPLICATION,
    "protected(udp): APP_CUSTOM IS_READY": _APPLICATION,
    "DIAGNOSTIC_INFO": Differs(
        "a Boron has networks, and a reason for having left them from its start on", judge=_our_network
    ),
    "GET_MODULE_INFO": Differs("a Boron has other modules than a program on Linux", judge=_our_modules),
    "GET_ASSET_INFO": Differs("a Boron keeps assets, a program on Linux does not; it has none", result=0),
    "protected(udp): SET_PROTECTED_STATE prepare": Differs("nonce and key are this unit's", judge=_our_nonce),
    "protected(udp): confirm wrong signature": Differs("the cloud's key is the bench's", _wrong_signature),
    "protected(udp): confirm ok": Differs(
        "the cloud's key is the bench's, and signs this unit's nonce", _our_signature
    ),
}


@pytest.mark.parametrize("number", range(len(SITTINGS)))
def test_a_unit_answers_every_conversation_of_a_sitting_as_device_os_did(number: int, nest: Nest) -> None:
    sitting = Sitting(nest, number)
    for recorded in SITTINGS[number]:
        sitting.have(recorded)


def test_every_conversation_belongs_to_a_sitting_and_every_difference_to_a_conversation() -> None:
    assert len(TRANSCRIPTS) == sum(len(one) for one in SITTINGS) == 81
    assert {*DIFFERENT, *SLOW, *UPTIME, *LEFT_OUT} <= {one["name"] for one in TRANSCRIPTS}


def test_a_raw_reset_is_not_answered_because_the_unit_is_gone(nest: Nest) -> None:
    # The recording of it is a time-out: there are no bytes to compare.
    (recorded,) = [one for one in TRANSCRIPTS if one["name"] == "RESET (raw OUT)"]
    assert recorded["transfers"] == []
    sitting = Sitting(nest, 0)
    before = len(sitting.board.runs)
    sitting.transfer(Setup.decode(bytes.fromhex("4050000028000000")))
    assert (sitting.board.mode, len(sitting.board.runs)) == (None, before + 1)
