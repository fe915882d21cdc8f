"""The central server: its address, a trial, who is logged in, and how long an action waits before it is sent."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QSpinBox

from smartcity_desk import config
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.i18n import tr
from smartcity_desk.ui import errors_text, formats
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.settings.section import Section
from smartcity_desk.ui.widgets import basic


class ServerSection(Section):
    """Saving an address restarts the sync child, which reads it."""

    title_key = "settings.server.title"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.url = QLineEdit()
        self.url.setMaxLength(300)
        self.url.setText(desk.settings.get(config.CENTRAL_URL))
        self.url.returnPressed.connect(self._save)
        self.trial = basic.button()
        self.texts.bind("common.test", self.trial.setText)
        self.trial.clicked.connect(self._try)
        self.save = basic.button(kind="primary")
        self.texts.bind("common.save", self.save.setText)
        self.save.clicked.connect(self._save)
        self.outcome = basic.label(wrap=True)
        self.outcome.hide()
        self.card(
            self.field("settings.server.url", self.url),
            self.url,
            self.note("settings.server.url.note"),
            self.outcome,
            basic.row(0, self.trial, self.save),
        )
        self.who = basic.label(wrap=True)
        self.keep = basic.label(tone="muted", step=-1, wrap=True)
        self.login = basic.button()
        self.login.clicked.connect(self._login)
        self.card(self.who, self.keep, basic.row(0, self.login))
        self.hold = basic.indented(QSpinBox())
        self.hold.setRange(0, 60)
        self.hold.setKeyboardTracking(False)
        self.hold.setValue(desk.settings.get(config.HOLD_SECONDS))
        self.texts.bind("settings.hold.unit", self.hold.setSuffix)
        self.texts.bind("settings.hold.none", self.hold.setSpecialValueText)
        self.hold.valueChanged.connect(self._hold)
        self.card(self.field("settings.hold.label", self.hold), self.hold, self.note("settings.hold.note"))
        desk.bridge.actor_changed.connect(self.show_user)
        self.show_user()

    def retranslate(self) -> None:
        """Say every text again."""
        super().retranslate()
        self.outcome.hide()
        self.show_user()

    def show_user(self) -> None:
        """Show who is logged in and where the session is kept."""
        desk, session = self.desk, self.desk.session
        inside = session is not None and session.signed_in is True
        name = formats.one_line(desk.actor_name, 60)
        if inside and desk.actor is not None:
            role = tr(f"errors.name.role.{desk.actor.role.value}")
            self.who.setText(tr("settings.server.inside", name=name, role=role))
        elif desk.settings.get(config.CENTRAL_URL):
            self.who.setText(tr("settings.server.last", name=name) if name else tr("settings.server.outside"))
        else:
            self.who.setText(tr("settings.server.none"))
        problem = desk.secrets.problem
        self.keep.setText(tr(f"login.keep.{problem}") if problem else tr("login.keep.keyring"))
        self.login.setText(tr("shell.user.logout") if inside else tr("shell.user.login"))
        self.login.setEnabled(bool(desk.settings.get(config.CENTRAL_URL)))

    def _hold(self, seconds: int) -> None:
        """In force with the next action."""
        self.desk.settings.set(config.HOLD_SECONDS, seconds)
        self.desk.errands.post(self.desk.settings.save)

    def _login(self) -> None:
        session = self.desk.session
        inside = session is not None and session.signed_in is True
        self.desk.commands.run("app.logout" if inside else "app.login")

    def _try(self) -> None:
        self._say(tr("health.trying"), "muted")
        self.desk.tasks.replace("settings.server", self._trial(self.url.text().strip()))

    async def _trial(self, url: str) -> None:
        session = self.desk.session
        assert session is not None
        try:
            skew = await session.probe(url)
        except DeskError as problem:
            if alive(self):
                self._say(errors_text.of_error(problem).whole, "overdue")
            return
        if alive(self):
            late = abs(skew) > MINUTE
            sentence = (
                tr("health.trial.skew", skew=formats.duration(skew)) if late else tr("health.trial.central")
            )
            self._say(sentence, "soon" if late else "in_time")

    def _save(self) -> None:
        self.desk.tasks.replace("settings.server", self._keep(self.url.text().strip()))

    async def _keep(self, url: str) -> None:
        desk = self.desk
        try:
            config.check_url(url)
            desk.settings.set(config.CENTRAL_URL, url.rstrip("/"))
            await desk.errands.run(desk.settings.save)
        except DeskError as problem:
            if alive(self):
                self._say(errors_text.of_error(problem).whole, "overdue")
            return
        desk.bridge.settings_changed.emit(config.CENTRAL_URL.name)
        if alive(self):
            self._say(tr("settings.saved"), "in_time")
            self.show_user()

    def _say(self, text: str, tone: basic.Tone) -> None:
        self.outcome.setText(text)
        basic.set_tone(self.outcome, tone)
        self.outcome.show()
