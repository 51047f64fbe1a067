"""CRC-32 of a whole from the CRC-32s of its pieces, so that a chip may compute them piece by piece.

Ref: zlib's crc32_combine: appending n zero bytes to a message multiplies its CRC by x^8n modulo the polynomial.
"""

_POLYNOMIAL = 0xEDB88320
"""CRC-32 as zlib and IEEE 802.3 use it, bits reversed."""


def combine(first: int, second: int, second_length: int) -> int:
    """The CRC-32 of two pieces put together; `second_length` is in bytes.

    >>> import zlib
    >>> hex(combine(zlib.crc32(b"wafer"), zlib.crc32(b" thin"), 5)), hex(zlib.crc32(b"wafer thin"))
    ('0x488a1b22', '0x488a1b22')
    """
    return _times(first, _x_to_the(8 * second_length)) ^ second


def _times(a: int, b: int) -> int:
    """Product of two polynomials modulo the CRC's, bits reversed: bit 31 is the coefficient of x^0."""
    product = 0
    while a:
        if a & 0x80000000:
            product ^= b
        a = (a << 1) & 0xFFFFFFFF
        b = (b >> 1) ^ (_POLYNOMIAL if b & 1 else 0)
    return product


def _x_to_the(power: int) -> int:
    result, square = 0x80000000, 0x40000000
    while power:
        if power & 1:
            result = _times(result, square)
        square = _times(square, square)
        power >>= 1
    return result
