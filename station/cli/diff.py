"""`station firmware diff`: what another release, or another file, would change on a unit."""

from pathlib import Path

import click

from station.cli.common import BAD_CONFIG, PASS, UNIT_FAILED, json_option, root_of, root_option, say_json
from station.codec import module as codec
from station.config import Root, load
from station.domain.chip import PAGE
from station.domain.firmware import Image, Module, image_of
from station.domain.release import Release


@click.command()
@click.argument("a")
@click.argument("b")
@root_option
@json_option
def diff(a: str, b: str, root: Path | None, as_json: bool) -> None:
    """Compare two releases, by name or manifest, or two module files.

    Exits 0 when they are the same, 1 when they differ, 78 when one of them cannot be read.
    """
    if Path(a).suffix == ".bin" and Path(b).suffix == ".bin":
        found = _files(Path(a), Path(b))
    else:
        found = _releases(_release(a, root_of(root)), _release(b, root_of(root)))
    same = not found
    if as_json:
        say_json({"same": same, "differences": found})
    elif same:
        click.echo("the same")
    for one in [] if as_json else found:
        click.echo(f"{one['what']:<24} {one['a'] or '–'}  →  {one['b'] or '–'}")
    raise SystemExit(PASS if same else UNIT_FAILED)


def _release(name: str, root: Root) -> Release:
    return load(Path(name), Release).value if name.endswith(".toml") else root.release(name).value


def _releases(a: Release, b: Release) -> list[dict[str, str]]:
    """Every part that is new, gone or another, and what the manifests say besides."""
    found = [
        {"what": what, "a": str(one or ""), "b": str(other or "")}
        for what, one, other in (
            ("name", a.title, b.title),
            ("platform", a.platform, b.platform),
            ("product", a.product and f"{a.product.id}, version {a.product.version}",
             b.product and f"{b.product.id}, version {b.product.version}"),
        )
        if one != other
    ]  # fmt: skip
    ours, theirs = _sealed(a), _sealed(b)
    for what in sorted(ours.keys() | theirs.keys()):
        if ours.get(what) != theirs.get(what):
            found.append({"what": what, "a": ours.get(what, ""), "b": theirs.get(what, "")})
    return found


def _sealed(release: Release) -> dict[str, str]:
    """Each file of a release, by what it is."""
    sealed: dict[str, str] = {}
    for part in release.parts:
        count = sum(one.startswith(part.kind) for one in sealed)
        sealed[f"{part.kind} {count + 1}" if count else part.kind] = f"version {part.version}, {part.sha256[:16]}…"
    sealed |= {one.kind: f"{one.sha256[:16]}…" for one in release.bare}
    return sealed | {f"asset {one.name}": f"{one.sha256[:16]}…" for one in release.assets}


def _files(a: Path, b: Path) -> list[dict[str, str]]:
    """What two modules say of themselves, and how many pages of a unit differ."""
    (one, first), (other, second) = _module(a), _module(b)
    says = (
        ("what", str(one), str(other)),
        ("platform", str(one.platform), str(other.platform)),
        ("goes to", f"{first.start:#x}–{first.end:#x}", f"{second.start:#x}–{second.end:#x}"),
        ("needs", ", ".join(map(str, one.dependencies)), ", ".join(map(str, other.dependencies))),
        ("product", f"{one.product_id}, version {one.product_version}",
         f"{other.product_id}, version {other.product_version}"),
    )  # fmt: skip
    found = [{"what": what, "a": left, "b": right} for what, left, right in says if left != right]
    if first != second:
        low, high = min(first.start, second.start) // PAGE * PAGE, max(first.end, second.end)
        pages = [page for page in range(low, high, PAGE) if _held(first, page) != _held(second, page)]
        at = next((n for n in range(low, high) if _held(first, n, 1) != _held(second, n, 1)), None)
        where = "nowhere on the chip" if at is None else f"from {at:#x} on"
        found.append({"what": "content", "a": where, "b": f"{len(pages)} pages of {PAGE} bytes differ"})
    return found


def _held(image: Image, start: int, size: int = PAGE) -> bytes:
    """What a blank chip with this image holds there."""
    begin, end = max(start, image.start), min(start + size, image.end)
    data = image.data[begin - image.start : end - image.start] if begin < end else b""
    return (b"\xff" * max(0, min(begin, start + size) - start) + data).ljust(size, b"\xff")


def _module(path: Path) -> tuple[Module, Image]:
    try:
        data = path.read_bytes()
        module = codec.read(data)
    except (OSError, codec.NotAModule) as error:
        click.secho(f"{path}: {error}", fg="red", err=True)
        raise SystemExit(BAD_CONFIG) from None
    return module, image_of("", module, data)
