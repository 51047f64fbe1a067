"""Files by what they are, wherever one is given in place of something else."""

import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.bench import modules
from station.codec import firmware_file, order_file
from station.codec.file_kind import what_is
from station.codec.module import NotAModule
from station.domain.faults import ConfigRefused, OrderRefused
from station.domain.recipe import Recipe
from station.drivers.release_folder import look
from station.toml_file import load

PART = modules.release_files()[0]
MODULE = PART.data
ID = "e00fce68aabbccddeeff0011"
HEX = ":020000040003F7\r\n:0400000001020304F2\r\n:00000001FF\r\n"
APPLE = b"\0\x05\x16\x07" + bytes(200)


def uf2(data: bytes) -> bytes:
    """As microsoft/uf2 has it, in blocks of 256 bytes."""
    blocks = [data[at : at + 256] for at in range(0, len(data), 256)]
    return b"".join(
        struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0x2000, 0xB4000 + 256 * n, 256, n, len(blocks), 0xADA52840)
        + one.ljust(476, b"\0")
        + struct.pack("<I", 0x0AB16F30)
        for n, one in enumerate(blocks)
    )


def tarred() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        one = tarfile.TarInfo("app.bin")
        one.size = len(MODULE)
        archive.addfile(one, io.BytesIO(MODULE))
    return out.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


FILES = {
    "a UF2 container": uf2(MODULE),
    "what a Mac keeps beside a file (AppleDouble)": APPLE,
    "an ELF file from the compiler": b"\x7fELF\x01\x01\x01" + bytes(500),
    "a library of the compiler": b"!<arch>\nx.o/" + bytes(50),
    "a program of a PC": b"MZ\x90\0\x03\0\0\0" + bytes(500),
    "a gzip archive": gzip.compress(MODULE),
    "an xz archive": lzma.compress(MODULE),
    "a 7-Zip archive": b"7z\xbc\xaf\x27\x1c\0\x04" + bytes(60),
    "a RAR archive": b"Rar!\x1a\x07\x01\0" + bytes(60),
    "a tar archive": tarred(),
    "an Excel workbook": zipped({"xl/workbook.xml": b"<x/>"}),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(60),
    "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(60),
    "a web page": b"<!DOCTYPE html>\n<html><body>404</body></html>",
    "an XML document": b"<?xml version='1.0'?><Error/>",
    "a JSON document": b'{"error": "not found"}',
    "a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 7\n",
    "a file for DFU, with its suffix": MODULE + b"\xff\xff\x0a\xd0\x04\x2b\x00\x01UFD\x10" + bytes(4),
    "an Intel hex file in UTF-16": HEX.encode("utf-16"),
    "a Motorola S-record file": b"S00600004844521B\nS31500000000000102030405060708090A0B0C0D0E0F82\n",
    "a database": b"SQLite format 3\0" + bytes(100),
    "a shortcut of Windows": b"L\0\0\0\x01\x14\x02\0" + bytes(60),
    "what a Mac notes about a folder (.DS_Store)": b"\0\0\0\x01Bud1" + bytes(60),
    "an e-mail": b"From: a@example.org\nSubject: list\n\n",
    "a key or a certificate": b"-----BEGIN CERTIFICATE-----\nMIIB\n",
}


@pytest.mark.parametrize("noun", FILES)
def test_a_file_is_named_wherever_it_is_given_in_place_of_another(noun: str, tmp_path: Path) -> None:
    data = FILES[noun]
    with pytest.raises(NotAModule) as refused:
        firmware_file.read(data)
    assert str(refused.value).startswith(f"this is {noun}")
    with pytest.raises(OrderRefused) as no_list:
        order_file.read(data)
    assert str(no_list.value).startswith(f"this is {noun}")
    path = tmp_path / "people.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigRefused) as no_config:
        load(path, Recipe)
    assert f"this is {noun}" in str(no_config.value)


@pytest.mark.parametrize("noun", FILES)
def test_a_file_in_a_folder_of_firmware_is_passed_over_with_its_name(noun: str, tmp_path: Path) -> None:
    (tmp_path / "part.bin").write_bytes(MODULE)
    (tmp_path / "given").write_bytes(FILES[noun])
    (tmp_path / "._part.bin").write_bytes(APPLE)
    (tmp_path / "__MACOSX").mkdir()
    found = look(tmp_path)
    assert [one.file for one in found.found] == ["part.bin"]
    assert found.ignored["given"].startswith(f"this is {noun}")
    assert "AppleDouble" in found.ignored["._part.bin"]


@pytest.mark.parametrize("name", ["app.bin", "app.hex", "app.HEX", "app", "app.elf", "README.txt"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_an_intel_hex_file_is_one_whatever_its_name_and_with_a_byte_order_mark(
    name: str, mark: bytes, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(mark + HEX.encode())
    (found,) = look(tmp_path).found
    (rest,) = found.contents.unclaimed
    assert (rest.start, rest.data) == (0x30000, b"\1\2\3\4")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_text_is_text_in_whatever_encoding_and_is_no_firmware(encoding: str) -> None:
    text = "Ein Brief über Geräte, in keiner bestimmten Form.\n"
    kind = what_is(text.encode(encoding))
    assert kind is not None
    assert (kind.noun.startswith("text"), bool(kind.encoding)) == (True, True)
    with pytest.raises(NotAModule, match="this is text"):
        firmware_file.read(text.encode(encoding))


def test_a_configuration_file_in_utf_16_is_told_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_bytes('name = "gateway"\n'.encode("utf-16"))
    with pytest.raises(ConfigRefused, match="this is text in UTF-16; save it as UTF-8"):
        load(path, Recipe)


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_bundle_that_a_mac_zipped_has_one_user_part(wrapped: bool) -> None:
    user = next(one.data for one in modules.release_files() if "gateway" in one.name)
    if wrapped:
        data = zipped({"gateway/app.bin": user, "__MACOSX/gateway/._app.bin": APPLE})
        with pytest.raises(NotAModule, match="it lies in a folder; zip what is in that"):
            firmware_file.read(data)
        return
    contents = firmware_file.read(zipped({"app.bin": user, "._app.bin": APPLE}))
    assert [data for _, data in contents.modules] == [user]
    assert contents.notes == ("._app.bin: left out, what a Mac keeps beside a file (AppleDouble)",)


def test_an_empty_file_is_called_empty() -> None:
    assert what_is(b"") is None
    with pytest.raises(NotAModule, match="the file is empty"):
        firmware_file.read(b"")
    with pytest.raises(OrderRefused, match="the file is empty"):
        order_file.read(b"")


@pytest.mark.parametrize("one", modules.release_files(), ids=lambda one: one.name)
def test_no_module_is_taken_for_anything_else(one: modules.File) -> None:
    assert what_is(one.data) is None
    assert firmware_file.read(one.data).modules


@given(st.binary(max_size=600) | st.builds(bytes.__add__, st.sampled_from([*FILES.values()]), st.binary(max_size=9)))
@settings(max_examples=300)
def test_whatever_bytes_come_they_are_something_or_nothing_and_the_sentence_is_one(data: bytes) -> None:
    kind = what_is(data)
    if kind is not None:
        assert kind.as_firmware.isprintable()
        assert kind.as_rows.startswith(f"this is {kind.noun}")
