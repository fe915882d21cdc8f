"""The decisions that need a value: category, place, holder, note, rejection, pause, and a reason for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QLabel, QPlainTextEdit, QSpinBox, QWidget

from smartcity_desk.domain.decide import PAUSE_MAX
from smartcity_desk.domain.decision import REASON_MIN, TEXT_MAX
from smartcity_desk.domain.events import (
    PauseCode,
    Paused,
    PlaceSet,
    RejectCode,
    ReportRejected,
    Role,
    RoutingSent,
)
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.domain.times import DAY
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.triage.popover import PickList, Popover, ReasonLine
from smartcity_desk.ui.triage.suggest import Choice
from smartcity_desk.ui.triage.words import place_name
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.store.rows import ReportDetail, RowData
    from smartcity_desk.ui.services import Desk


def templates(of: str) -> list[str]:
    """The ready sentences of a decision, in the language spoken now."""
    return [tr(f"action.template.{of}.{n}") for n in (1, 2, 3)]


class PickDialog(Popover):
    """One choice out of many and nothing else: Enter or a digit does it."""

    def __init__(
        self,
        desk: Desk,
        title: str,
        subject: str,
        choices: Sequence[Choice],
        hint: str,
        parent: QWidget | None,
    ) -> None:
        super().__init__(desk, title, subject, parent)
        self.code: str | None = None
        self.pick = PickList(choices, hint, self)
        self.pick.chosen.connect(lambda _: self._chosen())
        self.body.addWidget(self.pick, 1)
        self.resize(desk.theme.pixels(520), desk.theme.pixels(440))
        self.pick.setFocus()

    def ready(self) -> str | None:
        """Something has to match what was typed."""
        self.code = self.pick.current()
        return tr("action.pick.nothing") if self.code is None else None

    def _chosen(self) -> None:
        self.finish()


@dataclass(frozen=True, slots=True)
class Pointless:
    """A report without a point: its kelurahan, None where none is known, and the middle of that."""

    place: str | None
    lat: float | None = None
    lon: float | None = None

    @classmethod
    def of(cls, detail: ReportDetail | None, directory: Directory) -> Pointless | None:
        """What is known of a report's place without a point; None when it has one."""
        if detail is None:
            return None
        state, report = detail.state, detail.report
        if state.lat is not None or (report.lat is not None and (report.lat, report.lon) != (0, 0)):
            return None
        office = directory.offices.get(state.place or "")
        return cls(None) if office is None else cls(office.code, office.lat, office.lon)


class RouteDialog(Popover):
    """Where the report goes, and why. The first Enter takes the office, the second one sends.

    A third party takes no report without a place: with `pointless` it says so, and offers the middle of the kelurahan
    to whoever settles it. Nothing is sent along that nobody has ticked.
    """

    def __init__(
        self,
        desk: Desk,
        title: str,
        subject: str,
        choices: Sequence[Choice],
        parent: QWidget | None,
        pointless: Pointless | None = None,
    ) -> None:
        super().__init__(desk, title, subject, parent)
        self.office: str | None = None
        self._pointless = pointless
        self.pick = PickList(choices, tr("action.route.hint"), self)
        self.pick.chosen.connect(lambda _: self._chosen())
        self.body.addWidget(self.pick, 1)
        self.target = QLabel(self)
        self.target.setTextFormat(Qt.TextFormat.PlainText)
        self.target.setFont(desk.theme.font(bold=True))
        self.body.addWidget(self.target)
        self.warning = self.label("")
        self.warning.setProperty("tone", "soon")
        self.centre = QCheckBox(self)
        self._say_pointless()
        self.body.addWidget(self.warning)
        self.body.addWidget(self.centre)
        self.reason = ReasonLine(templates("route"), tr("action.reason.name"), self)
        self.reason.entered.connect(self.finish)
        self.field(tr("action.reason.name"), self.reason)
        self.accept_button.setText(tr("action.button.route"))
        self.pick.list.currentRowChanged.connect(lambda _: self._show_target())
        self._show_target()
        self.resize(desk.theme.pixels(560), desk.theme.pixels(520))
        self.pick.setFocus()

    def _show_target(self) -> None:
        code = self.pick.current()
        self.target.setText("" if code is None else tr("action.route.to", office=self.pick.name_of(code)))
        office = self.desk.directory.offices.get(code or "")
        outside = office is not None and office.level is OfficeLevel.THIRD_PARTY
        self.warning.setVisible(outside and self._pointless is not None)
        self.centre.setVisible(outside and self._pointless is not None and self._pointless.lat is not None)

    def _say_pointless(self) -> None:
        if self._pointless is None:
            return
        commands = (("ask", "report.pause"), ("move", "map.move"), ("place", "report.place"))
        keys = {name: self.desk.commands.shown_key(command) for name, command in commands}
        known = self._pointless.place is not None
        self.warning.setText(tr("action.route.pointless" if known else "action.route.placeless", **keys))
        name = place_name(self.desk.directory, self._pointless.place)
        self.centre.setText(tr("action.route.centre", place=name))

    def routing(self, row: RowData | None) -> RoutingSent:
        """What is done: based on the report as it was seen, or on nothing for many."""
        reason = self.reason.currentText().strip()
        return RoutingSent(str(self.office), reason, base=None if row is None else row.office)

    def settled(self, base: str | None) -> PlaceSet | None:
        """The place that whoever routes has settled here, with the middle of it as the point; None when he has not."""
        if self.centre.isHidden() or not self.centre.isChecked() or self._pointless is None:
            return None
        return PlaceSet(str(self._pointless.place), base, self._pointless.lat, self._pointless.lon)

    def _chosen(self) -> None:
        self.reason.take_focus()

    def ready(self) -> str | None:
        """An office and a reason of a word at least."""
        self.office = self.pick.current()
        if self.office is None:
            return tr("action.pick.nothing")
        return missing_reason(self.reason.currentText())


