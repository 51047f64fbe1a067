"""A unit on its USB wire: descriptors, standard requests, and the control requests of Device OS on endpoint 0.

Sources: USB 2.0 §9; CDC PSTN 1.2 §6.3; Device OS, hal/src/nRF52840/usb_hal_cdc.c and
system/src/usb_control_request_channel.cpp. Not verified on hardware; suspend and data endpoints are not modelled.
"""

import struct
from dataclasses import dataclass

from station.bench.board import Board, Mode
from station.bench.personality import control_request, raw_request
from station.codec.control import SERVICE_LENGTH, VENDOR_IN, VENDOR_OUT, Service, ServiceReply, Setup, Status
from station.domain.platform import USB_VENDOR

RAW = 0x50  # 'P': answered in the USB interrupt (Device OS, hal/src/nRF52840/usb_hal_cdc.c)
DFU_BAUD = 14400  # Device OS, system/src/system_task.cpp: a magic line coding
MAX_ACTIVE = 4  # requests at a time (Device OS, usb_control_request_channel.cpp)
POOL_PAYLOAD = 64  # bytes that need no allocation; longer payloads are PENDING at first

_LANGUAGE = struct.pack("<BBH", 4, 3, 0x0409)
_CDC_AND_CONTROL = b"".join(
    (
        bytes.fromhex("080b000202020000"),  # interface association: two interfaces, CDC-ACM
        bytes.fromhex("090400000102020000"),  # interface 0: CDC communication, one endpoint
        bytes.fromhex("0524001001"),  # CDC header 1.10
        bytes.fromhex("0524010001"),  # call management: data interface 1
        bytes.fromhex("04240202"),  # abstract control: line coding
        bytes.fromhex("0524060001"),  # union of 0 and 1
        bytes.fromhex("0705810340000a"),  # interrupt IN
        bytes.fromhex("09040100020a000000"),  # interface 1: CDC data
        bytes.fromhex("07050202400000"),
        bytes.fromhex("07058202400000"),
        bytes.fromhex("0904020000ffffff00"),  # interface 2: vendor control, no endpoints
    )
)
_DFU = bytes.fromhex("0904000000fe010200" + "09210bff0000101a01")  # DfuSe, transfers of 4096 bytes


@dataclass
class _Request:
    """One control request under way."""

    number: int
    size: int
    payload: bytes = b""
    pending: bool = False
    result: int | None = None
    reply: bytes = b""
    sent: int = 0


