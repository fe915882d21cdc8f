"""What became of answers to reporters, as the central server last told it. Runs on the caller's connection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from smartcity_desk import codec
from smartcity_desk.domain.receipt import Outlet, Receipt, ReceiptState
from smartcity_desk.store import directory
from smartcity_desk.store.engine import Raw, marks
from smartcity_desk.store.rows import RefusedRow

CURSOR: Final = "central.receipt_cursor"
_OUTLETS: Final = "central.outlets"
_COLUMNS: Final = (
    "t.id, t.report_id, t.target, t.kind, t.seq, t.state, t.queued_at, t.next_at, t.settled_at, t.attempts, "
    "t.code, t.detail"
)
"""In the order of `Receipt`."""


def _receipt(row: Sequence[Any]) -> Receipt:
    name, report, target, kind, seq, state, queued_at, next_at, settled_at, attempts, code, detail = row[:12]
    return Receipt(
        name,
        report,
        target,
        kind,
        seq,
        ReceiptState(state),
        queued_at,
        next_at,
        settled_at,
        attempts,
        code,
        detail,
    )


def write(raw: Raw, found: Iterable[Receipt]) -> set[str]:
    """Keep receipts; what the server says of one last holds. Returns the reports that they are about."""
    about: set[str] = set()
    for one in found:
        values = (
            one.id, one.report, one.target, one.kind, one.seq, one.state.value, one.queued_at, one.next_at,
            one.settled_at, one.attempts, one.code, one.detail,
        )  # fmt: skip
        raw.execute(f"INSERT OR REPLACE INTO receipt VALUES ({marks(len(values))})", values)
        about.add(one.report)
    return about


def of_report(raw: Raw, report_id: str) -> tuple[Receipt, ...]:
    """The receipts about a report, in the order in which they were queued."""
    rows = raw.execute(
        f"SELECT {_COLUMNS} FROM receipt t WHERE t.report_id = ? ORDER BY t.queued_at, t.seq, t.id",
        (report_id,),
    )
    return tuple(_receipt(row) for row in rows)


def refused(raw: Raw, limit: int) -> list[RefusedRow]:
    """What was refused on its way out, the last first, with its report as far as it is here."""
    rows = raw.execute(
        f"SELECT {_COLUMNS}, coalesce(r.channel, ''), coalesce(r.external_id, ''), "
        "iif(r.private, '', coalesce(nullif(r.title, ''), substr(r.text, 1, 120), '')) "
        "FROM receipt t INDEXED BY ix_receipt_refused LEFT JOIN report r ON r.id = t.report_id "
        "WHERE t.state = 'refused' ORDER BY t.settled_at DESC LIMIT ?",
        (limit,),
    )
    return [RefusedRow(_receipt(row), *row[12:]) for row in rows]


def keep_outlets(raw: Raw, outlets: Sequence[Outlet]) -> None:
    """Where answers go, as the server has it set now."""
    directory.put(raw, _OUTLETS, codec.encode(list(outlets)))


def outlets(raw: Raw) -> tuple[Outlet, ...] | None:
    """Where answers go; None while no server has told."""
    text = directory.get(raw, _OUTLETS)
    return None if text is None else tuple(codec.decode(text, list[Outlet], key="outlets"))
