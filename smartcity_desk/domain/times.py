"""Instants as whole milliseconds since the Unix epoch, UTC. Everything stored or compared is one of these."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

JAKARTA: Final = timezone(timedelta(hours=7), "WIB")
"""Western Indonesian Time: fixed, no daylight saving since 1964, so a fixed offset is exact."""

LATEST: Final = 7_258_118_400_000 - 1
"""The last instant that anything from outside may carry: the end of 2199. What is later is no time but a fault, and
a due time counted from it would leave the calendar."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def from_datetime(value: datetime) -> int:
    """Milliseconds of an aware datetime. A naive one is a programming error: `ValueError`."""
    if value.tzinfo is None:
        raise ValueError("a datetime without a zone has no instant")
    return (value - _EPOCH) // _MILLISECOND


def plausible(instant: int) -> int:
    """The instant itself, if something can have happened then: from 1970 to 2199. Raises `ValueError` otherwise."""
    if not 0 <= instant <= LATEST:
        raise ValueError("not a time in which something happens")
    return instant


def to_datetime(instant: int) -> datetime:
    """The UTC datetime of an instant. Raises `OverflowError` beyond the year 9999."""
    return _EPOCH + timedelta(milliseconds=instant)


def to_iso(instant: int) -> str:
    """`2026-11-22T01:46:23.000Z`: the only form that leaves the program for machines."""
    return to_datetime(instant).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_iso(text: str, *, naive_zone: timezone | None = None) -> int:
    """Milliseconds of an ISO 8601 text with zone (`Z`, `+07:00`, `+0000`).

    A text without a zone is read in `naive_zone`; without that it is a `ValueError`, because guessing moves clocks.
    """
    value = datetime.fromisoformat(text.strip())
    if value.tzinfo is None:
        if naive_zone is None:
            raise ValueError("time without zone")
        value = value.replace(tzinfo=naive_zone)
    return from_datetime(value)
