"""A recipe, its inputs and labels for the engine's tests; everything here is plain data."""

import hashlib

from station.domain.events import RunStarted
from station.domain.ids import DeviceId, RunId, SerialNumber
from station.domain.label import Label
from station.domain.recipe import Recipe
from station.domain.release import Part, Product, Release
from station.engine.messages import Job
from station.engine.nest import Inputs

RUN = RunId("20261122-201501-n1-3f9a")
DEVICE = DeviceId("e00fce68aabbccddeeff0011")
LAST = ("flash_product_firmware", "seal", "request_preadd")

RELEASE = Release(
    name="demo",
    version="1.0.0",
    platform="boron",
    product=Product(id=31337, version=3),
    parts=(Part(kind="user", file="demo.bin", version=6, sha256="0" * 64),),
)
FACTORY_TEST = RELEASE.model_copy(update={"name": "factory-test", "product": None})


def recipe(*between: dict[str, object], limits: dict[str, object] | None = None, **more: object) -> Recipe:
    """The shortest sheet there can be, with these operations in its middle; `within` is 20 s unless told."""
    last: list[dict[str, object]] = [{"do": one} for one in LAST]
    steps: list[dict[str, object]] = [{"do": "identify_on_wire"}, *between, *last]
    sheet = [{"op": 10 * number, "within": 20} | step for number, step in enumerate(steps, start=1)]
    return Recipe.model_validate(
        {
            "name": "demo",
            "revision": "A",
            "platform": "boron",
            "release": "demo-1.0.0",
            "factory_test": "factory-test-1.0.0",
            "sheet": sheet,
            "limits": limits or {},
            **more,
        }
    )


def inputs(of: Recipe) -> Inputs:
    """The recipe with its releases, sealed."""
    return Inputs(of, "a" * 64, RELEASE, "b" * 64, FACTORY_TEST, "c" * 64)


def started(of: Recipe, label: Label, nest: int = 1) -> RunStarted:
    """The head of a run of this recipe."""
    return RunStarted(
        nest=nest,
        label=label,
        recipe=of.name,
        revision=of.revision,
        recipe_sha256="a" * 64,
        release=RELEASE.title,
        release_sha256="b" * 64,
        factory_test=FACTORY_TEST.title,
        factory_test_sha256="c" * 64,
        platform=of.platform,
        ops=tuple(line.op for line in of.sheet),
    )


def job(of: Recipe, label: Label | None = None) -> Job:
    """Everything one run of this recipe needs to know."""
    return Job(RUN, started(of, label or unit("GOOD")), of, RELEASE, FACTORY_TEST)


def unit(character: str, number: int = 0) -> Label:
    """The label of a unit whose character is written in its serial number, such as B40HAB10000GOOD."""
    return Label(serial=SerialNumber(f"B40HAB{number % 10}{character.rjust(8, '0')}"))


def device_of(label: Label) -> DeviceId:
    """What the chip of the unit with this label says; the good one's is DEVICE."""
    if label == unit("GOOD"):
        return DEVICE
    return DeviceId(f"e00fce68{hashlib.sha256(str(label.serial).encode()).hexdigest()[:16]}")


def character(label: Label) -> str:
    """What `unit` wrote."""
    return (label.serial or "")[7:].lstrip("0")
