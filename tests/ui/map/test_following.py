"""The points of the map kept true: a failed reading loses nothing, and one thread at a time reads into the book."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from PySide6.QtCore import QObject

from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.ui.map.following import Following
from smartcity_desk.ui.map.points import PointBook
from tests.ui.kit import Kit, until
from tests.ui.map.conftest import OpenMap, placed


@pytest.fixture
def owner() -> QObject:
    """What the reading belongs to."""
    return QObject()


def locked(*_: object, **__: object) -> Any:
    raise StoreProblem("locked")


def begun(kit: Kit, owner: QObject) -> tuple[Following, PointBook]:
    """A book that holds one report's point, and who keeps it true."""
    kit.ingest([placed(0)])
    book = PointBook()
    following = Following(kit.desk, book, owner)
    following.start()
    kit.settle()
    return following, book


def test_points_that_could_not_be_read_at_first_are_read_when_it_catches_up(
    kit: Kit, owner: QObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.ingest([placed(0)])
    book, told = PointBook(), list[bool]()
    following = Following(kit.desk, book, owner)
    following.read.connect(told.append)
    with monkeypatch.context() as patch:
        patch.setattr(type(kit.desk.store), "whereabouts", locked)
        following.start()
        kit.settle()
    assert (book.loaded, len(kit.said)) == (False, 1)
    following.catch_up()
    kit.settle()
    assert (book.loaded, book.newest, told) == (True, 1, [True])
    following.catch_up()
    assert len(kit.desk.tasks) == 0, "all is read"


def test_a_change_that_could_not_be_read_is_not_forgotten(
    kit: Kit, owner: QObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    following, book = begun(kit, owner)
    before = book.position(1)
    kit.ingest([placed(0, lat=-6.3)])
    with monkeypatch.context() as patch:
        patch.setattr(type(kit.desk.store), "whereabouts", locked)
        following.follow(frozenset({1}))
        until(lambda: bool(kit.said))
        kit.settle()
    assert book.position(1) == before
    following.catch_up()
    kit.settle()
    after = book.position(1)
    assert after is not None
    assert abs(after[0] + 6.3) < 1e-5


def test_which_reports_were_acted_on_may_not_be_readable_then_all_are_read(
    kit: Kit, owner: QObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    following, book = begun(kit, owner)
    kit.ingest([placed(0, lat=-6.3)])
    monkeypatch.setattr(type(kit.desk.store), "pks_of", locked)
    following.follow_reports(frozenset({"petabencana:400000"}))
    until(lambda: abs((book.position(1) or (0, 0))[0] + 6.3) < 1e-5)
    kit.settle()
    assert len(kit.said) == 1


def test_a_reading_waits_for_the_one_before(
    kit: Kit, owner: QObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.ingest([placed(0)])
    may_go_on, began, at_once = threading.Event(), list[int](), list[int]()
    book = PointBook()
    following = Following(kit.desk, book, owner)
    following.start()
    kit.settle()
    whereabouts = type(kit.desk.store).whereabouts

    def slow(*values: Any, **named: Any) -> Any:
        at_once.append(1)
        began.append(len(at_once))
        assert may_go_on.wait(20)
        at_once.pop()
        return whereabouts(*values, **named)

    monkeypatch.setattr(type(kit.desk.store), "whereabouts", slow)
    following.follow(None)
    following.catch_up()
    until(lambda: bool(began))
    following.follow(frozenset({1}))
    following.catch_up()
    assert len(kit.desk.tasks) == 1
    may_go_on.set()
    until(lambda: len(began) >= 2)
    kit.settle()
    assert set(began) == {1}, "never two readers in the book"


def test_the_ring_is_where_the_cursor_went_while_the_table_was_shown(city_map: OpenMap) -> None:
    screen = city_map.screen
    told = list[object]()
    screen.deactivate()
    screen.show_face("triage")
    screen.activate()
    screen.view.go_to(7)
    screen.deactivate()
    screen.show_face("map")
    view = city_map.face.stage.view
    assert view is not None
    call = view.call
    view.call = lambda name, *values: (told.append((name, *values)), call(name, *values))  # type: ignore[method-assign]
    screen.activate()
    pk = screen.model.pk(7)
    assert pk is not None
    assert ("current", city_map.face.viewer.book.position(pk)) in told
