"""What is watched of each place: outages as they begin and end, items by the hour, and the counts of days.

Runs on the caller's connection. Reports by hour are counted by triggers of the table itself (`schema.EXTRAS`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from smartcity_desk.domain.errors import AuthExpired, ConfigProblem, Forbidden, Offline
from smartcity_desk.domain.outage import CENTRAL, Outage, OutageKind
from smartcity_desk.domain.times import DAY, HOUR
from smartcity_desk.store.engine import Raw

KEPT: Final = 90 * DAY
"""How long outages and counts of days are kept."""
_NO_OUTAGE: Final = frozenset({ConfigProblem.code})
"""What is wrong at this desk only."""
_NOT_LOGGED_IN: Final = frozenset({AuthExpired.code, Forbidden.code, "rejected"})
"""What the central server says to this desk: it is there, and offices reach it."""
_COLUMNS: Final = "place, kind, since, until, code, witnessed"


def failed(raw: Raw, place: str, code: str, *, now: int) -> None:
    """A round with a place failed: an outage begins, or goes on.

    It is witnessed as soon as there is evidence that the place is out and not this desk's line: an answer of the place,
    whatever it says, or of another place since the outage began.
    """
    if code in _NO_OUTAGE or (place == CENTRAL and code in _NOT_LOGGED_IN):
        return
    row = raw.execute(
        "SELECT id, since, witnessed FROM outage WHERE place = ? AND kind = 'failed' AND until IS NULL",
        (place,),
    ).fetchone()
    if row is None:
        raw.execute(
            "INSERT OR IGNORE INTO outage (place, kind, since, until, code, witnessed) "
            "VALUES (?, 'failed', ?, NULL, ?, ?)",
            (place, now, code, code != Offline.code),
        )
        return
    if not row[2] and (code != Offline.code or _heard_others(raw, place, row[1])):
        raw.execute("UPDATE outage SET witnessed = 1, code = ? WHERE id = ?", (code, row[0]))


def _heard_others(raw: Raw, place: str, since: int) -> bool:
    found = raw.execute(
        "SELECT 1 FROM channel_state WHERE channel <> ? AND last_error_code IS NULL AND last_ok_at > ? LIMIT 1",
        (place, since),
    )
    return found.fetchone() is not None


def recovered(raw: Raw, place: str, *, now: int) -> None:
    """A place answered: an outage by failed rounds is over."""
    raw.execute(
        "UPDATE outage SET until = max(?, since) WHERE place = ? AND kind = 'failed' AND until IS NULL",
        (now, place),
    )


def gap(raw: Raw, place: str, since: int, until: int) -> None:
    """The source no longer gives a span that nobody read."""
    if until > since:
        raw.execute(
            "INSERT OR IGNORE INTO outage (place, kind, since, until, code, witnessed) VALUES (?, 'gap', ?, ?, '', 1)",
            (place, since, until),
        )


def silent(raw: Raw, place: str, since: int) -> bool:
    """A channel is silent since its last item; whether that is news."""
    return (
        raw.execute(
            "INSERT OR IGNORE INTO outage (place, kind, since, until, code, witnessed) "
            "VALUES (?, 'silent', ?, NULL, '', 0)",
            (place, since),
        ).rowcount
        > 0
    )


def speaks(raw: Raw, place: str, at: int, least: int) -> bool:
    """A channel brought something new at an instant: a silence is over; whether there was one.

    It was an outage if at least `least` of what came by then was reported during the silence.
    """
    row = raw.execute(
        "SELECT id, since FROM outage WHERE place = ? AND kind = 'silent' AND until IS NULL", (place,)
    ).fetchone()
    if row is None:
        return False
    late = raw.execute(
        "SELECT count(*) FROM report_state WHERE reported_at > ? AND reported_at < ? AND channel = ?",
        (row[1], at - HOUR // 6, place),
    ).fetchone()[0]
    raw.execute("UPDATE outage SET until = ?, witnessed = ? WHERE id = ?", (at, late >= least, row[0]))
    return True


def outages(raw: Raw, since: int, place: str | None = None) -> list[Outage]:
    """Outages that lasted at or after an instant, by place and time."""
    rows = raw.execute(
        f"SELECT {_COLUMNS} FROM outage WHERE (until IS NULL OR until >= ?1) AND (?2 IS NULL OR place = ?2) "
        "ORDER BY place, since",
        (since, place),
    )
    return [Outage(row[0], OutageKind(row[1]), row[2], row[3], row[4], bool(row[5])) for row in rows]


def hours(raw: Raw, begin: int, end: int) -> dict[str, dict[int, int]]:
    """Items by channel and hour (hours since 1970) from `begin` to before `end`."""
    found: dict[str, dict[int, int]] = {}
    for channel, hour, n in raw.execute(
        "SELECT channel, hour, n FROM channel_hour WHERE hour >= ? AND hour < ? AND n > 0", (begin, end)
    ):
        found.setdefault(channel, {})[hour] = n
    return found


def first_hours(raw: Raw) -> dict[str, int]:
    """The hour in which each channel's first item lies."""
    return dict(raw.execute("SELECT channel, min(hour) FROM channel_hour WHERE n > 0 GROUP BY channel"))


def count_days(
    raw: Raw, day: str, *, source: Mapping[str, int], central: Mapping[str, int], now: int
) -> None:
    """Write down what others count of a day in Jakarta, by channel; what they do not say stays as it was."""
    for channel in {*source, *central}:
        raw.execute(
            "INSERT INTO day_count (channel, day, source, central, at) VALUES (?1, ?2, ?3, ?4, ?5) "
            "ON CONFLICT (channel, day) DO UPDATE SET source = coalesce(?3, source), "
            "central = coalesce(?4, central), at = ?5",
            (channel, day, source.get(channel), central.get(channel), now),
        )


def day_counts(raw: Raw, first: str) -> list[tuple[Any, ...]]:
    """Channel, day, source, central, at: from a day on, newest first."""
    return raw.execute(
        "SELECT channel, day, source, central, at FROM day_count WHERE day >= ? ORDER BY day DESC, channel",
        (first,),
    ).fetchall()


def forget(raw: Raw, before: int, first_day: str) -> None:
    """Let go of what is older than it is kept."""
    raw.execute("DELETE FROM outage WHERE until < ?", (before,))
    raw.execute("DELETE FROM day_count WHERE day < ?", (first_day,))
