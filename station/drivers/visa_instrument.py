"""Measuring instruments that speak SCPI, by VISA resource name; the only door to pyvisa, with pyvisa-py behind it.

Never checked on hardware. Traps of pyvisa 1.16 and pyvisa-py 0.8, seen on loopback sockets:

* a refused connection opens without a word; the first write or read raises a bare OSError;
* a socket that the far end has closed is read in a busy loop until the time is over;
* while bytes trickle in, no time-out counts, and without a cap neither does any size;
* failures come as VisaIOError, OSError, ValueError or a plain Exception, depending on the kind of resource.

So answers are taken byte by byte where they come as a stream, with a deadline and a cap of our own; an instrument that
did anything unexpected is closed, so that a late answer is never another question's. Opened again it may still say what
is late, or hello, or start over (pyserial #124): it is used once question and answer are seen to agree.
"""

import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from station.codec import scpi_instrument as scpi
from station.codec.wire import NotUnderstood
from station.domain.faults import InstrumentRefused, InstrumentSilent, PartMissing

OPENS = 3.0
"""Seconds to open an instrument. A design margin, not measured."""

ANSWER = 5.0
"""Seconds for one answer: a multimeter that averages over 100 power-line cycles takes 2 to 4. A design margin."""

EXPLAINS = 1.0
"""Seconds in which an instrument that did not answer may tell from its error queue why."""

STARTS = 2
"""Times the seconds for an answer that an instrument has when it is opened: many start over then. A design margin."""

AGAIN = 0.5
"""Seconds after which one that was just opened is asked anew: what it was asked while it started is lost."""

QUIET = 0.1
"""Seconds of silence after which one that was just opened is asked: it may say hello first. A design margin."""

SLICE = 0.01
"""Seconds one look at a stream may take, and the pause after an empty one."""

HOW_TO_INSTALL = "pip install 'station[visa]'"


def require_visa() -> None:
    """Raises PartMissing, with how to install it, where pyvisa or its pure-Python backend is not there."""
    try:
        import pyvisa  # noqa: F401
        import pyvisa_py  # noqa: F401
    except ImportError as error:
        raise PartMissing(
            f"the recipe reads instruments, and {error.name or 'pyvisa'} is not installed: {HOW_TO_INSTALL}"
        ) from error


class _Unexpected(Exception):
    """The instrument is lost, or says too little or too much; the message says what happened."""


class _OutOfStep(_Unexpected):
    """Nothing, half a line or another question's answer came; one that was just opened may still come round."""


class _Refused(Exception):
    """The instrument has an error in its queue; the message repeats it."""


@contextmanager
def _vendor() -> Iterator[None]:
    """Whatever pyvisa and its backends raise becomes _Unexpected; whatever they warn of is not for the operator."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except _Unexpected:
            raise
        except Exception as error:
            said = error.strerror if isinstance(error, OSError) else str(error)
            raise _Unexpected(" ".join((said or type(error).__name__).split())) from error


class _Talk:
    """One open instrument: a line to it, a line from it."""

    identity: str

    def __init__(self, resource: str, answer: float) -> None:
        """Raises _Unexpected."""
        import pyvisa
        from pyvisa.resources import MessageBasedResource, SerialInstrument, TCPIPSocket

        self._answer = answer
        with _vendor():
            opened = pyvisa.ResourceManager("@py").open_resource(resource, open_timeout=int(OPENS * 1000))
            if not isinstance(opened, MessageBasedResource):
                opened.close()
                raise _Unexpected("it takes no messages")
            self._it = opened
            # A stream has no end of message but LF; the others tell their last byte by the bus.
            self._stream = isinstance(opened, TCPIPSocket | SerialInstrument)
            if self._stream:
                opened.read_termination = "\n"
            opened.timeout = (SLICE if self._stream else answer) * 1000
        try:
            self.identity = self._greet()
        except BaseException:
            self.close()
            raise

    def _greet(self) -> str:
        """Its identity, once an answer is seen to be that of its question. Raises _Unexpected, NotUnderstood."""
        deadline = time.monotonic() + STARTS * self._answer
        within = AGAIN if self._stream else self._answer
        self._forget(QUIET)
        while True:
            patience = min(within, self._answer)
            try:
                self.say(scpi.CLEAR)
                self.identity = scpi.identity(self.ask(scpi.IDENTITY, patience))
                with suppress(_Refused):  # an error that *CLS left is no answer of another question
                    self.check(patience)
                return self.identity
            except (_OutOfStep, NotUnderstood):
                if time.monotonic() >= deadline:
                    raise
                # What it was asked may still be answered; a slow one would else be asked anew before it answers.
                self._forget(within)
                within *= 2

    def _forget(self, quiet: float) -> None:
        """What comes until it is quiet for so many seconds is nobody's answer. Raises _Unexpected."""
        if not self._stream:
            # Not every kind of resource knows a device clear.
            with suppress(_Unexpected), _vendor():
                self._it.clear()
            return
        deadline = time.monotonic() + self._answer
        until = time.monotonic() + quiet
        while time.monotonic() < min(until, deadline):
            if self._byte():
                until = time.monotonic() + quiet

    def say(self, text: str) -> None:
        """Raises _Unexpected."""
        with _vendor():
            self._it.write_raw(f"{text}\n".encode("ascii"))

    def ask(self, question: str, within: float | None = None) -> str:
        """The line it answers with, without its end. Raises _Unexpected."""
        self.say(question)
        data = self._streamed(within or self._answer) if self._stream else self._message()
        if len(data) >= scpi.MAX_ANSWER and not data.endswith(b"\n"):
            raise _Unexpected(f"{len(data)} bytes came and no end of a line")
        return data.decode("ascii", "replace").rstrip("\r\n")

    def _streamed(self, within: float) -> bytes:
        data = b""
        deadline = time.monotonic() + within
        while len(data) < scpi.MAX_ANSWER and not data.endswith(b"\n"):
            if time.monotonic() >= deadline:
                had = f"half a line, {scpi.shown(data.decode('ascii', 'replace'))}," if data else "nothing"
                raise _OutOfStep(f"{had} came within {within:g} s")
            data += self._byte()
        return data

    def _byte(self) -> bytes:
        import pyvisa

        with _vendor():
            try:
                return bytes(self._it.read_bytes(1))
            except pyvisa.VisaIOError as error:
                if error.error_code != pyvisa.constants.StatusCode.error_timeout:
                    raise
        # The far end may have closed the connection, which pyvisa-py reads in a busy loop: leave the others some time.
        time.sleep(SLICE)
        return b""

    def _message(self) -> bytes:
        import pyvisa

        with _vendor():
            try:
                return bytes(self._it.read_bytes(scpi.MAX_ANSWER, break_on_termchar=True))
            except pyvisa.VisaIOError as error:
                if error.error_code != pyvisa.constants.StatusCode.error_timeout:
                    raise
        raise _OutOfStep(f"nothing came within {self._answer:g} s")

    def check(self, within: float | None = None) -> None:
        """Take the oldest error from its queue. Raises _Refused where there is one, _Unexpected, NotUnderstood."""
        number, words, bare = scpi.error(self.ask(scpi.ERROR, within))
        # A bare number may be a value that came late or twice; who it is cannot be taken for one.
        if bare and scpi.identity(self.ask(scpi.IDENTITY, within)) != self.identity:
            raise _OutOfStep("its answers are not those of the questions")
        if number != 0:
            raise _Refused(f"error {number}, {words}".removesuffix(", "))

    def do(self, text: str) -> str:
        """Send a command or ask a question, and make sure that it was taken; the answer, empty for a command.

        Without the second question, a second line of an answer would be taken for the next question's. Raises the same.
        """
        answer = ""
        if "?" in text:
            try:
                answer = self.ask(text)
            except _Unexpected:
                # An instrument that was asked what it does not know says nothing, and knows why.
                with suppress(_Unexpected, NotUnderstood):
                    self.check(EXPLAINS)
                raise
        else:
            self.say(text)
        self.check()
        return answer

    def there(self) -> bool:
        """Whether it still answers as it should, its queue emptied."""
        try:
            self.say(scpi.CLEAR)
            self.check(EXPLAINS)
        except (_Unexpected, _Refused, NotUnderstood):
            return False
        return True

    def close(self) -> None:
        """Let go of it; never raises."""
        with suppress(_Unexpected), _vendor():
            self._it.close()


