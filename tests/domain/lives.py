"""Random lives of one report: those that the rules allow, and soups of events that nobody checked.

Both are rows of small choices, so that what hypothesis finds shrinks to something that can be told.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from hypothesis import strategies as st

from smartcity_desk.domain import ids
from smartcity_desk.domain.calendar import CalendarKind, Calendars, DayEntry, DayKind
from smartcity_desk.domain.custody import Origin, origin_of
from smartcity_desk.domain.decide import decide
from smartcity_desk.domain.decision import Accepted, Action
from smartcity_desk.domain.events import (
    Acknowledged,
    Actor,
    CategorySet,
    CompletionAnswered,
    CompletionClaimed,
    Delivered,
    Event,
    EventKind,
    ExclusionChanged,
    ExclusionCode,
    PauseCode,
    Paused,
    Payload,
    PlaceSet,
    RejectCode,
    Reopened,
    ReportRejected,
    Responded,
    Resumed,
    ReturnAnswered,
    Role,
    RoutingReturned,
    RoutingSent,
    Seen,
)
from smartcity_desk.domain.fold import apply
from smartcity_desk.domain.law import Exemption, Law
from smartcity_desk.domain.location import Location, PlaceBadge
from smartcity_desk.domain.office import UPT, Category, Directory, OfficeLevel, Tenure
from smartcity_desk.domain.policy import Allowance, Policy
from smartcity_desk.domain.report import Report, Status
from smartcity_desk.domain.state import ReportState, initial
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from tests.domain.builders import (
    ANI,
    CAKUNG,
    DIRECTORY,
    MENTENG,
    PLN,
    POLICY,
    SITI,
    SUDIN,
    SYSTEM,
    T0,
    TEBET,
    law,
    report,
)

THOROUGH: Final = os.environ.get("SMARTCITY_HYPOTHESIS") == "thorough"
MANY: Final = 10_000 if THOROUGH else 150
"""How many lives: capability 1 says 10,000."""
PATIENCE: Final = 3_600 if THOROUGH else 900
"""Seconds that so many may take on a small machine."""
K = EventKind
ANSWER: Final = "petugas sudah bekerja di lokasi"
HOLDERS: Final = (TEBET, MENTENG, CAKUNG, SUDIN, PLN, UPT)
GAPS: Final = (
    0,
    1,
    10 * MINUTE,
    3 * HOUR,
    26 * HOUR,
    5 * DAY,
    20 * DAY,
    -1,
    -2 * HOUR,
    -3 * DAY,  # a clock that runs behind, or something that arrives late
)
_MONDAY: Final = date(2026, 9, 21).toordinal()
CALENDARS: Final = Calendars(
    [
        DayEntry(_MONDAY + 2, DayKind.HOLIDAY, "Libur"),
        DayEntry(_MONDAY + 11, DayKind.JOINT_LEAVE, "Cuti bersama"),
        *(DayEntry(_MONDAY + day, DayKind.RAMADAN, "Ramadan") for day in range(14, 44)),
    ]
)
_WORKING_DAY: Final = 7 * HOUR + 30 * MINUTE
WORKING: Final = replace(
    POLICY,
    response=dict(POLICY.response) | {OfficeLevel.SUDIN: 5 * _WORKING_DAY},
    calendars={OfficeLevel.SUDIN: CalendarKind.WORKING_DAYS},
    categories={"tree": Allowance(14 * _WORKING_DAY, CalendarKind.WORKING_DAYS), "wire": Allowance(2 * HOUR)},
)
LATER: Final = replace(
    WORKING,
    version="later",
    effective_from=T0 + 9 * DAY,
    response=dict(WORKING.response) | {OfficeLevel.KELURAHAN: 12 * HOUR},
)
CITY: Final = Directory.of(
    edition="lives",
    offices=DIRECTORY.offices.values(),
    categories=[*DIRECTORY.categories.values(), Category("wire", "Kabel putus", "utility", life_safety=True)],
    tenures=[
        Tenure(MENTENG, "lama", 0, T0 + 4 * DAY),
        Tenure(MENTENG, "baru", T0 + 4 * DAY),
        Tenure(TEBET, "lurah", 0),
    ],
)


def city_law(*exemptions: Exemption, policies: tuple[Policy, ...] = (WORKING, LATER)) -> Law:
    """Two policies, two calendars, a category with hours and one with weeks, a new holder in Menteng."""
    return law(*exemptions, policies=policies, calendars=CALENDARS, directory=CITY)


@dataclass(frozen=True, slots=True)
class Life:
    """One report with its events in central order, and the state that the rules followed while it was lived."""

    report: Report
    events: tuple[Event, ...]
    state: ReportState

    @property
    def origin(self) -> Origin:
        return origin_of(self.report)


_Move = tuple[EventKind, Callable[[ReportState, int], Payload], Actor | None]


def _holder(state: ReportState) -> str:
    return state.office or TEBET


MOVES: Final[tuple[_Move, ...]] = (
    *((K.ROUTING_SENT, lambda s, _, to=to: RoutingSent(to, "wilayahnya", s.office), ANI) for to in HOLDERS),
    (K.REPORT_DELIVERED, lambda s, _: Delivered(_holder(s)), SYSTEM),
    (K.REPORT_DELIVERED, lambda s, _: Delivered(_holder(s)), SYSTEM),
    (K.REPORT_SEEN, lambda s, _: Seen(_holder(s)), SYSTEM),
    (K.REPORT_ACKNOWLEDGED, lambda s, _: Acknowledged(_holder(s)), None),
    (K.REPORT_RESPONDED, lambda s, _: Responded(_holder(s), ANSWER), None),
    (K.REPORT_RESPONDED, lambda s, _: Responded(_holder(s), ANSWER), None),
    (K.ROUTING_RETURNED, lambda s, _: RoutingReturned(_holder(s), "bukan wewenang"), None),
    (K.ROUTING_RETURN_ACCEPTED, lambda *_: ReturnAnswered("benar"), ANI),
    (K.ROUTING_RETURN_REFUSED, lambda *_: ReturnAnswered("ini wewenang kelurahan"), ANI),
    (K.COMPLETION_CLAIMED, lambda s, _: CompletionClaimed(_holder(s), "sudah selesai"), None),
    (K.COMPLETION_CLAIMED, lambda s, _: CompletionClaimed(_holder(s), "sudah selesai"), None),
    (K.COMPLETION_ACCEPTED, lambda s, _: CompletionAnswered(base=s.status), ANI),
    (K.COMPLETION_REFUSED, lambda s, _: CompletionAnswered("foto lama", s.status), ANI),
    *(
        (K.CLOCK_PAUSED, lambda _, at, code=code, ms=ms: Paused(code, "menunggu", at + ms), SITI)
        for code, ms in (
            (PauseCode.WAITING_REPORTER, 2 * DAY),
            (PauseCode.WAITING_REPORTER, HOUR),
            (PauseCode.WAITING_THIRD_PARTY, 20 * DAY),
        )
    ),
    (K.CLOCK_RESUMED, lambda *_: Resumed(), ANI),
    *(
        (K.CATEGORY_SET, lambda s, _, to=to: CategorySet(to, s.category), ANI)
        for to in ("flood", "tree", "wire")
    ),
    (K.PLACE_SET, lambda s, _: PlaceSet(TEBET, s.place), ANI),
    (K.REPORT_REOPENED, lambda s, _: Reopened("ternyata belum", s.status), ANI),
    (K.REPORT_REJECTED, lambda s, _: ReportRejected(RejectCode.SPAM, base=s.status), ANI),
    (K.REPORT_REJECTED, lambda s, _: ReportRejected(RejectCode.DUPLICATE, base=s.status), ANI),
)
_TRIES: Final = 8
_STARTS: Final = (
    Status.NEW,
    Status.NEW,
    Status.NEW,
    Status.IN_PROGRESS,
    Status.AWAITING_VERIFICATION,
    Status.DONE,
)


def _actor(state: ReportState, wanted: Actor | None) -> Actor:
    return wanted or Actor(f"pejabat.{_holder(state)}", Role.OFFICIAL, _holder(state))


def lived(start: Report, choices: list[tuple[int, int]]) -> Life:
    """What the rules let happen of a row of wishes."""
    state = initial(start)
    events: list[Event] = []
    at = start.reported_at
    for number, (move, gap) in enumerate(choices):
        at = max(0, at + GAPS[gap])
        for wish in range(move, move + _TRIES):  # what may not happen now gives way to the next that may
            kind, make, wanted = MOVES[wish % len(MOVES)]
            action = Action(
                f"{start.id}-{number}", start.id, kind, make(state, at), _actor(state, wanted), at
            )
            decision = decide(state, action, CITY)
            if isinstance(decision, Accepted):
                break
        else:
            continue
        for event in decision.events:
            events.append(replace(event, seq=len(events) + 1))
            state = apply(state, events[-1])
    return Life(start, tuple(events), state)


def mixed(start: Report, choices: list[tuple[int, int]]) -> Life:
    """The same moves, each on a state of its own making: nobody asked whether they may happen."""
    state = initial(start)
    events: list[Event] = []
    at = start.reported_at
    for number, (move, gap) in enumerate(choices):
        kind, make, wanted = MOVES[move]
        at = max(0, at + GAPS[gap])
        office = HOLDERS[(move + gap) % len(HOLDERS)]
        believed = replace(state, office=None if office == UPT else office)
        events.append(
            Event(
                ids.event_id(f"{start.id}-{number}"),
                start.id,
                kind,
                at,
                _actor(believed, wanted),
                make(believed, at),
                seq=number + 1,
            )
        )
    return Life(start, tuple(events), state)


_one_choice = st.tuples(st.integers(0, len(MOVES) - 1), st.integers(0, len(GAPS) - 1))
_SEND: Final = {office: number for number, office in enumerate(HOLDERS)}
_DELIVER: Final = next(number for number, move in enumerate(MOVES) if move[0] is K.REPORT_DELIVERED)
_CLAIM: Final = next(number for number, move in enumerate(MOVES) if move[0] is K.COMPLETION_CLAIMED)
_PAUSE: Final = next(number for number, move in enumerate(MOVES) if move[0] is K.CLOCK_PAUSED)
_openings = st.sampled_from(
    [
        [],
        [(_SEND[TEBET], 2), (_DELIVER, 1)],
        [(_SEND[SUDIN], 3), (_DELIVER, 2)],
        [(_SEND[MENTENG], 1), (_DELIVER, 3), (_PAUSE, 3)],
        [(_SEND[CAKUNG], 1), (_DELIVER, 2), (_CLAIM, 4)],
    ]
)
"""How most lives begin: an office has it in its inbox. What comes after is anything."""
_choices = st.builds(
    list.__add__,
    _openings,
    st.one_of(st.lists(_one_choice, max_size=4), st.lists(_one_choice, min_size=5, max_size=20)),
)
_reports = st.builds(
    lambda status, category, number, location: report(
        id=ids.report_id("petabencana", str(number)),
        source_status=status,
        category=category,
        location=location,
    ),
    st.sampled_from(_STARTS),
    st.sampled_from([None, "flood", "tree", "wire"]),
    st.integers(0, 9),
    st.sampled_from(
        [
            None,
            None,
            Location(PlaceBadge.SURE, TEBET, MENTENG, 300, "e1"),
            Location(PlaceBadge.BORDER, TEBET, MENTENG, 12, "e1"),
            Location(PlaceBadge.APPROXIMATE, MENTENG, TEBET, 700, "perkiraan"),
            Location(PlaceBadge.OUTSIDE, edition="e1"),
        ]
    ),
)
lives: Final = st.builds(lived, _reports, _choices)
soups: Final = st.builds(mixed, _reports, _choices)
any_life: Final = st.one_of(lives, soups)
instants: Final = st.sampled_from(
    [T0 + at for at in (0, HOUR, 30 * HOUR, 4 * DAY, 4 * DAY + 5 * HOUR, 12 * DAY, 40 * DAY, 300 * DAY)]
)
exemptions: Final = st.builds(
    lambda code, since, ms, offices, channels: Exemption(
        code, T0 + since, T0 + since + ms, frozenset(offices), frozenset(channels), "dinyatakan", "x"
    ),
    st.sampled_from([PauseCode.CALAMITY, PauseCode.OUTAGE]),
    st.sampled_from([-DAY, 0, 5 * HOUR, 2 * DAY, 6 * DAY]),
    st.sampled_from([0, 1, HOUR, 2 * DAY, 14 * DAY]),
    st.sampled_from([(), (TEBET,), ("31.74",), ("31",), (SUDIN,)]),
    st.sampled_from([(), ("petabencana",), ("x",)]),
)


def excluded(life: Life, segment: str, office: str) -> Life:
    """The same life with a segment taken out by name."""
    payload = ExclusionChanged(segment, office, ExclusionCode.AMBIGUOUS_PLACE, "di perbatasan")
    event = Event("out", life.report.id, K.EXCLUSION_SET, T0 + DAY, SITI, payload, seq=len(life.events) + 1)
    return replace(life, events=(*life.events, event))
