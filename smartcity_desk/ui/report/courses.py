"""*Pilihan keputusan*: what could be done with the report on show, each with its authority, its past and its risk.

The courses are worked out on a reader's thread and come after the report itself. Nothing is done here: a key or a
click says which one, and the ordinary decision opens.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from smartcity_desk.config import COURSES_SHOWN
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.report import OPEN_STATUSES, ReportKind
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.commands import COURSE_KEYS
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.domain.courses import Course
    from smartcity_desk.store import Store
    from smartcity_desk.store.advice import Offer
    from smartcity_desk.store.rows import ReportDetail
    from smartcity_desk.ui.services import Desk

_EDGES: Final = 12
"""Pixels of a line that are border and padding."""

COMMANDS: Final = tuple(f"course.{n}" for n in range(1, COURSE_KEYS + 1))
"""The commands that take the courses, by their place."""


class CoursesSection(QWidget):
    """The courses of one report, best first; gone where none is awaited and where the setting says so."""

    wanted = Signal(str)
    """A command that a click asks for."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._detail: ReportDetail | None = None
        self._offer: Offer | None = None
        self._counting = False
        self._open = False
        self.coming = False
        """Whether they are being worked out for the report on show."""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        self.head = basic.label(tone="muted", step=-1, bold=True)
        layout.addWidget(self.head)
        self._rows = [_Row(at) for at in range(COURSE_KEYS)]
        for row, command in zip(self._rows, COMMANDS, strict=True):
            row.button.clicked.connect(lambda _=False, name=command: self.wanted.emit(name))
            layout.addWidget(row)
        self._waiting = basic.label(tone="muted", step=-1, wrap=True)
        layout.addWidget(self._waiting)
        desk.bridge.settings_changed.connect(self._setting_changed)
        self.hide()

    # -- what is shown -----------------------------------------------------------------------------------------

    @property
    def shown(self) -> bool:
        """Whether the unit wants courses at all."""
        return bool(self._desk.settings.get(COURSES_SHOWN))

    @property
    def offer(self) -> Offer | None:
        """What is on offer for the report on show, once it is there."""
        return self._offer if self.shown else None

    @property
    def detail(self) -> ReportDetail | None:
        """The report that the offer is about."""
        return self._detail

    def course(self, rank: int) -> Course | None:
        """The course at a place, from 1; None where there is none."""
        offer = self.offer
        return offer.courses[rank - 1] if offer is not None and 0 < rank <= len(offer.courses) else None

    def show_report(self, detail: ReportDetail | None) -> None:
        """Offer courses for another report, or for the same one as it stands now."""
        same = detail is not None and self._detail is not None and detail.pk == self._detail.pk
        self._detail = detail
        if not same:
            self._offer = None
            self._fill()
        self.coming = detail is not None and self.shown and _awaits(detail) and self._offer is None
        if detail is not None and self.shown and _awaits(detail):
            self._desk.tasks.replace("report.courses", self._advise(detail))
        elif same:
            self._offer = None
            self._fill()

    async def _advise(self, detail: ReportDetail) -> None:
        desk, folder = self._desk, self._folder()
        try:
            offer = await desk.readers.run(advise, desk.store, detail, folder, desk.clock())
        except DeskError as problem:
            self.coming = False
            desk.notify.error(problem)
            return
        if self._detail is not detail:
            return
        self._offer, self.coming = offer, False
        self._fill()
        if desk.store.advice.stale(desk.clock()) and not self._counting:
            self._counting = True
            desk.tasks.spawn(self._count(), name="report.comparables")

    async def _count(self) -> None:
        """Count comparable cases, an hour's worth, and say them."""
        desk = self._desk
        try:
            await desk.errands.run(desk.store.advice.count, now=desk.clock())
            if self._detail is not None and _awaits(self._detail):
                detail = self._detail
                offer = await desk.readers.run(advise, desk.store, detail, self._folder(), desk.clock())
                if self._detail is detail:
                    self._offer = offer
                    self._fill()
        except DeskError as problem:
            desk.notify.error(problem)
        finally:
            self._counting = False

    def _folder(self) -> Path:
        return self._desk.paths.profile_dir / "knowledge"

    def _fill(self) -> None:
        offer, detail = self.offer, self._detail
        courses = () if offer is None else offer.courses
        self.setVisible(bool(courses))
        if offer is None or detail is None or not courses:
            return
        from smartcity_desk import saying

        directory, holder = self._desk.directory, detail.state.office
        for row, command in zip(self._rows, COMMANDS, strict=True):
            row.setVisible(row.at < len(courses))
            if row.at >= len(courses):
                continue
            course = courses[row.at]
            title = formats.one_line(saying.course_title(course, holder, directory), 160)
            key = self._desk.commands.shown_key(command)
            points = tr("course.points", points=course.points)
            row.say(title, key, points, saying.course_lines(course, directory) if self._open else [])
        self._waiting.setText("" if offer.counted else tr("course.counting"))
        self._waiting.setVisible(not offer.counted)

    def toggle_details(self) -> None:
        """Say what each course rests on, or only what it is."""
        self._open = not self._open
        self._fill()

    def retranslate(self) -> None:
        """Every text anew."""
        self.head.setText(tr("course.head"))
        self.setAccessibleName(tr("course.head"))
        self._fill()

    def _setting_changed(self, name: str) -> None:
        if name == COURSES_SHOWN.name:
            self._offer = None
            self._fill()
            self.show_report(self._detail)


