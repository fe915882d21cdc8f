"""Declared events: a calamity in an area, an outage of systems; declared and ended with a look ahead."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QDate, QDateTime, QObject, QSize, Qt, QTime, QTimer, QTimeZone
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from smartcity_desk import i18n
from smartcity_desk.domain.calamity import CalamityState
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.events import CalamityDeclared, CalamityEnded, EventKind, PauseCode
from smartcity_desk.domain.office import UPT, OfficeLevel
from smartcity_desk.domain.times import DAY, HOUR, JAKARTA, MINUTE, to_datetime
from smartcity_desk.i18n import tr, trn
from smartcity_desk.saying import reason
from smartcity_desk.ui import formats
from smartcity_desk.ui.escalation import words
from smartcity_desk.ui.escalation.dialogs import scrolled, templates
from smartcity_desk.ui.escalation.effect import Effect, of_declaration, of_end
from smartcity_desk.ui.loop import alive, shown
from smartcity_desk.ui.triage.choosers import missing_reason
from smartcity_desk.ui.triage.popover import Popover, ReasonLine
from smartcity_desk.ui.triage.suggest import fold
from smartcity_desk.ui.triage.words import channel_name
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.flow import Flow

if TYPE_CHECKING:
    from smartcity_desk.ui.escalation.acting import Acts
    from smartcity_desk.ui.services import Desk

_CODE: Final = int(Qt.ItemDataRole.UserRole)
_LOOK_MS: Final = 350
CODES: Final = (PauseCode.CALAMITY, PauseCode.OUTAGE)
_LEVELS: Final = (
    OfficeLevel.KOTA,
    OfficeLevel.KECAMATAN,
    OfficeLevel.KELURAHAN,
    OfficeLevel.DINAS,
    OfficeLevel.SUDIN,
)
_OFFSET: Final = 7 * HOUR
_AIR: Final = 6
"""Pixels that a line has beside its box to tick."""
_UTC: Final = QTimeZone(QTimeZone.Initialization.UTC)


class Moment(QDateTimeEdit):
    """Date and time of Jakarta, whatever the machine's own zone is."""

    def __init__(self, name: str, at: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTimeZone(_UTC)
        self.setDisplayFormat("d MMM yyyy HH.mm" if i18n.language() == "id" else "d MMM yyyy HH:mm")
        self.setLocale(formats.locale())
        self.setCalendarPopup(False)
        self.setAccessibleName(name)
        basic.indented(self)
        self.set_instant(at)

    @property
    def instant(self) -> int:
        """What is shown, in ms UTC."""
        return int(self.dateTime().toMSecsSinceEpoch()) - _OFFSET

    def set_instant(self, at: int) -> None:
        """Show an instant (ms UTC), to the minute."""
        local = to_datetime(at).astimezone(JAKARTA)
        day, time = QDate(local.year, local.month, local.day), QTime(local.hour, local.minute)
        self.setDateTime(QDateTime(day, time, _UTC))


class EventsDialog(Popover):
    """The declared events that last, and a way to declare another. Enter ends the one under the cursor."""

    def __init__(
        self, desk: Desk, open_events: Sequence[tuple[str, CalamityState]], parent: QWidget | None
    ) -> None:
        super().__init__(desk, tr("command.escalation.events"), tr("escalation.events.text"), parent)
        self.wanted = ""
        self.list = QListWidget(self)
        self.list.setAccessibleName(tr("escalation.events.list"))
        new = QListWidgetItem(f"＋ {tr('escalation.events.new')}", self.list)
        new.setData(_CODE, "")
        for name, state in open_events:
            item = QListWidgetItem(event_words(state, desk), self.list)
            item.setData(_CODE, name)
        self.list.itemActivated.connect(lambda _: self.finish())
        self.list.currentRowChanged.connect(lambda _: self._say())
        self.body.addWidget(self.list, 1)
        if not open_events:
            self.body.addWidget(self.label(tr("escalation.events.none")))
        self.cancel.setText(tr("common.close"))
        self.resize(desk.theme.pixels(620), desk.theme.pixels(380))
        self.list.setCurrentRow(0)
        self._say()
        self.list.setFocus()

    def _say(self) -> None:
        ends = bool(self.list.currentItem().data(_CODE))
        self.accept_button.setText(tr("escalation.events.end" if ends else "escalation.events.declare"))

    def ready(self) -> str | None:
        """One of the lines."""
        self.wanted = str(self.list.currentItem().data(_CODE))
        return None


class DeclareDialog(Popover):
    """What happened, where, for which channels, from when until when, and why; below, how many clocks that moves."""

    def __init__(self, desk: Desk, channels: Sequence[str], parent: QWidget | None) -> None:
        super().__init__(desk, tr("escalation.declare.title"), tr("escalation.declare.text"), parent)
        outer = scrolled(self)
        self._moved: Effect | None = None
        now = desk.clock() // MINUTE * MINUTE
        self.code = QComboBox(self)
        self.code.setAccessibleName(tr("escalation.declare.code"))
        for code in CODES:
            self.code.addItem(tr(f"escalation.declare.{code.value}"), code.value)
        self.code.currentIndexChanged.connect(lambda _: self._changed())
        self.field(tr("escalation.declare.code"), self.code)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(tr("escalation.declare.find"))
        self.search.setAccessibleName(tr("escalation.declare.find"))
        self.search.textChanged.connect(self._filter)
        self.offices = QListWidget(self)
        self.offices.setAccessibleName(tr("escalation.declare.offices"))
        self.offices.setObjectName("ticks")
        self.offices.setUniformItemSizes(True)
        self.offices.setMinimumHeight(desk.theme.pixels(110))
        self._fill_offices()
        self.offices.itemChanged.connect(lambda _: self._changed())
        self.field(tr("escalation.declare.offices"), self.search)
        self.body.addWidget(self.offices, 1)
        self.channels = {name: QCheckBox(channel_name(name), self) for name in channels}
        self.channel_label: QLabel = self.label(tr("escalation.declare.channels"))
        self.channel_label.setProperty("tone", "muted")
        self.channel_label.setProperty("step", -1)
        self.body.addWidget(self.channel_label)
        boxes = Flow(spacing=8)
        for box in self.channels.values():
            box.toggled.connect(lambda _: self._changed())
            boxes.addWidget(box)
        self.body.addLayout(boxes)
        self.since = Moment(tr("escalation.declare.since"), now, self)
        self.lasts = QCheckBox(tr("escalation.declare.lasts"), self)
        self.lasts.setChecked(True)
        self.until = Moment(tr("escalation.declare.until"), now + DAY, self)
        self.until.setEnabled(False)
        self.lasts.toggled.connect(lambda on: self.until.setEnabled(not on))
        self.lasts.toggled.connect(lambda _: self._changed())
        for edit in (self.since, self.until):
            edit.dateTimeChanged.connect(lambda _: self._changed())
        times = Flow(spacing=8)
        for part in (basic.label(tr("escalation.declare.since")), self.since, self.lasts, self.until):
            times.addWidget(part)
        self.body.addLayout(times)
        self.reason = ReasonLine(templates("declare"), tr("action.reason.name"), self)
        self.reason.entered.connect(self.finish)
        self.field(tr("action.reason.name"), self.reason)
        self.effect_words: QLabel = self.label("")
        self.effect_words.setFont(desk.theme.font(bold=True))
        outer.addWidget(self.effect_words)
        self.accept_button.setText(tr("escalation.events.declare"))
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(lambda: desk.tasks.replace("escalation.effect", self._read()))
        self.resize(desk.theme.pixels(660), desk.theme.pixels(620))
        self._changed()
        self.code.setFocus()

    def _fill_offices(self) -> None:
        offices = self.desk.directory.offices.values()
        known = [one for one in offices if one.level in _LEVELS and one.code != UPT]
        height = max(self.fontMetrics().height(), self.desk.theme.pixels(16)) + _AIR
        for one in sorted(known, key=lambda one: (_LEVELS.index(one.level), one.name)):
            name = words.office(self.desk.directory, one.code)
            item = QListWidgetItem(name, self.offices)
            item.setSizeHint(QSize(0, height))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
            item.setData(_CODE, one.code)
            item.setData(_CODE + 1, fold(f"{name} {one.code}"))
        self.offices.setCurrentRow(0)

    def prefer(self, area: str, since: int | None) -> None:
        """Tick an area, as if a hand had, and begin at an instant (ms UTC)."""
        for at in range(self.offices.count()):
            item = self.offices.item(at)
            if item.data(_CODE) == area:
                item.setCheckState(Qt.CheckState.Checked)
                self.offices.setCurrentItem(item)
        if since is not None:
            self.since.set_instant(since)

    def _filter(self, typed: str) -> None:
        parts = fold(typed).split()
        for at in range(self.offices.count()):
            item = self.offices.item(at)
            text = f" {item.data(_CODE + 1)}"
            chosen = item.checkState() is Qt.CheckState.Checked
            item.setHidden(not chosen and not all(f" {part}" in text for part in parts))

    def said(self) -> CalamityDeclared:
        """What would be declared."""
        items = [self.offices.item(at) for at in range(self.offices.count())]
        code = PauseCode(str(self.code.currentData()))
        outage = code is PauseCode.OUTAGE
        return CalamityDeclared(
            code=code,
            offices=tuple(
                str(item.data(_CODE)) for item in items if item.checkState() is Qt.CheckState.Checked
            ),
            since=self.since.instant,
            until=None if self.lasts.isChecked() else self.until.instant,
            reason=self.reason.currentText().strip(),
            channels=tuple(name for name, box in self.channels.items() if outage and box.isChecked()),
        )

    def _changed(self) -> None:
        outage = self.code.currentData() == PauseCode.OUTAGE.value
        self.channel_label.setVisible(outage)
        for box in self.channels.values():
            box.setVisible(outage)
        self._moved = None
        self.effect_words.setText(tr("escalation.effect.reading"))
        self._look.start()

    async def _read(self) -> None:
        desk, said = self.desk, self.said()
        if said.until is not None and said.until <= said.since:
            self.effect_words.setText(tr("escalation.declare.order"))
            return
        try:
            found = await desk.readers.run(of_declaration, desk.store, said, desk.clock())
        except DeskError as problem:
            desk.notify.error(problem)
            return
        if alive(self):
            self._moved = found
            self.effect_words.setText(effect_words(found))

    def ready(self) -> str | None:
        """A span that is not upside down, a reason, and that the sums have been shown."""
        said = self.said()
        if said.until is not None and said.until <= said.since:
            return tr("escalation.declare.order")
        if self._moved is None:
            return tr("escalation.effect.wait")
        return missing_reason(said.reason)


class EndDialog(Popover):
    """When a declared event was over; below, how many clocks that moves back."""

    def __init__(self, desk: Desk, name: str, state: CalamityState, parent: QWidget | None) -> None:
        super().__init__(desk, tr("escalation.end.title"), event_words(state, desk), parent)
        assert state.declared is not None
        self._name, self._state = name, state
        self._seen = False
        now = desk.clock() // MINUTE * MINUTE
        self.until = Moment(tr("escalation.end.until"), now, self)
        self.until.dateTimeChanged.connect(lambda _: self._changed())
        self.field(tr("escalation.end.until"), self.until)
        self.reason = ReasonLine(templates("end"), tr("action.reason.optional"), self)
        self.reason.entered.connect(self.finish)
        self.field(tr("action.reason.optional"), self.reason)
        self.effect_words: QLabel = self.label("")
        self.effect_words.setFont(desk.theme.font(bold=True))
        self.body.addWidget(self.effect_words)
        self.accept_button.setText(tr("escalation.events.end"))
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(lambda: desk.tasks.replace("escalation.effect", self._read()))
        self._changed()
        self.until.setFocus()

    def _changed(self) -> None:
        self._seen = False
        self.effect_words.setText(tr("escalation.effect.reading"))
        self._look.start()

    async def _read(self) -> None:
        desk = self.desk
        try:
            found = await desk.readers.run(
                of_end, desk.store, self._name, self._state, self.until.instant, desk.clock()
            )
        except DeskError as problem:
            desk.notify.error(problem)
            return
        if alive(self):
            self._seen = True
            self.effect_words.setText(effect_words(found))

    def ready(self) -> str | None:
        """The sums have been shown."""
        return None if self._seen else tr("escalation.effect.wait")


def event_words(state: CalamityState, desk: Desk) -> str:
    """A declared event in a line: what, where, since when, until when at the latest."""
    said, stop = state.declared, state.exemption()
    assert said is not None
    assert stop is not None
    where = ", ".join(words.office(desk.directory, code) for code in said.offices[:4])
    rest = len(said.offices) - 4
    if rest > 0:
        where = f"{where}, {trn('escalation.rising.more', rest)}"
    return tr(
        "escalation.events.line",
        what=tr(f"escalation.declare.{said.code.value}"),
        where=where or tr("escalation.events.city"),
        since=formats.date_time(said.since),
        until=formats.date_time(stop.until),
        reason=formats.one_line(reason(said.reason), 160),
    )


def effect_words(found: Effect) -> str:
    """How many clocks move, in a sentence."""
    if not found.moved:
        return tr("escalation.effect.none")
    return tr(
        "escalation.effect",
        moved=trn("escalation.effect.moved", found.moved),
        running=formats.number(found.running),
        cleared=formats.number(found.cleared),
        offices=trn("escalation.effect.offices", len(found.offices)),
    )


class Events(QObject):
    """Declaring and ending, from a key or from the palette."""

    def __init__(self, desk: Desk, acts: Acts, window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._acts = acts
        self._window = window

    def open(self) -> None:
        """Show what lasts, and what can be done about it."""
        self._desk.tasks.replace("escalation.events", self._open())

    async def _open(self) -> None:
        desk = self._desk
        calamities = await desk.readers.run(desk.store.offices.calamities)
        now = desk.clock()
        lasting = [(name, state) for name, state in calamities.items() if _lasts(state, now)]
        dialog = EventsDialog(desk, lasting, self._window)
        if await shown(dialog) != Popover.DialogCode.Accepted:
            return
        state = dict(lasting).get(dialog.wanted)
        if state is None:
            await self.declare()
        else:
            await self._end(dialog.wanted, state)

    async def declare(self, area: str = "", since: int | None = None) -> None:
        """Ask what to declare; with an area ticked and a beginning set, where those are known."""
        desk = self._desk
        states = await desk.readers.run(desk.store.channel_states)
        channels = sorted({state.channel for state in states} - {"central"})
        dialog = DeclareDialog(desk, channels, self._window)
        if area:
            dialog.prefer(area, since)

        async def submit() -> str | None:
            name = str(uuid.UUID(bytes=desk.randomness(16)))
            said = tr("escalation.done.declare")
            return await self._acts.act(EventKind.CALAMITY_DECLARED, dialog.said(), name, said)

        dialog.submit = submit
        await shown(dialog)

    async def _end(self, name: str, state: CalamityState) -> None:
        dialog = EndDialog(self._desk, name, state, self._window)

        async def submit() -> str | None:
            payload = CalamityEnded(dialog.until.instant, dialog.reason.currentText().strip())
            return await self._acts.act(EventKind.CALAMITY_ENDED, payload, name, tr("escalation.done.end"))

        dialog.submit = submit
        await shown(dialog)


def _lasts(state: CalamityState, now: int) -> bool:
    stop = state.exemption()
    return stop is not None and state.ended_at is None and stop.until > now
