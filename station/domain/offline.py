"""The rule that keeps the meter at zero: what no part of the station may ask of a unit.

A unit's billing starts with its first connection to the cloud. The lists name USB control requests
(Device OS, system/inc/system_control.h) and characters of the listening-mode console
(Device OS, system/src/system_setup.cpp). What is on neither list is refused as well.
"""

FORBIDDEN_REQUESTS: dict[int, str] = {
    41: "a factory reset boots firmware nobody checked",
    60: "safe mode connects to the cloud",
    200: "claiming is not the line's business",
    250: "an update over USB reboots into what was sent",
    251: "an update over USB reboots into what was sent",
    253: "an update over USB reboots into what was sent",
    301: "it connects to the cloud",
    500: "it joins a Wi-Fi network",
    501: "it joins a Wi-Fi network",
    507: "it stores Wi-Fi credentials",
    550: "it changes how the modem connects",
}

ALLOWED_REQUESTS: dict[int, str] = {
    10: "the factory-test firmware's own questions",
    20: "device id",
    21: "serial number",
    30: "Device OS version",
    70: "start listening mode",
    71: "leave listening mode, back to the factory-test firmware",
    72: "device mode",
    76: "protection state",
    90: "module information",
    100: "diagnostics",
    300: "cloud connection status",
    302: "disconnect from the cloud",
}

ALLOWED_CONSOLE: dict[str, str] = {
    "i": "device id and serial number; it prints a secret, too, which is dropped",
    "v": "Device OS version",
    "s": "modules",
    "d": "diagnostics",
    "c": "claimed or not",
    "m": "MAC address",
}


def request_refusal(number: int) -> str | None:
    """Why this control request may not be sent, or None when it may.

    >>> request_refusal(301)
    'it connects to the cloud'
    """
    if number in ALLOWED_REQUESTS:
        return None
    return FORBIDDEN_REQUESTS.get(number, "it is not on the list of requests a station needs")


def console_refusal(character: str) -> str | None:
    """Why this character may not be typed at the listening-mode console, or None when it may.

    >>> console_refusal("x")
    'it is not on the list of questions a station needs'
    """
    return None if character in ALLOWED_CONSOLE else "it is not on the list of questions a station needs"
