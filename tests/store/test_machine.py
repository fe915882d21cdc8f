"""Whatever comes in whatever order, the file's state is the fold of what it knows: the store against a model."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartcity_desk.domain import ids
from smartcity_desk.domain.clock import clock, due_at
from smartcity_desk.domain.custody import origin_of, segments
from smartcity_desk.domain.decide import decide
from smartcity_desk.domain.decision import Accepted, Action, Refused
from smartcity_desk.domain.events import (
    Actor,
    CategorySet,
    ClaimReleased,
    ClaimTaken,
    CompletionAnswered,
    CompletionClaimed,
    Delivered,
    Event,
    EventKind,
    IncidentChanged,
    NoteAdded,
    PauseCode,
    Paused,
    Payload,
    PlaceSet,
    RejectCode,
    Reopened,
    ReportRejected,
    Responded,
    Resumed,
    RoutingReturned,
    RoutingSent,
)
from smartcity_desk.domain.fold import fold
from smartcity_desk.domain.incident import Tie, member, tie
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.office import UPT
from smartcity_desk.domain.policy import DueBand, band
from smartcity_desk.domain.query import Filter
from smartcity_desk.domain.report import OPEN_STATUSES, Report, Status
from smartcity_desk.domain.state import ReportState, initial
from smartcity_desk.domain.times import DAY, MINUTE
from smartcity_desk.store import OpResult, OpState, Store, with_base
from tests.domain.builders import BUDI, DIRECTORY, LURAH, MENTENG, POLICY, SITI, SUDIN, T0, TEBET, payloads
from tests.store.helpers import HOUR, Central, counter, made, put, traffic

UNIVERSE = [made(1), made(2), made(3, category="tree"), traffic(4)]
ONE, OTHER = ids.event_id("one"), ids.event_id("other")
Request = tuple[EventKind, Payload]
K = EventKind
SENSIBLE: list[Request] = [
    (K.CATEGORY_SET, CategorySet("flood")),
    (K.CATEGORY_SET, CategorySet("power")),
    (K.PLACE_SET, PlaceSet(TEBET)),
    (K.NOTE_ADDED, NoteAdded("catatan")),
    (K.ROUTING_SENT, RoutingSent(TEBET, "wilayahnya")),
    (K.ROUTING_SENT, RoutingSent(MENTENG, "wilayahnya")),
    (K.ROUTING_SENT, RoutingSent(UPT, "ditarik kembali")),
    (K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM)),
    (K.REPORT_REOPENED, Reopened("ternyata belum")),
    (K.CLOCK_PAUSED, Paused(PauseCode.WAITING_REPORTER, "menunggu alamat", T0 + 9 * DAY)),
    (K.CLOCK_RESUMED, Resumed("sudah dijawab")),
    (K.COMPLETION_ACCEPTED, CompletionAnswered("sudah dilihat")),
    (K.COMPLETION_REFUSED, CompletionAnswered("masih tergenang")),
    (K.CLAIM_TAKEN, ClaimTaken("siti", T0 + HOUR + 9 * MINUTE)),
    (K.CLAIM_RELEASED, ClaimReleased("siti")),
    (K.INCIDENT_JOINED, IncidentChanged(ONE, "mirip")),
    (K.INCIDENT_JOINED, IncidentChanged(ONE)),
    (K.INCIDENT_JOINED, IncidentChanged(OTHER)),
    (K.INCIDENT_SEPARATED, IncidentChanged(ONE)),
]
OTHERS: list[tuple[Actor, EventKind, Payload]] = [
    (BUDI, K.CATEGORY_SET, CategorySet("tree")),
    (BUDI, K.ROUTING_SENT, RoutingSent(TEBET, "wilayahnya")),
    (BUDI, K.REPORT_REJECTED, ReportRejected(RejectCode.DUPLICATE)),
    (BUDI, K.INCIDENT_JOINED, IncidentChanged(OTHER)),
    (BUDI, K.INCIDENT_SEPARATED, IncidentChanged(ONE)),
    (LURAH, K.REPORT_DELIVERED, Delivered(TEBET)),
    (LURAH, K.REPORT_RESPONDED, Responded(TEBET, "petugas sudah menuju ke lokasi")),
    (LURAH, K.ROUTING_RETURNED, RoutingReturned(TEBET, "bukan wewenang kami", SUDIN)),
    (LURAH, K.COMPLETION_CLAIMED, CompletionClaimed(TEBET, "sudah selesai")),
]
anything = st.sampled_from([kind for kind, _ in SENSIBLE]).flatmap(
    lambda kind: st.tuples(st.just(kind), payloads(kind))
)
requests = st.one_of(
    st.sampled_from(SENSIBLE), st.sampled_from(SENSIBLE), st.sampled_from(SENSIBLE), anything
)


@dataclass
class ModelOp:
    id: str
    report: str
    events: tuple[Event, ...]
    order: int
    state: OpState = OpState.QUEUED
    sent: bool = False


class Model:
    """What the store should hold, in plain values."""

    def __init__(self) -> None:
        self.reports: dict[str, Report] = {}
        self.confirmed: dict[str, Event] = {}
        self.ops: dict[str, ModelOp] = {}

    def take(self, given: Report) -> None:
        known = self.reports.get(given.id)
        if known is None or known.changed_at is None or (given.changed_at or 0) >= known.changed_at:
            self.reports[given.id] = given

    def live(self, report_id: str) -> list[ModelOp]:
        return [
            op
            for op in sorted(self.ops.values(), key=lambda op: op.order)
            if op.report == report_id and op.state in (OpState.QUEUED, OpState.SENDING)
        ]

    def state(self, report_id: str) -> ReportState:
        return fold(initial(self.reports[report_id]), self.events(report_id))

    def tie(self, report_id: str) -> Tie | None:
        """How a report stands, worked out from nothing but the folds."""
        mine = self.state(report_id).incident
        states = {name: self.state(name) for name in self.reports}
        together = [
            found
            for name, state in states.items()
            if state.incident is not None and mine is not None and state.incident.incident == mine.incident
            if (found := member(name, self.reports[name].reported_at, state)) is not None
        ]
        return tie(together, report_id)

    def due(self, report_id: str, law: Law) -> int | None:
        found = self.tie(report_id)
        if found is not None and found.follows:
            return None
        held = segments(origin_of(self.reports[report_id]), self.events(report_id))
        return due_at(held[-1], clock(held[-1], law)) if held else None

    def events(self, report_id: str) -> list[Event]:
        pending = [
            replace(event, order=op.order * 100 + index)
            for op in self.live(report_id)
            for index, event in enumerate(op.events)
        ]
        known = [event for event in self.confirmed.values() if event.subject == report_id]
        return [*known, *pending]

    def confirm(self, events: list[Event]) -> None:
        for event in events:
            self.confirmed.setdefault(event.id, event)
            op = self.ops.get(event.action or "")
            if op is not None:
                op.state = OpState.CONFIRMED


class Run:
    """A store and its model, and everything that can happen to both."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "d.sqlite3"
        self.store = Store.open(self.path, now=T0, policy=POLICY)
        self.store.set_directory(DIRECTORY, None, T0)
        self.model = Model()
        self.central = Central()
        self.central.know(UNIVERSE)
        self.random = counter()
        self.now = T0 + HOUR
        self.order = 0
        self.read_to = 0
        self.ingest(UNIVERSE[:2], None, Status.NEW)
        self.on_their_way: list[Action] = []

    def end(self) -> None:
        assert all(row.ok for row in self.store.self_check()), self.store.self_check()
        self.store.close()

    def ingest(self, which: list[Report], version: int | None, status: Status) -> None:
        changed = None if version is None else T0 + version
        text = f"versi {version}"
        page = [replace(one, changed_at=changed, text=text, source_status=status) for one in which]
        for item in page:
            self.model.take(item)
        put(self.store, *page, now=self.now)

    def snapshot(self, present: frozenset[str]) -> None:
        self.store.ingest("waze", [], checkpoint=None, now=self.now, snapshot_ids=present)
        known = self.model.reports.get(UNIVERSE[3].id)
        if known is not None and not present and known.source_status is Status.NEW:
            self.model.reports[known.id] = replace(known, source_status=Status.ENDED)

    def act(self, request: Request, which: list[Report], fill: bool) -> None:
        kind, payload = request
        self.now += 1000
        result = self.store.act(
            kind,
            payload,
            [one.id for one in which],
            actor=SITI,
            now=self.now,
            randomness=self.random,
            fill_base=fill,
        )
        done = {row.report_id: row for row in result.done}
        refused = dict(result.refused)
        for asked in which:
            if asked.id not in self.model.reports:
                assert asked.id in refused
                continue
            before = self.model.state(asked.id)
            based = with_base(kind, payload, before) if fill else payload
            verdict = decide(before, Action("probe", asked.id, kind, based, SITI, self.now), DIRECTORY)
            if kind is K.COMPLETION_ACCEPTED and len(which) > 1 and isinstance(verdict, Accepted):
                verdict = Refused("look_needed")  # nobody has examined anything here
            if not isinstance(verdict, Accepted):
                assert refused[asked.id] == verdict
                continue
            row = done[asked.id]
            self.order += 1
            events = tuple(
                replace(event, id=ids.event_id(row.id, n), action=row.id)
                for n, event in enumerate(verdict.events)
            )
            self.model.ops[row.id] = ModelOp(row.id, asked.id, events, self.order)

    def undo(self, back: frozenset[int]) -> None:
        newest_first = sorted(self.model.ops.values(), key=lambda op: -op.order)
        chosen = [op.id for n, op in enumerate(newest_first) if n in back]
        withdrawn = {row.id for row in self.store.undo(chosen, self.now)}
        for op_id in sorted(chosen, key=lambda one: -self.model.ops[one].order):
            op = self.model.ops[op_id]
            free = op.state is OpState.QUEUED and not op.sent
            last = all(later.order <= op.order for later in self.model.live(op.report))
            assert (op_id in withdrawn) == (free and last)
            if op_id in withdrawn:
                op.state = OpState.WITHDRAWN

    def send(self, limit: int) -> None:
        actions = self.store.central.next_ops(limit, self.now)
        assert len({action.report for action in actions}) == len(actions)
        for action in actions:
            op = self.model.ops[action.id]
            assert self.model.live(op.report)[0] is op
            assert op.state is OpState.QUEUED
            op.state, op.sent = OpState.SENDING, True
        self.on_their_way.extend(actions)

    def answer(self, fate: str) -> None:
        if not self.on_their_way:
            return
        action = self.on_their_way.pop(0)
        result = OpResult(action.id, "unknown", costs_attempt=False)
        if fate != "lost on the way":
            answered = self.central.ask(action)
            if fate == "twice" and answered.outcome == "accepted":
                answered = self.central.ask(action)
                assert answered.outcome == "duplicate"
            if fate != "answer lost":
                result = answered
        self.store.central.settle([result], self.now)
        op = self.model.ops[action.id]
        if op.state is OpState.CONFIRMED:
            return
        if result.events:
            self.model.confirm(list(result.events))
        elif result.outcome == "conflict":
            op.state = OpState.CONFLICT
        elif result.outcome == "rejected":
            op.state = OpState.REJECTED
        else:
            op.state = OpState.QUEUED

    def crash(self) -> None:
        self.store.close()
        self.store = Store.open(self.path, now=self.now, policy=POLICY)
        self.store.central.recover_sending(self.now)
        self.on_their_way.clear()
        for op in self.model.ops.values():
            if op.state is OpState.SENDING:
                op.state = OpState.QUEUED

    def somebody_else_acts(self, request: tuple[Actor, EventKind, Payload], which: Report) -> None:
        self.now += 1000
        who, kind, payload = request
        based = with_base(kind, payload, self.central.states[which.id])
        identity = ids.time_ordered_id(self.now, self.random(10))
        self.central.ask(Action(identity, which.id, kind, based, who, self.now))

    def pull(self, limit: int, again: bool) -> None:
        start = max(0, self.read_to - 2) if again else self.read_to
        page = self.central.events[start : start + limit]
        if page:
            cursor = page[-1].seq or 0
            self.store.central.apply_events(page, cursor=cursor, now=self.now)
            self.model.confirm(page)
            self.read_to = max(self.read_to, cursor)
        assert self.store.central.cursor().event_seq == self.read_to

    def check(self) -> None:
        rows = {row.id: row for row in self.store.page_first(Filter(), now=self.now)}
        assert set(rows) == set(self.model.reports)
        for report_id, facts in self.model.reports.items():
            expected = self.model.state(report_id)
            detail = self.store.report(report_id)
            assert detail is not None
            assert detail.state == expected
            assert detail.report.text == facts.text
            assert detail.due_at == self.model.due(report_id, self.store.law())
            row = rows[report_id]
            stands = self.model.tie(report_id)
            assert detail.tie == stands
            follows = stands is not None and stands.follows
            assert row.lead == (rows[stands.lead].pk if stands is not None and follows else None)
            assert row.members == (0 if stands is None or follows else stands.others)
            assert (row.status, row.category, row.place, row.office, row.due_at) == (
                expected.status,
                expected.category,
                expected.place,
                expected.office,
                detail.due_at,
            )
            assert (row.paused, row.return_pending, row.pending) == (
                expected.paused(self.now),
                expected.return_pending,
                expected.pending > 0,
            )
            waiting = [op for op in self.model.ops.values() if op.state is OpState.CONFLICT]
            assert row.conflict == (report_id in {op.report for op in waiting})
        assert {row.id: row.state for row in self.store.ops()} == {
            op.id: op.state for op in self.model.ops.values()
        }
        overdue = Filter(due=frozenset({DueBand.OVERDUE}))
        assert self.store.count(overdue, now=self.now) == sum(
            band(row.due_at, row.paused, self.now) is DueBand.OVERDUE for row in rows.values()
        )
        assert self.store.count(Filter(statuses=OPEN_STATUSES), now=self.now) == sum(
            row.status in OPEN_STATUSES for row in rows.values()
        )