class VisaInstruments:
    """Implements ports.Instruments for one nest. Opened when first needed, kept open, opened again after a loss."""

    def __init__(
        self, resources: Mapping[str, str], resolve: Callable[[str], str] = str, answer: float = ANSWER
    ) -> None:
        """`resources` are the fixture's, by name; `answer` is in seconds.

        `resolve` makes a VISA resource name of each, and may raise InstrumentSilent.
        """
        self._resources, self._resolve, self._answer = dict(resources), resolve, answer
        self._open: dict[str, _Talk] = {}

    def names(self) -> frozenset[str]:
        return frozenset(self._resources)

    def setup(self, name: str, commands: Sequence[str]) -> None:
        talk = self._open.get(name)
        if talk is not None and not talk.there():
            self._drop(name)
            talk = None
        if talk is None:
            if name not in self._resources:
                raise InstrumentSilent(f"this nest has no instrument {name!r}")
            resource = self._resolve(self._resources[name])
            with self._told(name, resource):
                talk = self._open[name] = _Talk(resource, self._answer)
        for command in commands:
            with self._told(name, command):
                talk.do(command)

    def read(self, name: str, query: str) -> float:
        with self._told(name, query):
            return scpi.number(self._talk(name).do(query))

    def identity(self, name: str) -> str:
        with self._told(name, scpi.IDENTITY):
            return self._talk(name).identity

    def close(self) -> None:
        for name in list(self._open):
            self._drop(name)

    def _talk(self, name: str) -> _Talk:
        talk = self._open.get(name)
        if talk is None:
            # Opened again unasked, it might have lost what `setup` had set.
            raise _Unexpected("it was lost, or never set up")
        return talk

    @contextmanager
    def _told(self, name: str, text: str) -> Iterator[None]:
        """What goes wrong in the block becomes a fault, and the instrument is closed: nothing of it is trusted on."""
        try:
            yield
        except _Unexpected as why:
            self._drop(name)
            raise InstrumentSilent(f"{name}: {text}: {why}") from None
        except (_Refused, NotUnderstood) as why:
            self._drop(name)
            raise InstrumentRefused(f"{name}: {text}: {why}") from None

    def _drop(self, name: str) -> None:
        talk = self._open.pop(name, None)
        if talk is not None:
            talk.close()


def local_resources() -> list[str]:
    """VISA resource names of the instruments on this PC's own buses.

    Those on the network are not looked for: that takes broadcasts. Raises PartMissing.
    """
    require_visa()
    import pyvisa_py.sessions
    from pyvisa.constants import InterfaceType

    found: list[str] = []
    with _vendor():
        for (interface, _), kind in pyvisa_py.sessions.Session.iter_valid_session_classes():
            if interface in (InterfaceType.usb, InterfaceType.asrl, InterfaceType.gpib):
                found += kind.list_resources()
    return sorted(set(found))
