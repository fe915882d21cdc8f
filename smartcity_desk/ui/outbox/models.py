"""The tables of Keluar: actions on their way, contradictions that wait for a choice, answers that were refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from smartcity_desk import saying
from smartcity_desk.config import machine_user
from smartcity_desk.domain.events import (
    CategorySet,
    CompletionAnswered,
    CourseChosen,
    CourseRefused,
    IncidentChanged,
    ListPrinted,
    NoteAdded,
    NoticeSent,
    Paused,
    PlaceSet,
    QuarantineRevealed,
    Reopened,
    ReporterAnswered,
    ReportRejected,
    ReturnAnswered,
    RoutingSent,
)
from smartcity_desk.domain.ids import incident_name
from smartcity_desk.domain.office import UPT, Directory
from smartcity_desk.domain.receipt import UPDATE
from smartcity_desk.domain.report import Status
from smartcity_desk.domain.subjects import Subject, subject_of
from smartcity_desk.i18n import tr
from smartcity_desk.ui import errors_text, formats
from smartcity_desk.ui.bridge import Link
from smartcity_desk.ui.report.answers import why
from smartcity_desk.ui.triage import words

if TYPE_CHECKING:
    from smartcity_desk.store.rows import ConflictRow, OpRow, RefusedRow
    from smartcity_desk.ui.services import Desk

Index = QModelIndex | QPersistentModelIndex
_ROLE = Qt.ItemDataRole

OP_COLUMNS: Final = ("state", "what", "report", "at", "attempts", "next", "why")
CONFLICT_COLUMNS: Final = ("report", "field", "mine", "theirs", "base", "at")
REFUSED_COLUMNS: Final = ("report", "what", "target", "at", "why")

_SHAPES: Final = {"held": "◔", "queued": "⇡", "sending": "◐", "rejected": "×", "conflict": "⚠"}
_TONES: Final = {"rejected": "overdue", "conflict": "overdue", "sending": "verify", "held": "muted"}


class Rows(QAbstractTableModel):
    """A short list of frozen rows; a refresh keeps the rows that stay, by their ids."""

    def __init__(
        self, desk: Desk, catalogue: str, columns: Sequence[str], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._catalogue = catalogue
        self._columns = tuple(columns)
        self._rows: list[Any] = []

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Show these rows."""
        if rows != self._rows:
            self.beginResetModel()
            self._rows = list(rows)
            self.endResetModel()

    def column_name(self, at: int) -> str:
        """The name of a column."""
        return self._columns[at]

    def row(self, at: int) -> Any:
        """A row, or None."""
        return self._rows[at] if 0 <= at < len(self._rows) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """How many rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """How many columns."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole) -> Any:
        """Titles of the columns."""
        if (
            orientation is Qt.Orientation.Horizontal
            and role == _ROLE.DisplayRole
            and section < len(self._columns)
        ):
            return tr(f"outbox.{self._catalogue}.{self._columns[section]}")
        return None

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> Any:
        """Words of a cell; the first one speaks the whole row."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row, name = self._rows[index.row()], self._columns[index.column()]
        if role == _ROLE.DisplayRole:
            return self.cell(row, name)
        if role == _ROLE.ToolTipRole:
            return formats.tip(self.cell(row, name))
        if role == _ROLE.AccessibleTextRole:
            if index.column():
                return self.cell(row, name)
            cells = ((column, self.cell(row, column)) for column in self._columns)
            return ". ".join(
                f"{tr(f'outbox.{self._catalogue}.{column}')} {text}" for column, text in cells if text
            )
        if role == _ROLE.ForegroundRole:
            tone = self.tone(row, name)
            return self._desk.theme.color(tone) if tone else None
        return None

    def cell(self, row: Any, name: str) -> str:
        """Words of one cell; subclasses say."""
        raise NotImplementedError

    def tone(self, row: Any, name: str) -> str:  # noqa: ARG002 - subclasses look at both
        """Colour token of one cell, or nothing."""
        return ""


class OpTable(Rows):
    """Actions that no definite answer has reached, and refusals that nobody has put away, newest first."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(desk, "op", OP_COLUMNS, parent)

    def cell(self, row: OpRow, name: str) -> str:
        """Words of one cell."""
        now = self._desk.clock()
        if name == "state":
            state = state_of(row, now)
            return f"{_SHAPES[state]} {tr(f'outbox.state.{state}')}"
        if name == "what":
            return deed_words(row, self._desk.directory)
        if name == "report":
            return subject_words(row, self._desk.directory)
        if name == "at":
            return formats.near(row.at, now)
        if name == "attempts":
            return formats.number(row.attempts) if row.attempts else ""
        if name == "next":
            due = max(row.next_try_at, row.not_before)
            waits = row.state.value == "queued"
            if not waits:
                return ""
            if due > now:
                return formats.ago(due, now)
            return tr("outbox.next.online") if self._offline else tr("outbox.next.now")
        actor = self._desk.actor
        if actor is not None and row.state.value == "queued" and row.user not in (actor.user, machine_user()):
            return tr("outbox.why.user", user=formats.one_line(row.user, 40))
        code = row.error_code or ("offline" if self._offline and row.state.value == "queued" else "")
        return errors_text.of_code(code, row.error_params).what if code else ""

    @property
    def _offline(self) -> bool:
        """An action that was never tried has no error of its own: what keeps it here is the line."""
        return self._desk.bridge.connection.link is Link.OFFLINE

    def tone(self, row: OpRow, name: str) -> str:
        """Trouble is red, what is under way is blue, and all with a shape and a word."""
        return _TONES.get(state_of(row, self._desk.clock()), "text") if name == "state" else ""


