"""A small city with a history: a dozen offices, each of one sort, in two windows of 28 days. For screens that judge.

`Seed` writes lives of reports as confirmed events; `city` says which office is what. A file is made once a process
(`city_file`) and copied for each test (`city_kit`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from smartcity_desk import directory as builtin
from smartcity_desk.domain.events import (
    Actor,
    CategorySet,
    CompletionAnswered,
    CompletionClaimed,
    CountedWindow,
    Delivered,
    Event,
    EventKind,
    ExclusionChanged,
    ExclusionCode,
    MarkNotified,
    MarkRaised,
    MarkStepped,
    ObjectionDecided,
    ObjectionFiled,
    ObjectionOutcome,
    PauseCode,
    Paused,
    Payload,
    PlaceSet,
    Responded,
    Resumed,
    ReturnAnswered,
    Role,
    RoutingReturned,
    RoutingSent,
    SecondReview,
)
from smartcity_desk.domain.fairness import windows
from smartcity_desk.domain.ids import event_id, mark_id
from smartcity_desk.domain.items import Outcome
from smartcity_desk.domain.marking import Marking
from smartcity_desk.domain.office import Directory, Official, Tenure
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from smartcity_desk.store import Store
from tests.ui.kit import NOW, SUPERVISOR, Kit, desk_in, make_report

K = EventKind
SARI = Actor("sari", Role.OPERATOR)
RATNA = Actor("ratna", Role.SUPERVISOR)
DEWI = Actor("dewi", Role.REVIEWER)
SYSTEM = Actor("sistem", Role.SYSTEM)

CANDIDATE = "31.74.01.1001"
"""Few in time in both windows: the rule makes it a candidate. It has a mark with two objections."""
LOW = "31.74.01.1002"
"""Six items a window: nothing can be said."""
NEW_HOLDER = "31.74.01.1003"
"""Late, but its holder began ten days ago: what came before does not count (E10)."""
MISROUTED = "31.74.01.1004"
"""Late on paper; most of it was handed back as somebody else's, and the unit agreed (E1)."""
ACTING = "31.74.01.1005"
"""Held by an acting lurah; ordinary otherwise."""
EMPTY = "31.74.01.1006"
"""Answers in time, and much of what it says is done is not."""
FAVOURED = "31.73.01.1001"
"""The unit takes out what it missed."""
ORDINARY = ("31.73.01.1002", "31.73.01.1003", "31.71.01.1001", "31.71.01.1002", "31.71.01.1003")
OFFICES = (CANDIDATE, LOW, NEW_HOLDER, MISROUTED, ACTING, EMPTY, FAVOURED, *ORDINARY)
CATEGORIES = ("sampah", "saluran_tersumbat", "genangan", "fasum_rusak")
ANSWER = "Petugas sudah meninjau dan pekerjaan dijadwalkan besok pagi."


