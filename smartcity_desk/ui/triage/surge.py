"""Lonjakan: a line that offers itself while an area sends far more than usual, and the board that it opens.

Nothing is done and nothing takes the focus until somebody asks. The board lists what came in, in heaps that look alike,
danger to life on top; it joins, answers all at once, and lets a supervisor declare an event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QWidget

from smartcity_desk.domain.alarm import alarms
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.events import EventKind, IncidentChanged, ReporterAnswered, Role
from smartcity_desk.domain.grouping import LEAST, Heap, heaps
from smartcity_desk.domain.ids import time_ordered_id
from smartcity_desk.domain.query import Filter, Order
from smartcity_desk.domain.report import OPEN_STATUSES, ReportKind
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.domain.wording import said
from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import formats
from smartcity_desk.ui.loop import alive, shown
from smartcity_desk.ui.triage import words
from smartcity_desk.ui.triage.joining import Joining
from smartcity_desk.ui.triage.popover import Popover
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.domain.surge import Surge
    from smartcity_desk.store import Store
    from smartcity_desk.store.shown import RowData
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.triage.deeds import Deeds

LOOK_MS: Final = 60_000
"""How often the desk asks whether an area sends more than usual."""
FIRST_LOOK_MS: Final = 4_000
"""The first time after the list is there: what is usual takes a moment to learn, and the reports come first."""
MOST: Final = 300
"""Reports that a board lists: the newest; the table has all of them."""
_PK: Final = int(Qt.ItemDataRole.UserRole)
_KIND = EventKind
_SENIOR: Final = frozenset({Role.SUPERVISOR, Role.ADMIN})


def area_words(desk: Desk, surge: Surge) -> str:
    """Which area, how many, and what is usual: `Jatinegara: 34 laporan dalam 60 m, biasanya 5`."""
    return tr(
        "incident.surge",
        area=words.office_name(desk.directory, surge.area),
        n=formats.number(surge.count),
        span=formats.duration(surge.window_ms),
        usual=formats.number(max(1, round(surge.usual))),
    )


class SurgeBar(QFrame):
    """The line above the table. Gone without a surge; a hidden one stays away until its area has calmed down."""

    wanted = Signal()
    """Open the board of the first surge."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._found: tuple[Surge, ...] = ()
        self._put_away: set[str] = set()
        self.setProperty("ground", "raised")
        self.setProperty("line", "bottom")
        self.said = basic.label(tone="overdue", bold=True, wrap=True)
        self.open = basic.button(kind="primary")
        self.open.setAutoDefault(False)
        self.open.clicked.connect(self.wanted)
        self.away = basic.button(kind="quiet")
        self.away.clicked.connect(self._hide)
        layout = basic.row(self.said, self.open, self.away, margins=(10, 4, 10, 4))
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self._timer = QTimer(self)
        self._timer.setInterval(FIRST_LOOK_MS)
        self._timer.timeout.connect(self.look)
        self.hide()

    @property
    def current(self) -> Surge | None:
        """The surge that the line speaks of."""
        return next((one for one in self._found if one.area not in self._put_away), None)

    def start(self) -> None:
        """Look in a moment, and every minute from then on."""
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def look(self) -> None:
        """Ask which areas send more than usual, beside everything else."""
        self._timer.setInterval(LOOK_MS)
        self._desk.tasks.replace("surge.look", self._look())

    async def _look(self) -> None:
        desk = self._desk
        try:
            found = await desk.errands.run(desk.store.surges.at, desk.clock())
        except DeskError as problem:
            desk.notify.error(problem)
            return
        if alive(self):
            self.show_surges(found)

    def show_surges(self, found: tuple[Surge, ...]) -> None:
        """Say what is found; areas that have calmed down may offer themselves again."""
        self._found = found
        self._put_away &= {one.area for one in found}
        self._fill()

    def _hide(self) -> None:
        if self.current is not None:
            self._put_away.add(self.current.area)
        self._fill()

    def _fill(self) -> None:
        surge = self.current
        self.setVisible(surge is not None)
        self.open.setText(tr("incident.surge.open", key=self._desk.commands.shown_key("triage.surge")))
        self.away.setText(tr("incident.surge.hide"))
        if surge is None:
            return
        more = len([one for one in self._found if one.area not in self._put_away]) - 1
        parts = [tr("incident.surge.head", what=area_words(self._desk, surge))]
        if surge.alarms:
            parts.append(trn("incident.surge.alarms", surge.alarms))
        if more:
            parts.append(trn("incident.surge.more", more))
        self.said.setText(" ".join(parts))

    def retranslate(self) -> None:
        """Every text anew."""
        self.setAccessibleName(tr("incident.surge.name"))
        self._fill()


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a board shows: the heaps with the lines of their reports, and how many open reports the area has."""

    heaps: tuple[Heap, ...]
    rows: dict[str, RowData]
    total: int


def gather(store: Store, surge: Surge, now: int) -> Gathered:
    """The open reports of a surge in heaps that look alike. Blocks; for a thread of errands."""
    view = Filter(
        kinds=frozenset({ReportKind.COMPLAINT}),
        statuses=OPEN_STATUSES,
        joined=False,
        area=surge.area,
        since=surge.since - surge.window_ms,
        order=Order.NEWEST,
    )
    rows = {row.id: row for row in store.page_first(view, now=now, limit=MOST)}
    alike = {
        name: [(one.report, one.score) for one in found]
        for name, found in store.lookalikes.of_many(list(rows), now=now, least=LEAST).items()
    }
    alarming = [row.id for row in rows.values() if alarms(said(f"{row.title}\n{row.text}"))]
    told = [(row.id, row.reported_at) for row in rows.values()]
    return Gathered(heaps(told, alike, alarming), rows, store.count(view, now=now))


class SurgeBoard(Popover):
    """One area's reports in heaps. Space ticks one or a heap, G joins what is ticked, A each heap, B answers all."""

    def __init__(self, desk: Desk, deeds: Deeds, surge: Surge, parent: QWidget | None) -> None:
        title = tr("incident.board", area=words.office_name(desk.directory, surge.area))
        super().__init__(desk, title, area_words(desk, surge), parent)
        self.surge = surge
        self._deeds = deeds
        self._found: Gathered | None = None
        self.list = QListWidget(self)
        self.list.setAccessibleName(tr("incident.board.list"))
        self.list.setObjectName("ticks")
        self.list.installEventFilter(self)
        self.list.itemChanged.connect(self._ticked)
        self.body.addWidget(self.list, 1)
        self.note = self.label("")
        self.body.addWidget(self.note)
        self.buttons = {name: basic.button(parent=self) for name in ("join", "each", "reply", "declare")}
        for name, button in self.buttons.items():
            button.setAutoDefault(False)
            button.setText(tr(f"incident.board.{name}"))
            button.clicked.connect(lambda _=False, which=name: self._do(which))
        senior = desk.actor is not None and desk.actor.role in _SENIOR
        self.buttons["declare"].setVisible(senior)
        self.body.addLayout(basic.row(*self.buttons.values(), 0))
        self.accept_button.hide()
        self.cancel.setText(tr("common.close"))
        self.resize(desk.theme.pixels(820), desk.theme.pixels(600))
        self.list.setFocus()
        self.refresh()

    # -- what is shown -----------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the area's reports anew."""
        self.note.setText(tr("report.loading"))
        self.desk.tasks.replace("surge.board", self._read())

    async def _read(self) -> None:
        desk = self.desk
        try:
            found = await desk.errands.run(gather, desk.store, self.surge, desk.clock())
        except DeskError as problem:
            desk.notify.error(problem)
            return
        if alive(self):
            self._found = found
            self._fill(found)

    def _fill(self, found: Gathered) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        for heap in found.heaps:
            if len(heap.reports) > 1 or heap.alarming:
                self._head(heap)
            for name in heap.reports:
                self._line(found.rows[name], alone=len(heap.reports) == 1)
        self.list.blockSignals(False)
        self.list.setCurrentRow(0)
        if not found.heaps:
            self.note.setText(tr("incident.board.empty"))
            return
        shown, total = formats.number(len(found.rows)), formats.number(found.total)
        self.note.setText(tr("incident.board.note", shown=shown, total=total))

    def _head(self, heap: Heap) -> None:
        sign = "▲ " if heap.alarming else ""
        item = QListWidgetItem(f"{sign}{trn('incident.board.heap', len(heap.reports))}", self.list)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Unchecked)
        item.setFont(self.desk.theme.font(bold=True))
        item.setData(_PK, list(heap.reports))

    def _line(self, row: RowData, *, alone: bool) -> None:
        parts = [
            words.channel_name(row.channel),
            formats.near(row.reported_at, self.desk.clock()),
            words.badges(row, self.desk.clock()),
            formats.one_line(row.title or row.text, 120),
        ]
        text = " · ".join(part for part in parts if part)
        item = QListWidgetItem(text if alone else f"      {text}", self.list)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Unchecked)
        item.setData(_PK, row.id)
        item.setToolTip(formats.tip(f"{row.title}\n{row.text}"))

    def _ticked(self, item: QListWidgetItem) -> None:
        """Ticking a heap ticks all that is in it."""
        inside = item.data(_PK)
        if not isinstance(inside, list):
            return
        for at in range(self.list.count()):
            other = self.list.item(at)
            if other.data(_PK) in inside:
                other.setCheckState(item.checkState())

    @property
    def chosen(self) -> list[str]:
        """The reports that are ticked."""
        items = [self.list.item(at) for at in range(self.list.count())]
        return [
            str(item.data(_PK))
            for item in items
            if isinstance(item.data(_PK), str) and item.checkState() is Qt.CheckState.Checked
        ]

    # -- what may be done --------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Letters of the list are keys: G, A, B, D; Enter opens the report."""
        if watched is self.list and event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._open()
                return True
            wanted = _KEYS.get(event.text().upper())
            if wanted is not None and not self.buttons[wanted].isHidden():
                self._do(wanted)
                return True
        return super().eventFilter(watched, event)

    def _open(self) -> None:
        if self.list.currentRow() < 0:
            return
        inside = self.list.currentItem().data(_PK)
        self.desk.bridge.open_report.emit(inside[0] if isinstance(inside, list) else str(inside))
        self.reject()

    def _do(self, which: str) -> None:
        work = {"join": self._join, "each": self._join_each, "reply": self._reply, "declare": self._declare}
        self.desk.tasks.replace("surge.deed", work[which]())

    async def _join(self) -> None:
        chosen = self.chosen
        if len(chosen) < 2:
            self.complain(tr("incident.board.tick"))
            return
        await self._together([chosen])

    async def _join_each(self) -> None:
        heaps_of = [] if self._found is None else [list(heap.reports) for heap in self._found.heaps]
        several = [names for names in heaps_of if len(names) > 1]
        if not several:
            self.complain(tr("incident.board.no_heap"))
            return
        await self._together(several)

    async def _together(self, wanted: Sequence[list[str]]) -> None:
        desk = self.desk
        joining = Joining(desk, self._deeds, self)
        for names in wanted:
            plan = await desk.readers.run(desk.store.join_plan, names)
            incident = plan.incident or time_ordered_id(desk.clock(), desk.randomness(10))
            payload = IncidentChanged(incident, tr("incident.board.reason"))
            refusal = (await joining.act(payload, plan.reports)).refusal
            if refusal is not None:
                self.complain(refusal)
                return
        self.refresh()

    async def _reply(self) -> None:
        from smartcity_desk.ui.triage import answering
        from smartcity_desk.ui.triage.choosers import NoteDialog

        rows = [] if self._found is None else list(self._found.rows.values())
        chosen = set(self.chosen)
        rows = [row for row in rows if row.id in chosen] if chosen else rows
        if not rows:
            self.complain(tr("incident.board.empty"))
            return
        dialog = NoteDialog(
            self.desk,
            tr("incident.board.reply"),
            trn("incident.board.reply_to", len(rows)),
            self,
            tr("incident.board.template", area=words.office_name(self.desk.directory, self.surge.area)),
            to_reporter=await answering.warning(self.desk, rows),
        )

        async def submit() -> str | None:
            payload = ReporterAnswered(dialog.text)
            return (await self._deeds.act(_KIND.REPORTER_ANSWERED, payload, rows, bulk=True)).refusal

        dialog.submit = submit
        await shown(dialog)

    async def _declare(self) -> None:
        from smartcity_desk.ui.escalation.acting import Acts
        from smartcity_desk.ui.escalation.events import Events

        since = self.surge.since // MINUTE * MINUTE
        await Events(self.desk, Acts(self.desk, self), self).declare(self.surge.area, since)


_KEYS: Final = {"G": "join", "A": "each", "B": "reply", "D": "declare"}


async def open_board(desk: Desk, deeds: Deeds, bar: SurgeBar, window: QWidget) -> None:
    """The board of the surge that the line speaks of; without one, a word that there is none."""
    if bar.current is None:
        desk.notify.say(tr("incident.surge.none"), replaces="surge")
        return
    await shown(SurgeBoard(desk, deeds, bar.current, window))
