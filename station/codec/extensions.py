"""Extensions of a firmware module: what did not fit its header and suffix.

    extension = type(2) length(2, with these four bytes) content, little-endian; END may be padded
    product   = low half of the id(2) id(2) version(2)
    asset     = hash type(1) hash length(1) hash name                     the asset a user part cannot start without
    security  = mode(1) certificate                                       1 for a bootloader that protects its unit

Ref: Device OS, dynalib/inc/module_info.h, module_info_extension_type_t. Gen 3 has them before the base suffix, Gen 4
behind the header, too (flag PREFIX_EXTENSIONS). Checked against binary-version-reader's own samples with assets.
"""

import struct
from collections.abc import Iterator

from station.domain.firmware import AssetNeed, Extension

_EXTENSION = struct.Struct("<HH")
_PRODUCT = struct.Struct("<HHH")
_END, _PRODUCT_DATA, _HASH_OF, _NAME, _ASSET, _SECURITY_MODE = 0, 1, 0x10, 0x11, 0x12, 0x13
_PROTECTED = b"\x01"  # MODULE_INFO_SECURITY_MODE_PROTECTED
_HASH = struct.Struct("<BB")
_SHA256, _SHA256_SIZE = 0, 32  # module_info_hash_type_t


def walk(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and content of each extension, up to END, the end of the data or one that cannot be."""
    at = 0
    while at + _EXTENSION.size <= len(data):
        kind, length = _EXTENSION.unpack_from(data, at)
        if length < _EXTENSION.size or at + length > len(data) or kind == _END:
            return
        yield kind, data[at + _EXTENSION.size : at + length]
        at += length


def listed(data: bytes) -> tuple[Extension, ...]:
    """Number and size of each, those of unknown meaning too, in their order."""
    return tuple(Extension(kind, len(content)) for kind, content in walk(data))


def product(data: bytes) -> tuple[int, int] | None:
    """Product id and version as an extension tells them; the id stands in the upper half of its word."""
    for kind, content in walk(data):
        if kind == _PRODUCT_DATA and len(content) == _PRODUCT.size:
            _, number, version = _PRODUCT.unpack(content)
            return number, version
    return None


def protects(data: bytes) -> bool:
    """Whether a bootloader with these extensions protects its unit."""
    return any(kind == _SECURITY_MODE and content.startswith(_PROTECTED) for kind, content in walk(data))


def of_protection() -> bytes:
    """The extension of a bootloader that protects its unit, without a certificate, and END behind it."""
    return _EXTENSION.pack(_SECURITY_MODE, _EXTENSION.size + 1) + _PROTECTED + _EXTENSION.pack(_END, _EXTENSION.size)


def assets(data: bytes) -> tuple[AssetNeed, ...]:
    """The assets a module asks for, in its order."""
    return tuple(_asset(content) for kind, content in walk(data) if kind == _ASSET and len(content) >= _HASH.size)


def carried(data: bytes) -> AssetNeed:
    """The asset that a module brings, by its name and hash; nameless where it says none."""
    said = dict(walk(data))
    return _asset(said.get(_HASH_OF, bytes(_HASH.size))[: _HASH.size + _SHA256_SIZE] + said.get(_NAME, b""))


def of_carried(asset: AssetNeed) -> bytes:
    """The extensions of a module that brings this asset, with END behind them. Raises ValueError without a hash."""
    if asset.sha256 is None:
        raise ValueError(f"no SHA-256 of asset {asset.name!r}")
    parts = (_HASH_OF, _HASH.pack(_SHA256, _SHA256_SIZE) + bytes.fromhex(asset.sha256)), (_NAME, asset.name.encode())
    told = b"".join(_EXTENSION.pack(kind, _EXTENSION.size + len(content)) + content for kind, content in parts)
    return told + _EXTENSION.pack(_END, _EXTENSION.size)


def _asset(content: bytes) -> AssetNeed:
    kind, size = _HASH.unpack_from(content)
    digest, name = content[_HASH.size : _HASH.size + size], content[_HASH.size + size :]
    known = kind == _SHA256 and len(digest) == size == _SHA256_SIZE
    return AssetNeed(name.rstrip(b"\0").decode("utf-8", "replace"), digest.hex() if known else None)


def of_assets(needs: Iterator[AssetNeed] | tuple[AssetNeed, ...], padding: int = 0) -> bytes:
    """The extensions that ask for these assets, with END behind them. Raises ValueError for one without a hash."""
    parts = []
    for need in needs:
        if need.sha256 is None:
            raise ValueError(f"no SHA-256 of asset {need.name!r}")
        content = _HASH.pack(_SHA256, _SHA256_SIZE) + bytes.fromhex(need.sha256) + need.name.encode()
        parts.append(_EXTENSION.pack(_ASSET, _EXTENSION.size + len(content)) + content)
    return b"".join(parts) + _EXTENSION.pack(_END, _EXTENSION.size + padding) + bytes(padding)
