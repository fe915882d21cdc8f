"""How a case is told: what happened, by whom, at which time in Jakarta, and what the rules make of it, to be read.

Every step goes through `decide`, as it would at the desk and at the central server. The report is `r`, its events are
`e1`, `e2`, … in the server's order; lines of *Mengapa?* name them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from smartcity_desk.domain.calendar import Calendars, DayEntry, DayKind
from smartcity_desk.domain.clock import Clock, clock, due_at
from smartcity_desk.domain.custody import Segment, origin_of, segments
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
from smartcity_desk.domain.items import Item, item
from smartcity_desk.domain.law import Exemption, Law
from smartcity_desk.domain.office import UPT, Category, Directory, Office, OfficeLevel, Tenure
from smartcity_desk.domain.policy import Allowance, CalendarKind, Policy, PolicyBook
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind, Status
from smartcity_desk.domain.state import initial
from smartcity_desk.domain.times import HOUR, JAKARTA, MINUTE, from_iso, to_datetime
from smartcity_desk.domain.why import why

K = EventKind
TEBET: Final = "31.74.01.1001"
CILANDAK: Final = "31.74.06.1002"
LEBAK_BULUS: Final = "31.74.06.1001"
MENTENG: Final = "31.71.06.1001"
SUDIN: Final = "SDA-JS"
PLN: Final = "PLN"

DIRECTORY: Final = Directory.of(
    edition="golden",
    offices=[
        Office("31", "DKI Jakarta", OfficeLevel.PROVINSI),
        Office("31.74", "Jakarta Selatan", OfficeLevel.KOTA, parent="31"),
        Office("31.74.01", "Tebet", OfficeLevel.KECAMATAN, parent="31.74"),
        Office("31.74.06", "Cilandak", OfficeLevel.KECAMATAN, parent="31.74"),
        Office(TEBET, "Tebet Timur", OfficeLevel.KELURAHAN, parent="31.74.01"),
        Office(CILANDAK, "Cilandak Barat", OfficeLevel.KELURAHAN, parent="31.74.06"),
        Office(LEBAK_BULUS, "Lebak Bulus", OfficeLevel.KELURAHAN, parent="31.74.06"),
        Office(MENTENG, "Menteng", OfficeLevel.KELURAHAN, parent="31.71.06"),
        Office("SDA", "Dinas SDA", OfficeLevel.DINAS, parent="31"),
        Office(SUDIN, "Sudin SDA Jakarta Selatan", OfficeLevel.SUDIN, parent="SDA"),
        Office(PLN, "PLN", OfficeLevel.THIRD_PARTY),
        Office(UPT, "UPT", OfficeLevel.UPT),
    ],
    categories=[
        Category("trash", "Sampah", "clean"),
        Category("flood", "Banjir", "water"),
        Category("road", "Jalan rusak", "road"),
        Category("power", "Listrik padam", "utility", competent=OfficeLevel.THIRD_PARTY),
        Category("fallen_wire", "Kabel listrik putus", "utility", life_safety=True),
    ],
)

WORKING_DAY: Final = 7 * HOUR + 30 * MINUTE
POLICY: Final = Policy(
    version="golden",
    effective_from=0,
    response={
        OfficeLevel.UPT: 6 * HOUR,
        OfficeLevel.KELURAHAN: 24 * HOUR,
        OfficeLevel.KECAMATAN: 24 * HOUR,
        OfficeLevel.SUDIN: 5 * WORKING_DAY,
    },
    verification=12 * HOUR,
    calendars={OfficeLevel.SUDIN: CalendarKind.WORKING_DAYS},
    categories={"road": Allowance(60 * WORKING_DAY, CalendarKind.WORKING_DAYS)},
)
"""Kelurahan 24 hours on the wall, sudin 5 working days, broken roads 60; the unit 6 hours, and 12 for a completion."""


def _day(text: str, kind: DayKind, name: str) -> DayEntry:
    return DayEntry(date.fromisoformat(text).toordinal(), kind, name)


CALENDARS: Final = Calendars.of(
    [
        *(
            DayEntry(day, DayKind.RAMADAN, "Ramadan")
            for day in range(date(2026, 2, 19).toordinal(), date(2026, 3, 21).toordinal())
        ),
        _day("2026-03-18", DayKind.JOINT_LEAVE, "Cuti bersama Nyepi"),
        _day("2026-03-19", DayKind.HOLIDAY, "Nyepi"),
        _day("2026-03-20", DayKind.JOINT_LEAVE, "Cuti bersama Idulfitri"),
        _day("2026-03-23", DayKind.JOINT_LEAVE, "Cuti bersama Idulfitri"),
        _day("2026-03-24", DayKind.JOINT_LEAVE, "Cuti bersama Idulfitri"),
        _day("2026-04-03", DayKind.HOLIDAY, "Wafat Yesus Kristus"),
    ],
    edition="golden",
)

ANI: Final = Actor("ani", Role.OPERATOR)
BUDI: Final = Actor("budi", Role.OPERATOR)
SITI: Final = Actor("siti", Role.SUPERVISOR)
SYSTEM: Final = Actor("central", Role.SYSTEM)


def wib(text: str) -> int:
    """The instant of a time on the wall in Jakarta: `2026-04-06 10:00`."""
    return from_iso(text, naive_zone=JAKARTA)


def shown(at: int | None) -> str:
    """The time on the wall in Jakarta, or a dash."""
    if at is None:
        return "-"
    return to_datetime(at).astimezone(JAKARTA).strftime("%Y-%m-%d %H:%M")


def long(ms: int) -> str:
    """A length in hours and minutes: `24:00`."""
    return f"{ms // HOUR}:{ms % HOUR // MINUTE:02d}"


def law(
    *exemptions: Exemption,
    policies: Iterable[Policy] = (POLICY,),
    tenures: Sequence[Tenure] = (),
) -> Law:
    return Law(PolicyBook(policies), CALENDARS, replace(DIRECTORY, tenures=tuple(tenures)), exemptions)


LAW: Final = law()


def declared(
    code: PauseCode,
    since: str,
    until: str,
    *offices: str,
    channels: Sequence[str] = (),
    ended_by: str | None = None,
    reason: str = "air setinggi pinggang",
) -> Exemption:
    """A declaration `x` in force."""
    return Exemption(
        code, wib(since), wib(until), frozenset(offices), frozenset(channels), reason, "x", ended_by
    )


class Story:
    """One report's life as it is told. Times are texts."""

    def __init__(
        self,
        reported: str,
        *,
        category: str | None = None,
        channel: str = "jaki",
        status: Status = Status.NEW,
    ) -> None:
        self.report = Report(
            id="r",
            channel=channel,
            external_id="1",
            kind=ReportKind.COMPLAINT,
            reported_at=wib(reported),
            text="Sampah menumpuk di depan pasar",
            category=category,
            source_status=status,
            place_quality=PlaceQuality.NONE,
        )
        self.state = initial(self.report)
        self.events: list[Event] = []

    # -- what happens --------------------------------------------------------------------------------------------

    def step(self, at: str, kind: EventKind, payload: Payload, by: Actor) -> Story:
        """Anything that the rules allow, at `at`."""
        action = Action(f"a{len(self.events)}", "r", kind, payload, by, wib(at))
        decision = decide(self.state, action, DIRECTORY)
        assert isinstance(decision, Accepted), decision
        for event in decision.events:
            number = len(self.events) + 1
            self.events.append(replace(event, id=f"e{number}", seq=number))
            self.state = apply(self.state, self.events[-1])
        return self

    def sent(self, at: str, office: str, by: Actor = ANI) -> Story:
        return self.step(at, K.ROUTING_SENT, RoutingSent(office, "wilayahnya", self.state.office), by)

    def received(self, at: str) -> Story:
        """The receipt of the holder's inbox."""
        return self.step(at, K.REPORT_DELIVERED, Delivered(self._holder), SYSTEM)

    def arrives(self, at: str, office: str, received: str | None = None) -> Story:
        """Sent, and in the inbox a minute later unless another time is said."""
        self.sent(at, office)
        return self.received(received or shown(wib(at) + MINUTE))

    def seen(self, at: str) -> Story:
        return self.step(at, K.REPORT_SEEN, Seen(self._holder), self._official)

    def acknowledged(self, at: str) -> Story:
        return self.step(at, K.REPORT_ACKNOWLEDGED, Acknowledged(self._holder), self._official)

    def answered(self, at: str) -> Story:
        return self.step(
            at,
            K.REPORT_RESPONDED,
            Responded(self._holder, "Petugas PPSU sudah di lokasi dan bekerja"),
            self._official,
        )

    def handed_back(self, at: str, competent: str | None = None) -> Story:
        payload = RoutingReturned(self._holder, "bukan wewenang kami", competent)
        return self.step(at, K.ROUTING_RETURNED, payload, self._official)

    def hand_back_accepted(self, at: str) -> Story:
        return self.step(at, K.ROUTING_RETURN_ACCEPTED, ReturnAnswered("benar"), ANI)

    def hand_back_refused(self, at: str) -> Story:
        return self.step(at, K.ROUTING_RETURN_REFUSED, ReturnAnswered("ini wewenang kelurahan"), ANI)

    def paused(self, at: str, code: PauseCode, until: str, by: Actor = SITI) -> Story:
        return self.step(at, K.CLOCK_PAUSED, Paused(code, "belum dijawab", wib(until)), by)

    def resumed(self, at: str) -> Story:
        return self.step(at, K.CLOCK_RESUMED, Resumed(), ANI)

    def categorised(self, at: str, category: str) -> Story:
        return self.step(at, K.CATEGORY_SET, CategorySet(category, self.state.category), ANI)

    def placed(self, at: str, place: str) -> Story:
        return self.step(at, K.PLACE_SET, PlaceSet(place, self.state.place), ANI)

    def claimed(self, at: str) -> Story:
        payload = CompletionClaimed(self._holder, "sudah selesai dikerjakan")
        return self.step(at, K.COMPLETION_CLAIMED, payload, self._official)

    def accepted(self, at: str, by: Actor = ANI) -> Story:
        return self.step(at, K.COMPLETION_ACCEPTED, CompletionAnswered(), by)

    def refused(self, at: str, by: Actor = ANI) -> Story:
        return self.step(at, K.COMPLETION_REFUSED, CompletionAnswered("foto lama"), by)

    def rejected(self, at: str, code: RejectCode) -> Story:
        return self.step(at, K.REPORT_REJECTED, ReportRejected(code), ANI)

    def reopened(self, at: str) -> Story:
        return self.step(at, K.REPORT_REOPENED, Reopened("ternyata belum dikerjakan"), ANI)

    def excluded(self, at: str, segment: str, office: str, code: ExclusionCode, by: Actor = SITI) -> Story:
        payload = ExclusionChanged(segment, office, code, "diperiksa di lapangan")
        return self.step(at, K.EXCLUSION_SET, payload, by)

    def counted(self, at: str, segment: str, office: str, code: ExclusionCode) -> Story:
        payload = ExclusionChanged(segment, office, code, "ternyata wewenangnya")
        return self.step(at, K.EXCLUSION_LIFTED, payload, SITI)

    @property
    def _holder(self) -> str:
        assert self.state.office is not None
        return self.state.office

    @property
    def _official(self) -> Actor:
        return Actor(f"pejabat.{self._holder}", Role.OFFICIAL, self._holder)

    # -- what follows --------------------------------------------------------------------------------------------

    @property
    def segments(self) -> tuple[Segment, ...]:
        return segments(origin_of(self.report), self.events)

    def of(self, office: str) -> Segment:
        """The last segment in which an office held the report."""
        return next(one for one in reversed(self.segments) if one.office == office)

    def custody(self) -> list[str]:
        """Who held it from when to when, and how that ended: one line a segment."""
        return [
            f"{one.office or 'nobody'} {one.stay.value}: {shown(one.since)} to {shown(one.until)}, {one.ending.value}"
            for one in self.segments
        ]

    def clock(self, office: str, under: Law = LAW) -> Clock:
        return clock(self.of(office), under)

    def due(self, office: str, under: Law = LAW) -> str:
        """When an answer of an office was due."""
        return shown(self.clock(office, under).due_at)

    def waits(self, under: Law = LAW) -> str:
        """When the present holder's move is due: what the desk shows."""
        return shown(due_at(self.segments[-1], clock(self.segments[-1], under)))

    def item(self, office: str, now: str, under: Law = LAW) -> Item | None:
        return item(self.of(office), under, wib(now))

    def verdict(self, office: str, now: str, under: Law = LAW) -> str:
        """What it counts as: `silent`, `on_time E1 return_accepted e5`, or `no item`."""
        found = self.item(office, now, under)
        if found is None:
            return "no item"
        words = [found.outcome.value]
        if found.empty:
            words.append("empty")
        if found.excluded is not None:
            out = found.excluded
            words += [out.code.value, out.user or out.reason, out.event or "-"]
        return " ".join(words)

    def charged(self, office: str, now: str, under: Law = LAW) -> str:
        """How much of its time counts against an office."""
        found = self.item(office, now, under)
        assert found is not None
        return long(found.charged_ms)

    def why(self, office: str, now: str, under: Law = LAW) -> list[str]:
        """*Mengapa?* of an office: key, what stands in it, and the event."""
        return [
            " ".join(
                (
                    line.key.removeprefix("why."),
                    *(_value(name, value) for name, value in line.params.items()),
                    f"<- {line.event}",
                )
            )
            for line in why(self.of(office), under, wib(now))
        ]


def _value(name: str, value: str | int) -> str:
    if isinstance(value, str):
        return value
    if name.endswith("_at"):
        return shown(value)
    return long(value) if name.endswith("_ms") else str(value)
