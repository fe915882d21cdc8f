"""Gabung and pisah: which reports tell of the same thing, what joining them would stop, and the way apart again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QWidget

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.events import CourseRefused, EventKind, IncidentChanged
from smartcity_desk.domain.ids import incident_name, time_ordered_id
from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import errors_text, formats
from smartcity_desk.ui.loop import alive, shown
from smartcity_desk.ui.triage import likeness, words
from smartcity_desk.ui.triage.deeds import JOIN
from smartcity_desk.ui.triage.popover import Popover, ReasonLine

if TYPE_CHECKING:
    from smartcity_desk.domain.decision import Contradicted, Refused
    from smartcity_desk.domain.lookalike import Suggestion
    from smartcity_desk.store import Store
    from smartcity_desk.store.rows import JoinPlan, RowData
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.triage.deeds import Deeds, Reply

SURE: Final = 0.85
"""Suggestions at least so probable are ticked before anybody looks; the others are there to be ticked."""
_LINES: Final = 6
_ID: Final = int(Qt.ItemDataRole.UserRole)
_KIND = EventKind


class JoinDialog(Popover):
    """What is to be joined with the reports in hand, and what that comes to: Space ticks, Enter joins.

    With one report in hand the suggestions are offered; with several they are joined with each other.
    """

    def __init__(
        self,
        desk: Desk,
        subject: str,
        ids: Sequence[str],
        suggestions: Sequence[tuple[Suggestion, RowData]],
        parent: QWidget | None,
    ) -> None:
        super().__init__(desk, desk.commands.title("report.join"), subject, parent)
        self._ids = list(ids)
        self._suggestions = [one for one, _ in suggestions]
        self.plan: JoinPlan | None = None
        self.incident = time_ordered_id(desk.clock(), desk.randomness(10))
        self.list = QListWidget(self)
        self.list.setAccessibleName(tr("incident.join.suggestions"))
        self.list.setObjectName("ticks")
        self.list.setWordWrap(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        for one, row in suggestions:
            item = QListWidgetItem(likeness.line(row, one, desk.directory), self.list)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if one.score >= SURE else Qt.CheckState.Unchecked)
            item.setData(_ID, one.report)
            item.setToolTip(formats.tip(f"{row.title}\n{row.text}"))
        self.list.setVisible(bool(suggestions))
        self.list.setCurrentRow(0)
        self.list.itemChanged.connect(lambda _: self._look())
        self.list.installEventFilter(self)
        self.body.addWidget(self.list, 1)
        self.sums = QLabel(self)
        self.sums.setTextFormat(Qt.TextFormat.PlainText)
        self.sums.setWordWrap(True)
        self.body.addWidget(self.sums)
        self.reason = ReasonLine(self._templates(), tr("action.reason.name"), self)
        self.reason.entered.connect(self.finish)
        self.field(tr("incident.join.reason"), self.reason)
        self.accept_button.setText(tr("incident.join.do"))
        self.resize(desk.theme.pixels(600), desk.theme.pixels(480 if suggestions else 280))
        self.accept_button.setDefault(not suggestions)
        (self.list if suggestions else self.accept_button).setFocus()
        self._look()

    def _templates(self) -> list[str]:
        why = likeness.reason_text(self._suggestions, self.desk.directory)
        return [*([why] if why else []), tr("incident.join.template.1"), tr("incident.join.template.2")]

    @property
    def chosen(self) -> list[str]:
        """The reports that are to be together."""
        items = [self.list.item(row) for row in range(self.list.count())]
        ticked = [str(item.data(_ID)) for item in items if item.checkState() is Qt.CheckState.Checked]
        return [*self._ids, *ticked]

    @property
    def payload(self) -> IncidentChanged:
        """What is written on each of them."""
        target = self.incident if self.plan is None or self.plan.incident is None else self.plan.incident
        return IncidentChanged(target, self.reason.currentText().strip())

    def _look(self) -> None:
        self.desk.tasks.replace("incident.plan", self._count(self.chosen))

    async def _count(self, ids: list[str]) -> None:
        desk = self.desk
        if desk.actor is None:
            return
        try:
            plan, refused = await desk.readers.run(self._read, desk.store, ids)
        except DeskError as problem:
            desk.notify.error(problem)
            return
        if alive(self) and ids == self.chosen:
            self.plan = plan
            self.sums.setText("\n".join(self._sums(plan, refused)))

    def _read(
        self, store: Store, ids: list[str]
    ) -> tuple[JoinPlan, list[tuple[str, Refused | Contradicted]]]:
        plan = store.join_plan(ids)
        payload = IncidentChanged(plan.incident or self.incident)
        assert self.desk.actor is not None
        refused = store.preview(
            _KIND.INCIDENT_JOINED, payload, plan.reports, actor=self.desk.actor, now=self.desk.clock()
        )
        return plan, refused

    def _sums(self, plan: JoinPlan, refused: Sequence[tuple[str, Refused | Contradicted]]) -> list[str]:
        if len(self.chosen) < 2:
            return [tr("incident.join.nothing")]
        if not plan.reports:
            return [tr("incident.join.already")]
        name = tr("incident.join.new") if plan.incident is None else incident_name(plan.incident)
        lines = [trn("incident.join.changes", len(plan.reports) - len(refused), incident=name)]
        if plan.clocks:
            lines.append(trn("incident.join.clocks", plan.clocks))
        for office, n in plan.offices[:_LINES]:
            holder = tr("action.unit") if office is None else words.office_name(self.desk.directory, office)
            lines.append(trn("action.preview.from", n, office=holder))
        if plan.closed:
            lines.append(trn("incident.join.closed", plan.closed))
        why = Counter(errors_text.of_decision(decision).what for _, decision in refused)
        lines += [trn("action.skipped", n, why=sentence) for sentence, n in why.most_common(_LINES)]
        return lines

    def ready(self) -> str | None:
        """At least two, and something to change."""
        if len(self.chosen) < 2:
            return tr("incident.join.nothing")
        if self.plan is None:
            return tr("report.loading")
        return None if self.plan.reports else tr("incident.join.already")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter in the list joins; Space ticks, as lists do by themselves."""
        if watched is self.list and event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                QTimer.singleShot(0, self, self.finish)
                return True
        return super().eventFilter(watched, event)


