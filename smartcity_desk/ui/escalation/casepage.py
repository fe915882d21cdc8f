"""A dossier inside the desk: summary, items with their *Mengapa?*, objections with their words, and its story."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QStackedWidget, QTabBar, QWidget

from smartcity_desk.domain.marks import review_due, standing
from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import formats
from smartcity_desk.ui.escalation import words
from smartcity_desk.ui.escalation.case import (
    OBJECTION_COLUMNS,
    WINDOW_COLUMNS,
    Case,
    objection_rows,
    story_lines,
    window_rows,
)
from smartcity_desk.ui.escalation.filerows import EvidenceRows
from smartcity_desk.ui.escalation.segments import code_words, segment_names
from smartcity_desk.ui.offices import words as offices
from smartcity_desk.ui.offices.detail import ItemDetail
from smartcity_desk.ui.offices.items import ITEM_COLUMNS, item_rows
from smartcity_desk.ui.offices.lines import Line, Lines
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.flow import Flow
from smartcity_desk.ui.widgets.grid import Grid

if TYPE_CHECKING:
    from smartcity_desk.domain.marks import Objection
    from smartcity_desk.store.rows import ReportDetail
    from smartcity_desk.ui.escalation.board import Card
    from smartcity_desk.ui.services import Desk

SIDES: Final = ("summary", "items", "objections", "story")


class CasePage(QWidget):
    """Shows one `Case`. `item_chosen` brings the id of the report that is wanted for the item under the cursor."""

    left = Signal()
    item_chosen = Signal(str)

    summary: QScrollArea
    detail: ItemDetail
    files: EvidenceRows
    objection_area: QScrollArea
    story_area: QScrollArea

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.case: Case | None = None
        self.card: Card | None = None
        self.back = basic.button(kind="quiet")
        self.back.clicked.connect(self.left)
        self.name = basic.label(step=1, bold=True)
        self.state = basic.label(bold=True)
        self.code = basic.label(tone="muted")
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for _ in SIDES:
            self.tabs.addTab("")
        self.pages = QStackedWidget()
        for made in (self._summary(), self._items(), self._objections(), self._story()):
            self.pages.addWidget(made)
        self.tabs.currentChanged.connect(self._side_chosen)
        head = Flow(spacing=12)
        head.setContentsMargins(8, 6, 16, 2)
        for part in (self.back, self.name, self.state, self.code):
            part.setMinimumHeight(desk.theme.pixels(28))
            head.addWidget(part)
        whole = basic.column(head, self.tabs, spacing=0)
        whole.addWidget(self.pages, 1)
        self.setLayout(whole)
        self.retranslate()
        self.restyle()

    def _summary(self) -> QWidget:
        self.windows = Grid(self._desk, WINDOW_COLUMNS, "escalation.windows")
        for policy in (self.windows.setVerticalScrollBarPolicy, self.windows.setHorizontalScrollBarPolicy):
            policy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.proposal = basic.label(tone="muted", step=-1, wrap=True)
        self.facts = Lines()
        inside = basic.frame(ground="surface")
        inside.setLayout(
            basic.column(self.proposal, self.windows, self.facts, 0, spacing=12, margins=(16, 12, 16, 12))
        )
        self.summary = _scrolled(inside)
        return self.summary

    def _items(self) -> QWidget:
        self.items = Grid(self._desk, ITEM_COLUMNS, "escalation.items")
        self.items.current_changed.connect(lambda _: self._item_moved())
        self.items.opened.connect(lambda _: self.detail.setFocus(Qt.FocusReason.TabFocusReason))
        self.detail = ItemDetail(self._desk)
        self.detail.triage.hide()  # its key belongs to another screen; here it is escalation.report
        self.detail.left.connect(self.take_focus)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.items)
        split.addWidget(self.detail)
        split.setChildrenCollapsible(False)
        split.setSizes([780, 480])
        split.setStretchFactor(0, 1)
        return split

    def _objections(self) -> QWidget:
        self.objections = Grid(self._desk, OBJECTION_COLUMNS, "escalation.objections")
        self.objections.current_changed.connect(lambda _: self._say_objection())
        self.objections.opened.connect(lambda _: self._into_objection())
        self.objection = Lines()
        self.files_caption = basic.label(tone="muted", step=-1)
        self.files = EvidenceRows(self._desk, "escalation.case.files")
        inside = basic.frame(ground="surface")
        inside.setLayout(
            basic.column(self.objection, self.files_caption, self.files, 0, margins=(14, 10, 14, 14))
        )
        self.no_objection = basic.label(tone="muted", wrap=True)
        self.no_objection.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.no_objection.setMargin(24)
        self.no_objection.setProperty("teach", True)
        self.no_objection.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        split = QSplitter(Qt.Orientation.Vertical)
        self.objection_area = _scrolled(inside)
        split.addWidget(self.objections)
        split.addWidget(self.objection_area)
        split.setChildrenCollapsible(False)
        split.setSizes([200, 260])
        self.objection_pages = QStackedWidget()
        self.objection_pages.addWidget(split)
        self.objection_pages.addWidget(self.no_objection)
        return self.objection_pages

    def _story(self) -> QWidget:
        self.story = Lines()
        inside = basic.frame(ground="surface")
        inside.setLayout(basic.column(self.story, 0, margins=(16, 12, 16, 12)))
        self.story_area = _scrolled(inside)
        return self.story_area

    # -- what is shown -----------------------------------------------------------------------------------------

    def show_case(self, case: Case | None, card: Card | None) -> None:
        """Show a dossier; None while it is being read."""
        same = (
            case is not None and self.case is not None and case.subject.mark_id == self.case.subject.mark_id
        )
        self.case, self.card = case, card
        if not same:
            self.detail.show_item(None, None)
            self.show_side("summary")
        self._fill()

    def _fill(self) -> None:
        case, now, directory = self.case, self._desk.clock(), self._desk.directory
        if case is None or self.card is None:
            for label in (self.name, self.state, self.proposal):
                label.setText("")
            self.code.setText(tr("report.loading"))
            self.facts.show_lines([])
            return
        said = words.standing_of(self.card)
        self.name.setText(words.office(directory, case.subject.office))
        self.state.setText(said.text)
        basic.set_tone(self.state, said.tone)  # type: ignore[arg-type]  # a token of the theme
        self.code.setText(tr("escalation.case.code", code=case.subject.code))
        self.proposal.setText(tr("escalation.proposal"))
        self.windows.set_rows(window_rows(case.figures, case.policy))
        self.facts.show_lines(fact_lines(case, self.card, self._desk))
        self.items.set_rows(item_rows(case.page, directory, now))
        self._item_moved()
        mark = case.mark
        rows = [] if mark is None else objection_rows(mark, case.law, now)
        self.objections.set_rows(rows)
        self.objection_pages.setCurrentIndex(0 if rows else 1)
        self._say_objection()
        lines = story_lines(case, directory, now)
        self.story.show_lines(lines or [("", tr("escalation.story.none"), "muted", "")])
        self._say_tabs()

    def refresh(self) -> None:
        """Say relative times anew."""
        if self.case is not None and self.card is not None:
            self.facts.show_lines(fact_lines(self.case, self.card, self._desk))
            lines = story_lines(self.case, self._desk.directory, self._desk.clock())
            self.story.show_lines(lines or [("", tr("escalation.story.none"), "muted", "")])

    def show_detail(self, detail: ReportDetail | None) -> None:
        """The report of the item on show has been read."""
        self.detail.show_detail(detail)

    def _item_moved(self) -> None:
        case = self.case
        item = None
        if case is not None:
            item = next((one for one in case.page.items if one.segment.id == self.items.current_key), None)
        line = None if case is None or item is None else case.page.lines.get(item.segment.report)
        self.detail.show_item(item, line)
        if item is not None and self.side == "items":
            self.item_chosen.emit(item.segment.report)

    @property
    def report(self) -> str | None:
        """The report of the item under the cursor, while items are on show."""
        case = self.case
        if case is None or self.side != "items":
            return None
        found = (one.segment.report for one in case.page.items if one.segment.id == self.items.current_key)
        return next(found, None)

    @property
    def chosen_objection(self) -> str | None:
        """The objection under the cursor, while objections are on show."""
        return self.objections.current_key or None if self.side == "objections" else None

    def _say_objection(self) -> None:
        case = self.case
        mark = None if case is None else case.mark
        found = None if mark is None else mark.objection(self.objections.current_key)
        attached = () if found is None else found.attachments
        self.files.show_files(attached)
        self.files_caption.setVisible(bool(attached))
        if case is None or found is None:
            self.objection.show_lines([])
            return
        self.objection.show_lines(objection_lines(case, found, self._desk))

    def _into_objection(self) -> None:
        """Put the hand on the evidence, or where there is none to open, on the words."""
        if self.files.take_focus():
            self.objection_area.ensureWidgetVisible(self.files)
        else:
            self.objection_area.setFocus(Qt.FocusReason.TabFocusReason)

    # -- sides -------------------------------------------------------------------------------------------------

    @property
    def side(self) -> str:
        """Which part is on show."""
        return SIDES[max(0, self.pages.currentIndex())]

    def show_side(self, name: str) -> None:
        """Show another part."""
        self.tabs.setCurrentIndex(SIDES.index(name))

    def _side_chosen(self, at: int) -> None:
        had = any(part.hasFocus() for part in (*self._parts().values(), self.detail))
        self.pages.setCurrentIndex(at)
        if SIDES[at] == "items":
            self._item_moved()
        if had:
            self.take_focus()

    def take_focus(self) -> None:
        """Put the hand on the part that is on show."""
        self._parts()[self.side].setFocus(Qt.FocusReason.OtherFocusReason)

    def _parts(self) -> dict[str, QWidget]:
        return {
            "summary": self.summary,
            "items": self.items,
            "objections": self.objections if self.objections.table.total else self.no_objection,
            "story": self.story_area,
        }

    def step(self, by: int) -> None:
        """Move down or up in what is on show."""
        if self.side == "items":
            self.items.step(by)
        elif self.side == "objections":
            self.objections.step(by)
        else:
            bar = (self.summary if self.side == "summary" else self.story_area).verticalScrollBar()
            bar.setValue(bar.value() + by * self._desk.theme.pixels(48))

    def next_side(self, by: int) -> None:
        """The part at the right or left."""
        self.tabs.setCurrentIndex((self.tabs.currentIndex() + by) % len(SIDES))

    # -- look --------------------------------------------------------------------------------------------------

    def _say_tabs(self) -> None:
        case = self.case
        counts = {"items": 0, "objections": 0}
        if case is not None:
            counts["items"] = len(case.page.items)
            counts["objections"] = 0 if case.mark is None else len(case.mark.objections)
        for at, name in enumerate(SIDES):
            text = tr(f"escalation.side.{name}")
            if name in counts:
                text = tr("escalation.side.count", name=text, n=formats.number(counts[name]))
            key = self._desk.commands.shown_key(f"escalation.side_{at + 1}")
            self.tabs.setTabText(at, f"{key}  {text}".strip())

    def retranslate(self) -> None:
        """Every text anew."""
        self.back.setText(words.with_key(tr("escalation.back"), self._desk.commands, "escalation.back"))
        self.tabs.setAccessibleName(tr("escalation.sides"))
        self.summary.setAccessibleName(tr("escalation.side.summary"))
        self.story_area.setAccessibleName(tr("escalation.side.story"))
        self.files_caption.setText(tr("escalation.objection.files"))
        self.objection_area.setAccessibleName(tr("escalation.side.objections"))
        self.no_objection.setText(tr("escalation.objections.none"))
        self.no_objection.setAccessibleName(tr("escalation.objections.none"))
        for part in (self.windows, self.items, self.objections, self.detail):
            part.retranslate()
        self._say_tabs()
        self._fill()

    def restyle(self) -> None:
        """Take the theme."""
        for part in (self.windows, self.items, self.objections, self.detail):
            part.restyle()
        theme = self._desk.theme
        head = max(self.windows.horizontalHeader().sizeHint().height(), theme.pixels(28))
        rows = 2 if self.case is None else len(self.case.subject.spans)
        self.windows.setFixedHeight(head + rows * theme.row_height + 4)


def _scrolled(inside: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(inside)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area


def fact_lines(case: Case, card: Card, desk: Desk) -> list[Line]:
    """What the summary says beside the windows: rule, holder, dates, what was served, where it is listed."""
    from smartcity_desk.ui.escalation.cards import card_words

    now, directory, mark = desk.clock(), desk.directory, case.mark
    made = card_words(card, case.law, directory, now)
    lines: list[Line] = [
        (tr("escalation.fact.rule"), words.rule(case.policy), "", ""),
        (tr("escalation.fact.finding"), offices.finding(case.figures.verdict.finding).text, "", ""),
        (tr("escalation.fact.above"), _above(case, desk), "", ""),
    ]
    skipped = 2 + len(case.figures.windows)
    lines.append((tr("escalation.fact.holder"), made.lines[0].text, "", ""))
    lines += [("", line.text, line.tone, "") for line in made.lines[skipped:]]
    if mark is not None:
        if mark.dossier:
            lines.append(
                (tr("escalation.fact.served"), mark.dossier, "muted", tr("escalation.fact.served.tip"))
            )
        lines.append(
            (tr("escalation.fact.evidence"), mark.evidence, "muted", tr("escalation.fact.evidence.tip"))
        )
        lines.append(
            (
                tr("escalation.fact.hands"),
                tr(
                    "escalation.fact.hands.text",
                    raised=mark.raised_by or offices.NOTHING,
                    notified=mark.notified_by or offices.NOTHING,
                    proposed=mark.proposed_by or offices.NOTHING,
                    routers=trn("escalation.fact.routers", len(mark.routers)),
                ),
                "muted",
                "",
            )
        )
    if case.list_numbers:
        lines.append((tr("escalation.fact.lists"), ", ".join(case.list_numbers), "", ""))
    return lines


def _above(case: Case, desk: Desk) -> str:
    known = desk.directory.ancestors(case.subject.office)
    return " › ".join(words.office(desk.directory, code) for code in known) or offices.NOTHING


def objection_lines(case: Case, one: Objection, desk: Desk) -> list[Line]:
    """An objection in full: who, when, which items, its words, and the unit's answer or its term."""
    now, mark = desk.clock(), case.mark
    assert mark is not None
    found = standing(mark, one, case.law, now)
    said = words.standing(found)
    names = segment_names(case.page.items, case.page.lines, desk.directory, now)
    by = words.office(desk.directory, mark.office) if one.official else formats.one_line(one.filed_by, 40)
    lines: list[Line] = [
        (tr("escalation.objection.standing"), said.text, said.tone, ""),
        (tr("escalation.objection.filed"), f"{formats.date_time(one.filed_at)} · {by}", "", ""),
    ]
    if one.letter:
        lines.append((tr("escalation.objection.letter"), formats.one_line(one.letter, 120), "", ""))
    code = tr("escalation.answer.uncoded") if one.code is None else code_words(one.code)
    lines.append((tr("escalation.objection.code"), code, "" if one.code else "uncertain", ""))
    lines.append((tr("escalation.objection.text"), formats.clean(one.text, 2_000), "", ""))
    for at, segment in enumerate(one.segments):
        caption = tr("escalation.objection.items") if not at else ""
        taken = segment in one.accepted
        text = names.get(segment, segment[:8])
        lines.append((caption, f"{'●' if taken else '○'} {text}", "in_time" if taken else "", ""))
    if one.outcome is None:
        due = words.moment(review_due(mark, one, case.law), now)
        lines.append((tr("escalation.objection.due"), due, said.tone, ""))
        if one.taken_by:
            lines.append((tr("escalation.objection.taken"), formats.one_line(one.taken_by, 40), "", ""))
    else:
        who = formats.one_line(one.decided_by or "", 40)
        when = "" if one.decided_at is None else formats.date_time(one.decided_at)
        lines.append((tr("escalation.objection.answered"), f"{when} · {who}", "", ""))
        lines.append((tr("escalation.objection.answer"), formats.clean(one.answer, 2_000), "", ""))
    return lines
