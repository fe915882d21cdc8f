"""The evidence of a mark in words and rows: figures, items, custody, the unit's own delays, objections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from smartcity_desk import i18n, saying
from smartcity_desk.central.pages import evidence, formats, telling, words
from smartcity_desk.central.pages.evidence import Evidence, Filed, Life, Mark
from smartcity_desk.central.pages.reading import File
from smartcity_desk.domain.calendar import CalendarKind
from smartcity_desk.domain.custody import Excluded, Segment, Stay
from smartcity_desk.domain.figures import WindowFigures
from smartcity_desk.domain.incident import JOINED
from smartcity_desk.domain.items import AUTOMATIC, Item, Outcome
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.marks import DEFAULT_REASON, Standing
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.policy import Policy
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.text import one_line
from smartcity_desk.i18n import format_number, tr, trn


def short(report: Report | str) -> str:
    """The short number of a report. Its number at the source would lead to who reported."""
    return (report if isinstance(report, str) else report.id)[:8].upper()


# ---------------------------------------------------------------- figures


@dataclass(frozen=True, slots=True)
class WindowWords:
    """A window: its days, and what it says in a sentence."""

    dates: str
    sentence: str


def days(window: tuple[int, int]) -> str:
    """The days of a window, the last one included."""
    since, until = window
    return f"{formats.date(since)} – {formats.date(until - 1)}"


def window_words(found: Evidence) -> list[WindowWords]:
    """Each window with its sentence: enough data or not, and where the share lies."""
    return [WindowWords(days(one.window), _sentence(one, found.policy)) for one in found.figures.windows]


def _sentence(one: WindowFigures, policy: Policy) -> str:
    if one.interval is None:
        return tr("page.mark.too_few", days=days(one.window), n=one.tally.n, least=policy.marking.least_n)
    return tr(
        "page.mark.interval",
        days=days(one.window),
        estimate=_share(one.estimate),
        lower=formats.percent(one.interval.lower),
        upper=formats.percent(one.interval.upper),
        target=formats.percent(policy.marking.target_percent * 10),
    )


def table(found: Evidence) -> list[tuple[str, list[str]]]:
    """The counts of the windows, row by row."""
    windows = found.figures.windows
    target = formats.percent(found.policy.marking.target_percent * 10)
    return [
        (tr("page.mark.row.n"), [format_number(one.tally.n) for one in windows]),
        (tr("page.mark.row.on_time"), [format_number(one.tally.on_time) for one in windows]),
        (tr("page.mark.row.slow"), [format_number(one.tally.slow) for one in windows]),
        (tr("page.mark.row.silent"), [format_number(one.tally.silent) for one in windows]),
        (tr("page.mark.row.empty"), [format_number(one.tally.empty) for one in windows]),
        (tr("page.mark.row.excluded"), [format_number(one.tally.excluded) for one in windows]),
        (tr("page.mark.row.contested"), [format_number(one.contested) for one in windows]),
        (tr("page.mark.row.share"), [_share(one.share) for one in windows]),
        (tr("page.mark.row.estimate"), [_share(one.estimate) for one in windows]),
        (tr("page.mark.row.interval"), [_interval(one) for one in windows]),
        (tr("page.mark.row.target"), [target for _ in windows]),
    ]


def _share(value: int | None) -> str:
    return words.NOTHING if value is None else formats.percent(value)


def _interval(one: WindowFigures) -> str:
    if one.interval is None:
        return tr("page.mark.too_few.short")
    return f"{formats.percent(one.interval.lower)} – {formats.percent(one.interval.upper)}"


def method(policy: Policy) -> str:
    """The rule in a sentence, with the numbers of its version."""
    rule = policy.marking
    return tr(
        "page.mark.method",
        windows=rule.windows,
        days=rule.window_days,
        least=rule.least_n,
        target=formats.percent(rule.target_percent * 10),
        policy=one_line(policy.version, 60),
    )


def raised(mark: Mark) -> str:
    """What was counted when the mark was raised."""
    return trn(
        "page.mark.raised",
        len(mark.state.segments),
        at=formats.full(mark.state.raised_at or 0),
        hash=mark.state.evidence[:12],
    )


def dates(mark: Mark) -> list[tuple[str, str]]:
    """The instants that matter, as (name, value)."""
    state = mark.state
    found = [
        (tr("page.mark.date.notified"), state.notified_at),
        (tr("page.mark.date.opens"), mark.opens_at),
        (tr("page.mark.date.closes"), mark.closes_at),
        (tr("page.mark.date.proposed"), state.proposed_at),
        (tr("page.mark.date.decided"), state.decided_at),
        (tr("page.mark.date.withdrawn"), state.withdrawn_at),
    ]
    shown = [(name, formats.until(at)) for name, at in found if at is not None]
    if state.dossier:
        shown.append((tr("page.mark.dossier"), state.dossier[:16]))
    if state.decided_at is not None and state.outcome:
        shown.append((tr("page.mark.outcome"), words.plain(state.outcome, 400)))
    if state.withdrawn_at is not None and state.reason:
        shown.append((tr("page.mark.reason"), words.plain(state.reason, 400)))
    return shown


# ---------------------------------------------------------------- items


@dataclass(frozen=True, slots=True)
class Entry:
    """An item in a list."""

    segment: str
    number: str
    about: str
    outcome: str
    due: str
    excluded: str
    contested: bool


def entry(one: Item, directory: Directory) -> Entry:
    """An item as a list shows it."""
    segment = one.segment
    outcome = tr(f"paper.outcome.{one.outcome.value}")
    if one.empty:
        outcome = f"{outcome} · {tr('page.item.empty')}"
    return Entry(
        segment.id,
        short(segment.report),
        " · ".join(words.about(segment.category, segment.place, directory)),
        outcome,
        tr("page.item.due", at=formats.full(one.due_at)),
        "" if one.excluded is None else excluded(one.excluded),
        one.contested,
    )


def excluded(found: Excluded) -> str:
    """Why an item does not count: code, reason, and who said so."""
    if found.user == AUTOMATIC:
        return tr("page.item.excluded", code=telling.code(found.code.value), reason=_by_itself(found.reason))
    return tr(
        "page.item.excluded_by",
        code=telling.code(found.code.value),
        reason=_by_itself(JOINED) if found.reason == JOINED else one_line(found.reason, 300),
        who=tr("why.unit"),
    )


_OURS: Final = {
    DEFAULT_REASON: i18n.key("page.item.term_missed"),
    "return_pending": i18n.key("page.item.return_pending"),
}


def _by_itself(reason: str) -> str:
    """The words of a reason that follows from the events themselves."""
    key = _OURS.get(reason, f"paper.reason.{reason}")
    return tr(key) if i18n.has_text(key) else one_line(reason, 200)


@dataclass(frozen=True, slots=True)
class Group:
    """Items under one heading."""

    name: str
    entries: list[Entry]


def groups(found: Evidence, directory: Directory) -> list[Group]:
    """The items: what was not on time first, then what was, then what does not count; by due date inside."""
    ordered = sorted(found.items, key=lambda one: (one.due_at, one.segment.id))
    missed = [one for one in ordered if one.counts and one.outcome is not Outcome.ON_TIME]
    kept = [one for one in ordered if one.counts and one.outcome is Outcome.ON_TIME]
    others = [one for one in ordered if not one.counts]
    return [
        Group(name, [entry(one, directory) for one in those])
        for name, those in (
            (tr("page.mark.group.missed"), missed),
            (tr("page.mark.group.on_time"), kept),
            (tr("page.mark.group.uncounted"), others),
        )
    ]


def item_facts(one: Item) -> list[tuple[str, str]]:
    """The clock of an item, as (name, value)."""
    segment, clock = one.segment, one.clock
    assert clock.allowance is not None
    answered = (
        tr("page.item.no_answer") if segment.responded_at is None else formats.full(segment.responded_at)
    )
    working = clock.allowance.calendar is CalendarKind.WORKING_DAYS
    length = saying.hours if working else saying.length
    return [
        (tr("page.item.fact.delivered"), formats.full(segment.delivered_at or 0)),
        (tr("page.item.fact.due"), formats.full(one.due_at)),
        (tr("page.item.fact.answered"), answered),
        (tr("page.item.fact.allowance"), length(clock.allowance.ms)),
        (tr("page.item.fact.charged"), length(one.charged_ms)),
    ]


@dataclass(frozen=True, slots=True)
class Held:
    """A stretch of custody in words."""

    holder: str
    when: str
    pauses: list[str]
    own: bool


def custody(life: Life, office: str, directory: Directory) -> list[Held]:
    """Who held a report from when to when."""
    return [_held(one, office, directory) for one in life.segments]


def _held(one: Segment, office: str, directory: Directory) -> Held:
    holder = tr("page.item.nobody") if one.stay is Stay.REST else words.office_name(directory, one.office)
    if one.stay is Stay.VERIFY:
        holder = tr("page.item.verifies", office=holder)
    since = formats.full(one.since)
    if one.until is None:
        when = tr("page.item.since", since=since)
    else:
        span = formats.span(one.until - one.since)
        when = tr("page.item.from_to", since=since, until=formats.full(one.until), span=span)
    pauses = [
        tr(
            "page.item.pause",
            code=telling.code(pause.code.value),
            since=formats.full(pause.since),
            until=formats.full(pause.until),
            reason=one_line(pause.reason, 300),
        )
        for pause in one.pauses
    ]
    return Held(holder, when, pauses, one.office == office)


def delays(found: Evidence, law: Law) -> list[str]:
    """The unit's own misses on these reports, in sentences."""
    shown = []
    for one in found.own_delays(law):
        duty = tr("paper.duty.verification" if one.stay is Stay.VERIFY else "paper.duty.routing")
        until = found.mark.now if one.until is None else one.until
        late = formats.span(until - one.due_at)
        shown.append(
            tr(
                "page.mark.unit.late",
                number=short(one.report),
                duty=duty,
                due=formats.full(one.due_at),
                span=late,
            )
        )
    for filed in evidence.objections(found.mark, law):
        if filed.standing is Standing.DEFAULT:
            shown.append(tr("page.mark.unit.review", due=formats.until(filed.due_at)))
    return shown