class _Row(QWidget):
    """One course: a line that takes it, and what it rests on below."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at
        self.button = _Line()
        self._details: QLabel = basic.label(tone="muted", step=-1, wrap=True)
        self._details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._details.setContentsMargins(12, 0, 0, 6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.button)
        layout.addWidget(self._details)

    def say(self, title: str, key: str, points: str, details: list[str]) -> None:
        """Show one course. Its name for the reader has all of it."""
        self.button.say(key, title)
        self.button.setToolTip(formats.tip(f"{title} · {points}"))
        self.button.setAccessibleName(f"{title}, {points}")
        self._details.setText("\n".join(formats.clean(text, 1_200) for text in details))
        self._details.setVisible(bool(details))


class _Line(QPushButton):
    """The key and the title of a course, in two lines where one is too short: the office at its end decides."""

    def __init__(self) -> None:
        super().__init__()
        self._key = self._title = ""
        self.setProperty("kind", "quiet")
        self.setProperty("line", "start")
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def say(self, key: str, title: str) -> None:
        """Show another course."""
        self._key, self._title = f"{key}  " if key else "", title
        self._lay()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width breaks it elsewhere."""
        super().resizeEvent(event)
        self._lay()

    def changeEvent(self, event: QEvent) -> None:
        """So does another text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._lay()

    def _lay(self) -> None:
        metrics, room = self.fontMetrics(), self.width() - _EDGES
        indent = " " * -(-metrics.horizontalAdvance(self._key) // max(1, metrics.horizontalAdvance(" ")))
        line, words = self._key, self._title.split(" ")
        taken = 0
        while taken < len(words) and (
            taken == 0 or metrics.horizontalAdvance(f"{line} {words[taken]}") <= room
        ):
            line += words[taken] if taken == 0 else f" {words[taken]}"
            taken += 1
        if taken < len(words):
            rest = metrics.elidedText(
                " ".join(words[taken:]),
                Qt.TextElideMode.ElideMiddle,
                room - metrics.horizontalAdvance(indent),
            )
            line = f"{line}\n{indent}{rest}"
        line = line.replace("&", "&&")
        if line != self.text():
            self.setText(line)


def _awaits(detail: ReportDetail) -> bool:
    return detail.report.kind is ReportKind.COMPLAINT and detail.state.status in OPEN_STATUSES


def advise(store: Store, detail: ReportDetail, folder: Path, now: int) -> Offer:
    """The offer for a report, on a reader's thread; the first call also reads the knowledge."""
    from smartcity_desk import knowledge

    return store.advice.offer(detail, knowledge.load(folder, store.routing()), now=now)
