"""What a unit's own firmware says is on it: modules, assets, interfaces, modem; its mode and its protection."""

from dataclasses import dataclass
from enum import IntFlag, StrEnum

from station.domain.firmware import Dependency, Function
from station.domain.ids import Iccid, Imei


class DeviceMode(StrEnum):
    """What a unit's firmware is doing: its application, or listening for set-up."""

    NORMAL = "normal"
    LISTENING = "listening"


class Protection(StrEnum):
    """Device protection; service mode opens a protected unit for 20 resets or 24 hours."""

    OPEN = "open"
    PROTECTED = "protected"
    SERVICE = "service mode"


class Store(StrEnum):
    """Which copy of a module this is."""

    MAIN = "main"
    FACTORY = "factory"
    BACKUP = "backup"
    SCRATCHPAD = "scratchpad"


class Check(IntFlag):
    """What a unit checks about a module (cloud.FirmwareModuleValidityFlag)."""

    INTEGRITY = 2
    DEPENDENCIES = 4
    RANGE = 8
    PLATFORM = 16


@dataclass(frozen=True, slots=True)
class AssetOnUnit:
    """A file that belongs to a user part; sizes in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Assets:
    """What lies in the unit's asset storage, and what its user part asks for."""

    available: tuple[AssetOnUnit, ...]
    required: tuple[AssetOnUnit, ...]

    @property
    def missing(self) -> tuple[AssetOnUnit, ...]:
        """Required and not there, by content: without them the unit starts in safe mode, which connects."""
        there = {one.sha256 for one in self.available}
        return tuple(one for one in self.required if one.sha256 not in there)


@dataclass(frozen=True, slots=True)
class ModuleOnUnit:
    """One firmware module as the unit itself judges it; sizes in bytes, `sha256` that of the module's suffix."""

    function: Function
    index: int
    version: int
    store: Store
    size: int
    max_size: int
    checked: Check
    passed: Check
    sha256: str
    dependencies: tuple[Dependency, ...]
    assets: tuple[AssetOnUnit, ...]
    protected: bool

    @property
    def ok(self) -> bool:
        """True when every check that was made passed."""
        return self.checked == self.passed

    def __str__(self) -> str:
        copy = "" if self.store is Store.MAIN else f" ({self.store})"
        failed = ", ".join(one.name.lower() for one in Check if one & self.checked & ~self.passed if one.name)
        return f"{self.function.noun} {self.index}, version {self.version}{copy}" + (
            f": bad {failed}" if failed else ""
        )


class InterfaceType(StrEnum):
    """What a network interface is."""

    LOOPBACK = "loopback"
    THREAD = "thread"
    ETHERNET = "ethernet"
    WIFI = "wifi"
    PPP = "ppp"


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface; `hw_address` as `0a:10:ac:ed:20:21`, None where it has none or was not asked."""

    index: int
    name: str
    type: InterfaceType
    hw_address: str | None = None


@dataclass(frozen=True, slots=True)
class Modem:
    """The numbers of SIM and modem; None where the unit told none."""

    iccid: Iccid | None
    imei: Imei | None
