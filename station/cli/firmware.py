"""`station firmware`: what a firmware file is; its other verbs compare files and seal releases."""

from pathlib import Path

import click

from station.cli.common import BAD_CONFIG, json_option, say_json
from station.cli.diff import diff
from station.cli.explain import Known, explain, explain_rest, facts, rest_facts
from station.cli.seal import seal
from station.codec import firmware_file
from station.codec.module import NotAModule
from station.domain.contents import Contents
from station.drivers.firmware_files import MAX_FILE


@click.group()
def firmware() -> None:
    """Look into firmware, compare it, seal releases."""


firmware.add_command(seal)
firmware.add_command(diff)


@firmware.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def inspect(files: tuple[Path, ...], as_json: bool) -> None:
    """Explain .bin, .hex and .zip files: what each is, for which device, where it goes, what it needs.

    Whether a need is met is told from the other files that are named. Exits 78 when a file is no firmware, is damaged
    or holds what nothing explains. With --json, one object a line: one for each module, one for what else a file holds.
    """
    looked = [(path, _look(path)) for path in files]
    known: Known = [
        (one, path.name) for path, seen in looked if isinstance(seen, Contents) for one, _ in seen.modules if one.crc_ok
    ]
    for path, seen in looked:
        if isinstance(seen, NotAModule):
            if as_json:
                say_json({"file": path.name, "error": str(seen)})
            else:
                click.secho(f"{path.name}: {seen}", fg="red", err=True)
            continue
        for module, data in seen.modules:
            if as_json:
                say_json({"file": path.name, **facts(module, data, known)})
            else:
                explain(path.name, module, data, known)
        if as_json and (rest := rest_facts(seen)):
            say_json({"file": path.name, **rest})
        elif not as_json:
            explain_rest(path.name, seen)
    raise SystemExit(BAD_CONFIG if any(_is_bad(seen) for _, seen in looked) else 0)


def _look(path: Path) -> Contents | NotAModule:
    try:
        size = path.stat().st_size
        if size > MAX_FILE:
            return NotAModule(f"{size} bytes are too large for firmware")
        return firmware_file.read(path.read_bytes())
    except OSError as error:
        return NotAModule(error.strerror or "cannot be read")
    except NotAModule as error:
        return error


def _is_bad(seen: Contents | NotAModule) -> bool:
    if isinstance(seen, NotAModule):
        return True
    return bool(seen.unclaimed) or any(not one.crc_ok for one, _ in seen.modules)
