"""Two people at one desk, one after the other: what each did is taken back by nobody else, and not in part unsaid."""

from __future__ import annotations

from typing import Any

import pytest

from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.domain.events import ClaimTaken, EventKind, NoteAdded
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.i18n import tr
from smartcity_desk.store import OpState
from smartcity_desk.ui.triage.deeds import Deeds
from smartcity_desk.ui.triage.screen import TriageScreen
from tests.ui.kit import OPERATOR, SUPERVISOR, Kit

K = EventKind


def queued(kit: Kit) -> int:
    return len(kit.desk.store.ops([OpState.QUEUED]))


def test_who_takes_the_seat_over_takes_back_nothing_of_who_sat_there(triage: TriageScreen, kit: Kit) -> None:
    row = triage.model.row_data(0)
    assert row is not None
    kit.run(triage.deeds.act(K.NOTE_ADDED, NoteAdded("catatan"), [row]))
    kit.desk.actor = SUPERVISOR
    for deeds in (triage.deeds, Deeds(kit.desk)):  # the same sitting, and the next one
        kit.run(deeds.undo())
        assert kit.said[-1].text == tr("action.undo.nothing")
        assert queued(kit) == 1
    kit.desk.actor = OPERATOR
    kit.run(triage.deeds.undo())
    assert queued(kit) == 0, "it is still there for who did it"


def test_nor_does_again_what_the_other_one_took_back(triage: TriageScreen, kit: Kit) -> None:
    row = triage.model.row_data(0)
    assert row is not None
    kit.run(triage.deeds.act(K.NOTE_ADDED, NoteAdded("catatan"), [row]))
    kit.run(triage.deeds.undo())
    kit.desk.actor = SUPERVISOR
    kit.run(triage.deeds.redo())
    assert kit.said[-1].text == tr("action.redo.nothing")
    assert queued(kit) == 0


def test_opposites_that_were_done_before_one_failed_are_shown(
    triage: TriageScreen, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = list(kit.desk.store.rows([1, 2], now=kit.now).values())
    claim = ClaimTaken("sari", kit.now + MINUTE)
    kit.run(triage.deeds.act(K.CLAIM_TAKEN, claim, rows))
    entry = triage.deeds._undo[-1]
    store, changed = type(kit.desk.store), list[frozenset[str]]()
    act, calls = store.act, list[int]()

    def once(*values: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) > 1:
            raise StoreProblem("disk_full")
        return act(*values, **named)

    monkeypatch.setattr(store, "act", once)
    triage.deeds.changed.connect(changed.append)
    kit.run(triage.deeds._compensate(entry, rows))
    assert changed == [frozenset({rows[0].id})]