def suggestions_for(store: Store, report: str, now: int) -> list[tuple[Suggestion, RowData]]:
    """What is probably of the same thing as a report and nobody refused, with its lines; for a reader's thread."""
    found = store.twins.of(report, now=now)
    lines = store.rows(store.pks_of([one.report for one in found]), now=now)
    by_id = {row.id: row for row in lines.values()}
    return [(one, by_id[one.report]) for one in found if one.report in by_id]


class Joining(QObject):
    """Asks, joins and separates for the decisions of the table."""

    def __init__(self, desk: Desk, deeds: Deeds, window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._deeds = deeds
        self._window = window

    async def join(self, rows: Sequence[RowData], subject: str) -> bool:
        """Join these reports, or the one with what is offered beside it. Whether anything was done."""
        desk = self._desk
        offered: list[tuple[Suggestion, RowData]] = []
        if len(rows) == 1:
            offered = await desk.readers.run(suggestions_for, desk.store, rows[0].id, desk.clock())
            known = (rows[0].lead or rows[0].pk, rows[0].pk)
            offered = [one for one in offered if one[1].pk not in known and one[1].lead not in known]
        dialog = JoinDialog(desk, subject, [row.id for row in rows], offered, self._window)

        async def submit() -> str | None:
            assert dialog.plan is not None
            return (await self.act(dialog.payload, dialog.plan.reports)).refusal

        dialog.submit = submit
        return await shown(dialog) == Popover.DialogCode.Accepted

    async def refuse(self, row: RowData) -> bool:
        """Say that nothing of what is suggested tells of the same thing as a report; Z takes all of it back."""
        desk = self._desk
        offered = await desk.readers.run(suggestions_for, desk.store, row.id, desk.clock())
        if not offered:
            desk.notify.say(tr("incident.not_alike.nothing"), replaces="deed")
            return False
        ids = tuple(f"{JOIN}{one.report}" for one, _ in offered)
        first, *others = [CourseRefused(course, rank, ids, "") for rank, course in enumerate(ids, 1)]
        return (await self._deeds.act(_KIND.COURSE_REFUSED, first, [row], also=others)).done > 0

    async def act(self, payload: IncidentChanged, reports: Sequence[str]) -> Reply:
        """Write a join on these reports in one transaction."""
        desk = self._desk
        pks = await desk.readers.run(desk.store.pks_of, reports)
        lines = await desk.readers.run(desk.store.rows, pks, now=desk.clock())
        rows = [lines[pk] for pk in pks if pk in lines]
        return await self._deeds.act(_KIND.INCIDENT_JOINED, payload, rows, bulk=True)

    async def separate(self, row: RowData, subject: str) -> bool:
        """Take one report out of its incident, or take the whole of it apart. Whether anything was done."""
        from smartcity_desk.ui.triage.choosers import PickDialog
        from smartcity_desk.ui.triage.suggest import Choice

        desk = self._desk
        detail = await desk.readers.run(desk.store.report, row.id)
        if detail is None or detail.state.incident is None:
            desk.notify.say(tr("incident.separate.nothing"), replaces="deed")
            return False
        name = incident_name(detail.state.incident.incident)
        members = [one.pk for one in detail.members]
        choices = [
            Choice("one", tr("incident.separate.one", incident=name)),
            Choice("all", trn("incident.separate.all", len(members), incident=name)),
        ]
        dialog = PickDialog(
            desk,
            desk.commands.title("report.separate"),
            subject,
            choices,
            tr("incident.separate.hint"),
            self._window,
        )
        payload = IncidentChanged(detail.state.incident.incident)

        async def submit() -> str | None:
            wanted = members if dialog.code == "all" else [row.pk]
            found = await desk.readers.run(desk.store.rows, wanted, now=desk.clock())
            rows = [found[pk] for pk in wanted if pk in found]
            return (await self._deeds.act(_KIND.INCIDENT_SEPARATED, payload, rows, bulk=True)).refusal

        dialog.submit = submit
        return await shown(dialog) == Popover.DialogCode.Accepted
