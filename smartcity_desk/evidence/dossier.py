"""The dossier (*berkas bukti*) of one office: every item, every exclusion, the unit's own delays, every objection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartcity_desk.documents.model import (
    Attachment,
    Capacity,
    Content,
    Custody,
    Dossier,
    DossierItem,
    DossierObjection,
    Duty,
    Exclusion,
    Figure,
    Funnel,
    Letterhead,
    Limit,
    Method,
    Moment,
    OwnDelay,
    Pause,
    Photo,
    PhotoKind,
    Quote,
    Step,
)
from smartcity_desk.domain import charts, filetypes
from smartcity_desk.domain.clock import clock
from smartcity_desk.domain.custody import Segment, Stay
from smartcity_desk.domain.disclosure import NO_EVIDENCE
from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.domain.events import AttachmentAdded, CompletionClaimed, Event
from smartcity_desk.domain.figures import OfficeFigures
from smartcity_desk.domain.ids import mark_id
from smartcity_desk.domain.items import Item, falls_in, tally
from smartcity_desk.domain.marks import MarkState, MarkStep, Standing, review_due, standing, step
from smartcity_desk.domain.office import UPT
from smartcity_desk.domain.policy import Policy
from smartcity_desk.evidence import words
from smartcity_desk.evidence.figures import SNAPSHOT, decided_by, figure, window_figures
from smartcity_desk.evidence.gathering import Gathered, Lives, Windows, lives, short_code
from smartcity_desk.i18n import tr
from smartcity_desk.store import Store

Files = Callable[[str], Path | None]
"""Where a picture lies by its hash, or None where this desk has not got it."""
MayLeave = Callable[[str], bool]
"""Whether what a channel (by name) gave may stand in a paper, by the terms of its source."""


def nothing_leaves(_channel: str) -> bool:
    """As long as nobody has looked at the terms."""
    return False


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose dossier: the office, its mark if there is one, and the windows it is about."""

    office: str
    mark_id: str
    mark: MarkState | None
    spans: Windows

    @property
    def code(self) -> str:
        """The short code that opens it."""
        return short_code(self.mark_id)


def subject_of(gathered: Gathered, office: str) -> Subject:
    """The dossier of an office: that of its latest mark, else of the windows that end now.

    Raises ConfigProblem (`unknown_office`) for one that is not judged.
    """
    if not gathered.law.scored(office):
        raise ConfigProblem(name="office", reason="unknown_office", value=office[:60])
    marked = gathered.mark_on(office)
    if marked is not None:
        return Subject(office, marked[0], marked[1], marked[1].windows)
    spans = tuple(one.window for one in gathered.figures(office).windows)
    return Subject(office, mark_id(office, spans[-1][1]), None, spans)


def build(
    store: Store,
    gathered: Gathered,
    subject: Subject,
    *,
    letterhead: Letterhead,
    files: Files,
    language: str,
    may_leave: MayLeave = nothing_leaves,
) -> Dossier:
    """The dossier of one office, as of the gathered instant.

    What a channel said later of an item stands in it only where `may_leave` says so of the channel.
    """
    law, office = gathered.law, subject.office
    figures = gathered.figures(office, subject.mark)
    policy = gathered.policy(subject.mark)
    items = [one for part in figures.windows for one in part.items]
    told = lives(store, list(dict.fromkeys(one.segment.report for one in items)), now=gathered.at)
    maker = _Items(gathered, subject, told, files, may_leave)
    shown = tuple(maker.item(one) for one in items)
    known = law.directory.offices[office]
    return Dossier(
        code=subject.code,
        office=office,
        office_name=known.name,
        level=known.level,
        superior=gathered.superior(office),
        origin=gathered.origin(subject.spans, snapshot(gathered, subject, items)),
        letterhead=letterhead,
        method=Method.of(policy.marking, policy.version),
        windows=tuple(window_figures(one, policy) for one in figures.windows),
        items=shown,
        state=MarkStep.NONE if subject.mark is None else step(subject.mark, law, gathered.at),
        funnel=_funnel(gathered, subject, policy),
        own_delays=_own_delays(gathered, subject, told),
        objections=_objections(gathered, subject, told),
        attachments=_attachments(subject.mark, files),
        capacity=_capacity(gathered, office, figures),
        language=language,
    )


def snapshot(gathered: Gathered, subject: Subject, items: Sequence[Item]) -> object:
    """The data behind a dossier, as plain values: what its hash is taken of."""
    return {
        "at": gathered.at,
        "office": subject.office,
        "windows": subject.spans,
        "mark": subject.mark,
        "items": [[one.segment, one.outcome, one.due_at, one.excluded, one.contested] for one in items],
    }


# ---------------------------------------------------------------- items


