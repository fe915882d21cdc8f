"""The bar over every screen: menu, search and commands, how the desk stands to the network, who works here."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QToolButton,
)

from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import errors_text, formats
from smartcity_desk.ui.bridge import Connection, Link
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.widgets import basic, icons
from smartcity_desk.ui.widgets.texts import Texts

SHAPES: Final[dict[Link, tuple[str, basic.Tone]]] = {
    Link.NONE: ("○", "muted"),
    Link.STARTING: ("◌", "muted"),
    Link.ONLINE: ("●", "in_time"),
    Link.OFFLINE: ("◆", "soon"),
    Link.SIGNED_OUT: ("‖", "soon"),
    Link.TROUBLE: ("▲", "overdue"),
}
"""Shape and tone of each state of the connection; the word is `shell.link.<state>`."""
_GAP: Final = 4
"""What a style leaves between an icon and its text, in pixels."""


class SearchButton(QPushButton):
    """Looks like a field: its words lose their key, and then their end, where there is no room."""

    def __init__(self) -> None:
        super().__init__()
        self._plain = ""
        self.setObjectName("search")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_words(self, words: str, key: str) -> None:
        """Say what it is for, and by which key."""
        self._plain = f"  {words}"
        self.setText(f"{self._plain}   {key}" if key else self._plain)
        self.setAccessibleName(words)

    def minimumSizeHint(self) -> QSize:
        """Room for the glass and a few letters."""
        return QSize(self.iconSize().width() * 4, super().minimumSizeHint().height())

    def drawn(self) -> str:
        """The words as there is room for them now."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        inside = self.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, self)
        room = inside.width() - self.iconSize().width() - _GAP
        if self.fontMetrics().horizontalAdvance(self.text()) <= room:
            return self.text()
        return self.fontMetrics().elidedText(self._plain, Qt.TextElideMode.ElideRight, room)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw what fits."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = self.drawn()
        QStylePainter(self).drawControl(QStyle.ControlElement.CE_PushButton, option)


class TopBar(QFrame):
    """Signals only; the window decides what they do."""

    palette_wanted = Signal()
    health_wanted = Signal()
    outbox_wanted = Signal()
    conflicts_wanted = Signal()
    theme_wanted = Signal()
    language_wanted = Signal()

    def __init__(self, desk: Desk, texts: Texts, menu: QMenu, user_menu: QMenu) -> None:
        super().__init__()
        self._desk = desk
        self._shown: tuple[object, ...] = ()
        self.setProperty("ground", "raised")
        self.setProperty("line", "bottom")
        self.menu_button = self._tool(texts, "shell.menu")
        self.menu_button.setMenu(menu)
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.search = SearchButton()
        self.search.clicked.connect(self.palette_wanted)
        self.link = self._tool(texts, "shell.link.name")
        self.link.clicked.connect(self.health_wanted)
        self.waiting = self._tool(texts, "shell.waiting.name")
        self.waiting.clicked.connect(self.outbox_wanted)
        self.conflicts = self._tool(texts, "shell.conflicts.name")
        self.conflicts.clicked.connect(self.conflicts_wanted)
        self.user = self._tool(texts, "shell.user.name")
        self.user.setMenu(user_menu)
        self.user.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.user.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.language = self._tool(texts, "shell.language.switch")
        self.language.clicked.connect(self.language_wanted)
        self.theme = self._tool(texts, "shell.theme.switch")
        self.theme.clicked.connect(self.theme_wanted)
        bar = basic.row(self.menu_button, self.search, spacing=4, margins=(8, 6, 8, 6))
        bar.addStretch(1)
        bar.setStretch(1, 30)  # as wide as it may be, before anything is left over
        for part in (self.link, self.waiting, self.conflicts, self.user, self.language, self.theme):
            bar.addWidget(part)
        self.setLayout(bar)
        self.restyle()
        self.retranslate()

    @staticmethod
    def _tool(texts: Texts, key: str) -> QToolButton:
        made = basic.tool()
        texts.name(key, made, tip=True)
        return made

    def restyle(self) -> None:
        """Take the theme's colours into the icons."""
        theme = self._desk.theme
        for part, name in (
            (self.menu_button, "menu"),
            (self.search, "search"),
            (self.user, "user"),
            (self.theme, "theme"),
        ):
            part.setIcon(icons.icon(name, theme))
            part.setIconSize(QSize(theme.pixels(20), theme.pixels(20)))
        self.search.setStyleSheet("text-align: left;")
        self.search.setMaximumWidth(theme.pixels(560))
        self._shown = ()
        self.refresh(self._desk.clock())

    def retranslate(self) -> None:
        """Say the texts that are made of several."""
        self.search.set_words(tr("shell.search"), self._desk.commands.shown_key("app.palette"))
        self.language.setText(tr("shell.language.short"))
        self._shown = ()
        self.refresh(self._desk.clock())

    def refresh(self, now: int) -> None:
        """Show the connection and the user as they stand; cheap when nothing is new. `now` in ms UTC."""
        connection = self._desk.bridge.connection
        link_text = link_sentence(connection, now)
        shown = (link_text, connection, self._desk.actor_name, self._desk.actor)
        if shown == self._shown:
            return
        self._shown = shown
        shape, tone = SHAPES[connection.link]
        self.link.setText(f"{shape} {link_text}")
        token = tone or "text"
        self.link.setStyleSheet(f"color: {getattr(self._desk.theme.tokens, token)};")
        self.link.setToolTip(formats.tip(link_tip(connection, now)))
        self.link.setAccessibleName(f"{tr('shell.link.name')}: {link_text}")
        self._count(self.waiting, "⇡", connection.waiting, "shell.waiting.count")
        self._count(self.conflicts, "⚠", connection.conflicts, "shell.conflicts.count")
        self.conflicts.setStyleSheet(
            f"color: {self._desk.theme.tokens.soon};" if connection.conflicts else ""
        )
        self.user.setText(self._desk.actor_name or tr("shell.user.nobody"))

    @staticmethod
    def _count(button: QToolButton, sign: str, n: int, key: str) -> None:
        button.setText(f"{sign} {formats.number(n)}")
        button.setVisible(n > 0)
        sentence = trn(key, n)
        button.setToolTip(formats.tip(sentence))
        button.setAccessibleName(sentence)


def link_sentence(connection: Connection, now: int) -> str:
    """`Daring · data 12 dtk lalu`."""
    word = tr(f"shell.link.{connection.link.value}")
    if connection.data_at is None or connection.link is Link.NONE:
        return word
    return f"{word} · {tr('shell.link.data', ago=formats.ago(min(connection.data_at, now), now))}"


def link_tip(connection: Connection, now: int) -> str:
    """What is wrong and when the next try comes, or what the state means."""
    if connection.code is None:
        return tr(f"shell.link.tip.{connection.link.value}")
    words = errors_text.of_code(connection.code, dict(connection.params))
    tip = words.whole
    if connection.next_try_at is not None and connection.next_try_at > now:
        tip = f"{tip}\n{tr('shell.link.next', ahead=formats.ago(connection.next_try_at, now))}"
    return tip
