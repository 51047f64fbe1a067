"""What measuring instruments answer: one number, one error, one identity.

IEEE 488.2 §8.7 (numbers), §10.14 (*IDN?); SCPI-99 volume 1, §7.2.1 (9.9E37 is infinity, 9.91E37 is not a number) and
volume 2, §21.8 (errors). Instruments take liberties with blanks, signs and quotes; a number they may not.
"""

from station.codec.scpi_errors import ErrorAnswer, error_answer
from station.codec.scpi_grammar import NUMBER
from station.codec.wire import NotUnderstood

CLEAR = "*CLS"
IDENTITY = "*IDN?"
ERROR = "SYST:ERR?"

MAX_ANSWER = 256
"""Bytes of an answer, its end included; one number, error or identity has less. A design margin."""

OVERLOAD = 9.9e37
"""From here on a number stands for infinity, or for none."""

SHOWN = 60
"""Characters of an answer that are repeated to a person."""


def number(answer: str) -> float:
    """The one finite number that is all of an answer. Raises NotUnderstood.

    >>> number("+3.30120000E+00")
    3.3012
    """
    text = answer.strip()
    if not NUMBER.match(text):
        raise NotUnderstood(f"it answers {shown(answer)}, which is not one number")
    value = float(text)
    if abs(value) >= OVERLOAD:
        raise NotUnderstood(f"it answers {shown(answer)}, which stands for overload or for no reading")
    return value


def error(answer: str) -> ErrorAnswer:
    """Number and words of an answer to SYST:ERR?, the words fit to be shown; 0 is none. Raises NotUnderstood.

    >>> error('-113,"Undefined header"')
    ErrorAnswer(number=-113, words='Undefined header', bare=False)
    """
    found = error_answer(answer)
    if found is None:
        raise NotUnderstood(f"its error queue answers {shown(answer)}, which is no error number")
    return found._replace(words=shown(found.words, quoted=False))


def identity(answer: str) -> str:
    """Maker, model, serial number and version, as one text without blanks around them. Raises NotUnderstood.

    >>> identity("Maker, DMM 7, MY123 ,1.0")
    'Maker,DMM 7,MY123,1.0'
    """
    fields = [one.strip() for one in answer.split(",")]
    if len(fields) < 2 or not fields[0] or not answer.isascii() or not answer.isprintable():
        raise NotUnderstood(f"it answers {shown(answer)} to {IDENTITY}, which names no maker and model")
    return ",".join(fields)


def shown(answer: str, quoted: bool = True) -> str:
    """An answer as it can be told to a person: printable, and not for ever."""
    text = "".join(one if " " <= one <= "~" else "?" for one in answer[:SHOWN])
    text = text if len(answer) <= SHOWN else f"{text}…"
    return f"'{text}'" if quoted else text
