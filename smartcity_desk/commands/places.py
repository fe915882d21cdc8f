"""`place …`: boundaries by edition, and where a point or a name lies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smartcity_desk.commands.context import Context
from smartcity_desk.commands.exits import CommandError, Exit
from smartcity_desk.domain.errors import Rejected
from smartcity_desk.domain.location import Location, PlaceBadge
from smartcity_desk.i18n import tr

if TYPE_CHECKING:
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.place.importing import Brought, Wanted
    from smartcity_desk.place.library import PlaceLibrary

_TOLD_EVERY_SECONDS: Final = 3.0
_MOST_LAT: Final = 90.0
_MOST_LON: Final = 180.0


def library(context: Context, directory: Directory | None = None) -> PlaceLibrary:
    """The profile's places."""
    from smartcity_desk.place.library import PlaceLibrary

    return PlaceLibrary(context.paths.place, None if directory is None else lambda: directory)


def directory_of(context: Context) -> Directory:
    """The directory in force in the profile, or the one that ships while there is none."""
    from smartcity_desk.directory import builtin_directory

    if context.paths.database.exists():
        with context.store() as store:
            return store.directory()
    return builtin_directory(context.clock())


# ---------------------------------------------------------------- editions


def bring(context: Context) -> int:
    """Take in boundaries, layers and streets, and put them in force if the check finds no error."""
    from smartcity_desk.place import importing

    directory = directory_of(context)
    context.paths.prepare()
    editions = library(context, directory).editions
    brought = importing.bring(editions, _wanted(context), directory, told=_told(context))
    _tell_report(context, brought, installed=brought.report.ok)
    if not brought.report.ok:
        flat = any(finding.code == "not_polygon" for finding in brought.report.findings)
        raise CommandError(
            Exit.REFUSED, "place_no_area" if flat else "place_refused", edition=brought.manifest.edition
        )
    return Exit.OK


def check(context: Context) -> int:
    """Say what an import would find, and change nothing."""
    from smartcity_desk.place import importing

    directory = directory_of(context)
    editions = library(context, directory).editions
    brought = importing.look(editions, _wanted(context), directory, told=_told(context))
    _tell_report(context, brought, installed=False)
    return Exit.OK if brought.report.ok else Exit.FAILED


def _wanted(context: Context) -> Wanted:
    from smartcity_desk.place.importing import About, Wanted

    options = context.options
    files = [_path(name) for name in options.files]
    about = About(
        source=options.source or "",
        licence=options.licence or "",
        as_of=options.as_of or "",
        title=options.title or "",
        edition=options.edition or "",
        stale_after_days=options.stale_after,
    )
    return Wanted(
        files[0] if files else None,
        [*files[1:], *(_path(name) for name in options.layer or ())],
        _path(options.streets) if options.streets else None,
        _path(options.tiles) if options.tiles else None,
        about,
    )


def _path(name: str) -> Path:
    return Path(name).expanduser().absolute()


