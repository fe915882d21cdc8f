"""`layer …`: the city's layers under the reports: how each stands, asking for one, taking one in from a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartcity_desk.commands.context import Context
from smartcity_desk.commands.exits import CommandError, Exit
from smartcity_desk.commands.terminal import local, of_code
from smartcity_desk.domain.times import DAY, JAKARTA, MINUTE, from_iso, to_iso
from smartcity_desk.i18n import format_number, has_text, tr, trn

if TYPE_CHECKING:
    from smartcity_desk.place.layers.making import Made
    from smartcity_desk.place.layers.plans import Plan
    from smartcity_desk.place.layers.shelf import LayerShelf


def shelf_of(context: Context) -> LayerShelf:
    """The profile's layers."""
    from smartcity_desk.place.layers.shelf import LayerShelf

    return LayerShelf(context.paths.layers)


def listing(context: Context) -> int:
    """Print every layer: on or off, its edition, its age, and what is wrong."""
    rows = [_row(context, name) for name in _names(context)]
    if context.terminal.as_json:
        for row in rows:
            context.terminal.record(row)
        return Exit.OK
    context.terminal.table(
        [tr(f"cli.column.{name}") for name in ("layer", "state", "count", "as_of", "licence", "trouble")],
        [
            (
                str(row["layer"]),
                tr("cli.layer.on") if row["on"] else tr("cli.layer.off"),
                "—" if row["count"] is None else str(row["count"]),
                _as_of(row),
                str(row["licence"] or "—"),
                of_code(row["error"], row["params"]).what if row["error"] else "",
            )
            for row in rows
        ],
    )
    return Exit.OK


def show(context: Context) -> int:
    """Print all that is known of one layer."""
    from smartcity_desk.place.saying import centimetres

    name = _checked(context)
    row = _row(context, name)
    shelf = shelf_of(context)
    before = shelf.before(name)
    row["before"] = None if before is None else before.edition
    if row["draw"] == "level":
        row["stations"] = [_station(one, context.clock()) for one in _stations(shelf)]
    if context.terminal.as_json:
        context.terminal.record(row)
        return Exit.OK
    for word, value in _shown(row):
        context.terminal.line(f"{tr(f'cli.layer.show.{word}')}: {value}")
    for one in row.get("stations", ()):
        read = tr("cli.layer.stale", day=_at(one["read_at"])) if one["stale"] else _at(one["read_at"])
        context.terminal.line(
            f"  {one['name']}: {centimetres(one['level_mm'])} cm, {one['siaga_text']}, {read}"
        )
    return Exit.OK


def _shown(row: dict[str, Any]) -> list[tuple[str, str]]:
    """What a person reads of a layer, each with the word for it; what is not known is left out."""
    draw = row["draw"]
    said = of_code(row["error"], row["params"]) if row["error"] else None
    lines = [
        ("name", f"{row['title']} ({row['layer']})"),
        ("state", tr("cli.layer.on") if row["on"] else tr("cli.layer.off")),
        ("count", "" if draw is None else f"{format_number(row['count'])} ({tr(f'layer.draw.{draw}')})"),
        ("edition", row["edition"]),
        ("before", row["before"]),
        ("source", row["source"]),
        ("attribution", row["attribution"]),
        ("licence", row["licence"]),
        ("as_of", "" if row["edition"] is None else _as_of(row)),
        ("reader", row["reader"]),
        ("url", row["url"]),
        ("part", row["part"]),
        ("every", trn("cli.health.minutes", row["every_minutes"]) if row["url"] else ""),
        ("ok", _at(row["ok_at"])),
        ("next_try", _at(row["next_try_at"])),
        ("trouble", "" if said is None else said.whole),
    ]
    return [(word, str(value)) for word, value in lines if value]


def _names(context: Context) -> list[str]:
    from smartcity_desk.place.layers.plans import plans

    return list(dict.fromkeys([*shelf_of(context).names(), *(one.name for one in plans(context.settings))]))


def _checked(context: Context) -> str:
    from smartcity_desk.place.layers.known import check_name

    name = check_name(context.options.name)
    if name not in _names(context):
        raise CommandError(Exit.USAGE, "no_layer", layer=name)
    return name


def title_of(name: str) -> str:
    """What a layer is called in the language of the profile."""
    return tr(f"map.layer.{name}") if has_text(f"map.layer.{name}") else name


