"""Whatever several desks do in whatever order, with retries: no effect twice, all converge, nothing overwritten."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from smartcity_desk import codec
from smartcity_desk.central import actions, ledger, log_reader, reports, schema
from smartcity_desk.central.db import Database
from smartcity_desk.central.permissions import Principal
from smartcity_desk.domain.events import (
    CategorySet,
    ClaimReleased,
    ClaimTaken,
    CompletionAnswered,
    CompletionClaimed,
    EventKind,
    NoteAdded,
    Payload,
    RejectCode,
    Reopened,
    ReportRejected,
    Responded,
    Role,
    RoutingReturned,
    RoutingSent,
)
from smartcity_desk.domain.fold import fold
from smartcity_desk.domain.ids import time_ordered_id
from smartcity_desk.domain.state import ReportState, initial
from tests.central.conftest import NewDatabase
from tests.central.world import LAW, MENTENG, NOW, TEBET, report

K = EventKind
REPORTS = [report(number) for number in range(3)]
DESKS = [
    Principal("oki", "", Role.OPERATOR, None, ""),
    Principal("oni", "", Role.OPERATOR, None, ""),
    Principal("susi", "", Role.SUPERVISOR, None, ""),
    Principal("lurah", "", Role.OFFICIAL, TEBET, ""),
]
OFFERED = [
    K.CATEGORY_SET,
    K.ROUTING_SENT,
    K.ROUTING_RETURNED,
    K.NOTE_ADDED,
    K.REPORT_REJECTED,
    K.REPORT_REOPENED,
    K.REPORT_RESPONDED,
    K.COMPLETION_CLAIMED,
    K.COMPLETION_ACCEPTED,
    K.CLAIM_TAKEN,
    K.CLAIM_RELEASED,
]
GUARDED = {K.CATEGORY_SET: "category", K.ROUTING_SENT: "office"}


def payload(kind: EventKind, desk: Principal, seen: ReportState, now: int, pick: int) -> Payload:
    """What a person would ask for who sees `seen` on his screen."""
    office = (TEBET, MENTENG)[pick % 2]
    made: dict[EventKind, Payload] = {
        K.CATEGORY_SET: CategorySet(("flood", "road")[pick % 2], seen.category),
        K.ROUTING_SENT: RoutingSent(office, "wilayahnya", seen.office),
        K.ROUTING_RETURNED: RoutingReturned(TEBET, "bukan wewenang"),
        K.NOTE_ADDED: NoteAdded(f"catatan {pick}"),
        K.REPORT_REJECTED: ReportRejected(RejectCode.SPAM, "", seen.status),
        K.REPORT_REOPENED: Reopened("masih ada", seen.status),
        K.REPORT_RESPONDED: Responded(TEBET, "Tim kami sudah bekerja di lokasi."),
        K.COMPLETION_CLAIMED: CompletionClaimed(TEBET, "selesai"),
        K.COMPLETION_ACCEPTED: CompletionAnswered("bagus", seen.status),
        K.CLAIM_TAKEN: ClaimTaken(desk.user, now + 600_000),
        K.CLAIM_RELEASED: ClaimReleased(desk.user),
    }
    return made[kind]


class Desks(RuleBasedStateMachine):
    """Each desk has its own copy of the log up to a cursor, and an outbox whose answers may get lost."""

    url: str = ""

    @initialize()
    def begin(self) -> None:
        self.db = Database(self.url, durable=False, create=True)
        self._empty()
        body = [codec.report_to_wire(one) for one in REPORTS]
        self.db.write_now(lambda connection: reports.push(connection, body, user="oki", now=NOW))
        self.now = NOW
        self.made = 0
        self.logs: list[list[Any]] = [[] for _ in DESKS]
        self.outbox: list[list[dict[str, Any]]] = [[] for _ in DESKS]
        self.sent: list[tuple[int, dict[str, Any]]] = []
        self.first_answers: dict[str, dict[str, Any]] = {}

    def _empty(self) -> None:
        """One database serves every run: emptying it is ten times quicker than making it."""

        def work(connection: Any) -> None:
            if not self.db.sqlite:
                connection.exec_driver_sql("ALTER TABLE event DISABLE TRIGGER event_append_only")
            else:
                connection.exec_driver_sql("DROP TRIGGER IF EXISTS event_no_delete")
            for table in (schema.event_log, schema.action, schema.custody, schema.report):
                connection.execute(table.delete())
            connection.execute(schema.head.update().values(seq=0, hash="0" * 64, at=0))
            if not self.db.sqlite:
                connection.exec_driver_sql("ALTER TABLE event ENABLE TRIGGER event_append_only")

        self.db.write_now(work)

    def teardown(self) -> None:
        if hasattr(self, "db"):
            self.db.close()

    def _seen(self, desk: int, number: int) -> ReportState:
        one = REPORTS[number]
        return fold(initial(one), [event for event in self.logs[desk] if event.subject == one.id])

    def _perform(self, desk: int, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        outcomes = self.db.write_now(
            lambda connection: actions.perform(connection, DESKS[desk], items, LAW, now=self.now)
        )
        return [codec.decode(codec.encode(outcome.wire()), dict, key="result") for outcome in outcomes]

    @rule(
        desk=st.integers(0, len(DESKS) - 1),
        number=st.integers(0, len(REPORTS) - 1),
        kind=st.sampled_from(OFFERED),
        pick=st.integers(0, 3),
    )
    def somebody_acts(self, desk: int, number: int, kind: EventKind, pick: int) -> None:
        self.made += 1
        self.now += 1000
        asked = payload(kind, DESKS[desk], self._seen(desk, number), self.now, pick)
        self.outbox[desk].append(
            {
                "id": time_ordered_id(self.now, self.made.to_bytes(10, "big")),
                "report": REPORTS[number].id,
                "kind": kind.value,
                "at": self.now,
                "payload": codec.builtins(asked),
            }
        )

    @rule(desk=st.integers(0, len(DESKS) - 1), lost=st.booleans(), most=st.integers(1, 5))
    def a_desk_pushes(self, desk: int, lost: bool, most: int) -> None:
        batch = self.outbox[desk][:most]
        if not batch:
            return
        answers = self._perform(desk, batch)
        self.sent += [(desk, item) for item in batch]
        for answer in answers:
            self._note(answer)
        if not lost:
            del self.outbox[desk][:most]

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 1000))
    def an_old_request_comes_again(self, which: int) -> None:
        desk, item = self.sent[which % len(self.sent)]
        before = self.db.read_now(ledger.head).seq
        known = self.first_answers[item["id"]]
        (answer,) = self._perform(desk, [item])
        self._note(answer)
        if known.get("code") != "unknown_report":
            assert self.db.read_now(ledger.head).seq == before

    def _note(self, answer: dict[str, Any]) -> None:
        known = self.first_answers.get(answer["id"])
        if known is None or known.get("code") == "unknown_report":
            self.first_answers[answer["id"]] = answer
            return
        expected = "duplicate" if known["outcome"] in {"accepted", "duplicate"} else known["outcome"]
        assert {**answer, "outcome": ""} == {**known, "outcome": ""}
        assert answer["outcome"] == expected

    @rule(desk=st.integers(0, len(DESKS) - 1), most=st.integers(1, 4))
    def a_desk_pulls(self, desk: int, most: int) -> None:
        after = self.logs[desk][-1].seq if self.logs[desk] else 0
        page = self.db.read_now(lambda connection: log_reader.page(connection, after, most))
        self.logs[desk] += [
            codec.event_from_wire(codec.decode(bytes(body), dict, key="e")) for body in page.bodies
        ]

    @invariant()
    def the_log_holds_each_accepted_action_once_and_nothing_was_overwritten_unseen(self) -> None:
        if not hasattr(self, "db"):
            return
        page = self.db.read_now(lambda connection: log_reader.page(connection, 0, 10_000))
        events = [codec.event_from_wire(codec.decode(bytes(body), dict, key="e")) for body in page.bodies]
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert len({event.id for event in events}) == len(events)
        accepted = {
            name for name, one in self.first_answers.items() if one["outcome"] in {"accepted", "duplicate"}
        }
        assert {event.action for event in events} == accepted
        states = {one.id: initial(one) for one in REPORTS}
        before: str | None = None
        for event in events:
            field = GUARDED.get(event.kind)
            if field is not None:
                there = getattr(states[event.subject], field)
                wanted = getattr(event.payload, field)
                # Either it was based on what is there, or it changes nothing, or it answers a hand-back.
                given_back = event.action == before and there is None
                assert getattr(event.payload, "base", None) == there or wanted == there or given_back
            states[event.subject] = fold(states[event.subject], [event])
            before = event.action
        self._projections_are_the_fold(states)

    def _projections_are_the_fold(self, states: dict[str, ReportState]) -> None:
        table = schema.report
        rows = self.db.read_now(
            lambda connection: connection.execute(
                table.select().with_only_columns(table.c.id, table.c.office, table.c.status)
            ).all()
        )
        assert {row.id: (row.office, row.status) for row in rows} == {
            key: (state.office, state.status.value) for key, state in states.items()
        }

    @precondition(lambda self: hasattr(self, "db"))
    @rule()
    def all_desks_catch_up_and_agree(self) -> None:
        for desk in range(len(DESKS)):
            while self.outbox[desk]:
                self.a_desk_pushes(desk, False, 5)
        for desk in range(len(DESKS)):
            self.a_desk_pulls(desk, 10_000)
        for number in range(len(REPORTS)):
            assert len({self._seen(desk, number) for desk in range(len(DESKS))}) == 1


def test_any_schedule_of_desks(new_database: NewDatabase) -> None:
    url = new_database(False)
    machine = type("Machine", (Desks,), {"url": url})
    few = url.startswith("postgres")
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15 if few else 30,
            stateful_step_count=30,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
