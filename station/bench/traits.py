"""What units are made with, the same for the same seed, and what may be wrong with one."""

import random
import string
from dataclasses import dataclass, field

from station.bench.control_channel import Memory
from station.domain.ids import DeviceId, Iccid, Imei, SerialNumber, luhn_digit
from station.domain.platform import Platform, Radio

GAUGE, CHARGER = 0x36, 0x6B  # on the inner bus of a Boron: MAX17043, BQ24195 (their datasheets)
FLASH_ID = "c22016"  # MX25L3233F, 4 MiB (its datasheet; Device OS, hal/src/boron/hal_platform_config.h)
BIG_FLASH_ID = "c22017"  # MX25L6433F, 8 MiB (its datasheet)
BIG_FLASH = frozenset({"b5som", "tracker", "esomx"})
"""Platforms with 8 MiB (Device OS, hal/src/<platform>/hal_platform_config.h); the others have 4."""

SMALLER_FLASH_ID = "c22014"  # the same maker's 1 MiB part


def flash_id(platform: str) -> str:
    """JEDEC id of a platform's external flash."""
    return BIG_FLASH_ID if platform in BIG_FLASH else FLASH_ID


@dataclass
class Ailments:
    """What is wrong with this unit; a good one has none of it."""

    silent: bool = False  # USB serial says nothing, in listening mode neither
    babbling: bool = False  # USB serial never stops
    late: float = 0.0  # real seconds before each answer on USB serial
    cut: set[tuple[str, str]] = field(default_factory=set)  # pairs of pins that the fixture joins, and that are open
    touching: set[tuple[str, str]] = field(default_factory=set)  # pins of different pairs that touch
    stuck: dict[str, bool] = field(default_factory=dict)  # pins that something holds high, or low
    missing: set[int] = field(default_factory=set)  # I2C devices of the inner bus that do not answer
    gauge_silent: bool = False
    flash_id: str = ""  # what another external flash says of itself
    flash_worn: bool = False  # the external flash does not keep what is written
    rtc_stopped: bool = False
    modem_dead: bool = False
    led_dark: bool = False  # the status LED shows nothing
    button_stuck: bool = False  # the MODE button does not notice a finger
    sleep_amps: float | None = None  # what it draws asleep instead of what it was made with
    rails: dict[str, float] = field(default_factory=dict)  # volts that differ from what the unit was made with
    ohms: dict[str, float] = field(default_factory=dict)  # from a rail's regulator to where it is measured
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
class Draw:
    """What a unit draws at the fixture's supply, in amperes; `load` and `modem` come on top of `running`.

    B404X datasheet, "Power consumption": idle 4.5 to 5.2 mA, ULP sleep with RTC 43 to 48 µA, modem on and not connected
    45 mA. Assumed: what USB and the status LED add, reset, and the inrush. Not verified on hardware.
    """

    reset: float = 0.0021
    running: float = 0.0142
    sleep: float = 46.4e-6
    modem: float = 0.0452
    load: float = 0.1
    inrush: float = 0.55


@dataclass(frozen=True)
class Traits:
    """What a unit was made with; rails in volts, by the names the factory-test firmware uses."""

    device_words: tuple[int, int]
    serial: SerialNumber
    secret: str
    rails: dict[str, float]
    draw: Draw
    charge: float
    """Per cent, by the fuel gauge."""
    rtc_ppm: float
    """By how much the 32.768 kHz clock is fast against the core's."""
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
    words, secret = (dice.getrandbits(32), dice.getrandbits(32)), "".join(dice.choices(alphabet, k=15))
    return Traits(
        device_words=words,
        serial=SerialNumber(serial),
        secret=secret,
        rails={name: round(volts, 3) for name, volts in rails.items()},
        draw=_draw(dice),
        charge=round(dice.gauss(80, 3), 1),
        rtc_ppm=round(dice.gauss(0, 6), 1),  # a watch crystal is good to 20 ppm
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


def _draw(dice: random.Random) -> Draw:
    """A few per cent around what is typical, as in the datasheet's columns Min and Max."""
    made = Draw()
    return Draw(
        reset=dice.gauss(made.reset, 0.00006),
        running=dice.gauss(made.running, 0.0002),
        sleep=dice.gauss(made.sleep, 0.7e-6),
        modem=dice.gauss(made.modem, 0.002),
        load=dice.gauss(made.load, 0.0005),
        inrush=dice.gauss(made.inrush, 0.02),
    )
