"""What every wire format here shares: the refusal, and lines that cannot grow."""


class NotUnderstood(ValueError):
    """The bytes are not what the format says; the message never repeats them, they may hold a secret."""


class Lines:
    """Cuts a byte stream at LF; memory stays below `limit` bytes however long a line is.

    >>> Lines(limit=8).feed(b"one\\n\\ntwo\\nthr")
    [b'one', b'', b'two']
    """

    def __init__(self, limit: int) -> None:
        """Lines of up to `limit` bytes, LF included, are kept; of longer ones only the count."""
        self._limit = limit
        self._held = bytearray()
        self._length = 0
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """Bytes of lines that were too long, those of a line that has not ended yet included."""
        return self._dropped + (self._length if self._too_long else 0)

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes, without their LF; those too long are left out."""
        lines: list[bytes] = []
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            self._take(data, start, end)
            if self._too_long:
                self._dropped += self._length + 1
            else:
                lines.append(bytes(self._held))
            self._held.clear()
            self._length = 0
            start = end + 1
        self._take(data, start, len(data))
        return lines

    @property
    def _too_long(self) -> bool:
        return self._length >= self._limit

    def _take(self, data: bytes, start: int, end: int) -> None:
        self._length += end - start
        self._held += data[start : min(end, start + self._limit - len(self._held))]
