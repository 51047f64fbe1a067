"""What the scanner read, parsed; the mobile secret of a label is not part of it."""

from pydantic import BaseModel

from station.domain.ids import DeviceId, SerialNumber


class Label(BaseModel, frozen=True, extra="forbid"):
    """Names one unit by serial number, by device id, or by both."""

    serial: SerialNumber | None = None
    device_id: DeviceId | None = None

    def __str__(self) -> str:
        return self.serial or self.device_id or "(no label)"
