"""Where in a TOML text a value stands, so that a refusal can name the line.

Ref: TOML 1.0.0, of which this follows tables, arrays of tables, inline tables, arrays, strings and comments; the
text has been parsed before, so it is known to be valid.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

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


def line_of(text: str, path: Path) -> int | None:
    """The line, from 1, of a key or array element; of what should hold it when it is missing; None without either.

    >>> line_of('name = "a"\\n[limits]\\nvbat = { low = 1 }\\n', ["limits", "vbat", "low"])
    3
    """
    masked = _STRING_OR_COMMENT.sub(_blank, text)
    taken, span = _section(masked, path)
    found = span.at if taken else None
    for step in path[taken:]:
        inner = _element(masked, span, step) if isinstance(step, int) else _key(masked, text, span, step)
        if inner is None:
            break
        span, found = inner, inner.at
    return None if found is None else text.count("\n", 0, found) + 1


def _blank(shape: re.Match[str]) -> str:
    """A string or comment without its content: as long as before, lines kept; a quoted key keeps its name."""
    held = shape[0]
    if held[0] in "\"'" and re.match(r"[A-Za-z0-9_-]+\Z", held[1:-1]):
        return f" {held[1:-1]} "
    return re.sub(r"[^\n]", " ", held)


def _section(masked: str, path: Path) -> tuple[int, _Span]:
    """The table with a header that reaches furthest along the path, and how much of the path it takes."""
    heads = [head for head in _HEADER.finditer(masked) if _depth(masked, head.start()) == 0]
    ends = [*(head.start() for head in heads), len(masked)]
    seen: dict[str, int] = {}
    best = (0, _Span(0, 0, ends[0]))
    for head, end in zip(heads, ends[1:], strict=True):
        names: list[str | int] = [name.strip() for name in head[2].split(".")]
        if head[1] == "[[":
            count = seen.get(head[2], 0)
            seen[head[2]] = count + 1
            # The first element stands for the whole array.
            if list(path) != names or count:
                names.append(count)
        if len(names) > best[0] and list(path[: len(names)]) == names:
            best = (len(names), _Span(head.start(2), head.end(), end))
    return best


def _depth(masked: str, at: int) -> int:
    """How many brackets are open here; those of headers are closed on their line."""
    before = masked[:at]
    return sum(before.count(one) for one in _OPENING) - sum(before.count(one) for one in _CLOSING)


def _key(masked: str, text: str, span: _Span, name: str) -> _Span | None:
    """The value of a key right inside a table, inline or not."""
    shape = re.compile(rf"(?<![A-Za-z0-9_-]){re.escape(name)}[ \t]*([=.])")
    inside = _inside(masked, span)
    for hit in shape.finditer(masked, inside.start, inside.end):
        if _between(masked, inside.start, hit.start()) == 0 and not text[inside.start : hit.start()].endswith("."):
            end = _value_end(masked, hit.end(), inside.end)
            return _Span(hit.start(), hit.start(1) + 1, end)
    return None


def _element(masked: str, span: _Span, number: int) -> _Span | None:
    """The n-th element of an array."""
    inside = _inside(masked, span)
    if inside.start == span.start:
        return None
    start = inside.start
    for _ in range(number):
        start = _value_end(masked, start, inside.end, lines=False) + 1
        if start >= inside.end:
            return None
    if not masked[start : inside.end].strip():
        return None
    first = start + len(masked[start:]) - len(masked[start:].lstrip())
    return _Span(first, start, _value_end(masked, start, inside.end, lines=False))


def _inside(masked: str, span: _Span) -> _Span:
    """What lies between the brackets of an array or inline table; the span itself where there are none."""
    held = masked[span.start : span.end]
    if held.strip()[:1] not in tuple(_OPENING):
        return span
    begin = span.start + len(held) - len(held.lstrip()) + 1
    return _Span(span.at, begin, span.start + len(held.rstrip()) - 1)


def _between(masked: str, start: int, end: int) -> int:
    return _depth(masked[start:end], end - start)


def _value_end(masked: str, start: int, limit: int, lines: bool = True) -> int:
    """Where a value ends: at a comma, or a line's end, outside of its own brackets."""
    depth = 0
    for at in range(start, limit):
        one = masked[at]
        depth += (one in _OPENING) - (one in _CLOSING)
        if depth <= 0 and (one == "," or (lines and one == "\n")):
            return at
    return limit