class _Items:
    def __init__(
        self, gathered: Gathered, subject: Subject, told: Lives, files: Files, may_leave: MayLeave
    ) -> None:
        self._at = gathered.at
        self._law = gathered.law
        self._directory = gathered.law.directory
        self._subject = subject
        self._told = told
        self._files = files
        self._may_leave = may_leave

    def item(self, one: Item) -> DossierItem:
        """One item with its life, its clock and its pictures."""
        segment, directory = one.segment, self._directory
        line = self._told.reports[segment.report]
        events = [event for event in self._told.events[segment.report] if event.kind not in NO_EVIDENCE]
        assert one.clock.allowance is not None
        assert one.clock.policy is not None
        return DossierItem(
            segment=segment.id,
            number=words.number(line.report),
            channel=words.channel(segment.channel),
            category=words.category(segment.category, directory),
            place=words.office(segment.place, directory) if segment.place else "–",
            outcome=one.outcome,
            empty=one.empty,
            window=next(n for n, span in enumerate(self._subject.spans) if falls_in(one, span)),
            due=Moment(one.due_at, self._clock_events(one)),
            allowance=Figure(one.clock.allowance.ms, source=f"policy:{one.clock.policy.version}"),
            charged=figure(one.charged_ms, [decided_by(one), segment.delivered_by or ""]),
            delivered=_moment(segment.delivered_at, segment.delivered_by),
            answered=_moment(segment.responded_at, segment.responded_by),
            contested=one.contested,
            exclusion=None
            if one.excluded is None
            else Exclusion(
                one.excluded.code,
                one.excluded.user,
                one.excluded.reason,
                one.excluded.at,
                one.excluded.event or segment.opened_by,
            ),
            custody=tuple(self._custody(held) for held in self._told.segments[segment.report]),
            timeline=self._timeline(segment.report, events),
            photos=tuple(self._photos(events)),
        )

    def _clock_events(self, one: Item) -> tuple[str, ...]:
        stops = [event for stop in one.clock.stops for event in (stop.opened_by, stop.closed_by or "")]
        return tuple(event for event in (one.segment.delivered_by or "", *stops) if event)

    def _custody(self, held: Segment) -> Custody:
        until = held.until
        return Custody(
            holder=words.office(held.office, self._directory) if held.office else "–",
            stay=held.stay,
            own=held.office == self._subject.office,
            since=held.since,
            until=until,
            opened_by=held.opened_by,
            closed_by=held.closed_by,
            pauses=tuple(
                Pause(
                    one.code,
                    one.since,
                    one.until if one.closed_by or one.until <= self._at else None,
                    Quote(one.reason, (one.opened_by,)),
                    one.opened_by,
                )
                for one in held.pauses
            ),
        )

    def _timeline(self, report: str, events: Sequence[Event]) -> tuple[Step, ...]:
        """Events in the order in which they count, and between them what was replied until then, by its times."""
        steps = [self._step(event) for event in events]
        for reply in self._told.replies[report]:
            if reply.withdrawn_at is not None or not reply.text or reply.at > self._at:
                continue
            if not self._may_leave(reply.channel):
                continue
            at = len(steps)
            while at and steps[at - 1].at > reply.at:
                at -= 1
            steps.insert(at, Step(reply.at, "", words.replied(reply), text=reply.text))
        return tuple(steps)

    def _step(self, event: Event) -> Step:
        return Step(
            event.at,
            event.id,
            words.what(event, self._directory),
            words.who(event, self._directory),
            words.said(event),
        )

    def _photos(self, events: Sequence[Event]) -> list[Photo]:
        found: dict[str, Photo] = {}
        for event in events:
            payload: Any = event.payload
            if isinstance(payload, AttachmentAdded) and payload.media_type.startswith("image/"):
                before = event.actor.office is None
                kind = PhotoKind.BEFORE if before else PhotoKind.OTHER
                found.setdefault(payload.sha256, self._photo(payload.sha256, kind, event.id))
            elif isinstance(payload, CompletionClaimed):
                for sha256 in payload.attachments:
                    found[sha256] = self._photo(sha256, PhotoKind.AFTER, event.id)
        return list(found.values())

    def _photo(self, sha256: str, kind: PhotoKind, event: str) -> Photo:
        content: Content | None = self._files(sha256)
        return Photo(sha256, kind, event, content=content)


def _moment(at: int | None, event: str | None) -> Moment | None:
    return None if at is None or not event else Moment(at, (event,))


# ---------------------------------------------------------------- the unit's own delays, objections, context


