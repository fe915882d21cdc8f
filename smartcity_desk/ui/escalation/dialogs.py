"""The decisions that need a sentence: what it is about, what follows, the reason, and one key to do it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from smartcity_desk.domain.decision import TEXT_MAX
from smartcity_desk.i18n import tr
from smartcity_desk.ui.escalation import words
from smartcity_desk.ui.escalation.deeds import Offer
from smartcity_desk.ui.triage.choosers import missing_reason
from smartcity_desk.ui.triage.popover import Popover, ReasonLine

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk

_COMMAND: Final = int(Qt.ItemDataRole.UserRole)
_REFUSED: Final = _COMMAND + 1


class AskDialog(Popover):
    """One deed with what follows from it and, where one is needed or wanted, its reason. Enter does it.

    `templates` are ready reasons; without them there is no field. `needed` False lets the reason be empty.
    """

    def __init__(
        self,
        desk: Desk,
        title: str,
        subject: str,
        parent: QWidget | None,
        *,
        lines: Sequence[str] = (),
        templates: Sequence[str] | None = None,
        needed: bool = True,
        do: str = "",
    ) -> None:
        super().__init__(desk, title, subject, parent)
        self._needed = needed
        self.lines = [self.label(line) for line in lines]
        for label in self.lines:
            self.body.addWidget(label)
        self.reason: ReasonLine | None = None
        if templates is not None:
            name = tr("action.reason.name" if needed else "action.reason.optional")
            self.reason = ReasonLine(templates, name, self)
            self.reason.entered.connect(self.finish)
            if not needed:
                self.reason.setEditText("")
            self.field(name, self.reason)
        self.accept_button.setText(do or title)
        self.accept_button.setDefault(True)
        self.resize(desk.theme.pixels(560), self.sizeHint().height())
        self._take_focus()

    def _take_focus(self) -> None:
        if self.reason is not None:
            self.reason.take_focus()
        else:
            self.accept_button.setFocus()

    @property
    def text(self) -> str:
        """The reason that was given, or nothing."""
        return "" if self.reason is None else self.reason.currentText().strip()

    def ready(self) -> str | None:
        """A reason of a word at least, where one is needed."""
        if self.reason is None or (not self._needed and not self.text):
            return None
        if len(self.text) > TEXT_MAX:
            return tr("escalation.too_long")
        return missing_reason(self.text)


class ProposeDialog(AskDialog):
    """A proposal names the list that it stands in, where one has been issued."""

    def __init__(
        self, desk: Desk, title: str, subject: str, numbers: Sequence[str], parent: QWidget | None
    ) -> None:
        super().__init__(
            desk,
            title,
            subject,
            parent,
            lines=[tr("escalation.propose.text")],
            templates=templates("propose"),
        )
        self.number = QComboBox(self)
        self.number.setAccessibleName(tr("escalation.propose.list"))
        for number in numbers:
            self.number.addItem(number, number)
        self.number.addItem(tr("escalation.propose.no_list"), "")
        self.field(tr("escalation.propose.list"), self.number)

    @property
    def list_number(self) -> str:
        """The number of the list, or nothing."""
        return str(self.number.currentData() or "")


class DecideDialog(AskDialog):
    """What the deciding authority said, in its own words."""

    def __init__(self, desk: Desk, title: str, subject: str, parent: QWidget | None) -> None:
        super().__init__(
            desk,
            title,
            subject,
            parent,
            lines=[tr("escalation.decide.text")],
            templates=templates("decide"),
        )
        self.outcome = QLineEdit(self)
        self.outcome.setMaxLength(TEXT_MAX)
        self.outcome.setAccessibleName(tr("escalation.decide.outcome"))
        self.outcome.setPlaceholderText(tr("escalation.decide.outcome.hint"))
        self.outcome.returnPressed.connect(self._on)
        label = self.label(tr("escalation.decide.outcome"))
        label.setProperty("tone", "muted")
        label.setProperty("step", -1)
        label.setBuddy(self.outcome)
        at = len(self.lines)
        self.body.insertWidget(at, label)
        self.body.insertWidget(at + 1, self.outcome)
        self.setTabOrder(self.outcome, self.reason or self.accept_button)
        self.outcome.setFocus()

    def _on(self) -> None:
        if self.reason is not None:
            self.reason.take_focus()

    def ready(self) -> str | None:
        """Both the outcome and the reason."""
        if not self.outcome.text().strip():
            return tr("escalation.decide.outcome.empty")
        return super().ready()


def scrolled(dialog: Popover) -> QVBoxLayout:
    """Let the body of a tall dialog scroll where the window is low; returns the body as it was, for what must stay."""
    outer = dialog.body
    inside = QWidget()
    dialog.body = QVBoxLayout(inside)
    dialog.body.setContentsMargins(0, 0, 8, 0)
    dialog.body.setSpacing(8)
    area = QScrollArea(dialog)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inside)
    outer.addWidget(area, 1)
    return outer


def templates(of: str) -> list[str]:
    """Ready reasons of a deed, in the language spoken now."""
    return [tr(f"escalation.template.{of}.{n}") for n in (1, 2)]


class AllDeeds(Popover):
    """Every deed on a card: those that are possible first, the others greyed, each with why it is not."""

    def __init__(
        self, desk: Desk, title: str, subject: str, offers: Sequence[Offer], parent: QWidget | None
    ) -> None:
        super().__init__(desk, title, subject, parent)
        self.command = ""
        self.list = QListWidget(self)
        self.list.setAccessibleName(title)
        self.list.setWordWrap(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.why: QLabel = self.label("")
        self.why.setProperty("tone", "muted")
        for offer in sorted(offers, key=lambda one: not one.possible):
            self._add(offer)
        self.list.currentRowChanged.connect(lambda _: self._say())
        self.list.itemActivated.connect(lambda _: self.finish())
        self.body.addWidget(self.list, 1)
        self.body.addWidget(self.why)
        self.accept_button.setText(tr("escalation.all.do"))
        self.cancel.setText(tr("common.close"))
        self.list.setCurrentRow(0)
        self.resize(desk.theme.pixels(600), desk.theme.pixels(520))
        self.list.setFocus()

    def _add(self, offer: Offer) -> None:
        name = words.with_key(words.deed(offer.deed), self.desk.commands, offer.deed.command)
        if offer.refusal is None:
            item = QListWidgetItem(f"● {name}", self.list)
        else:
            item = QListWidgetItem(f"○ {name}\n    {words.refusal(offer.refusal).what}", self.list)
            item.setForeground(self.desk.theme.color("muted"))
            item.setData(_REFUSED, words.refusal(offer.refusal).whole)
        item.setData(_COMMAND, offer.deed.command)

    def _say(self) -> None:
        item = self.list.currentItem()
        refused = str(item.data(_REFUSED) or "")
        short = str(item.data(_COMMAND)).removeprefix("escalation.")
        self.why.setText(refused or tr(f"escalation.deed.{short}.help"))
        self.accept_button.setEnabled(not refused)
        self.trouble.hide()

    def ready(self) -> str | None:
        """Only what is possible is done."""
        item = self.list.currentItem()
        refused = item.data(_REFUSED)
        if refused:
            return str(refused)
        self.command = str(item.data(_COMMAND))
        return None