class NoteDialog(Popover):
    """A note for the colleagues, or words for the reporter. Ctrl+Enter saves, because Enter makes a line.

    `to_reporter` is what is said above words for a reporter (`answering.warning`); empty for a note.
    """

    def __init__(
        self,
        desk: Desk,
        title: str,
        subject: str,
        parent: QWidget | None,
        text: str = "",
        hint: str = "",
        *,
        to_reporter: str = "",
    ) -> None:
        super().__init__(desk, title, subject, parent)
        self.edit = _Text(self)
        self.edit.setPlainText(text)
        self.warning = self.label(to_reporter)  # words that leave the house say so to the end
        self.warning.setProperty("tone", "soon")
        self.warning.setVisible(bool(to_reporter))
        self.body.addWidget(self.warning)
        self.edit.setPlaceholderText("" if to_reporter else hint or tr("action.note.hint"))
        self.edit.setAccessibleName(title)
        self.body.addWidget(self.edit, 1)
        self.accept_button.setText(tr("action.button.answer" if to_reporter else "action.button.note"))
        self.resize(desk.theme.pixels(520), desk.theme.pixels(280))
        self.edit.setFocus()

    @property
    def text(self) -> str:
        """What was written."""
        return self.edit.toPlainText().strip()

    def ready(self) -> str | None:
        """A note says something, and not a book."""
        if not self.text:
            return tr("action.note.empty")
        return tr("action.note.long", most=formats.number(TEXT_MAX)) if len(self.text) > TEXT_MAX else None


