"""Calendar data from iCalendar files: the days that ship in `resources/calendar/`, and a unit's own file over them.

Only an event under one of our own categories counts: public feeds are full of days on which everybody works. What
cannot be read without guessing is refused with the name of its file and event, because a wrong day moves due dates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

from smartcity_desk import paths
from smartcity_desk.domain.calendar import Calendars, DayEntry, DayKind
from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.domain.text import one_line

if TYPE_CHECKING:
    from icalendar import Component

KINDS: Final[Mapping[str, DayKind]] = {
    "libur nasional": DayKind.HOLIDAY,
    "cuti bersama": DayKind.JOINT_LEAVE,
    "ramadan": DayKind.RAMADAN,
    "ramadhan": DayKind.RAMADAN,
    "holiday": DayKind.HOLIDAY,
    "joint leave": DayKind.JOINT_LEAVE,
}
"""The categories that count, in either language."""

_LONGEST: Final = 31
"""Days of one event: Ramadan has 30 at most, so a longer one has a wrong year in its end."""
_YEARS: Final = range(1970, 2200)
_BYTES: Final = 1_000_000
_SINGLE: Final = ("UID", "DTSTART", "DTEND", "DURATION", "SUMMARY", "STATUS")
"""What is read of an event, each at most once."""
_REPEATING: Final = ("RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID")
_UNREADABLE: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
)
"""What the library raises on what is not iCalendar; anything else is a fault of this program."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something in a file that was passed over. `component` names it, `reason` is a stable code, `value` its words."""

    component: str
    reason: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """The calendars with a unit's own file over those that ship, and what in the file was passed over."""

    calendars: Calendars
    notes: tuple[Note, ...]


@cache
def load_calendars() -> Calendars:
    """The calendars that ship with the program. Raises ConfigProblem; it names the file and the event."""
    return _calendars(_shipped())


def import_calendar(data: bytes, file: str) -> Imported:
    """The calendars with a unit's own file over those that ship. Raises ConfigProblem; nothing is taken by halves.

    An event replaces the one that has its UID; STATUS:CANCELLED takes that one away. So a lunar date that moved is
    put right by an event of the same UID.
    """
    own, notes = _read(data, file)
    return Imported(_calendars({**_shipped(), **own}), notes)


@cache
def _shipped() -> Mapping[str, tuple[DayEntry, ...]]:
    """The days of every event that ships, by UID."""
    found: dict[str, tuple[DayEntry, ...]] = {}
    for path in sorted(paths.resource("calendar").glob("*.ics")):
        try:
            data = path.read_bytes()
        except OSError as problem:
            raise _problem("unreadable", path.name, detail=str(problem)) from problem
        events, _ = _read(data, path.name)
        for uid in events:
            if uid in found:
                raise _problem("double_uid", path.name, uid)
        found |= events
    return found


def _calendars(events: Mapping[str, tuple[DayEntry, ...]]) -> Calendars:
    days = Calendars.of(day for those in events.values() for day in those)
    edition = hashlib.sha256(repr(days.entries).encode()).hexdigest()[:16]
    return Calendars.of(days.entries, edition=edition)


def _read(data: bytes, file: str) -> tuple[dict[str, tuple[DayEntry, ...]], tuple[Note, ...]]:
    """The days of each event by UID (none for a cancelled one), and what was passed over."""
    found: dict[str, tuple[DayEntry, ...]] = {}
    notes: list[Note] = []
    for number, component in enumerate(_parse(data, file).subcomponents, start=1):
        title = _text(component, "SUMMARY") or _text(component, "UID")
        label = one_line(f"{component.name} {number}" + (f" ({title})" if title else ""), 80)
        if component.name != "VEVENT":
            if component.name != "VTIMEZONE":  # days have no time zone, and every program writes its own
                notes.append(Note(label, "component"))
            continue
        words = _categories(component)
        kinds = {KINDS[word] for word in words if word in KINDS}
        if not kinds:
            notes.append(Note(label, "category", one_line(", ".join(words), 80)))
            continue
        _check(component, file, label)
        uid = _text(component, "UID")
        if uid in found:
            raise _problem("double_uid", file, label, value=one_line(uid, 60))
        cancelled = _text(component, "STATUS").upper() == "CANCELLED"
        found[uid] = () if cancelled else _days(component, kinds, file, label)
    return found, tuple(notes)


def _parse(data: bytes, file: str) -> Component:
    """The one VCALENDAR of a file."""
    import icalendar  # some 200 ms, and only what works out due dates needs it

    if len(data) > _BYTES:
        raise _problem("too_big", file, value=len(data))
    try:
        found = icalendar.Calendar.from_ical(data.decode("utf-8-sig"))
    except _UNREADABLE as problem:
        raise _problem("unreadable", file, detail=one_line(str(problem), 120)) from problem
    if found.name != "VCALENDAR":
        raise _problem("unreadable", file, one_line(str(found.name), 40))
    return found


def _categories(event: Component) -> list[str]:
    """An event's categories in small letters; they may stand on one line or on several."""
    lines = event.get("CATEGORIES", [])
    words = [
        word for line in (lines if isinstance(lines, list) else [lines]) for word in getattr(line, "cats", ())
    ]
    return [" ".join(str(word).casefold().replace("-", " ").replace("_", " ").split()) for word in words]


def _check(event: Component, file: str, label: str) -> None:
    """Refuse what is read of an event if it is broken, there twice, or repeats. What is not read may be as it likes."""
    for name, detail in event.errors:
        if name is None or name in _SINGLE:
            raise _problem("bad_property", file, label, property=name, detail=one_line(str(detail), 120))
    for name in _SINGLE:
        if isinstance(event.get(name), list):
            raise _problem("bad_property", file, label, property=name)
    for name in _REPEATING:
        if name in event:
            raise _problem("repeats", file, label, property=name)
    for name in ("UID", "DTSTART", "SUMMARY"):
        if not _text(event, name):
            raise _problem("missing", file, label, property=name)


def _days(event: Component, kinds: Iterable[DayKind], file: str, label: str) -> tuple[DayEntry, ...]:
    """One entry for each day and kind. Whole days only: half a day off is nothing that the calendars know."""
    first = _date(event, "DTSTART", file, label)
    span = _span(event, first, file, label)
    if first.year not in _YEARS or span % timedelta(days=1) or not 1 <= span.days <= _LONGEST:
        raise _problem("bad_period", file, label, value=f"{first.isoformat()} + {span}")
    name = one_line(_text(event, "SUMMARY"), 80)
    start = first.toordinal()
    return tuple(DayEntry(day, kind, name) for kind in kinds for day in range(start, start + span.days))


def _span(event: Component, first: date, file: str, label: str) -> timedelta:
    """How long an event lasts: a day, if it does not say."""
    if "DTEND" in event:
        return _date(event, "DTEND", file, label) - first
    if "DURATION" not in event:
        return timedelta(days=1)
    value = getattr(event["DURATION"], "dt", None)
    if not isinstance(value, timedelta):
        raise _problem("not_a_day", file, label, property="DURATION")
    return value


def _date(event: Component, name: str, file: str, label: str) -> date:
    """A property that must be a date without a time of day."""
    value = getattr(event[name], "dt", None)
    if type(value) is not date:  # a datetime is a date too
        raise _problem("not_a_day", file, label, property=name)
    return value


def _text(component: Component, name: str) -> str:
    """A property as text, or an empty one."""
    return str(component.get(name, "")).strip()


def _problem(reason: str, file: str, component: str = "", **params: str | float | None) -> ConfigProblem:
    return ConfigProblem(name="calendar", reason=reason, file=file, component=component, **params)
