"""ECDSA on P-256, against the examples of RFC 6979 §A.2.5."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.bench.p256 import G, N, PrivateKey, _times

KEY = PrivateKey(0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721)


def der(r: str, s: str) -> bytes:
    parts = b"".join(b"\x02\x21\x00" + bytes.fromhex(one) for one in (r, s))
    return b"\x30" + bytes((len(parts),)) + parts


SAMPLE = der(
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
)


def test_the_public_key_and_the_signatures_are_those_of_the_rfc() -> None:
    assert KEY.public.x == 0x60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6
    assert KEY.public.y == 0x7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299
    assert KEY.sign(b"sample") == SAMPLE
    r = KEY.sign(b"test")[5:37].hex()
    assert r == "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"


@settings(max_examples=15)
@given(st.binary(max_size=20), st.text(max_size=5))
def test_a_signature_is_good_for_its_message_and_key_alone(message: bytes, seed: str) -> None:
    key = PrivateKey.of(seed)
    signature = key.sign(message)
    assert key.public.verify(message, signature)
    assert not key.public.verify(message + b"!", signature)
    assert not KEY.public.verify(message, signature)


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\x30", SAMPLE[:-1], SAMPLE + b"\0", b"\x31" + SAMPLE[1:], bytes(70), SAMPLE[:3] + b"\xff" + SAMPLE[4:]],
)
def test_bytes_that_are_no_signature_are_good_for_nothing(garbage: bytes) -> None:
    assert not KEY.public.verify(b"sample", garbage)


def test_the_public_key_as_der_begins_as_every_p256_key_does() -> None:
    assert (len(KEY.public.der), KEY.public.der[:2]) == (91, b"\x30\x59")
    assert len(KEY.public.fingerprint) == 32
    assert _times(N, G) is None
    with pytest.raises(ValueError, match="private key"):
        _ = PrivateKey(0).public