# ---------------------------------------------------------------- objections


@dataclass(frozen=True, slots=True)
class ObjectionWords:
    """An objection as its page shows it."""

    standing: str
    when: str
    about: str
    text: str
    files: list[File]
    answered: str
    answer: str


def objection_words(
    filed: Filed, lives: Mapping[str, Life], types: Mapping[str, str], now: int
) -> ObjectionWords:
    """One objection in words."""
    one = filed.objection
    numbers = {held.id: short(held.report) for life in lives.values() for held in life.segments}
    waiting = filed.standing in (Standing.OPEN, Standing.UNDER_REVIEW)
    when = tr("page.objection.filed", at=formats.near(one.filed_at, now))
    if waiting:
        when = f"{when} {tr('page.objection.due', at=formats.until(filed.due_at))}"
    return ObjectionWords(
        tr("page.objection.standing", words=tr(f"paper.standing.{filed.standing.value}")),
        when,
        tr(
            "page.objection.about",
            numbers=", ".join(numbers.get(name, name[:8].upper()) for name in one.segments),
            code=tr("paper.objection.no_code") if one.code is None else telling.code(one.code.value),
        ),
        words.plain(one.text, telling.QUOTE),
        [
            File(sha256, tr("page.objection.file", n=number), types.get(sha256))
            for number, sha256 in enumerate(one.attachments, 1)
        ],
        "" if one.decided_at is None else tr("page.objection.answered", at=formats.full(one.decided_at)),
        words.plain(one.answer, telling.QUOTE),
    )


CODES: Final[Sequence[str]] = tuple(f"E{number}" for number in range(1, 12))


def codes() -> list[tuple[str, str]]:
    """The codes that an objection may give, as (code, words)."""
    return [(name, telling.code(name)) for name in CODES]
