"""What the rules say, in sentences: *Mengapa?* and the times in it, in the language that is spoken.

One place for the desk, the command line, the pages and the papers: an official and the unit read the same words about
the same clock. No Qt here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from smartcity_desk import i18n
from smartcity_desk.directory import category_name
from smartcity_desk.domain.courses import LEAST_N, TO_OFFICE, Course, CourseKind, Past, Phrase
from smartcity_desk.domain.ids import incident_name, is_uuid
from smartcity_desk.domain.office import UPT, Directory, OfficeLevel
from smartcity_desk.domain.outage import REASON as AUTOMATIC
from smartcity_desk.domain.text import one_line
from smartcity_desk.domain.times import DAY, HOUR, JAKARTA, MINUTE, SECOND, to_datetime
from smartcity_desk.domain.why import Line, Value
from smartcity_desk.i18n import format_number, tr

EVENT_LETTERS: Final = 8
"""How much of an event's id a line shows: the ids are hashes, so this much tells the events of a report apart."""
_REASON_MOST: Final = 300
_NAME_MOST: Final = 80
_TEXT_MOST: Final = 600
_WORKING: Final = "_working"


def why_lines(lines: Iterable[Line], directory: Directory) -> list[str]:
    """*Mengapa?* as sentences, one for each line, each with the event that it rests on: `… [3f2a91c0]`."""
    return [f"{why_sentence(line, directory)} [{event_name(line.event)}]" for line in lines]


def why_sentence(line: Line, directory: Directory) -> str:
    """One line of *Mengapa?* without its event, where that is shown beside it."""
    working = line.key.endswith(_WORKING)
    params = {name: _value(name, value, directory, working) for name, value in line.params.items()}
    return tr(line.key, **params)


def course_title(course: Course, holder: str | None, directory: Directory) -> str:
    """What a course is in one line: *Teruskan: Kel. Tebet Timur*, *Gabung: JAKI-882 (80 m)*."""
    kind = course.kind.value
    if course.kind is CourseKind.JOIN:
        near = next((one.params for one in course.reasons if "metres" in one.params), None)
        number = next(
            (one.params["number"] for one in course.reasons if "number" in one.params), course.target
        )
        params = {"number": one_line(str(number), _NAME_MOST)}
        if near is None:
            return tr("course.title.join", **params)
        return tr("course.title.join_near", metres=format_number(int(near["metres"])), **params)
    office = course.target if course.kind in TO_OFFICE else holder or UPT
    return tr(f"course.title.{kind}", office=office_name(office, directory))


def course_name(course: str, directory: Directory) -> str:
    """What a course is called where only its id is left: in a timeline, in the outbox. An unknown one is its id."""
    kind, _, target = course.partition(":")
    if kind == CourseKind.JOIN.value:
        # An incident's id is ordered by time (version 7), a report's is made from its names (version 5).
        of_incident = is_uuid(target) and target[14] == "7"
        number = incident_name(target) if of_incident else event_name(target)
        return tr("course.title.join", number=number)
    if kind == CourseKind.REFUSE_RETURN.value:
        return tr("course.name.refuse_return")
    if kind not in {one.value for one in CourseKind}:
        return one_line(course, _NAME_MOST)
    return tr(f"course.title.{kind}", office=office_name(target, directory))


def course_phrase(phrase: Phrase, directory: Directory) -> str:
    """A phrase of a course as words, its points aside."""
    params = {name: _value(name, value, directory, False) for name, value in phrase.params.items()}
    return tr(phrase.key, **params)


def course_reasons(course: Course, directory: Directory) -> list[str]:
    """The reasons of a course with the points that each adds or takes, in the order in which they were found."""
    return [
        tr("course.why.one", text=course_phrase(one, directory), points=f"{one.points:+d}")
        for one in course.reasons
    ]


def course_lines(course: Course, directory: Directory) -> list[str]:
    """The details of a course: authority, comparable cases, risk, the text it would send, and why it stands there."""
    return [
        tr("course.basis", text=course_phrase(course.basis, directory)),
        tr("course.past", text=course_past(course)),
        tr("course.risk", text=course_phrase(course.risk, directory)),
        tr("course.text", text=one_line(course.text, _TEXT_MOST)),
        tr("course.why", text="; ".join(course_reasons(course, directory))),
    ]


