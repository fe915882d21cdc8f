"""Pictures and papers that reports name: which are still to be had, which are here, and what became of the rest.

A row is written with the report that names the file, in the same transaction, so nothing is forgotten by a kill. Bytes
lie among the profile's files under their SHA-256 and are told of by one row of `media_file`, however many reports name
them. What is erased here is gone from the rows at once; its files go with the next sweep (`to_remove`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from smartcity_desk.domain.filetypes import enclosed_hash
from smartcity_desk.domain.times import HOUR, MINUTE
from smartcity_desk.store.engine import Raw, chunks, marks

MOST: Final = 8
"""Files of one report, and of one reply, that are fetched; further links stay what they are."""
TRIES: Final = 6
"""So often a file is asked for before it counts as out of reach."""
BETWEEN: Final = frozenset({"page", "tls"})
"""Reasons that may lie at something between us and a file: a network that wants a log-in first, a certificate that ran
out last night. The file is asked for again, and refused for that very reason when all tries are used up."""
_WAITS: Final = (MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR)
_ERASED_URL: Final = "erased:"


class MediaState(StrEnum):
    """What became of a file that a report names."""

    WANTED = "wanted"
    HAVE = "have"
    REFUSED = "refused"  # kept out; `reason` says why
    GONE = "gone"  # the source no longer has it
    ERASED = "erased"  # it was here or wanted, and may not be any more


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to have now: its row, whose it is, where it lies, and how often it could not be had."""

    pk: int
    report_pk: int
    channel: str
    url: str
    tries: int


