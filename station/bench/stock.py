"""Stock pyOCD on a probe of the bench: its loader with its own defaults, then every byte read back.

What `pyocd load` does, and the verify that it leaves out (pyOCD 0.46, flash/loader.py): the yardstick.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from pyocd.core.session import Session
from pyocd.flash.loader import FlashLoader
from pyocd.probe.cmsis_dap_probe import CMSISDAPProbe
from pyocd.target import TARGET
from pyocd.target.builtin.target_nRF52840_xxAA import NRF52840
from pyocd.target.family.target_nRF52 import NRF52

from station.domain.firmware import Image

DEFAULT_HZ = 1_000_000
"""pyOCD's own clock (pyOCD 0.46, core/options.py, frequency)."""


class _Stock(NRF52):
    """pyOCD's nRF52840 without its register descriptions, which it unpacks in the background and never closes."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, NRF52840.MEMORY_MAP)


_NAME = "bench_nrf52840"
TARGET[_NAME] = _Stock


class StockPyocd:
    """One session of stock pyOCD; the core is halted first, as `pyocd load` does."""

    def __init__(self, probe: CMSISDAPProbe, hz: int, project: Path) -> None:
        self._here = os.getcwd()
        project.mkdir(parents=True, exist_ok=True)
        # pyOCD runs a script that lies in this folder, unless it is given another, here an empty one.
        fixed = {"no_config": True, "user_script": os.devnull, "project_dir": str(project)}
        fixed |= {"auto_unlock": False, "resume_on_disconnect": False}
        self._session = Session(
            probe,
            options={**fixed, "target_override": _NAME, "frequency": hz, "hide_programming_progress": True},
        )
        self._session.open()
        self._session.target.reset_and_halt()

    def load(self, images: Sequence[Image]) -> None:
        """Erase and write by pyOCD's defaults: by sector, smart, double-buffered."""
        loader = FlashLoader(self._session, progress=lambda _: None)
        for image in images:
            loader.add_data(image.start, image.data)
        loader.commit()

    def reads_back(self, images: Sequence[Image]) -> bool:
        """Whether every byte is there, by reading it."""
        target = self._session.target
        return all(bytes(target.read_memory_block8(one.start, len(one.data))) == one.data for one in images)

    def close(self) -> None:
        """Let go of the probe; the process is back where it was."""
        self._session.close()
        os.chdir(self._here)
