"""Rows and totals out of the file. Runs on a reader's connection; nothing here writes.

The first page of a start comes from here, so this module loads neither the codec nor what writes.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Sequence
from typing import Any, Final

from smartcity_desk.domain import shortcodes
from smartcity_desk.domain.query import Filter
from smartcity_desk.domain.report import PlaceQuality, ReportKind, Status
from smartcity_desk.store import news, queries
from smartcity_desk.store.engine import Raw, chunks, marks
from smartcity_desk.store.shown import OpState, RowData, Summary

TEXT_SHOWN: Final = 240
"""Characters of the text that a line of the table carries."""
_FETCH: Final = 2_000
_KINDS: Final = {kind.value: kind for kind in ReportKind}
_STATUSES: Final = {status.value: status for status in Status}
_QUALITIES: Final = {quality.value: quality for quality in PlaceQuality}

_ROW: Final = (
    "SELECT s.pk, r.id, s.channel, r.external_id, s.kind, s.reported_at, s.status, s.category, s.place, "
    "r.place_quality, r.place_hint, s.office, s.due_at, s.paused, s.claimed_by, s.claim_until, s.return_pending, "
    "s.pending, s.conflict, r.title, r.text, r.media, r.private, s.place_doubt, s.lead, s.members, l.neighbour, "
    f"e.withdrawn_at IS NOT NULL, e.expired_at IS NOT NULL, {news.IS_UNREAD} "
    "FROM report_state s JOIN report r ON r.pk = s.pk LEFT JOIN located l ON l.report_pk = s.pk "
    "LEFT JOIN erased e ON e.report_pk = s.pk"
)


def _row_data(row: tuple[Any, ...], now: int) -> RowData:
    private = bool(row[22])  # what was said in private stands in no list
    return RowData(
        pk=row[0],
        id=row[1],
        channel=row[2],
        external_id=row[3],
        kind=_KINDS[row[4]],
        reported_at=row[5],
        status=_STATUSES[row[6]],
        category=row[7],
        place=row[8],
        place_quality=_QUALITIES[row[9]],
        place_hint="" if private else row[10],
        office=row[11],
        due_at=row[12],
        paused=row[13] > now,
        claimed_by=row[14],
        claim_until=row[15],
        return_pending=bool(row[16]),
        pending=bool(row[17]),
        conflict=bool(row[18]),
        title="" if private else row[19],
        text="" if private else row[20][:TEXT_SHOWN],  # SQL's substr would end at a NUL
        media_count=len(json.loads(row[21])) if row[21] and not private else 0,
        private=private,
        place_doubt=bool(row[23]),
        lead=row[24],
        members=row[25],
        neighbour=row[26],
        withdrawn=bool(row[27]),
        expired=bool(row[28]),
        unread=bool(row[29]),
    )


def rows(raw: Raw, pks: Sequence[int], *, now: int) -> dict[int, RowData]:
    """The lines of these pks; unknown ones are left out."""
    found: dict[int, RowData] = {}
    for part in chunks(pks):
        for row in raw.execute(f"{_ROW} WHERE s.pk IN ({marks(len(part))})", tuple(part)):
            found[row[0]] = _row_data(row, now)
    return found


def numbered(raw: Raw, typed: str, *, now: int, limit: int) -> list[RowData]:
    """Reports whose number in their channel begins with `typed`; the exact one first. One short range per channel.

    Before them those whose short code it is, all of them.
    """
    if not typed:
        return []
    span = shortcodes.id_range(typed)
    coded = (
        []
        if span is None
        else raw.execute(
            "SELECT pk FROM report WHERE id >= ? AND id < ? AND channel = ? ORDER BY id",
            (*span, shortcodes.CODED),
        ).fetchall()
    )
    channels = raw.execute(
        "WITH RECURSIVE c(name) AS (SELECT min(channel) FROM report UNION ALL "
        "SELECT (SELECT min(channel) FROM report WHERE channel > c.name) FROM c WHERE c.name IS NOT NULL) "
        "SELECT name FROM c WHERE name IS NOT NULL"
    ).fetchall()
    found: list[tuple[str, int]] = []
    for (channel,) in channels:
        found += raw.execute(
            "SELECT external_id, pk FROM report WHERE channel = ? AND external_id >= ? AND external_id < ? "
            "ORDER BY external_id LIMIT ?",
            (channel, typed, f"{typed}\U0010ffff", limit),
        )
    found.sort(key=lambda hit: (hit[0] != typed, len(hit[0]), hit[0]))
    pks = list(dict.fromkeys([pk for (pk,) in coded] + [pk for _, pk in found[:limit]]))
    known = rows(raw, pks, now=now)
    return [known[pk] for pk in pks if pk in known]


def page_first(raw: Raw, view: Filter, *, now: int, limit: int) -> list[RowData]:
    """The first lines of a filter, in its order."""
    pks: list[int] = []
    for walk in queries.walks(view, now=now):
        sql, params = walk.pks(limit - len(pks))
        pks.extend(row[0] for row in raw.execute(sql, params))
        if len(pks) >= limit:
            break
    found = rows(raw, pks, now=now)
    return [found[pk] for pk in pks if pk in found]


def ids(raw: Raw, view: Filter, check: Callable[[], None], *, now: int) -> array[int]:
    """All pks of a filter, in its order: eight bytes each. `check` may raise between chunks to end it."""
    result = array("q")
    for walk in queries.walks(view, now=now):
        cursor = raw.execute(*walk.pks())
        try:
            while part := cursor.fetchmany(_FETCH):
                check()
                result.extend([pk for (pk,) in part])
        finally:
            cursor.close()
    return result


def count(raw: Raw, view: Filter, *, now: int, cap: int | None = None) -> int:
    """How many reports a filter has; at most `cap` are counted."""
    walk = queries.counting(view, now=now)
    sql, params = ("SELECT count(*) FROM report_state", ()) if walk is None else walk.count(cap)
    found = int(raw.execute(sql, params).fetchone()[0])
    return found if cap is None else min(found, cap)


def new_since(raw: Raw, view: Filter, newest_pk: int, *, now: int) -> int:
    """How many reports of the filter arrived after `newest_pk`."""
    sql, params = queries.arrived_since(view, newest_pk, now=now).count()
    return int(raw.execute(sql, params).fetchone()[0])


def ids_starting(raw: Raw, prefix: str, limit: int) -> list[str]:
    """The ids that begin with `prefix`, at most `limit`, in their own order."""
    return [
        row[0]
        for row in raw.execute(
            "SELECT id FROM report WHERE id >= ?1 AND id < ?1 || ?2 ORDER BY id LIMIT ?3",
            (prefix, "\U0010ffff", limit),
        )
    ]


def summary(raw: Raw) -> Summary:
    """Totals for the status bar."""
    one = raw.execute(
        "SELECT (SELECT count(*) FROM report_state), (SELECT coalesce(max(pk), 0) FROM report), "
        "(SELECT count(*) FROM conflict WHERE choice IS NULL), "
        "(SELECT count(*) FROM quarantine WHERE released_at IS NULL), (SELECT max(last_ok_at) FROM channel_state)"
    ).fetchone()
    ops = dict.fromkeys(OpState, 0)
    for state, number in raw.execute("SELECT state, count(*) FROM op INDEXED BY ix_op_state GROUP BY state"):
        ops[OpState(state)] = number
    return Summary(
        reports=one[0], newest_pk=one[1], ops=ops, conflicts=one[2], quarantined=one[3], last_ok_at=one[4]
    )