def _row(context: Context, name: str) -> dict[str, Any]:
    from smartcity_desk.place.layers.plans import plan

    shelf, set_ = shelf_of(context), plan(context.settings, name)
    state, about = shelf.state(name), shelf.about(name)
    now = context.clock()
    old_at = None if about is None else about.old_at()
    return {
        "layer": name,
        "title": (about.title if about is not None else "") or title_of(name),
        "on": set_.enabled,
        "ready": set_.ready,
        "reader": set_.reader.value,
        "url": set_.url,
        "part": set_.part,
        "every_minutes": set_.every // MINUTE,
        "draw": None if about is None else about.draw.value,
        "edition": None if about is None else about.edition,
        "count": None if about is None else about.count,
        "bytes": None if about is None else about.bytes,
        "source": None if about is None else about.source,
        "licence": None if about is None else about.licence,
        "attribution": None if about is None else about.attribution,
        "as_of": None if about is None else about.as_of,
        "fetched_at": None if about is None else to_iso(about.fetched_at),
        "age_minutes": None if old_at is None else max(0, now - old_at) // MINUTE,
        "stale": about is not None and old_at is not None and now - old_at > about.stale_after,
        "asked_at": to_iso(state.asked_at) if state.asked_at else None,
        "ok_at": to_iso(state.ok_at) if state.ok_at else None,
        "next_try_at": to_iso(state.next_try_at) if state.next_try_at else None,
        "attempts": state.attempts,
        "paused": state.paused,
        "error": state.error or None,
        "params": dict(state.params),
    }


def _as_of(row: dict[str, Any]) -> str:
    if row["edition"] is None:
        return "—"
    day = _at(row["as_of"]) if row["as_of"] else tr("cli.layer.came", day=_at(row["fetched_at"])[:10])
    return tr("cli.layer.stale", day=day) if row["stale"] else day


def _at(text: str | None) -> str:
    """An instant of a row by Jakarta's clock, a day as it is."""
    if text is None or "T" not in text:
        return text or ""
    try:
        return local(from_iso(text, naive_zone=JAKARTA))
    except ValueError:
        return text


def _stations(shelf: LayerShelf) -> list[Any]:
    from smartcity_desk.place.layers import gauges

    return sorted(gauges.watches(shelf).values(), key=lambda one: (one.siaga, one.station.name))


def _station(one: Any, now: int) -> dict[str, Any]:
    from smartcity_desk.domain.waterlevel import is_stale

    return {
        "key": one.station.key,
        "name": one.station.name,
        "river": one.station.river,
        "level_mm": one.station.reading.level,
        "read_at": to_iso(one.station.reading.at),
        "stale": is_stale(one.station.reading, now),
        "siaga": one.siaga,
        "siaga_text": tr(f"map.siaga.{one.siaga}"),
        "crossed_at": to_iso(one.crossed_at) if one.crossed_at else None,
    }


# ---------------------------------------------------------------- setting and asking


def put(context: Context) -> int:
    """Switch a layer on or off, or say where it is read from."""
    from smartcity_desk.place.layers.known import check_name
    from smartcity_desk.place.layers.plans import change, plan, secret_name

    options = context.options
    name = check_name(options.name)
    wanted: dict[str, bool | str | int] = {}
    if options.on or options.off:
        wanted["enabled"] = bool(options.on)
    for key in ("reader", "url", "part", "mapping"):
        value = getattr(options, key)
        if value is not None:
            wanted[key] = value
    if options.every is not None:
        wanted["every"] = options.every * MINUTE
    change(context.settings, name, **wanted)
    if options.token_stdin:
        context.secrets.set(secret_name(name), context.read_secret(tr("cli.layer.token"), from_stdin=True))
    context.save_settings()
    set_ = plan(context.settings, name)
    if context.terminal.as_json:
        context.terminal.record(_row(context, name))
    elif set_.enabled and not set_.ready:
        context.terminal.line(tr("cli.layer.not_ready", layer=title_of(name)))
    else:
        context.terminal.line(tr("cli.layer.set", layer=title_of(name)))
    return Exit.OK


def fetch(context: Context) -> int:
    """Ask for one layer, or for all that are on, now."""
    import asyncio

    from smartcity_desk.place.layers.plans import plan, plans

    names = [_checked(context)] if context.options.name else []
    wanted = [plan(context.settings, name) for name in names] or [
        one for one in plans(context.settings) if one.enabled and one.ready
    ]
    if not wanted:
        raise CommandError(Exit.USAGE, "no_layer_on")
    return asyncio.run(_fetch(context, wanted))


async def _fetch(context: Context, wanted: list[Plan]) -> int:
    from smartcity_desk.commands.exits import of_error
    from smartcity_desk.commands.places import directory_of
    from smartcity_desk.place.layers.streets import base_bytes, lines
    from smartcity_desk.sync.layers.rounds import Layers
    from smartcity_desk.sync.transport import Transport

    context.paths.prepare()
    directory = directory_of(context)
    layers = Layers(
        shelf_of(context),
        lambda: directory,
        context.secrets,
        clock=context.clock,
        base=lambda: base_bytes(context.paths.place),
        streets=lambda: lines(context.paths.place),
    )
    transport = Transport(clock=context.clock)
    code = int(Exit.OK)
    try:
        for one in wanted:
            outcome = await layers.ask(transport, one, force=context.options.force)
            if context.terminal.as_json:
                context.terminal.record(_row(context, one.name) | {"fresh": outcome.fresh})
            elif outcome.error is None:
                said = "cli.layer.fresh" if outcome.fresh else "cli.layer.same"
                context.terminal.line(tr(said, layer=title_of(one.name), n=outcome.count))
            if outcome.error is not None:
                code = of_error(outcome.error)
                if len(wanted) == 1:
                    raise outcome.error
                context.terminal.note(
                    tr(
                        "cli.layer.failed",
                        layer=title_of(one.name),
                        what=of_code(outcome.error.code, outcome.error.params).what,
                    )
                )
    finally:
        await transport.close()
    return code


