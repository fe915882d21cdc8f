"""Numbers, dates and lengths as papers write them, in the language that is spoken: 1.234,5 and 17 Agustus 2026."""

from __future__ import annotations

from datetime import datetime

from smartcity_desk import i18n
from smartcity_desk.domain.times import DAY, HOUR, JAKARTA, MINUTE, SECOND, to_datetime
from smartcity_desk.i18n import format_number, tr


def number(value: int) -> str:
    """A whole number: `1.234`, with a true minus sign."""
    return format_number(value).replace("-", "−")


def tenths(value: int) -> str:
    """A number of tenths, with one decimal: 618 is `61,8`."""
    return _decimal(value, 1)


def hundredths(value: int) -> str:
    """A number of hundredths, with two decimals."""
    return _decimal(value, 2)


def _decimal(value: int, places: int) -> str:
    whole, rest = divmod(abs(value), 10**places)
    mark = "," if i18n.language() == "id" else "."
    sign = "−" if value < 0 else ""
    return f"{sign}{format_number(whole)}{mark}{rest:0{places}d}"


def date(at: int) -> str:
    """`17 Agustus 2026`."""
    day = _local(at)
    return f"{day.day} {tr(f'paper.month.{day.month}')} {day.year}"


def short_date(at: int) -> str:
    """`17 Agu 2026`."""
    day = _local(at)
    return f"{day.day} {tr(f'paper.month.short.{day.month}')} {day.year}"


def clock(at: int) -> str:
    """`16.20` in Indonesian, `16:20` in English."""
    moment = _local(at)
    mark = "." if i18n.language() == "id" else ":"
    return f"{moment.hour:02d}{mark}{moment.minute:02d}"


def date_time(at: int) -> str:
    """`17 Agustus 2026 pukul 16.20 WIB`."""
    return tr("paper.date_time", date=date(at), clock=clock(at))


def short_date_time(at: int) -> str:
    """`17 Agu 2026 16.20`, without a zone: papers say once that all times are WIB."""
    return f"{short_date(at)} {clock(at)}"


def days(since: int, until: int) -> str:
    """The days of a half-open window, first to last: `20 Jul–16 Agu 2026`."""
    first, last = _local(since), _local(until - 1)
    if (first.year, first.month) == (last.year, last.month):
        start = "" if first.day == last.day else f"{first.day}–"
    elif first.year == last.year:
        start = f"{first.day} {tr(f'paper.month.short.{first.month}')}–"
    else:
        start = f"{short_date(since)}–"
    return start + short_date(until - 1)


def length(ms: int) -> str:
    """A length of time in at most two units, rounded down: `45 mnt`, `2 jam 10 mnt`, `3 hr 4 jam`."""
    ms = abs(ms)
    if ms < MINUTE:
        return tr("paper.length.seconds", n=ms // SECOND)
    if ms < HOUR:
        return tr("paper.length.minutes", n=ms // MINUTE)
    if ms < DAY:
        hours, minutes = ms // HOUR, ms % HOUR // MINUTE
        if not minutes:
            return tr("paper.length.hours", n=hours)
        return tr("paper.length.hours_minutes", h=hours, m=minutes)
    whole, hours = ms // DAY, ms % DAY // HOUR
    if not hours:
        return tr("paper.length.days", n=format_number(whole))
    return tr("paper.length.days_hours", d=format_number(whole), h=hours)


def hex_groups(digest: str, groups: int | None = None) -> str:
    """A hash in groups of eight, so that it can be read aloud and broken between lines."""
    parts = [digest[at : at + 8] for at in range(0, len(digest), 8)]
    return " ".join(parts if groups is None else parts[:groups])


def _local(at: int) -> datetime:
    return to_datetime(at).astimezone(JAKARTA)
