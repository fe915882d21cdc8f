"""The frame: top bar, rail, screens, the line of keys, and the messages over them. It knows screens by key only."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QByteArray, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from smartcity_desk import config
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.bridge import Connection
from smartcity_desk.ui.commands import EVERYWHERE, Command, Group
from smartcity_desk.ui.formats import one_line
from smartcity_desk.ui.rail import Rail
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.topbar import TopBar
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.hints import HintLine
from smartcity_desk.ui.widgets.messages import MessageStack
from smartcity_desk.ui.widgets.screen import Screen
from smartcity_desk.ui.widgets.texts import Texts

_TICK_MS = 1_000
STALE_AFTER = 10 * MINUTE
"""Data older than this are said to be old (capabilities paper 17)."""


@dataclass(frozen=True, slots=True)
class Place:
    """A screen as the rail has it: built by `make` when it is first shown.

    `of` names another place whose screen this one shows from another side.
    """

    key: str
    title_key: str
    icon: str
    command: str
    make: Callable[[Desk], Screen]
    of: str = ""


class MainWindow(QWidget):
    """Opens with the screen of the last sitting. `closing` says that the operator wants to leave."""

    closing = Signal()

    def __init__(self, desk: Desk, places: list[Place]) -> None:
        super().__init__()
        self.desk = desk
        self.texts = Texts()
        self.places = {place.key: place for place in places}
        self.screens: dict[str, Screen] = {}
        self.current = ""
        self._shortcuts: list[QShortcut] = []
        self.texts.bind("shell.app", self.setWindowTitle)
        self.setMinimumSize(900, 560)

        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.user_menu = QMenu(self)
        self.user_menu.aboutToShow.connect(self._fill_user_menu)
        self.topbar = TopBar(desk, self.texts, self.menu, self.user_menu)
        self.rail = Rail(desk, [(place.key, place.title_key, place.icon, place.command) for place in places])
        self.texts.name("shell.rail", self.rail)
        self.strip = basic.frame()
        self.strip.setObjectName("strip")
        strip_text = basic.label(tone="soon", step=-1, bold=True)
        self.texts.bind("training.strip", strip_text.setText)
        self.strip.setLayout(basic.row(0, strip_text, 0, margins=(8, 2, 8, 2)))
        self.strip.setVisible(desk.training)
        self.stale = basic.frame()
        self.stale.setProperty("tint", "warning")
        self._stale_text = basic.label(step=-1, bold=True)
        self.stale.setLayout(basic.row(0, self._stale_text, 0, margins=(8, 2, 8, 2)))
        self.stale.hide()
        self.stack = QStackedWidget()
        self.hints = HintLine(desk)
        self.texts.name("shell.hints", self.hints)
        middle = basic.row(self.rail, self.stack, spacing=0)
        middle.setStretch(1, 1)
        whole = basic.column(self.strip, self.topbar, self.stale, middle, self.hints, spacing=0)
        whole.setStretch(3, 1)
        self.setLayout(whole)
        self.messages = MessageStack(desk, self)

        self.topbar.palette_wanted.connect(lambda: desk.commands.run("app.palette"))
        self.topbar.health_wanted.connect(lambda: self.show_screen("health"))
        self.topbar.outbox_wanted.connect(lambda: self.show_screen("outbox"))
        self.topbar.conflicts_wanted.connect(lambda: self.show_screen("outbox"))
        self.topbar.theme_wanted.connect(lambda: desk.commands.run("app.theme"))
        self.topbar.language_wanted.connect(lambda: desk.commands.run("app.language"))
        self.rail.chosen.connect(self.show_screen)
        bridge = desk.bridge
        bridge.language_changed.connect(self.retranslate)
        bridge.theme_changed.connect(self.restyle)
        bridge.connection_changed.connect(self._connection)
        bridge.actor_changed.connect(self._refresh_bar)
        bridge.navigate.connect(self.show_screen)
        bridge.open_report.connect(lambda _report: self._show_report())
        bridge.settings_changed.connect(self._setting)
        self._taken_away = False
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._refresh_bar)
        for place in places:
            desk.commands.bind(place.command, partial(self.show_screen, place.key))
        self.bind_keys()
        self._restore()

    def show_screen(self, key: str) -> None:
        """Show a screen, built now if it was never shown."""
        if key not in self.places or key == self.current:
            return
        home = self.places[key].of or key
        screen = self.screens.get(home)
        if screen is None:  # first of all: what fails here leaves the screen on show alive
            screen = self.places[key].make(self.desk)
            self.screens[home] = screen
            self.stack.addWidget(screen)
        before = self.shown
        if before is not None:
            before.deactivate()
        self.current = key
        self.stack.setCurrentWidget(screen)
        self.rail.show_chosen(key)
        self.hints.show_screen(key)
        screen.show_face(key)
        screen.activate()
        self.desk.settings.set(config.LAST_SCREEN, key)

    @property
    def shown(self) -> Screen | None:
        """The screen on show, from whichever side."""
        place = self.places.get(self.current)
        return None if place is None else self.screens.get(place.of or place.key)

    def _show_report(self) -> None:
        """A report is to be shown: on the map if that is what the operator looks at, else in the table."""
        if self.current not in self.places or self.places[self.current].of != "triage":
            self.show_screen("triage")

    def bind_keys(self) -> None:
        """Give the commands of the whole window their keys; again after the operator chose others."""
        for shortcut in self._shortcuts:
            shortcut.setParent(None)
            shortcut.deleteLater()
        self._shortcuts = []
        for command in self.desk.commands:
            if command.screen != EVERYWHERE:
                continue
            for key in self.desk.commands.keys(command.id):
                shortcut = QShortcut(QKeySequence(key), self)
                shortcut.activated.connect(lambda name=command.id: self.desk.commands.run(name))
                self._shortcuts.append(shortcut)

    def retranslate(self) -> None:
        """Say every text of the frame again."""
        self.texts.retranslate()
        self.topbar.retranslate()
        self.rail.retranslate()
        self.hints.retranslate()

    def restyle(self) -> None:
        """Take the new theme into what is painted once."""
        self.topbar.restyle()
        self.rail.restyle()
        self.hints.retranslate()

    def _restore(self) -> None:
        stored = self.desk.settings.get(config.WINDOW_GEOMETRY)
        restored = False
        if stored:
            try:
                restored = self.restoreGeometry(QByteArray(base64.b64decode(stored, validate=True)))
            except ValueError:  # binascii.Error is one, and so is a letter that base64 does not have
                restored = False
        if not restored:
            available = self.screen().availableGeometry()
            self.resize(min(1440, available.width() - 40), min(880, available.height() - 60))
        last = self.desk.settings.get(config.LAST_SCREEN)
        self.show_screen(last if last in self.places else next(iter(self.places)))

    def remember(self) -> None:
        """Put the window's place into the settings; the caller saves them."""
        geometry = base64.b64encode(self.saveGeometry().data()).decode()
        self.desk.settings.set(config.WINDOW_GEOMETRY, geometry)

    def _fill_menu(self) -> None:
        """The commands that can be reached now, by group; a long group is a menu of its own."""
        menu, commands = self.menu, self.desk.commands
        menu.clear()
        for group in Group:
            members = [
                command
                for command in commands.reachable(self.current)
                if command.group is group and commands.bound(command.id) and command.id != "app.network"
            ]
            if not members:
                continue
            target = menu if group is Group.APP else menu.addMenu(tr(f"command.group.{group.value}"))
            if group is Group.APP:
                menu.addSeparator()
            for command in members:
                self._add(target, command)
        if commands.bound("app.network"):
            menu.addSeparator()
            self._add(menu, commands["app.network"])

    def _add(self, menu: QMenu, command: Command) -> None:
        commands = self.desk.commands
        action = QAction(commands.title(command.id), menu)
        shortcut = commands.shown_key(command.id)
        if shortcut:
            action.setText(f"{commands.title(command.id)}\t{shortcut}")
        action.setEnabled(commands.enabled(command.id))
        action.triggered.connect(lambda _=False, name=command.id: commands.run(name))
        menu.addAction(action)

    def _fill_user_menu(self) -> None:
        menu, desk = self.user_menu, self.desk
        menu.clear()
        if desk.actor is not None:
            role = tr(f"errors.name.role.{desk.actor.role.value}")
            who = QAction(tr("shell.user.role", name=one_line(desk.actor_name, 60), role=role), menu)
            who.setEnabled(False)
            menu.addAction(who)
            menu.addSeparator()
        for name in ("app.login", "app.logout", "app.settings"):
            if desk.commands.bound(name):
                self._add(menu, desk.commands[name])

    def _connection(self, _connection: Connection) -> None:
        self._refresh_bar()

    def _refresh_bar(self) -> None:
        now = self.desk.clock()
        self.topbar.refresh(now)
        self._show_age(now)

    def _show_age(self, now: int) -> None:
        """Say over everything that the data are older than ten minutes, while somebody is to bring newer ones."""
        data_at = self.desk.bridge.connection.data_at
        old = data_at is not None and now - data_at > STALE_AFTER and self._is_fed()
        if old and data_at is not None:
            text = tr("shell.stale", ago=formats.ago(data_at, now))
            if text != self._stale_text.text():
                self._stale_text.setText(text)
                self.stale.setAccessibleName(text)
        if old is self.stale.isHidden():
            self.stale.setVisible(old)

    def _is_fed(self) -> bool:
        settings = self.desk.settings
        return bool(settings.get(config.CENTRAL_URL)) or any(
            channel.enabled for channel in settings.channels().values()
        )

    def _setting(self, name: str) -> None:
        if name == config.KEYMAP.name:
            keymap: dict[str, config.Json] = self.desk.settings.get(config.KEYMAP)
            self.desk.commands.set_keymap(keymap)
            self.bind_keys()
            self.retranslate()

    def showEvent(self, event: QShowEvent) -> None:
        """Tick only while somebody can see it.

        Qt takes a window away and makes it anew when its first view with a graphics surface comes, as the map's does.
        Its screen has been told that it is hidden then, and would sleep before the operator's eyes.
        """
        super().showEvent(event)
        self._tick.start()
        if self._taken_away and not event.spontaneous():
            QTimer.singleShot(0, self, self._take_up)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks: no ticking."""
        self._tick.stop()
        self._taken_away = not event.spontaneous()
        super().hideEvent(event)

    def _take_up(self) -> None:
        self._taken_away = False
        if self.shown is not None and self.isVisible():
            self.shown.activate()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave in order: the program ends when all is put away, not when the window goes."""
        self.remember()
        self.closing.emit()
        event.accept()
