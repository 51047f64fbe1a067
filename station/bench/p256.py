"""The bench's own keys: ECDSA on P-256 with SHA-256, each from a seed, so that a unit has the same key at any time."""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve (FIPS 186-4 §D.1.2.3)."""

_ECDSA = ec.ECDSA(SHA256(), deterministic_signing=True)
"""The nonce follows from key and message (RFC 6979), so that the same message gives the same signature."""


def key_of(seed: str) -> ec.EllipticCurvePrivateKey:
    """The same key for the same seed."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big") % (ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """The signature as DER, 70 to 72 bytes."""
    return key.sign(message, _ECDSA)


def verify(key: ec.EllipticCurvePublicKey, message: bytes, signature: bytes) -> bool:
    """Whether this DER signature is of this message; False for bytes that are no signature."""
    try:
        key.verify(signature, message, _ECDSA)
    except InvalidSignature:
        return False
    return True


def fingerprint(key: ec.EllipticCurvePublicKey) -> bytes:
    """SHA-256 of the key as SubjectPublicKeyInfo in DER (RFC 5480 §2)."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