class _Text(QPlainTextEdit):
    """A few lines of plain text in which Tab leaves."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter belongs to the dialog."""
        if (
            event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            event.ignore()
            return
        super().keyPressEvent(event)


class ReasonDialog(Popover):
    """A decision that only needs its reason; `needed` False lets it be empty."""

    def __init__(
        self, desk: Desk, title: str, subject: str, of: str, parent: QWidget | None, *, needed: bool = True
    ) -> None:
        super().__init__(desk, title, subject, parent)
        self._needed = needed
        self.reason = ReasonLine(templates(of), tr("action.reason.name"), self)
        self.reason.entered.connect(self.finish)
        self.field(tr("action.reason.name"), self.reason)
        self.accept_button.setText(tr("action.button.do"))
        self.reason.take_focus()

    def ready(self) -> str | None:
        """A reason of a word at least, where one is needed."""
        return missing_reason(self.reason.currentText()) if self._needed else None


class RejectDialog(Popover):
    """Why a report asks nobody for work; a sentence more when it helps."""

    def __init__(self, desk: Desk, title: str, subject: str, parent: QWidget | None) -> None:
        super().__init__(desk, title, subject, parent)
        choices = [
            Choice(code.value, tr(f"action.reject.{code.value}"), tr(f"action.reject.{code.value}.help"))
            for code in RejectCode
        ]
        self.pick = PickList(choices, tr("action.reject.hint"), self)
        self.pick.chosen.connect(lambda _: self.reason.take_focus())
        self.body.addWidget(self.pick, 1)
        self.reason: ReasonLine = ReasonLine([], tr("action.reason.optional"), self)
        self.reason.entered.connect(self.finish)
        self.field(tr("action.reason.optional"), self.reason)
        self.accept_button.setText(tr("action.button.reject"))
        self.resize(desk.theme.pixels(560), desk.theme.pixels(400))
        self.pick.setFocus()

    @property
    def code(self) -> RejectCode | None:
        """The chosen code."""
        code = self.pick.current()
        return None if code is None else RejectCode(code)

    def rejection(self, row: RowData | None) -> ReportRejected:
        """What is done: based on the report as it was seen, or on nothing for many."""
        assert self.code is not None
        reason = self.reason.currentText().strip()
        return ReportRejected(self.code, reason, base=None if row is None else row.status)

    def ready(self) -> str | None:
        """A code has to match what was typed."""
        return tr("action.pick.nothing") if self.code is None else None


@dataclass(frozen=True, slots=True)
class PauseRule:
    """What the desk knows of a pause's code: days offered at first."""

    days: int


_PAUSES: Final[dict[PauseCode, PauseRule]] = {
    PauseCode.WAITING_REPORTER: PauseRule(10),
    PauseCode.WAITING_THIRD_PARTY: PauseRule(14),
    PauseCode.CALAMITY: PauseRule(3),
    PauseCode.OUTAGE: PauseRule(1),
    PauseCode.LONG_WORK: PauseRule(30),
}
_SENIOR: Final = (PauseCode.WAITING_THIRD_PARTY, PauseCode.CALAMITY, PauseCode.LONG_WORK)


class PauseDialog(Popover):
    """Why the clock stands still, for how many days at most, and a sentence. Enter goes on from field to field."""

    def __init__(self, desk: Desk, title: str, subject: str, parent: QWidget | None) -> None:
        super().__init__(desk, title, subject, parent)
        senior = desk.actor is not None and desk.actor.role in (Role.SUPERVISOR, Role.ADMIN)
        choices = [
            Choice(
                code.value,
                tr(f"action.pause.{code.value}"),
                tr("action.pause.senior") if code in _SENIOR and not senior else "",
            )
            for code in PauseCode
        ]
        self.pick = PickList(choices, tr("action.pause.hint"), self)
        self.pick.chosen.connect(lambda _: self._chosen())
        self.body.addWidget(self.pick, 1)
        self.days = basic.indented(QSpinBox(self))
        self.days.setAccessibleName(tr("action.pause.days"))
        self.days.valueChanged.connect(lambda _: self._show_end())
        self.field(tr("action.pause.days"), self.days)
        self.end = self.label("")
        self.end.setProperty("tone", "muted")
        self.body.addWidget(self.end)
        self.reason: ReasonLine = ReasonLine([], tr("action.reason.name"), self)
        self.reason.entered.connect(self.finish)
        self.field(tr("action.reason.name"), self.reason)
        self.accept_button.setText(tr("action.button.pause"))
        self.pick.list.currentRowChanged.connect(lambda _: self._limit())
        self._limit()
        self.resize(desk.theme.pixels(520), desk.theme.pixels(440))
        self.pick.setFocus()

    @property
    def code(self) -> PauseCode | None:
        """The chosen code."""
        code = self.pick.current()
        return None if code is None else PauseCode(code)

    @property
    def until(self) -> int:
        """The end of the pause in ms UTC."""
        return self.desk.clock() + self.days.value() * DAY

    def _chosen(self) -> None:
        self.days.setFocus(Qt.FocusReason.TabFocusReason)
        self.days.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter on the days goes on to the reason."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.days.hasFocus():
            self.reason.take_focus()
            return
        super().keyPressEvent(event)

    def _limit(self) -> None:
        code = self.code
        if code is None:
            return
        self.days.setRange(1, PAUSE_MAX[code] // DAY)
        self.days.setValue(min(_PAUSES[code].days, PAUSE_MAX[code] // DAY))
        self.reason.set_templates([tr(f"action.pause.{code.value}.reason")])
        self._show_end()

    def _show_end(self) -> None:
        self.end.setText(tr("action.pause.end", at=formats.near(self.until, self.desk.clock())))

    def pausing(self, row: RowData | None) -> Paused:
        """What is done: based on the report as it was seen, or on nothing for many."""
        assert self.code is not None
        reason = self.reason.currentText().strip()
        return Paused(self.code, reason, self.until, base=None if row is None else row.status)

    def ready(self) -> str | None:
        """A code and a reason."""
        if self.code is None:
            return tr("action.pick.nothing")
        return missing_reason(self.reason.currentText())


def missing_reason(text: str) -> str | None:
    """The sentence for a reason that is too short, or None."""
    return tr("action.reason.short", least=REASON_MIN) if len(text.strip()) < REASON_MIN else None
