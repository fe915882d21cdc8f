"""One report in full: its words as plain text, where it stands, why it is due, what happened, and what may be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QTextOption
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from smartcity_desk.domain import filetypes
from smartcity_desk.domain.entry import Via
from smartcity_desk.domain.report import CLOSED_STATUSES, PlaceQuality, ReportKind, Status
from smartcity_desk.domain.shortcodes import CODED
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.commands import Group
from smartcity_desk.ui.report.answers import AnswersSection
from smartcity_desk.ui.report.courses import CoursesSection
from smartcity_desk.ui.report.gallery import GallerySection
from smartcity_desk.ui.report.minimap import MiniMap
from smartcity_desk.ui.report.together import TogetherSection
from smartcity_desk.ui.triage import words
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.store.rows import ReportDetail, RowData
    from smartcity_desk.ui.report import timeline
    from smartcity_desk.ui.services import Desk

TEXT_SHOWN: Final = 2_400
"""Characters of a text that are laid out at first; the rest comes with a button."""
TEXT_WHOLE: Final = 100_000
_LINKS: Final = 8
LINK_LINES: Final = 4
_SIDE: Final = 12
_ADDRESSES: Final = ("link", "media")
_FACTS: Final = ("source", "category", "place", "hint", "point", "holder", "claim", *_ADDRESSES)


class ReportPanel(QScrollArea):
    """Shows the row's own words at once and the whole when it has been read."""

    left = Signal()
    """Esc: back to the table."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._detail: ReportDetail | None = None
        self._row: RowData | None = None
        self._whole = False
        self._revealed = False
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(260)
        inside = basic.frame(ground="surface")
        self._inside = inside
        self._empty = basic.label(tone="muted", wrap=True)
        self._number = basic.label(tone="muted", step=-1, wrap=True)
        self._number.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._state = basic.label(bold=True, wrap=True)
        self._title = basic.label(step=1, bold=True, wrap=True)
        self._text = basic.label(wrap=True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._more = basic.button(kind="quiet")
        self._more.clicked.connect(self._show_whole)
        self._conflict = basic.label(tone="overdue", bold=True, wrap=True)
        self._facts = QGridLayout()
        self._addresses = QGridLayout()
        for grid in (self._facts, self._addresses):
            grid.setHorizontalSpacing(12)
            grid.setVerticalSpacing(4)
            grid.setColumnStretch(1, 1)
        self._links = {name: _Links() for name in _ADDRESSES}
        self._names: dict[str, QLabel] = {}
        self._values: dict[str, QLabel] = {}
        for at, name in enumerate(_FACTS):
            self._names[name] = basic.label(tone="muted", step=-1)
            self._values[name] = basic.label(wrap=True)
            self._values[name].setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid = self._addresses if name in _ADDRESSES else self._facts
            grid.addWidget(self._names[name], at, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(self._links.get(name, self._values[name]), at, 1)
        self._due = basic.label(bold=True, wrap=True)
        self._why = basic.label(tone="muted", step=-1, wrap=True)
        self._heads = {
            name: basic.label(tone="muted", step=-1, bold=True) for name in ("due", "do", "timeline")
        }
        self._actions = QGridLayout()
        self._actions.setSpacing(4)
        self._buttons: dict[str, QPushButton] = {}
        self.courses = CoursesSection(desk)
        self.courses.wanted.connect(desk.commands.run)
        self.together = TogetherSection(desk)
        self.gallery = GallerySection(desk)
        self.minimap = MiniMap(desk)
        self.answers = AnswersSection(desk)
        self._story = _Story()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(_SIDE, 10, _SIDE, 16)
        layout.setSpacing(6)
        for widget in (
            self._empty,
            self._number,
            self._state,
            self._title,
            self._text,
            self._more,
            self._conflict,
        ):
            layout.addWidget(widget)
        layout.addWidget(self.gallery)
        layout.addLayout(self._facts)
        for part in (_rule(), self._heads["due"], self._due, self._why, _rule()):
            layout.addWidget(part)
        layout.addWidget(self.together)
        layout.addWidget(self.courses)
        layout.addWidget(self._heads["do"])
        layout.addLayout(self._actions)
        # What is decided with stands above what is looked up: on a small screen the courses are in sight at once.
        layout.addWidget(self.minimap)
        layout.addLayout(self._addresses)
        layout.addWidget(_rule())
        layout.addWidget(self.answers)
        layout.addWidget(self._heads["timeline"])
        layout.addWidget(self._story)
        layout.addStretch(1)
        # The small map, the incident, the courses and the answers show themselves, and only where there are any.
        by_themselves = (self.courses, self.together, self.minimap, self.gallery, self.answers)
        parts = [_widget_at(layout, at) for at in range(layout.count())]
        self._shown_parts = [part for part in parts if part not in by_themselves]
        self.setWidget(inside)
        self._make_buttons()
        self.retranslate()
        self.show_row(None)

    # -- what is shown -----------------------------------------------------------------------------------------

    @property
    def detail(self) -> ReportDetail | None:
        """The report on show, once it has been read."""
        return self._detail

    @property
    def courses_coming(self) -> bool:
        """Whether the report under the cursor may yet have courses: whoever asks for one has not seen them."""
        wanted = self._row is not None and self.courses.shown
        return wanted and (self._detail is None or self.courses.coming)

    def show_row(self, row: RowData | None) -> None:
        """Show what the table knows of a report, until :meth:`show_detail` brings the rest."""
        if row is not None and self._row is not None and row.pk == self._row.pk:
            self._row = row
            return
        self._row, self._detail, self._whole, self._revealed = row, None, False, False
        self.courses.show_report(None)
        self.together.show_report(None)
        self.gallery.show_report(None)
        self.minimap.show_report(None)
        self.answers.show_report(None)
        self.verticalScrollBar().setValue(0)
        self._fill()

    def show_detail(self, detail: ReportDetail, *, revealed: bool = False) -> None:
        """Show a whole report, if it is still the one that is wanted. `revealed` with what was said in private."""
        if self._row is not None and detail.pk == self._row.pk:
            self._detail = detail
            self._revealed = revealed
            self._fill()
            self.together.show_report(detail)
            self.gallery.show_report(detail, revealed=revealed)
            self.minimap.show_report(detail)
            self.answers.show_report(detail)
            self.courses.show_report(detail)

    def refresh(self) -> None:
        """Say relative times anew."""
        if self._detail is not None:
            self._fill_due()

    def _fill(self) -> None:
        row = self._row
        self._empty.setVisible(row is None)
        for part in self._shown_parts:
            if part is not None and part is not self._empty:
                part.setVisible(row is not None)
        for button in self._buttons.values():
            button.setVisible(row is not None)
        if row is None:
            for name in _FACTS:
                self._fact(name, "")
            return
        now, directory = self._desk.clock(), self._desk.directory
        detail = self._detail
        shape, tone, state = words.state_words(row, now)
        channel = words.channel_name(row.channel)
        if detail is not None and detail.report.channel == CODED:
            channel = f"{channel} · {_way(detail.report.category_raw)}"
        number = formats.one_line(row.external_id, 60)
        if row.channel == CODED:
            number = tr("report.number.code", code=words.number_of(row, 60), id=number)
        self._number.setText(tr("report.number", channel=channel, id=number))
        status = state if row.lead is not None else words.status_name(row.status)
        self._state.setText(f"{shape} {status}" + ("" if row.due_at is None else f" · {state}"))
        basic.set_tone(self._state, tone if tone != "text" else "")  # type: ignore[arg-type]  # a token of the theme
        title = row.title if detail is None else detail.report.title
        text = row.text if detail is None else detail.report.text
        self._title.setText(formats.breakable(formats.one_line(title, 300)))
        self._title.setVisible(bool(title))
        self._fill_text(self._unsaid(row, detail) or text)
        self._conflict.setVisible(row.conflict)
        self._fact("source", "" if detail is None else words.source_word(detail.report, row.status))
        self._fact("category", words.category_name(directory, row.category))
        self._fill_place(row, detail)
        holder = tr("report.unit") if row.office is None else words.office_name(directory, row.office)
        if row.return_pending:
            holder = tr("report.returned", office=holder)
        self._fact("holder", "" if row.kind is ReportKind.CONTEXT else holder)
        claimed = row.claimed_by is not None and (row.claim_until is None or row.claim_until > now)
        until = formats.near(row.claim_until, now) if row.claim_until is not None else ""
        self._fact(
            "claim",
            tr("report.claimed", user=formats.one_line(row.claimed_by or "", 40), until=until)
            if claimed
            else "",
        )
        self._fact(
            "link",
            "" if detail is None or not detail.report.link else formats.one_line(detail.report.link, 200),
        )
        named = () if detail is None else detail.report.media
        media = [link for link in named if filetypes.enclosed_hash(link) is None]
        shown = [formats.one_line(link, 120) for link in media[:_LINKS]]
        if len(media) > _LINKS:
            shown.append(tr("report.more_links", n=formats.number(len(media) - _LINKS)))
        self._fact("media", "\n".join(shown))
        self._fill_due()
        self._fill_actions(row)
        user = "" if self._desk.actor is None else self._desk.actor.user
        if detail is None:
            self._story.show_lines([], now)
        else:
            from smartcity_desk.ui.report import timeline

            self._story.show_lines(timeline.lines(detail, directory, user), now)
        self._inside.setAccessibleName(words.spoken(row, directory, now, False))

    def _unsaid(self, row: RowData, detail: ReportDetail | None) -> str:
        """What stands where the words of a report may not, or no longer; empty where they stand themselves."""
        if detail is not None:
            for name, at in (
                ("withdrawn", detail.report.withdrawn_at),
                ("expired", detail.report.expired_at),
            ):
                if at is not None:
                    return tr(f"report.{name}", at=formats.date_time(at))
            if detail.report.private and not self._revealed:
                return tr("report.private")
            return ""
        return words.unsaid(row)

    def _fill_text(self, text: str) -> None:
        most = TEXT_WHOLE if self._whole else TEXT_SHOWN
        self._text.setText(formats.breakable(formats.clean(text, most)))
        self._more.setVisible(len(text) > most)
        self._more.setText(tr("report.text.more", n=formats.number(len(text))))

    def _show_whole(self) -> None:
        self._whole = True
        if self._detail is not None:
            self._fill_text(self._detail.report.text)

    def _fill_place(self, row: RowData, detail: ReportDetail | None) -> None:
        directory = self._desk.directory
        above = (
            []
            if row.place is None
            else [words.office_name(directory, code) for code in directory.ancestors(row.place)[:2]]
        )
        name = words.place_name(directory, row.place)
        located = None if detail is None else detail.report.location
        doubt = ""
        if located is not None and (row.place_doubt or row.place is None):
            from smartcity_desk.ui.report import placing

            doubt = placing.sentence(located, directory)
        self._fact("place", doubt or ", ".join([name, *above]))
        self._fact("hint", formats.one_line(row.place_hint, 160))
        point = ""
        if detail is not None and detail.report.lat is not None and detail.report.lon is not None:
            quality = tr(f"report.point.{detail.report.place_quality.value}")
            point = f"{detail.report.lat:.5f}, {detail.report.lon:.5f} ({quality})"
        elif row.place_quality is PlaceQuality.NONE:
            point = tr("report.point.none")
        self._fact("point", point)

    def _fact(self, name: str, value: str) -> None:
        self._names[name].setVisible(bool(value))
        links = self._links.get(name)
        if links is not None:
            links.show_text(value)
            return
        self._values[name].setText(formats.breakable(value))
        self._values[name].setVisible(bool(value))

    def _fill_due(self) -> None:
        detail, now = self._detail, self._desk.clock()
        if detail is None:
            self._due.setText(tr("report.loading"))
            basic.set_tone(self._due, "muted")
            self._why.setText("")
            return
        from smartcity_desk.ui.report import timeline

        tone, text = timeline.due_words(detail, now)
        self._due.setText(text)
        basic.set_tone(self._due, tone)  # type: ignore[arg-type]  # a token of the theme
        self._why.setText(timeline.why(detail, self._desk.directory, now))

    # -- what may be done --------------------------------------------------------------------------------------

    def _make_buttons(self) -> None:
        for command in self._desk.commands:
            if command.id.startswith("report.") and command.group is Group.DECIDE:
                button = basic.button(parent=self._inside)
                button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
                button.clicked.connect(lambda _=False, name=command.id: self._desk.commands.run(name))
                self._buttons[command.id] = button

    def _fill_actions(self, row: RowData) -> None:
        wanted = actions_for(row)
        if row.private and not (row.withdrawn or row.expired or self._revealed):
            wanted.insert(0, "report.reveal")
        while self._actions.count():
            self._actions.takeAt(0)
        for name, button in self._buttons.items():
            button.setVisible(name in wanted)
            button.setText(self._label(name, row))
        room = self.viewport().width() - 2 * _SIDE - self._actions.spacing()
        widest = max((self._buttons[name].sizeHint().width() for name in wanted), default=0)
        columns = 2 if 2 * widest <= room else 1
        for at, name in enumerate(wanted):
            self._actions.addWidget(self._buttons[name], at // columns, at % columns)

    def _label(self, name: str, row: RowData) -> str:
        short = name.removeprefix("report.")
        if short == "pause":
            short = "resume" if row.paused else "pause"
        elif short == "claim":
            now, actor = self._desk.clock(), self._desk.actor
            live = row.claim_until is not None and row.claim_until > now
            short = "release" if live and actor is not None and row.claimed_by == actor.user else "claim"
        key = self._desk.commands.shown_key(name)
        return tr("report.button.with_key", name=tr(f"report.button.{short}"), key=key)

    def retranslate(self) -> None:
        """Every text anew."""
        self.setAccessibleName(tr("report.panel"))
        self._empty.setText(tr("report.empty"))
        self._conflict.setText(tr("report.conflict"))
        for name, label in self._names.items():
            label.setText(tr(f"report.fact.{name}"))
        for name, links in self._links.items():
            links.setAccessibleName(tr(f"report.fact.{name}"))
        for name, label in self._heads.items():
            label.setText(tr(f"report.head.{name}"))
        self.courses.retranslate()
        self.together.retranslate()
        self.gallery.retranslate()
        self.minimap.retranslate()
        self.answers.retranslate()
        self._fill()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow panel has its buttons in one column, and one wide part pushes nothing else out of sight."""
        self._inside.setMaximumWidth(self.viewport().width())
        super().resizeEvent(event)
        if self._row is not None:
            self._fill_actions(self._row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back to the table."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)


def actions_for(row: RowData) -> list[str]:
    """The commands that make sense for a report, the likeliest first."""
    if row.kind is ReportKind.CONTEXT:
        return ["report.note", "report.claim"]
    apart = ["report.separate"] if row.lead is not None or row.members else []
    if row.status in CLOSED_STATUSES:
        return ["report.reopen", "report.note", *apart]
    first: list[str] = [] if row.lead is None else ["report.lead"]
    if row.status is Status.AWAITING_VERIFICATION:
        first += ["report.verify", "report.refuse_completion"]
    if row.return_pending:
        first += ["report.accept_return", "report.refuse_return"]
    rest = ("route", "category", "place", "note", "pause", "reject", "join", "claim")
    return [*first, *(f"report.{name}" for name in rest), *apart]


class _Links(QPlainTextEdit):
    """Addresses from outside, as text that can be copied whole and is never followed."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_text(self, text: str) -> None:
        """Show these lines, or nothing at all."""
        self.setVisible(bool(text))
        if text != self.toPlainText():
            self.setPlainText(text)
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width breaks the addresses elsewhere."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """So does another text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _fit(self) -> None:
        """As tall as the broken lines, `LINK_LINES` at most; what is longer scrolls."""
        lines = max(1, int(self.document().size().height()))
        margins = 2 * int(self.document().documentMargin()) + self.height() - self.viewport().height()
        height = self.fontMetrics().lineSpacing() * min(LINK_LINES, lines) + max(margins, 12)
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAsNeeded if lines > LINK_LINES else policy.ScrollBarAlwaysOff
        )
        if height != self.height():
            self.setFixedHeight(height)


