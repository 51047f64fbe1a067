"""ECDSA on the curve P-256 with SHA-256, for the bench's own keys: exact, slow, and no secret's friend.

Source: SEC 1 v2 §4.1, FIPS 186-4 §D.1.2.3 (the curve), RFC 6979 §3.2 (the nonce follows from key and message),
RFC 5480 §2 (public key as DER); examples of RFC 6979 §A.2.5 are in the tests. Time depends on the numbers: never for a
key that guards anything.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
A = P - 3
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")

Point = tuple[int, int] | None
"""None is the point at infinity."""


def _add(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return other if one is None else one
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, P) if one == other else (y2 - y1) * pow(x2 - x1, -1, P)
    x3 = (slope * slope - x1 - x2) % P
    return x3, (slope * (x1 - x3) - y1) % P


def _times(factor: int, point: Point) -> Point:
    total: Point = None
    while factor:
        if factor & 1:
            total = _add(total, point)
        point, factor = _add(point, point), factor >> 1
    return total


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A point on the curve."""

    x: int
    y: int

    @property
    def der(self) -> bytes:
        """SubjectPublicKeyInfo, 91 bytes."""
        return _SPKI + b"\x04" + self.x.to_bytes(32, "big") + self.y.to_bytes(32, "big")

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of the DER form."""
        return hashlib.sha256(self.der).digest()

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether this DER signature is of this message; False for bytes that are no signature."""
        numbers = _read_signature(signature)
        if numbers is None or not all(0 < one < N for one in numbers):
            return False
        r, s = numbers
        inverse = pow(s, -1, N)
        at = _add(_times(_digest(message) * inverse % N, G), _times(r * inverse % N, (self.x, self.y)))
        return at is not None and at[0] % N == r


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A number from 1 to N - 1."""

    d: int

    @classmethod
    def of(cls, seed: str) -> "PrivateKey":
        """The same key for the same seed."""
        return cls(int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big") % (N - 1) + 1)

    @property
    def public(self) -> PublicKey:
        """What others check signatures with."""
        point = _times(self.d, G)
        if point is None:
            raise ValueError("a private key is a number from 1 to N - 1")
        return PublicKey(*point)

    def sign(self, message: bytes) -> bytes:
        """The DER signature, 70 to 72 bytes; the same message gives the same one."""
        digest = _digest(message)
        for k in _nonces(self.d, digest):
            point = _times(k, G)
            r = point[0] % N if point is not None else 0
            s = pow(k, -1, N) * (digest + r * self.d) % N
            if r and s:
                return _write_signature(r, s)
        raise AssertionError("the nonces go on for ever")


def _digest(message: bytes) -> int:
    return int.from_bytes(hashlib.sha256(message).digest(), "big")


def _nonces(d: int, digest: int) -> Iterator[int]:
    """Numbers from 1 to N - 1; nearly always the first one will do."""
    seed = d.to_bytes(32, "big") + (digest % N).to_bytes(32, "big")
    key, value = bytes(32), b"\x01" * 32
    for mark in (b"\x00", b"\x01"):
        key = hmac.digest(key, value + mark + seed, "sha256")
        value = hmac.digest(key, value, "sha256")
    while True:
        value = hmac.digest(key, value, "sha256")
        if 0 < (k := int.from_bytes(value, "big")) < N:
            yield k
        key = hmac.digest(key, value + b"\x00", "sha256")
        value = hmac.digest(key, value, "sha256")


def _write_signature(r: int, s: int) -> bytes:
    body = b"".join(b"\x02" + bytes((len(one),)) + one for one in map(_integer, (r, s)))
    return b"\x30" + bytes((len(body),)) + body


def _integer(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _read_signature(data: bytes) -> tuple[int, int] | None:
    """r and s of a signature exactly as it is written."""
    if len(data) < 8 or data[3] > len(data) - 6:
        return None
    second = 4 + data[3]
    r = int.from_bytes(data[4:second], "big")
    s = int.from_bytes(data[second + 2 :], "big")
    return (r, s) if 0 < r < N and 0 < s < N and _write_signature(r, s) == data else None
