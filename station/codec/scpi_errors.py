"""The one reading of what an instrument or a controller answers to SYST:ERR?, in the forms that instruments have.

    answer = number [ "," or blanks, words ] | "No error"        words in quotes, or beginning with a letter

SCPI-99 volume 2, §21.8, has `0,"No error"`. Others were seen: `+0,"No error"`, `0  No Error` (Siglent;
sigrok/libsigrok #77), a bare `0` (nominal-io/instro #378). A bare number may be the value of another question: who
awaits one, too, has to make sure which it is. Two numbers are a list of values and no error.
"""

import re
from typing import NamedTuple

_ANSWER = re.compile(
    r"""(?P<number>[+-]?[0-9]{1,5})(?:(?:[ \t]*,[ \t]*|[ \t]+)(?:"(?P<quoted>.*)"|(?P<words>[A-Za-z].*)))?\Z""",
    re.ASCII | re.DOTALL,
)
_NONE = re.compile(r"\"?(no\s+errors?)\"?\Z", re.ASCII | re.IGNORECASE)


class ErrorAnswer(NamedTuple):
    """Number and words, those as they came without quotes around them; 0 is no error. `bare`: a number and no more."""

    number: int
    words: str
    bare: bool = False


def error_answer(text: str) -> ErrorAnswer | None:
    """What the error queue says; None for a text that is no answer of it.

    >>> error_answer('-113,"Undefined header"')
    ErrorAnswer(number=-113, words='Undefined header', bare=False)
    >>> error_answer("0  No Error").number, error_answer("0").bare, error_answer("0,1")
    (0, True, None)
    """
    answer = text.strip()
    if none := _NONE.match(answer):
        return ErrorAnswer(0, none[1])
    found = _ANSWER.match(answer)
    if found is None:
        return None
    words = found["words"] if found["quoted"] is None else found["quoted"]
    return ErrorAnswer(int(found["number"]), words or "", bare=words is None)
