"""What is known of a channel's health as sentences: silence, outages, numbers that never came, counts of days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smartcity_desk.domain.outage import LEAST, OutageKind
from smartcity_desk.i18n import format_number, tr, trn
from smartcity_desk.ui import formats

if TYPE_CHECKING:
    from smartcity_desk.domain.outage import Outage
    from smartcity_desk.store.health import ChannelHealth, DayCount

MOST: Final = 4
"""Outages and ranges of numbers that are named; the newest."""
DASH: Final = "—"


def silence_words(health: ChannelHealth, now: int) -> str:
    """Since when the channel is silent and how unlikely that is; empty while it is not."""
    since = health.silent_since
    if since is None:
        return ""
    return tr(
        "health.silent.text",
        length=formats.duration(max(0, now - since)),
        expected=format_number(round(health.verdict.expected or 0)),
    )


def horizon_words(health: ChannelHealth, now: int) -> str:
    """How long the channel has to be quiet before that means something, or that too little is known of it."""
    if not health.learnt:
        return tr("health.silent.unlearnt")
    due, last = health.verdict.due_at, health.state.last_new_at
    if due is None or last is None:
        return tr("health.silent.rare")
    return tr("health.silent.horizon", at=formats.near(due, now)) if due > now else ""


def outage_words(outage: Outage, now: int) -> str:
    """One outage: from when to when, what it was, and whether it is excluded from the clocks (E8)."""
    until = tr("health.outage.now") if outage.until is None else formats.near(outage.until, now)
    length = (now if outage.until is None else outage.until) - outage.since
    excluded = outage.witnessed and length >= LEAST
    return tr(
        "health.outage.excluded" if excluded else "health.outage.noted",
        kind=tr(f"health.outage.kind.{outage.kind.value}"),
        since=formats.near(outage.since, now),
        until=until,
        length=formats.duration(max(0, length)),
    )


def missing_words(missing: tuple[tuple[int, int], ...]) -> str:
    """The tombstones of numbers that never came; empty where none is missing."""
    if not missing:
        return ""
    ranges = [
        format_number(first) if first == last else f"{format_number(first)}–{format_number(last)}"
        for first, last in missing[:MOST]
    ]
    more = len(missing) - MOST
    named = ", ".join(ranges)
    return tr("health.missing.more", ranges=named, n=more) if more > 0 else tr("health.missing", ranges=named)


def details(health: ChannelHealth, now: int) -> list[str]:
    """Everything but today's trouble, a line each."""
    lines = [horizon_words(health, now)]
    lines += [
        outage_words(one, now)
        for one in health.outages[:MOST]
        if one.kind is not OutageKind.SILENT or one.until
    ]
    lines.append(missing_words(health.missing))
    return [line for line in lines if line]


def difference_words(health: ChannelHealth) -> str:
    """The newest day whose counts differ, and how many more there are; empty where all agree."""
    first, *rest = health.differing or (None,)
    if first is None:
        return ""
    more = trn("health.day.more", len(rest)) if rest else ""
    return f"{day_words(first)} {more}".strip()


def day_words(count: DayCount) -> str:
    """One day's counts: the source, this desk, the central server."""
    return tr(
        "health.day.agrees" if count.agrees else "health.day.differs",
        day=count.day,
        source=DASH if count.source is None else format_number(count.source),
        desk=format_number(count.desk),
        central=DASH if count.central is None else format_number(count.central),
    )