@dataclass
class Seed:
    """Reports with their lives as lists; `pour` puts them into a store, in the order in which things happened."""

    reports: list[Report]
    events: list[Event]
    number: int = 0

    @classmethod
    def empty(cls) -> Seed:
        """Nothing yet."""
        return cls([], [])

    def say(self, subject: str, kind: EventKind, at: int, actor: Actor, payload: Payload) -> str:
        """One more event; its id."""
        name = f"{subject}/{len(self.events)}"
        self.events.append(Event(event_id(name), subject, kind, at, actor, payload, action=name))
        return self.events[-1].id

    def item(
        self,
        office: str,
        due_at: int,
        outcome: Outcome = Outcome.ON_TIME,
        *,
        empty: bool = False,
        returned: bool = False,
        paused: bool = False,
        excluded: ExclusionCode | None = None,
        by: Actor = RATNA,
    ) -> str:
        """One report that was due at an office (24 hours after it came there). Returns the segment's id."""
        n, self.number = self.number, self.number + 1
        delivered = due_at - DAY - (6 * HOUR if paused else 0)
        report = make_report(n, reported_at=delivered - 3 * HOUR, category=None)
        self.reports.append(report)
        holder = Actor(f"lurah.{office}", Role.OFFICIAL, office)
        say = self.say
        say(report.id, K.CATEGORY_SET, delivered - HOUR, SARI, CategorySet(CATEGORIES[n % len(CATEGORIES)]))
        say(report.id, K.PLACE_SET, delivered - HOUR, SARI, PlaceSet(office))
        segment = say(report.id, K.ROUTING_SENT, delivered - MINUTE, SARI, RoutingSent(office, "wilayahnya"))
        say(report.id, K.REPORT_DELIVERED, delivered, SYSTEM, Delivered(office))
        if paused:
            pause = Paused(PauseCode.WAITING_REPORTER, "menunggu alamat lengkap", delivered + 9 * DAY)
            say(report.id, K.CLOCK_PAUSED, delivered + HOUR, SARI, pause)
            say(report.id, K.CLOCK_RESUMED, delivered + 7 * HOUR, SARI, Resumed("alamat diterima"))
        if returned:
            back = due_at + 5 * HOUR
            say(report.id, K.ROUTING_RETURNED, back, holder, RoutingReturned(office, "jalan nasional"))
            answer = ReturnAnswered("benar, jalan nasional")
            say(report.id, K.ROUTING_RETURN_ACCEPTED, back + HOUR, SARI, answer)
        elif outcome in (Outcome.ON_TIME, Outcome.SLOW):
            at = due_at - (2 + n % 18) * HOUR if outcome is Outcome.ON_TIME else due_at + 6 * HOUR
            say(report.id, K.REPORT_RESPONDED, at, holder, Responded(office, ANSWER))
            say(
                report.id,
                K.COMPLETION_CLAIMED,
                at + HOUR,
                holder,
                CompletionClaimed(office, "Sudah selesai."),
            )
            kind = K.COMPLETION_REFUSED if empty else K.COMPLETION_ACCEPTED
            looked = say(report.id, kind, at + 4 * HOUR, SARI, CompletionAnswered("diperiksa di lapangan"))
            if empty:
                say(
                    report.id,
                    K.COMPLETION_CLAIMED,
                    at + 9 * HOUR,
                    holder,
                    CompletionClaimed(office, "Diulang."),
                )
                again = CompletionAnswered("kali ini benar")
                say(report.id, K.COMPLETION_ACCEPTED, at + 12 * HOUR, SARI, again)
            if n % 7 == 0:
                second = SecondReview(looked, not empty if n % 5 else empty, "")
                say(report.id, K.REVIEW_RECORDED, at + 5 * HOUR, DEWI, second)
        if excluded is not None:
            change = ExclusionChanged(segment, office, excluded, "berkas lampiran surat camat")
            say(report.id, K.EXCLUSION_SET, due_at + 9 * HOUR, by, change)
        return segment

    def window(
        self,
        office: str,
        span: tuple[int, int],
        *,
        on_time: int,
        slow: int = 0,
        silent: int = 0,
        empty: int = 0,
    ) -> list[str]:
        """So many items spread over a window, `empty` of those on time; the ids of their segments."""
        wanted = [Outcome.ON_TIME] * on_time + [Outcome.SLOW] * slow + [Outcome.SILENT] * silent
        step = (span[1] - span[0] - DAY) // max(1, len(wanted))
        return [
            self.item(office, span[0] + HOUR + n * step, outcome, empty=n < empty, paused=n % 9 == 4)
            for n, outcome in enumerate(wanted)
        ]

    def pour(self, store: Store, *, now: int = NOW) -> None:
        """Put everything into a store, as channels and the central server would."""
        known = store.central.cursor().event_seq
        store.ingest("petabencana", self.reports, checkpoint=None, now=now)
        ordered = sorted(self.events, key=lambda event: event.at)
        told = [replace(event, seq=known + n, order=0) for n, event in enumerate(ordered, 1)]
        store.central.apply_events(told, cursor=known + len(told), now=now)
        self.reports, self.events = [], []


def spans(now: int = NOW) -> tuple[tuple[int, int], ...]:
    """The two judged windows, oldest first."""
    return windows(now, Marking())


def directory(now: int = NOW) -> Directory:
    """The program's own directory with a new holder and an acting one."""
    plain = builtin.builtin_directory(now)
    began = now - 10 * DAY
    acting = Official(f"lurah.{ACTING}.plt", f"Plt. Lurah {plain.offices[ACTING].name}")
    tenures = [one for one in plain.tenures if one.office not in (NEW_HOLDER, ACTING)]
    for office in (NEW_HOLDER, ACTING):
        old = next(one for one in plain.tenures if one.office == office)
        holder = acting.id if office == ACTING else old.official
        since = began if office == NEW_HOLDER else now - 90 * DAY
        tenures.append(Tenure(office, f"{old.official}.1", old.valid_from, since))
        tenures.append(Tenure(office, holder, since, acting=office == ACTING))
    return replace(
        plain, officials={**plain.officials, acting.id: acting}, tenures=tuple(tenures), edition="seed"
    )


