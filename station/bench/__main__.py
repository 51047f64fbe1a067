"""`python -m station.bench`: the virtual fixture as a process, and its firmware as files."""

import argparse
import sys
from pathlib import Path

from station.bench import modules
from station.domain.faults import PartMissing

CANNOT, UNAVAILABLE = 78, 69  # sysexits.h, EX_CONFIG and EX_UNAVAILABLE


def main() -> int:
    """Do what the command line says; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m station.bench", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    serve = verbs.add_parser("serve", help="be the bench until told to stop")
    serve.add_argument("folder", type=Path, help="where its wires end; a short path")
    serve.add_argument("--nests", type=int, default=4)
    serve.add_argument("--seed", type=int, default=1, help="the same seed makes the same units")
    serve.add_argument("--pace", type=float, default=0.0, help="1 is real time, 0 as fast as it goes")
    serve.add_argument("--platform", default=modules.BORON)
    serve.add_argument("--follow", action="store_true", help="end when stdin ends, as it does when the parent dies")
    write = verbs.add_parser("modules", help="write the two example releases: manifests, and parts beside them")
    write.add_argument("folder", type=Path)
    write.add_argument("--platform", default=modules.BORON)
    peer = verbs.add_parser("serial-peer", help="be the far end of a pseudo-terminal whose master is open here")
    peer.add_argument("does", choices=["flood", "answer"])
    peer.add_argument("master", type=int, help="file descriptor")
    peer.add_argument("size", type=int, help="bytes to flood with")
    asked = parser.parse_args()
    if asked.verb == "serial-peer":
        from station.bench import serial_peer

        if asked.does == "flood":
            serial_peer.flood(asked.master, asked.size)
        else:
            serial_peer.answer(asked.master)
        return 0
    if asked.verb == "modules":
        _write(asked.folder, asked.platform)
        return 0
    from station.bench.process import serve as serve_bench
    from station.bench.world import CannotServe

    try:
        serve_bench(asked.folder, asked.nests, asked.seed, asked.pace or None, asked.platform, asked.follow)
    except CannotServe as why:
        sys.stderr.write(f"{why}\n")
        return CANNOT
    except PartMissing as why:
        sys.stderr.write(f"{why}\n")
        return UNAVAILABLE
    return 0


def _write(folder: Path, platform: str) -> None:
    """Parts under `folder`/parts, manifests under `folder`/releases, as in firmware/."""
    modules.write_release_files(folder / "parts", platform)
    releases = folder / "releases"
    releases.mkdir(parents=True, exist_ok=True)
    for title, text in modules.manifests(platform).items():
        (releases / f"{title}.toml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
