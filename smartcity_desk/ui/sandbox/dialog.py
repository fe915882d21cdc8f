"""The sandbox window: fields at the left, what the last 90 days would have been at the right, and the proposal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QLineEdit,
    QScrollArea,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.events import EventKind, PolicyProposed
from smartcity_desk.domain.ids import policy_id
from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import errors_text, formats
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.notify import Level
from smartcity_desk.ui.sandbox.form import PolicyForm
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.domain.policy import Policy
    from smartcity_desk.evidence.sandbox import Change, Tried


@dataclass(slots=True)
class _Ran:
    policy: Policy
    tried: Tried


class SandboxWindow(QDialog):
    """Non-modal. `proposed` says that a policy was proposed; another person has to approve it."""

    proposed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._ran: _Ran | None = None
        self.form: PolicyForm | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.setWindowTitle(tr("sandbox.title"))
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.summary = basic.label(tr("sandbox.hint"), wrap=True)
        self.list = QTreeWidget()
        self.list.setAccessibleName(tr("sandbox.list"))
        self.list.setRootIsDecorated(True)
        self.list.setUniformRowHeights(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setHeaderLabels(
            [tr(f"sandbox.column.{name}") for name in ("what", "office", "report", "before", "after")]
        )
        self.list.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.list.itemExpanded.connect(self._expanded)
        self.reason = QLineEdit()
        self.reason.setPlaceholderText(tr("sandbox.reason"))
        self.reason.setAccessibleName(tr("sandbox.reason"))
        self.trouble = basic.label(tone="overdue", wrap=True)
        self.trouble.hide()
        self.run_button = basic.button(kind="primary")
        self.run_button.setText(tr("sandbox.run"))
        self.run_button.clicked.connect(self.try_it)
        self.propose = basic.button()
        self.propose.setText(tr("sandbox.propose"))
        self.propose.clicked.connect(self._propose)
        right = basic.frame()
        layout = basic.column(self.summary, self.list, self.reason, self.trouble, spacing=8)
        layout.setStretch(1, 1)
        right.setLayout(layout)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.area)
        split.addWidget(right)
        split.setStretchFactor(1, 1)
        whole = basic.column(
            split, basic.row(self.run_button, 0, self.propose), spacing=12, margins=(20, 16, 20, 16)
        )
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.resize(desk.theme.pixels(1160), desk.theme.pixels(640))
        desk.tasks.replace("sandbox.open", self._open())

    async def _open(self) -> None:
        desk = self._desk
        law = await desk.readers.run(desk.store.law)
        if not alive(self):
            return
        now = desk.clock()
        self.form = PolicyForm(law.book.at(now), now)
        self.form.changed.connect(self._stale)
        self.area.setWidget(self.form)
        bar = self.area.verticalScrollBar().sizeHint().width()
        self.area.setMinimumWidth(self.form.sizeHint().width() + bar + 2 * self.area.frameWidth())
        self.form.version.setFocus()

    def _stale(self) -> None:
        if self._ran is not None:
            self.summary.setText(tr("sandbox.stale"))
            self.list.setEnabled(False)

    # ------------------------------------------------------------ trying

    def try_it(self) -> None:
        """See the last 90 days under the fields' policy."""
        policy = self._policy()
        if policy is not None:
            self.run_button.setEnabled(False)
            self.summary.setText(tr("sandbox.running"))
            self._desk.tasks.replace("sandbox.run", self._run(policy))

    def _policy(self) -> Policy | None:
        if self.form is None:
            return None
        try:
            return self.form.policy()
        except ValueError:
            self._say(tr("sandbox.unusable"))
            return None

    async def _run(self, policy: Policy) -> None:
        from smartcity_desk.evidence.sandbox import try_policy

        desk = self._desk
        try:
            tried = await desk.errands.run(try_policy, desk.store, policy, now=desk.clock())
        except DeskError as problem:
            if alive(self):
                self._say(errors_text.of_error(problem).whole)
            return
        finally:
            if alive(self):
                self.run_button.setEnabled(True)
        if not alive(self):
            return
        self._ran = _Ran(policy, tried)
        self._fill(tried)

    def _fill(self, tried: Tried) -> None:
        self.trouble.hide()
        self.list.setEnabled(True)
        self.list.clear()
        self.summary.setText(
            tr(
                "sandbox.summary",
                marked=formats.number(tried.count("marked")),
                unmarked=formats.number(tried.count("unmarked")),
                items=formats.number(tried.count("outcome")),
                notices=formats.number(tried.count("notice")),
                fewer=formats.number(tried.count("no_notice")),
                reports=formats.number(tried.reports),
            )
        )
        items = []
        for change in tried.changes:
            single = change.reports[0] if len(change.reports) == 1 else ("", "")
            line = _line(
                [self._what(change), change.office, single[0], change.before, change.after], single[1]
            )
            if not single[1]:
                line.addChildren([_line(["", "", number], report) for number, report in change.reports])
            items.append(line)
        self.list.addTopLevelItems(items)
        if tried.unsaid:
            self.list.addTopLevelItem(QTreeWidgetItem([trn("sandbox.more", tried.unsaid)]))
        for column in range(self.list.columnCount()):
            self.list.resizeColumnToContents(column)

    def _what(self, change: Change) -> str:
        return tr(f"sandbox.change.{change.kind}")

    def _expanded(self, line: QTreeWidgetItem) -> None:
        report = line.data(0, Qt.ItemDataRole.UserRole)
        if report and not line.childCount():
            self._desk.tasks.spawn(self._events(line, str(report)), name="sandbox.events")

    async def _events(self, line: QTreeWidgetItem, report: str) -> None:
        from smartcity_desk.ui.report import timeline

        desk = self._desk
        detail = await desk.readers.run(desk.store.report, report)
        if detail is None or not alive(self):
            return
        actor = "" if desk.actor is None else desk.actor.user
        for one in timeline.lines(detail, desk.directory, actor):
            line.addChild(QTreeWidgetItem([formats.date_time(one.at), one.who, "", one.text]))

    # ------------------------------------------------------------ proposing

    def _propose(self) -> None:
        policy = self._policy()
        if policy is None:
            return
        if self._ran is None or self._ran.policy != policy:
            self._say(tr("sandbox.try_first"))
            return
        self._desk.tasks.replace("sandbox.propose", self._do(policy, self.reason.text().strip()))

    async def _do(self, policy: Policy, reason: str) -> None:
        desk = self._desk
        if desk.actor is None:
            self._say(tr("action.no_actor"))
            return
        try:
            result = await desk.writer.run(
                desk.store.act,
                EventKind.POLICY_PROPOSED,
                PolicyProposed(policy, reason),
                [policy_id(policy.version)],
                actor=desk.actor,
                now=desk.clock(),
                randomness=desk.randomness,
            )
        except DeskError as problem:
            desk.notify.error(problem)
            return
        if not alive(self):
            return
        if result.refused:
            self._say(errors_text.of_decision(result.refused[0][1]).whole)
            return
        desk.notify.say(tr("sandbox.proposed", version=formats.one_line(policy.version, 60)), Level.DONE)
        desk.nudge_sync()
        self.proposed.emit()
        self.close()

    def _say(self, sentence: str) -> None:
        self.trouble.setText(sentence)
        self.trouble.show()


def _line(texts: list[str], report: str) -> QTreeWidgetItem:
    """A line that opens to the events of a report, if it names one."""
    made = QTreeWidgetItem(texts)
    made.setData(0, Qt.ItemDataRole.UserRole, report)
    if report:
        made.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
    return made
