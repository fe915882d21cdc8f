"""One item opened: what came of it and why, who held the report when, and every event behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from smartcity_desk.domain import why as reasons
from smartcity_desk.domain.clock import clock
from smartcity_desk.i18n import tr
from smartcity_desk.saying import event_name, why_lines
from smartcity_desk.ui import formats
from smartcity_desk.ui.offices import words
from smartcity_desk.ui.offices.bars import CustodyBars, bar_lines
from smartcity_desk.ui.offices.items import counted_cell, report_name
from smartcity_desk.ui.offices.lines import Line, Lines
from smartcity_desk.ui.report import timeline
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.domain.items import Item
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.store.rows import ReportDetail, ReportLine
    from smartcity_desk.ui.services import Desk

_TEXT_SHOWN: Final = 600


class ItemDetail(QScrollArea):
    """Shows one item. What needs its report is filled in when that has been read."""

    left = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._item: Item | None = None
        self._line: ReportLine | None = None
        self._detail: ReportDetail | None = None
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._inside = basic.frame(ground="surface")
        self.empty = basic.label(tone="muted", wrap=True)
        self.title = basic.label(step=1, bold=True, wrap=True)
        self.outcome = basic.label(bold=True, wrap=True)
        self.counted = basic.label(tone="muted", step=-1, wrap=True)
        self.text = basic.label(wrap=True)
        self._heads = {name: basic.label(bold=True) for name in ("why", "custody", "events")}
        self.why = Lines()
        self.bars = CustodyBars(desk)
        self.events = Lines()
        self.triage = basic.button()
        self.triage.clicked.connect(lambda: desk.commands.run("offices.report"))
        self._body = basic.frame()
        self._body.setLayout(
            basic.column(
                self.title,
                self.outcome,
                self.counted,
                self.text,
                basic.row(self.triage, 0),
                4,
                self._heads["why"],
                self.why,
                4,
                self._heads["custody"],
                self.bars,
                4,
                self._heads["events"],
                self.events,
                spacing=6,
            )
        )
        self._inside.setLayout(basic.column(self.empty, self._body, 0, margins=(14, 10, 14, 14)))
        self.setWidget(self._inside)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.retranslate()

    @property
    def item(self) -> Item | None:
        """What is shown."""
        return self._item

    @property
    def detail(self) -> ReportDetail | None:
        """Its report, once it was read."""
        return self._detail

    def show_item(self, item: Item | None, line: ReportLine | None) -> None:
        """Show what is known of an item at once; its report follows."""
        same = item is not None and self._item is not None and item.segment.id == self._item.segment.id
        self._item, self._line = item, line
        if not same:
            self._detail = None
            self.verticalScrollBar().setValue(0)
        self._fill()

    def show_detail(self, detail: ReportDetail | None) -> None:
        """The report of the item on show has been read; None = it is not here."""
        if self._item is not None and (detail is None or detail.report.id == self._item.segment.report):
            self._detail = detail
            self._fill()

    def _fill(self) -> None:
        item = self._item
        self.empty.setVisible(item is None)
        self._body.setVisible(item is not None)
        if item is None:
            return
        directory = self._desk.directory
        name = report_name(self._line, item.segment.report)
        self.title.setText(f"{name} · {words.category(directory, item.segment.category)}")
        said = words.outcome(item)
        charged = tr("offices.detail.charged", span=words.length(item.charged_ms))
        self.outcome.setText(f"{said.text} · {charged}")
        basic.set_tone(self.outcome, said.tone)  # type: ignore[arg-type]  # a token of the theme
        counted = counted_cell(item)
        self.counted.setText(
            counted.tip_text if counted.tip else tr("offices.detail.counted", words=counted.text)
        )
        text = "" if self._line is None else formats.clean(self._line.report.text, _TEXT_SHOWN)
        self.text.setText(formats.breakable(text))
        self.text.setVisible(bool(text))
        self._fill_report(item)
        self.setAccessibleName(f"{tr('offices.detail.name')}: {name}. {said.word}. {self.counted.text()}")
        self.triage.setText(
            tr(
                "offices.with_key",
                name=tr("command.offices.report"),
                key=self._desk.commands.shown_key("offices.report"),
            )
        )

    def _fill_report(self, item: Item) -> None:
        detail, directory, now = self._detail, self._desk.directory, self._desk.clock()
        if detail is None:
            self.why.show_lines([("", tr("report.loading"), "muted", "")])
            self.bars.show_lines([])
            self.events.show_lines([])
            return
        segment = next((one for one in detail.segments if one.id == item.segment.id), item.segment)
        told = why_lines(reasons.why(segment, detail.law, now), directory)
        self.why.show_lines([(str(n), line, "", "") for n, line in enumerate(told, 1)])
        due = clock(segment, detail.law).due_at
        self.bars.show_lines(bar_lines(detail.segments, segment.id, due, directory, now))
        user = "" if self._desk.actor is None else self._desk.actor.user
        self.events.show_lines(event_lines(detail, directory, user, now))

    def retranslate(self) -> None:
        """Every text anew."""
        self.empty.setText(tr("offices.detail.empty"))
        for name, head in self._heads.items():
            head.setText(tr(f"offices.detail.{name}"))
        self.setAccessibleName(tr("offices.detail.name"))
        self._fill()

    def restyle(self) -> None:
        """Take the theme."""
        self.bars.updateGeometry()
        self.bars.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes back to the items: the way in is the way out."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left.emit()
            return
        super().keyPressEvent(event)


def event_lines(detail: ReportDetail, directory: Directory, user: str, now: int) -> list[Line]:
    """What happened, oldest first, each with the beginning of its event's id: *Mengapa?* names events by it."""
    told = timeline.lines(detail, directory, user)
    shown = detail.timeline[-timeline.SHOWN :]
    earlier = ("",) if len(shown) < len(detail.timeline) else ()
    ids = [event_name(detail.report.id), *earlier, *(event_name(event.id) for event in shown)]
    ids += [""] * (len(told) - len(ids))
    return [
        (
            formats.short(line.at, now),
            "\n".join(
                part
                for part in (line.text, " · ".join(part for part in (line.who, line.way, name) if part))
                if part
            ),
            "" if line.tone == "text" else line.tone,
            formats.date_time(line.at),
        )
        for line, name in zip(told, ids, strict=True)
    ]
