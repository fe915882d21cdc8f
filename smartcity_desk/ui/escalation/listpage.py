"""*Cetak daftar*: the draft and every numbered list, each shown from its own bytes. Widgets only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QPushButton, QSplitter, QWidget

from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import formats
from smartcity_desk.ui.escalation import words
from smartcity_desk.ui.escalation.pdfpane import PdfPane
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.flow import Flow
from smartcity_desk.ui.working import WorkStrip

if TYPE_CHECKING:
    from smartcity_desk.evidence.issuing import Draft
    from smartcity_desk.ui.escalation.listing import Issued
    from smartcity_desk.ui.services import Desk

DRAFT: Final = "draft"
BUTTONS: Final = (
    "escalation.issue",
    "escalation.save_pdf",
    "escalation.save_csv",
    "escalation.save_xlsx",
    "escalation.to_printer",
)
_TABLES: Final = ("save_csv", "save_xlsx")
_NAME: Final = int(Qt.ItemDataRole.UserRole)


class ListPage(QWidget):
    """Tells when another list is chosen. What is drawn up, issued, saved and printed is `Lists`' work."""

    left = Signal()
    chosen = Signal(str)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.draft: Draft | None = None
        self.issued: Sequence[Issued] = ()
        self.back = basic.button(kind="quiet")
        self.back.clicked.connect(self.left)
        self.title = basic.label(step=1, bold=True)
        self.title.setMinimumHeight(desk.theme.pixels(32))
        self.buttons: dict[str, QPushButton] = {}
        head = Flow()
        head.setContentsMargins(8, 6, 12, 6)
        head.addWidget(self.back)
        head.addWidget(self.title)
        for name in BUTTONS:
            button = basic.button(kind="primary" if name == "escalation.issue" else "")
            button.clicked.connect(lambda _=False, name=name: desk.commands.run(name))
            self.buttons[name] = button
            head.addWidget(button)
        self.strip = WorkStrip(desk)
        self.note = basic.label(tone="muted", step=-1, wrap=True)
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setSpacing(3)
        self.list.currentRowChanged.connect(lambda _: self.chosen.emit(self.current))
        self.pdf = PdfPane(desk)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        side = QWidget()
        inner = basic.column(self.list, self.note, spacing=6, margins=(8, 0, 0, 8))
        inner.setStretch(0, 1)
        side.setLayout(inner)
        self._split.addWidget(side)
        self._split.addWidget(self.pdf)
        self._split.setChildrenCollapsible(False)
        self._split.setSizes([290, 900])
        self._split.setStretchFactor(1, 1)
        whole = basic.column(head, self.strip, spacing=0)
        whole.addWidget(self._split, 1)
        self.setLayout(whole)
        self.retranslate()

    # -- lists -------------------------------------------------------------------------------------------------

    @property
    def current(self) -> str:
        """The id of the list on show, `draft`, or nothing."""
        return "" if self.list.currentRow() < 0 else str(self.list.currentItem().data(_NAME))

    @property
    def current_issued(self) -> Issued | None:
        """The numbered list on show."""
        return next((one for one in self.issued if one.name == self.current), None)

    def show_lists(self, draft: Draft | None, issued: Sequence[Issued], *, choose: str = "") -> None:
        """Show what there is; the cursor stays where it was, or goes to `choose`."""
        wanted = choose or self.current or DRAFT
        self.draft, self.issued = draft, issued
        self.list.blockSignals(True)
        self.list.clear()
        self._add(DRAFT, self._draft_words())
        for one in issued:
            self._add(one.name, self._issued_words(one))
        names = [str(self.list.item(at).data(_NAME)) for at in range(self.list.count())]
        self.list.setCurrentRow(names.index(wanted) if wanted in names else 0)
        self.list.blockSignals(False)
        self.chosen.emit(self.current)

    def say_times(self) -> None:
        """Say how long a held list can still be stopped."""
        now = self._desk.clock()
        for at, one in enumerate(self.issued, start=1):
            if one.op is not None:
                self.list.item(at).setText(self._issued_words(one))
        current = self.current_issued
        if current is not None and current.op is not None:
            self.say_state(now)

    def _add(self, name: str, text: str) -> None:
        item = QListWidgetItem(text, self.list)
        item.setData(_NAME, name)
        item.setToolTip(formats.tip(text))

    def _draft_words(self) -> str:
        if self.draft is None:
            return tr("escalation.list.draft")
        at = formats.short(self.draft.model.origin.data_at, self._desk.clock())
        return "\n".join(
            (
                tr("escalation.list.draft"),
                tr("escalation.list.data", at=at),
                trn("escalation.list.rows", len(self.draft.rows)),
            )
        )

    def _issued_words(self, one: Issued) -> str:
        now = self._desk.clock()
        lines = [one.printed.number, formats.short(one.at, now)]
        if one.op is None:
            lines.append(tr("escalation.list.received"))
        else:
            lines.append(words.way(one.op, now).text)
        if one.replaced_by:
            lines.append(tr("escalation.list.replaced", number=one.replaced_by))
        elif one.outdated:
            lines.append(tr("escalation.list.outdated"))
        if one.path is None:
            lines.append(tr("escalation.list.no_file"))
        return "\n".join(lines)

    def say_state(self, now: int) -> None:
        """What the list on show is, and which of the buttons make sense now."""
        one = self.current_issued
        draft = self.draft is not None and one is None
        held = one is not None and one.held(now)
        shown = bool(self.pdf.content)
        self.buttons["escalation.issue"].setVisible(one is None)
        self.buttons["escalation.issue"].setEnabled(draft)
        for name in ("escalation.save_pdf", "escalation.to_printer"):
            self.buttons[name].setEnabled(shown and not held)
        for name in ("escalation.save_csv", "escalation.save_xlsx"):
            self.buttons[name].setEnabled(draft)
        if held and one is not None and one.op is not None:
            key = self._desk.commands.shown_key("escalation.undo")
            span = formats.duration(one.op.not_before - now)
            self.note.setText(tr("escalation.list.held", span=span, key=key))
        elif one is None:
            self.note.setText(tr("escalation.list.draft.text"))
        elif one.path is None:
            self.note.setText(tr("escalation.list.no_file.text"))
        else:
            self.note.setText(tr("escalation.list.issued.text", hash=one.printed.document[:16]))

    def take_focus(self) -> None:
        """Put the hand on the lists."""
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- look --------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Every text anew."""
        commands = self._desk.commands
        self.back.setText(words.with_key(tr("escalation.back"), commands, "escalation.back"))
        self.title.setText(tr("escalation.list.title"))
        self.list.setAccessibleName(tr("escalation.list.lists"))
        for name, button in self.buttons.items():
            short = name.removeprefix("escalation.")
            text = tr(f"escalation.button.{short}")
            button.setText(text if short in _TABLES else words.with_key(text, commands, name))
            button.setToolTip(formats.tip(words.with_key(commands.title(name), commands, name)))
        self.strip.retranslate()
        self.pdf.retranslate()
        self.show_lists(self.draft, self.issued)
