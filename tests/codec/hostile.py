"""Texts that were written to do harm, to come from a scanner, a supplier's file or a unit; none names a unit."""

HOSTILE = (
    "",
    " ",
    "\0",
    "B40HAB123456789\0",
    "B40HAB12345678\u0669",  # an Arabic-Indic nine is a digit to str.isdigit
    "Ｂ40HAB123456789",  # full width
    "B40HAB123456789\u202e",  # turns the reading order round
    "\u200bB40HAB123456789X",
    "B40HAB'; DROP TABLE entry;--",
    "' OR '1'='1",
    "1e0027000647343138333038x",
    '=HYPERLINK("http://x")',
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1;2)",
    "^XA^FD1^FS^XZ",  # ZPL
    "~JR",
    "\x1b[2J\x1b]0;title\x07",
    "<img src=x onerror=alert(1)>",
    "{{7*7}}",
    "%s%s%s%n",
    "../../../etc/passwd",
    "C:\\windows\\system32\\calc.exe",
    "CMD-START-0\r\nCMD-STOP-0",
    "A" * 5000,
    "9" * 1_000_000,
    "e00fce68aabbccddeeff0011e00fce68aabbccddeeff0012",
    "e00fce68aabbccddeeff001",
    "0xe00fce68aabbccddeeff0011",
    "89340765000025891748934076500002589174",
)
