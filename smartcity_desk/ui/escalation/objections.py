"""*Sanggahan*: entering one from a letter, and deciding one, whole, in part, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QScrollArea, QWidget

from smartcity_desk.domain.decision import TEXT_MAX
from smartcity_desk.domain.events import ExclusionCode, ObjectionOutcome
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.escalation.dialogs import scrolled, templates
from smartcity_desk.ui.escalation.filerows import ChosenRows, EvidenceRows
from smartcity_desk.ui.escalation.segments import SegmentList, code_words
from smartcity_desk.ui.files import open_files
from smartcity_desk.ui.triage.choosers import missing_reason
from smartcity_desk.ui.triage.popover import Popover, ReasonLine
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.domain.marks import Objection
    from smartcity_desk.ui.services import Desk

_LETTER_MAX: Final = 120


class CodeBox(QComboBox):
    """The codes E1-E11; the first line says that there is none."""

    def __init__(self, none: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.addItem(none, "")
        for code in ExclusionCode:
            self.addItem(code_words(code), code.value)

    @property
    def code(self) -> ExclusionCode | None:
        """The chosen code, or None."""
        value = self.currentData()
        return ExclusionCode(value) if value else None

    def choose(self, code: ExclusionCode | None) -> None:
        """Choose a code."""
        self.setCurrentIndex(max(0, self.findData("" if code is None else code.value)))


class FileObjection(Popover):
    """A letter of objection: its number, its words, which items, which code, and the scanned sheets."""

    def __init__(
        self,
        desk: Desk,
        title: str,
        subject: str,
        names: Mapping[str, str],
        segments: tuple[str, ...],
        parent: QWidget | None,
    ) -> None:
        super().__init__(desk, title, subject, parent)
        scrolled(self)
        self.letter = QLineEdit(self)
        self.letter.setMaxLength(_LETTER_MAX)
        self.letter.setAccessibleName(tr("escalation.object.letter"))
        self.field(tr("escalation.object.letter"), self.letter)
        self.segments = SegmentList(tr("escalation.object.segments"), self)
        self.segments.fill(names, segments)
        self.field(tr("escalation.object.segments"), self.segments)
        self.code = CodeBox(tr("escalation.object.no_code"), tr("escalation.object.code"), self)
        self.field(tr("escalation.object.code"), self.code)
        self.text = QPlainTextEdit(self)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(tr("escalation.object.text"))
        self.text.setPlaceholderText(tr("escalation.object.text.hint"))
        self.text.setMaximumHeight(desk.theme.pixels(90))
        self.field(tr("escalation.object.text"), self.text)
        self.pick = basic.button(parent=self)
        self.pick.setText(tr("escalation.object.attach"))
        self.pick.clicked.connect(self._pick)
        self.body.addLayout(basic.row(self.pick, 0))
        self.files = ChosenRows(desk, self)
        self.files.refused.connect(self.complain)
        self.files.changed.connect(lambda: QTimer.singleShot(0, self, self._show_chosen))
        self.body.addWidget(self.files)
        self.accept_button.setText(title)
        self.resize(desk.theme.pixels(620), desk.theme.pixels(600))
        self.letter.setFocus()

    def _pick(self) -> None:
        self.desk.tasks.spawn(self._picked(), name="escalation.attach")

    async def _picked(self) -> None:
        found = await open_files(self, tr("escalation.object.attach"), tr("escalation.object.files"))
        self.add_files(found)

    def add_files(self, found: list[Path]) -> None:
        """Take scanned sheets that may be evidence; they are copied when the objection is entered."""
        self.trouble.hide()
        self.files.add(found)

    def _show_chosen(self) -> None:
        """Bring what was just chosen into sight, once it has its place."""
        area = self.findChild(QScrollArea)
        if area is not None:
            area.ensureWidgetVisible(self.files, 0, 0)

    def ready(self) -> str | None:
        """Letter, items, words; a code is wanted and not needed (rule 2)."""
        if not self.letter.text().strip():
            return tr("escalation.object.letter.empty")
        if not self.segments.ticked:
            return tr("escalation.object.segments.empty")
        if len(self.text.toPlainText()) > TEXT_MAX:
            return tr("escalation.too_long")
        if self.files.busy:
            return tr("escalation.object.looking")
        return missing_reason(self.text.toPlainText())


class AnswerObjection(Popover):
    """What the office says, item by item: a tick takes the item out of the count. The outcome is what the ticks say."""

    def __init__(
        self,
        desk: Desk,
        title: str,
        subject: str,
        objection: Objection,
        names: Mapping[str, str],
        parent: QWidget | None,
    ) -> None:
        super().__init__(desk, title, subject, parent)
        scrolled(self)
        self._of = len(objection.segments)
        said = self.label(tr("escalation.answer.said", text=formats.clean(objection.text, 1_200)))
        self.body.addWidget(said)
        facts = [
            tr("escalation.answer.letter", letter=formats.one_line(objection.letter, _LETTER_MAX))
            if objection.letter
            else "",
            tr("escalation.answer.uncoded")
            if objection.code is None
            else tr("escalation.answer.code", code=code_words(objection.code)),
        ]
        muted = self.label(" · ".join(fact for fact in facts if fact))
        muted.setProperty("tone", "muted")
        self.body.addWidget(muted)
        self.files = EvidenceRows(desk, "escalation.answer.files", self)
        self.files.show_files(objection.attachments)
        self.body.addWidget(self.files)
        self.segments = SegmentList(tr("escalation.answer.segments"), self)
        self.segments.fill(names, objection.segments)
        self.segments.itemChanged.connect(lambda _: self._say())
        self.field(tr("escalation.answer.segments"), self.segments)
        self.all = basic.button(kind="quiet", parent=self)
        self.all.setText(tr("escalation.answer.all"))
        self.all.clicked.connect(lambda: self.segments.tick_all(on=True))
        self.none = basic.button(kind="quiet", parent=self)
        self.none.setText(tr("escalation.answer.none"))
        self.none.clicked.connect(lambda: self.segments.tick_all(on=False))
        self.outcome_words = self.label("")
        self.outcome_words.setFont(desk.theme.font(bold=True))
        line = basic.row(self.all, self.none)
        line.addWidget(self.outcome_words, 1)
        self.body.addLayout(line)
        self.code = CodeBox(tr("escalation.answer.no_code"), tr("escalation.object.code"), self)
        self.code.choose(objection.code)
        self.field(tr("escalation.object.code"), self.code)
        self.reason = ReasonLine(templates("reject"), tr("action.reason.name"), self)
        self.reason.entered.connect(self.finish)
        self.field(tr("action.reason.name"), self.reason)
        self._say()
        self.resize(desk.theme.pixels(640), desk.theme.pixels(600))
        self.segments.setFocus(Qt.FocusReason.TabFocusReason)

    @property
    def outcome(self) -> ObjectionOutcome:
        """All ticked is accepted, some is partly, none is rejected."""
        n = len(self.segments.ticked)
        if not n:
            return ObjectionOutcome.REJECTED
        return ObjectionOutcome.ACCEPTED if n == self._of else ObjectionOutcome.PARTLY

    def _say(self) -> None:
        word = tr(f"escalation.answer.{self.outcome.value}")
        self.outcome_words.setText(word)
        self.accept_button.setText(word)
        of = "reject" if self.outcome is ObjectionOutcome.REJECTED else "accept"
        self.reason.set_templates(templates(of))

    def ready(self) -> str | None:
        """A reason always; a code where something is taken out."""
        if self.segments.ticked and self.code.code is None:
            return tr("escalation.answer.code.empty")
        return missing_reason(self.reason.currentText())
