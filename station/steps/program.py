"""What the flashing steps share: look, plan, keep what an erase would lose, write, prove."""

from collections.abc import Mapping, Sequence

from station.domain.boot_record import (
    BLANK_WORD,
    MBR_NAME,
    MBR_RANGE,
    PARAMETERS_NAME,
    BootRecord,
    parameter_page,
    starts,
    wanted_settings,
)
from station.domain.chip import MBR_SIZE, PAGE, UICR
from station.domain.events import Flashed, Planned, Programmed, Proved, Restored
from station.domain.faults import ImageMismatch, NoBootRecord, WrongUnit
from station.domain.firmware import Image
from station.domain.flash_plan import (
    Expected,
    Range,
    expectations,
    plan_flash,
    wanted_pages,
)
from station.domain.release import Loaded
from station.domain.remarks import remarks
from station.engine.op import Op
from station.ports import Programmer

WRITING = 0.97
"""Share of an operation's progress that is flashing; the rest is the proof."""


class Job:
    """One release, or a part of it, on its way onto one chip."""

    def __init__(
        self,
        op: Op,
        programmer: Programmer,
        parts: Sequence[Loaded],
        brought: BootRecord | None = None,
        left: Sequence[Range] = (),
    ) -> None:
        """`brought` is the boot record that the release has itself; what lies in `left` is not judged."""
        self._op, self._programmer, self._parts = op, programmer, parts
        self.chip = programmer.identify()
        before = [one.device_id for one in op.record.identified if one.by == "swd"]
        if before and before[-1] != self.chip.device_id:
            raise WrongUnit(f"the chip in the nest was {before[-1]} and is now {self.chip.device_id}")
        self._kept = op.unrestored(self.chip.device_id, None)
        found = read_settings(programmer)
        modules = [one.module for one in parts]
        if self._kept is not None:
            self.record = BootRecord.of(self._kept)
        else:
            memory = _boot_memory(programmer, parameter_page(modules), brought)
            settings = wanted_settings(found, brought.settings if brought else {}, modules, self.chip)
            self.record = BootRecord(memory, settings)
        self.images = [*(one.image for one in parts), *self.record.memory]
        self.wanted = wanted_pages(programmer.flash, self.images, left)
        self.plan = plan_flash(
            programmer.flash,
            self.wanted,
            programmer.scan(),
            settings=self.record.settings,
            settings_found=found,
            last=MBR_RANGE,
        )

    def put(self) -> None:
        """Do the plan, and prove it. Raises the programmer's faults, NoBootRecord, ImageMismatch, Aborted."""
        self._tell_plan()
        if self.plan.erase_all and self._kept is None:
            # On disk before the first cell is erased: what is lost then is put back from here, now or another day.
            self._kept = self.record.kept(self._op.line.op, self.chip, self._op.label.serial)
            self._op.note(self._kept)
        self._write()
        self.prove()
        if self._kept is not None:
            self._op.note(Restored(op=self._op.line.op, device_id=self.chip.device_id))

    def _tell_plan(self) -> None:
        plan = self.plan
        self._op.note(
            Planned(
                op=self._op.line.op,
                erase_all=plan.erase_all,
                because=plan.because,
                pages_erased=len(plan.flash.pages) if plan.erase_all else len(plan.erase),
                pages_equal=plan.equal,
                pages_left=plan.left,
                size=plan.size,
                seconds=round(plan.seconds, 3),
                warnings=tuple(remarks(one.module for one in self._parts)),
            )
        )

    def _write(self) -> None:
        plan, op = self.plan, self._op
        took = self._programmer.write(plan, lambda moment: op.flashing(moment, WRITING))
        op.note(
            Flashed(
                op=op.line.op,
                size=plan.size,
                pages_erased=0 if plan.erase_all else len(plan.erase),
                erased_all=plan.erase_all,
                seconds=round(took.seconds, 3),
                swclk=took.swclk,
                retries=took.retries,
            )
        )
        for one in self._parts:
            image = one.image
            written, equal = plan.counts(image)
            op.note(
                Programmed(
                    op=op.line.op,
                    part=str(one.module),
                    version=one.module.version,
                    start=image.start,
                    size=len(image.data),
                    sha256=image.sha256,
                    pages_written=written,
                    pages_equal=equal,
                )
            )

    def prove(self) -> None:
        """Have the chip show that it holds all that was meant and nothing besides. Raises ImageMismatch."""
        programmer, op = self._programmer, self._op
        now = programmer.identify()
        if now != self.chip:
            raise WrongUnit(f"the chip in the nest was {self.chip.device_id} and is now {now.device_id}")
        expected = expectations(self.wanted, programmer.flash, self.images)
        names = {one.image.name: str(one.module) for one in self._parts}
        found = iter(programmer.crc([part for one in expected for part in one.ranges]))
        for one in expected:
            crc = one.crc_of([next(found) for _ in one.ranges])
            name = names.get(one.name, one.name)
            if crc != one.crc32:
                raise ImageMismatch(f"{name}: {self._difference(one)}")
            start = one.ranges[0][0]
            op.note(Proved(op=op.line.op, part=name, start=start, size=one.size, crc32=f"{crc:08x}"))
        self._prove_settings(read_settings(programmer))
        op.progress(1.0, "proved")

    def _prove_settings(self, found: Mapping[int, int]) -> None:
        for address, word in self.record.settings.items():
            held = found.get(address, BLANK_WORD)
            if held != word:
                raise ImageMismatch(f"UICR at {address:#010x}: the chip holds {held:08x}, meant was {word:08x}")

    def _difference(self, expected: Expected) -> str:
        """Where the first wrong word is, what it should be and what it is."""
        programmer = self._programmer
        for start, end in expected.ranges:
            for page in programmer.flash.pages_of(start, end):
                held, wanted = programmer.read(page.start, page.size), self.wanted[page.start]
                for at in range(0, page.size, 4):
                    word, meant = held[at : at + 4], (wanted or held)[at : at + 4]
                    if word != meant and page.start + at + 4 > start and page.start + at < end:
                        held_word, meant_word = word[::-1].hex(), meant[::-1].hex()
                        return f"at {page.start + at:#010x} the chip holds {held_word}, meant was {meant_word}"
        return "the CRC-32 that the chip computes is wrong, yet what is read from it is right: do not trust its answers"


def read_settings(programmer: Programmer) -> dict[int, int]:
    """Every word of UICR that is not blank, by address."""
    start, end = UICR
    data = programmer.read(start, end - start)
    words = {start + at: int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)}
    return {address: word for address, word in words.items() if word != BLANK_WORD}


def _boot_memory(programmer: Programmer, parameters: int | None, brought: BootRecord | None) -> tuple[Image, ...]:
    """The boot record: the release's own, else the chip's, and the parameter page where it holds anything."""
    memory = list(brought.memory) if brought else []
    if not memory:
        page = programmer.read(0, MBR_SIZE)
        if not starts(page):
            raise NoBootRecord(
                "the page at 0 holds no master boot record, the release brings none, and none was kept of this unit"
            )
        memory.append(Image(MBR_NAME, 0, _trimmed(page)))
    if parameters is not None:
        page = programmer.read(parameters, PAGE)
        if page.strip(b"\xff"):
            memory.append(Image(PARAMETERS_NAME, parameters, _trimmed(page)))
    return tuple(memory)


def _trimmed(page: bytes) -> bytes:
    """Without the blank words at its end."""
    return page[: -(-len(page.rstrip(b"\xff")) // 4) * 4]
