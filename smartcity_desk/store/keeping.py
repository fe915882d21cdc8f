"""What may be kept and for how long: ids to ask for again every day, and reports whose time of keeping is over.

Runs on the caller's connection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from smartcity_desk import codec
from smartcity_desk.domain import marks as marking
from smartcity_desk.domain.subjects import Subject
from smartcity_desk.domain.times import DAY
from smartcity_desk.store import directory, erasing, projection, replies, subjects
from smartcity_desk.store.engine import Raw, chunks, marks
from smartcity_desk.store.rules import Rules

_RECHECK: Final = "recheck."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk over a channel's items stands, newest first: its reports, then its replies. `at` in ms UTC."""

    replies: bool
    at: int
    pk: int


@dataclass(frozen=True, slots=True)
class Recheck:
    """How asking again for all of a channel's items stands. Instants in ms UTC.

    `place` is where the present walk goes on, None when none is under way; counts are those of the present walk, else
    of the last one. `error` is the code of what stopped it last, empty when nothing did.
    """

    channel: str
    begun_at: int | None = None
    done_at: int | None = None
    place: Place | None = None
    asked: int = 0
    gone: int = 0
    changed: int = 0
    error: str = ""
    next_try_at: int | None = None


def recheck(raw: Raw, channel: str) -> Recheck:
    """How asking again for a channel's items stands."""
    found = directory.get(raw, _RECHECK + channel)
    return Recheck(channel) if found is None else codec.decode(found, Recheck, key="recheck")


def rechecks(raw: Raw) -> list[Recheck]:
    """The same for every channel whose items were ever asked for again."""
    rows = raw.execute(
        "SELECT value FROM meta WHERE key >= ? AND key < ? ORDER BY key", (_RECHECK, f"{_RECHECK}\U0010ffff")
    )
    return [codec.decode(value, Recheck, key="recheck") for (value,) in rows]


def save_recheck(raw: Raw, state: Recheck) -> None:
    """Write down how it stands."""
    directory.put(raw, _RECHECK + state.channel, codec.encode(state))


def ids(raw: Raw, channel: str, place: Place | None, *, limit: int) -> tuple[list[str], Place | None]:
    """The next external ids of a channel's items that are not erased, newest first, however old they are.

    Reports come before replies. With them comes the place behind them; None when the walk is over.
    """
    names: list[str] = []
    if place is None or not place.replies:
        at, pk = (1 << 62, 0) if place is None else (place.at, place.pk)
        rows = raw.execute(
            "SELECT s.reported_at, s.pk, r.external_id FROM report_state s INDEXED BY ix_state_time "
            "JOIN report r ON r.pk = s.pk LEFT JOIN erased e ON e.report_pk = s.pk "
            "WHERE (s.reported_at, s.pk) < (?, ?) AND s.channel = ? AND e.report_pk IS NULL "
            "ORDER BY s.reported_at DESC, s.pk DESC LIMIT ?",
            (at, pk, channel, limit),
        ).fetchall()
        if rows:
            return [row[2] for row in rows], Place(False, rows[-1][0], rows[-1][1])
        place = Place(True, 1 << 62, 0)
    rows = raw.execute(
        "SELECT at, pk, external_id FROM reply WHERE channel = ? AND withdrawn_at IS NULL "
        "AND (at, pk) < (?, ?) ORDER BY at DESC, pk DESC LIMIT ?",
        (channel, place.at, place.pk, limit),
    ).fetchall()
    names = [row[2] for row in rows]
    return names, Place(True, rows[-1][0], rows[-1][1]) if rows else None


@dataclass(frozen=True, slots=True)
class Expired:
    """A step of erasing: the reports (pk), how many others were passed over, and where to go on (None = over)."""

    pks: tuple[int, ...] = ()
    kept: int = 0
    place: Place | None = None


def expire(
    raw: Raw, channel: str, place: Place | None, rules: Rules, *, before: int, now: int, limit: int
) -> Expired:
    """Erase a channel's reports from before a time that are closed for good, some at a time, oldest first.

    Passed over, and counted as kept: what is open or waits to be sent, what is in an incident with an open report, and
    what an office may still need for its defence. That is every item of a mark that is not over, of an objection
    without an answer, and of the windows that a mark may still be raised for.
    """
    at, pk = (-1, 0) if place is None else (place.at, place.pk)
    rows = raw.execute(
        "SELECT s.reported_at, s.pk, r.id, s.is_open OR s.pending > 0 OR s.conflict OR s.pk IN "
        "(SELECT m.pk FROM report_state m WHERE m.incident = s.incident AND EXISTS (SELECT 1 FROM report_state o "
        "WHERE o.incident = s.incident AND o.is_open = 1)) "
        "FROM report_state s INDEXED BY ix_state_time JOIN report r ON r.pk = s.pk "
        "LEFT JOIN erased e ON e.report_pk = s.pk "
        "WHERE (s.reported_at, s.pk) > (?, ?) AND s.reported_at < ? AND s.channel = ? AND e.report_pk IS NULL "
        "ORDER BY s.reported_at, s.pk LIMIT ?",
        (at, pk, before, channel, limit),
    ).fetchall()
    if not rows:
        return Expired()
    closed = {row[1]: row[2] for row in rows if not row[3]}
    for needed in _needed(raw, list(closed), rules, now):
        del closed[needed]
    erasing.empty(raw, list(closed), expired_at=now)
    projection.refold(raw, closed.values(), rules)
    return Expired(tuple(closed), len(rows) - len(closed), Place(False, rows[-1][0], rows[-1][1]))


def _needed(raw: Raw, pks: list[int], rules: Rules, now: int) -> set[int]:
    """Those of these reports that an office may still need."""
    law = rules.law
    rule = law.book.at(now).marking
    judged = now - (rule.windows + 1) * rule.window_days * DAY
    named: set[str] = set()
    for mark in subjects.every(raw, Subject.MARK).values():
        if marking.step(mark, law, now) not in marking.OVER:
            named |= marking.named(mark)
        named |= marking.contested(mark, law, now)
    found: set[int] = set()
    for part in chunks(pks):
        for pk, name, due_at in raw.execute(
            f"SELECT report_pk, id, due_at FROM segment WHERE report_pk IN ({marks(len(part))})", tuple(part)
        ):
            if name in named or (due_at is not None and due_at >= judged):
                found.add(pk)
    return found


def expire_loose(raw: Raw, channel: str, *, before: int, now: int) -> int:
    """Erase what hangs on no report here: old replies about reports that never came, old items nobody could read."""
    rows = raw.execute(
        "SELECT external_id FROM reply p WHERE p.channel = ? AND p.at < ? AND p.withdrawn_at IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM report r WHERE r.id = p.report_id)",
        (channel, before),
    ).fetchall()
    replies.expire(raw, channel, [row[0] for row in rows], now=now)
    lost = raw.execute("DELETE FROM quarantine WHERE channel = ? AND last_at < ?", (channel, before)).rowcount
    return len(rows) + lost