@dataclass(frozen=True, slots=True)
class Had:
    """A file that is here: its hash and media type, bytes on the disk with its copies, and what a picture showed.

    `size` in bytes of the file itself. A paper (PDF) has no width, no print and no copies.
    """

    sha256: str
    kind: str
    size: int
    disk: int
    width: int = 0
    height: int = 0
    facts: str = ""
    print: bytes | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """One file of a report as the desk shows it; `reply` is the id of the reply that named it, or empty."""

    pk: int
    url: str
    reply: str
    state: MediaState
    reason: str
    sha256: str
    kind: str
    size: int
    width: int
    height: int
    facts: str
    at: int
    next_try_at: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Rows by state, reasons of the refused ones, files and bytes on the disk, and how many came since a moment."""

    states: Mapping[str, int]
    reasons: Mapping[str, int]
    files: int
    disk: int
    files_since: int
    disk_since: int
    next_try_at: int | None


# ---------------------------------------------------------------- what reports name


def note(raw: Raw, named: Iterable[tuple[int, Sequence[str]]], *, now: int, reply: str = "") -> None:
    """Want the files that reports (by pk) name; what is known already stays as it is. Costs nothing without any."""
    rows = [
        (pk, reply, link, MediaState.WANTED, enclosed_hash(link), now)
        for pk, links in named
        if links
        for link in dict.fromkeys(links[:MOST])
    ]
    if rows:
        raw.executemany(
            "INSERT INTO media (report_pk, reply, url, state, sha256, tries, next_try_at, at) "
            "VALUES (?, ?, ?, ?, ?, 0, 0, ?) ON CONFLICT (report_pk, reply, url) DO NOTHING",
            rows,
        )


def renote(raw: Raw, pk: int, links: Sequence[str], *, now: int, reply: str = "") -> None:
    """A report names other files than before: what it no longer names is erased, what is new is wanted.

    Many services sign their links anew with every answer: the same path with another query, or from another of their
    hosts, is the same file.
    """
    present = raw.execute(
        "SELECT pk, url FROM media WHERE report_pk = ? AND reply = ? AND state <> ?",
        (pk, reply, MediaState.ERASED),
    ).fetchall()
    if not present and not links:
        return
    wanted = dict.fromkeys(links[:MOST])
    left = {url: row for row, url in present}
    fresh = [link for link in wanted if left.pop(link, None) is None]
    by_path = {_path(url): (row, url) for url, row in left.items()}
    for link in list(fresh):
        found = by_path.pop(_path(link), None)
        if found is not None:
            raw.execute("UPDATE media SET url = ? WHERE pk = ?", (link, found[0]))
            fresh.remove(link)
            del left[found[1]]
    _erase_rows(raw, list(left.values()), now)
    note(raw, [(pk, fresh)], now=now, reply=reply)


def _path(url: str) -> str:
    try:
        return urlsplit(url).path or url
    except ValueError:
        return url


# ---------------------------------------------------------------- fetching


def wanted(raw: Raw, limit: int, *, now: int) -> list[Wanted]:
    """The files to have now: those never asked for first, of these the newest first."""
    rows = raw.execute(
        "SELECT m.pk, m.report_pk, r.channel, m.url, m.tries FROM media m INDEXED BY ix_media_wanted "
        "JOIN report r ON r.pk = m.report_pk WHERE m.state = 'wanted' AND m.next_try_at <= ? "
        "ORDER BY m.next_try_at, m.pk DESC LIMIT ?",
        (now, limit),
    )
    return [Wanted(*row) for row in rows]


def have(raw: Raw, pk: int, file: Had, *, now: int) -> bool:
    """A file lies in the folder. False when nobody wants it any more: it was erased while it came."""
    moved = raw.execute(
        "UPDATE media SET state = ?, reason = NULL, sha256 = ?, at = ? WHERE pk = ? AND state = ?",
        (MediaState.HAVE, file.sha256, now, pk, MediaState.WANTED),
    ).rowcount
    if not moved:
        return False
    raw.execute(
        "INSERT INTO media_file (sha256, kind, size, disk, width, height, facts, print, at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO UPDATE SET kind = excluded.kind, "
        "disk = excluded.disk, width = excluded.width, height = excluded.height, facts = excluded.facts, "
        "print = excluded.print",
        (
            file.sha256,
            file.kind,
            file.size,
            file.disk,
            file.width,
            file.height,
            file.facts,
            file.print,
            now,
        ),
    )
    return True


def end(raw: Raw, pk: int, state: MediaState, reason: str, *, now: int) -> None:
    """A file is refused or gone, for a reason; only while it is wanted."""
    raw.execute(
        "UPDATE media SET state = ?, reason = ?, sha256 = NULL, at = ? WHERE pk = ? AND state = ?",
        (state, reason, now, pk, MediaState.WANTED),
    )


def missed(raw: Raw, pk: int, tries: int, reason: str, *, now: int, wait: int = 0) -> None:
    """A file could not be had now; it is asked for again later and later (`wait` ms at least), and at last no more."""
    if tries + 1 >= TRIES:
        end(raw, pk, MediaState.REFUSED, reason if reason in BETWEEN else "unreachable", now=now)
        return
    later = max(wait, _WAITS[min(tries, len(_WAITS) - 1)])
    raw.execute(
        "UPDATE media SET tries = ?, next_try_at = ?, reason = ? WHERE pk = ? AND state = ?",
        (tries + 1, now + later, reason, pk, MediaState.WANTED),
    )


def postpone(raw: Raw, pks: Sequence[int], *, until: int) -> None:
    """These are not asked for before an instant; that costs no try."""
    raw.executemany(
        "UPDATE media SET next_try_at = ? WHERE pk = ? AND state = ?",
        [(until, pk, MediaState.WANTED) for pk in pks],
    )


def retry(raw: Raw, report_pks: Sequence[int] | None = None, *, now: int) -> int:
    """Want again what could not be had (of these reports only, if given). Returns how many files."""
    where = "state IN ('refused', 'gone') OR (state = 'wanted' AND tries > 0)"
    change = "UPDATE media SET state = 'wanted', reason = NULL, tries = 0, next_try_at = 0, at = ?"
    if report_pks is None:
        return raw.execute(f"{change} WHERE {where}", (now,)).rowcount
    done = 0
    for part in chunks(list(report_pks)):
        done += raw.execute(
            f"{change} WHERE ({where}) AND report_pk IN ({marks(len(part))})", (now, *part)
        ).rowcount
    return done


# ---------------------------------------------------------------- erasing


def erase(raw: Raw, report_pks: Sequence[int], *, now: int) -> int:
    """Forget the files of these reports and of their replies, links and all. Returns how many rows; runs in the
    caller's transaction. The bytes go with the next sweep, unless another report names them too.
    """
    rows: list[int] = []
    for part in chunks(list(report_pks)):
        rows += [
            row[0]
            for row in raw.execute(
                f"SELECT pk FROM media WHERE report_pk IN ({marks(len(part))}) AND state <> 'erased'",
                tuple(part),
            )
        ]
    _erase_rows(raw, rows, now)
    return len(rows)


def erase_replies(raw: Raw, reply_ids: Sequence[str], *, now: int) -> int:
    """The same for the files that only these replies name."""
    rows: list[int] = []
    for part in chunks([one for one in reply_ids if one]):
        rows += [
            row[0]
            for row in raw.execute(
                f"SELECT pk FROM media INDEXED BY ix_media_reply WHERE reply <> '' "
                f"AND reply IN ({marks(len(part))}) AND state <> 'erased'",
                tuple(part),
            )
        ]
    _erase_rows(raw, rows, now)
    return len(rows)


def _erase_rows(raw: Raw, pks: Sequence[int], now: int) -> None:
    if not pks:
        return
    raw.executemany(
        "UPDATE media SET state = ?, reason = NULL, url = ? || pk, at = ?, next_try_at = 0 WHERE pk = ?",
        [(MediaState.ERASED, _ERASED_URL, now, pk) for pk in pks],
    )
    # what a picture showed goes with it, in the same transaction
    raw.executemany(
        "DELETE FROM media_file WHERE sha256 = (SELECT sha256 FROM media WHERE pk = ?1) AND NOT EXISTS "
        "(SELECT 1 FROM media o WHERE o.sha256 = media_file.sha256 AND o.state <> 'erased')",
        [(pk,) for pk in pks],
    )


def to_remove(raw: Raw, limit: int) -> list[str]:
    """Hashes of files that only erased rows still name: their bytes may go."""
    rows = raw.execute(
        "SELECT DISTINCT m.sha256 FROM media m INDEXED BY ix_media_erased WHERE m.state = 'erased' "
        "AND m.sha256 IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM media o WHERE o.sha256 = m.sha256 AND o.state <> 'erased') LIMIT ?",
        (limit,),
    )
    return [row[0] for row in rows]


def removed(raw: Raw, hashes: Sequence[str]) -> None:
    """The bytes of these files are gone: erased rows need not name them any longer."""
    raw.executemany(
        "UPDATE media SET sha256 = NULL WHERE sha256 = ? AND state = 'erased'", [(one,) for one in hashes]
    )


def named(raw: Raw, hashes: Sequence[str]) -> set[str]:
    """Those of these hashes that some row names: what is here, or came in an item and is still to be read."""
    found: set[str] = set()
    for part in chunks(list(hashes)):
        found.update(
            row[0]
            for row in raw.execute(
                f"SELECT sha256 FROM media WHERE sha256 IN ({marks(len(part))})", tuple(part)
            )
        )
    return found


# ---------------------------------------------------------------- showing

_SHOWN: Final = (
    "m.pk, m.url, m.reply, m.state, coalesce(m.reason, ''), coalesce(m.sha256, ''), coalesce(f.kind, ''), "
    "coalesce(f.size, 0), coalesce(f.width, 0), coalesce(f.height, 0), coalesce(f.facts, ''), m.at, m.next_try_at"
)


def of_report(raw: Raw, report_pk: int) -> list[Shown]:
    """The files of a report and of its replies, in the order in which they were named."""
    rows = raw.execute(
        f"SELECT {_SHOWN} FROM media m LEFT JOIN media_file f ON f.sha256 = m.sha256 AND m.state = 'have' "
        "WHERE m.report_pk = ? ORDER BY m.pk",
        (report_pk,),
    )
    return [Shown(row[0], row[1], row[2], MediaState(row[3]), *row[4:]) for row in rows]


def prints(raw: Raw, report_ids: Sequence[str]) -> list[tuple[str, bytes]]:
    """The prints of the pictures that are here, with the ids of these reports; those of replies too."""
    found: list[tuple[str, bytes]] = []
    for part in chunks(list(report_ids)):
        found += raw.execute(
            "SELECT r.id, f.print FROM report r JOIN media m ON m.report_pk = r.pk AND m.state = 'have' "
            f"JOIN media_file f ON f.sha256 = m.sha256 WHERE f.print IS NOT NULL AND r.id IN ({marks(len(part))})",
            tuple(part),
        ).fetchall()
    return found


def totals(raw: Raw, *, since: int) -> Totals:
    """How it stands with all of them, and with what came since an instant (ms UTC)."""
    states = dict(raw.execute("SELECT state, count(*) FROM media GROUP BY state").fetchall())
    reasons = dict(
        raw.execute("SELECT reason, count(*) FROM media WHERE state = 'refused' GROUP BY reason").fetchall()
    )
    files, disk = raw.execute("SELECT count(*), coalesce(sum(disk), 0) FROM media_file").fetchone()
    fresh = raw.execute(
        "SELECT count(*), coalesce(sum(disk), 0) FROM media_file WHERE at >= ?", (since,)
    ).fetchone()
    following: Any = raw.execute(
        "SELECT min(next_try_at) FROM media INDEXED BY ix_media_wanted WHERE state = 'wanted'"
    ).fetchone()[0]
    return Totals(states, reasons, files, disk, fresh[0], fresh[1], following)
