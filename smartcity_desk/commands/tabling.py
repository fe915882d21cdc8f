"""`channel import`: reports from a CSV or XLSX file, looked at first if that is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from smartcity_desk import config
from smartcity_desk.commands.context import Context
from smartcity_desk.commands.exits import CommandError, Exit
from smartcity_desk.commands.terminal import local
from smartcity_desk.domain.times import to_iso
from smartcity_desk.i18n import tr, trn

if TYPE_CHECKING:
    from smartcity_desk.sync.tables.columns import Columns
    from smartcity_desk.sync.tables.importing import Imported, Looked
    from smartcity_desk.sync.tables.mapping import Frame
    from smartcity_desk.sync.tables.reading import Table

_SHOWN: Final = 60


def bring(context: Context) -> int:
    """Import the rows of a file into a channel. The same file twice changes nothing."""
    from smartcity_desk.domain.privacy import pseudonym
    from smartcity_desk.place.library import PlaceLibrary
    from smartcity_desk.sync import registry
    from smartcity_desk.sync.places import Places
    from smartcity_desk.sync.tables import importing, reading

    options = context.options
    about = registry.manifest(options.name)
    table = reading.open_table(
        Path(options.file).expanduser(),
        encoding=options.encoding or "",
        delimiter=(options.delimiter or "").replace("\\t", "\t"),
        sheet=options.sheet or "",
    )
    columns = _columns(context, about.name, table)
    if not columns.enough:
        raise CommandError(Exit.USAGE, "columns", headings=", ".join(table.headings[:30]))
    key = registry.pseudonym_key(context.secrets)
    with context.store() as store:
        directory = store.directory()
        frame = importing.frame_for(
            table,
            about,
            columns,
            pseudonym=lambda source: pseudonym(key, about.name, source),
            directory=directory,
        )
        if options.preview:
            _show(context, table, frame, importing.look(table, frame))
            return Exit.OK
        places = Places(PlaceLibrary(context.paths.profile_dir / "place", lambda: directory))

        def told(total: Imported) -> bool:
            if not context.terminal.as_json and total.rows % 5_000 == 0:
                context.terminal.note(trn("cli.import.progress", total.rows))
            return True

        done = importing.bring(table, frame, store, clock=context.clock, placed=places.placed, told=told)
    if options.save:
        before: dict[str, config.Json] = context.settings.get(config.IMPORT_COLUMNS)
        context.settings.set(config.IMPORT_COLUMNS, {**before, about.name: columns.to_json()})
        context.save_settings()
    _tell(context, about.name, done)
    return Exit.OK


def _columns(context: Context, channel: str, table: Table) -> Columns:
    """The mapping: what was said in words, over the preset, the saved one, or what the headings are called."""
    from smartcity_desk.sync.tables.columns import PRESETS, Columns, Target, from_json, guess
    from smartcity_desk.sync.tables.times import DateOrder

    options = context.options
    kept: dict[str, config.Json] = context.settings.get(config.IMPORT_COLUMNS)
    saved = from_json(kept.get(channel))
    if options.mapping is None:
        base = guess(table.headings, [saved])
    elif options.mapping in PRESETS:
        base = PRESETS[options.mapping]
        if not base.fits(table.headings):
            raise CommandError(Exit.USAGE, "columns", headings=", ".join(table.headings[:30]))
    else:
        raise CommandError(Exit.USAGE, "unknown_mapping", name=options.mapping[:60], known=", ".join(PRESETS))
    of = dict(base.of)
    for word in options.column:
        name, equals, heading = word.partition("=")
        if not equals or name not in set(Target) or (heading and heading not in table.headings):
            raise CommandError(Exit.USAGE, "column_shape", column=word[:80], fields=", ".join(Target))
        of.pop(Target(name), None)
        if heading:
            of[Target(name)] = heading
    return Columns(of, base.dates if options.dates is None else DateOrder(options.dates))


def _show(context: Context, table: Table, frame: Frame, rows: list[Looked]) -> None:
    terminal = context.terminal
    if terminal.as_json:
        terminal.record(
            {
                "kind": "file",
                "headings": list(table.headings),
                "encoding": table.encoding,
                "delimiter": table.delimiter,
                "sheet": table.sheet,
                "dates": frame.dates.value,
                "columns": {target.value: name for target, name in frame.columns.of.items()},
            }
        )
        for row in rows:
            report = row.report
            terminal.record(
                {
                    "kind": "row",
                    "row": row.number,
                    "reason": row.reason,
                    "external_id": None if report is None else report.external_id,
                    "reported_at": None if report is None else to_iso(report.reported_at),
                    "text": None if report is None else report.text,
                    "category": None if report is None else report.category,
                    "status": None if report is None else report.source_status.value,
                    "lat": None if report is None else report.lat,
                    "lon": None if report is None else report.lon,
                }
            )
        return
    mapped = ", ".join(f"{target.value}={name}" for target, name in frame.columns.of.items())
    terminal.note(tr("cli.import.columns", columns=mapped, dates=frame.dates.value))
    terminal.table(
        [tr(f"cli.column.{name}") for name in ("number", "at", "trouble", "report")],
        [
            (
                str(row.number),
                local(None if row.report is None else row.report.reported_at),
                tr("cli.import.reason", field=row.reason) if row.reason else "—",
                " ".join(row.cells)[:_SHOWN] if row.report is None else row.report.text[:_SHOWN],
            )
            for row in rows
        ],
    )


def _tell(context: Context, channel: str, done: Imported) -> None:
    terminal = context.terminal
    if terminal.as_json:
        terminal.record(
            {
                "channel": channel,
                "rows": done.rows,
                "new": done.new,
                "changed": done.changed,
                "unchanged": done.unchanged,
                "repeated": done.repeated,
                "unreadable": done.unreadable,
                "reasons": dict(done.reasons),
            }
        )
        return
    numbers = {"new": done.new, "changed": done.changed, "unchanged": done.unchanged + done.repeated}
    terminal.line(trn("cli.import.done", done.rows, **numbers))
    if done.unreadable:
        terminal.note(trn("cli.import.unreadable", done.unreadable, channel=channel))
