"""What the source of the firmware must never have, and what it must."""

import re
from pathlib import Path

import pytest

from tests.firmware.host import SOURCE

FILES = sorted((SOURCE / "src").iterdir())
TEXT = {path.name: path.read_text(encoding="utf-8") for path in FILES}

CODE = {name: re.sub(r"//[^\n]*|^#include.*$", "", text, flags=re.MULTILINE) for name, text in TEXT.items()}
"""Without comments, which may speak of anything."""

OPENS_RADIO_OR_CLOUD = re.compile(
    r"\bconnect\s*\(|\bnetwork_connect|\bspark_cloud|\bspark_connect|\bpublish|\bsubscribe\b|\blisten\s*\("
    r"|\bParticle\s*\.\s*(?!connected\b)|\bNetwork\s*\.\s*(?!connecting\b|ready\b|listening\b)"
    r"|\b(WiFi|BLE|NFC|Ethernet|Mesh|UDP|TCPClient|TCPServer|Tether)\b|\bsetCredentials|\bcellular_(?!device_info)"
    r"|SEMI_AUTOMATIC|AUTOMATIC|SAFE_MODE"
)
POWERS_MODEM = re.compile(r"\bCellular\b|\bcellular_")


@pytest.mark.parametrize("name", list(CODE))
def test_nothing_in_the_firmware_opens_radio_or_cloud(name: str) -> None:
    assert OPENS_RADIO_OR_CLOUD.search(CODE[name].replace("SYSTEM_MODE(MANUAL)", "")) is None


def test_the_search_finds_what_it_looks_for() -> None:
    for text in ("Particle.connect()", "Cellular.connect();", "WiFi.on()", "Network.on()", "Particle.process()"):
        assert OPENS_RADIO_OR_CLOUD.search(text), text


def test_only_the_modems_own_question_powers_it() -> None:
    assert [name for name, code in CODE.items() if POWERS_MODEM.search(code)] == ["modem.cpp"]


def test_the_application_is_in_manual_mode_and_says_so_once() -> None:
    modes = re.findall(r"SYSTEM_MODE\((\w+)\)", "".join(CODE.values()))
    assert modes == ["MANUAL"]


@pytest.mark.parametrize("name", ["language.h", "crc32", "line", "question", "answer", "text.h", "questions"])
def test_the_language_is_read_and_written_without_a_heap_or_exceptions(name: str) -> None:
    forbidden = re.compile(
        r"\bnew\b|malloc|\bString\b|std::(string|vector|map|function)|\bthrow\b|\btry\b|printf|strto"
    )
    for file, code in CODE.items():
        if file.split(".")[0] == name or file == name:
            assert forbidden.search(code) is None, file


def test_only_the_board_knows_which_pin_is_what() -> None:
    assert [name for name, code in CODE.items() if re.search(r"\b[AD][0-9]{1,2}\b", code)] == ["board.h"]


def test_only_one_file_touches_the_serial_port_and_only_one_the_registers() -> None:
    assert [name for name, code in CODE.items() if re.search(r"\bSerial\b", code)] == ["serial.cpp"]
    assert [name for name, code in CODE.items() if "volatile uint32_t&" in code] == ["chip.cpp"]


def test_it_is_a_project_that_workbench_builds_as_it_is() -> None:
    assert "name=factory-test" in (SOURCE / "project.properties").read_text(encoding="ascii")
    assert {path.suffix for path in FILES} == {".cpp", ".h"}
    assert all(path.is_file() for path in FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_one_subject_and_fits_a_screen_or_two(path: Path) -> None:
    lines = TEXT[path.name].splitlines()
    assert len(lines) <= 320
    assert max(len(line) for line in lines) <= 120
