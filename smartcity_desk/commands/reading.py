"""`list` and `show`: what the local file knows, for people and for scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from smartcity_desk import codec, config
from smartcity_desk.commands import answering
from smartcity_desk.commands.context import Context
from smartcity_desk.commands.exits import CommandError, Exit
from smartcity_desk.commands.terminal import local
from smartcity_desk.domain.errors import AuthExpired, BadData
from smartcity_desk.domain.events import Event
from smartcity_desk.domain.ids import incident_name
from smartcity_desk.domain.query import BUILTIN_VIEWS, Filter, Order, View, for_user
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report, Status
from smartcity_desk.domain.report import withheld as withheld_report
from smartcity_desk.domain.standing import told_apart
from smartcity_desk.domain.times import to_iso
from smartcity_desk.i18n import tr, trn

if TYPE_CHECKING:
    from smartcity_desk.store import OpRow, ReportDetail, ReportLine, Store

SHOWN: Final = 50
"""Lines of a table when nobody said how many: a screenful; JSON is unlimited."""
_PREFIX_LEAST: Final = 4


def list_reports(context: Context) -> int:
    """Print the reports of a view, newest first unless its order is another."""
    options, terminal = context.options, context.terminal
    wanted = _filter(context)
    limit = options.limit or (None if terminal.as_json else SHOWN)
    with context.store() as store:
        now = context.clock()
        if terminal.as_json:
            withheld: Counter[str] = Counter()
            for line in islice(store.iterate(wanted, now=now), limit):
                if not _may_leave(context, line.report.channel):
                    withheld[line.report.channel] += 1
                    line = replace(line, report=withheld_report(line.report))
                terminal.record(line_json(line))
            for channel, count in sorted(withheld.items()):
                terminal.remark(trn("cli.list.withheld", count, channel=channel))
            return Exit.OK
        lines = store.page_first(wanted, now=now, limit=limit or SHOWN)
        total = store.count(wanted, now=now)
        offices = store.directory().offices
    terminal.table(
        [tr(f"cli.column.{name}") for name in ("id", "channel", "reported", "status", "office", "text")],
        [
            (
                row.id[:8],
                row.channel,
                local(row.reported_at),
                tr(f"state.status.{row.status.value}") + (" *" if row.pending else ""),
                "—"
                if row.office is None
                else offices[row.office].name
                if row.office in offices
                else row.office,
                row.title or row.text or _instead(row.private, row.withdrawn, row.expired),
            )
            for row in lines
        ],
    )
    terminal.note(trn("cli.list.total", total, shown=len(lines)))
    if any(row.pending for row in lines):
        terminal.note(tr("cli.list.pending"))
    return Exit.OK


def _may_leave(context: Context, channel: str) -> bool:
    from smartcity_desk.sync import registry

    return registry.exportable(channel, context.settings)


def show_report(context: Context) -> int:
    """Print one report with everything that was done to it."""
    terminal = context.terminal
    with context.store() as store:
        which = find(store, context.options.report)
        if context.options.reveal is not None:
            _write_reveal(context, store, which)
        found = store.report(which, revealed=context.options.reveal is not None)
        offices = store.directory().offices
        now = context.clock()
    assert found is not None
    if terminal.as_json:
        terminal.record(detail_json(found, now))
        return Exit.OK
    report, state = found.report, found.state
    holder = state.office or "UPT"
    facts = [
        ("id", report.id),
        ("channel", f"{report.channel}:{report.external_id}"),
        ("reported", f"{local(report.reported_at)} WIB"),
        ("status", tr(f"state.status.{state.status.value}")),
        ("office", f"{offices[holder].name} ({holder})" if holder in offices else holder),
        ("category", state.category or "—"),
        ("place", state.place or "—"),
        ("due", local(found.due_at)),
        ("claimed", state.claim_holder(now) or "—"),
        *(
            [("source_word", tr(f"state.status.{report.source_status.value}"))]
            if told_apart(report.source_status, state.status)
            else ()
        ),
        *(() if found.tie is None else (("incident", _stands(found)),)),
    ]
    width = max(len(tr(f"cli.column.{name}")) for name, _ in facts)
    for name, value in facts:
        terminal.line(f"{tr(f'cli.column.{name}').ljust(width)}  {value}")
    terminal.line()
    terminal.line(report.title)
    terminal.line(report.text or _unsaid(found, revealed=context.options.reveal is not None))
    if found.timeline or found.replies:
        terminal.line()
    for reply in found.replies:
        who = tr(f"cli.reply.{'official' if reply.official else 'citizen'}")
        terminal.line(f"{local(reply.at)}  {who}  {reply.state_raw}  {reply.text}")
    for event in found.timeline:
        mark = " *" if event.seq is None else ""
        terminal.line(f"{local(event.at)}  {event.kind.value}  {event.actor.user}{mark}  {_said(event)}")
    for fate in answering.of_report(found):
        terminal.line(answering.line(fate, report.channel))
    return Exit.OK


def _unsaid(found: ReportDetail, *, revealed: bool) -> str:
    """What stands where a report's words may not, or no longer."""
    report = found.report
    return _instead(
        report.private and not revealed, report.withdrawn_at is not None, report.expired_at is not None
    )