def course_past(course: Course) -> str:
    """What happened in comparable cases; fewer than ten say so and tell no figures."""
    past: Past = course.past
    if not past.enough:
        return tr("course.past.few", n=format_number(past.n), least=format_number(LEAST_N))
    sent = course.kind in TO_OFFICE or course.kind is CourseKind.NO_ACTION
    parts = [tr("course.past.n", n=format_number(past.n))]
    if past.answer_ms is not None:
        key = "course.past.answer" if sent else "course.past.length"
        parts.append(tr(key, span=length(past.answer_ms)))
    if past.done_ms is not None:
        parts.append(tr("course.past.done", span=length(past.done_ms)))
    if past.percent is not None:
        parts.append(
            tr("course.past.percent", percent=format_number(past.percent), looked=format_number(past.looked))
        )
    if past.city:
        parts.append(tr("course.past.city"))
    return ", ".join(parts)


def event_name(event: str) -> str:
    """What an event is called where a person reads it: the beginning of its id."""
    return one_line(event, 80)[:EVENT_LETTERS]


def _value(name: str, value: Value, directory: Directory, working: bool) -> str:
    if isinstance(value, int):
        if name.endswith("_at"):
            return date_time(value)
        if name.endswith("_ms"):
            return hours(value) if working else length(value)
        return format_number(value)
    if name in {"office", "claimant"}:
        return office_name(value, directory)
    if name == "category":
        return one_line(category_name(value, i18n.language(), directory), _NAME_MOST)
    if name == "code":
        return tr(f"why.code.{value}")
    if name == "reason":
        return reason(value)
    return one_line(value, _REASON_MOST)


def reason(text: str) -> str:
    """A reason as somebody gave it, or in the language spoken where a program did."""
    return tr("common.automatic") if text == AUTOMATIC else one_line(text, _REASON_MOST)


def office_name(code: str, directory: Directory) -> str:
    """An office by rank and name, `Kelurahan Tebet Timur`; an unknown one is its code."""
    if code == UPT:
        return tr("why.unit")
    known = directory.offices.get(code)
    if known is None:
        return one_line(code, _NAME_MOST)
    name = one_line(known.name, _NAME_MOST)
    if known.level is OfficeLevel.KELURAHAN:
        return tr("why.kelurahan", name=name)
    return tr("why.kecamatan", name=name) if known.level is OfficeLevel.KECAMATAN else name


def date_time(instant: int) -> str:
    """`2 Mar 2026 10.00 WIB`, in English `2 Mar 2026 10:00 WIB`."""
    at = _local(instant)
    return f"{at.day} {tr(f'paper.month.short.{at.month}')} {at.year} {clock(instant)} WIB"


def clock(instant: int) -> str:
    """`16.20`, in English `16:20`."""
    at = _local(instant)
    return f"{at.hour:02d}{'.' if i18n.language() == 'id' else ':'}{at.minute:02d}"


def length(ms: int) -> str:
    """A length of time to the minute, `24 j`, `4 j 30 m`, `7 h 2 j`: in days from three on."""
    if ms < 3 * DAY:
        return hours(ms)
    days, rest = divmod(ms, DAY)
    shown = tr("time.only_days", d=format_number(days))
    return shown if rest < MINUTE else f"{shown} {hours(rest)}"


def hours(ms: int) -> str:
    """A length of time in hours and minutes however long it is: a working day has no 24 of them."""
    if ms < MINUTE:
        return tr("time.seconds", n=ms // SECOND)
    whole, minutes = divmod(ms // MINUTE, HOUR // MINUTE)
    if not whole:
        return tr("time.minutes", n=minutes)
    shown = tr("time.only_hours", h=format_number(whole))
    return shown if not minutes else f"{shown} {tr('time.minutes', n=minutes)}"


def _local(instant: int) -> datetime:
    return to_datetime(instant).astimezone(JAKARTA)
