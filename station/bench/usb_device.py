"""A unit on its USB wire: which of its parts answers a transfer on endpoint 0.

Sources: USB 2.0 §9; CDC PSTN 1.2 §6.3; Device OS, hal/src/nRF52840/usb_hal_cdc.c and usb_hal_control.cpp. In DFU mode
only descriptors are modelled. Not verified on hardware; suspend and data endpoints are not modelled.
"""

import struct

from station.bench.board import Board, Mode
from station.bench.control_channel import ControlChannel
from station.bench.control_requests import ControlRequests, raw_request
from station.bench.descriptors import Descriptors
from station.codec.control import SERVICE_LENGTH, VENDOR_IN, VENDOR_OUT, Setup

RAW = 0x50  # 'P': answered in the USB interrupt (Device OS, hal/src/nRF52840/usb_hal_cdc.c)
DFU_BAUD = 14400  # Device OS, system/src/system_task.cpp: a magic line coding


class UsbDevice:
    """One attachment: made when the unit attaches, gone when it detaches."""

    def __init__(self, board: Board, mode: Mode) -> None:
        self._board, self._dfu = board, mode is Mode.DFU
        self._address = self._configuration = 0
        self._line_coding = struct.pack("<IBBB", 9600, 0, 0, 8)
        self._descriptors = Descriptors(board.platform, board.device_id, self._dfu, board.lock.state)
        self._channel = ControlChannel(ControlRequests(board), board.later, lambda: board.ailments.memory)

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
            case 0:  # GET_STATUS: self-powered, no remote wake-up
                return b"\x01\x00"
            case 5:  # SET_ADDRESS
                self._address = setup.value
                return b""
            case 6:  # GET_DESCRIPTOR
                return self._descriptors.get(setup.value >> 8, setup.value & 0xFF)
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
        if setup.request_type not in (VENDOR_IN, VENDOR_OUT):
            return None
        is_out = setup.request_type == VENDOR_OUT
        if setup.request != RAW:
            return self._channel.transfer(setup, data)
        # In the interrupt there is a buffer of 64 bytes, and an answer needs somewhere to go.
        if setup.length > SERVICE_LENGTH or not (is_out or setup.length):
            return None
        return raw_request(self._board, setup.index, setup.length, is_out)


def baud_set(board: Board, baud: int) -> None:
    """What a line coding does to a unit: one is magic. 28800 meant YModem up to Device OS 5 and is not modelled."""
    if baud == DFU_BAUD:
        board.dfu_soon(0.0)
