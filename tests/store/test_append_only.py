"""Confirmed events are only ever added, whoever asks."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.events import Event, EventKind, NoteAdded
from smartcity_desk.store import Store
from tests.domain.builders import ANI, T0
from tests.store.helpers import made, put, raw_of

EVENT = Event("e1", made(1).id, EventKind.NOTE_ADDED, T0, ANI, NoteAdded("catatan"), seq=1, action="a1")


@pytest.fixture
def told(store: Store) -> Store:
    put(store, made(1))
    assert store.central.apply_events([EVENT], cursor=1, now=T0).events == 1
    return store


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET at = 0",
        "UPDATE event SET seq = 9",
        "DELETE FROM event",
        "DELETE FROM event WHERE seq = 1",
    ],
)
def test_no_event_is_changed_or_removed(told: Store, statement: str) -> None:
    with raw_of(told.path) as raw:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute(statement)
        assert raw.execute("SELECT id, at, seq FROM event").fetchall() == [("e1", T0, 1)]


@pytest.mark.parametrize("how", ["INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE", "INSERT"])
@pytest.mark.parametrize(("seq", "event_id"), [(1, "other"), (7, "e1"), (1, "e1")])
def test_no_conflict_clause_replaces_an_event(told: Store, how: str, seq: int, event_id: str) -> None:
    with raw_of(told.path) as raw:
        raw.execute(
            f"{how} INTO event (seq, id, subject, kind, at, user, role, payload) "
            "VALUES (?, ?, 's', 'k', 0, 'u', 'r', '')",
            (seq, event_id),
        )
        assert raw.execute("SELECT id, at, seq FROM event").fetchall() == [("e1", T0, 1)]


def test_the_same_event_again_is_not_counted(told: Store) -> None:
    again = told.central.apply_events([EVENT, replace(EVENT, id="e2", seq=2)], cursor=2, now=T0)
    assert again.events == 1
    assert told.central.cursor().event_seq == 2


def test_an_event_without_a_place_is_bad_data(told: Store) -> None:
    with pytest.raises(BadData):
        told.central.apply_events([replace(EVENT, id="e3", seq=None)], cursor=3, now=T0)
    assert told.central.cursor().event_seq == 1, "nothing of that page is kept"
