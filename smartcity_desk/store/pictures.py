"""Evidence files that events name, by their hash: whether they are here, their prints, and the hints they gave.

The bytes lie as files in the profile's folder, named by their hash. A row is written with the event that names the
file, so a desk knows at once what it still has to fetch, and keeps knowing it after a kill. What an objection brings is
looked at by a person and compared with nothing: it has no print, and no claim waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from smartcity_desk import codec
from smartcity_desk.domain.events import AttachmentAdded, CompletionClaimed, Event, ObjectionFiled
from smartcity_desk.domain.times import HOUR, MINUTE
from smartcity_desk.store.engine import Raw, chunks, marks

WANTED: Final = "wanted"
HERE: Final = "here"
UNREADABLE: Final = "unreadable"
_BEFORE, _AFTER, _OF_OBJECTION = range(3)
"""What a file shows: the column `after`."""
_WAITS: Final = (MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that some event names and that is not here yet. `compared` when it is a picture of some work."""

    sha256: str
    tries: int
    compared: bool


@dataclass(frozen=True, slots=True)
class Awaited:
    """How the fetching of a file stands: how often it could not be had, and when it is asked for again."""

    tries: int
    next_try_at: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture that is here: whose report, the event that named it, when, by whom, before or after the work."""

    number: int
    sha256: str
    report: str
    event: str
    at: int
    user: str
    after: bool
    print: bytes | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed completion that waits for a person, and whose pictures are as much here as they will be."""

    report: str
    event: str


@dataclass(frozen=True, slots=True)
class StoredHint:
    """One hint as it lies in the file: a stable code and its parameters."""

    code: str
    params: Mapping[str, Any]


def note(raw: Raw, events: Iterable[Event]) -> None:
    """Write down the files that confirmed events name; those that are known already stay as they are."""
    rows: list[tuple[Any, ...]] = []
    for event in events:
        payload = event.payload
        if isinstance(payload, CompletionClaimed):
            named, after = payload.attachments, _AFTER
        elif isinstance(payload, AttachmentAdded) and payload.media_type.startswith("image/"):
            named, after = (payload.sha256,), _BEFORE
        elif isinstance(payload, ObjectionFiled):
            named, after = payload.attachments, _OF_OBJECTION
        else:
            continue
        rows += [
            (sha256, event.subject, event.id, event.at, event.actor.user, after, WANTED) for sha256 in named
        ]
    raw.executemany(
        "INSERT INTO picture (sha256, report_id, event, at, user, after, state, tries, next_try_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0) ON CONFLICT (sha256, event) DO NOTHING",
        rows,
    )


def wanted(raw: Raw, limit: int, *, now: int) -> list[Wanted]:
    """The files to fetch now: pictures of work first, for claims wait for them, and of each the newest first."""
    rows = raw.execute(
        "SELECT sha256, max(tries), min(after) < ? AS compared FROM picture WHERE state = ? AND next_try_at <= ? "
        "GROUP BY sha256 ORDER BY compared DESC, max(at) DESC LIMIT ?",
        (_OF_OBJECTION, WANTED, now, limit),
    )
    return [Wanted(sha256, tries, bool(compared)) for sha256, tries, compared in rows]


def awaited(raw: Raw, hashes: Sequence[str]) -> dict[str, Awaited]:
    """Those of these files that are still to be fetched."""
    found: dict[str, Awaited] = {}
    for part in chunks(list(hashes)):
        for sha256, tries, at in raw.execute(
            "SELECT sha256, max(tries), min(next_try_at) FROM picture "
            f"WHERE state = ? AND sha256 IN ({marks(len(part))}) GROUP BY sha256",
            (WANTED, *part),
        ):
            found[sha256] = Awaited(tries, at)
    return found


def arrived(raw: Raw, sha256: str, print_: bytes | None) -> None:
    """The file lies in the folder; without a print it is no picture that can be read."""
    state = UNREADABLE if print_ is None else HERE
    raw.execute(
        "UPDATE picture SET state = ?, print = ? WHERE sha256 = ? AND after < ?",
        (state, print_, sha256, _OF_OBJECTION),
    )
    raw.execute("UPDATE picture SET state = ? WHERE sha256 = ? AND after = ?", (HERE, sha256, _OF_OBJECTION))


def lost(raw: Raw, sha256: str) -> None:
    """The file in the folder is no longer the one that was named; it is fetched again at once."""
    raw.execute("UPDATE picture SET state = ?, tries = 0, next_try_at = 0 WHERE sha256 = ?", (WANTED, sha256))


def missed(raw: Raw, sha256: str, tries: int, *, now: int) -> None:
    """It could not be had; it is asked for again later and later."""
    wait = _WAITS[min(tries, len(_WAITS) - 1)]
    raw.execute(
        "UPDATE picture SET tries = ?, next_try_at = ? WHERE sha256 = ?", (tries + 1, now + wait, sha256)
    )


