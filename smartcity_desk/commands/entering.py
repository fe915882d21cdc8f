"""`report add`: a report by telephone, in person or by letter, entered without a window, offline too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smartcity_desk.commands.context import Context
from smartcity_desk.commands.exits import CommandError, Exit
from smartcity_desk.domain.entry import CALLER_MOST, Entry, Via, faults
from smartcity_desk.domain.ids import time_ordered_id
from smartcity_desk.domain.location import PlaceBadge
from smartcity_desk.domain.times import to_iso
from smartcity_desk.i18n import tr

if TYPE_CHECKING:
    from smartcity_desk.place.names import NameCandidate
    from smartcity_desk.sync.entering import Entered

_CANDIDATES: Final = 5
_TEXT_MOST: Final = 100_000


def add(context: Context) -> int:
    """Enter one report. Its text may come from standard input; a caller's name and number only from there."""
    from smartcity_desk.domain.privacy import pseudonym
    from smartcity_desk.place.library import PlaceLibrary
    from smartcity_desk.sync import entering, registry
    from smartcity_desk.sync.places import Places

    options, now = context.options, context.clock()
    name = phone = ""
    if options.caller_stdin:
        name, phone = (context.stdin.readline(4 * CALLER_MOST).strip() for _ in range(2))
    text = context.stdin.read(_TEXT_MOST) if options.text == "-" else str(options.text)
    entry = Entry(
        id=time_ordered_id(now, context.randomness(10)),
        at=now if options.at is None else _instant(options.at, now),
        text=text.strip(),
        via=Via(options.via),
        category=options.category,
        place=options.place.strip(),
        kelurahan=options.kelurahan,
        lat=options.lat,
        lon=options.lon,
        caller_name=name,
        caller_phone=phone,
        private=options.private,
    )
    found = faults(entry, now)
    if found:
        raise CommandError(Exit.USAGE, f"entry_{found[0].value}")
    actor = context.actor()
    key = registry.pseudonym_key(context.secrets)
    with context.store() as store:
        directory = store.directory()
        if entry.category is not None and entry.category not in directory.categories:
            raise CommandError(Exit.USAGE, "unknown_category", given=entry.category[:60])
        if entry.kelurahan is not None and entry.kelurahan not in directory.offices:
            raise CommandError(Exit.USAGE, "unknown_kelurahan", given=entry.kelurahan[:60])
        library = PlaceLibrary(context.paths.profile_dir / "place", lambda: directory)
        report = entering.made(
            entry,
            by=actor.user,
            now=now,
            pseudonym=lambda source: pseudonym(key, "manual", source),
            places=Places(library),
        )
        entered = entering.keep(
            store,
            report,
            entry.kelurahan,
            actor=actor,
            now=now,
            hold_ms=0,
            randomness=context.randomness,
        )
        location = entered.report.location
        asked = entry.kelurahan is None and location is not None and location.badge is PlaceBadge.AMBIGUOUS
        candidates = library.finder().find(f"{entry.place}\n{entry.text}")[:_CANDIDATES] if asked else ()
        names = {code: office.name for code, office in directory.offices.items()}
    _tell(context, entered, candidates, names)
    return Exit.OK


def _instant(given: int, now: int) -> int:
    """`--at` as an instant; a length counts back from now, because what is entered has happened."""
    return now + given if given < 0 else given


def _tell(
    context: Context, entered: Entered, candidates: tuple[NameCandidate, ...], names: dict[str, str]
) -> None:
    report, terminal = entered.report, context.terminal
    place = None if report.location is None else report.location.place
    if terminal.as_json:
        terminal.record(
            {
                "id": report.id,
                "channel": report.channel,
                "external_id": report.external_id,
                "reported_at": to_iso(report.reported_at),
                "text": report.text,
                "category": report.category,
                "place": place,
                "badge": None if report.location is None else report.location.badge.value,
                "private": report.private,
                "candidates": [{"code": one.code, "name": names.get(one.code, "")} for one in candidates],
            }
        )
        return
    terminal.line(tr("cli.report.added", report=f"{report.channel}:{report.external_id}"))
    if candidates:
        shown = ", ".join(f"{names.get(one.code, '')} ({one.code})" for one in candidates)
        terminal.note(tr("cli.report.ambiguous", candidates=shown, report=report.id))
