"""Times as reports write them."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc(at: int) -> str:
    """Microseconds since 1970 UTC as RFC 3339, always with six decimals.

    >>> utc(1795378501000007)
    '2026-11-22T20:15:01.000007Z'
    """
    moment = _EPOCH + timedelta(microseconds=at)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond:06d}Z"
