"""The console that Device OS opens on USB serial in listening mode: one character asks, text answers.

There is no echo, no prompt and no end mark. Source: Device OS, system/src/system_setup.cpp; the replies in
tests/vectors were printed by Device OS 6.2.0. On cellular units the modem's own lines may follow later, so the
readers here skip lines that belong to another question. Not verified on hardware.
"""

import json
import re
from collections.abc import Mapping, Sequence

from station.codec.strict_json import read_object
from station.codec.wire import NotUnderstood
from station.domain.firmware import Dependency, Function
from station.domain.ids import DeviceId, NotAnId, SerialNumber, device_id, serial_number
from station.domain.offline import console_refusal

MAX_REPLY = 8192
"""Characters; the longest reply seen, the module list of a unit with six modules, has under 1000."""

_ID = re.compile(r"^(?:Device ID: |Your device id is )([0-9A-Fa-f]{24})\r?$", re.ASCII | re.MULTILINE)
_SERIAL = re.compile(r"^Serial Number: ?([^\r\n]*)\r?$", re.ASCII | re.MULTILINE)
_VERSION = re.compile(r"^system firmware version: ([0-9A-Za-z.+-]{1,32})\r?$", re.ASCII | re.MULTILINE)
_OBJECT = re.compile(r"^(\{[^\r\n]*\})\r?$", re.ASCII | re.MULTILINE)

_COMPLETE = {
    "i": re.compile(r"^(?:Your device id is |Serial Number:)[^\r\n]*\r\n", re.ASCII | re.MULTILINE),
    "v": re.compile(r"^system firmware version: [^\r\n]*\n\r\n", re.ASCII | re.MULTILINE),
    "s": re.compile(r"^\{[^\r\n]*\}\r\n", re.ASCII | re.MULTILINE),
    "d": re.compile(r"^\{[^\r\n]*\}\r\n", re.ASCII | re.MULTILINE),
    "c": re.compile(r"^Device claimed: [^\r\n]*\r\n", re.ASCII | re.MULTILINE),
    "m": re.compile(r"^Your device MAC address is\r\n[^\r\n]+\r\n", re.ASCII | re.MULTILINE),
}

NO_VALUE = -100
"""SYSTEM_ERROR_UNKNOWN, which stands for a diagnostic without a value (Device OS, services/inc/system_error.h)."""


def complete(text: str, character: str) -> bool:
    """True when everything a station reads from the reply to `character` has arrived.

    A unit without a serial number never completes "i" in its key-value form: silence ends that reply.
    Raises ValueError for a character a station does not type.
    """
    if why := console_refusal(character):
        raise ValueError(why)
    return _COMPLETE[character].search(text) is not None


def identity(text: str) -> tuple[DeviceId, SerialNumber | None]:
    """Device id and serial number from the reply to "i"; the mobile secret and the modem's numbers are dropped.

    Raises NotUnderstood, whose message holds nothing of the reply.
    """
    _capped(text)
    try:
        ids = {device_id(one) for one in _ID.findall(text)}
        serials = {serial_number(one) for one in _SERIAL.findall(text) if one}
    except NotAnId as why:
        raise NotUnderstood(str(why)) from None
    if not ids:
        raise NotUnderstood(f"no device id among these {len(text)} characters")
    if len(ids) > 1 or len(serials) > 1:
        raise NotUnderstood("the reply names two units")
    return ids.pop(), next(iter(serials), None)


def diagnostics(text: str) -> dict[str, int]:
    """Diagnostics by name from the reply to "d"; those the unit has no value for are left out.

    Raises NotUnderstood when the reply is no flat object of whole numbers and {"err": n}.
    """
    _capped(text)
    found = _OBJECT.findall(text)
    if not found:
        raise NotUnderstood(f"no diagnostics among these {len(text)} characters")
    values: dict[str, int] = {}
    for name, value in read_object(found[-1]).items():
        match value:
            case bool():
                raise NotUnderstood("a diagnostic is neither a whole number nor an error")
            case int():
                values[name] = value
            case {"err": int(number), **rest} if not rest and not isinstance(number, bool):
                continue
            case _:
                raise NotUnderstood("a diagnostic is neither a whole number nor an error")
    return values


def version(text: str) -> str:
    """Device OS version from the reply to "v", such as "6.2.0". Raises NotUnderstood."""
    _capped(text)
    found = _VERSION.findall(text)
    if not found:
        raise NotUnderstood(f"no version among these {len(text)} characters")
    return str(found[-1])


def _capped(text: str) -> None:
    if len(text) > MAX_REPLY:
        raise NotUnderstood(f"{len(text)} characters; no reply has more than {MAX_REPLY}")


Modem = tuple[str, str, str]
"""IMEI, ICCID and firmware of a modem as a unit prints them; empty where it has none to print."""


def write_identity(
    device: DeviceId, secret: str | None, serial: SerialNumber | None, modem: Modem | None = None
) -> str:
    """The reply to "i" as a unit prints it; without any of the rest, the form of platforms that have none."""
    if secret is None and serial is None and modem is None:
        return f"Your device id is {device}\r\n"
    lines = [f"Device ID: {device}"]
    lines += [f"Device Secret: {secret}"] if secret is not None else []
    lines += [f"Serial Number: {serial}"] if serial is not None else []
    if modem is not None:
        lines += [
            f"{name}: {value}" for name, value in zip(("IMEI", "ICCID", "Cell Radio Version"), modem, strict=True)
        ]
    return "".join(f"{line}\r\n" for line in lines)


def write_modules(platform: int, modem: Modem | None, modules: Sequence[Mapping[str, object]]) -> str:
    """The reply to "s" as a unit prints it; of each module what `module_entry` makes."""
    told = {} if modem is None else dict(zip(("imei", "iccid", "cellfw"), modem, strict=True))
    return json.dumps({"p": platform, **told, "m": list(modules)}, separators=(",", ":")) + "\r\n"


_LETTERS = {  # Device OS, system/inc/system_info.h, module_function_string
    Function.NONE: "n",
    Function.RESOURCE: "r",
    Function.BOOTLOADER: "b",
    Function.MONO: "m",
    Function.SYSTEM: "s",
    Function.USER: "u",
    Function.NCP: "c",
    Function.RADIO: "a",
}


def module_entry(
    function: Function,
    index: int,
    version: int,
    max_size: int,
    checks: tuple[int, int],
    digest: bytes,
    dependencies: Sequence[Dependency],
) -> dict[str, object]:
    """One module in the reply to "s"; `checks` are those made and those passed, only a user part tells its hash."""
    own = {"u": digest.hex().upper()} if function is Function.USER else {}
    needs = [{"f": _LETTERS.get(one.function, "_"), "n": str(one.index), "v": one.version} for one in dependencies]
    kind = {"f": _LETTERS.get(function, "_"), "n": str(index), "v": version}
    return {"s": max_size, "l": "m", "vc": checks[0], "vv": checks[1], **own, **kind, "d": needs}


def write_diagnostics(values: Mapping[str, int | None], without_value: Sequence[str] = ()) -> str:
    """The reply to "d" as a unit prints it; None, too, stands for a diagnostic without a value."""
    none = f'{{"err":{NO_VALUE}}}'
    every = {**values, **dict.fromkeys(without_value)}
    return "{" + ",".join(f'"{name}":{none if value is None else value}' for name, value in every.items()) + "}\r\n"


def write_version(number: str) -> str:
    """The reply to "v" as a unit prints it."""
    return f"system firmware version: {number}\n\r\n"
