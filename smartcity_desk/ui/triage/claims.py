"""A claim lasts as long as its holder works on the report: it is renewed while a decision about it is being made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer

from smartcity_desk.domain.times import MINUTE

if TYPE_CHECKING:
    from smartcity_desk.store.rows import RowData
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.triage.deeds import Deeds

RENEW_BEFORE_MS: Final = 3 * MINUTE
"""So long before its end a claim is renewed; less would be lost on a slow line."""
RENEWALS: Final = 3
"""How often one dialog renews: a dialog that somebody walked away from must not keep a report for ever."""
_TICK_MS: Final = 20_000


class ClaimKeeper(QObject):
    """Between :meth:`begin` and :meth:`end` the operator's own claim on a report does not run out."""

    def __init__(self, desk: Desk, deeds: Deeds, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._deeds = deeds
        self._row: RowData | None = None
        self._until = 0
        self._left = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.look)

    def begin(self, row: RowData | None) -> None:
        """A decision about this report is being made."""
        actor, now = self._desk.actor, self._desk.clock()
        mine = row is not None and actor is not None and row.claimed_by == actor.user
        if row is None or not mine or row.claim_until is None or row.claim_until <= now:
            return
        self._row, self._until, self._left = row, row.claim_until, RENEWALS
        self._timer.start()
        self.look()

    def end(self) -> None:
        """It is made, or given up."""
        self._row = None
        self._timer.stop()

    def look(self) -> None:
        """Renew what is about to end. A claim that has run out is not taken again: somebody else may work there."""
        row, now = self._row, self._desk.clock()
        if row is None or self._until - now > RENEW_BEFORE_MS:
            return
        if now >= self._until or not self._left:
            self.end()
            return
        self._left -= 1
        self._desk.tasks.replace("claim.renew", self._renew(row))

    async def _renew(self, row: RowData) -> None:
        until = await self._deeds.renew(row)
        if self._row is row and until is not None:
            self._until = until
