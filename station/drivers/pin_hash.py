"""PINs as argon2id hashes; the only door to argon2.

Parameters are RFC 9106 §4, second recommended option: 64 MiB, 3 passes, 4 lanes; some tenths of a second on a small
PC. A PIN of four digits is found by whoever has its hash, however slow it is: what guards it is the mode of the file,
and that a station takes few tries.
"""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=3, memory_cost=64 << 10, parallelism=4)


def pin_hash(pin: str) -> str:
    """What is kept of a PIN."""
    return _HASHER.hash(pin)


def voucher(badge: str, pin: str) -> str:
    """What the journal keeps of somebody who may change people: badge and PIN are found only together.

    A badge of eight characters, of which the journal has two, and a PIN of four digits are 10^13 tries.
    """
    return _HASHER.hash(f"{badge} {pin}")


def vouched(kept: str, badge: str, pin: str) -> bool:
    """Whether it was made of these."""
    return pin_fits(kept, f"{badge} {pin}")


def pin_fits(kept: str, pin: str) -> bool:
    """Whether this is the PIN; a hash that cannot be read fits none."""
    try:
        return _HASHER.verify(kept, pin)
    except (VerificationError, InvalidHashError):
        return False
