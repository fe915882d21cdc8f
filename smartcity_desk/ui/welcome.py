"""The first start: three doors. What is behind a door can be changed later in Pengaturan."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QPushButton, QWidget

from smartcity_desk import config
from smartcity_desk.domain.errors import ConfigProblem, DeskError
from smartcity_desk.i18n import tr
from smartcity_desk.ui import errors_text
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.widgets import basic, icons
from smartcity_desk.ui.widgets.screen import Screen


class _Door(QFrame):
    """One card: icon, title, what is behind it, and a button that opens it."""

    def __init__(self, screen: WelcomeScreen, name: str, icon: str, *, primary: bool = False) -> None:
        super().__init__()
        self.icon_name = icon
        self.setProperty("ground", "card")
        self.sign = basic.label()
        title = basic.label(step=1, bold=True, wrap=True)
        screen.texts.bind(f"welcome.{name}.title", title.setText)
        text = basic.label(tone="muted", wrap=True)
        screen.texts.bind(f"welcome.{name}.text", text.setText)
        self.button: QPushButton = basic.button(kind="primary" if primary else "")
        screen.texts.bind(f"welcome.{name}.open", self.button.setText)
        self.extra = basic.column(spacing=6)
        self.setLayout(
            basic.column(
                self.sign, title, text, 0, self.extra, self.button, spacing=10, margins=(20, 20, 20, 20)
            )
        )


class WelcomeScreen(Screen):
    """`opened` brings the door: `central`, `training` or `local`. The server's address is saved by then."""

    key: ClassVar[str] = "welcome"
    title_key: ClassVar[str] = "welcome.title"
    icon: ClassVar[str] = "info"

    opened = Signal(str)
    closed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        title = basic.label(step=3, bold=True)
        self.texts.bind("welcome.title", title.setText)
        text = basic.label(tone="muted", wrap=True)
        self.texts.bind("welcome.text", text.setText)
        self.language = basic.button(kind="quiet")
        self.texts.bind("shell.language.switch", self.language.setText)

        self.central = _Door(self, "central", "server", primary=True)
        self.url = QLineEdit()
        self.url.setMaxLength(300)
        self.texts.bind("welcome.central.url", self.url.setAccessibleName)
        self.texts.bind("welcome.central.example", self.url.setPlaceholderText)
        self.url.returnPressed.connect(self._central)
        self.trouble = basic.label(tone="overdue", wrap=True)
        self.trouble.hide()
        self.central.extra.addWidget(self.url)
        self.central.extra.addWidget(self.trouble)
        self.central.button.clicked.connect(self._central)

        self.training = _Door(self, "training", "training")
        self.training.button.clicked.connect(lambda: self.opened.emit("training"))
        self.local = _Door(self, "local", "folder")
        self.local.button.clicked.connect(lambda: self.opened.emit("local"))

        doors = basic.row(self.central, self.training, self.local, spacing=16)
        for index in range(3):
            doors.setStretch(index, 1)
        self.foot = basic.label(tone="muted", step=-1, wrap=True)
        inside = basic.frame()
        inside.setMaximumWidth(desk.theme.pixels(1100))
        inside.setLayout(
            basic.column(0, basic.row(title, 0, self.language), text, 16, doors, 16, self.foot, 0, spacing=8)
        )
        self.setLayout(basic.row(0, inside, 0, margins=(32, 24, 32, 24)))
        layout = self.layout()
        assert layout is not None
        layout.setStretch(1, 100)  # type: ignore[attr-defined]  # a box layout, made by row()
        self.restyle()
        self.retranslate()

    def activate(self) -> None:
        """Put the hand on the first door's address."""
        self.url.setFocus(Qt.FocusReason.OtherFocusReason)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leaving through none of the doors."""
        self.closed.emit()
        super().closeEvent(event)

    def restyle(self) -> None:
        """Take the theme's colours into the icons."""
        for door in (self.central, self.training, self.local):
            pixmap = icons.icon(door.icon_name, self.desk.theme, tone="accent", size=32)
            door.sign.setPixmap(pixmap.pixmap(QSize(32, 32)))

    def retranslate(self) -> None:
        """Say every text again."""
        super().retranslate()
        self.foot.setText(tr("welcome.foot", folder=str(self.desk.paths.data_dir)))

    def _enable(self, enabled: bool) -> None:
        for door in (self.central, self.training, self.local):
            door.button.setEnabled(enabled)

    def _central(self) -> None:
        if self.central.button.isEnabled():
            self.trouble.hide()
            self.desk.tasks.replace("welcome.central", self._try_central(self.url.text().strip()))

    async def _try_central(self, url: str) -> None:
        session = self.desk.session
        assert session is not None
        self._enable(False)
        try:
            if not url:
                raise ConfigProblem(name="url", reason="bad_url")
            await session.probe(url)
            self.desk.settings.set(config.CENTRAL_URL, url)
            await self.desk.errands.run(self.desk.settings.save)
        except DeskError as problem:
            if alive(self):
                words = errors_text.of_error(problem)
                rest = tr("welcome.central.offline") if problem.offline else words.next
                self.trouble.setText(f"{words.what} {rest}")
                self.trouble.show()
            return
        finally:
            if alive(self):
                self._enable(True)
        self.opened.emit("central")
