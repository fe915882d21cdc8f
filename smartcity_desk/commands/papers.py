"""`escalation`, `dossier`, `verify`, `explain`, `offices`: papers and figures without a window."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from smartcity_desk import codec
from smartcity_desk.commands.context import Context
from smartcity_desk.commands.exits import CommandError, Exit
from smartcity_desk.commands.reading import find, moment
from smartcity_desk.commands.terminal import local, of_decision
from smartcity_desk.domain import why as reasons
from smartcity_desk.domain.events import EventKind
from smartcity_desk.domain.figures import CityFigures, OfficeFigures, WindowFigures
from smartcity_desk.domain.ids import list_id
from smartcity_desk.domain.items import Item
from smartcity_desk.domain.marks import MarkState, step, window_closes
from smartcity_desk.domain.times import to_iso
from smartcity_desk.i18n import tr

_DASH: Final = "—"


def escalation(context: Context) -> int:
    """Write the Governor's list into files: a draft, a numbered list (`--issue`), or one that was issued before."""
    from smartcity_desk.documents import sheets
    from smartcity_desk.evidence import issuing

    options, now = context.options, context.clock()
    if not (options.pdf or options.csv or options.xlsx):
        raise CommandError(Exit.USAGE, "no_output")
    at = None if options.at is None else moment(context, options.at, backwards=True)
    with context.store() as store:
        if options.reprint:
            return _reprint(context, store)
        number = issuing.next_number(store, now) if options.issue else None
        draft = issuing.draft_list(store, now=now, language=_language(context), number=number, at=at)
        if number is not None:
            _issue(context, store, draft, number, now)
            issuing.keep(context.paths.documents, draft.paper)
    if options.pdf:
        _write(Path(options.pdf), draft.paper.pdf)
        _write(Path(options.pdf).with_suffix(".manifest.json"), draft.paper.manifest)
    if options.csv:
        for path, content in sheets.csv_files(draft.model, Path(options.csv)).items():
            _write(path, content)
    if options.xlsx:
        _write(Path(options.xlsx), sheets.xlsx(draft.model))
    told = {
        "number": draft.model.number,
        "data_at": to_iso(draft.model.origin.data_at),
        "rows": len(draft.rows),
        "silent": len(draft.model.silent),
        "pdf_sha256": draft.paper.pdf_sha256,
        "snapshot_sha256": draft.model.origin.snapshot_sha256,
    }
    if context.terminal.as_json:
        context.terminal.record(told)
    else:
        context.terminal.line(
            tr(
                "cli.escalation.done",
                number=draft.model.number,
                rows=len(draft.rows),
                at=local(draft.model.origin.data_at),
            )
        )
    return Exit.OK


def _issue(context: Context, store: Any, draft: Any, number: str, now: int) -> None:
    result = store.act(
        EventKind.LIST_PRINTED,
        draft.printed(),
        [list_id(number)],
        actor=context.actor(),
        now=now,
        randomness=context.randomness,
    )
    for _, refusal in result.refused:
        said = of_decision(refusal)
        raise CommandError(Exit.REFUSED, "not_issued", what=said.what, following=said.next)


def _reprint(context: Context, store: Any) -> int:
    from smartcity_desk.evidence import issuing

    options = context.options
    lists = store.offices.printed_lists()
    path = issuing.kept(context.paths.documents, lists, options.reprint)
    if path is None:
        raise CommandError(Exit.FAILED, "unknown_list", number=options.reprint[:60])
    if not options.pdf or options.csv or options.xlsx:
        raise CommandError(Exit.USAGE, "reprint_is_pdf")
    _write(Path(options.pdf), path.read_bytes())
    context.terminal.line(tr("cli.escalation.reprinted", number=options.reprint, path=options.pdf))
    return Exit.OK


def dossier(context: Context) -> int:
    """Write an office's dossier into a folder: PDF, manifest, attachments."""
    from smartcity_desk.evidence import issuing
    from smartcity_desk.sync.printroom import PrintRoom
    from smartcity_desk.sync.registry import exportable

    options = context.options
    at = None if options.at is None else moment(context, options.at, backwards=True)
    with context.store() as store, PrintRoom() as room:
        try:
            written = issuing.write(
                store,
                options.office,
                Path(options.out),
                files=issuing.pictures_in(context.paths.attachments),
                small=room.small,
                now=context.clock(),
                language=_language(context),
                at=at,
                may_leave=lambda channel: exportable(channel, context.settings),
            )
        except OSError as problem:
            raise CommandError(
                Exit.FAILED, "cannot_write", path=str(options.out), reason=problem.strerror or ""
            ) from problem
    if context.terminal.as_json:
        context.terminal.record(
            {
                "pdf": str(written.pdf),
                "manifest": str(written.manifest),
                "pdf_sha256": written.pdf_sha256,
                "manifest_sha256": written.manifest_sha256,
            }
        )
    else:
        context.terminal.line(tr("cli.dossier.done", path=str(written.pdf), hash=written.manifest_sha256))
    return Exit.OK


def verify(context: Context) -> int:
    """Say whether a paper, its manifest and its attachments are as they were made; exit code 1 when a byte is not."""
    from smartcity_desk.documents.verify import verify as check

    found = check(Path(context.options.file))
    terminal = context.terminal
    if terminal.as_json:
        terminal.record({"ok": found.ok, "findings": codec.builtins(list(found.findings))})
    elif found.ok:
        terminal.line(tr("cli.verify.ok", files=len(found.checked)))
    else:
        for finding in found.findings:
            terminal.line(f"{tr('cli.verify.bad')}  {finding}")
    return Exit.OK if found.ok else Exit.FAILED


