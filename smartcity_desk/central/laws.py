"""The law at the server: the directory's policies, the calendars that ship, and what the log declares and approves."""

from __future__ import annotations

import threading

import msgspec
from sqlalchemy import Connection, func, select

from smartcity_desk.calendars import load_calendars
from smartcity_desk.central import ledger, schema
from smartcity_desk.central.directories import Edition, read
from smartcity_desk.directory import load_policy
from smartcity_desk.domain.calamity import fold_calamity
from smartcity_desk.domain.events import EventKind
from smartcity_desk.domain.law import Exemption, Law
from smartcity_desk.domain.policies import fold_policy
from smartcity_desk.domain.policy import Policy, PolicyBook
from smartcity_desk.domain.subjects import Subject, subject_of

_KINDS = [kind.value for kind in EventKind if subject_of(kind) in (Subject.CALAMITY, Subject.POLICY)]


class Laws:
    """The law in force, kept until the directory or a declaration changes."""

    def __init__(self) -> None:
        self._cached: tuple[tuple[int, int], Law] | None = None
        self._read_to = 0
        self._newest = 0
        self._lock = threading.Lock()

    def current(self, connection: Connection, edition: Edition) -> Law:
        """The law of an edition of the directory and of the log as it stands.

        Call it before a transaction writes events: what is rolled back must not be taken for read.
        """
        end = ledger.head(connection).seq
        newest = self._newest_declaration(connection, end)
        label = (edition.version, newest)
        with self._lock:
            if self._cached is not None and self._cached[0] == label:
                return self._cached[1]
        exemptions, approved = _declared(connection) if newest else ([], [])
        _, policies = read(msgspec.json.decode(edition.body))
        book = PolicyBook([*(policies or [load_policy()]), *approved])
        law = Law(book, load_calendars(), edition.directory, exemptions)
        if newest <= end:  # a reader may be looking at the log as it was before the newest declaration
            with self._lock:
                self._cached = (label, law)
        return law

    def _newest_declaration(self, connection: Connection, end: int) -> int:
        """The number of the newest event that the law follows from; the log is read on from where it was read to."""
        log = schema.event_log
        with self._lock:
            since, known = self._read_to, self._newest
        if end <= since:
            return known
        query = select(func.max(log.c.seq)).where(log.c.seq > since, log.c.seq <= end, log.c.kind.in_(_KINDS))
        newest = connection.execute(query).scalar() or known
        with self._lock:
            self._read_to, self._newest = max(self._read_to, end), max(self._newest, newest)
            return self._newest


def _declared(connection: Connection) -> tuple[list[Exemption], list[Policy]]:
    log = schema.event_log
    subjects = connection.execute(select(log.c.subject).where(log.c.kind.in_(_KINDS)).distinct()).scalars()
    exemptions: list[Exemption] = []
    approved: list[Policy] = []
    for events in ledger.events_of(connection, sorted(subjects)).values():
        if subject_of(events[0].kind) is Subject.CALAMITY:
            declared = fold_calamity(events).exemption()
            if declared is not None:
                exemptions.append(declared)
        else:
            policy = fold_policy(events).in_force()
            if policy is not None:
                approved.append(policy)
    return exemptions, approved
