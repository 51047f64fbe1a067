"""Where in a TOML text a value stands, so that a refusal can name the line.

Ref: TOML 1.0.0, of which this follows tables, arrays of tables, inline tables, arrays, strings and comments; the
text has been parsed before, so it is known to be valid.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Path = Sequence[str | int]

_STRING_OR_COMMENT = re.compile(
    r'"""(?:\\.|[^\\])*?"""|' r"'''.*?'''|" r'"(?:\\.|[^"\\\n])*"|' r"'[^'\n]*'|" r"#[^\n]*", re.DOTALL
)
_HEADER = re.compile(r"^[ \t]*(\[\[?)([^\[\]\n]+)\]\]?[ \t]*$", re.MULTILINE)
_OPENING, _CLOSING = "[{", "]}"


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of the text; `at` is the place a person is sent to."""

    at: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Head:
    """A table with a header of its own; `count` is its number in an array of tables, None for a plain table."""

    names: tuple[str, ...]
    count: int | None
    span: _Span


def line_of(text: str, path: Path) -> int | None:
    """The line, from 1, of a key or array element; of what should hold it when it is missing; None without either.

    >>> line_of('name = "a"\\n[limits]\\nvbat = { low = 1 }\\n', ["limits", "vbat", "low"])
    3
    """
    return Places(text).line_of(path)


class Places:
    """The places of one text, for who looks up several; each takes time that grows with the text, never faster."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._masked = _STRING_OR_COMMENT.sub(_blank, text)
        self._heads = self._all_heads()

    def line_of(self, path: Path) -> int | None:
        """As the function of that name."""
        taken, span = self._section(path)
        found = span.at if taken else None
        for step in path[taken:]:
            inner = self._element(span, step) if isinstance(step, int) else self._key(span, step)
            if inner is None:
                break
            span, found = inner, inner.at
        return None if found is None else self._text.count("\n", 0, found) + 1

    def _all_heads(self) -> list[_Head]:
        """Every table with a header; the first is the text before any."""
        depth, seen_to, hits = 0, 0, []
        for hit in _HEADER.finditer(self._masked):
            depth += self._opened(seen_to, hit.start())
            seen_to = hit.start()
            if depth == 0:
                hits.append(hit)
        ends = [*(hit.start() for hit in hits), len(self._masked)]
        heads = [_Head((), None, _Span(0, 0, ends[0]))]
        counts: dict[str, int] = {}
        for hit, (_, end) in zip(hits, pairwise(ends), strict=True):
            count = None
            if hit[1] == "[[":
                count = counts.get(hit[2], 0)
                counts[hit[2]] = count + 1
            names = tuple(name.strip() for name in hit[2].split("."))
            heads.append(_Head(names, count, _Span(hit.start(2), hit.end(), end)))
        return heads

    def _section(self, path: Path) -> tuple[int, _Span]:
        """The table with a header that reaches furthest along the path, and how much of the path it takes."""
        best = (0, self._heads[0].span)
        for head in self._heads[1:]:
            names: tuple[str | int, ...] = head.names
            # The first element stands for the whole array.
            if head.count is not None and (tuple(path) != names or head.count):
                names = (*names, head.count)
            if len(names) > best[0] and tuple(path[: len(names)]) == names:
                best = (len(names), head.span)
        return best

    def _key(self, span: _Span, name: str) -> _Span | None:
        """The value of a key right inside a table, inline or not."""
        shape = re.compile(rf"(?<![A-Za-z0-9_-]){re.escape(name)}[ \t]*([=.])")
        inside = self._inside(span)
        depth, seen_to = 0, inside.start
        for hit in shape.finditer(self._masked, inside.start, inside.end):
            depth += self._opened(seen_to, hit.start())
            seen_to = hit.start()
            if depth == 0 and not self._text.endswith(".", inside.start, hit.start()):
                return _Span(hit.start(), hit.start(1) + 1, self._value_end(hit.end(), inside.end))
        return None

    def _element(self, span: _Span, number: int) -> _Span | None:
        """The n-th element of an array."""
        inside = self._inside(span)
        if inside.start == span.start:
            return None
        start = inside.start
        for _ in range(number):
            start = self._value_end(start, inside.end, lines=False) + 1
            if start >= inside.end:
                return None
        held = self._masked[start : inside.end]
        if not held.strip():
            return None
        first = start + len(held) - len(held.lstrip())
        return _Span(first, start, self._value_end(start, inside.end, lines=False))

    def _inside(self, span: _Span) -> _Span:
        """What lies between the brackets of an array or inline table; the span itself where there are none."""
        held = self._masked[span.start : span.end]
        if held.strip()[:1] not in tuple(_OPENING):
            return span
        begin = span.start + len(held) - len(held.lstrip()) + 1
        return _Span(span.at, begin, span.start + len(held.rstrip()) - 1)

    def _opened(self, start: int, end: int) -> int:
        """How many more brackets open here than close; those of headers are closed on their line."""
        count = self._masked.count
        opened = sum(count(one, start, end) for one in _OPENING)
        return opened - sum(count(one, start, end) for one in _CLOSING)

    def _value_end(self, start: int, limit: int, lines: bool = True) -> int:
        """Where a value ends: at a comma, or a line's end, outside of its own brackets."""
        depth = 0
        for hit in _MARK.finditer(self._masked, start, limit):
            one = hit[0]
            depth += (one in _OPENING) - (one in _CLOSING)
            if depth <= 0 and (one == "," or (lines and one == "\n")):
                return hit.start()
        return limit


_MARK = re.compile(r"[\[\]{},\n]")


def _blank(shape: re.Match[str]) -> str:
    """A string or comment without its content: as long as before, lines kept; a quoted key keeps its name."""
    held = shape[0]
    if held[0] in "\"'" and re.match(r"[A-Za-z0-9_-]+\Z", held[1:-1]):
        return f" {held[1:-1]} "
    return re.sub(r"[^\n]", " ", held)
