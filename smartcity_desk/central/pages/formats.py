"""Instants, lengths and numbers as a page writes them, in the language that is spoken. Display zone: Asia/Jakarta."""

from __future__ import annotations

from datetime import datetime

from smartcity_desk import i18n
from smartcity_desk.domain.times import DAY, HOUR, JAKARTA, MINUTE, to_datetime
from smartcity_desk.i18n import tr, trn
from smartcity_desk.saying import clock
from smartcity_desk.saying import date_time as full

__all__ = ["clock", "date", "full", "near", "percent", "span", "until"]


def _local(instant: int) -> datetime:
    return to_datetime(instant).astimezone(JAKARTA)


def date(instant: int) -> str:
    """`22 Nov 2026`."""
    at = _local(instant)
    return f"{at.day} {tr(f'paper.month.short.{at.month}')} {at.year}"


def until(instant: int) -> str:
    """The end of a term: `3 Des 2026 24.00 WIB` for the midnight after the third."""
    if clock(instant) in {"00.00", "00:00"}:
        return f"{date(instant - 1)} {clock(instant).replace('00', '24', 1)} WIB"
    return full(instant)


def near(instant: int, now: int) -> str:
    """`hari ini 16.20`, `besok 08.00`, `kemarin 21.15`, or date and time when it is further off."""
    gap = (_local(instant).date() - _local(now).date()).days
    if gap == 0:
        return tr("time.today", clock=clock(instant))
    if gap == 1:
        return tr("time.tomorrow", clock=clock(instant))
    if gap == -1:
        return tr("time.yesterday", clock=clock(instant))
    return f"{date(instant)} {clock(instant)}"


def span(ms: int) -> str:
    """A length of time in at most two units, rounded down: `3 hari 4 jam`, `2 jam 10 menit`, `45 menit`."""
    ms = abs(ms)
    if ms < MINUTE:
        return tr("page.span.moment")
    days, hours, minutes = ms // DAY, ms % DAY // HOUR, ms % HOUR // MINUTE
    if days:
        parts = [trn("page.span.days", days), trn("page.span.hours", hours) if hours else ""]
    elif hours:
        parts = [trn("page.span.hours", hours), trn("page.span.minutes", minutes) if minutes else ""]
    else:
        parts = [trn("page.span.minutes", minutes)]
    return " ".join(part for part in parts if part)


def percent(tenths: int) -> str:
    """Tenths of a percent: 618 is `61,8 %`, in English `61.8 %`."""
    mark = "," if i18n.language() == "id" else "."
    return f"{tenths // 10}{mark}{tenths % 10}\u00a0%"
