"""`do`, `undo`, `outbox`, `conflicts`, `resolve`: the operator's actions, queued here and sent when there is a way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from smartcity_desk import config
from smartcity_desk.commands import answering
from smartcity_desk.commands.context import Context
from smartcity_desk.commands.exits import CommandError, Exit
from smartcity_desk.commands.reading import find, moment, op_json
from smartcity_desk.commands.terminal import local, of_code, of_decision
from smartcity_desk.domain.decide import LEASE_MS
from smartcity_desk.domain.decision import Contradicted, Refused
from smartcity_desk.domain.events import (
    CategorySet,
    ClaimReleased,
    ClaimTaken,
    CompletionAnswered,
    EventKind,
    NoteAdded,
    PauseCode,
    Paused,
    Payload,
    PlaceSet,
    RejectCode,
    Reopened,
    ReporterAnswered,
    ReportRejected,
    Resumed,
    ReturnAnswered,
    RoutingSent,
)
from smartcity_desk.domain.times import to_iso
from smartcity_desk.i18n import tr, trn

if TYPE_CHECKING:
    from smartcity_desk.store import ActResult, Store

K = EventKind
NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "categorise": ("category",),
    "place": ("place",),
    "route": ("office", "reason"),
    "note": ("text",),
    "answer": ("text",),
    "reject": ("code",),
    "reopen": ("reason",),
    "pause": ("code", "until", "reason"),
    "refuse": ("reason",),
    "refuse-return": ("reason",),
}
"""Options that an action cannot do without."""
_LISTED: Final = 1_000
_UNDONE_MOST: Final = 10_000


def do(context: Context) -> int:
    """Do one thing to one or many reports. What cannot be done says why; the rest is done."""
    options = context.options
    missing = [name for name in NEEDED.get(options.action, ()) if not getattr(options, name)]
    if missing:
        raise CommandError(
            Exit.USAGE,
            "missing_option",
            action=options.action,
            options=", ".join(f"--{name}" for name in missing),
        )
    actor = context.actor()
    kind, payload = _wish(context, actor.user)
    wanted = wanted_reports(context)
    if not wanted:
        raise CommandError(Exit.USAGE, "no_reports")
    with context.store() as store:
        result = store.act(
            kind,
            payload,
            [find(store, one) for one in wanted],
            actor=actor,
            now=context.clock(),
            randomness=context.randomness,
            fill_base=True,
        )
        waiting = store.summary().ops
    code = tell(context, result)
    queued = sum(number for state, number in waiting.items() if state.value in {"queued", "sending"})
    where = "cli.do.waiting" if context.settings.get(config.CENTRAL_URL) else "cli.do.no_server"
    if result.done:
        context.terminal.note(trn(where, queued))
    return code


def wanted_reports(context: Context) -> list[str]:
    """The reports that were named; `-` stands for the lines of the standard input."""
    found: list[str] = []
    for word in context.options.reports:
        if word == "-":
            found.extend(line.strip() for line in context.stdin if line.strip())
        else:
            found.append(word)
    return found


def _said(action: str, text: str) -> tuple[EventKind, Payload]:
    if action == "note":
        return K.NOTE_ADDED, NoteAdded(text)
    return K.REPORTER_ANSWERED, ReporterAnswered(text)


def _wish(context: Context, user: str) -> tuple[EventKind, Payload]:
    """What the options ask for. Raises CommandError for a code that does not fit the action."""
    options, reason = context.options, context.options.reason
    match options.action:
        case "categorise":
            return K.CATEGORY_SET, CategorySet(options.category)
        case "place":
            return K.PLACE_SET, PlaceSet(options.place)
        case "route":
            return K.ROUTING_SENT, RoutingSent(options.office, reason)
        case "note" | "answer":
            return _said(options.action, options.text)
        case "reject":
            return K.REPORT_REJECTED, ReportRejected(_code(context, RejectCode), reason)
        case "reopen":
            return K.REPORT_REOPENED, Reopened(reason)
        case "pause":
            return K.CLOCK_PAUSED, Paused(_code(context, PauseCode), reason, moment(context, options.until))
        case "resume":
            return K.CLOCK_RESUMED, Resumed(reason)
        case "accept":
            return K.COMPLETION_ACCEPTED, CompletionAnswered(reason)
        case "refuse":
            return K.COMPLETION_REFUSED, CompletionAnswered(reason)
        case "accept-return":
            return K.ROUTING_RETURN_ACCEPTED, ReturnAnswered(reason)
        case "refuse-return":
            return K.ROUTING_RETURN_REFUSED, ReturnAnswered(reason)
        case "claim":
            until = context.clock() + LEASE_MS
            return K.CLAIM_TAKEN, ClaimTaken(user, until, takeover=options.takeover, reason=reason)
        case _:
            return K.CLAIM_RELEASED, ClaimReleased(user)


def _code(context: Context, codes: type[Any]) -> Any:
    try:
        return codes(context.options.code)
    except ValueError:
        known = ", ".join(code.value for code in codes)
        raise CommandError(
            Exit.USAGE, "wrong_code", action=context.options.action, given=context.options.code, codes=known
        ) from None


def write_down(context: Context, store: Store, kind: EventKind, payload: Payload, subject: str) -> None:
    """Write down that something is looked at, before it is. Raises CommandError when that is refused."""
    result = store.act(
        kind,
        payload,
        [subject],
        actor=context.actor(),
        now=context.clock(),
        randomness=context.randomness,
    )
    if not result.done:
        tell(context, result)
        raise CommandError(Exit.FAILED, "not_revealed")


def tell(context: Context, result: ActResult) -> int:
    """Say what became of an action on each report; the exit code of the worst."""
    terminal = context.terminal
    for op in result.done:
        if terminal.as_json:
            terminal.record({"report": op.report_id, "outcome": "queued", "op": op.id, "kind": op.kind.value})
        else:
            terminal.line(
                tr("cli.do.done", report=op.report_id[:8], channel=op.channel, external_id=op.external_id)
            )
    code = Exit.OK
    for report_id, why in result.refused:
        said = of_decision(why)
        if isinstance(why, Contradicted):
            code = Exit.CONFLICT
            data: dict[str, Any] = {
                "outcome": "conflict",
                "field": why.field,
                "base": why.base,
                "mine": why.mine,
                "theirs": why.theirs,
            }
        else:
            code = code if code is Exit.CONFLICT else Exit.REFUSED
            data = {"outcome": "refused", "code": why.code, "params": dict(why.params)}
        if terminal.as_json:
            terminal.record({"report": report_id, **data, "what": said.what, "next": said.next})
        else:
            terminal.note(f"{report_id[:8]}: {said.what}")
            terminal.note(said.next)
    return code


def undo(context: Context) -> int:
    """Take back the newest actions that have not been sent."""
    from smartcity_desk.store import OpState

    terminal = context.terminal
    with context.store() as store:
        rows = [row for row in store.ops([OpState.QUEUED], limit=_UNDONE_MOST) if not row.sent]
        chosen = rows[: context.options.count]
        undone = store.undo([row.id for row in chosen], context.clock())
    if not undone:
        raise CommandError(Exit.FAILED, "nothing_to_undo")
    for row in undone:
        if terminal.as_json:
            terminal.record(
                {"op": row.id, "report": row.report_id, "kind": row.kind.value, "outcome": "withdrawn"}
            )
        else:
            terminal.line(tr("cli.undo.done", kind=_done(row.kind), report=row.report_id[:8]))
    return Exit.OK


def _done(kind: EventKind) -> str:
    """An action as the timeline calls it, without what it was set to."""
    return tr(f"report.event.{kind.value.replace('.', '_')}", value="…")


def outbox(context: Context) -> int:
    """Print the actions that wait, or that need a person; all of them with `--all`."""
    if context.options.refused:
        return answering.refused(context)
    from smartcity_desk.store import OpState

    terminal, options = context.terminal, context.options
    live = [OpState.QUEUED, OpState.SENDING, OpState.CONFLICT, OpState.REJECTED]
    with context.store() as store:
        rows = store.ops(None if options.all else live, limit=options.limit or _LISTED)
    if terminal.as_json:
        for row in rows:
            terminal.record(op_json(row))
        return Exit.OK
    terminal.table(
        [tr(f"cli.column.{name}") for name in ("op", "at", "state", "kind", "report", "trouble")],
        [
            (
                row.id[-12:],
                local(row.at),
                tr(f"cli.op.{row.state.value}"),
                _done(row.kind),
                row.report_id[:8],
                of_code(row.error_code, row.error_params).what if row.error_code else row.title,
            )
            for row in rows
        ],
    )
    terminal.note(trn("cli.outbox.total", len(rows)))
    return Exit.OK


def conflicts(context: Context) -> int:
    """Print the contradictions that wait for an operator: mine, theirs, and what mine was based on."""
    terminal = context.terminal
    with context.store() as store:
        rows = store.conflicts()
    if terminal.as_json:
        for row in rows:
            terminal.record(
                {
                    "op": row.op_id,
                    "report": row.report_id,
                    "channel": row.channel,
                    "external_id": row.external_id,
                    "kind": row.kind.value,
                    "field": row.field,
                    "mine": row.mine,
                    "theirs": row.theirs,
                    "base": row.base,
                    "at": to_iso(row.at),
                }
            )
        return Exit.OK
    terminal.table(
        [tr(f"cli.column.{name}") for name in ("op", "report", "field", "mine", "theirs", "base")],
        [
            (
                row.op_id[-12:],
                row.report_id[:8],
                row.field,
                row.mine or "—",
                row.theirs or "—",
                row.base or "—",
            )
            for row in rows
        ],
    )
    terminal.note(trn("cli.conflicts.total", len(rows)))
    return Exit.OK


def resolve(context: Context) -> int:
    """Choose one side of a contradiction; both stay on record."""
    terminal, options = context.terminal, context.options
    actor = context.actor()
    with context.store() as store:
        op_id = _conflict(store, options.op)
        result = store.resolve_conflict(
            op_id, options.keep, context.clock(), actor=actor, randomness=context.randomness
        )
    for report_id, why in result.refused:
        said = of_decision(why)
        params = dict(why.params) if isinstance(why, Refused) else {"field": why.field}
        terminal.trouble(
            why.code if isinstance(why, Refused) else "conflict",
            said.what,
            said.next,
            {**params, "report": report_id},
        )
        return Exit.REFUSED if isinstance(why, Refused) else Exit.CONFLICT
    if terminal.as_json:
        terminal.record({"op": op_id, "kept": options.keep, "new_ops": [row.id for row in result.done]})
    else:
        terminal.line(tr(f"cli.resolve.{options.keep}"))
    return Exit.OK


def _conflict(store: Store, wanted: str) -> str:
    """The op of a waiting conflict by its id, its beginning or its end (as the table shows it). Raises CommandError."""
    found = [
        row.op_id
        for row in store.conflicts()
        if len(wanted) >= 4 and (row.op_id.startswith(wanted) or row.op_id.endswith(wanted))
    ]
    if len(found) != 1:
        code = "ambiguous_op" if found else "unknown_op"
        raise CommandError(Exit.USAGE if found else Exit.FAILED, code, op=wanted[:80])
    return found[0]
