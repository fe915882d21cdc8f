"""The map's reports kept true: read once as a whole, then only what has changed, one reading after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.ui.beats import once

if TYPE_CHECKING:
    from smartcity_desk.ui.map.points import PointBook
    from smartcity_desk.ui.services import Desk

FOLLOW_MS: Final = 700
"""At most so often is read what has changed of reports while data streams in."""


class Following(QObject):
    """Reads into the book of points, in a reader's thread, as long as somebody looks."""

    read = Signal(bool)
    """The book is newer now; true the first time, when it is whole."""

    def __init__(self, desk: Desk, book: PointBook, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._book = book
        self._active = False
        self._reading = False
        self._changed: set[int] | None = set()
        self._timer = once(self, FOLLOW_MS, self._read)
        desk.bridge.reports_changed.connect(self._reports_changed)

    def start(self) -> None:
        """Somebody looks."""
        self._active = True
        self.catch_up()

    def stop(self) -> None:
        """Nobody looks: what changes is noted and read later."""
        self._active = False
        self._timer.stop()

    def catch_up(self) -> None:
        """Read what has not been read yet, now."""
        if not self._book.loaded or self._changed != set():
            self._read()

    def follow(self, pks: frozenset[int] | None) -> None:
        """Some reports are other ones now; None = anything may be."""
        if pks is None or self._changed is None:
            self._changed = None
        else:
            self._changed.update(pks)
        self._soon()

    def follow_reports(self, ids: frozenset[str]) -> None:
        """Reports that the operator has just acted on, by id."""
        self._desk.tasks.spawn(self._follow_ids(sorted(ids)), name="map.follow")

    async def _follow_ids(self, ids: list[str]) -> None:
        try:
            pks = await self._desk.readers.run(self._desk.store.pks_of, ids)
        except DeskError as problem:
            self._desk.notify.error(problem)
            self.follow(None)
            return
        self.follow(frozenset(pks))

    def _reports_changed(self, what: object) -> None:
        self.follow(what.get("pks") if isinstance(what, dict) else None)

    def _soon(self) -> None:
        if self._active and self._book.loaded and not self._timer.isActive():
            self._timer.start()

    def _read(self) -> None:
        if self._active and not self._reading:
            self._reading = True  # the book is not for two threads at once
            self._desk.tasks.spawn(self._read_changes(), name="map.points")

    async def _read_changes(self) -> None:
        book, store, changed = self._book, self._desk.store, self._changed
        self._changed = set()  # what changes from here on may have been read before it did
        first = not book.loaded
        try:
            if first:
                await self._desk.readers.run(book.load, store)
            else:
                wanted = None if changed is None else sorted(changed)
                await self._desk.readers.run(book.follow, store, wanted)
        except DeskError as problem:
            # It is still to be read: with the next change, or when the map asks to catch up.
            self._changed = None if changed is None or self._changed is None else self._changed | changed
            self._desk.notify.error(problem)
            return
        finally:
            self._reading = False
        self.read.emit(first)
        if self._changed != set():
            self._soon()
