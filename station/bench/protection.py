"""Device protection: a bootloader that says so locks its unit; the cloud's signature opens it for a while.

Source: Device OS 6.2, services/src/security_mode.cpp and system/src/control/config.cpp. The keys are the bench's own:
each unit has one, and one stands for the cloud's, which a real unit knows from its flash.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

from station.bench.p256 import fingerprint, key_of, sign, verify
from station.codec import control_proto as proto
from station.codec.protobuf import decode, encode
from station.codec.wire import NotUnderstood
from station.domain.ids import DeviceId
from station.domain.on_unit import Protection

SERVER_KEY = key_of("the bench's cloud")

PASSES = frozenset({10, 20, 76, 77})
"""Control requests a protected unit still answers over USB."""

CONFIRM_WITHIN = 60.0  # seconds after PREPARE
SERVICE_RESETS, SERVICE_SECONDS = 20, 24 * 3600.0
NONCE_SIZE = FINGERPRINT_SIZE = 32

OK, PROTOCOL, TIMEOUT, INVALID_STATE, INVALID_ARGUMENT, BAD_DATA = 0, -240, -160, -210, -270, -280
KEY_MISMATCH, INVALID_SIGNATURE = -1802, -1803


@dataclass(frozen=True, slots=True)
class _Prepared:
    server_nonce: bytes
    device_nonce: bytes
    at: float


class Lock:
    """One unit's; `seconds` is its clock, `locks` whether its bootloader protects it."""

    def __init__(
        self,
        ident: Callable[[], DeviceId],
        key: EllipticCurvePrivateKey,
        locks: Callable[[], bool],
        seconds: Callable[[], float],
    ) -> None:
        self._ident, self._key, self._locks, self._seconds = ident, key, locks, seconds
        self._resets_left, self._until = 0, 0.0
        self._prepared: _Prepared | None = None
        self._nonces = 0
        self.udp = True
        """Whether the unit speaks to the cloud over UDP; one that speaks TCP takes no signature."""

    @property
    def state(self) -> Protection:
        """As request 76 and DFU mode tell it."""
        if not self._locks():
            return Protection.OPEN
        open_still = self._resets_left > 0 and self._seconds() < self._until
        return Protection.SERVICE if open_still else Protection.PROTECTED

    @property
    def key(self) -> EllipticCurvePublicKey:
        """What checks the unit's signature."""
        return self._key.public_key()

    def started(self) -> None:
        """The unit came out of reset, which service mode outlives so many times."""
        self._resets_left = max(0, self._resets_left - 1)
        self._prepared = None

    def request(self, payload: bytes) -> tuple[int, bytes]:
        """Control request 77: result and reply."""
        if not self.udp:
            return PROTOCOL, b""
        try:
            asked = decode(proto.SetProtectedStateRequest, payload)
        except NotUnderstood:
            return BAD_DATA, b""
        match asked.action:
            case 0:
                self._resets_left, self._prepared = 0, None
                return OK, b""
            case 1:
                return self._prepare(asked.prepare or proto.PrepareProtectedState())
            case 2:
                return self._confirm(asked.confirm or proto.ConfirmProtectedState()), b""
            case _:
                return INVALID_ARGUMENT, b""

    def _prepare(self, asked: proto.PrepareProtectedState) -> tuple[int, bytes]:
        if len(asked.server_nonce) != NONCE_SIZE:
            return INVALID_ARGUMENT, b""
        self._prepared = None
        if self.state is Protection.OPEN:
            return OK, b""
        self._nonces += 1
        nonce = hashlib.sha256(f"{self._ident()} nonce {self._nonces}".encode()).digest()
        self._prepared = _Prepared(asked.server_nonce, nonce, self._seconds())
        signature = sign(self._key, device_text(self._ident(), nonce, asked.server_nonce))
        told = proto.PreparedProtectedState(nonce, signature, fingerprint(self.key))
        return OK, encode(proto.SetProtectedStateReply(told))

    def _confirm(self, asked: proto.ConfirmProtectedState) -> int:
        prepared = self._prepared
        if prepared is None:
            return INVALID_STATE
        if not asked.server_signature or len(asked.server_public_key_fingerprint) != FINGERPRINT_SIZE:
            return INVALID_ARGUMENT
        if self._seconds() - prepared.at >= CONFIRM_WITHIN:
            self._prepared = None
            return TIMEOUT
        if asked.server_public_key_fingerprint != fingerprint(SERVER_KEY.public_key()):
            return KEY_MISMATCH
        text = server_text(self._ident(), prepared.server_nonce, prepared.device_nonce, fingerprint(self.key))
        if not verify(SERVER_KEY.public_key(), text, asked.server_signature):
            return INVALID_SIGNATURE
        self._prepared = None
        self._resets_left, self._until = SERVICE_RESETS, self._seconds() + SERVICE_SECONDS
        return OK


def device_text(ident: DeviceId, device_nonce: bytes, server_nonce: bytes) -> bytes:
    """What the unit signs."""
    return b"device" + bytes.fromhex(ident) + _counted(device_nonce) + _counted(server_nonce)


def server_text(ident: DeviceId, server_nonce: bytes, device_nonce: bytes, fingerprint: bytes) -> bytes:
    """What the cloud signs."""
    parts = (server_nonce, device_nonce, fingerprint)
    return b"server" + bytes.fromhex(ident) + b"".join(_counted(one) for one in parts)


def _counted(part: bytes) -> bytes:
    return len(part).to_bytes(4, "little") + part
