"""How numbers, times and foreign texts look on screen, in the language spoken now. Display zone: Asia/Jakarta."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import Final

from PySide6.QtCore import QDate, QLocale

from smartcity_desk import i18n
from smartcity_desk.domain.times import JAKARTA, from_iso
from smartcity_desk.i18n import tr
from smartcity_desk.ui.durations import duration

__all__ = [
    "ago",
    "breakable",
    "clean",
    "clock",
    "date",
    "date_time",
    "dated",
    "day_month",
    "duration",
    "left",
    "locale",
    "near",
    "number",
    "one_line",
    "short",
    "short_date",
    "tip",
]

_LONG_WORD: Final = re.compile(r"\S{24}")
# C0 and C1 controls but tab and newline, soft hyphen, zero-width and bidirectional marks, tags. A joined emoji falls
# apart into its members, which is harmless.
_HIDDEN: Final = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc"
    "\U000e0000-\U000e007f]"
)
_SPACE: Final = re.compile(r"\s+")


def clean(text: str, limit: int | None = None) -> str:
    """A text from outside, fit to be shown: no marks that turn or hide what follows, and cut with `…` at `limit`."""
    if limit is not None and len(text) > limit * 2:
        text = text[: limit * 2]
    shown = _HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return shown if limit is None or len(shown) <= limit else shown[: limit - 1] + "…"


def one_line(text: str, limit: int = 240) -> str:
    """The same in one line, for a table's cell or a window's title."""
    return clean(_SPACE.sub(" ", text[: limit * 4]).strip(), limit)


def tip(text: str) -> str:
    """A tool tip that shows its text as it is: Qt has no plain ones, and would follow any tag that stands in it."""
    if "<" not in text and "&" not in text:
        return text
    return "<qt>" + escape(text, quote=False).replace("\n", "<br>") + "</qt>"


def breakable(text: str) -> str:
    """The text with places to break inside words of more than two dozen letters, so that none widens a panel."""
    return _LONG_WORD.sub(lambda word: word.group() + "\u200b", text)


def locale() -> QLocale:
    """The locale of the language spoken now: 1.234,5 and 17 Agustus 2026, or 1,234.5 and 17 August 2026."""
    return _locale(i18n.language())


@lru_cache(maxsize=4)
def _locale(language: str) -> QLocale:
    if language == "id":
        return QLocale(QLocale.Language.Indonesian, QLocale.Country.Indonesia)
    return QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)


def number(value: int) -> str:
    """A whole number with its thousands marked."""
    return i18n.format_number(value)


def size(count: int) -> str:
    """Bytes as a person says them: `340 kB`, `2,4 MB`; never less than one kB. Of 1,024, as limits are told."""
    if count < 1 << 20:
        return tr("common.size.kb", n=number(max(1, round(count / 1024))))
    return tr("common.size.mb", n=locale().toString(count / (1 << 20), "f", 1))


def ago(then: int, now: int) -> str:
    """`12 dtk lalu`; for an instant still to come, `dalam 12 dtk`."""
    if then > now:
        return tr("time.ahead", duration=duration(then - now))
    return tr("time.ago", duration=duration(now - then))


def left(due: int, now: int) -> str:
    """Time to a due date: `2 j 10 m`, with a true minus sign once it is over."""
    return duration(due - now) if due > now else "\u2212" + duration(now - due)


def _at(instant: int) -> datetime:
    return datetime.fromtimestamp(instant / 1000, JAKARTA)


@lru_cache(maxsize=2_000)
def _day_words(year: int, month: int, day: int, form: str, language: str) -> str:
    """A day in a locale's words: tables say the same few days over and over.

    Never by way of QDateTime: that asks the machine's own zone, which takes a tenth of a millisecond.
    """
    return _locale(language).toString(QDate(year, month, day), form)


def _day(instant: int, form: str) -> str:
    at = _at(instant)
    return _day_words(at.year, at.month, at.day, form, i18n.language())


def date_time(instant: int) -> str:
    """`22 Nov 2026 16.20 WIB`."""
    return f"{short_date(instant)} {clock(instant)} WIB"


def date(instant: int) -> str:
    """`22 November 2026`."""
    return _day(instant, "d MMMM yyyy")


def day_month(instant: int) -> str:
    """`22 Nov`, for an axis."""
    return _day(instant, "d MMM")


def short_date(instant: int) -> str:
    """`22 Nov 2026`, for a table's cell."""
    return _day(instant, "d MMM yyyy")


def dated(text: str) -> str:
    """`22 Nov 2026` or `22 Nov 2026 16.20 WIB` for a day or an instant that came as ISO 8601; else what came."""
    said = one_line(text, 40)
    try:
        day = datetime.fromisoformat(said)
        if "T" in said or ":" in said:
            return date_time(from_iso(said, naive_zone=JAKARTA))
    except ValueError:
        return said
    return _day_words(day.year, day.month, day.day, "d MMM yyyy", i18n.language())


def short(instant: int, now: int) -> str:
    """`22 Nov 16.20`, for a table's cell; the year in the clock's place where it is another one."""
    if _at(instant).year != _at(now).year:
        return short_date(instant)
    return f"{day_month(instant)} {clock(instant)}"


def clock(instant: int) -> str:
    """`16.20` in Indonesian, `16:20` in English."""
    at = _at(instant)
    return f"{at.hour:02}{'.' if i18n.language() == 'id' else ':'}{at.minute:02}"


def near(instant: int, now: int) -> str:
    """`hari ini 16.20`, `besok 08.00`, or date and time when it is further off."""
    gap = _at(instant).toordinal() - _at(now).toordinal()
    if gap == 0:
        return tr("time.today", clock=clock(instant))
    if gap == 1:
        return tr("time.tomorrow", clock=clock(instant))
    if gap == -1:
        return tr("time.yesterday", clock=clock(instant))
    return f"{short_date(instant)} {clock(instant)}"
