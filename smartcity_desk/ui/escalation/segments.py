"""The items of a mark with boxes to tick: Space ticks, the words say what each one is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from smartcity_desk.domain.events import ExclusionCode
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.offices import words as offices
from smartcity_desk.ui.offices.items import report_name

if TYPE_CHECKING:
    from smartcity_desk.domain.items import Item
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.store.rows import ReportLine

_ID: Final = int(Qt.ItemDataRole.UserRole)


class SegmentList(QListWidget):
    """Items of a mark; `ticked` are those that are meant."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setObjectName("ticks")
        self.setUniformItemSizes(True)
        self.setMinimumHeight(5 * self.fontMetrics().lineSpacing() + 8)

    def fill(self, names: Mapping[str, str], ids: Iterable[str], *, ticked: bool = False) -> None:
        """Show these segments."""
        self.clear()
        for segment in ids:
            item = QListWidgetItem(names.get(segment, segment[:8]), self)
            item.setToolTip(formats.tip(names.get(segment, segment)))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
            item.setData(_ID, segment)
        self.setCurrentRow(0)

    @property
    def ticked(self) -> tuple[str, ...]:
        """The segments with a tick, from top to bottom."""
        items = [self.item(at) for at in range(self.count())]
        return tuple(str(item.data(_ID)) for item in items if item.checkState() is Qt.CheckState.Checked)

    def tick_all(self, *, on: bool) -> None:
        """Tick all or none."""
        state = Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
        for at in range(self.count()):
            self.item(at).setCheckState(state)


def segment_names(
    items: Sequence[Item], lines: Mapping[str, ReportLine], directory: Directory, now: int
) -> dict[str, str]:
    """What each segment is called: number, category, outcome, due date."""
    found = {}
    for one in items:
        segment = one.segment
        found[segment.id] = " · ".join(
            (
                report_name(lines.get(segment.report), segment.report),
                offices.category(directory, segment.category),
                offices.outcome(one).text,
                formats.short(one.due_at, now),
            )
        )
    return found


def code_words(code: ExclusionCode) -> str:
    """A code E1-E11 with what it says."""
    return tr("offices.code.with", code=code.value, words=offices.code_word(code.value))
