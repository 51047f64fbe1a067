"""Serial ports that are kernel pseudo-terminals: the host's driver opens them as it opens /dev/ttyACM0.

Raw, without echo. The device's end sees the speed that the host sets, as a USB device sees SET_LINE_CODING; modem
lines do not exist on a pseudo-terminal. Linux only: the speed is read by ioctl TCGETS2 on the master.
"""

import contextlib
import fcntl
import os
import select
import struct
import threading
import tty
from collections.abc import Callable
from pathlib import Path

from station.domain.faults import PartMissing

TCGETS2 = 0x802C542A  # include/uapi/asm-generic/ioctls.h, _IOR('T', 0x2A, struct termios2)
_TERMIOS2 = struct.Struct("<4IB19sII")  # include/uapi/asm-generic/termbits.h
POLL_SECONDS = 0.02


def open_pair() -> tuple[int, int]:
    """Both ends of a new pseudo-terminal, ours and the host's. Raises PartMissing where the system has none."""
    try:
        return os.openpty()
    except OSError as why:
        raise PartMissing(
            f"The system gives no pseudo-terminal ({why.strerror}), and the bench's serial ports are such:"
            " is /dev/pts mounted? mount -t devpts devpts /dev/pts"
        ) from why


class Pty:
    """One port, reached by the symbolic link `link` until `close`.

    `heard` gets what the host writes, `baud_set` each new speed, `idle` is called every 20 ms: all in the port's own
    thread. What the host does not take in time is dropped, as a device does that has nowhere to keep it.
    """

    def __init__(
        self,
        link: Path,
        heard: "Callable[[Pty, bytes], None]",
        baud_set: Callable[[int], None] | None = None,
        idle: "Callable[[Pty], None] | None" = None,
    ) -> None:
        self._link, self._heard, self._baud_set, self._idle = link, heard, baud_set, idle
        # The device keeps the host's end open, too: a pseudo-terminal hangs up when nobody has it open.
        self._master, self._host_end = open_pair()
        tty.setraw(self._host_end)
        os.set_blocking(self._master, False)
        self.name = os.ttyname(self._host_end)
        self._baud = self._read_baud()
        self._closing, self._hung_up = threading.Event(), threading.Event()
        self._wake = os.eventfd(0)
        self._writing = threading.Lock()
        point(link, self.name)
        threading.Thread(target=self._serve, name=f"serial {link.name}", daemon=True).start()

    def write(self, data: bytes) -> None:
        """Send to the host."""
        with self._writing, contextlib.suppress(OSError):
            if not self._closing.is_set():
                os.write(self._master, data)

    def wait_closed(self, seconds: float) -> bool:
        """Let real time pass; True when the port was closed meanwhile."""
        return self._closing.wait(seconds)

    def close(self) -> None:
        """Take the link away at once and hang up soon; callable from any thread and with any lock held."""
        with contextlib.suppress(OSError):
            if not self._closing.is_set() and os.readlink(self._link) == self.name:
                self._link.unlink()
        self._closing.set()
        with self._writing:
            if not self._hung_up.is_set():
                os.eventfd_write(self._wake, 1)

    def wait_hung_up(self, seconds: float) -> bool:
        """Let real time pass; True when whoever had the port open has noticed its end meanwhile."""
        return self._hung_up.wait(seconds)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while not self._closing.is_set():
                ready, _, _ = select.select([self._master, self._wake], [], [], POLL_SECONDS)
                self._watch_baud()
                if self._idle is not None:
                    self._idle(self)
                if ready and not self._closing.is_set():
                    with contextlib.suppress(BlockingIOError):
                        self._heard(self, os.read(self._master, 4096))
        self._closing.set()
        with self._writing:
            for one in (self._master, self._host_end, self._wake):
                os.close(one)
            self._hung_up.set()

    def _watch_baud(self) -> None:
        baud = self._read_baud()
        if baud != self._baud:
            self._baud = baud
            if self._baud_set is not None:
                self._baud_set(baud)

    def _read_baud(self) -> int:
        answer = fcntl.ioctl(self._master, TCGETS2, bytes(_TERMIOS2.size))
        baud: int = _TERMIOS2.unpack(answer)[-1]
        return baud


def point(link: Path, target: str) -> None:
    """Have a symbolic link lead to a device node, without a moment in which it leads nowhere."""
    temporary = link.with_name(f".{link.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    os.replace(temporary, link)