def _instead(private: bool, withdrawn: bool, expired: bool) -> str:
    if withdrawn:
        return tr("triage.text.withdrawn")
    if expired:
        return tr("triage.text.expired")
    return tr("triage.text.private") if private else ""


def _write_reveal(context: Context, store: Store, report_id: str) -> None:
    """Write down that what was said in private is looked at, and why. Raises CommandError when that is refused."""
    from smartcity_desk.commands.acting import write_down
    from smartcity_desk.domain.events import EventKind, PersonalDataRevealed

    payload = PersonalDataRevealed(context.options.reveal.strip())
    write_down(context, store, EventKind.PERSONAL_DATA_REVEALED, payload, report_id)


def _stands(found: ReportDetail) -> str:
    """Which incident it is in, and whether it leads or follows there."""
    assert found.tie is not None
    name = incident_name(found.tie.joined.incident)
    if found.tie.follows:
        return tr("cli.show.follows", incident=name, lead=found.tie.lead[:8])
    return trn("cli.show.leads", found.tie.others, incident=name)


def _said(event: Event) -> str:
    values = codec.builtins(event.payload)
    shown = [
        local(value) if name == "until" else name if value is True else str(value)
        for name, value in values.items()
        if name not in {"base", "sha256"} and value not in (None, "", False, [], ())
    ]
    return " · ".join(shown)


def find(store: Store, wanted: str) -> str:
    """The id of a report from an id, the beginning of one, or `channel:external_id`. Raises CommandError."""
    channel, colon, external = wanted.partition(":")
    if colon:
        found = store.find(channel, external)
        if found is None:
            raise CommandError(Exit.FAILED, "unknown_report", report=wanted[:80])
        return found.report.id
    if len(wanted) < _PREFIX_LEAST:
        raise CommandError(Exit.USAGE, "short_prefix", report=wanted[:80], least=_PREFIX_LEAST)
    candidates = store.ids_starting(wanted.lower(), limit=2)
    if not candidates:
        raise CommandError(Exit.FAILED, "unknown_report", report=wanted[:80])
    if len(candidates) > 1:
        raise CommandError(Exit.USAGE, "ambiguous_report", report=wanted[:80])
    return candidates[0]


def _filter(context: Context) -> Filter:
    options = context.options
    view = _view(context, options.view)
    wanted = view.filter
    if wanted.claimed_by is not None:
        try:
            wanted = for_user(wanted, context.actor().user)
        except AuthExpired:
            raise CommandError(Exit.LOGIN, "view_needs_user", view=view.key) from None
    changes: dict[str, Any] = {}
    if options.channel:
        changes["channels"] = frozenset(options.channel)
    if options.status:
        changes["statuses"] = frozenset(Status(value) for value in options.status)
    if options.category:
        changes["categories"] = frozenset(options.category)
    for name in ("office", "area", "text"):
        if getattr(options, name) is not None:
            changes[name] = getattr(options, name)
    for name in ("since", "before"):
        if getattr(options, name) is not None:
            changes[name] = moment(context, getattr(options, name), backwards=True)
    if options.order:
        changes["order"] = Order(options.order)
    return replace(wanted, **changes)


def moment(context: Context, value: int, *, backwards: bool = False) -> int:
    """The instant that an argument means: lengths count from now, backwards where a past is asked for."""
    if value >= 0:
        return value
    return context.clock() + value if backwards else context.clock() - value


def _view(context: Context, name: str) -> View:
    """A built-in view by its key, or one that the operator saved, by key or name. Raises CommandError."""
    own = list(_own_views(context.settings))
    for view in (*BUILTIN_VIEWS, *own):
        if name == view.key or (view.name and view.name.casefold() == name.casefold()):
            return view
    known = ", ".join([*(view.key for view in BUILTIN_VIEWS), *(view.name for view in own)])
    raise CommandError(Exit.USAGE, "unknown_view", view=name[:80], views=known)


def _own_views(settings: config.Settings) -> Iterator[View]:
    for entry in settings.get(config.SAVED_VIEWS):
        if (
            isinstance(entry, dict)
            and isinstance(entry.get("key"), str)
            and isinstance(entry.get("name"), str)
        ):
            try:
                yield View(
                    str(entry["key"]),
                    codec.convert(entry.get("filter"), Filter, key="filter"),
                    str(entry["name"]),
                )
            except BadData:
                continue  # a newer version wrote it


