"""Dates as people and spreadsheets write them, in the order that the whole column shows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Final

from smartcity_desk.domain.times import JAKARTA, from_datetime, plausible


class DateOrder(StrEnum):
    """What the first two numbers of a date mean. A date that begins with its year needs no order."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


_MONTHS: Final = {
    word: number
    for number, words in enumerate(
        (
            "jan januari january",
            "feb februari february pebruari",
            "mar maret march",
            "apr april",
            "mei may",
            "jun juni june",
            "jul juli july",
            "agu ags agustus aug august",
            "sep sept september",
            "okt oktober oct october",
            "nov november nopember nop",
            "des desember dec december",
        ),
        1,
    )
    for word in words.split()
}
_ZONES: Final = {"wib": 7, "wita": 8, "wit": 9}
_DATE: Final = re.compile(
    r"(?:\w+,\s*)?(?P<a>\d{1,4})\s?[-/. ]\s?(?P<b>\d{1,2}|[A-Za-z]{3,9})\.?\s?[-/. ,]\s?(?P<c>\d{1,4})"
    r"(?:[T ,]+(?:pukul\s+|jam\s+)?(?P<h>\d{1,2})[:.](?P<m>\d{2})(?:[:.](?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    r"\s?(?P<half>[AaPp]\.?[Mm]\.?)?\s?(?P<zone>WIB|WITA|WIT|Z|UTC|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
_LONGEST: Final = 60


def read(text: str, order: DateOrder) -> int:
    """Ms UTC of a date, perhaps with a time; without a zone it is Jakarta's. Raises `ValueError`."""
    found = _DATE.fullmatch(text.strip()[:_LONGEST])
    if found is None:
        raise ValueError("no date")
    year, month, day = _date(found, order)
    hour, minute = int(found["h"] or 0), int(found["m"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("no hour")
        hour = hour % 12 + (12 if found["half"][0] in "pP" else 0)
    fraction = int((found["f"] or "0").ljust(6, "0")[:6])
    at = datetime(year, month, day, hour, minute, int(found["s"] or 0), fraction, tzinfo=_zone(found["zone"]))
    return plausible(from_datetime(at))


def guess_order(texts: Iterable[str]) -> DateOrder:
    """The order that some dates of a column show; the day first where all of them could be either."""
    for text in texts:
        found = _DATE.fullmatch(text.strip()[:_LONGEST])
        if found is None or not found["b"].isdigit() or len(found["a"]) > 2:
            continue
        if int(found["a"]) > 12:
            return DateOrder.DAY_FIRST
        if int(found["b"]) > 12:
            return DateOrder.MONTH_FIRST
    return DateOrder.DAY_FIRST


def _date(found: re.Match[str], order: DateOrder) -> tuple[int, int, int]:
    first, middle, last = found["a"], found["b"], found["c"]
    if not middle.isdigit():
        month = _MONTHS.get(middle.casefold())
        if month is None:
            raise ValueError("no month")
        return (int(first), month, int(last)) if len(first) == 4 else (_year(last), month, int(first))
    if len(first) == 4:
        return int(first), int(middle), int(last)
    if len(first) == 3:
        raise ValueError("no date")
    day, month = int(first), int(middle)
    return (_year(last), month, day) if order is DateOrder.DAY_FIRST else (_year(last), day, month)


def _year(text: str) -> int:
    if len(text) == 2:
        return 2000 + int(text)
    if len(text) != 4:
        raise ValueError("no year")
    return int(text)


def _zone(text: str | None) -> timezone:
    if not text:
        return JAKARTA
    if text.upper() in ("Z", "UTC"):
        return UTC
    if text.casefold() in _ZONES:
        return timezone(timedelta(hours=_ZONES[text.casefold()]))
    digits = text[1:].replace(":", "")
    length = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-length if text[0] == "-" else length)