class ConflictTable(Rows):
    """Contradictions: mine, theirs, and the value that mine was based on."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(desk, "conflict", CONFLICT_COLUMNS, parent)

    def cell(self, row: ConflictRow, name: str) -> str:
        """Words of one cell."""
        if name == "report":
            return report_words(row)
        if name == "field":
            return (
                tr(f"outbox.field.{row.field}") if row.field in _FIELDS else formats.one_line(row.field, 40)
            )
        if name == "at":
            return formats.near(row.at, self._desk.clock())
        value = {"mine": row.mine, "theirs": row.theirs, "base": row.base}[name]
        return value_words(row.field, value, self._desk.directory)


class RefusedTable(Rows):
    """What was refused on its way to reporters and other systems, the last first."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(desk, "refused", REFUSED_COLUMNS, parent)

    def cell(self, row: RefusedRow, name: str) -> str:
        """Words of one cell."""
        receipt = row.receipt
        if name == "report":
            return report_words(row)
        if name == "what":
            return tr(f"outbox.refused.{'update' if receipt.kind == UPDATE else 'request'}")
        if name == "target":
            return formats.one_line(receipt.target, 40)
        if name == "at":
            return formats.near(receipt.settled_at or receipt.queued_at, self._desk.clock())
        return why(receipt) or tr("outgoing.why.none")

    def tone(self, row: RefusedRow, name: str) -> str:  # noqa: ARG002 - the same for every row
        """The reason is what has to be read."""
        return "overdue" if name == "why" else ""


_FIELDS: Final = frozenset({"category", "place", "office", "status", "incident"})


def state_of(row: OpRow, now: int) -> str:
    """The state as the operator knows it: a queued action inside its hold can still be taken back whole."""
    held = row.state.value == "queued" and not row.sent and row.not_before > now
    return "held" if held else row.state.value


def subject_words(row: OpRow, directory: Directory) -> str:
    """What an action is about: a report, else a mark by its short code, a list by its number, a box by its office."""
    about, payload = subject_of(row.kind), row.payload
    if about is Subject.REPORT:
        return report_words(row)
    value = ""
    if about is Subject.MARK:
        from smartcity_desk.evidence.gathering import short_code

        value = short_code(row.report_id)
    elif isinstance(payload, NoticeSent):
        value = saying.office_name(payload.office, directory)
    elif isinstance(payload, ListPrinted):
        value = formats.one_line(payload.number, 40)
    elif isinstance(payload, QuarantineRevealed):
        value = words.channel_name(payload.channel)
    return tr(f"outbox.subject.{about.value}", value=value)


def report_words(row: OpRow | ConflictRow | RefusedRow) -> str:
    """A report by channel, number and its first words."""
    number = formats.one_line(row.external_id, 40)
    return f"{words.channel_name(row.channel)} {number} · {formats.one_line(row.title, 80)}"


def value_words(field: str, value: str | None, directory: Directory) -> str:
    """A value of a contradiction as people know it."""
    if field == "category":
        return words.category_name(directory, value)
    if field == "place":
        return words.place_name(directory, value)
    if field == "office":
        return tr("action.unit") if value in (None, UPT) else words.office_name(directory, value)
    if field == "incident":
        return tr("outbox.no_incident") if value is None else incident_name(value)
    if value in {status.value for status in Status}:
        return words.status_name(Status(value))
    return words.NOTHING if value is None else formats.one_line(value, 60)


def deed_words(row: OpRow, directory: Directory) -> str:
    """What the action does, in a few words."""
    payload = row.payload
    value = ""
    if isinstance(payload, CategorySet):
        value = words.category_name(directory, payload.category)
    elif isinstance(payload, PlaceSet):
        value = words.place_name(directory, payload.place)
    elif isinstance(payload, RoutingSent):
        value = value_words("office", payload.office, directory)
    elif isinstance(payload, IncidentChanged):
        value = incident_name(payload.incident)
    elif isinstance(payload, CourseChosen | CourseRefused):
        value = saying.course_name(payload.course, directory)
    elif isinstance(payload, ReportRejected):
        value = tr(f"action.reject.{payload.code.value}")
    elif isinstance(payload, Paused):
        value = tr(f"action.pause.{payload.code.value}")
    quote = formats.one_line(own_words(row) or "", 120)
    sentence = tr(f"report.event.{row.kind.value.replace('.', '_')}", value=value)
    return f"{sentence}: {quote}" if quote else sentence


def own_words(row: OpRow) -> str | None:
    """The person's own words in an action, or None when it has none to edit."""
    payload = row.payload
    if isinstance(payload, NoteAdded | ReporterAnswered):
        return payload.text
    if isinstance(
        payload,
        RoutingSent
        | ReportRejected
        | Paused
        | CompletionAnswered
        | ReturnAnswered
        | Reopened
        | IncidentChanged,
    ):
        return payload.reason
    return None