def explain(context: Context) -> int:
    """*Mengapa?* of a report as text: why its answer is due when it is, each line with its event."""
    from smartcity_desk.saying import why_lines

    with context.store() as store:
        detail = store.report(find(store, context.options.report))
        directory, now = store.directory(), context.clock()
    assert detail is not None
    held = detail.segments if context.options.all else detail.segments[-1:]
    for segment in held:
        # The present clock may be another report's; what was is told as it was.
        lines = reasons.why(segment, detail.law, now, detail.tie if segment is detail.segments[-1] else None)
        if context.terminal.as_json:
            context.terminal.record(
                {
                    "segment": segment.id,
                    "office": segment.office,
                    "lines": [
                        {"key": line.key, "params": line.params, "event": line.event, "text": text}
                        for line, text in zip(lines, why_lines(lines, directory), strict=True)
                    ],
                }
            )
        else:
            for text in why_lines(lines, directory):
                context.terminal.line(text)
            if segment is not held[-1]:
                context.terminal.line()
    if not held:
        context.terminal.note(tr("report.why.context"))
    return Exit.OK


def offices(context: Context) -> int:
    """Every figure of the *Pejabat* screen: a line an office, or one JSON object an office."""
    now, terminal = context.clock(), context.terminal
    with context.store() as store:
        city = store.offices.city_figures(now=now)
        marks = store.offices.marks()
        law = store.law()
    shown = [one for one in city.offices.values() if context.options.office in (None, one.office)]
    if context.options.office and not shown:
        raise CommandError(Exit.FAILED, "unknown_office", office=context.options.office[:60])
    if terminal.as_json:
        for one in shown:
            mark = next(((name, m) for name, m in marks.items() if m.office == one.office), None)
            terminal.record(_office_json(one, city, mark, law, now))
        return Exit.OK
    terminal.table(
        [tr(f"cli.column.{name}") for name in ("code", "office", "n", "on_time", "estimate", "standing")],
        [_office_row(one, law.directory.offices[one.office].name) for one in shown],
    )
    return Exit.OK


def _office_row(one: OfficeFigures, name: str) -> list[str]:
    latest = one.latest
    bounds = latest.interval
    return [
        one.office,
        name,
        str(latest.tally.n),
        _DASH if latest.share is None or bounds is None else f"{latest.share / 10:.1f} %",
        _DASH
        if bounds is None or latest.estimate is None
        else f"{latest.estimate / 10:.1f} ({bounds.lower / 10:.1f}–{bounds.upper / 10:.1f})",
        tr(f"paper.finding.{one.verdict.finding.value}"),
    ]


def _office_json(
    one: OfficeFigures, city: CityFigures, mark: tuple[str, MarkState] | None, law: Any, now: int
) -> dict[str, Any]:
    known = law.directory.offices[one.office]
    return {
        "office": one.office,
        "name": known.name,
        "level": known.level.value,
        "parent": known.parent,
        "policy": city.policy.version,
        "at": to_iso(city.at),
        "holder": None
        if one.holder is None
        else {
            "official": one.holder.official,
            "since": to_iso(one.holder.valid_from),
            "acting": one.holder.acting,
        },
        "standing": one.verdict.finding.value,
        "open": one.open_items,
        "overdue": one.overdue,
        "mark": None if mark is None else _mark_json(*mark, law, now),
        "windows": [_window_json(part) for part in one.windows],
    }


def _mark_json(name: str, mark: MarkState, law: Any, now: int) -> dict[str, Any]:
    from smartcity_desk.evidence.gathering import short_code

    closes = window_closes(mark, law)
    return {
        "id": name,
        "code": short_code(name),
        "step": step(mark, law, now).value,
        "window_closes": None if closes is None else to_iso(closes),
        "objections": len(mark.objections),
    }


def _window_json(part: WindowFigures) -> dict[str, Any]:
    tally, bounds = part.tally, part.interval
    return {
        "from": to_iso(part.window[0]),
        "to": to_iso(part.window[1]),
        "n": tally.n,
        "on_time": tally.on_time,
        "slow": tally.slow,
        "silent": tally.silent,
        "empty": tally.empty,
        "excluded": tally.excluded,
        "contested": part.contested,
        "share_permille": part.share if bounds is not None else None,
        "estimate_permille": part.estimate,
        "lower_permille": None if bounds is None else bounds.lower,
        "upper_permille": None if bounds is None else bounds.upper,
        "median_ms": part.median_ms,
        "p90_ms": part.p90_ms,
        "excluded_permille": part.excluded_share,
        "completions_accepted": part.verified,
        "completions_refused": part.refused,
        "items": [_item_json(one) for one in part.items],
    }


def _item_json(one: Item) -> dict[str, Any]:
    segment = one.segment
    return {
        "segment": segment.id,
        "report": segment.report,
        "outcome": one.outcome.value,
        "empty": one.empty,
        "due_at": to_iso(one.due_at),
        "delivered_at": None if segment.delivered_at is None else to_iso(segment.delivered_at),
        "answered_at": None if segment.responded_at is None else to_iso(segment.responded_at),
        "charged_ms": one.charged_ms,
        "contested": one.contested,
        "excluded": None
        if one.excluded is None
        else {
            "code": one.excluded.code.value,
            "user": one.excluded.user,
            "reason": one.excluded.reason,
            "event": one.excluded.event,
        },
        "events": [
            event
            for event in (segment.opened_by, segment.delivered_by, segment.responded_by, segment.closed_by)
            if event
        ],
    }


def _language(context: Context) -> str:
    from smartcity_desk import i18n

    return str(context.options.language or i18n.language())


def _write(path: Path, content: bytes) -> None:
    """Write a file in one step. Raises CommandError."""
    try:
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError as problem:
        raise CommandError(
            Exit.FAILED, "cannot_write", path=str(path), reason=problem.strerror or ""
        ) from problem