def city(store: Store, now: int = NOW) -> dict[str, list[str]]:
    """Fill a store with the dozen offices. Returns the segments' ids of each, oldest window first."""
    seed = Seed.empty()
    held: dict[str, list[str]] = {}
    for number, span in enumerate(spans(now)):
        held.setdefault(CANDIDATE, []).extend(seed.window(CANDIDATE, span, on_time=10, slow=8, silent=10))
        held.setdefault(LOW, []).extend(seed.window(LOW, span, on_time=3, silent=3))
        held.setdefault(NEW_HOLDER, []).extend(seed.window(NEW_HOLDER, span, on_time=8, slow=4, silent=12))
        held.setdefault(MISROUTED, []).extend(seed.window(MISROUTED, span, on_time=20, slow=1))
        for n in range(10):
            held[MISROUTED].append(seed.item(MISROUTED, span[0] + (2 * n + 1) * DAY, returned=True))
        held.setdefault(ACTING, []).extend(seed.window(ACTING, span, on_time=20, slow=2, silent=1))
        held.setdefault(EMPTY, []).extend(seed.window(EMPTY, span, on_time=22, slow=1, empty=9))
        held.setdefault(FAVOURED, []).extend(seed.window(FAVOURED, span, on_time=20, silent=2))
        for n in range(14):
            due, code = span[0] + (n + 2) * DAY, ExclusionCode.AMBIGUOUS_PLACE
            held[FAVOURED].append(seed.item(FAVOURED, due, Outcome.SILENT, excluded=code))
        for n, office in enumerate(ORDINARY):
            held.setdefault(office, []).extend(
                seed.window(office, span, on_time=20 + n + number, slow=1, silent=1)
            )
            for k in range(3):
                due, code = span[0] + (5 * k + 3) * DAY, ExclusionCode.WAITING_THIRD_PARTY
                held[office].append(seed.item(office, due, excluded=code, by=SARI))
    seed.pour(store, now=now)
    return held


def raise_mark(store: Store, segments: Sequence[str], now: int = NOW, *, office: str = CANDIDATE) -> str:
    """A mark on an office, notified five days ago, with one objection answered in part and one open. Its id."""
    seed, span = Seed.empty(), spans(now)
    name, at = mark_id(office, span[-1][1]), now - 3 * DAY
    holder = Actor(f"lurah.{office}", Role.OFFICIAL, office)
    policy = builtin.load_policy().version
    half = len(segments) // 2
    parts = segments[:half], segments[half:]
    windows = tuple(CountedWindow(*one, (), tuple(part)) for one, part in zip(span, parts, strict=True))
    raised = MarkRaised(office, windows, policy, ("sari",), "a" * 64)
    seed.say(name, K.MARK_RAISED, at, RATNA, raised)
    seed.say(name, K.MARK_NOTIFIED, at + HOUR, RATNA, MarkNotified("b" * 64))
    seed.say(name, K.MARK_SERVED, at + 2 * HOUR, holder, MarkStepped())
    first = ObjectionFiled(
        "o1", tuple(segments[10:12]), "Dua laporan ini di jalan nasional.", ExclusionCode.MISROUTED
    )
    seed.say(name, K.OBJECTION_FILED, at + 5 * HOUR, holder, first)
    answer = ObjectionDecided(
        "o1",
        ObjectionOutcome.PARTLY,
        tuple(segments[10:11]),
        ExclusionCode.MISROUTED,
        "Satu di antaranya benar.",
    )
    seed.say(name, K.OBJECTION_DECIDED, at + 8 * HOUR, DEWI, answer)
    second = ObjectionFiled(
        "o2", tuple(segments[12:13]), "Menunggu PLN sejak awal.", ExclusionCode.WAITING_THIRD_PARTY
    )
    seed.say(name, K.OBJECTION_FILED, now - 5 * HOUR, holder, second)
    seed.pour(store, now=now)
    return name


@cache
def city_file() -> Path:
    """A store's file with the city and its one mark, made once in this process. Copy it; never open it."""
    folder = Path(tempfile.mkdtemp(prefix="seed-"))
    policy = builtin.load_policy()
    store = Store.open(folder / "desk.db", now=NOW, policy=policy)
    store.set_directory(directory(), "1", NOW, policies=[policy])
    held = city(store)
    raise_mark(store, held[CANDIDATE])
    store.close()
    return folder / "desk.db"


@contextmanager
def city_kit(folder: Path, *, actor: Actor = SUPERVISOR, scheme: str = "light") -> Iterator[Kit]:
    """A desk in `folder` whose store holds the city."""
    for file in city_file().parent.iterdir():
        shutil.copy(file, folder / file.name)
    store = Store.open(folder / "desk.db", now=NOW, policy=builtin.load_policy())
    with desk_in(folder, actor=actor, scheme=scheme, store=store) as kit:
        kit.desk.paths.prepare()
        kit.desk.directory = store.directory()
        yield kit