def to_examine(raw: Raw, limit: int) -> list[Claim]:
    """Claims that wait for a person and were not examined yet, none of whose pictures is about to come."""
    rows = raw.execute(
        "SELECT r.id, (SELECT e.id FROM event e WHERE e.subject = r.id AND e.kind = 'completion.claimed' "
        "ORDER BY e.seq DESC LIMIT 1) AS claim FROM report_state s INDEXED BY ix_state_status "
        "JOIN report r ON r.pk = s.pk WHERE s.kind = 'complaint' AND s.status = 'awaiting_verification' "
        "AND claim IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM hint h WHERE h.report_id = r.id AND h.event = claim) "
        "AND NOT EXISTS (SELECT 1 FROM picture p WHERE p.report_id = r.id AND p.state = 'wanted' AND p.tries < 2) "
        "LIMIT ?",
        (limit,),
    )
    return [Claim(*row) for row in rows]


def set_hints(raw: Raw, claim: Claim, hints: Sequence[StoredHint], *, now: int) -> None:
    """Write down what an examination of a claim suggests; none is a result too."""
    body = codec.encode([{"code": one.code, "params": dict(one.params)} for one in hints])
    raw.execute(
        "INSERT INTO hint (report_id, event, at, count, hints) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (report_id) DO UPDATE SET event = excluded.event, at = excluded.at, "
        "count = excluded.count, hints = excluded.hints",
        (claim.report, claim.event, now, len(hints), body),
    )


def hints(raw: Raw, report_ids: Sequence[str]) -> dict[str, tuple[StoredHint, ...]]:
    """The hints on the present claims of some reports; one that is not there was not examined yet."""
    found: dict[str, tuple[StoredHint, ...]] = {}
    for part in chunks(list(report_ids)):
        for report_id, body in raw.execute(
            f"SELECT report_id, hints FROM hint WHERE report_id IN ({marks(len(part))})", tuple(part)
        ):
            found[report_id] = tuple(codec.decode(body, list[StoredHint], key="hint"))
    return found


def hinted(raw: Raw, report_ids: Sequence[str]) -> set[str]:
    """Which of these claims have a hint, or were not examined yet: a person has to look at each of them."""
    clean: set[str] = set()
    for part in chunks(list(report_ids)):
        clean.update(
            row[0]
            for row in raw.execute(
                "SELECT h.report_id FROM hint h WHERE h.count = 0 AND h.event = (SELECT e.id FROM event e "
                "WHERE e.subject = h.report_id AND e.kind = 'completion.claimed' ORDER BY e.seq DESC LIMIT 1) "
                f"AND h.report_id IN ({marks(len(part))})",
                tuple(part),
            )
        )
    return set(report_ids) - clean


_KEPT: Final = "rowid, sha256, report_id, event, at, user, after, print"


def _kept(row: tuple[Any, ...]) -> Kept:
    number, sha256, report, event, at, user, after, print_ = row
    return Kept(number, sha256, report, event, at, user, after == _AFTER, print_)


def of_report(raw: Raw, report_id: str) -> list[Kept]:
    """The pictures of a report, oldest first, whether they are here or not (then without a print)."""
    rows = raw.execute(f"SELECT {_KEPT} FROM picture WHERE report_id = ? ORDER BY at, rowid", (report_id,))
    return [_kept(row) for row in rows]


def prints(raw: Raw, after: int, awaited: Sequence[int]) -> tuple[list[tuple[int, bytes]], list[int]]:
    """The prints of pictures that came since, for an index in memory, and the numbers to await from now on.

    Numbers follow the events that name pictures; the pictures themselves come in any order. So what was not here when
    the index passed its number (`after`) is asked for by name.
    """
    known = "SELECT rowid, print FROM picture WHERE print IS NOT NULL AND"
    found = raw.execute(f"{known} rowid > ? ORDER BY rowid", (after,)).fetchall()
    upto = found[-1][0] if found else after
    for part in chunks(list(awaited)):
        found += raw.execute(f"{known} rowid IN ({marks(len(part))})", tuple(part))
    wanted_now = raw.execute("SELECT rowid FROM picture WHERE state = 'wanted' AND rowid <= ?", (upto,))
    return [(int(number), bytes(print_)) for number, print_ in found], [int(row[0]) for row in wanted_now]


def numbered(raw: Raw, numbers: Sequence[int]) -> dict[int, Kept]:
    """Pictures by their numbers."""
    found: dict[int, Kept] = {}
    for part in chunks(list(numbers)):
        for row in raw.execute(
            f"SELECT {_KEPT} FROM picture WHERE rowid IN ({marks(len(part))})", tuple(part)
        ):
            found[row[0]] = _kept(row)
    return found
