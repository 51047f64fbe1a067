"""The rule that keeps the meter at zero: what no part of the station may ask of a unit.

A unit's billing starts with its first connection to the cloud. The lists name USB control requests
(Device OS, system/inc/system_control.h) and characters of the listening-mode console
(Device OS, system/src/system_setup.cpp). What is on neither list is refused as well.
"""

FORBIDDEN_REQUESTS: dict[int, str] = {
    41: "a factory reset boots firmware nobody checked",
    50: "DFU mode ends in a boot that nobody watches",
    60: "safe mode connects to the cloud",
    73: "on Device OS before 4.0 the set-up bit is what keeps a unit from connecting",
    75: "the start-up mode outlives the run",
    77: "protection is the product owner's business",
    200: "claiming is not the line's business",
    250: "an update over USB reboots into what was sent",
    251: "an update over USB reboots into what was sent",
    253: "an update over USB reboots into what was sent",
    301: "it connects to the cloud",
    500: "it joins a Wi-Fi network",
    501: "it joins a Wi-Fi network",
    507: "it stores Wi-Fi credentials",
    503: "it changes stored networks",
    504: "it changes stored networks",
    506: "it looks for networks with the radio",
    550: "it changes how the modem connects",
    552: "it changes the SIM in use",
    601: "it changes the unit's environment",
}

ALLOWED_REQUESTS: dict[int, str] = {
    10: "the factory-test firmware's own questions",
    20: "device id",
    21: "serial number",
    30: "Device OS version",
    32: "system capabilities",
    40: "reset into the factory-test firmware, once its contact counters were read",
    70: "start listening mode",
    71: "leave listening mode, back to the factory-test firmware",
    72: "device mode",
    76: "protection state",
    90: "module information",
    91: "assets that are there and that are needed",
    100: "diagnostics",
    201: "claimed or not",
    300: "cloud connection status",
    302: "disconnect from the cloud",
    400: "network interfaces",
    401: "one network interface",
}

MODEM_REQUESTS: dict[int, str] = {
    554: "SIM and modem numbers; it powers the modem, without data or cloud",
}
"""Asked only where the recipe allows the modem to be powered."""

RAW_REQUESTS: dict[int, str] = {
    20: "device id",
    30: "Device OS version",
    302: "disconnect from the cloud, by the USB interrupt alone: it works when the system thread is stuck",
}
"""Vendor requests without a session (bRequest 0x50); 40 resets at once and is not among them."""

ALLOWED_CONSOLE: dict[str, str] = {
    "i": "device id and serial number; it prints a secret, too, which is dropped",
    "v": "Device OS version",
    "s": "modules",
    "d": "diagnostics",
    "c": "claimed or not",
    "m": "MAC address",
}


def request_refusal(number: int, modem: bool = False) -> str | None:
    """Why this control request may not be sent, or None when it may; `modem` says that the recipe powers it.

    >>> request_refusal(301)
    'it connects to the cloud'
    """
    if number in ALLOWED_REQUESTS or (modem and number in MODEM_REQUESTS):
        return None
    if number in MODEM_REQUESTS:
        return "it powers the modem, which the recipe does not allow"
    return FORBIDDEN_REQUESTS.get(number, "it is not on the list of requests a station needs")


def raw_refusal(number: int) -> str | None:
    """Why this vendor request without a session may not be sent, or None when it may."""
    return None if number in RAW_REQUESTS else "it is not on the list of requests a station needs"


def console_refusal(character: str) -> str | None:
    """Why this character may not be typed at the listening-mode console, or None when it may.

    >>> console_refusal("x")
    'it is not on the list of questions a station needs'
    """
    return None if character in ALLOWED_CONSOLE else "it is not on the list of questions a station needs"


FORBIDDEN_RATES = frozenset({14400, 28800})
"""Line rates that are commands: they switch a Particle unit into DFU or its updater (Device OS, usb_hal_cdc.c)."""