def _iso(at: int | None) -> str | None:
    return None if at is None else to_iso(at)


def _report_json(report: Report) -> dict[str, Any]:
    return {
        "id": report.id,
        "channel": report.channel,
        "external_id": report.external_id,
        "kind": report.kind.value,
        "reported_at": to_iso(report.reported_at),
        "changed_at": _iso(report.changed_at),
        "title": report.title,
        "text": report.text,
        "lat": report.lat,
        "lon": report.lon,
        "accuracy_m": report.accuracy_m,
        "place_quality": report.place_quality.value,
        "place_hint": report.place_hint,
        "location": None if report.location is None else codec.builtins(report.location),
        "link": report.link,
        "media": list(report.media),
        "private": report.private,
        "withdrawn_at": _iso(report.withdrawn_at),
        "expired_at": _iso(report.expired_at),
        "category_raw": report.category_raw,
        "state_raw": report.state_raw,
    }


def line_json(line: ReportLine) -> dict[str, Any]:
    """One report of `list --json`. Times are ISO 8601 in UTC; texts are masked."""
    return {
        **_report_json(line.report),
        "category": line.category,
        "place": line.place,
        "office": line.office,
        "status": line.status.value,
        "due_at": _iso(line.due_at),
        "paused": line.paused,
        "claimed_by": line.claimed_by,
        "claim_until": _iso(line.claim_until),
        "return_pending": line.return_pending,
        "pending": line.pending,
        "conflict": line.conflict,
        "incident": line.incident,
        "lead": line.lead,
        "members": line.members,
    }


def _incident_json(found: ReportDetail) -> dict[str, Any]:
    """Which incident a report is in, whom it follows there, and what its reporter may be told."""
    joined, tie, answer = found.state.incident, found.tie, found.answer
    by_id = {one.id: one for one in found.members}
    lead = None if tie is None or not tie.follows else by_id.get(tie.lead)
    return {
        "incident": None if joined is None else joined.incident,
        "incident_name": None if joined is None else incident_name(joined.incident),
        "lead": None if lead is None else lead.id,
        "lead_status": None if lead is None else lead.status.value,
        "lead_office": None if lead is None else lead.office,
        "members": [one.id for one in found.members],
        "answer": None if answer is None else getattr(answer.payload, "text", ""),
    }


def detail_json(found: ReportDetail, now: int) -> dict[str, Any]:
    """The object of `show --json`."""
    state = found.state
    return {
        **_report_json(found.report),
        "category": state.category,
        "place": state.place,
        "office": state.office,
        "status": state.status.value,
        "source_status": found.report.source_status.value,
        "due_at": _iso(found.due_at),
        "paused": state.paused(now),
        "claimed_by": state.claim_holder(now),
        "return_pending": state.return_pending,
        "pending": state.pending > 0,
        "conflict": found.conflict,
        **_incident_json(found),
        "received_at": to_iso(found.received_at),
        "notes": state.notes,
        "replies": [reply_json(one) for one in found.replies],
        "answers": [answering.fate_json(one) for one in answering.of_report(found)],
        "events": [event_json(event) for event in found.timeline],
        "actions": [op_json(op) for op in found.ops],
        "revisions": [
            {
                "revision": one.revision,
                "replaced_at": to_iso(one.replaced_at),
                "title": one.report.title,
                "text": one.report.text,
            }
            for one in found.revisions
        ],
    }


def reply_json(reply: Reply) -> dict[str, Any]:
    """A reply of the channel, masked."""
    return {
        "id": reply.id,
        "external_id": reply.external_id,
        "at": to_iso(reply.at),
        "text": reply.text,
        "official": reply.official,
        "state_raw": reply.state_raw,
        "link": reply.link,
        "media": list(reply.media),
        "private": reply.private,
        "withdrawn_at": _iso(reply.withdrawn_at),
    }


def event_json(event: Event) -> dict[str, Any]:
    """An event: `seq` is null while only this computer knows it."""
    return {
        "id": event.id,
        "seq": event.seq,
        "kind": event.kind.value,
        "at": to_iso(event.at),
        "user": event.actor.user,
        "role": event.actor.role.value,
        "office": event.actor.office,
        "payload": codec.builtins(event.payload),
    }


def op_json(op: OpRow) -> dict[str, Any]:
    """An action of this computer and where it stands."""
    return {
        "id": op.id,
        "report": op.report_id,
        "channel": op.channel,
        "external_id": op.external_id,
        "kind": op.kind.value,
        "payload": codec.builtins(op.payload),
        "user": op.user,
        "at": to_iso(op.at),
        "state": op.state.value,
        "attempts": op.attempts,
        "next_try_at": _iso(op.next_try_at or None),
        "error": op.error_code,
        "error_params": dict(op.error_params),
    }