some = st.lists(st.sampled_from(UNIVERSE), min_size=1, max_size=3, unique=True)
statuses = st.sampled_from([Status.NEW, Status.NEW, Status.DONE, Status.ENDED])
fates = st.sampled_from(["answered", "answered", "answered", "lost on the way", "answer lost", "twice"])
STEPS: dict[str, st.SearchStrategy[tuple[Any, ...]]] = {
    "ingest": st.tuples(some, st.none() | st.integers(0, 3), statuses),
    "snapshot": st.tuples(st.frozensets(st.just("4"))),
    "act": st.tuples(requests, some, st.sampled_from([True, True, True, False])),
    "undo": st.tuples(st.frozensets(st.integers(0, 4), max_size=3)),
    "send": st.tuples(st.integers(1, 4)),
    "answer": st.tuples(fates),
    "crash": st.just(()),
    "somebody_else_acts": st.tuples(st.sampled_from(OTHERS), st.sampled_from(UNIVERSE)),
    "pull": st.tuples(st.integers(1, 5), st.booleans()),
}
OFTEN = ["act", "act", "act", "send", "answer", "answer", "pull", "somebody_else_acts", *STEPS]
steps = st.sampled_from(OFTEN).flatmap(lambda name: st.tuples(st.just(name), STEPS[name]))


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, min_size=50, max_size=90))
def test_the_file_says_what_the_model_says(story: list[tuple[str, tuple[Any, ...]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder))
        try:
            for name, arguments in story:
                getattr(run, name)(*arguments)
                run.check()
        finally:
            run.end()
