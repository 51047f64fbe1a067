"""What units are made with, the same for the same seed, and what may be wrong with one."""

import random
import string
from dataclasses import dataclass, field

from station.domain.ids import DeviceId, SerialNumber
from station.domain.platform import Platform


@dataclass
class Ailments:
    """What is wrong with this unit; a good one has none of it."""

    silent: bool = False  # USB serial says nothing, in listening mode neither
    babbling: bool = False  # USB serial never stops
    late: float = 0.0  # real seconds before each answer on USB serial
    loopback_open: bool = False
    rails: dict[str, float] = field(default_factory=dict)  # volts that differ from what the unit was made with
    phones_home: bool = False  # the factory-test firmware connects, too
    told_id: DeviceId | None = None  # what USB and firmware say instead of the chip's own id
    told_serial: SerialNumber | None = None  # what the firmware says instead of the serial number on the label
    no_contact: bool = False  # seated so badly that no pin touches
    plug_pulled_after: int | None = None  # packets into its next flash job at which somebody pulls the probe's plug


@dataclass(frozen=True)
class Traits:
    """What a unit was made with; rails in volts, by the names the factory-test firmware uses."""

    device_words: tuple[int, int]
    serial: SerialNumber
    secret: str
    rails: dict[str, float] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What a scanner types: serial number, space, mobile secret (docs.particle.io, serial-number)."""
        return f"{self.serial} {self.secret}"


def traits(seed: int, unit: int, platform: Platform) -> Traits:
    """The unit-th unit of a seeded production: always the same."""
    dice = random.Random(f"{seed} {unit}")
    alphabet = string.ascii_uppercase + string.digits
    serial = f"{platform.prefixes[0]}BN{unit:04d}" + "".join(dice.choices(alphabet, k=5))
    rails = {"vbat": dice.gauss(3.92, 0.02), "v3v3": dice.gauss(3.305, 0.006), "vbus": dice.gauss(5.04, 0.02)}
    return Traits(
        device_words=(dice.getrandbits(32), dice.getrandbits(32)),
        serial=SerialNumber(serial),
        secret="".join(dice.choices(alphabet, k=15)),
        rails={name: round(volts, 3) for name, volts in rails.items()},
    )