def _told(context: Context) -> Callable[[int, int], None]:
    """Says how far it is, now and then: a file of the city's size is done before there is anything to say."""
    from time import monotonic

    last = monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal last
        if monotonic() - last >= _TOLD_EVERY_SECONDS:
            last = monotonic()
            context.terminal.note(tr("cli.place.progress", percent=done * 100 // max(1, total)))

    return tell


def _tell_report(context: Context, brought: Brought, *, installed: bool) -> None:
    from smartcity_desk.place.saying import finding_text, report_lines

    terminal, report = context.terminal, brought.report
    if terminal.as_json:
        terminal.record(
            {
                "edition": report.edition,
                "ok": report.ok,
                "installed": installed,
                "fresh": brought.fresh,
                "facts": dict(report.facts),
                "findings": [
                    {
                        "level": finding.level.value,
                        "code": finding.code,
                        "n": finding.n,
                        "items": list(finding.items),
                        "params": dict(finding.params),
                        "text": finding_text(finding),
                    }
                    for finding in report.findings
                ],
            }
        )
        return
    terminal.line(tr("cli.place.checked", edition=report.edition))
    for line in report_lines(report):
        terminal.line(f"  {line}")
    if installed:
        terminal.line(tr("cli.place.in_force", edition=report.edition))
    elif report.ok:
        terminal.line(tr("cli.place.fit"))
    else:
        terminal.line(tr("cli.place.unfit"))


def listing(context: Context) -> int:
    """Print the editions of this profile, the drawn cells last."""
    from smartcity_desk.place.cells import EDITION as APPROXIMATE

    places, terminal = library(context), context.terminal
    editions = places.editions.all()
    current = places.edition
    rows = []
    for edition in editions:
        about = edition.manifest
        values = {
            "edition": edition.name,
            "current": edition.name == current,
            "readable": about is not None,
            "title": "" if about is None else about.title.get("id", ""),
            "source": "" if about is None else about.source,
            "licence": "" if about is None else about.licence,
            "as_of": "" if about is None else about.as_of,
            "layers": 0 if about is None else len([file for file in about.files if file.id]),
        }
        rows.append(values)
    rows.append({"edition": APPROXIMATE, "current": current == APPROXIMATE, "readable": True,
                 "title": tr("place.approximate"), "source": "", "licence": "", "as_of": "", "layers": 0})  # fmt: skip
    if terminal.as_json:
        for row in rows:
            terminal.record(row)
        return Exit.OK
    terminal.table(
        ["", *(tr(f"cli.column.{name}") for name in ("edition", "title", "source", "licence", "as_of"))],
        [
            (
                "*" if row["current"] else "",
                str(row["edition"]),
                *(str(row[name]) or "—" for name in ("title", "source", "licence", "as_of")),
            )
            for row in rows
        ],
    )
    return Exit.OK


def use(context: Context) -> int:
    """Put another edition in force, or go back to the drawn cells."""
    from smartcity_desk.place.cells import EDITION as APPROXIMATE

    edition = context.options.name
    context.paths.prepare()
    library(context).editions.use(None if edition == APPROXIMATE else edition)
    if context.terminal.as_json:
        context.terminal.record({"edition": edition, "current": True})
    else:
        context.terminal.line(tr("cli.place.in_force", edition=edition))
    return Exit.OK


def export(context: Context) -> int:
    """Write an edition as one file that `place import` takes."""
    from smartcity_desk.place import bundle
    from smartcity_desk.place.problems import bad

    editions = library(context).editions
    edition = context.options.edition or editions.current()
    if edition is None:
        raise bad("no_base")
    target = _path(context.options.file)
    bundle.pack(editions.path(edition), editions.manifest(edition), target)
    if context.terminal.as_json:
        context.terminal.record({"edition": edition, "path": str(target), "bytes": target.stat().st_size})
    else:
        context.terminal.line(tr("cli.place.exported", edition=edition, path=str(target)))
    return Exit.OK


# ---------------------------------------------------------------- points and names


def locate(context: Context) -> int:
    """Say where a point lies, or each point of a table."""
    from smartcity_desk.commands import place_table

    options = context.options
    if options.csv:
        return place_table.locate_table(context, options.csv)
    if options.lat is None or options.lon is None:
        raise CommandError(Exit.USAGE, "place_needs_point")
    if abs(options.lat) > _MOST_LAT or abs(options.lon) > _MOST_LON:
        raise CommandError(Exit.USAGE, "place_no_point", lat=f"{options.lat:g}", lon=f"{options.lon:g}")
    places = library(context, directory_of(context))
    location = places.resolver().locate(options.lat, options.lon, options.accuracy)
    terminal = context.terminal
    if terminal.as_json:
        terminal.record(
            {
                "lat": options.lat,
                "lon": options.lon,
                "accuracy_m": options.accuracy,
                **said(location, places_names(places)),
            }
        )
        return Exit.OK
    for line in sentences(location, places_names(places)):
        terminal.line(line)
    if places.approximate:
        terminal.note(tr("place.approximate"))
    return Exit.OK


def find(context: Context) -> int:
    """Say which kelurahan the words of a text may mean."""
    from smartcity_desk.place.names import location_of
    from smartcity_desk.place.saying import candidate_text, reason_text

    places = library(context, directory_of(context))
    names = places_names(places)
    finder = places.finder()
    candidates = finder.find(context.options.text)
    location = location_of(candidates, finder.edition)
    terminal = context.terminal
    if terminal.as_json:
        terminal.record(
            {
                **said(location, names),
                "candidates": [
                    {
                        **names.fields(candidate.code),
                        "certain": candidate.certain,
                        "reasons": [
                            {"why": reason.why.value, **reason.params, "text": reason_text(reason)}
                            for reason in candidate.reasons
                        ],
                    }
                    for candidate in candidates
                ],
            }
        )
        return Exit.OK
    terminal.line(tr(f"place.badge.{location.badge.value}"))
    for candidate in candidates:
        terminal.line(f"  {candidate.code}  {names.whole(candidate.code)}")
        terminal.line(f"      {candidate_text(candidate)}")
    terminal.line(tr(f"place.next.{location.badge.value}"))
    return Exit.OK


class Names:
    """What the codes of an edition are called, with their parents."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def name(self, code: str) -> str:
        """The name of a unit; an unknown one is its code."""
        return self._names.get(code, code)

    def fields(self, code: str | None, prefix: str = "") -> dict[str, str | None]:
        """Code and names of a kelurahan and its parents, as JSON says them."""
        if code is None:
            return {f"{prefix}{name}": None for name in ("code", "kelurahan", "kecamatan", "kota")}
        kecamatan = code.rpartition(".")[0]
        return {
            f"{prefix}code": code,
            f"{prefix}kelurahan": self.name(code),
            f"{prefix}kecamatan": self.name(kecamatan),
            f"{prefix}kota": self.name(kecamatan.rpartition(".")[0]),
        }

    def whole(self, code: str) -> str:
        """`Tebet Timur, Tebet, Jakarta Selatan`."""
        return ", ".join(str(name) for name in list(self.fields(code).values())[1:])


def places_names(places: PlaceLibrary) -> Names:
    """The names of an edition: the directory's, and the edition's own where that has none."""
    names = {unit.code: unit.name for unit in places.units() if unit.name}
    names |= {code: office.name for code, office in places.directory().offices.items()}
    return Names(names)


def said(location: Location, names: Names) -> dict[str, object]:
    """A location as JSON says it."""
    return {
        **names.fields(location.place),
        "badge": location.badge.value,
        "badge_text": tr(f"place.badge.{location.badge.value}"),
        "border_m": location.border_m,
        "neighbour": None if location.neighbour is None else names.fields(location.neighbour),
        "candidates": [names.fields(code) for code in location.candidates],
        "edition": location.edition,
    }


def sentences(location: Location, names: Names) -> list[str]:
    """A location for a person, in a few lines."""
    lines = [tr(f"place.badge.{location.badge.value}")]
    if location.place is not None:
        lines.append(f"{location.place}  {names.whole(location.place)}")
    if location.border_m is not None:
        lines.append(tr("place.border", metres=location.border_m))
    if location.neighbour is not None:
        lines.append(tr("place.neighbour", code=location.neighbour, name=names.whole(location.neighbour)))
    lines.append(tr("place.edition", edition=location.edition))
    if location.badge is not PlaceBadge.SURE:
        lines.append(tr(f"place.next.{location.badge.value}"))
    return lines


# ---------------------------------------------------------------- from servers


def build(context: Context) -> int:
    """Make a bundle out of layers of the city's ArcGIS server."""
    import asyncio
    import tempfile

    from smartcity_desk.place import importing
    from smartcity_desk.place.importing import About, Wanted

    options = context.options
    directory = directory_of(context)
    with tempfile.TemporaryDirectory(prefix="place-") as made:
        folder = Path(made)
        try:
            base, layers, said_of = asyncio.run(_fetched(context, folder))
        except Rejected as refusal:
            # of an action there is none here: what was said no to is the address of the service
            reason = str(refusal.params.get("status") or refusal.params.get("reason") or "")
            raise CommandError(Exit.REFUSED, "place_service", reason=reason) from refusal
        about = About(
            source=options.source or said_of[0],
            licence=options.licence or "",
            as_of=options.as_of or said_of[1],
            title=options.title or "",
            edition=options.edition or "",
        )
        brought = importing.assemble(
            library(context, directory).editions,
            Wanted(base, layers, about=about),
            directory,
            _path(options.out),
        )
    _tell_report(context, brought, installed=False)
    if not brought.report.ok:
        raise CommandError(Exit.REFUSED, "place_refused", edition=brought.manifest.edition)
    context.terminal.note(tr("cli.place.built", path=options.out))
    return Exit.OK


async def _fetched(context: Context, folder: Path) -> tuple[Path, list[Path], tuple[str, str]]:
    from smartcity_desk.sync import arcgis
    from smartcity_desk.sync.transport import Transport

    options = context.options
    transport = Transport(clock=context.clock)
    written: list[Path] = []
    first = ("", "")
    try:
        for number, url in enumerate([options.url, *(options.layer or ())]):
            found = await arcgis.fetch(
                transport,
                url,
                clock=context.clock,
                layer=options.name or "" if number == 0 else "",
                told=lambda done, total: context.terminal.note(
                    tr("cli.place.records", done=done, total=total)
                ),
            )
            slug = "".join(letter if letter.isalnum() else "_" for letter in found.name.lower()) or "layer"
            path = folder / f"{'kelurahan' if number == 0 else slug}-{number}.geojson"
            path.write_bytes(found.content)
            written.append(path)
            if number == 0:
                first = (found.source, found.as_of)
    finally:
        await transport.close()
    return written[0], written[1:], first


def fetch(context: Context) -> int:
    """Take in the bundle that the central server has, if it is another than the last one."""
    import asyncio
    import tempfile

    from smartcity_desk.place import importing
    from smartcity_desk.place.importing import Wanted

    directory = directory_of(context)
    context.paths.prepare()
    editions = library(context, directory).editions
    with tempfile.TemporaryDirectory(prefix="place-") as made:
        path = Path(made) / "place.zip"
        password = (
            context.read_secret(tr("cli.prompt.password"), from_stdin=context.options.password_stdin)
            if context.options.user
            else None
        )
        tag = asyncio.run(_downloaded(context, path, editions.fetched_tag(), password))
        if tag is None:
            current = editions.current()
            if context.terminal.as_json:
                context.terminal.record({"edition": current, "changed": False})
            else:
                context.terminal.line(tr("cli.place.unchanged"))
            return Exit.OK
        brought = importing.bring(editions, Wanted(path), directory)
    _tell_report(context, brought, installed=brought.report.ok)
    if not brought.report.ok:
        raise CommandError(Exit.REFUSED, "place_refused", edition=brought.manifest.edition)
    editions.keep_fetched_tag(tag)
    return Exit.OK


async def _downloaded(context: Context, path: Path, tag: str | None, password: str | None) -> str | None:
    from smartcity_desk import config
    from smartcity_desk.commands.session import Door

    async with Door(context) as central:
        if password is not None:
            await central.session.login(
                context.options.user, password, context.settings.get(config.DEVICE_ID)
            )
        return await central.place_bundle(path, tag)
