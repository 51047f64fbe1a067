"""What `station sim --mishap` does to the station's own process and disk."""

import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable
from pathlib import Path

from station.domain.events import StepStarted
from station.engine.bus import Heard, Stored


def saboteur(mishap: str | None, state: Path) -> Callable[[Heard], None]:
    """Does to the station's own process and disk what the mishap says, once."""
    done = threading.Event()

    def hear(heard: Heard) -> None:
        if done.is_set() or not isinstance(heard, Stored) or not isinstance(heard.event.body, StepStarted):
            return
        if heard.nest != 1 or heard.event.body.do != "flash_factory_test":
            return
        if mishap == "worker_killed":
            done.set()
            for child in multiprocessing.active_children():
                if child.name == "nest-1" and child.pid is not None:
                    os.kill(child.pid, signal.SIGKILL)
        elif mishap == "disk_full":
            done.set()
            largest = max(path.stat().st_size for path in state.glob("journal.sqlite*"))
            _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))

    return hear


def give_room() -> None:
    """The disk has room again."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
