"""One mark on one office: its people, its days, and a way into each of its states.

The days are those of November 2026; Tuesday the 24th is a holiday here, whatever the real calendar says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from smartcity_desk.domain import ids
from smartcity_desk.domain.calendar import Calendars, DayEntry, DayKind
from smartcity_desk.domain.decision import Accepted, Action, Contradicted, Decision
from smartcity_desk.domain.events import (
    Actor,
    Event,
    EventKind,
    ExclusionCode,
    MarkDecided,
    MarkNotified,
    MarkProposed,
    MarkRaised,
    MarkStepped,
    ObjectionDecided,
    ObjectionExtended,
    ObjectionFiled,
    ObjectionOutcome,
    ObjectionTaken,
    Payload,
    Role,
)
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.marks import MarkState, fold_mark
from smartcity_desk.domain.policy import PolicyBook
from smartcity_desk.domain.subjects import Context, decide_subject
from smartcity_desk.domain.times import DAY, JAKARTA, from_datetime
from tests.domain.builders import DIRECTORY, MENTENG, POLICY, TEBET
from tests.domain.marked import counted

K = EventKind


def wib(text: str) -> int:
    """ms UTC of a wall-clock time in Jakarta: `11-20 10:00` of 2026."""
    return from_datetime(datetime.fromisoformat(f"2026-{text}").replace(tzinfo=JAKARTA))


HOLIDAY = DayEntry(date(2026, 11, 24).toordinal(), DayKind.HOLIDAY, "Libur uji")
CALENDARS = Calendars.of([HOLIDAY])
LAW = Law(PolicyBook([POLICY]), CALENDARS, DIRECTORY)

WINDOW_END = wib("11-16 00:00")
WINDOWS = ((WINDOW_END - 56 * DAY, WINDOW_END - 28 * DAY), (WINDOW_END - 28 * DAY, WINDOW_END))
MARK = ids.mark_id(TEBET, WINDOW_END)
SEGMENTS = ("s1", "s2", "s3", "s4")
HASH = "ab" * 32

RAISED_AT = wib("11-16 09:00")  # Monday
NOTIFIED_AT = wib("11-20 10:00")  # Friday
SERVED_AT = wib("11-20 15:00")
CLOSES_AT = wib("11-27 00:00")  # served on Friday: Monday, no Tuesday, Wednesday, Thursday at 24.00
FILED_AT = wib("11-23 11:00")  # Monday
REVIEW_DUE = wib("11-27 00:00")  # Wednesday and Thursday
LATER = wib("12-07 09:00")

PEOPLE = {
    "viewer": Actor("vera", Role.VIEWER),
    "operator": Actor("ani", Role.OPERATOR),
    "marker": Actor("siti", Role.SUPERVISOR),
    "notifier": Actor("sri", Role.SUPERVISOR),
    "proposer": Actor("sinta", Role.SUPERVISOR),
    "supervisor": Actor("susi", Role.SUPERVISOR),
    "admin": Actor("ada", Role.ADMIN),
    "reviewer": Actor("rere", Role.REVIEWER),
    "disposer": Actor("rudi", Role.REVIEWER),  # routed one of the reports
    "clerk": Actor("rina", Role.REVIEWER),  # entered the letter of an objection
    "lurah": Actor("lurah.tebet", Role.OFFICIAL, TEBET),
    "stranger": Actor("lurah.menteng", Role.OFFICIAL, MENTENG),
    "system": Actor("central", Role.SYSTEM),
}

VERBS: dict[str, EventKind] = {
    "raise": K.MARK_RAISED,
    "notify": K.MARK_NOTIFIED,
    "serve": K.MARK_SERVED,
    "extend": K.OBJECTION_EXTENDED,
    "file": K.OBJECTION_FILED,
    "take": K.OBJECTION_TAKEN,
    "answer": K.OBJECTION_DECIDED,
    "propose": K.MARK_PROPOSED,
    "decide": K.MARK_DECIDED,
    "archive": K.MARK_ARCHIVED,
    "withdraw": K.MARK_WITHDRAWN,
}

RAISED = MarkRaised(TEBET, counted(WINDOWS, SEGMENTS), POLICY.version, ("rudi", "ani"), HASH, "")
REASON = "sesuai data jendela"


def filing(name: str = "o1", segments: tuple[str, ...] = ("s1", "s2"), **changes: Any) -> ObjectionFiled:
    base = ObjectionFiled(name, segments, "Bukan wewenang kami", ExclusionCode.MISROUTED, (HASH,), "12/TBT")
    return replace(base, **changes)


def answering(
    outcome: ObjectionOutcome = ObjectionOutcome.ACCEPTED,
    segments: tuple[str, ...] = ("s1", "s2"),
    **changes: Any,
) -> ObjectionDecided:
    base = ObjectionDecided("o1", outcome, segments, ExclusionCode.MISROUTED, "terbukti dari surat")
    return replace(base, **changes)


PAYLOADS: dict[str, Payload] = {
    "raise": RAISED,
    "notify": MarkNotified(HASH, ""),
    "serve": MarkStepped("tanda terima 7/2026"),
    "extend": ObjectionExtended("berkas belum lengkap"),
    "file": filing("o2", ("s3",)),
    "take": ObjectionTaken("o1"),
    "answer": answering(),
    "propose": MarkProposed(REASON, "1/2026"),
    "decide": MarkDecided("Dievaluasi oleh Biro Pemerintahan", REASON),
    "archive": MarkStepped(""),
    "withdraw": MarkStepped(REASON),
}
"""What each step says when there is nothing wrong with it."""


def said(decision: Decision) -> str:
    """A decision in a word: `ok`, `conflict`, or the code of the refusal."""
    if isinstance(decision, Accepted):
        return "ok"
    return "conflict" if isinstance(decision, Contradicted) else decision.code


@dataclass
class Case:
    """One mark's life under a law: what is asked, and what the rules said."""

    law: Law = LAW
    subject: str = MARK
    events: list[Event] = field(default_factory=list)
    state: MarkState = field(default_factory=MarkState)

    def copy(self) -> Case:
        return Case(self.law, self.subject, list(self.events), self.state)

    def action(
        self,
        verb: str,
        by: str | Actor,
        at: int,
        payload: Payload | None = None,
        *,
        number: int | None = None,
    ) -> Action:
        serial = len(self.events) + 1 if number is None else number
        actor = PEOPLE[by] if isinstance(by, str) else by
        name = ids.time_ordered_id(at, serial.to_bytes(10, "big"))
        return Action(name, self.subject, VERBS[verb], payload or PAYLOADS[verb], actor, at)

    def ask(self, verb: str, by: str | Actor, at: int, payload: Payload | None = None) -> Decision:
        return decide_subject(self.state, self.action(verb, by, at, payload), Context(self.law))

    def code(self, verb: str, by: str | Actor, at: int, payload: Payload | None = None) -> str:
        return said(self.ask(verb, by, at, payload))

    def do(self, verb: str, by: str | Actor, at: int, payload: Payload | None = None) -> Case:
        decision = self.ask(verb, by, at, payload)
        assert isinstance(decision, Accepted), (verb, by, decision)
        for event in decision.events:
            self.events.append(replace(event, seq=len(self.events) + 1))
        self.state = fold_mark(self.events)
        return self


