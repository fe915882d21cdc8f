"""Lengths of time in words. No Qt here: the command line says the same."""

from __future__ import annotations

from smartcity_desk.domain.times import DAY, HOUR, MINUTE, SECOND
from smartcity_desk.i18n import format_number, tr


def duration(ms: int) -> str:
    """A length of time in at most two units: `12 dtk`, `45 m`, `2 j 10 m`, `3 h 4 j`. Sign dropped."""
    ms = abs(ms)
    if ms < MINUTE:
        return tr("time.seconds", n=ms // SECOND)
    if ms < HOUR:
        return tr("time.minutes", n=ms // MINUTE)
    if ms < DAY:
        hours, minutes = ms // HOUR, ms % HOUR // MINUTE
        return tr("time.hours_minutes", h=hours, m=f"{minutes:02d}")
    days, hours = ms // DAY, ms % DAY // HOUR
    return (
        tr("time.days_hours", d=format_number(days), h=hours)
        if days < 30
        else tr("time.days", n=format_number(days))
    )
