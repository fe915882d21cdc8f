"""Reports entered by hand: held back for a moment, then handed on like all others, or taken out again."""

from __future__ import annotations

from typing import Final

from smartcity_desk.store import directory
from smartcity_desk.store.engine import Raw

HELD: Final = 2
"""Of `report.pushed`: entered here and not to be handed on yet."""
_NOTE: Final = "held."
FLOOR: Final = "report.pk_floor"
"""The highest number that a report ever had and has no longer: numbers are never given twice."""

_PARTS: Final = (
    ("twin", "report_pk"),
    ("twin", "other_pk"),
    ("segment", "report_pk"),
    ("located", "report_pk"),
    ("road", "report_pk"),
    ("media", "report_pk"),
    ("report_revision", "report_pk"),
    ("report_private", "report_pk"),
    ("report_state", "pk"),
)


def hold(raw: Raw, report_id: str, until: int) -> None:
    """Keep a new report from being handed on before `until` (ms UTC)."""
    raw.execute("UPDATE report SET pushed = ? WHERE id = ? AND pushed = 0", (HELD, report_id))
    directory.put(raw, _NOTE + report_id, str(until))


def due(raw: Raw, now: int) -> list[str]:
    """The ids of held reports whose time is over."""
    rows = raw.execute("SELECT key, value FROM meta WHERE key GLOB ?", (_NOTE + "*",))
    return [key.removeprefix(_NOTE) for key, value in rows if int(value) <= now]


def release(raw: Raw, now: int) -> int:
    """Let held reports whose time is over be handed on; returns how many that were."""
    found = due(raw, now)
    for report_id in found:
        raw.execute("UPDATE report SET pushed = 0 WHERE id = ? AND pushed = ?", (report_id, HELD))
        directory.put(raw, _NOTE + report_id, None)
    return len(found)


def take_out(raw: Raw, report_id: str, now: int) -> bool:
    """Take a report out of the file while it is held and nobody has worked on it; whether that was possible."""
    until = directory.get(raw, _NOTE + report_id)
    if until is None or int(until) <= now:
        return False
    row = raw.execute("SELECT pk FROM report WHERE id = ? AND pushed = ?", (report_id, HELD)).fetchone()
    if row is None:
        return False
    worked_on = raw.execute(
        "SELECT 1 FROM op WHERE report_id = ?1 AND state <> 'withdrawn' "
        "UNION ALL SELECT 1 FROM event WHERE subject = ?1 LIMIT 1",
        (report_id,),
    ).fetchone()
    if worked_on is not None:
        return False
    pk = int(row[0])
    raw.execute(
        "INSERT INTO report_fts (report_fts, rowid, title, text) SELECT 'delete', pk, title, text FROM report "
        "WHERE pk = ?",
        (pk,),
    )
    for table, column in _PARTS:
        raw.execute(f"DELETE FROM {table} WHERE {column} = ?", (pk,))
    raw.execute("DELETE FROM report WHERE pk = ?", (pk,))
    directory.put(raw, _NOTE + report_id, None)
    directory.put(raw, FLOOR, str(max(pk, int(directory.get(raw, FLOOR) or 0))))
    return True
