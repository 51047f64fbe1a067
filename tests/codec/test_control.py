"""Control requests, against what Device OS and particle-usb put on the wire."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.codec import control
from station.codec.control import Service, ServiceReply, Setup, Status
from station.codec.wire import NotUnderstood

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/control_requests.json").read_text())
TRANSCRIPTS = {one["name"]: one for one in VECTORS["transcripts"]}
PARTICLE_USB = VECTORS["particle_usb"]


def test_an_unknown_request_is_not_found() -> None:
    (transfer,) = TRANSCRIPTS["CHECK unknown id"]["transfers"]
    assert Setup.decode(bytes.fromhex(transfer["setup"])) == control.check(0x1092)
    assert ServiceReply.decode(bytes.fromhex(transfer["in"])) == ServiceReply(Status.NOT_FOUND)


def test_reset_of_an_unknown_request_says_so_too() -> None:
    (transfer,) = TRANSCRIPTS["RESET unknown id"]["transfers"]
    assert Setup.decode(bytes.fromhex(transfer["setup"])) == control.reset(0x1092)
    assert ServiceReply.decode(bytes.fromhex(transfer["in"])) == ServiceReply(Status.NOT_FOUND)


def test_reset_without_an_id_means_every_request() -> None:
    (transfer,) = TRANSCRIPTS["RESET all"]["transfers"]
    assert control.reset().encode().hex() == transfer["setup"]


@pytest.mark.parametrize("name", ["INIT wLength 63", "INIT wLength 65"])
def test_the_unit_stalls_the_lengths_that_are_never_asked_for(name: str) -> None:
    (transfer,) = TRANSCRIPTS[name]["transfers"]
    assert transfer["stall"]
    assert Setup.decode(bytes.fromhex(transfer["setup"])).length != control.init(20).length == 64


@pytest.mark.parametrize("row", [row for row in PARTICLE_USB if "setup" in row], ids=lambda row: row["fn"])
def test_setup_packets_are_those_of_particle_usb(row: dict[str, object]) -> None:
    args, fields = row["args"], row["setup"]
    assert isinstance(args, list)
    assert isinstance(fields, dict)
    ours: dict[str, Callable[..., Setup]] = {
        "initRequest": control.init,
        "checkRequest": control.check,
        "sendRequest": control.send,
        "recvRequest": control.recv,
        "resetRequest": control.reset,
    }
    assert ours[str(row["fn"])](*args) == Setup(
        *(fields[name] for name in ("bmRequestType", "bRequest", "wValue", "wIndex", "wLength"))
    )


@pytest.mark.parametrize("row", [row for row in PARTICLE_USB if "hex" in row], ids=lambda row: row["hex"])
def test_service_replies_are_those_of_particle_usb(row: dict[str, object]) -> None:
    args, text = row["args"], row["hex"]
    assert isinstance(args, list)
    assert isinstance(text, str)
    fields = {**args[0], "status": Status(args[0]["status"])}
    assert ServiceReply.decode(bytes.fromhex(text)) == ServiceReply(**fields)
    assert ServiceReply(**fields).encode().hex() == text


replies = st.builds(
    ServiceReply,
    st.sampled_from(Status),
    st.none() | st.integers(0, 0xFFFF),
    st.none() | st.integers(0, 0xFFFFFFFF),
    st.none() | st.integers(-(2**31), 2**31 - 1),
)


@given(replies)
def test_a_service_reply_reads_as_it_was_written(reply: ServiceReply) -> None:
    assert ServiceReply.decode(reply.encode()) == reply


@given(replies, st.integers(0, 13))
def test_a_service_reply_cut_short_or_with_bytes_left_over_is_refused(reply: ServiceReply, length: int) -> None:
    data = reply.encode()
    with pytest.raises(NotUnderstood):
        ServiceReply.decode(data + b"\0")
    with pytest.raises(NotUnderstood):
        ServiceReply.decode(data[: length % len(data)])


@given(st.binary(max_size=80))
def test_arbitrary_bytes_are_a_reply_only_if_a_unit_could_have_written_them(data: bytes) -> None:
    with suppress(NotUnderstood):
        assert ServiceReply.decode(data).encode() == data


@pytest.mark.parametrize("text", ["110000000000", "020000000000", "000000000000", "010000000600"])
def test_unknown_flags_and_statuses_are_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        ServiceReply.decode(bytes.fromhex(text))


@pytest.mark.parametrize("length", [0, 7, 9])
def test_a_setup_packet_has_eight_bytes(length: int) -> None:
    with pytest.raises(NotUnderstood):
        Setup.decode(bytes(length))


@given(st.integers(0, control.MAX_PAYLOAD))
def test_chunks_move_exactly_the_payload(size: int) -> None:
    lengths = control.chunks(size)
    assert sum(lengths) == size
    assert all(0 < length <= control.MAX_CHUNK for length in lengths)


@pytest.mark.parametrize("size", [-1, control.MAX_PAYLOAD + 1])
def test_a_payload_that_does_not_fit_is_refused_before_anything_is_sent(size: int) -> None:
    with pytest.raises(ValueError, match="payload"):
        control.init(10, size)


def test_only_send_goes_from_host_to_unit() -> None:
    outward = {Service(one.request) for one in (control.init(1), control.check(1), control.recv(1, 1), control.reset())}
    assert outward == {Service.INIT, Service.CHECK, Service.RECV, Service.RESET}
    assert control.send(1, 1).request_type == control.VENDOR_OUT


def test_a_result_without_a_name_is_still_told() -> None:
    assert control.result_name(-1801) == "PROTECTED (-1801)"
    assert control.result_name(-5) == "result (-5)"
