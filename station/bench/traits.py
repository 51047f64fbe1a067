"""What units are made with, the same for the same seed, and what may be wrong with one."""

import random
import string
from dataclasses import dataclass, field

from station.bench.control_channel import Memory
from station.domain.ids import DeviceId, Iccid, Imei, SerialNumber, luhn_digit
from station.domain.platform import Platform, Radio


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
    no_serial: bool = False  # nobody ever wrote its serial number
    no_sim: bool = False
    memory: Memory = field(default_factory=Memory)  # what its firmware has left for control requests
    slow: dict[int, float] = field(default_factory=dict)  # seconds its handlers take, by control request


@dataclass(frozen=True)
class Traits:
    """What a unit was made with; rails in volts, by the names the factory-test firmware uses."""

    device_words: tuple[int, int]
    serial: SerialNumber
    secret: str
    rails: dict[str, float] = field(default_factory=dict)
    iccid: Iccid | None = None
    imei: Imei | None = None

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
        iccid=_iccid(seed, unit) if platform.radio is Radio.CELLULAR else None,
        imei=_imei(seed, unit) if platform.radio is Radio.CELLULAR else None,
    )


ISSUER = "8988307"  # of Particle's EtherSIM: Twilio Super SIM, KORE
MODEM_TYPE = "35275309"  # the first eight digits of a u-blox SARA-R410's IMEI


def _iccid(seed: int, unit: int) -> Iccid:
    """19 digits; no two units of a production share one."""
    body = f"{ISSUER}{seed % 10**5:05d}{unit:06d}"
    return Iccid(body + luhn_digit(body))


def _imei(seed: int, unit: int) -> Imei:
    body = f"{MODEM_TYPE}{(seed * 1009 + unit) % 10**6:06d}"
    return Imei(body + luhn_digit(body))
