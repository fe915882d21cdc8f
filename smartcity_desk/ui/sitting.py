"""One profile from its window's first paint to the last word to its file.

Order: file opened, window from local data, log-in, sync child. Leaving goes the other way round, and all of it happens
inside one coroutine.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from smartcity_desk import config
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.i18n import tr
from smartcity_desk.paths import TRAINING_PROFILE, command_line
from smartcity_desk.ui import darkroom, errors_text, restyle, sheets
from smartcity_desk.ui.feed import Feed
from smartcity_desk.ui.instance import Doorbell
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.main_window import MainWindow, Place
from smartcity_desk.ui.notify import Level
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.session import Session
from smartcity_desk.ui.widgets.screen import Screen

if TYPE_CHECKING:
    from smartcity_desk.ui.login import LoginWindow
    from smartcity_desk.ui.training import TrainingCity
    from smartcity_desk.ui.welcome import WelcomeScreen

_log = logging.getLogger(__name__)

_BELL_AFTER_SECONDS = 0.3


def _triage(desk: Desk) -> Screen:
    from smartcity_desk.ui.triage.screen import TriageScreen

    return TriageScreen(desk)


def _outbox(desk: Desk) -> Screen:
    from smartcity_desk.ui.outbox.screen import OutboxScreen

    return OutboxScreen(desk)


def _health(desk: Desk) -> Screen:
    from smartcity_desk.ui.health.screen import HealthScreen

    return HealthScreen(desk)


def _offices(desk: Desk) -> Screen:
    from smartcity_desk.ui.offices.screen import OfficesScreen

    return OfficesScreen(desk)


def _escalation(desk: Desk) -> Screen:
    from smartcity_desk.ui.escalation.screen import EscalationScreen

    return EscalationScreen(desk)


def _settings(desk: Desk) -> Screen:
    from smartcity_desk.ui.settings.screen import SettingsScreen

    return SettingsScreen(desk)


PLACES = (
    Place("triage", "shell.screen.triage", "triage", "app.triage", _triage),
    Place("map", "map.title", "map", "app.map", _triage, of="triage"),
    Place("offices", "shell.screen.offices", "offices", "app.offices", _offices),
    Place("escalation", "shell.screen.escalation", "escalation", "app.escalation", _escalation),
    Place("outbox", "shell.screen.outbox", "outbox", "app.outbox", _outbox),
    Place("health", "shell.screen.health", "health", "app.health", _health),
    Place("settings", "shell.screen.settings", "settings", "app.settings", _settings),
)
"""The rail from top to bottom. A screen of later work stands here when it exists."""


@dataclass(frozen=True, slots=True)
class Leave:
    """How a sitting ended: with another profile to open, or with None to end the program."""

    profile: str | None = None


class Sitting:
    """A desk at work. Build it with an open store; `run` returns when the operator leaves."""

    def __init__(
        self,
        desk: Desk,
        session: Session,
        *,
        city: TrainingCity | None = None,
        dossier: str | None = None,
    ) -> None:
        self.desk = desk
        self.session = session
        self.city = city
        self.dossier = dossier
        self.window: MainWindow | None = None
        self.welcome: WelcomeScreen | None = None
        self.login: LoginWindow | None = None
        self.feed = Feed(desk)
        self._bell: Doorbell | None = None
        self._network_up = True
        self._leave: asyncio.Future[Leave] = asyncio.get_event_loop().create_future()
        desk.session = session
        desk.tasks.on_error = self._task_failed
        desk.bridge.settings_changed.connect(self._setting)
        desk.bridge.actor_changed.connect(self._actor)
        self._bind()

    # ------------------------------------------------------------ the way in

    async def run(self) -> Leave:
        """Show what there is, then log in and sync; return when it is time to go."""
        if self._first_start():
            self.show_welcome()
        else:
            await self.begin()
        return await self._leave

    def _first_start(self) -> bool:
        settings = self.desk.settings
        return not (
            settings.get(config.WELCOMED)
            or settings.get(config.CENTRAL_URL)
            or settings.channels()
            or self.desk.training
        )

    def _warm_up(self) -> None:
        """Load what the first keys and clicks would otherwise wait for: a start leaves it out."""
        import smartcity_desk.store.answers
        import smartcity_desk.ui.help_sheet
        import smartcity_desk.ui.palette
        import smartcity_desk.ui.triage.decisions  # noqa: F401
        from smartcity_desk.sync import registry

        self.desk.store.law()  # calendars take half a second to read, and the first decision needs them
        _log.debug(
            "channels known: %d; keyring: %s", len(registry.CHANNELS), self.desk.secrets.problem or "ok"
        )

    def show_welcome(self) -> None:
        """The three doors, in a window of their own."""
        from smartcity_desk.ui.welcome import WelcomeScreen

        welcome = WelcomeScreen(self.desk)
        self.welcome = welcome
        welcome.setWindowTitle(tr("shell.app"))
        welcome.language.clicked.connect(partial(restyle.next_language, self.desk))
        welcome.opened.connect(self._door)
        welcome.closed.connect(self.leave)
        welcome.resize(1180, 640)
        welcome.show()
        welcome.activate()

    def _door(self, door: str) -> None:
        if door == "training":
            self.leave(TRAINING_PROFILE)
            return
        self.desk.settings.set(config.WELCOMED, True)
        self.desk.tasks.spawn(self._through(), name="welcome.leave")

    async def _through(self) -> None:
        await self.desk.errands.run(self.desk.settings.save)
        await self.begin()
        if self.welcome is not None:
            self.welcome.closed.disconnect()
            self.welcome.close()
            self.welcome.deleteLater()
            self.welcome = None

    async def begin(self) -> None:
        """Show the window from local data; the network comes after the first paint."""
        desk = self.desk
        self.window = MainWindow(desk, list(PLACES))
        self.window.closing.connect(self.leave)
        sheets.bind(desk, self.window)
        self.feed.start()
        self.window.show()
        self._open_dossier(self.dossier)
        aside = desk.settings.set_aside
        if aside is not None:
            desk.notify.say(tr("shell.settings_aside", name=aside.name), Level.WARNING, seconds=30.0)
        desk.tasks.spawn(self._go_online(), name="go-online")

    async def _go_online(self) -> None:
        desk = self.desk
        await asyncio.sleep(_BELL_AFTER_SECONDS)  # after the first paint: it is what the operator waits for
        gc.freeze()  # what is there now stays: no later collection has to walk through it and be felt
        gc.enable()
        self._bell = Doorbell(desk.paths, self._raise)
        desk.errands.post(self._warm_up)
        if self.city is not None and self.city.city is not None:
            await self._enter_city()
        else:
            inside = await self.session.restore()
            if self.session.url and not inside:
                self.show_login()
        self._ensure_sync()
        from smartcity_desk.ui.entry import waiting

        await waiting.tell(desk)

    async def _enter_city(self) -> None:
        assert self.city is not None
        assert self.city.city is not None
        try:
            await self.session.log_in(self.city.city.user, self.city.city.password)
        except DeskError as problem:
            self.desk.notify.error(problem)

    def _ensure_sync(self) -> None:
        desk = self.desk
        anything = desk.settings.get(config.CENTRAL_URL) or any(
            channel.enabled for channel in desk.settings.channels().values()
        )
        layers = desk.settings.get(config.LAYERS).values()
        anything = anything or any(isinstance(one, dict) and one.get("enabled") is True for one in layers)
        if desk.sync is None and anything:
            from smartcity_desk.ui.syncprocess import SyncProcess

            command = command_line(
                "--data-dir", str(desk.paths.data_dir), "--profile", desk.paths.profile, "sync", "--follow"
            )
            desk.sync = SyncProcess(command, greeting=self.session.greeting)
            self.feed.listen()
            desk.sync.start()

    # ------------------------------------------------------------ while it runs

    def show_login(self) -> None:
        """Open the log-in beside the work, or bring it forward."""
        if not self.session.url:
            self.desk.bridge.navigate.emit("settings")
            return
        if self.login is None or not alive(self.login):
            from smartcity_desk.ui.login import LoginWindow

            self.login = LoginWindow(self.desk, self.window)
        self.login.show()
        self.login.raise_()
        self.login.activateWindow()

    def leave(self, profile: str | None = None) -> None:
        """Begin to leave; `profile` names the one to open next."""
        if not self._leave.done():
            self._leave.set_result(Leave(profile))

    def _bind(self) -> None:
        bind, desk = self.desk.commands.bind, self.desk
        bind("app.quit", self.leave)
        bind("app.language", partial(restyle.next_language, desk))
        bind("app.theme", partial(restyle.next_theme, desk))
        bind("app.refresh", self._pull, lambda: desk.sync is not None)
        bind("app.login", self.show_login, lambda: self.session.signed_in is not True)
        bind("app.logout", self._log_out, lambda: self.session.signed_in is True)
        if desk.training:
            bind("app.network", self._toggle_network)

    def _pull(self) -> None:
        if self.desk.sync is not None:
            self.desk.sync.send({"cmd": "pull"})

    def _log_out(self) -> None:
        self.desk.tasks.replace("logout", self._forget_session())

    async def _forget_session(self) -> None:
        await self.session.log_out()
        self.desk.notify.done(tr("shell.logged_out"))

    def _toggle_network(self) -> None:
        # What is wanted counts from the moment it is asked for: two quick presses are there and back.
        self._network_up = not self._network_up
        self.desk.tasks.replace("network", self._set_network(up=self._network_up))

    async def _set_network(self, *, up: bool) -> None:
        """Cut or mend the training city's network, as a cable would be."""
        if self.city is None:
            return
        try:
            await self.desk.errands.run(self.city.control, "/network", {"up": up})
        except OSError:
            self.desk.notify.say(tr("training.gone"), Level.ERROR)
            return
        self._pull()  # in either case the top bar tells at once how things stand
        if up:
            self.desk.notify.done(tr("training.was_mended"), replaces="network")
        else:
            self.desk.notify.say(tr("training.was_cut"), Level.WARNING, replaces="network")

    def _setting(self, name: str) -> None:
        if name not in (config.CENTRAL_URL.name, config.LAYERS.name) and not name.startswith("channel."):
            return
        self._ensure_sync()
        if self.desk.sync is not None:
            for line in (*self.session.greeting(), {"cmd": "settings"}):
                self.desk.sync.send(line)
        if name == config.CENTRAL_URL.name:
            self.desk.tasks.replace("session.restore", self._new_server())

    async def _new_server(self) -> None:
        inside = await self.session.restore()
        if self.session.url and not inside:
            self.show_login()

    def _actor(self) -> None:
        if self.session.signed_in:
            self.desk.notify.withdraw("session")

    def _open_dossier(self, code: str | None) -> None:
        if code is not None and self.window is not None:
            self.desk.bridge.navigate.emit("escalation")
            self.desk.bridge.open_dossier.emit(code)

    def _raise(self, dossier: str | None = None) -> None:
        self._open_dossier(dossier)
        window = self.window or self.welcome
        if window is not None:
            window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
            window.show()
            window.raise_()
            window.activateWindow()

    def _task_failed(self, problem: BaseException, name: str) -> None:
        if isinstance(problem, DeskError):
            _log.warning("task %s: %s", name, problem.code)
            self.desk.notify.error(problem)
            return
        _log.error("task %s failed", name, exc_info=problem)
        words = errors_text.of_exception(problem)
        self.desk.notify.say(
            words.what, Level.ERROR, detail=words.rest, seconds=20.0, replaces="error.unexpected"
        )

    # ------------------------------------------------------------ the way out

    async def close(self) -> None:
        """Put everything away; nothing runs and nothing is open afterwards."""
        desk = self.desk
        if self.window is not None:
            if self.window.shown is not None:
                self.window.shown.deactivate()
            self.window.remember()
        windows: list[QWidget | None] = [self.window, self.welcome, self.login]
        for window in windows:
            if window is not None and alive(window):
                window.hide()
        if self._bell is not None:
            self._bell.close()
        await desk.tasks.close()
        if desk.sync is not None:
            await desk.sync.stop()
        if self.city is not None:
            await self.city.stop()
        try:
            await desk.errands.run(desk.settings.save)
        except DeskError as problem:
            _log.error("settings were not saved: %s", problem)
        # A connection that is closed under a running statement takes the process with it: readers end first.
        desk.store.interrupt_reader()
        darkroom.close(desk)
        for lane in (desk.readers, desk.papers, desk.errands):
            await lane.close()
        await desk.writer.run(desk.store.close)
        await desk.writer.close()
        for window in windows:
            if window is not None and alive(window):
                window.deleteLater()
        self.window = self.welcome = self.login = None
