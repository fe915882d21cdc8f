"""What is gone at its source, or was kept as long as it may be, loses its content here; a tombstone stays.

Words, author, pictures, link, point, raw item and earlier versions go, and so do the words of what was replied. Number,
channel, times, category, kelurahan, state, events and clocks stay, so no count and no mark moves. The writer's
connection overwrites what it deletes (`secure_delete`); the search index forgets words when its parts are merged
(`compact`), and the write-ahead log when it is folded back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from smartcity_desk import codec
from smartcity_desk.domain import ids
from smartcity_desk.domain.report import Report, withdrawn
from smartcity_desk.store import directory, facts, media, projection, replies
from smartcity_desk.store.engine import Raw, chunks, marks
from smartcity_desk.store.rules import Rules
from smartcity_desk.store.search import UNSWEPT

_EMPTY: Final = (
    "UPDATE report SET title = '', text = '', lat = NULL, lon = NULL, accuracy_m = NULL, place_hint = '', "
    "author = NULL, link = NULL, media = '' WHERE pk = ?"
)
_MERGING: Final = "2"
_MERGE_PAGES: Final = 400
"""Pages of the search index that one transaction merges: some tens of milliseconds."""
_IDLE_MERGES: Final = 2
"""Changes that are counted where neither index had anything left to merge: one each."""


def mark(raw: Raw, tombstones: Iterable[tuple[int, Report]]) -> None:
    """Write down that these reports (by pk) came as tombstones."""
    raw.executemany(
        "INSERT OR REPLACE INTO erased (report_pk, withdrawn_at, expired_at) VALUES (?, ?, ?)",
        [(pk, report.withdrawn_at, report.expired_at) for pk, report in tombstones],
    )


def empty(
    raw: Raw,
    pks: Sequence[int],
    *,
    withdrawn_at: int | None = None,
    expired_at: int | None = None,
    pushed: int | None = None,
) -> None:
    """Take the content out of these reports; they have to be folded again, since their point goes too.

    `pushed` is whether the central server knows of it already; None leaves that as it was.
    """
    at = withdrawn_at or expired_at or 0
    for pk in pks:
        facts.unindex(raw, pk)
        raw.execute(_EMPTY, (pk,))
        raw.execute(facts.INDEX_RANGE, (pk, pk))
        raw.execute("UPDATE report_private SET raw = '', unmasked = NULL WHERE report_pk = ?", (pk,))
        raw.execute("DELETE FROM road WHERE report_pk = ?", (pk,))
        raw.execute(
            "INSERT INTO erased (report_pk, withdrawn_at, expired_at) VALUES (?, ?, ?) ON CONFLICT (report_pk) "
            "DO UPDATE SET withdrawn_at = coalesce(withdrawn_at, excluded.withdrawn_at), "
            "expired_at = coalesce(expired_at, excluded.expired_at)",
            (pk, withdrawn_at, expired_at),
        )
        report = facts.report_of(
            raw.execute(
                f"SELECT {facts.REPORT_COLUMNS} FROM {facts.REPORTS} WHERE r.pk = ?", (pk,)
            ).fetchone()
        )
        raw.execute(
            "UPDATE report SET digest = ?, pushed = coalesce(?, pushed) WHERE pk = ?",
            (facts.digest_of(report), pushed, pk),
        )
        replies.empty_of(raw, report.id, at)
    media.erase(raw, pks, now=at)
    empty_revisions(raw, pks, at)


def empty_revisions(raw: Raw, pks: Sequence[int], at: int) -> None:
    """Take the content out of all earlier versions of these reports; that there were some stays."""
    for pk in pks:
        for number, body in raw.execute(
            "SELECT pk, body FROM report_revision WHERE report_pk = ?", (pk,)
        ).fetchall():
            old = codec.report_from_wire(codec.decode(body, dict[str, Any], key="report"))
            if not old.erased:
                raw.execute(
                    "UPDATE report_revision SET body = ?, raw = '', unmasked = NULL WHERE pk = ?",
                    (codec.encode(codec.report_to_wire(withdrawn(old, at))), number),
                )
    if pks:
        directory.put(raw, UNSWEPT, "1")


def withdraw(raw: Raw, channel: str, gone: Sequence[str], *, now: int) -> dict[int, str]:
    """Erase what a channel says it no longer has, by external id: reports and replies. Returns the reports, pk -> id.

    What was erased before, and what was never here, is passed over. The central server is told.
    """
    found: dict[int, str] = {}
    names = list(dict.fromkeys(gone))
    for part in chunks([ids.report_id(channel, name) for name in names]):
        for pk, report_id in raw.execute(
            "SELECT r.pk, r.id FROM report r LEFT JOIN erased e ON e.report_pk = r.pk "
            f"WHERE e.withdrawn_at IS NULL AND r.id IN ({marks(len(part))})",
            tuple(part),
        ):
            found[pk] = report_id
    empty(raw, list(found), withdrawn_at=now, pushed=0)
    for pk, report_id in replies.withdraw(raw, channel, names, now=now).items():
        found.setdefault(pk, report_id)
    for part in chunks(names):
        # an item of the same id that could not be read is its content, too
        raw.execute(
            "DELETE FROM quarantine WHERE channel = ? AND json_extract(params, '$.external_id') "
            f"IN ({marks(len(part))})",
            (channel, *part),
        )
    return found


def withdraw_and_fold(raw: Raw, channel: str, gone: Sequence[str], rules: Rules, *, now: int) -> list[int]:
    """`withdraw`, with the lines of the reports made anew. Returns their pks."""
    found = withdraw(raw, channel, gone, now=now)
    projection.refold(raw, found.values(), rules)
    return list(found)


def compact(raw: Raw) -> bool:
    """Merge parts of the search index, so that erased words leave it. Returns whether there is more to do.

    Nothing is done while nothing was erased. All parts are merged into one: a deleted word leaves only the last.
    """
    found = directory.get(raw, UNSWEPT)
    if found is None:
        return False
    before = raw.total_changes
    pages = _MERGE_PAGES if found == _MERGING else -_MERGE_PAGES
    raw.execute("INSERT INTO report_fts (report_fts, rank) VALUES ('merge', ?)", (pages,))
    raw.execute("INSERT INTO reply_fts (reply_fts, rank) VALUES ('merge', ?)", (pages,))
    more = raw.total_changes - before > _IDLE_MERGES
    directory.put(raw, UNSWEPT, _MERGING if more else None)
    return more
