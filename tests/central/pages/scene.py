"""A past for the pages to show: decided action by action by the server's own rules, at times of its own choosing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from smartcity_desk import codec
from smartcity_desk.central import actions, replies, reports
from smartcity_desk.central.db import Database
from smartcity_desk.central.permissions import Principal
from smartcity_desk.central.services import Services
from smartcity_desk.domain.decision import Action
from smartcity_desk.domain.events import (
    CompletionAnswered,
    CompletionClaimed,
    CountedWindow,
    Delivered,
    EventKind,
    MarkNotified,
    MarkRaised,
    NoticeSent,
    Payload,
    Responded,
    Role,
    RoutingSent,
)
from smartcity_desk.domain.ids import inbox_id, mark_id, reply_id, time_ordered_id
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.outward import notice_key
from smartcity_desk.domain.policy import Rung
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.times import DAY, HOUR
from tests.central.world import MENTENG, TEBET, report

K = EventKind
PEOPLE = {
    "oki": Principal("oki", "Oki", Role.OPERATOR, None, ""),
    "susi": Principal("susi", "Susi", Role.SUPERVISOR, None, ""),
    "rere": Principal("rere", "Rere", Role.REVIEWER, None, ""),
    "lurah.tebet": Principal("lurah.tebet", "Lurah Tebet Timur", Role.OFFICIAL, TEBET, ""),
    "lurah.menteng": Principal("lurah.menteng", "Lurah Menteng", Role.OFFICIAL, MENTENG, ""),
}


@dataclass
class Scene:
    """`now` moves as the story wants it; everything is written through `actions.perform`."""

    db: Database
    law: Law
    now: int
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def of(cls, services: Services, now: int) -> Scene:
        return cls(services.db, services.db.read_now(services.law), now)

    def push(self, number: int, at: int, **changes: Any) -> Report:
        one = report(number, reported_at=at, **changes)
        wire = [codec.report_to_wire(one)]
        done = self.db.write_now(lambda connection: reports.push(connection, wire, user="oki", now=at))
        assert done.accepted == 1
        return one

    def reply(self, one: Report, name: str, at: int, text: str, **changes: Any) -> Reply:
        """What the channel says later about a report."""
        said = Reply(reply_id(one.channel, name), one.channel, name, one.external_id, at, text, **changes)
        wire = [codec.reply_to_wire(said)]
        done = self.db.write_now(lambda connection: replies.push(connection, wire, user="oki", now=at))
        assert done.accepted == 1
        return said

    def act(self, user: str, subject: str, kind: EventKind, payload: Payload, at: int) -> str:
        """Do it, and return the id of its first event."""
        who = PEOPLE[user]
        name = time_ordered_id(at, next(self.numbers).to_bytes(10, "big"))
        item = codec.action_to_wire(Action(name, subject, kind, payload, who.actor, at))

        def work(connection: Connection) -> list[actions.Outcome]:
            return actions.perform(connection, who, [item], self.law, now=at)

        (outcome,) = self.db.write_now(work)
        assert outcome.outcome == "accepted", (kind, outcome)
        return str(codec.decode(outcome.bodies[0], dict, key="event")["id"])

    def send(self, one: Report, at: int, office: str = TEBET, *, received: bool = True) -> str:
        """Route it; return the segment's id."""
        segment = self.act("oki", one.id, K.ROUTING_SENT, RoutingSent(office, "wilayah kantor ini"), at)
        if received:
            user = "lurah.tebet" if office == TEBET else "lurah.menteng"
            self.act(user, one.id, K.REPORT_DELIVERED, Delivered(office), at)
        return segment

    def answer(self, one: Report, at: int, text: str = "Sudah kami kerjakan sejak pagi tadi.") -> str:
        return self.act("lurah.tebet", one.id, K.REPORT_RESPONDED, Responded(TEBET, text), at)

    def claim(self, one: Report, at: int, *, accepted: bool | None) -> None:
        text = "Selesai dikerjakan bersama PPSU."
        self.act("lurah.tebet", one.id, K.COMPLETION_CLAIMED, CompletionClaimed(TEBET, text), at)
        if accepted is not None:
            kind = K.COMPLETION_ACCEPTED if accepted else K.COMPLETION_REFUSED
            reason = CompletionAnswered("" if accepted else "foto tidak menunjukkan tempatnya")
            self.act("oki", one.id, kind, reason, at + HOUR)

    def windows(self) -> tuple[tuple[int, int], ...]:
        """Two windows of 28 days that ended some days ago, at a midnight of Jakarta."""
        end = (self.now + 7 * HOUR) // DAY * DAY - 7 * HOUR - 2 * DAY
        return ((end - 56 * DAY, end - 28 * DAY), (end - 28 * DAY, end))

    def mark(
        self, first: int, *, per_window: int = 22, on_time: int = 8, notified_at: int
    ) -> tuple[str, list[str]]:
        """An office with too many late answers, marked and notified. Returns the mark and its segments."""
        windows, segments = [], []
        numbers = itertools.count(first)
        for since, until in self.windows():
            held: list[str] = []
            for place in range(per_window):
                at = since + DAY + place * HOUR
                one = self.push(
                    next(numbers), at - HOUR, text=f"Lampu jalan mati di gang {place}", category="road"
                )
                held.append(self.send(one, at))
                if place < on_time:
                    self.answer(one, at + HOUR)
                elif place % 2:
                    self.answer(one, at + 3 * DAY)
            windows.append(CountedWindow(since, until, tuple(held[:on_time]), tuple(held[on_time:])))
            segments += held
        name = mark_id(TEBET, windows[-1].until)
        raised = MarkRaised(TEBET, tuple(windows), self.law.book.versions[0].version, ("oki",), "e" * 64)
        self.act("susi", name, K.MARK_RAISED, raised, notified_at - HOUR)
        self.act("susi", name, K.MARK_NOTIFIED, MarkNotified("d" * 64), notified_at)
        return name, segments

    def notice(self, segments: list[str], at: int, *, office: str = TEBET, urgent: bool = False) -> str:
        keys = tuple(notice_key(segment, Rung.OFFICE, office) for segment in segments)
        payload = NoticeSent(office, keys, tuple(segments), urgent)
        return self.act("oki", inbox_id(office), K.NOTICE_SENT, payload, at)
