"""Eskalasi on a desk whose file has one office that the rule names, and people of every role."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialog

from smartcity_desk.directory import load_policy
from smartcity_desk.domain.decision import plain_events
from smartcity_desk.domain.events import Actor, EventKind, MarkNotified, MarkStepped, Payload
from smartcity_desk.domain.ids import mark_id
from smartcity_desk.domain.marks import MarkState
from smartcity_desk.domain.raising import raised
from smartcity_desk.evidence.gathering import digest
from smartcity_desk.store import OpResult, Store
from smartcity_desk.store.rows import OpRow
from smartcity_desk.ui import qt_texts, sheets, theme
from smartcity_desk.ui.escalation.screen import EscalationScreen
from tests.evidence.city import NOW, RATNA, SILENT, town
from tests.ui.conftest import put_away
from tests.ui.kit import Kit, desk_in, press, show, until

HASH = "ab" * 32
T = TypeVar("T", bound=QDialog)


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file, made once."""
    folder = tmp_path_factory.mktemp("seeded")
    with town(folder):
        pass
    return folder / "desk.sqlite3"


@pytest.fixture
def kit(qapp: QApplication, tmp_path: Path, seeded: Path) -> Iterator[Kit]:
    """A desk of a supervisor on a copy of it. Windows and timers that a test leaves behind fail it."""
    qt_texts.install()
    shutil.copy(seeded, tmp_path / "copy.sqlite3")
    store = Store.open(tmp_path / "copy.sqlite3", now=NOW, policy=load_policy())
    with desk_in(tmp_path, actor=RATNA, scheme="light", store=store) as made:
        made.now = NOW
        made.desk.directory = store.directory()
        made.desk.paths.prepare()
        yield made
    put_away(qapp)
    assert [widget for widget in qapp.topLevelWidgets() if widget.isVisible()] == []
    assert [timer for timer in qapp.findChildren(QTimer) if timer.isActive()] == []
    theme.apply(theme.make("light"))


@pytest.fixture
def screen(kit: Kit) -> Iterator[EscalationScreen]:
    """The screen with the board on show."""
    made = EscalationScreen(kit.desk)
    sheets.bind(kit.desk, made)
    show(made)
    made.activate()
    kit.settle()
    made.board_page.take_focus()
    yield made
    kit.settle()
    made.deactivate()
    made.close()


def become(kit: Kit, actor: Actor | None) -> None:
    """Somebody else sits down."""
    kit.desk.actor = actor
    kit.desk.bridge.actor_changed.emit()
    kit.settle()


def later(kit: Kit, screen: EscalationScreen, ms: int) -> None:
    """Time passes, and the screen looks again."""
    kit.now += ms
    reread(kit, screen)


def reread(kit: Kit, screen: EscalationScreen) -> None:
    screen._reread()
    kit.settle()


def act(kit: Kit, kind: EventKind, payload: Payload, subject: str, by: Actor) -> OpRow:
    """Something that was done elsewhere on this desk."""
    result = kit.desk.store.act(
        kind, payload, [subject], actor=by, now=kit.now, randomness=kit.desk.randomness
    )
    assert result.refused == ()
    return result.done[0]


def the_mark(kit: Kit, office: str = SILENT) -> str:
    """The id of the mark that an office gets now."""
    figures = kit.desk.store.offices.office_figures(office, now=kit.now)
    return mark_id(office, figures.windows[-1].window[1])


def marked(kit: Kit, *, notified: bool = False, served: bool = False, by: Actor = RATNA) -> str:
    """SILENT is marked, and perhaps notified and served; the server has all of it."""
    store = kit.desk.store
    figures = store.offices.office_figures(SILENT, now=kit.now)
    name = the_mark(kit)
    payload = raised(figures, store.law().book.at(kit.now).version, digest)
    act(kit, EventKind.MARK_RAISED, payload, name, by)
    if notified or served:
        act(kit, EventKind.MARK_NOTIFIED, MarkNotified(HASH), name, by)
    if served:
        act(kit, EventKind.MARK_SERVED, MarkStepped("diterima lewat surat"), name, by)
    confirm(kit)
    return name


def state(kit: Kit, name: str) -> MarkState:
    return kit.desk.store.offices.marks()[name]


def confirm(kit: Kit) -> int:
    """The central server takes everything that waits, held or not, as if a minute had passed."""
    store, taken = kit.desk.store, 0
    while actions := store.central.next_ops(100, kit.now + 120_000):
        results: list[OpResult] = []
        for action in actions:
            seq = store.central.cursor().event_seq + len(results) + 1
            events = tuple(replace(event, seq=seq) for event in plain_events(action))
            results.append(OpResult(action.id, "accepted", events=events, seq=seq))
        store.central.settle(results, kit.now)
        store.central.apply_events([], cursor=store.central.cursor().event_seq + len(results), now=kit.now)
        taken += len(results)
    return taken


def waiting(kit: Kit, kind: EventKind | None = None) -> list[OpRow]:
    """What this desk has not sent yet, the newest first."""
    from smartcity_desk.store.shown import OpState

    return [op for op in kit.desk.store.ops([OpState.QUEUED]) if kind in (None, op.kind)]


def opened(kind: type[T]) -> T:
    """The dialog on screen, waited for."""
    until(lambda: isinstance(QApplication.activeModalWidget(), kind))
    found = QApplication.activeModalWidget()
    assert isinstance(found, kind)
    return found


def gone() -> None:
    """No dialog is on screen."""
    until(lambda: QApplication.activeModalWidget() is None)


def keys(kit: Kit, screen: EscalationScreen, *pressed: str) -> None:
    """Press keys one after the other, each when all is calm."""
    for key in pressed:
        press(screen, key)
        dialog = QApplication.activeModalWidget()
        until(lambda: len(kit.desk.tasks) <= (1 if QApplication.activeModalWidget() else 0))
        del dialog


def said(kit: Kit) -> list[str]:
    """Every sentence that was said."""
    return [message.text for message in kit.said]
