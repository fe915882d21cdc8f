"""Whether a list may take new reports in by itself: when it is empty, or nothing in it is under anybody's hand."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from smartcity_desk.domain.times import SECOND

if TYPE_CHECKING:
    from smartcity_desk.ui.triage.model import ReportTable
    from smartcity_desk.ui.triage.view import ReportView

FIRST_FILL_MS: Final = 20 * SECOND
"""So long after a list was empty it goes on to show its newest rows while it fills."""
FOLLOW_MOST: Final = 20_000
"""A longer list is taken in by key only: reading it anew for each page of a flood would cost more than it shows."""


class Wish(Enum):
    """What a list does with reports that wait."""

    WAIT = auto()
    """They are counted; the operator takes them in."""
    TOP = auto()
    """Take them in and stand on the first row."""
    STAY = auto()
    """Take them in; the cursor stays on its report and the list at its top."""


class Follow:
    """Knows where the program itself has put the cursor: anything else is the operator's doing."""

    def __init__(self, view: ReportView, model: ReportTable) -> None:
        self._view = view
        self._model = model
        self._put: int | None = None
        self._empty_at: int | None = None

    def put_at(self, pk: int | None) -> None:
        """The cursor was put on this report by the program; None once the operator has laid a hand on it."""
        self._put = pk

    def was_empty(self, now: int) -> None:
        """The list was read and had no rows."""
        self._empty_at = now

    def wish(self, new: int, now: int, *, changed: bool = False) -> Wish:
        """What to do with `new` waiting reports, or with a list that is `changed` in another way.

        A report that is being looked at never leaves the screen by itself.
        """
        rows = self._model.rowCount()
        if new <= 0 and not changed:
            return Wish.WAIT
        if rows == 0:
            self._empty_at = now
            return Wish.TOP
        if rows + new > FOLLOW_MOST or not self._untouched():
            return Wish.WAIT
        if self._empty_at is not None and now - self._empty_at < FIRST_FILL_MS:
            return Wish.TOP
        if new <= 0:  # rows that have left stay where they are, so that nothing moves
            return Wish.WAIT
        stays = self._view.currentIndex().row() + new < self._view.whole_rows()
        return Wish.STAY if stays else Wish.WAIT

    def _untouched(self) -> bool:
        view = self._view
        return (
            self._put is not None
            and view.current_pk() == self._put
            and view.verticalScrollBar().value() == 0
            and view.marked == frozenset()
            and not view.handled
        )
