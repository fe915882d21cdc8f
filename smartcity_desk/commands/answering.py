"""What became of answers to reporters, on the command line: beside a report, and as a list of what was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smartcity_desk.commands.exits import Exit
from smartcity_desk.commands.terminal import local
from smartcity_desk.domain.receipt import Course, Fate, fates
from smartcity_desk.domain.times import to_iso
from smartcity_desk.i18n import has_text, tr, trn

if TYPE_CHECKING:
    from smartcity_desk.commands.context import Context
    from smartcity_desk.domain.receipt import Receipt
    from smartcity_desk.store.rows import RefusedRow, ReportDetail

_LISTED = 200


def of_report(found: ReportDetail) -> list[Fate]:
    """What became of the answers on a report."""
    return fates(found.report.channel, found.timeline, found.receipts, found.outlets)


def line(fate: Fate, channel: str) -> str:
    """One answer in a line: when it was said, and what became of it."""
    receipt = fate.receipt
    at = target = why = ""
    if receipt is not None:
        instant = receipt.next_at if fate.course is Course.AGAIN else receipt.settled_at or receipt.queued_at
        at, target, why = local(instant), receipt.target, _why(receipt)
    course = tr(
        f"outgoing.course.{fate.course.value}", target=target or channel, channel=channel, at=at, why=why
    )
    return f"{local(fate.at)}  {tr('outgoing.head')}: {course}"


def _why(receipt: Receipt) -> str:
    code = receipt.code or ""
    meaning = tr(f"outgoing.why.{code}") if has_text(f"outgoing.why.{code}") else code
    return ": ".join(part for part in (meaning, receipt.detail) if part)


def fate_json(fate: Fate) -> dict[str, Any]:
    """The object of one answer."""
    receipt = fate.receipt
    return {
        "at": to_iso(fate.at),
        "course": fate.course.value,
        "kind": fate.kind,
        "text": fate.text,
        "sentence": fate.code or None,
        "receipt": None if receipt is None else receipt_json(receipt),
    }


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """The object of a receipt."""
    return {
        "id": receipt.id,
        "report": receipt.report,
        "target": receipt.target,
        "kind": receipt.kind,
        "state": receipt.state.value,
        "queued_at": to_iso(receipt.queued_at),
        "settled_at": None if receipt.settled_at is None else to_iso(receipt.settled_at),
        "attempts": receipt.attempts,
        "code": receipt.code,
        "detail": receipt.detail,
    }


def refused(context: Context) -> int:
    """Print what was refused on its way to reporters and other systems, the last first."""
    terminal = context.terminal
    with context.store() as store:
        rows: list[RefusedRow] = store.refused_answers(context.options.limit or _LISTED)
    if terminal.as_json:
        for row in rows:
            about = {"channel": row.channel, "external_id": row.external_id}
            terminal.record({**receipt_json(row.receipt), **about})
        return Exit.OK
    terminal.table(
        [tr(f"cli.column.{name}") for name in ("at", "report", "kind", "name", "trouble")],
        [
            (
                local(row.receipt.settled_at),
                f"{row.channel}:{row.external_id}" if row.channel else row.receipt.report[:8],
                tr(f"outbox.refused.{'update' if row.receipt.kind == 'update' else 'request'}"),
                row.receipt.target,
                _why(row.receipt) or tr("outgoing.why.none"),
            )
            for row in rows
        ],
    )
    terminal.note(trn("cli.outbox.total", len(rows)))
    return Exit.OK
