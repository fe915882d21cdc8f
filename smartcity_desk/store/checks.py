"""Whether the file is whole and says what it should. Reads only."""

from __future__ import annotations

from typing import Final

from smartcity_desk.domain.fold import canonical, fold
from smartcity_desk.store import custody, history, migrations, projection
from smartcity_desk.store.engine import Raw
from smartcity_desk.store.rows import CheckRow
from smartcity_desk.store.rules import Rules

SAMPLE: Final = 500
"""Touched reports whose stored state is compared with a fresh fold."""
_TRIGGERS: Final = {"event_once", "event_no_update", "event_no_delete"}


def run(raw: Raw, rules: Rules) -> list[CheckRow]:
    """All checks, each with a verdict."""
    return [
        _schema(raw),
        _whole(raw),
        _references(raw),
        _append_only(raw),
        _journal(raw),
        _search(raw),
        _every_report_has_a_line(raw),
        _states(raw, rules),
    ]


def quick_check(raw: Raw) -> str | None:
    """What SQLite's own quick check finds, or None when all is well."""
    found = [str(row[0]) for row in raw.execute("PRAGMA quick_check(5)")]
    return None if found == ["ok"] else "; ".join(found)[:300]


def _schema(raw: Raw) -> CheckRow:
    found = migrations.revision_of(raw)
    return CheckRow("store_schema", found == migrations.HEAD, {"found": found, "known": migrations.HEAD})


def _whole(raw: Raw) -> CheckRow:
    found = quick_check(raw)
    return CheckRow("store_whole", found is None, {} if found is None else {"detail": found})


def _references(raw: Raw) -> CheckRow:
    broken = len(raw.execute("PRAGMA foreign_key_check").fetchmany(100))
    return CheckRow("store_references", broken == 0, {"broken": broken})


def _append_only(raw: Raw) -> CheckRow:
    found = {row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    return CheckRow("store_events_append_only", found >= _TRIGGERS, {"missing": len(_TRIGGERS - found)})


def _journal(raw: Raw) -> CheckRow:
    mode = str(raw.execute("PRAGMA journal_mode").fetchone()[0])
    return CheckRow("store_journal", mode == "wal", {"mode": mode})


def _search(raw: Raw) -> CheckRow:
    reports = int(raw.execute("SELECT count(*) FROM report WHERE private = 0").fetchone()[0])
    indexed = int(raw.execute("SELECT count(*) FROM report_fts_docsize").fetchone()[0])
    return CheckRow("store_search", reports == indexed, {"reports": reports, "indexed": indexed})


def _every_report_has_a_line(raw: Raw) -> CheckRow:
    missing = raw.execute(
        "SELECT (SELECT count(*) FROM report) - (SELECT count(*) FROM report_state)"
    ).fetchone()[0]
    return CheckRow("store_lines", missing == 0, {"missing": missing})


def _states(raw: Raw, rules: Rules) -> CheckRow:
    ids = [
        row[0]
        for row in raw.execute(
            "SELECT id FROM report WHERE pk IN (SELECT pk FROM report_state WHERE fold IS NOT NULL "
            "ORDER BY pk DESC LIMIT ?)",
            (SAMPLE,),
        )
    ]
    confirmed = history.confirmed_events(raw, ids)
    pending = history.pending_events(raw, ids)
    wrong = 0
    for report_id, subject in projection.subjects(raw, ids).items():
        events = canonical([*confirmed.get(report_id, ()), *pending.get(report_id, ())])
        afresh, segments = fold(subject.start, events), custody.of_events(subject.origin, events)
        stored_due, lead = raw.execute(
            "SELECT due_at, lead FROM report_state WHERE pk = ?", (subject.pk,)
        ).fetchone()
        due = custody.due_of(segments, rules.law) if lead is None else None
        if afresh != subject.state or segments != custody.of_report(raw, subject.pk) or stored_due != due:
            wrong += 1
    return CheckRow("store_states", wrong == 0, {"looked_at": len(ids), "wrong": wrong})
