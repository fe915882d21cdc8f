"""A file with two offices that answer as they are told to, long enough for both windows of the rule."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from smartcity_desk.directory import builtin_directory, load_policy
from smartcity_desk.domain.events import (
    Actor,
    Delivered,
    Event,
    EventKind,
    Payload,
    Responded,
    Role,
    RoutingSent,
)
from smartcity_desk.domain.ids import mark_id, report_id
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind
from smartcity_desk.domain.times import DAY, HOUR, from_iso
from smartcity_desk.store import Store

K = EventKind
NOW = from_iso("2026-11-27T10:00:00+07:00")
SILENT, GOOD, SMALL = "31.74.01.1001", "31.74.01.1002", "31.74.01.1003"
RATNA = Actor("ratna", Role.SUPERVISOR)
RANI = Actor("rani", Role.SUPERVISOR)
DEWI = Actor("dewi", Role.REVIEWER)
SARI = Actor("sari", Role.OPERATOR)
REPORTER = "Joko Pelapor 0812-3456-7890 NIK 3174012345678901"
ANSWER = "Petugas sudah turun dan pekerjaan dimulai hari ini."


def report(number: int, at: int) -> Report:
    return Report(
        id=report_id("petabencana", str(1000 + number)),
        channel="petabencana",
        external_id=str(1000 + number),
        kind=ReportKind.COMPLAINT,
        reported_at=at,
        text=f"Sampah menumpuk nomor {number}",
        category="sampah",
        author="pseudonym",
        place_quality=PlaceQuality.NONE,
        raw=REPORTER,
        unmasked=REPORTER,
    )


class Town:
    """The store, and a hand to let things happen in it as the central server would tell them."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder / "desk.sqlite3", now=NOW, policy=load_policy())
        self.store.set_directory(builtin_directory(NOW), "e", NOW)
        self.seq = 0
        self.count = 0
        self._random = random.Random(5)
        self._events: list[Event] = []

    def happen(self, subject: str, kind: EventKind, payload: Payload, at: int, by: Actor) -> Event:
        self.seq += 1
        event = Event(f"e{self.seq:05d}", subject, kind, at, by, payload, self.seq, f"a{self.seq:05d}")
        self._events.append(event)
        return event

    def tell(self) -> None:
        self.store.central.apply_events(self._events, cursor=self.seq, now=NOW)
        self._events = []

    def routed(self, office: str, at: int, *, answered: bool) -> str:
        self.count += 1
        made = report(self.count, at - HOUR)
        self.store.central.apply_reports([made], cursor=str(self.count), now=NOW)
        self.happen(made.id, K.ROUTING_SENT, RoutingSent(office, "wilayahnya"), at, SARI)
        system, official = Actor("s", Role.SYSTEM), Actor(f"lurah.{office}", Role.OFFICIAL, office)
        self.happen(made.id, K.REPORT_DELIVERED, Delivered(office), at + 1000, system)
        if answered:
            self.happen(made.id, K.REPORT_RESPONDED, Responded(office, ANSWER), at + 2 * HOUR, official)
        return made.id

    def act(self, kind: EventKind, payload: Payload, subject: str, by: Actor, at: int = NOW) -> None:
        """An act of this desk that the central server confirms at once."""
        result = self.store.act(kind, payload, [subject], actor=by, now=at, randomness=self._random.randbytes)
        assert result.refused == (), result.refused
        [op] = result.done
        detail = self.store.offices.subject_events([subject])[subject]
        mine = [event for event in detail if event.action == op.id]
        numbered = []
        for event in mine:
            self.seq += 1
            numbered.append(replace(event, seq=self.seq))
        self.store.central.apply_events(numbered, cursor=self.seq, now=at)

    def refused(self, kind: EventKind, payload: Payload, subject: str, by: Actor, at: int = NOW) -> str:
        result = self.store.act(kind, payload, [subject], actor=by, now=at, randomness=self._random.randbytes)
        [(_, why)] = result.refused
        return getattr(why, "code", "conflict")


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    """Two windows of 28 days: SILENT answers 8 of 25 in each, GOOD all, SMALL misses 2 of 3."""
    made = Town(folder)
    for window in (0, 1):
        start = NOW - (56 - 28 * window) * DAY
        for n in range(25):
            at = start + n * DAY + n * HOUR // 3
            made.routed(SILENT, at, answered=n < 8)
            made.routed(GOOD, at, answered=True)
        for n in range(3):
            made.routed(SMALL, start + n * DAY, answered=n == 0)
    made.tell()
    try:
        yield made
    finally:
        made.store.close()


def mark_of(town: Town) -> str:
    """The id of the mark that SILENT gets now."""
    city = town.store.offices.city_figures(now=NOW)
    return mark_id(SILENT, city.windows[-1][1])