def _candidate() -> Case:
    return Case().do("raise", "marker", RAISED_AT)


def _notified() -> Case:
    return _candidate().do("notify", "notifier", NOTIFIED_AT)


def _served() -> Case:
    return _notified().do("serve", "lurah", SERVED_AT, MarkStepped())


def _objected() -> Case:
    return _served().do("file", "lurah", FILED_AT, filing(letter=""))


def _reviewed() -> Case:
    return _objected().do("take", "reviewer", wib("11-23 14:00"))


def _answered() -> Case:
    part = answering(ObjectionOutcome.PARTLY, ("s1",))
    return _reviewed().do("answer", "reviewer", wib("11-25 09:00"), part)


def _proposed() -> Case:
    return _answered().do("propose", "proposer", wib("11-30 09:00"))


def _decided() -> Case:
    return _proposed().do("decide", "admin", wib("12-03 09:00"))


@dataclass(frozen=True)
class Place:
    """A state that can be reached, and the instant at which it is looked at."""

    make: Callable[[], Case]
    now: int


PLACES: dict[str, Place] = {
    "none": Place(Case, RAISED_AT),
    "candidate": Place(_candidate, wib("11-17 09:00")),
    "notified": Place(_notified, wib("11-23 09:00")),
    "window": Place(_served, wib("11-25 09:00")),
    "deemed": Place(_notified, wib("11-25 09:00")),  # nobody confirmed the notice
    "objected": Place(_objected, wib("11-25 09:00")),
    "reviewed": Place(_reviewed, wib("11-25 09:00")),
    "answered": Place(_answered, wib("11-26 09:00")),  # the window is still open
    "unopposed": Place(_served, CLOSES_AT),
    "heard": Place(_answered, CLOSES_AT),
    "missed": Place(_objected, REVIEW_DUE),  # the unit did not answer in its term
    "proposed": Place(_proposed, wib("12-01 09:00")),
    "decided": Place(_decided, wib("12-04 09:00")),
    "archived": Place(lambda: _decided().do("archive", "marker", wib("12-05 09:00")), LATER),
    "withdrawn": Place(lambda: _objected().do("withdraw", "marker", wib("11-24 09:00")), wib("11-25 09:00")),
}


def folded(events: Iterable[Event]) -> MarkState:
    return fold_mark(events)
