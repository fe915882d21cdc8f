"""A small city for the rules: three kelurahan, a sudin, a third party, and actors of every role."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from smartcity_desk.domain import ids
from smartcity_desk.domain.calendar import Calendars
from smartcity_desk.domain.clock import clock, due_at
from smartcity_desk.domain.custody import Segment, origin_of, segments
from smartcity_desk.domain.decide import decide
from smartcity_desk.domain.decision import Accepted, Action, Contradicted, Decision, Refused
from smartcity_desk.domain.events import (
    PAYLOADS,
    Actor,
    CategorySet,
    Event,
    EventKind,
    IncidentChanged,
    PauseCode,
    Payload,
    PlaceSet,
    PolicyProposed,
    Role,
)
from smartcity_desk.domain.fold import apply, fold
from smartcity_desk.domain.law import Exemption, Law
from smartcity_desk.domain.office import UPT, Category, Directory, Office, OfficeLevel
from smartcity_desk.domain.policy import Policy, PolicyBook
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind, Status
from smartcity_desk.domain.state import ReportState, initial
from smartcity_desk.domain.times import DAY, HOUR

K = EventKind
T0 = 1_790_000_000_000
TEBET = "31.74.01.1001"
MENTENG = "31.71.06.1001"
CAKUNG = "31.75.06.1001"
SUDIN = "SDA-JS"
PLN = "PLN"
NOWHERE = "99.99.99.9999"

DIRECTORY = Directory.of(
    edition="test",
    offices=[
        Office(TEBET, "Tebet Timur", OfficeLevel.KELURAHAN, parent="31.74.01"),
        Office(MENTENG, "Menteng", OfficeLevel.KELURAHAN, parent="31.71.06"),
        Office(CAKUNG, "Jatinegara", OfficeLevel.KELURAHAN, parent="31.75.06"),
        Office("31.74.01", "Tebet", OfficeLevel.KECAMATAN, parent="31.74"),
        Office("31.74", "Jakarta Selatan", OfficeLevel.KOTA, parent="31"),
        Office("31", "DKI Jakarta", OfficeLevel.PROVINSI),
        Office(SUDIN, "Sudin SDA Jakarta Selatan", OfficeLevel.SUDIN, parent="SDA"),
        Office("SDA", "Dinas SDA", OfficeLevel.DINAS),
        Office(PLN, "PLN", OfficeLevel.THIRD_PARTY),
        Office(UPT, "UPT", OfficeLevel.UPT),
    ],
    categories=[
        Category("flood", "Banjir", "water"),
        Category("tree", "Pohon tumbang", "green"),
        Category("power", "Listrik padam", "utility", competent=OfficeLevel.THIRD_PARTY),
    ],
)

POLICY = Policy(
    version="test",
    effective_from=0,
    response={OfficeLevel.KELURAHAN: 24 * HOUR, OfficeLevel.SUDIN: 7 * DAY, OfficeLevel.UPT: 6 * HOUR},
    verification=12 * HOUR,
    source="none",
)

CALENDARS = Calendars()


def law(
    *exemptions: Exemption,
    policies: Iterable[Policy] = (POLICY,),
    calendars: Calendars = CALENDARS,
    directory: Directory = DIRECTORY,
) -> Law:
    """The small city's law, or one that differs from it in something."""
    return Law(PolicyBook(policies), calendars, directory, exemptions)


LAW = law()

ANI = Actor("ani", Role.OPERATOR)
BUDI = Actor("budi", Role.OPERATOR)
SITI = Actor("siti", Role.SUPERVISOR)
LURAH = Actor("lurah.tebet", Role.OFFICIAL, TEBET)
LURAH_2 = Actor("lurah.menteng", Role.OFFICIAL, MENTENG)
SYSTEM = Actor("central", Role.SYSTEM)
VIEWER = Actor("vera", Role.VIEWER)


def report(kind: ReportKind = ReportKind.COMPLAINT, **changes: Any) -> Report:
    base = Report(
        id=ids.report_id("petabencana", "1"),
        channel="petabencana",
        external_id="1",
        kind=kind,
        reported_at=T0,
        text="Banjir di depan pasar",
        place_quality=PlaceQuality.NONE,
    )
    return replace(base, **changes)


def action(
    kind: EventKind, payload: Payload, *, by: Actor = ANI, at: int = T0 + HOUR, number: int = 0
) -> Action:
    return Action(
        id=ids.time_ordered_id(max(at, 0), number.to_bytes(10, "big")),
        report=report().id,
        kind=kind,
        payload=payload,
        actor=by,
        at=at,
    )


