"""The log-in: a small window beside the work, never in front of it. Everything else goes on while it is open."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from smartcity_desk import config
from smartcity_desk.domain.errors import AuthExpired, DeskError
from smartcity_desk.i18n import tr
from smartcity_desk.ui import errors_text
from smartcity_desk.ui.formats import one_line
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.texts import Texts


class LoginWindow(QDialog):
    """Asks for name and password. Non-modal: open it with `show()`."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.texts = Texts()
        self.setModal(False)
        self.setMinimumWidth(desk.theme.pixels(420))
        self.texts.bind("login.title", self.setWindowTitle)

        title = basic.label(step=2, bold=True)
        self.texts.bind("login.title", title.setText)
        self.server = basic.label(tone="muted", wrap=True)
        user_label, self.user = basic.label(), QLineEdit()
        self.texts.bind("login.user", user_label.setText)
        self.texts.bind("login.user", self.user.setAccessibleName)
        self.user.setMaxLength(100)
        user_label.setBuddy(self.user)
        password_label, self.password = basic.label(), QLineEdit()
        self.texts.bind("login.password", password_label.setText)
        self.texts.bind("login.password", self.password.setAccessibleName)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setMaxLength(1000)
        password_label.setBuddy(self.password)
        self.trouble = basic.frame()
        self.trouble.setProperty("tint", "error")
        self.trouble_what = basic.label(bold=True, wrap=True)
        self.trouble_rest = basic.label(wrap=True)
        self.trouble.setLayout(
            basic.column(self.trouble_what, self.trouble_rest, spacing=4, margins=(12, 8, 12, 8))
        )
        self.trouble.hide()
        self.note = basic.label(tone="muted", step=-1, wrap=True)
        self.later = basic.button(kind="quiet")
        self.texts.bind("login.later", self.later.setText)
        self.later.clicked.connect(self.close)
        self.enter = basic.button(kind="primary")
        self.enter.setDefault(True)
        self.enter.clicked.connect(self._go)
        self.setLayout(
            basic.column(
                title,
                self.server,
                8,
                user_label,
                self.user,
                password_label,
                self.password,
                self.trouble,
                self.note,
                0,
                basic.row(0, self.later, self.enter),
                spacing=6,
                margins=(24, 20, 24, 20),
            )
        )
        desk.bridge.language_changed.connect(self.retranslate)
        self._busy = False
        self.retranslate()
        self.user.setText(desk.settings.get(config.CENTRAL_USER))
        (self.password if self.user.text() else self.user).setFocus(Qt.FocusReason.OtherFocusReason)

    def retranslate(self) -> None:
        """Say every text again."""
        self.texts.retranslate()
        url = one_line(self.desk.settings.get(config.CENTRAL_URL), 120)
        self.server.setText(tr("login.server", url=url))
        self.enter.setText(tr("login.busy") if self._busy else tr("login.enter"))
        problem = self.desk.secrets.problem
        self.note.setText(tr(f"login.keep.{problem}") if problem else tr("login.keep.keyring"))

    def _go(self) -> None:
        session = self.desk.session
        if self._busy or session is None:
            return
        if not self.user.text().strip() or not self.password.text():
            self._show(tr("login.missing"), tr("login.missing.next"))
            (self.password if self.user.text().strip() else self.user).setFocus()
            return
        self._set_busy(True)
        self.desk.tasks.replace("login", self._log_in())

    async def _log_in(self) -> None:
        session, problem = self.desk.session, None
        assert session is not None
        try:
            await session.log_in(self.user.text(), self.password.text())
        except DeskError as found:
            problem = found
        finally:
            if alive(self):
                self._set_busy(False)
        if not alive(self):
            return
        if problem is not None:
            self.show_problem(problem)
            return
        self.password.clear()
        if not self.desk.secrets.persistent:
            self.desk.notify.say(tr(f"login.keep.{self.desk.secrets.problem}"))
        self.desk.notify.done(tr("login.done", name=one_line(self.desk.actor_name, 60)))
        self.accept()

    def show_problem(self, problem: DeskError) -> None:
        """Say why it did not work, and put the hand on the password."""
        words = (
            errors_text.of_code("rejected", {"reason": "bad_credentials"})
            if isinstance(problem, AuthExpired)
            else errors_text.of_error(problem)
        )
        self._show(words.what, tr("login.offline") if problem.offline else words.rest)
        self.password.selectAll()
        self.password.setFocus()

    def _show(self, what: str, rest: str) -> None:
        self.trouble_what.setText(what)
        self.trouble_rest.setText(rest)
        self.trouble.setAccessibleName(f"{what} {rest}")
        self.trouble.show()
        self.adjustSize()

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.enter.setEnabled(not busy)
        self.enter.setText(tr("login.busy") if busy else tr("login.enter"))
        if busy:
            self.trouble.hide()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Later: stop an attempt that is under way and forget what was typed."""
        self.desk.tasks.cancel("login")
        self.password.clear()
        super().closeEvent(event)
