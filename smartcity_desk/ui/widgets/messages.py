"""Where `Notify` is seen: a stack of at most four short messages over the lower edge of the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from smartcity_desk.i18n import tr
from smartcity_desk.ui.notify import Level, Message
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.widgets import basic, icons

_MOST = 4
_WIDTH = 520
_ICONS = {Level.DONE: "check", Level.INFO: "info", Level.WARNING: "warning", Level.ERROR: "error"}
_TONES = {Level.DONE: "in_time", Level.INFO: "verify", Level.WARNING: "soon", Level.ERROR: "overdue"}


class _Card(QFrame):
    """One message with its deed and a way to dismiss it."""

    def __init__(self, desk: Desk, message: Message, parent: QWidget) -> None:
        super().__init__(parent)
        self.message = message
        self.setProperty("tint", message.level.value)
        self.setAccessibleName(message.text)
        sign = basic.label()
        sign.setPixmap(
            icons.icon(_ICONS[message.level], desk.theme, tone=_TONES[message.level]).pixmap(20, 20)
        )
        texts = basic.column(basic.label(message.text, wrap=True), spacing=2)
        if message.detail:
            texts.addWidget(basic.label(message.detail, tone="muted", step=-1, wrap=True))
        line = basic.row(sign, spacing=10, margins=(12, 6, 6, 6))
        line.addLayout(texts, 1)
        if message.deed is not None:
            deed = basic.button(kind="quiet")
            deed.setText(message.deed.text)
            deed.clicked.connect(message.deed.call)
            deed.clicked.connect(self.dismiss)
            line.addWidget(deed)
        close = basic.tool()
        close.setIcon(icons.icon("close", desk.theme, size=14))
        close.setAccessibleName(tr("common.close"))
        close.setToolTip(tr("common.close"))
        close.clicked.connect(self.dismiss)
        line.addWidget(close)
        self.setLayout(line)
        if message.seconds is not None:
            timer = QTimer(self)
            timer.setSingleShot(True)
            timer.timeout.connect(self.dismiss)
            timer.start(int(message.seconds * 1000))

    def height_for(self, width: int) -> int:
        """How high the card has to be at a width; its texts wrap."""
        layout = self.layout()
        assert layout is not None
        return layout.totalHeightForWidth(width)

    def dismiss(self) -> None:
        """Take the message away."""
        stack = self.parent()
        self.setParent(None)
        self.deleteLater()
        if isinstance(stack, MessageStack):
            stack.place()


class MessageStack(QWidget):
    """Lies over `host` and holds the cards; takes no clicks beside them."""

    def __init__(self, desk: Desk, host: QWidget) -> None:
        super().__init__(host)
        self._desk = desk
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        desk.notify.said.connect(self.show_message)
        desk.notify.withdrawn.connect(self.withdraw)
        host.installEventFilter(self)
        self.hide()

    @property
    def cards(self) -> list[_Card]:
        """The messages on screen, oldest first."""
        return self.findChildren(_Card)

    def show_message(self, message: Message) -> None:
        """Show it, in the place of the one it replaces."""
        if message.replaces is not None:
            self.withdraw(message.replaces)
        for old in self.cards[: max(0, len(self.cards) - _MOST + 1)]:
            old.dismiss()
        self._layout.addWidget(_Card(self._desk, message, self))
        self.place()

    def withdraw(self, slot: str) -> None:
        """Take away the message that holds a slot."""
        for card in self.cards:
            if card.message.replaces == slot:
                card.dismiss()

    def place(self) -> None:
        """Keep to the lower middle of the host."""
        host = self.parentWidget()
        if not self.cards or host is None:
            self.hide()
            return
        width = min(self._desk.theme.pixels(_WIDTH), host.width() - 32)
        height = -self._layout.spacing()
        for card in self.cards:
            card.setFixedSize(width, card.height_for(width))
            height += card.height() + self._layout.spacing()
        self.setFixedSize(width, height)
        self.move((host.width() - width) // 2, host.height() - self.height() - 48)
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the host's size."""
        if event.type() is QEvent.Type.Resize:
            self.place()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape takes the newest message away."""
        if event.key() == Qt.Key.Key_Escape and self.cards:
            self.cards[-1].dismiss()
        else:
            super().keyPressEvent(event)