def _own_delays(gathered: Gathered, subject: Subject, told: Lives) -> tuple[OwnDelay, ...]:
    law, at = gathered.law, gathered.at
    found: list[OwnDelay] = []
    for name, held in told.segments.items():
        number = words.number(told.reports[name].report)
        for one in held:
            if one.office != UPT or one.stay is Stay.REST:
                continue
            due = clock(one, law).due_at
            ended = at if one.until is None else one.until
            if due is not None and due < ended:
                duty = Duty.VERIFICATION if one.stay is Stay.VERIFY else Duty.ROUTING
                found.append(
                    OwnDelay(
                        number,
                        duty,
                        Moment(due, (one.opened_by,)),
                        _moment(one.until, one.closed_by),
                        figure(ended - due, [one.closed_by or one.opened_by]),
                    )
                )
    found += _missed_reviews(gathered, subject)
    return tuple(sorted(found, key=lambda one: (one.due.at, one.number)))


def _missed_reviews(gathered: Gathered, subject: Subject) -> list[OwnDelay]:
    law, at, mark = gathered.law, gathered.at, subject.mark
    missed: list[OwnDelay] = []
    for one in () if mark is None else mark.objections:
        assert mark is not None
        due = review_due(mark, one, law)
        if standing(mark, one, law, at) is Standing.DEFAULT:
            late = figure(at - due, [one.event])
            missed.append(
                OwnDelay(tr("evidence.objection"), Duty.REVIEW, Moment(due, (one.event,)), None, late)
            )
    return missed


def _objections(gathered: Gathered, subject: Subject, told: Lives) -> tuple[DossierObjection, ...]:
    mark, law = subject.mark, gathered.law
    if mark is None:
        return ()
    numbers = {
        one.id: words.number(told.reports[one.report].report)
        for held in told.segments.values()
        for one in held
    }
    return tuple(
        DossierObjection(
            filed=Moment(one.filed_at, (one.event,)),
            by=gathered.name(mark.office) if one.official else one.filed_by,
            letter=one.letter,
            text=Quote(one.text, (one.event,)),
            code=one.code,
            segments=tuple(numbers.get(segment, segment[:8]) for segment in one.segments),
            standing=standing(mark, one, law, gathered.at),
            decided=_moment(one.decided_at, one.answer_event),
            decided_by=one.decided_by or "",
            answer=Quote(one.answer, (one.answer_event,)) if one.answer else Quote(""),
            attachments=one.attachments,
        )
        for one in mark.objections
    )


def _attachments(mark: MarkState | None, files: Files) -> tuple[Attachment, ...]:
    """The evidence of all objections, each file once under the objection that named it first."""
    found: dict[str, Attachment] = {}
    for number, one in enumerate(() if mark is None else mark.objections, start=1):
        for at, sha256 in enumerate(one.attachments, start=1):
            if sha256 not in found:
                found[sha256] = _attachment(sha256, number, at, one.event, files(sha256))
    return tuple(found.values())


def _attachment(sha256: str, number: int, at: int, event: str, path: Path | None) -> Attachment:
    start, size = b"", 0
    if path is not None:
        with suppress(OSError), path.open("rb") as stream:
            start, size = stream.read(filetypes.START), path.stat().st_size
    kind = filetypes.media_type(start) or ""
    ending = f".{filetypes.ENDINGS[kind]}" if kind else ""
    name = tr("evidence.objection.file", n=number, at=at)
    return Attachment(sha256, name + ending, kind, size, event, path)


def _funnel(gathered: Gathered, subject: Subject, policy: Policy) -> Funnel | None:
    span = subject.spans[-1]
    level = gathered.law.level(subject.office)
    tallies = {
        code: tally(one for one in gathered.items.get(code, []) if falls_in(one, span))
        for code, known in gathered.law.directory.offices.items()
        if known.level is level and gathered.law.scored(code)
    }
    found = charts.funnel(tallies, policy.marking.least_n)
    point = next((one for one in found.points if one.office == subject.office), None)
    if point is None or found.centre is None:
        return None
    others = tuple((one.tally.n, one.share) for one in found.points if one.share is not None)
    return Funnel(
        position=point.position,
        centre=Figure(round(found.centre * 1000), source=SNAPSHOT),
        low_2=None if point.limits is None else Figure(round(point.limits.low_2 * 1000), source=SNAPSHOT),
        low_3=None if point.limits is None else Figure(round(point.limits.low_3 * 1000), source=SNAPSHOT),
        curve=tuple(Limit(one.n, one.low_3, one.low_2, one.high_2, one.high_3) for one in found.curve),
        others=others,
    )


def _capacity(gathered: Gathered, office: str, figures: OfficeFigures) -> Capacity:
    known = gathered.law.directory.offices[office]
    source = f"directory:{gathered.law.directory.edition}"
    people = known.population
    n = figures.latest.tally.n + figures.latest.tally.excluded
    events = [decided_by(one) for one in figures.latest.items]
    return Capacity(
        population=None if not people else Figure(people, source=source),
        per_thousand=None if not people else figure(n * 100_000 // people, events),
        holders=gathered.holders(office),
    )
