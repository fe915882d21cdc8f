"""The seeded city under the rule: it finds who does not answer, spares the rest, and every mark in it was lawful."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import replace

import pytest

from smartcity_desk.calendars import load_calendars
from smartcity_desk.directory import load_policy
from smartcity_desk.domain.agreement import agreement
from smartcity_desk.domain.calamity import fold_calamity
from smartcity_desk.domain.clock import clock
from smartcity_desk.domain.custody import Segment, Stay, origin_of, walk
from smartcity_desk.domain.decision import Accepted, Action
from smartcity_desk.domain.events import (
    AttachmentAdded,
    CompletionClaimed,
    Event,
    EventKind,
    ListPrinted,
    MarkRaised,
    ObjectionFiled,
    PauseCode,
    RoutingSent,
    SecondReview,
)
from smartcity_desk.domain.fairness import Finding
from smartcity_desk.domain.figures import CityFigures, city_figures, office_figures
from smartcity_desk.domain.items import Item, Objected, items
from smartcity_desk.domain.ladder import boxes_of, due_now, proposals
from smartcity_desk.domain.law import Exemption, Law
from smartcity_desk.domain.marks import (
    MarkState,
    MarkStep,
    Standing,
    contested,
    exclusions,
    fold_mark,
    standing,
    step,
)
from smartcity_desk.domain.office import Directory, OfficeLevel
from smartcity_desk.domain.outward import fold_inbox
from smartcity_desk.domain.policies import fold_policy
from smartcity_desk.domain.policy import PolicyBook
from smartcity_desk.domain.raising import raised
from smartcity_desk.domain.report import Status
from smartcity_desk.domain.reviews import drawn
from smartcity_desk.domain.subjects import (
    Context,
    State,
    Subject,
    decide_subject,
    fold_subject,
    subject_of,
)
from smartcity_desk.domain.times import DAY, HOUR
from smartcity_desk.evidence.gathering import digest
from smartcity_desk.training import marking
from smartcity_desk.training.channels import as_report
from smartcity_desk.training.history import History, generate
from smartcity_desk.training.illustrating import MOST
from smartcity_desk.training.proofs import Proof
from smartcity_desk.training.steps import Steps
from smartcity_desk.training.traits import Traits
from tests.training.conftest import NOW, SEED

K = EventKind


class Seen:
    """The full past as a desk sees it at an instant."""

    def __init__(self, history: History, directory: Directory, until: int = NOW) -> None:
        self.subjects: dict[str, list[Event]] = defaultdict(list)
        for event in history.events:
            if event.at <= until:
                self.subjects[event.subject].append(event)
        self.marks = {
            name: fold_mark(events) for name, events in self.subjects.items() if of(events) is Subject.MARK
        }
        self.law = Law(PolicyBook([load_policy()]), load_calendars(), directory, self.stops())
        self.until = until
        self.history = history
        self.directory = directory

    def stops(self) -> list[Exemption]:
        folds = (fold_calamity(events) for events in self.subjects.values() if of(events) is Subject.CALAMITY)
        return [stop for fold in folds if (stop := fold.exemption()) is not None]

    def segments(self, office: str = "") -> list[Segment]:
        """Every segment, or those of one office."""
        return [
            segment
            for case in self.history.cases
            if not office or any(holds(event, office) for event in self.subjects.get(case.id, []))
            for segment in walk(
                origin_of(as_report(case.record, self.directory)), self.subjects.get(case.id, [])
            )
        ]

    def items(self, segments: list[Segment]) -> list[Item]:
        out: dict[str, object] = {}
        held: frozenset[str] = frozenset()
        for mark in self.marks.values():
            out |= exclusions(mark, self.law, self.until)
            held |= contested(mark, self.law, self.until)
        return items(segments, self.law, self.until, Objected(out, held))  # type: ignore[arg-type]


def holds(event: Event, office: str) -> bool:
    return isinstance(event.payload, RoutingSent) and event.payload.office == office


def of(events: list[Event]) -> Subject:
    return subject_of(events[0].kind)


@pytest.fixture(scope="module")
def seen(full: History, directory: Directory) -> Seen:
    return Seen(full, directory)


@pytest.fixture(scope="module")
def held(seen: Seen) -> list[Segment]:
    return seen.segments()


@pytest.fixture(scope="module")
def city(seen: Seen, held: list[Segment]) -> CityFigures:
    return city_figures(seen.items(held), seen.law, NOW)


# ---------------------------------------------------------------- what the rule says


def test_the_rule_finds_who_does_not_answer_and_no_good_kelurahan(
    city: CityFigures, traits: Traits, directory: Directory
) -> None:
    candidates = {office for office, one in city.offices.items() if one.verdict.finding is Finding.CANDIDATE}
    wrong = {
        office
        for office in candidates - traits.unresponsive
        if directory.offices[office].level is OfficeLevel.KELURAHAN
    }
    assert len(candidates & traits.unresponsive) >= 4
    assert len(wrong) <= 1
    assert candidates.isdisjoint(traits.hurt_by_misrouting)
    assert candidates.isdisjoint(traits.fast_but_empty)


def test_fast_but_empty_offices_are_on_time_and_low_in_quality(city: CityFigures, traits: Traits) -> None:
    def quality(office: str) -> float:
        parts = city.offices[office].windows
        refused = sum(part.refused for part in parts)
        return 1 - refused / (refused + sum(part.verified for part in parts))

    assert all(quality(office) < 0.75 for office in traits.fast_but_empty)
    others = [
        quality(office)
        for office, one in city.offices.items()
        if office not in traits.fast_but_empty and sum(p.refused + p.verified for p in one.windows) >= 40
    ]
    assert min(others) > 0.78
    for office in traits.fast_but_empty:
        total = [part.tally for part in city.offices[office].windows]
        assert sum(one.on_time for one in total) > 0.85 * sum(one.n for one in total)


def test_what_was_declared_moves_clocks(seen: Seen, held: list[Segment]) -> None:
    plain = Law(seen.law.book, seen.law.calendars, seen.law.directory)
    moved: Counter[PauseCode] = Counter()
    for segment in held:
        if segment.stay is Stay.HOLD and segment.office != "UPT":
            found = clock(segment, seen.law)
            if found.due_at != clock(segment, plain).due_at:
                moved.update({stop.code for stop in found.stops if stop.declared})
    assert moved[PauseCode.CALAMITY] > 20
    assert moved[PauseCode.OUTAGE] > 50
    (outage,) = (stop for stop in seen.law.exemptions if stop.code is PauseCode.OUTAGE)
    assert outage.until - outage.since == 26 * HOUR


def test_second_reviews_are_drawn_and_mostly_agree(full: History) -> None:
    answers = {
        event.id: event
        for event in full.events
        if event.kind in (K.COMPLETION_ACCEPTED, K.COMPLETION_REFUSED)
    }
    pairs = []
    for event in full.events:
        if isinstance(event.payload, SecondReview):
            first = answers[event.payload.event]
            assert drawn(first.id, 5)
            assert event.actor.user in ("dewi", "dian")
            pairs.append((str(first.kind is K.COMPLETION_ACCEPTED), str(event.payload.accept)))
    assert len(pairs) == pytest.approx(0.05 * len(answers), rel=0.15)
    found = agreement(pairs)
    assert found.kappa is not None
    assert 0.6 < found.kappa < 0.9


# ---------------------------------------------------------------- marks


def test_every_step_beside_the_reports_was_lawful(full: History, directory: Directory) -> None:
    book, calendars = PolicyBook([load_policy()]), load_calendars()
    law = Law(book, calendars, directory)
    stops: dict[str, Exemption | None] = {}
    logs: dict[str, list[Event]] = defaultdict(list)
    kinds: dict[str, Subject] = {}

    def state(name: str) -> State:
        return fold_subject(kinds[name], logs[name])

    def mark_of(name: str) -> MarkState | None:
        return fold_mark(logs[name]) if kinds.get(name) is Subject.MARK else None

    steps = 0
    for event in full.events:
        subject = subject_of(event.kind)
        if subject is Subject.REPORT:
            continue
        kinds.setdefault(event.subject, subject)
        assert event.action is not None
        action = Action(event.action, event.subject, event.kind, event.payload, event.actor, event.at)
        decision = decide_subject(state(event.subject), action, Context(law, mark_of))
        assert isinstance(decision, Accepted), (event, decision)
        assert decision.events == (event,)
        logs[event.subject].append(event)
        steps += 1
        if subject is Subject.CALAMITY:
            stops[event.subject] = fold_calamity(logs[event.subject]).exemption()
            law = Law(book, calendars, directory, [stop for stop in stops.values() if stop is not None])
    assert steps > 1000


def test_only_real_candidates_are_marked_by_ratna(
    full: History, directory: Directory, traits: Traits
) -> None:
    raisings = [event for event in full.events if isinstance(event.payload, MarkRaised)]
    assert {event.subject for event in raisings} == set(full.truth.marked)
    assert len({event.payload.office for event in raisings}) == len(raisings)  # type: ignore[union-attr]
    for event in raisings:
        payload = event.payload
        assert isinstance(payload, MarkRaised)
        assert payload.office in traits.unresponsive
        assert event.actor.user == "ratna"
        assert payload.policy == load_policy().version
        assert payload.windows[0].since >= NOW - 89 * DAY
        then = Seen(full, directory, event.at)
        own = [one for one in then.segments(payload.office) if one.office == payload.office]
        figures = office_figures(payload.office, items(own, then.law, event.at), then.law, event.at)
        assert figures.verdict.finding is Finding.CANDIDATE
        again = raised(figures, load_policy().version, digest)
        assert replace(again, windows=(), evidence="") == replace(payload, windows=(), evidence="")
        for mine, told in zip(again.windows, payload.windows, strict=True):
            assert mine.span == told.span
            assert (set(mine.on_time), set(mine.late)) == (set(told.on_time), set(told.late))


def test_marks_stand_in_every_state_that_a_trainee_should_meet(full: History, seen: Seen) -> None:
    stories = {story: seen.marks[name] for name, story in full.truth.marked.items()}
    assert {"objected", "rejected", "candidate", "withdrawn", "partly"} <= set(stories)
    expected = {
        "objected": MarkStep.OBJECTED,
        "rejected": MarkStep.PROPOSED,
        "candidate": MarkStep.CANDIDATE,
        "withdrawn": MarkStep.WITHDRAWN,
        "partly": MarkStep.ELIGIBLE,
        "accepted": MarkStep.ELIGIBLE,
        "notified": MarkStep.NOTIFIED,
        "eligible": MarkStep.ELIGIBLE,
        "proposed": MarkStep.PROPOSED,
    }
    for story, mark in stories.items():
        assert step(mark, seen.law, NOW) is expected[story], story
    standings = {
        "objected": Standing.OPEN,
        "rejected": Standing.REJECTED,
        "withdrawn": Standing.ACCEPTED,
        "partly": Standing.PARTLY,
    }
    for story, where in standings.items():
        (one,) = stories[story].objections
        assert standing(stories[story], one, seen.law, NOW) is where
    assert stories["rejected"].objections[0].letter
    assert stories["partly"].extended_at is not None
    assert stories["partly"].objections[0].code is None
    printed = [event.payload for event in full.events if isinstance(event.payload, ListPrinted)]
    assert len(printed) == 1
    assert {full.truth.marked[name] for name in printed[0].marks} <= {"rejected", "proposed"}
    assert stories["rejected"].list_number == printed[0].number
    assert "notified" not in stories or [
        entry.kind for entry in full.pending if entry.report not in {case.id for case in full.cases}
    ] == [K.MARK_SERVED, K.OBJECTION_FILED]


def test_little_is_left_to_be_told_at_the_first_start(seen: Seen, held: list[Segment]) -> None:
    boxes = boxes_of(fold_inbox(events) for events in seen.subjects.values() if of(events) is Subject.INBOX)
    unanswered = [one for one in seen.items(held) if one.segment.until is None]
    noon = NOW // DAY * DAY + 5 * HOUR
    due = due_now(unanswered, seen.law, boxes, noon)
    assert sum(len(digest.keys) for digest in due) < 60
    assert len(boxes) > 250
    waiting = proposals(unanswered, seen.law, boxes, noon)
    assert 0 < sum(len(digest.keys) for digest in waiting) < 1500


def test_a_policy_waits_for_a_second_person(full: History) -> None:
    (name,) = {event.subject for event in full.events if subject_of(event.kind) is Subject.POLICY}
    found = fold_policy(event for event in full.events if event.subject == name)
    assert found.proposed_by == "ratna"
    assert found.in_force() is None
    assert found.policy is not None
    assert found.policy.effective_from > NOW + 7 * DAY


@pytest.mark.parametrize("hours", [7, 31, 55, 79, 151])
def test_at_any_hour_and_day_of_the_week_the_stories_are_told_to_their_end(
    full: History, directory: Directory, traits: Traits, hours: int
) -> None:
    end = NOW - hours * HOUR
    steps = Steps(SEED, end, directory)
    events = [event for event in full.events if event.at < end]
    told = marking.mark(SEED, steps, events, full.cases, traits, 90 - hours // 24 - 1).told
    expected = {"objected": 4, "rejected": 7, "candidate": 1, "withdrawn": 7, "partly": 7, "accepted": 6}
    taken = Counter(told[event.subject] for event in steps.events if event.subject in told)
    assert {"objected", "rejected", "candidate"} <= set(taken)
    for story, count in expected.items():
        assert taken[story] in (0, count), story
    assert all(event.at < end for event in steps.events)
    assert all(entry.at > end for entry in steps.pending)


def test_a_short_past_has_no_marks(directory: Directory, traits: Traits) -> None:
    past = generate(SEED, NOW, directory, traits, days=20, scale=0.02)
    assert past.truth.marked == {}
    kinds = Counter(event.kind for event in past.events)
    assert kinds[K.POLICY_PROPOSED] == 1
    assert kinds[K.CALAMITY_DECLARED] == 1


# ---------------------------------------------------------------- pictures


def test_pictures_that_events_name_are_there_and_no_others(full: History) -> None:
    files = {hashlib.sha256(file.data).hexdigest(): file for file in full.files}
    named: dict[str, Event] = {}
    for event in full.events:
        payload = event.payload
        if isinstance(payload, CompletionClaimed | ObjectionFiled):
            named |= dict.fromkeys(payload.attachments, event)
        elif isinstance(payload, AttachmentAdded):
            assert payload.size == len(files[payload.sha256].data)
            assert event.actor.user == "system"
            named[payload.sha256] = event
    assert set(named) == set(files)
    for sha256, file in files.items():
        assert (file.actor, file.at) == (named[sha256].actor, named[sha256].at) or isinstance(
            named[sha256].payload, AttachmentAdded
        )
    assert len(files) < 700


def test_the_truth_says_what_backs_each_claim_that_waits(full: History, traits: Traits) -> None:
    events = {event.id: event for event in full.events}
    waiting = {case.record.number for case in full.cases if case.status is Status.AWAITING_VERIFICATION}
    shown = {one.event: one for one in full.truth.shown}
    assert len(shown) == len(full.truth.shown)
    last = {
        event.subject: event
        for event in full.events
        if isinstance(event.payload, CompletionClaimed) and event.at >= NOW - 14 * DAY
    }
    numbers = {case.id: case.record.number for case in full.cases}
    for subject, event in last.items():
        if numbers[subject] in waiting:
            assert event.id in shown
    special = traits.unresponsive | traits.fast_but_empty | traits.hurt_by_misrouting
    beside = [one for one in shown.values() if one.report not in waiting]
    assert {one.office for one in beside} <= special
    assert len(beside) <= MOST
    for one in shown.values():
        payload = events[one.event].payload
        assert isinstance(payload, CompletionClaimed)
        assert bool(payload.attachments) == (one.proof is not Proof.NONE)
        assert one.fake or one.proof in (Proof.HONEST, Proof.NONE)
        assert not one.fake or one.report in full.truth.fakes
    assert {one.proof for one in shown.values()} == set(Proof)
