"""*Insiden*: which reports tell of the same thing as the one on show, whose clock runs for them, and which may too."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.geo import distance_m
from smartcity_desk.domain.ids import incident_name
from smartcity_desk.domain.report import OPEN_STATUSES, ReportKind
from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import formats
from smartcity_desk.ui.triage import likeness, words
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.domain.lookalike import Suggestion
    from smartcity_desk.store.rows import MemberRow, ReportDetail, RowData
    from smartcity_desk.ui.services import Desk

MEMBERS_SHOWN: Final = 8
SUGGESTIONS_SHOWN: Final = 3
_ANSWER: Final = 600
_IDLE_SECONDS: Final = 0.2
"""Whoever only passes by needs no look-alikes: they are asked for once the cursor rests."""


class TogetherSection(QWidget):
    """Gone where there is nothing to say. Every line is a button that opens its report."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._detail: ReportDetail | None = None
        self._similar: list[tuple[Suggestion, RowData]] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self.head = basic.label(tone="muted", step=-1, bold=True)
        self.stands = basic.label(wrap=True)
        self.answer = basic.label(wrap=True, step=-1)
        self.more = basic.label(tone="muted", step=-1)
        self.similar_head = basic.label(tone="muted", step=-1, bold=True, wrap=True)
        self.members = [_Line() for _ in range(MEMBERS_SHOWN)]
        self.suggestions = [_Line() for _ in range(SUGGESTIONS_SHOWN)]
        for widget in (self.head, self.stands, self.answer, *self.members, self.more):
            layout.addWidget(widget)
        layout.addWidget(self.similar_head)
        for line in self.suggestions:
            layout.addWidget(line)
        for line in (*self.members, *self.suggestions):
            line.opened.connect(desk.bridge.open_report.emit)
        self.hide()

    def show_report(self, detail: ReportDetail | None) -> None:
        """Show how another report stands, or the same one as it stands now."""
        same = detail is not None and self._detail is not None and detail.pk == self._detail.pk
        self._detail = detail
        if not same:
            self._similar = []
        self._fill()
        if detail is not None and _may_be_joined(detail):
            self._desk.tasks.replace("report.similar", self._look(detail))
        else:
            self._desk.tasks.cancel("report.similar")

    async def _look(self, detail: ReportDetail) -> None:
        from smartcity_desk.ui.triage.joining import suggestions_for

        desk = self._desk
        await asyncio.sleep(_IDLE_SECONDS)
        try:
            found = await desk.readers.run(suggestions_for, desk.store, detail.report.id, desk.clock())
        except DeskError as problem:
            desk.notify.error(problem)
            return
        if self._detail is detail:
            inside = {one.pk for one in detail.members}
            self._similar = [one for one in found if one[1].pk not in inside][:SUGGESTIONS_SHOWN]
            self._fill()

    def retranslate(self) -> None:
        """Every text anew."""
        self.setAccessibleName(tr("incident.section"))
        self._fill()

    def _fill(self) -> None:
        detail = self._detail
        tie = None if detail is None else detail.tie
        for widget in (self.head, self.stands):
            widget.setVisible(tie is not None)
        self.answer.hide()
        self.more.hide()
        shown: list[MemberRow] = []
        if detail is not None and tie is not None:
            self.head.setText(tr("incident.head", incident=incident_name(tie.joined.incident)))
            shown = [one for one in detail.members if one.pk != detail.pk]
            self.stands.setText(self._stands(detail, shown))
            if tie.follows and detail.answer is not None:
                text = formats.one_line(str(getattr(detail.answer.payload, "text", "")), _ANSWER)
                self.answer.setText(tr("incident.answer", text=text))
                self.answer.show()
            hidden = len(shown) - MEMBERS_SHOWN
            self.more.setVisible(hidden > 0)
            self.more.setText(trn("incident.more", max(0, hidden)))
        for line, one in zip(self.members, [*shown, *[None] * MEMBERS_SHOWN], strict=False):
            line.show_report(*(("", "", "") if one is None or detail is None else self._member(one, detail)))
        self._fill_similar()
        self.setVisible(tie is not None or bool(self._similar))

    def _fill_similar(self) -> None:
        directory = self._desk.directory
        keys = {
            name: self._desk.commands.shown_key(command)
            for name, command in (("key", "report.join"), ("no", "report.not_alike"))
        }
        self.similar_head.setVisible(bool(self._similar))
        self.similar_head.setText(tr("incident.similar.head", **keys))
        for line, one in zip(self.suggestions, [*self._similar, *[None] * SUGGESTIONS_SHOWN], strict=False):
            if one is None:
                line.show_report("", "", "")
                continue
            suggestion, row = one
            tip = f"{row.title}\n{row.text}"
            line.show_report(row.id, likeness.line(row, suggestion, directory), tip)

    def _stands(self, detail: ReportDetail, others: list[MemberRow]) -> str:
        tie = detail.tie
        assert tie is not None
        if not tie.follows:
            return trn("incident.leads", tie.others)
        first = next((one for one in others if one.id == tie.lead), None)
        if first is None:
            return tr("incident.follows")
        office = first.office
        holder = tr("report.unit") if office is None else words.office_name(self._desk.directory, office)
        return tr("incident.follows_lead", status=words.status_name(first.status), office=holder)

    def _member(self, one: MemberRow, detail: ReportDetail) -> tuple[str, str, str]:
        parts = [f"{words.channel_name(one.channel)} {formats.one_line(one.external_id, 40)}"]
        if detail.tie is not None and one.id == detail.tie.lead:
            parts.append(tr("incident.lead"))
        mine = next((row for row in detail.members if row.pk == detail.pk), None)
        away = None if mine is None else _metres(mine, one)
        parts += [] if away is None else [tr("incident.metres", n=formats.number(away))]
        parts += [words.status_name(one.status), formats.near(one.reported_at, self._desk.clock())]
        parts.append(formats.one_line(one.title or one.text, 60))
        why = formats.one_line(one.joined.reason, 200) or tr("incident.no_reason")
        tip = tr("incident.joined_by", user=formats.one_line(one.joined.user, 40), why=why)
        return one.id, " · ".join(part for part in parts if part), f"{tip}\n{one.text}"


def _metres(one: MemberRow, other: MemberRow) -> int | None:
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return None
    return distance_m(one.lat, one.lon, other.lat, other.lon)


def _may_be_joined(detail: ReportDetail) -> bool:
    """Whether look-alikes are worth a look: of an open complaint that follows nothing."""
    state = detail.state
    if state.kind is ReportKind.CONTEXT or state.private or state.status not in OPEN_STATUSES:
        return False
    return detail.tie is None or not detail.tie.follows


class _Line(QPushButton):
    """One report: its line cut where there is no room, the rest as a tip; Enter or a click opens it."""

    opened = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "quiet")
        self.setProperty("line", "start")
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._report = ""
        self._whole = ""
        self.clicked.connect(lambda _=False: self.opened.emit(self._report))
        self.hide()

    def show_report(self, report: str, text: str, tip: str) -> None:
        """Show a report's line; nothing for none."""
        self._report, self._whole = report, text
        self.setAccessibleName(text)
        self.setToolTip(formats.tip(f"{text}\n{tip}" if text else ""))
        self.setVisible(bool(report))
        self._cut()

    def resizeEvent(self, event: Any) -> None:
        """Another width cuts it elsewhere."""
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        from PySide6.QtCore import Qt

        room = max(40, self.width() - 20)
        cut = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, room)
        self.setText(cut.replace("&", "&&"))