class UsbDevice:
    """One attachment: made when the unit attaches, gone when it detaches."""

    def __init__(self, board: Board, mode: Mode) -> None:
        self._board, self._dfu = board, mode is Mode.DFU
        self._address = self._configuration = 0
        self._line_coding = struct.pack("<IBBB", 9600, 0, 0, 8)
        self._requests: dict[int, _Request] = {}
        self._last_id = 0

    def transfer(self, setup: Setup, data: bytes) -> bytes | None:
        """The data stage of one transfer, at most `setup.length` bytes; None stalls."""
        match setup.request_type & 0x60:
            case 0x00:
                answer = self._standard(setup)
            case 0x20 if not self._dfu:
                answer = self._class_request(setup, data)
            case 0x40 if not self._dfu:
                answer = self._vendor(setup, data)
            case _:
                answer = None
        return None if answer is None else answer[: setup.length]

    # Standard requests, USB 2.0 §9.4

    def _standard(self, setup: Setup) -> bytes | None:
        match setup.request:
            case 0:  # GET_STATUS: bus powered, no remote wake-up
                return bytes(2)
            case 5:  # SET_ADDRESS
                self._address = setup.value
                return b""
            case 6:  # GET_DESCRIPTOR
                return self._descriptor(setup.value >> 8, setup.value & 0xFF)
            case 8:  # GET_CONFIGURATION
                return bytes((self._configuration,))
            case 9 if setup.value in (0, 1):  # SET_CONFIGURATION
                self._configuration = setup.value
                return b""
            case 10:  # GET_INTERFACE
                return bytes(1)
            case 11 if setup.value == 0:  # SET_INTERFACE
                return b""
            case _:
                return None

    def _descriptor(self, kind: int, index: int) -> bytes | None:
        match kind, index:
            case 1, 0:
                return self._device_descriptor()
            case 2, 0:
                body, count = (_DFU, 1) if self._dfu else (_CDC_AND_CONTROL, 3)
                # bus powered, 500 mA
                return struct.pack("<BBHBBBBB", 9, 2, 9 + len(body), count, 1, 0, 0x80, 250) + body
            case 3, 0:
                return _LANGUAGE
            case 3, number if 1 <= number <= 3:
                return _string(self._strings()[number - 1])
            case _:
                return None

    def _device_descriptor(self) -> bytes:
        platform = self._board.platform
        product = (platform.usb_product_dfu if self._dfu else platform.usb_product) or 0
        kind = (0, 0, 0) if self._dfu else (0xEF, 0x02, 0x01)
        return struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0200, *kind, 64, USB_VENDOR, product, 0x0251, 1, 2, 3, 1)

    def _strings(self) -> tuple[str, str, str]:
        name = self._board.platform.name.capitalize()
        return "Particle", f"{name} DFU Mode" if self._dfu else name, self._board.device_id

    # CDC requests, PSTN 1.2 §6.3

    def _class_request(self, setup: Setup, data: bytes) -> bytes | None:
        match setup.request_type, setup.request:
            case 0x21, 0x20 if len(data) == 7:  # SET_LINE_CODING
                self._line_coding = data
                baud_set(self._board, struct.unpack_from("<I", data)[0])
                return b""
            case 0xA1, 0x21:  # GET_LINE_CODING
                return self._line_coding
            case 0x21, 0x22 | 0x23:  # SET_CONTROL_LINE_STATE, SEND_BREAK
                return b""
            case _:
                return None

    # Vendor requests

    def _vendor(self, setup: Setup, data: bytes) -> bytes | None:
        if setup.request == RAW and setup.request_type in (VENDOR_IN, VENDOR_OUT):
            return raw_request(self._board, setup.index)
        match setup.request_type, setup.request:
            case (0xC0, Service.INIT | Service.CHECK | Service.RESET) if setup.length != SERVICE_LENGTH:
                return None
            case 0xC0, Service.INIT:
                return self._init(setup.index, setup.value).encode()
            case 0xC0, Service.CHECK:
                return self._check(setup.index).encode()
            case 0xC0, Service.RESET:
                return self._reset(setup.index).encode()
            case 0x40, Service.SEND:
                return self._send(setup.index, data)
            case 0xC0, Service.RECV:
                return self._recv(setup.index, setup.length)
            case _:
                return None

    def _init(self, number: int, size: int) -> ServiceReply:
        if len(self._requests) >= MAX_ACTIVE:
            return ServiceReply(Status.BUSY)
        self._last_id = self._last_id % 0xFFFF + 1
        request = _Request(number, size, pending=size > POOL_PAYLOAD)
        self._requests[self._last_id] = request
        if not size:
            self._run(request)
        return ServiceReply(Status.PENDING if request.pending else Status.OK, id=self._last_id)

    def _run(self, request: _Request) -> None:
        request.result, request.reply = control_request(self._board, request.number, request.payload)

    def _check(self, number: int) -> ServiceReply:
        request = self._requests.get(number)
        if request is None:
            return ServiceReply(Status.NOT_FOUND)
        if request.result is None:
            # The memory for a long payload is there by the time the host asks.
            request.pending = False
            return ServiceReply(Status.OK)
        if not request.reply:
            del self._requests[number]
            return ServiceReply(Status.OK, result=request.result)
        return ServiceReply(Status.OK, size=len(request.reply), result=request.result)

    def _send(self, number: int, data: bytes) -> bytes | None:
        request = self._requests.get(number)
        if request is None or request.pending or len(request.payload) + len(data) > request.size:
            return None
        request.payload += data
        if len(request.payload) == request.size and request.result is None:
            self._run(request)
        return b""

    def _recv(self, number: int, length: int) -> bytes | None:
        request = self._requests.get(number)
        if request is None or request.result is None or length > len(request.reply) - request.sent:
            return None
        part = request.reply[request.sent : request.sent + length]
        request.sent += length
        if request.sent == len(request.reply):
            del self._requests[number]
        return part

    def _reset(self, number: int) -> ServiceReply:
        if number and number not in self._requests:
            return ServiceReply(Status.NOT_FOUND)
        for one in [number] if number else list(self._requests):
            del self._requests[one]
        return ServiceReply(Status.OK)


def baud_set(board: Board, baud: int) -> None:
    """What a line coding does to a unit: one is magic. 28800 meant YModem up to Device OS 5 and is not modelled."""
    if baud == DFU_BAUD:
        board.dfu_soon(0.0)


def _string(text: str) -> bytes:
    encoded = text.encode("utf-16-le")
    return bytes((len(encoded) + 2, 3)) + encoded
