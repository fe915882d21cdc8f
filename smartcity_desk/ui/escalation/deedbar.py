"""The deeds of the card under the cursor: what is possible now as buttons, the rest on demand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QPushButton, QWidget

from smartcity_desk.i18n import tr
from smartcity_desk.ui.escalation import words
from smartcity_desk.ui.escalation.deeds import Deed, Offer
from smartcity_desk.ui.formats import tip
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.flow import Flow

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk

EXTRA = ("escalation.dossier", "escalation.all")
"""Always there beside the deeds: the papers of this card, and the list of everything with its reasons."""
STOP = "escalation.stop"
"""There while an act on this card can still be stopped."""


class DeedBar(QFrame):
    """Shows offers; what runs is the command of the deed, so a button and its key are the same."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._offers: Sequence[Offer] = ()
        self._any = False
        self.setProperty("ground", "raised")
        self.setProperty("line", "top")
        flow = Flow(self)
        flow.setContentsMargins(12, 6, 12, 6)
        self.buttons: dict[str, QPushButton] = {}
        self.empty = basic.label(tone="muted", step=-1)
        self.empty.setMinimumHeight(desk.theme.pixels(32))
        flow.addWidget(self.empty)
        for name in (STOP, *(deed.command for deed in Deed), *EXTRA):
            button = basic.button()
            button.clicked.connect(lambda _=False, name=name: desk.commands.run(name))
            self.buttons[name] = button
            flow.addWidget(button)
        self.retranslate()

    def show_offers(self, offers: Sequence[Offer], *, any_card: bool, held: bool = False) -> None:
        """Show the deeds of a card; none of them where no card is chosen. `held` = one of them can be stopped."""
        self._offers, self._any = offers, any_card
        possible = {one.deed.command for one in offers if one.possible}
        had = next((name for name, button in self.buttons.items() if button.hasFocus()), None)
        for name, button in self.buttons.items():
            wanted = held if name == STOP else name in possible or name in EXTRA
            button.setVisible(any_card and wanted)
        self.empty.setVisible(any_card and not possible)
        self.setVisible(any_card)
        if had is not None and any_card and not self.buttons[had].isVisible():
            self.buttons["escalation.all"].setFocus()
        self.updateGeometry()

    def retranslate(self) -> None:
        """Every text anew."""
        commands = self._desk.commands
        self.setAccessibleName(tr("escalation.deeds"))
        self.empty.setText(tr("escalation.deeds.none"))
        for deed in Deed:
            self.buttons[deed.command].setText(words.with_key(words.deed(deed), commands, deed.command))
            self.buttons[deed.command].setToolTip(tip(tr(f"escalation.deed.{deed.value}.help")))
        self.buttons[STOP].setText(words.with_key(tr("escalation.stop"), commands, STOP))
        for name in EXTRA:
            short = name.removeprefix("escalation.")
            self.buttons[name].setText(words.with_key(tr(f"escalation.button.{short}"), commands, name))
