"""What a demonstration begins with: nests, units in their order, labels, an order that the station knows."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from platformdirs import user_cache_path

from station.bench import mishaps, modules, spoil, traits
from station.bench.client import Bench, Facts
from station.bench.instruments import DMM, KINDS
from station.config import FixtureConfig, Root, Seat
from station.domain.events import OrderImported, OrderLine
from station.domain.faults import ConfigRefused
from station.domain.ids import device_id, serial_number
from station.domain.release import Release
from station.journal.store import Journal
from station.wiring import Selected, now_us

WRONG_CODES = {"box_label": mishaps.BOX_LABEL, "iccid_scan": mishaps.SIM_LABEL}
"""What is scanned in place of the first label."""


def with_nests(selected: Selected, count: int) -> Selected:
    """The virtual fixture with as many nests as are wanted; the bench numbers places and probes like its file."""
    fixture = selected.fixture
    instruments = {name: name for name in KINDS}
    seats = tuple(
        Seat(nest=n, usb=f"1-1.{n}", probe=f"BENCH{n:04d}", instruments=instruments) for n in range(1, count + 1)
    )
    sized: FixtureConfig = fixture.value.model_copy(update={"nests": seats})
    return replace(selected, fixture=replace(fixture, value=sized))


def tray_of(bench: Bench, units: int, mishap: str | None) -> list[tuple[int, str]]:
    """Units with the text of their labels; the first one is the one that a mishap befalls."""
    wrong = mishaps.BY_NAME.get(mishap or "")
    tray = []
    for number in range(units):
        unit = bench.new_unit()
        label = bench.unit(unit).label
        if number == 0 and mishap == "unreadable_label":
            label = mishaps.cut_label(label)
        elif number == 0 and mishap == "label_other_platform":
            label = mishaps.label_of_other_platform(unit)
        elif number == 0 and mishap in WRONG_CODES:
            label = WRONG_CODES[mishap]
        elif number == 0 and wrong is not None and wrong.where == "unit":
            bench.mishap(wrong.name, unit=unit)
        tray.append((unit, label))
    if wrong is not None and wrong.where == "instrument":
        bench.instrument(1, DMM, wrong.trouble, after=mishaps.DMM_LINES)
    return tray


def know_order(state: Path, units: Sequence[Facts]) -> None:
    """Have the station know an order of these units, and of one more that is never made."""
    lines = [OrderLine(device_id=device_id(one.device_id), serial=serial_number(one.serial)) for one in units]
    lines.append(OrderLine(device_id=device_id("e00fce68" + 16 * "f")))
    with Journal.create_or_open(state, now_us) as journal:
        journal.append(
            [OrderImported(order="SO-1", file="sim.csv", sha256="0" * 64, in_product=False, lines=tuple(lines))], None
        )


def platform_of(root: Root, recipe: str | None) -> str:
    """The platform of a recipe, or of station.toml's. Raises ConfigRefused."""
    return root.recipe(recipe or root.station().value.recipe).value.platform


def with_bench_parts(selected: Selected) -> Selected:
    """On the virtual fixture the example releases' modules are made by the bench; they need no folder of anybody's."""
    if not selected.fixture.value.bench:
        return selected
    return replace(selected, parts=bench_parts(selected.parts, selected.factory_test.value, selected.release.value))


def bench_parts(parts: Path, *releases: Release) -> Path:
    """A folder with all modules of these releases: this one; where it lacks some, one with those the bench makes."""
    files = {file for one in releases for file in one.files}
    there = {file for file in files if (parts / file).is_file()}
    platform = releases[0].platform
    made = {one.name for one in modules.release_files(platform)} if platform in modules.ON_THE_BENCH else set()
    if not made & (files - there):
        return parts
    folder = user_cache_path("station") / "bench-parts"
    modules.write_release_files(folder, platform)
    for file in there:
        shutil.copyfile(parts / file, folder / file)
    return folder


def of_one_s_own(
    root: Root, into: Path, parts: Path, recipe: str | None, platform: str | None, release: str | None
) -> Root:
    """A copy of the files in which a recipe makes another platform, or another release; its releases come along.

    Of a release that somebody sealed the platform is known; its modules go into `parts`. Raises ConfigRefused.
    """
    name = recipe or root.station().value.recipe
    copy = Root(into)
    spoil.copy_root(root.path, copy.path)
    if release is not None:
        sealed = root.release(release)
        if platform is not None and platform != sealed.value.platform:
            raise ConfigRefused(sealed.wrong("platform", why=f"release {release} is not for a {platform}"))
        platform = sealed.value.platform
        parts.mkdir(parents=True, exist_ok=True)
        for file in sealed.value.files:
            # What is not there is told by who reads the release.
            if (root.parts / file).is_file():
                shutil.copyfile(root.parts / file, parts / file)
    if platform not in modules.ON_THE_BENCH:
        raise ConfigRefused(f"the bench makes no {platform}; it makes: {', '.join(modules.ON_THE_BENCH)}")
    manifests = modules.manifests(platform)
    for title, text in manifests.items():
        (copy.path / "firmware" / "releases" / f"{title}.toml").write_text(text, encoding="utf-8")
    test, product = manifests
    path = copy.path / "configs" / "recipes" / f"{name}.toml"
    text = path.read_text(encoding="utf-8")
    for key, value in (("platform", platform), ("factory_test", test), ("release", release or product)):
        text = re.sub(rf'^({key}\s*=\s*)"[^"]*"', rf'\g<1>"{value}"', text, count=1, flags=re.MULTILINE)
    for known in (traits.FLASH_ID, traits.BIG_FLASH_ID):
        text = text.replace(f'"{known}"', f'"{traits.flash_id(platform)}"')
    path.write_text(text, encoding="utf-8")
    return copy
