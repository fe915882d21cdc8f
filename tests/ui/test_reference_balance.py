"""The binding must give back what it takes: PySide6 6.12.0 lost a reference on every emit() and aborted Python 3.11.

These tests are what the upper bound on PySide6 waits for; see docs/decisions/0005-pyside6-below-6-12.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

TIMES = 100
# Another thread, or the collector, may hold a few more or fewer at the moment of looking.
NOISE = 20


class Sender(QObject):
    told = Signal(int)


class Model(QAbstractListModel):
    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 1

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        return None


def lost(value: object, act: Callable[[], object]) -> int:
    """Return how many references to `value` are missing after acting TIMES times."""
    act()
    before = sys.getrefcount(value)
    for _ in range(TIMES):
        act()
    return before - sys.getrefcount(value)


counted = pytest.mark.skipif(
    sys.version_info >= (3, 12),
    reason="from Python 3.12 on these objects are immortal and their counts mean nothing",
)


@counted
@pytest.mark.parametrize("value", [True, False, None])
def test_emit_keeps_the_balance(value: object) -> None:
    sender = Sender()
    heard: list[int] = []
    sender.told.connect(heard.append)
    assert abs(lost(value, lambda: sender.told.emit(1))) < NOISE
    assert len(heard) == TIMES + 1


@counted
def test_a_callback_that_answers_nothing_keeps_the_balance() -> None:
    model = Model()
    index = model.index(0)
    through_qt = QPersistentModelIndex(index)
    assert abs(lost(None, lambda: through_qt.data())) < NOISE


@counted
def test_void_methods_and_properties_keep_the_balance() -> None:
    thing = QObject()
    assert abs(lost(None, lambda: thing.setObjectName("x"))) < NOISE
    assert abs(lost(None, lambda: thing.property("missing"))) < NOISE


def test_the_binding_is_one_that_is_known_to_be_balanced() -> None:
    import PySide6

    assert PySide6.__version_info__[:2] < (6, 12), (
        "lift the bound only when the tests above pass on Python 3.11"
    )
