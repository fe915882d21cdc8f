"""*Jawaban ke pelapor*: what became of each answer on its way to the citizen, as the central server last told it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from smartcity_desk.domain.receipt import UPDATE, Course, Fate, fates
from smartcity_desk.i18n import has_text, tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.triage import words
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.domain.receipt import Receipt
    from smartcity_desk.store.rows import ReportDetail
    from smartcity_desk.ui.services import Desk

SHOWN: Final = 12
"""How many answers the panel shows; the newest ones."""
_QUOTE: Final = 200
_SHAPES: Final = {
    Course.HERE: "◔",
    Course.QUEUED: "⇡",
    Course.AGAIN: "⇡",
    Course.HANDED: "✓",
    Course.REFUSED: "×",
}
_TONES: Final = {
    Course.HERE: "verify",
    Course.QUEUED: "verify",
    Course.AGAIN: "soon",
    Course.HANDED: "in_time",
    Course.REFUSED: "overdue",
    Course.UNSET: "soon",
    Course.EARLIER: "soon",
}


def course_words(fate: Fate, channel: str, now: int) -> str:
    """What became of an answer, with its shape: `✓ diserahkan ke QLUE hari ini 10.14`."""
    receipt = fate.receipt
    name = words.channel_name(channel)
    values = {"channel": name, "target": name, "at": "", "why": ""}
    if receipt is not None:
        at = receipt.next_at if fate.course is Course.AGAIN else receipt.settled_at or receipt.queued_at
        values |= {
            "target": name if receipt.kind == UPDATE else formats.one_line(receipt.target, 40),
            "at": formats.near(at, now),
            "why": why(receipt),
        }
    return f"{_SHAPES.get(fate.course, '—')} {tr(f'outgoing.course.{fate.course.value}', **values)}"


def why(receipt: Receipt) -> str:
    """What went wrong: what it means, and the far side's own words."""
    code = receipt.code or ""
    meaning = ""
    if has_text(f"outgoing.why.{code}"):
        meaning = tr(f"outgoing.why.{code}")
    elif code:
        meaning = tr("outgoing.why.other", code=formats.one_line(code.removeprefix("http_"), 40))
    quoted = formats.one_line(receipt.detail, 300)
    return ": ".join(part for part in (meaning, f"“{quoted}”" if quoted else "") if part)


def answer_words(fate: Fate) -> str:
    """Whose words they were, shortly."""
    if fate.kind != UPDATE:
        return tr("outgoing.request")
    if fate.text:
        return formats.one_line(fate.text, _QUOTE)
    return tr(f"outgoing.{fate.code}") if fate.code else tr("outgoing.of_lead")


class AnswersSection(QWidget):
    """One line an answer, newest first; gone where nothing was said to the reporter."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._detail: ReportDetail | None = None
        self.head = basic.label(tone="muted", step=-1, bold=True)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._labels: list[tuple[QLabel, QLabel, QLabel]] = []
        layout = basic.column(self.head, spacing=6, margins=(0, 0, 0, 10))
        layout.addLayout(self._grid)
        self.setLayout(layout)
        self.retranslate()
        self.hide()

    def show_report(self, detail: ReportDetail | None) -> None:
        """Show what became of the answers on a report."""
        self._detail = detail
        found: Sequence[Fate] = ()
        if detail is not None:
            found = fates(detail.report.channel, detail.timeline, detail.receipts, detail.outlets)
        self.setVisible(bool(found))
        now = self._desk.clock()
        shown = list(reversed(found))[:SHOWN]
        for at, fate in enumerate(shown):
            time, text, course = self._line(at)
            time.setText(formats.near(fate.at, now))
            time.setToolTip(formats.date_time(fate.at))
            text.setText(formats.breakable(answer_words(fate)))
            assert detail is not None
            course.setText(formats.breakable(course_words(fate, detail.report.channel, now)))
            basic.set_tone(course, _TONES.get(fate.course, "muted"))  # type: ignore[arg-type]  # a token
            for label in (time, text, course):
                label.show()
        for line in self._labels[len(shown) :]:
            for label in line:
                label.hide()

    def retranslate(self) -> None:
        """Every text anew."""
        self.head.setText(tr("outgoing.head"))
        self.setAccessibleName(tr("outgoing.head"))
        self.show_report(self._detail)

    def _line(self, at: int) -> tuple[QLabel, QLabel, QLabel]:
        if at == len(self._labels):
            time = basic.label(tone="muted", step=-1)
            text, course = basic.label(step=-1, wrap=True), basic.label(step=-1, wrap=True)
            for label in (text, course):
                label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            both = QWidget()
            both.setLayout(basic.column(text, course, spacing=0))
            self._grid.addWidget(time, at, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(both, at, 1)
            self._labels.append((time, text, course))
        return self._labels[at]