class _Story(QWidget):
    """The timeline: a column of times and a column of words, in labels that are used again."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._labels: list[tuple[QLabel, QLabel]] = []

    def show_lines(self, lines: list[timeline.Line], now: int) -> None:
        """Show these lines, newest first: what happened last is what decides."""
        for at, line in enumerate(reversed(lines)):
            if at == len(self._labels):
                time, text = basic.label(tone="muted", step=-1), basic.label(step=-1, wrap=True)
                self._grid.addWidget(time, at, 0, Qt.AlignmentFlag.AlignTop)
                self._grid.addWidget(text, at, 1)
                self._labels.append((time, text))
            time, text = self._labels[at]
            time.setText(formats.near(line.at, now))
            time.setToolTip(formats.date_time(line.at))
            tail = " · ".join(part for part in (line.who, line.way) if part)
            text.setText(formats.breakable(f"{line.text}\n{tail}" if tail else line.text))
            basic.set_tone(text, "" if line.tone == "text" else line.tone)  # type: ignore[arg-type]  # a token
            time.show()
            text.show()
        for time, text in self._labels[len(lines) :]:
            time.hide()
            text.hide()


def _rule() -> QFrame:
    rule = basic.frame(line="top")
    rule.setFixedHeight(1)
    return rule


def _widget_at(layout: QVBoxLayout, at: int) -> QWidget | None:
    item = layout.itemAt(at)
    return None if item is None else item.widget()


def _way(via: str) -> str:
    """How an entered report came to the desk, in the language spoken now."""
    return tr(f"entry.via.{via}") if via in set(Via) else formats.one_line(via, 30)
