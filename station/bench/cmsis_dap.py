"""The firmware of a CMSIS-DAP probe, v1 or v2, and the USB plug it hangs on: packets over a unix stream socket.

Ref: CMSIS-DAP 2.1, "CMSIS-DAP Commands". Match-value transfers, JTAG, SWO and atomic commands are not modelled.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from station.bench.dap import DP_ABORT, DP_RDBUFF, DRW, Ack, DebugPort

REQUEST_AP, REQUEST_READ, REQUEST_REGISTER = 1 << 0, 1 << 1, 0xC
WRITE_MEMORY = REQUEST_AP | DRW  # a request to write the word that DRW leads to
SWD_ONLY, SWD_PORT, OK, INVALID = 0x01, 1, b"\x00", b"\xff"
WRITE_SIZE = 5  # bytes that one more write takes in a DAP_Transfer request
NRESET, OTHER_PINS = 1 << 7, 0x0F
PULLER = "probe"  # how the probe is called among those that pull nRESET
LENGTH = struct.Struct("<H")  # what goes before a packet on the socket
TOP_HZ = 8_000_000  # what an nRF52840 takes on SWCLK: PS v1.11 §Debug and trace


class Command(IntEnum):
    """The first byte of a packet."""

    INFO = 0x00
    LED = 0x01
    CONNECT = 0x02
    DISCONNECT = 0x03
    TRANSFER_CONFIGURE = 0x04
    TRANSFER = 0x05
    TRANSFER_BLOCK = 0x06
    WRITE_ABORT = 0x08
    DELAY = 0x09
    RESET_TARGET = 0x0A
    SWJ_PINS = 0x10
    SWJ_CLOCK = 0x11
    SWJ_SEQUENCE = 0x12
    SWD_CONFIGURE = 0x13


class Info(IntEnum):
    """What DAP_Info is asked for."""

    VENDOR = 0x01
    PRODUCT = 0x02
    SERIAL = 0x03
    PROTOCOL = 0x04
    FIRMWARE = 0x09
    CAPABILITIES = 0xF0
    PACKET_COUNT = 0xFE
    PACKET_SIZE = 0xFF


@dataclass(frozen=True)
class Usb:
    """What a probe's speed depends on: its pipe and its clock. Unless told otherwise, a slow host's high-speed bulk."""

    packet_size: int = 512  # bytes, USB 2.0 §5.8.3
    packets: int = 4  # under way at a time
    transit_us: float = 100.0  # each way; assumed, a high-speed microframe is 125 us
    top_hz: int = TOP_HZ
    is_bulk: bool = True  # CMSIS-DAP v2; v1 exchanges HID reports, which are always of full size


# Sizes: USB 2.0 §5.7.3 and §5.8.3. Times are assumed: no probe was measured.
HIGH_SPEED = Usb(512, 4, 60.0)
FULL_SPEED = Usb(64, 4, 100.0)
HID = Usb(64, 1, 500.0, is_bulk=False)  # a request and its response in each frame of 1 ms
SLOW_CLOCK = Usb(512, 4, 60.0, top_hz=1_000_000)


class Unplugged(Exception):
    """Somebody pulled the USB plug in the middle of a packet."""


class Firmware:
    """Turns one request packet into its response; the board's lock is held around it.

    The trip over USB is added to the board's clock once per burst: a packet that is full has its successor already
    under way, one that is not was flushed by a host that now waits for the answer. The host's own work takes no time.
    """

    def __init__(self, dap: DebugPort, serial: str, usb: Usb | None = None) -> None:
        self.dap, self.usb = dap, usb or Usb()
        self.packets = 0
        self.on_packet: Callable[[], None] | None = None  # asked before each packet; raises Unplugged to pull the plug
        self._idle_clocks, self._retries = 0, 100
        self._infos: dict[int, bytes] = {
            Info.VENDOR: b"Station\0",
            Info.PRODUCT: b"bench probe\0",
            Info.SERIAL: serial.encode() + b"\0",
            Info.PROTOCOL: b"2.1.1\0" if self.usb.is_bulk else b"1.3.0\0",
            Info.FIRMWARE: b"1.0\0",
            Info.CAPABILITIES: bytes((SWD_ONLY,)),
            Info.PACKET_COUNT: bytes((self.usb.packets,)),
            Info.PACKET_SIZE: struct.pack("<H", self.usb.packet_size),
        }

    def release_pins(self) -> None:
        """Float all pins, as a probe does that disconnects or has no USB power: nRESET is let go."""
        self.dap.chip.pull_reset(PULLER, low=False)

    def handle(self, packet: bytes) -> bytes:
        """The response to one packet; a command that the probe does not know is answered by 0xFF."""
        self.packets += 1
        if self.on_packet is not None:
            self.on_packet()
        try:
            response = self._answer(packet)
        except (IndexError, struct.error):
            response = INVALID
        if self.usb.packets == 1 or self.usb.packet_size - max(len(packet), len(response)) >= WRITE_SIZE:
            self.dap.clock.advance(2 * self.usb.transit_us)
        return response if self.usb.is_bulk else response.ljust(self.usb.packet_size, b"\0")

    def _answer(self, packet: bytes) -> bytes:
        match packet[0]:
            case Command.TRANSFER_BLOCK:
                body = self._block(packet)
            case Command.TRANSFER:
                body = self._transfers(packet)
            case Command.INFO:
                value = self._infos.get(packet[1], b"")
                body = bytes((len(value),)) + value
            case Command.CONNECT:
                body = bytes((SWD_PORT if packet[1] in (0, SWD_PORT) else 0,))
            case Command.DISCONNECT:
                self.release_pins()
                body = OK
            case Command.SWJ_PINS:
                body = self._pins(packet[1], packet[2])
            case Command.TRANSFER_CONFIGURE:
                self._idle_clocks, self._retries = struct.unpack_from("<BH", packet, 1)
                body = OK
            case Command.SWJ_CLOCK:
                (hz,) = struct.unpack_from("<I", packet, 1)
                self.dap.set_clock(min(max(hz, 1), self.usb.top_hz))
                body = OK
            case Command.SWJ_SEQUENCE:
                self.dap.sequence(packet[1] or 256, int.from_bytes(packet[2:], "little"))
                body = OK
            case Command.WRITE_ABORT:
                self.dap.transfer(ap=False, read=False, register=DP_ABORT, data=struct.unpack_from("<I", packet, 2)[0])
                body = OK
            case Command.DELAY:
                self.dap.clock.advance(struct.unpack_from("<H", packet, 1)[0])
                body = OK
            case Command.RESET_TARGET:
                body = OK + b"\x00"  # no device-specific reset sequence is known to the probe
            case Command.LED | Command.SWD_CONFIGURE:
                body = OK
            case _:
                return INVALID
        return packet[:1] + body

    def _pins(self, level: int, selected: int) -> bytes:
        if selected & NRESET:
            self.dap.chip.pull_reset(PULLER, low=not level & NRESET)
        return bytes((OTHER_PINS | (0 if self.dap.chip.reset_low else NRESET),))

    def _transfer(self, request: int, data: int = 0) -> tuple[Ack, int]:
        """One transfer, repeated while the target says WAIT."""
        ack, value = Ack.WAIT, 0
        for _ in range(self._retries + 1):
            ack, value = self.dap.transfer(
                bool(request & REQUEST_AP), bool(request & REQUEST_READ), request & REQUEST_REGISTER, data
            )
            if ack is not Ack.WAIT:
                break
        self.dap.idle(self._idle_clocks)
        return ack, value

    def _fetch(self) -> tuple[Ack, int]:
        """Read RDBUFF: the result of the last posted read, or the fate of the last write."""
        return self._transfer(REQUEST_READ | DP_RDBUFF)

    def _transfers(self, packet: bytes) -> bytes:
        """DAP_Transfer: a list of single requests; reads of an AP are posted, and fetched by what comes next."""
        values: list[int] = []
        done, at, posted, unchecked, ack = 0, 3, False, False, Ack.OK
        while done < packet[2]:
            request = packet[at]
            if (
                request == WRITE_MEMORY
                and not posted
                and (words := self._written_in_a_row(packet, at, packet[2] - done))
            ):
                done, at, unchecked = done + words, at + words * WRITE_SIZE, True
                continue
            at += 1
            reads_ap = request & (REQUEST_AP | REQUEST_READ) == REQUEST_AP | REQUEST_READ
            if posted and not reads_ap:
                posted = False
                ack, value = self._fetch()
                if ack is not Ack.OK:
                    break
                values.append(value)
            if request & REQUEST_READ:
                ack, value = self._transfer(request)
                if ack is Ack.OK and (posted or not reads_ap):
                    values.append(value)
                posted, unchecked = reads_ap, False
            else:
                ack, _ = self._transfer(request, struct.unpack_from("<I", packet, at)[0])
                at += 4
                unchecked = True
            if ack is not Ack.OK:
                break
            done += 1
        if ack is Ack.OK and (posted or unchecked):
            ack, value = self._fetch()
            if posted and ack is Ack.OK:
                values.append(value)
        return struct.pack(f"<BB{len(values)}I", done, ack, *values)

    def _written_in_a_row(self, packet: bytes, at: int, most: int) -> int:
        """How many words went to memory at once; 0 where they have to go one by one."""
        requests = packet[at : at + most * WRITE_SIZE : WRITE_SIZE]
        words = len(requests) - len(requests.lstrip(bytes((WRITE_MEMORY,))))
        if words < 2 or not self.dap.write_words(struct.unpack_from("<" + "xI" * words, packet, at)):
            return 0
        self.dap.idle(self._idle_clocks * words)
        return words

    def _block(self, packet: bytes) -> bytes:
        """DAP_TransferBlock: one request, many words."""
        length, request = struct.unpack_from("<HB", packet, 2)
        if request & REQUEST_READ:
            words, ack = self._read_block(length, request)
            return struct.pack(f"<HB{len(words)}I", len(words), ack, *words)
        done, ack = self._write_block(struct.unpack_from(f"<{length}I", packet, 5), request)
        return struct.pack("<HB", done, ack)

    def _read_block(self, length: int, request: int) -> tuple[tuple[int, ...], Ack]:
        if self._is_memory(request):
            words = self.dap.read_words(length)
            if words is not None:
                self.dap.idle(self._idle_clocks * (length + 1))
                return words, Ack.OK
        values: list[int] = []
        is_ap = bool(request & REQUEST_AP)
        ack = self._transfer(request)[0] if is_ap else Ack.OK
        while ack is Ack.OK and len(values) < length:
            ends = is_ap and len(values) == length - 1
            ack, value = self._fetch() if ends else self._transfer(request)
            if ack is Ack.OK:
                values.append(value)
        return tuple(values), ack

    def _write_block(self, words: tuple[int, ...], request: int) -> tuple[int, Ack]:
        if self._is_memory(request) and self.dap.write_words(words):
            self.dap.idle(self._idle_clocks * len(words))
            return len(words), self._fetch()[0]
        for done, word in enumerate(words):
            ack, _ = self._transfer(request, word)
            if ack is not Ack.OK:
                return done, ack
        return len(words), self._fetch()[0]

    def _is_memory(self, request: int) -> bool:
        return bool(request & REQUEST_AP) and request & REQUEST_REGISTER == DRW


class ProbePlug:
    """A probe's USB plug: `path` exists while it is in, and one host at a time is served there.

    A packet travels as its length (u16, little-endian) and its bytes, in both directions. A host that goes away leaves
    the chip as it is; a plug that is pulled ends the connection, and the probe without power lets go of nRESET.
    """

    def __init__(self, path: Path, firmware: Firmware, lock: threading.RLock) -> None:
        self.path, self.firmware = path, firmware
        self._lock = lock
        self._listener: socket.socket | None = None
        self._host: socket.socket | None = None

    @property
    def plugged(self) -> bool:
        """Whether a host can find the probe."""
        return self._listener is not None

    def plug(self) -> None:
        """Put the plug in; harmless when it is."""
        if self._listener is not None:
            return
        self.path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.path))
        listener.listen()
        self._listener = listener
        threading.Thread(target=self._serve, args=(listener,), name=f"probe {self.path.name}", daemon=True).start()

    def unplug(self) -> None:
        """Pull the plug, at once; harmless when it is out."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        self.path.unlink(missing_ok=True)
        # Closing a socket does not wake the thread that waits on it; shutting it down does.
        for end in (listener, self._host):
            if end is not None:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self.firmware.release_pins()

    def _serve(self, listener: socket.socket) -> None:
        with listener:
            while True:
                try:
                    host, _ = listener.accept()
                except OSError:
                    return
                with host:
                    self._host = host
                    # Pulled between accept() and the line above, the plug has not seen this host.
                    if self._listener is listener:
                        self._converse(host)

    def _converse(self, host: socket.socket) -> None:
        with host.makefile("rb") as requests, contextlib.suppress(OSError):
            while len(head := requests.read(LENGTH.size)) == LENGTH.size:
                (length,) = LENGTH.unpack(head)
                packet = requests.read(length)
                try:
                    with self._lock:
                        response = self.firmware.handle(packet)
                except Unplugged:
                    self.unplug()
                    return
                host.sendall(LENGTH.pack(len(response)) + response)
