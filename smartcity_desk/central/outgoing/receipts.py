"""What became of what leaves, as desks are told of it: each line in the order of its last change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from smartcity_desk.central import ledger, schema
from smartcity_desk.central.ledger import Head
from smartcity_desk.central.outgoing import targets
from smartcity_desk.domain.receipt import Outlet, Receipt, ReceiptState

LIST: Final = "outgoing"
_STATES: Final = frozenset(ReceiptState)


@dataclass(frozen=True, slots=True)
class Page:
    """Receipts after a number; `last` is where to go on, now (with `more`) or later."""

    receipts: list[Receipt]
    last: int
    more: bool


def stamp(connection: Connection, names: Sequence[str]) -> None:
    """Give lines that have changed the next numbers, so that desks read them again. Call it after the change."""
    if not names:
        return
    end = ledger.head(connection, LIST, lock=True)
    table = schema.outgoing
    connection.execute(
        update(table).where(table.c.id == bindparam("its_id")).values(rev=bindparam("its_rev")),
        [{"its_id": name, "its_rev": rev} for rev, name in enumerate(names, end.seq + 1)],
    )
    ledger.move_head(connection, Head(end.seq + len(names), end.hash, end.at), LIST)


def page(connection: Connection, after: int, limit: int) -> Page:
    """The receipts that are new or changed after a number, without what was sent."""
    table = schema.outgoing
    query = select(table).where(table.c.rev > after).order_by(table.c.rev).limit(limit + 1)
    rows = connection.execute(query).all()
    shown = rows[:limit]
    return Page(
        [_receipt(row._mapping) for row in shown], shown[-1].rev if shown else after, len(rows) > limit
    )


def _receipt(row: Mapping[Any, Any]) -> Receipt:
    state = row["state"]
    return Receipt(
        id=row["id"],
        report=row["report"],
        target=row["target"],
        kind=row["kind"],
        seq=row["seq"],
        # One that is being sent waits, as far as anybody outside can tell.
        state=ReceiptState(state) if state in _STATES else ReceiptState.WAITING,
        queued_at=row["queued_at"],
        next_at=row["next_at"],
        settled_at=row["settled_at"],
        attempts=row["attempts"],
        code=row["code"],
        detail=row["detail"] or "",
    )


def outlets(connection: Connection) -> list[Outlet]:
    """The targets by which reporters are answered."""
    return [
        Outlet(target.answers, target.name, target.mode.value, target.since_seq)
        for target in targets.every(connection)
        if target.answers
    ]
