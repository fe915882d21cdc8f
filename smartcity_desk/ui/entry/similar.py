"""What is known already and sounds alike, shown while an entry is being typed, so that it is not entered twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from smartcity_desk.domain.lookalike import Suggestion, Told, error_of
from smartcity_desk.domain.report import PlaceQuality
from smartcity_desk.domain.wording import said
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.triage import likeness
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.domain.entry import Entry
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.store import Store
    from smartcity_desk.store.shown import RowData
    from smartcity_desk.ui.services import Desk

SHOWN = 4
_ID = int(Qt.ItemDataRole.UserRole)


def told(entry: Entry, directory: Directory) -> Told:
    """An entry as look-alikes are looked for: at its point, else in the middle of its kelurahan."""
    lat, lon, error = entry.lat, entry.lon, error_of(PlaceQuality.EXACT, None)
    if lat is None or lon is None:
        office = directory.offices.get(entry.kelurahan or "")
        lat, lon = (None, None) if office is None else (office.lat, office.lon)
        error = error_of(PlaceQuality.COARSE, None)
    kind = directory.categories.get(entry.category or "")
    return Told(
        id=entry.id,
        at=entry.at,
        said=said(f"{entry.text}\n{entry.place}"),
        lat=lat if lon is not None else None,
        lon=lon if lat is not None else None,
        error_m=error,
        category=entry.category,
        group=None if kind is None else kind.group,
    )


def similar_to(
    store: Store, entry: Entry, directory: Directory, now: int
) -> list[tuple[Suggestion, RowData]]:
    """What is probably of the same thing, with its lines; for a reader's thread. Private reports are not shown."""
    found = store.lookalikes.of_draft(told(entry, directory), now=now)
    lines = store.rows(store.pks_of([one.report for one in found]), now=now)
    by_id = {row.id: row for row in lines.values() if not row.private}
    return [(one, by_id[one.report]) for one in found if one.report in by_id][:SHOWN]


class SimilarList(QWidget):
    """A line each; Enter or a click opens the report behind the entry, which stays as a draft."""

    opened = Signal(str)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.head = basic.label(bold=True, tone="soon", wrap=True)
        self.list = QListWidget()
        self._found: list[tuple[Suggestion, RowData]] = []
        self.list.itemActivated.connect(lambda item: self.opened.emit(str(item.data(_ID))))
        self.list.itemClicked.connect(lambda item: self.opened.emit(str(item.data(_ID))))
        self.setLayout(basic.column(self.head, self.list, spacing=4))
        self.retranslate()

    def retranslate(self) -> None:
        """Say every text again."""
        self.list.setAccessibleName(tr("entry.similar.list"))
        self.show_found(self._found)

    def show_found(self, found: list[tuple[Suggestion, RowData]]) -> None:
        """Show these, or that there is none."""
        self._found = found
        self.list.clear()
        height = self.list.fontMetrics().height() + 8
        for suggestion, row in found:
            text = likeness.line(row, suggestion, self._desk.directory)
            item = QListWidgetItem(text, self.list)
            item.setData(_ID, row.id)
            item.setToolTip(formats.tip(f"{text}\n{row.text}"))
            item.setSizeHint(QSize(0, height))
        self.head.setText(tr("entry.similar") if found else tr("entry.similar.none"))
        basic.set_tone(self.head, "soon" if found else "muted")
        self.list.setVisible(bool(found))
        self.list.setFixedHeight(height * max(1, len(found)) + 6)