# ---------------------------------------------------------------- files


def bring(context: Context) -> int:
    """Take a layer in from a file; with --dry-run only say what would come."""
    from smartcity_desk.commands.places import directory_of
    from smartcity_desk.place.layers.known import Draw, known
    from smartcity_desk.place.layers.making import Said, make
    from smartcity_desk.place.layers.streets import base_bytes, lines
    from smartcity_desk.sync.layers import files
    from smartcity_desk.sync.layers.tables import ColumnMap

    options = context.options
    about, mapping = known(options.name), ColumnMap.of(options.mapping or "")
    context.paths.prepare()
    directory = directory_of(context)
    brought = files.load(Path(options.file).expanduser().absolute(), mapping)
    made = make(
        about,
        brought,
        directory,
        columns=mapping.areas(),
        said=Said(
            source=options.source or "",
            licence=options.licence or "",
            as_of=options.as_of or "",
            title=options.title or "",
            stale_after=None if options.stale_after is None else options.stale_after * DAY,
            swapped=options.swap,
            draw=None if options.kind is None else Draw(options.kind),
        ),
        streets=lines(context.paths.place) if brought.features is None else None,
    )
    fresh = False
    if not options.dry_run:
        fresh = shelf_of(context).put(
            about.name,
            made.new,
            now=context.clock(),
            base=base_bytes(context.paths.place),
            force=options.force,
        )
    _tell(context, about.name, made, fresh=fresh)
    return Exit.OK


def _tell(context: Context, name: str, made: Made, *, fresh: bool) -> None:
    from smartcity_desk.place.layers.saying import report_lines

    new, terminal = made.new, context.terminal
    if terminal.as_json:
        terminal.record(
            {
                "layer": name,
                "draw": new.draw.value,
                "count": new.count,
                "points": new.points,
                "bytes": len(new.data),
                "source": new.source,
                "licence": new.licence,
                "as_of": new.as_of,
                "samples": list(made.samples),
                "notes": dict(made.notes),
                "installed": not context.options.dry_run,
                "fresh": fresh,
            }
        )
        return
    for line in report_lines(title_of(name), made):
        terminal.line(line)
    if not context.options.dry_run:
        terminal.line(
            tr("cli.layer.in_force" if fresh else "cli.layer.same", layer=title_of(name), n=new.count)
        )


def use(context: Context) -> int:
    """Put the edition before, or a named one, in force again."""
    name, shelf = _checked(context), shelf_of(context)
    edition = context.options.edition
    if not edition:
        before = shelf.before(name)
        if before is None:
            raise CommandError(Exit.USAGE, "no_layer_before", layer=name)
        edition = before.edition
    shelf.use(name, edition)
    if context.terminal.as_json:
        context.terminal.record(_row(context, name))
    else:
        context.terminal.line(tr("cli.layer.used", layer=title_of(name), edition=edition))
    return Exit.OK


def export(context: Context) -> int:
    """Write the edition in force to a file, with what has to be said of it."""
    name, shelf = _checked(context), shelf_of(context)
    target = Path(context.options.file).expanduser().absolute()
    try:
        target.write_bytes(shelf.path(name).read_bytes())
    except OSError as problem:
        from smartcity_desk.paths import as_store_problem

        raise as_store_problem(problem, target) from problem
    about = shelf.about(name)
    credit = "" if about is None else about.attribution or about.source
    if context.terminal.as_json:
        context.terminal.record({"layer": name, "path": str(target), "credit": credit})
    else:
        context.terminal.line(tr("cli.layer.exported", layer=title_of(name), path=str(target)))
        if credit:
            context.terminal.line(tr("cli.layer.credit", credit=credit))
    return Exit.OK


def remove(context: Context) -> int:
    """Take a layer away with its editions, and forget how it was set."""
    from smartcity_desk.place.layers.plans import forget, secret_name

    name = _checked(context)
    there = shelf_of(context).remove(name)
    forget(context.settings, name)
    context.secrets.delete(secret_name(name))
    context.save_settings()
    if context.terminal.as_json:
        context.terminal.record({"layer": name, "removed": there})
    else:
        context.terminal.line(tr("cli.layer.removed", layer=title_of(name)))
    return Exit.OK
