"""Steps above a camat: a person looks at what they tell, and sends them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from smartcity_desk.domain.events import EventKind
from smartcity_desk.i18n import tr
from smartcity_desk.ui.escalation.rising import LINES_MOST, RisingDialog, approval, receiver
from smartcity_desk.ui.loop import shown
from smartcity_desk.ui.notify import Level

if TYPE_CHECKING:
    from smartcity_desk.domain.law import Law
    from smartcity_desk.ui.escalation.acting import Acts
    from smartcity_desk.ui.escalation.board import Card
    from smartcity_desk.ui.services import Desk


class Approvals(QObject):
    """Opens the digest under the cursor."""

    def __init__(
        self,
        desk: Desk,
        acts: Acts,
        card: Callable[[], Card | None],
        law: Callable[[], Law | None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._desk = desk
        self._acts = acts
        self._card = card
        self._law = law
        self._window = window

    def open(self) -> None:
        """Show what the card under the cursor tells of; Enter approves it where that is possible."""
        card = self._card()
        if card is None or card.rising is None:
            self._desk.notify.say(tr("escalation.no_notice"), Level.WARNING, replaces="escalation.refused")
            return
        self._desk.tasks.replace("escalation.approve", self._open(card))

    async def _open(self, card: Card) -> None:
        desk, law, rising = self._desk, self._law(), card.rising
        assert rising is not None
        if law is None:
            return
        climbs = rising.digest.climbs[:LINES_MOST]
        lines = await desk.readers.run(
            desk.store.offices.report_rows, list({one.report for one in climbs}), now=desk.clock()
        )
        refusal = approval(card, desk.actor, law, desk.clock())
        dialog = RisingDialog(desk, card, lines, refusal, self._window)
        name = receiver(desk.directory, rising.digest.office)

        async def submit() -> str | None:
            said = tr("escalation.done.approve", office=name)
            return await self._acts.act(EventKind.NOTICE_SENT, rising.digest.notice(), rising.inbox, said)

        dialog.submit = submit
        await shown(dialog)
