"""A release's manifest as TOML text, as a person would have written it."""

import json
from collections.abc import Iterator, Mapping

from station.domain.release import Release

SCHEMA = "../../configs/schemas/release.schema.json"
"""Seen from firmware/releases/."""


def text_of(release: Release) -> str:
    """The manifest; the same release makes the same text."""
    return "\n".join(_lines(release)) + "\n"


def _lines(release: Release) -> Iterator[str]:
    yield f"#:schema {SCHEMA}"
    yield "# Sealed by `station firmware seal`; `station firmware diff` compares it with another."
    head = {"name": release.name, "version": release.version, "platform": release.platform}
    yield from _table(head if release.mode == "unknown" else head | {"mode": release.mode})
    if release.product is not None:
        yield from ("", "[product]", *_table(release.product.model_dump()))
    for one in release.parts:
        yield from ("", "[[parts]]", *_table(one.model_dump()))
    for each in release.bare:
        yield from ("", "[[bare]]", *_table(each.model_dump()))
    for asset in release.assets:
        yield from ("", "[[assets]]", *_table(asset.model_dump()))


def _table(fields: Mapping[str, object]) -> Iterator[str]:
    """Keys with strings and whole numbers, which TOML writes as JSON does."""
    for key, value in fields.items():
        yield f"{key} = {json.dumps(value, ensure_ascii=False)}"
