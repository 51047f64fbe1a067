"""What a person should know of modules that nothing forbids to flash."""

from collections.abc import Iterable, Iterator

from station.domain.device_os import is_prerelease, os_release
from station.domain.firmware import DEPENDENCY_EXTENSION, Function, Module


def remarks(modules: Iterable[Module]) -> list[str]:
    """Sentences, in the order of the modules; empty where there is nothing to say."""
    return [f"{one} {why}" for one in modules for why in _of(one)]


def _of(module: Module) -> Iterator[str]:
    if module.protects:
        yield (
            "locks the unit at its first boot (extension SECURITY_MODE): the debug port is shut from then on, and USB"
            " does next to nothing; only its owner's unlocking in the cloud, or erasing the whole chip, opens it again"
        )
    if module.function is Function.SYSTEM and is_prerelease(module.version):
        yield f"is Device OS {os_release(module.version)}, a pre-release"
    if module.first_slot_empty:
        yield f"needs {module.dependencies[0]} in its second place alone, where Device OS does not look"
    for one in module.extensions:
        if one.number == DEPENDENCY_EXTENSION:
            yield f"has another dependency in an extension, {one}, which is not judged here"
        elif not one.is_known:
            yield f"has an {one}, which is not judged here"
