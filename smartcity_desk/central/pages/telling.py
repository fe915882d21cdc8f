"""The life of a report in sentences, and *Mengapa?*: why an answer is due when it is, each line with its event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final

from smartcity_desk import i18n, saying
from smartcity_desk.central.pages import formats, words
from smartcity_desk.central.pages.reading import File
from smartcity_desk.domain.events import (
    CategorySet,
    Event,
    ExclusionChanged,
    IncidentChanged,
    Paused,
    PlaceSet,
    ReportRejected,
    Responded,
    Role,
    RoutingReturned,
    RoutingSent,
)
from smartcity_desk.domain.ids import incident_name
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.text import one_line
from smartcity_desk.domain.why import Line
from smartcity_desk.i18n import tr

QUOTE: Final = 4000


@dataclass(frozen=True, slots=True)
class Told:
    """One event: its id, when, by whom, what, the person's own words, and its files. Or a reply, which is no event."""

    id: str
    at: str
    who: str
    what: str
    quote: str
    files: tuple[File, ...] = ()
    is_event: bool = True


def timeline(
    events: Sequence[Event],
    replies: Sequence[Reply],
    directory: Directory,
    files: Mapping[str, list[File]],
    now: int,
) -> list[Told]:
    """Events in the order in which they count, and between them what was replied, by its times."""
    found = [(event.at, told(event, directory, files.get(event.id, []), now)) for event in events]
    for reply in replies:
        place = len(found)
        while place and found[place - 1][0] > reply.at:
            place -= 1
        found.insert(place, (reply.at, replied(reply, now)))
    return [one for _, one in found]


def replied(reply: Reply, now: int) -> Told:
    """One reply in words: which side spoke through the channel, and never who."""
    return Told(
        reply.id,
        formats.near(reply.at, now),
        words.channel_name(reply.channel),
        tr("page.reply.official" if reply.official else "page.reply.citizen"),
        words.plain(reply.text, QUOTE),
        is_event=False,
    )


def told(event: Event, directory: Directory, files: list[File], now: int) -> Told:
    """One event in words."""
    payload: Any = event.payload
    quote = getattr(payload, "text", "") or getattr(payload, "reason", "")
    return Told(
        event.id,
        formats.near(event.at, now),
        actor(event, directory),
        sentence(event, directory),
        words.plain(str(quote), QUOTE),
        tuple(files),
    )


def actor(event: Event, directory: Directory) -> str:
    """Who did it, as an office may know: the office, the unit or the system, never an account of the unit."""
    if event.actor.role is Role.SYSTEM:
        return tr("page.system")
    if event.actor.role is Role.OFFICIAL:
        return words.office_name(directory, event.actor.office)
    return tr("why.unit")


def sentence(event: Event, directory: Directory) -> str:
    """What happened."""
    key = f"page.event.{event.kind.value.replace('.', '_')}"
    if not i18n.has_text(key):
        return tr("page.event.other")
    maker = _VALUES.get(type(event.payload))
    return tr(key, value="" if maker is None else maker(event.payload, directory))


def _paused(payload: Paused, _directory: Directory) -> str:
    return f"{code(payload.code.value)}, {formats.full(payload.until)}"


def _returned(payload: RoutingReturned, directory: Directory) -> str:
    if payload.competent is None:
        return ""
    return tr("page.event.competent", office=words.office_name(directory, payload.competent))


def _responded(payload: Responded, _directory: Directory) -> str:
    order = one_line(payload.work_order, 60)
    return tr("page.event.work_order", number=order) if order else ""


_VALUES: Final[Mapping[type, Callable[[Any, Directory], str]]] = {
    CategorySet: lambda payload, directory: words.category_name(directory, payload.category),
    PlaceSet: lambda payload, directory: words.place_name(directory, payload.place),
    RoutingSent: lambda payload, directory: words.office_name(directory, payload.office),
    RoutingReturned: _returned,
    Responded: _responded,
    ReportRejected: lambda payload, _: tr(f"action.reject.{payload.code.value}"),
    Paused: _paused,
    IncidentChanged: lambda payload, _: incident_name(payload.incident),
    ExclusionChanged: lambda payload, _: code(payload.code.value),
}


def code(name: str) -> str:
    """A code E1-E11 with its words."""
    return tr("page.code.named", code=name, words=tr(f"page.code.{name}"))


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of *Mengapa?* and the event that it rests on; `here` when the timeline of the same page shows it."""

    text: str
    event: str
    here: bool


def reasons(lines: Iterable[Line], shown: AbstractSet[str], directory: Directory) -> list[Reason]:
    """Why an answer is due when it is; `shown` are the events that the same page tells of."""
    return [Reason(saying.why_sentence(line, directory), line.event, line.event in shown) for line in lines]
