"""Values in the words that a page shows: offices, categories, places, and how a report's clock stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from smartcity_desk import directory as builtin
from smartcity_desk import i18n, saying
from smartcity_desk.central.pages import formats
from smartcity_desk.central.pages.reading import Case, File, Leading
from smartcity_desk.domain.ids import incident_name
from smartcity_desk.domain.office import UPT, Directory
from smartcity_desk.domain.policy import DueBand, band
from smartcity_desk.domain.report import Report, Status
from smartcity_desk.domain.text import displayable, one_line
from smartcity_desk.i18n import tr, trn

EXCERPT: Final = 160
SIMILAR_MOST: Final = 2000
NOTHING: Final = "—"


# ---------------------------------------------------------------- names


def office_name(directory: Directory, code: str | None) -> str:
    """What an office is called: by rank and name; the unit for nobody else."""
    return saying.office_name(code or UPT, directory)


def category_name(directory: Directory, code: str | None) -> str:
    """The name of a category in the language spoken now; a dash for none."""
    return NOTHING if code is None else one_line(builtin.category_name(code, i18n.language(), directory), 80)


def place_name(directory: Directory, code: str | None) -> str:
    """The kelurahan that a report lies in; a dash for none."""
    return NOTHING if code is None else office_name(directory, code)


def channel_name(channel: str) -> str:
    """What people call a channel."""
    key = f"triage.channel.{channel}"
    return tr(key) if channel.isidentifier() and i18n.has_text(key) else one_line(channel, 30)


def file_name(file: File) -> str:
    """What a file is called: by what it was sent for, else by its hash."""
    return one_line(file.name, 60) or file.sha256[:12]


def host(link: str) -> str:
    """Where a link from outside leads."""
    return one_line(urlsplit(link).hostname or "", 60)


def number(case: Case) -> str:
    """The short number of a report, to be read out on the telephone."""
    return case.report.id[:8].upper()


def headline(report: Report) -> str:
    """A report in one line; of a private one only that it is."""
    return unsaid(report) or one_line(report.title or report.text, EXCERPT) or tr("page.report.no_text")


def unsaid(report: Report) -> str:
    """What stands where a report's words may not, or no longer: private, gone at its source, kept long enough."""
    if report.erased:
        return tr("page.report.withdrawn" if report.withdrawn_at is not None else "page.report.expired")
    return tr("page.report.private") if report.private else ""


# ---------------------------------------------------------------- how it stands


@dataclass(frozen=True, slots=True)
class Sign:
    """Where a report stands: a shape, a colour's name, words, and who has to do what by when (empty = nobody)."""

    shape: str
    tone: str
    words: str
    due: str = ""
    due_full: str = ""


_BANDS: Final[Mapping[DueBand, tuple[str, str]]] = {
    DueBand.OVERDUE: ("▲", "overdue"),
    DueBand.SOON: ("◆", "soon"),
    DueBand.IN_TIME: ("●", "in-time"),
    DueBand.PAUSED: ("‖", "paused"),
}


def sign(case: Case, now: int) -> Sign:
    """How the office's clock on a report stands at `now`."""
    status = case.status
    if case.follows and case.tie is not None:
        return Sign("❐", "done", tr("page.sign.follows", incident=incident_name(case.tie.joined.incident)))
    if status is Status.DONE:
        return Sign("✓", "done", tr("page.sign.done"))
    if status is Status.REJECTED:
        return Sign("×", "done", tr("page.sign.rejected"))
    if not case.held:
        return Sign("→", "done", tr("page.sign.elsewhere"))
    due = case.due_at
    if status is Status.AWAITING_VERIFICATION:
        words = tr("page.sign.verify")
        return Sign("◌", "verify", words, *_due(i18n.key("page.due.unit"), due, now))
    if due is None:
        if case.last.responded_at is not None:
            return Sign("◐", "verify", tr("page.sign.answered"))
        return Sign("○", "done", tr("page.sign.no_due"))
    which = band(due, case.paused(now), now)
    left = formats.span(due - now)
    words = {
        DueBand.OVERDUE: tr("page.sign.overdue", span=left),
        DueBand.SOON: tr("page.sign.soon", span=left),
        DueBand.IN_TIME: tr("page.sign.in_time", span=left),
        DueBand.PAUSED: tr("page.sign.paused"),
    }[which]
    key = i18n.key("page.due.paused") if which is DueBand.PAUSED else i18n.key("page.due.office")
    return Sign(*_BANDS[which], words, *_due(key, due, now))