class Life:
    """One report's life: what is asked for, what the rules said, and the state after it."""

    def __init__(self, start: Report | None = None) -> None:
        self.report = start or report()
        self.start = initial(self.report)
        self.events: list[Event] = []
        self.state: ReportState = self.start
        self.at = T0

    def ask(self, kind: EventKind, payload: Payload, *, by: Actor = ANI, at: int | None = None) -> Decision:
        self.at = self.at + 1 if at is None else at
        asked = action(kind, payload, by=by, at=self.at, number=len(self.events) + 1)
        decision = decide(self.state, asked, DIRECTORY)
        if isinstance(decision, Accepted):
            for event in decision.events:
                confirmed = replace(event, seq=len(self.events) + 1)
                self.events.append(confirmed)
                self.state = apply(self.state, confirmed)
        return decision

    def do(self, kind: EventKind, payload: Payload, *, by: Actor = ANI, at: int | None = None) -> ReportState:
        decision = self.ask(kind, payload, by=by, at=at)
        assert isinstance(decision, Accepted), decision
        return self.state

    def refused(self, kind: EventKind, payload: Payload, *, by: Actor = ANI, at: int | None = None) -> str:
        before = self.state
        decision = self.ask(kind, payload, by=by, at=at)
        assert isinstance(decision, Refused), decision
        assert self.state == before
        return decision.code

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Who held it from when to when."""
        return segments(origin_of(self.report), self.events)

    @property
    def due(self) -> int | None:
        """When the present holder's move is due under the small city's law; None for nobody's."""
        last = self.segments[-1:]
        return due_at(last[0], clock(last[0], LAW)) if last else None

    def contradicted(
        self, kind: EventKind, payload: Payload, *, by: Actor = ANI, at: int | None = None
    ) -> Contradicted:
        decision = self.ask(kind, payload, by=by, at=at)
        assert isinstance(decision, Contradicted), decision
        return decision


# ---------------------------------------------------------------- strategies

instants = st.integers(min_value=T0 - 30 * DAY, max_value=T0 + 60 * DAY)
users = st.sampled_from(["ani", "budi", "siti", "central"])
offices = st.sampled_from([TEBET, MENTENG, CAKUNG, SUDIN, PLN, UPT, "31.74", NOWHERE])
texts = st.sampled_from(["", " ", "x", "cukup panjang", "sudah diperiksa petugas di lapangan"]) | st.text(
    max_size=30
)
digests = st.sampled_from(["a" * 64, "0" * 64, "A" * 64, "", "g" * 64])
degrees = st.none() | st.sampled_from([0.0, -6.2, 106.8, 91.0, -181.0])
pause_codes = st.sampled_from(list(PauseCode))
maybe_status = st.none() | st.sampled_from(list(Status))

_BY_FIELD: dict[str, st.SearchStrategy[Any]] = {
    "office": offices,
    "competent": st.none() | offices,
    "place": offices,
    "user": users,
    "until": instants,
    "text": texts,
    "reason": texts,
    "work_order": texts,
    "sha256": digests,
    "attachments": st.lists(digests, max_size=2).map(tuple),
    "lat": degrees,
    "lon": degrees,
    "incident": st.sampled_from([ids.event_id("one"), ids.event_id("other"), "INS-1", ""]),
    "category": st.sampled_from(["flood", "tree", "power", "no-such"]),
}


def payloads(kind: EventKind) -> st.SearchStrategy[Payload]:
    """Payloads of a kind: values that fit the small city, and values that do not."""
    cls = PAYLOADS[kind]
    names = cls.__dataclass_fields__
    known: dict[str, st.SearchStrategy[Any]] = {name: _BY_FIELD[name] for name in names if name in _BY_FIELD}
    if cls is PolicyProposed:  # a whole policy from scratch takes longer than all else together
        known["policy"] = st.just(POLICY)
    elif cls is CategorySet:
        known["base"] = st.none() | st.sampled_from(["flood", "tree", "power"])
    elif cls is IncidentChanged:
        known["base"] = st.none() | _BY_FIELD["incident"]
    elif "base" in names and cls is PlaceSet:
        known["base"] = st.none() | offices
    elif "base" in names and names["base"].type == "Status | None":
        known["base"] = maybe_status
    elif "base" in names:
        known["base"] = st.none() | offices
    return st.builds(cls, **known)


roles = st.sampled_from(list(Role))
actors = st.builds(Actor, user=users, role=roles, office=st.none() | offices)
kinds = st.sampled_from(list(EventKind))


@st.composite
def actions(draw: st.DrawFn) -> Action:
    """Anything that anybody may ask for, sensible or not."""
    kind = draw(kinds)
    return action(
        kind, draw(payloads(kind)), by=draw(actors), at=draw(instants), number=draw(st.integers(0, 2**64))
    )


@st.composite
def histories(draw: st.DrawFn, most: int = 12) -> list[Event]:
    """Events of one report, some confirmed and the last ones perhaps not; nobody checked that they make sense."""
    found: list[Event] = []
    for number in range(draw(st.integers(0, most))):
        kind = draw(kinds)
        found.append(
            Event(
                id=ids.event_id(f"action-{number}"),
                subject=report().id,
                kind=kind,
                at=draw(instants),
                actor=draw(actors),
                payload=draw(payloads(kind)),
                seq=number + 1,
            )
        )
    waiting = draw(st.integers(0, len(found)))
    confirmed = found[: len(found) - waiting]
    pending = [replace(event, seq=None, order=n) for n, event in enumerate(found[len(confirmed) :], start=1)]
    return confirmed + pending


def lived(wishes: Sequence[Action], start: ReportState) -> tuple[list[Event], ReportState]:
    """What the rules let happen of a row of wishes."""
    events: list[Event] = []
    state = start
    for number, wish in enumerate(wishes):
        decision = decide(state, replace(wish, id=f"{wish.id}-{number}"), DIRECTORY)
        if isinstance(decision, Accepted):
            for event in decision.events:
                events.append(replace(event, seq=len(events) + 1))
                state = apply(state, events[-1])
    return events, state


def folded(start: ReportState, events: Iterable[Event]) -> ReportState:
    return fold(start, events)
