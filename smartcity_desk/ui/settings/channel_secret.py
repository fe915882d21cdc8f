"""One secret of a channel: that it is there is shown, what it is never; it can be set, replaced and forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from smartcity_desk.i18n import tr
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk


class SecretState(QWidget):
    """Below the field of a secret: whether one is kept, and the way to forget it. Asks the keyring off the window."""

    forgotten = Signal()

    def __init__(self, desk: Desk, name: str, control: QLineEdit) -> None:
        super().__init__()
        self._desk = desk
        self._name = name
        self._control = control
        self.kept = False
        self.state = basic.label(step=-1)
        self.forget = basic.button(kind="quiet")
        self.forget.clicked.connect(lambda: desk.tasks.spawn(self._forget(), name="settings.secret.forget"))
        self.setLayout(basic.row(self.state, self.forget, 0))
        self.retranslate()

    async def look(self) -> None:
        """Ask whether there is one."""
        found = await self._desk.errands.run(self._desk.secrets.get, self._name)
        if alive(self):
            self.show_kept(found is not None)

    def show_kept(self, kept: bool) -> None:
        """Show that one is there, or that none is."""
        self.kept = kept
        self.retranslate()

    def retranslate(self) -> None:
        """Say every text again."""
        persistent = self._desk.secrets.persistent
        where = "settings.channel.secret.keyring" if persistent else "settings.channel.secret.sitting"
        self.state.setText(tr(where if self.kept else "settings.channel.secret.none"))
        basic.set_tone(self.state, "in_time" if self.kept else "muted")
        self.forget.setText(tr("settings.channel.secret.forget"))
        self.forget.setAccessibleName(
            f"{tr('settings.channel.secret.forget')}: {self._control.accessibleName()}"
        )
        self.forget.setVisible(self.kept)
        self._control.setPlaceholderText(tr("settings.channel.secret.kept") if self.kept else "")

    async def _forget(self) -> None:
        await self._desk.errands.run(self._desk.secrets.delete, self._name)
        if alive(self):
            self._control.clear()
            self.show_kept(False)
            self.forgotten.emit()