def _due(key: str, due: int | None, now: int) -> tuple[str, str]:
    """A due date as a list says it, and in full."""
    return ("", "") if due is None else (tr(key, at=formats.near(due, now)), tr(key, at=formats.full(due)))


@dataclass(frozen=True, slots=True)
class Row:
    """A report in the list."""

    id: str
    number: str
    title: str
    sign: Sign
    facts: tuple[str, ...]
    notes: tuple[str, ...]


def row(case: Case, directory: Directory, now: int) -> Row:
    """A report as the list shows it."""
    facts = (
        *about(case.last.category, case.last.place, directory),
        tr("page.row.since", at=formats.near(case.segment.since, now)),
    )
    return Row(
        case.report.id, number(case), headline(case.report), sign(case, now), facts, tuple(remarks(case))
    )


def about(category: str | None, place: str | None, directory: Directory) -> tuple[str, ...]:
    """Category and place, as far as they are known."""
    found = [] if category is None else [category_name(directory, category)]
    return tuple(found if place is None else [*found, place_name(directory, place)])


def remarks(case: Case) -> list[str]:
    """What else should be known at a glance."""
    found = []
    if case.tie is not None and not case.tie.follows:
        found.append(trn("page.row.similar", case.tie.others))
    if case.returned:
        found.append(tr("page.row.returned"))
    if case.refused:
        found.append(tr("page.row.refused"))
    if case.working and case.last.acknowledged_at is not None and case.last.responded_at is None:
        found.append(tr("page.row.acknowledged"))
    return found


def facts(case: Case, directory: Directory) -> list[tuple[str, str]]:
    """What is known of a report, as (name, value)."""
    report, last = case.report, case.last
    found = [
        (tr("page.fact.category"), category_name(directory, last.category)),
        (tr("page.fact.place"), place_name(directory, last.place)),
        (tr("page.fact.hint"), one_line(report.place_hint, 200)),
        (tr("page.fact.channel"), channel_name(report.channel)),
        (tr("page.fact.reported"), formats.full(report.reported_at)),
    ]
    return [(name, value) for name, value in found if value]


def leading(found: Leading, directory: Directory) -> str:
    """How the report stands that another one follows: its status and who has it."""
    return tr(
        "page.incident.lead",
        status=tr(f"state.status.{found.status.value}"),
        office=office_name(directory, found.holder),
    )


@dataclass(frozen=True, slots=True)
class Similar:
    """Another report of the same thing: where it came from, when, and its masked words."""

    about: str
    text: str


def similar(report: Report) -> Similar:
    """What else was said of the same thing."""
    about = f"{channel_name(report.channel)} · {formats.full(report.reported_at)}"
    return Similar(
        about, plain("\n".join(part for part in (report.title, report.text) if part), SIMILAR_MOST)
    )


@dataclass(frozen=True, slots=True)
class Point:
    """A place on earth: as people read it, as a telephone's map opens it, and how sure it is in words."""

    shown: str
    address: str
    worth: str


def point(report: Report) -> Point | None:
    """Where a report says it is, if it says so."""
    if report.lat is None or report.lon is None:
        return None
    place = f"{report.lat:.5f},{report.lon:.5f}"
    worth = tr(f"page.point.{report.place_quality.value}")
    if report.accuracy_m is not None:
        worth = f"{worth}, {tr('page.point.accuracy', n=i18n.format_number(round(report.accuracy_m)))}"
    return Point(place.replace(",", ", "), f"geo:{place}?q={place}", worth)


# ---------------------------------------------------------------- refusals


def refusal(code: str, params: Mapping[str, Any], directory: Directory) -> str:
    """Why an action was not done, as a sentence."""
    own = f"page.refusal.{code}"
    key = own if i18n.has_text(own) else f"refusals.{code}.what"
    if not i18n.has_text(key):
        return tr("page.refusal.other")
    return tr(key, **{name: _param(name, value, directory) for name, value in params.items()})


def _param(name: str, value: Any, directory: Directory) -> str:
    if name == "office":
        return office_name(directory, str(value))
    if name == "status" and i18n.has_text(f"state.status.{value}"):
        return tr(f"state.status.{value}")
    if name == "at" and isinstance(value, int):
        return formats.until(value)
    return one_line(str(value), 80)


def plain(text: str, most: int | None = None) -> str:
    """Somebody's own words, fit to be shown."""
    return displayable(text, most).strip()
