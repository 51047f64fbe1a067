"""The bench's keys, against the examples of RFC 6979 §A.2.5."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from station.bench.p256 import fingerprint, key_of, sign, verify

KEY = ec.derive_private_key(0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721, ec.SECP256R1())


def der(r: str, s: str) -> bytes:
    parts = b"".join(b"\x02\x21\x00" + bytes.fromhex(one) for one in (r, s))
    return b"\x30" + bytes((len(parts),)) + parts


SAMPLE = der(
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
)


def test_a_message_always_gets_the_signature_of_the_rfc() -> None:
    assert sign(KEY, b"sample") == sign(KEY, b"sample") == SAMPLE


def test_a_seed_is_one_key_and_another_seed_another() -> None:
    assert fingerprint(key_of("unit 1").public_key()) == fingerprint(key_of("unit 1").public_key())
    assert fingerprint(key_of("unit 1").public_key()) != fingerprint(key_of("unit 2").public_key())


def test_a_signature_is_good_for_its_message_and_key_alone() -> None:
    key = key_of("unit 1")
    signature = sign(key, b"sample")
    assert verify(key.public_key(), b"sample", signature)
    assert not verify(key.public_key(), b"sample!", signature)
    assert not verify(KEY.public_key(), b"sample", signature)


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\x30", SAMPLE[:-1], SAMPLE + b"\0", b"\x31" + SAMPLE[1:], bytes(70), SAMPLE[:3] + b"\xff" + SAMPLE[4:]],
)
def test_bytes_that_are_no_signature_are_good_for_nothing(garbage: bytes) -> None:
    assert not verify(KEY.public_key(), b"sample", garbage)
