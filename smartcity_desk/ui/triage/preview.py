"""Before many reports change at once: how many will, how many will not and why, and which offices it touches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QWidget

from smartcity_desk.domain.decision import Contradicted, Refused
from smartcity_desk.domain.events import CategorySet, Payload, PlaceSet, RoutingSent
from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import errors_text
from smartcity_desk.ui.triage import words
from smartcity_desk.ui.triage.popover import Popover

if TYPE_CHECKING:
    from smartcity_desk.store.rows import RowData
    from smartcity_desk.ui.services import Desk

BULK_MAX: Final = 5_000
"""How many reports one deed may change."""
_LINES: Final = 8


class PreviewDialog(Popover):
    """The sums of a bulk deed; nothing has happened until Enter."""

    def __init__(
        self,
        desk: Desk,
        title: str,
        rows: Sequence[RowData],
        payload: Payload,
        refused: Sequence[tuple[str, Refused | Contradicted]],
        parent: QWidget | None,
    ) -> None:
        super().__init__(desk, title, trn("action.preview.subject", len(rows)), parent)
        skipped = {report for report, _ in refused}
        self.changes = len(rows) - len(skipped)
        head = self.label(trn("action.preview.changes", self.changes))
        head.setFont(desk.theme.font(bold=True))
        self.body.addWidget(head)
        goal = self._goal(payload)
        if goal:
            self.body.addWidget(self.label(goal))
        for line in self._lines([row for row in rows if row.id not in skipped], payload):
            self.body.addWidget(self.label(line))
        if refused:
            head = self.label(trn("action.preview.skipped", len(skipped)))
            head.setFont(desk.theme.font(bold=True))
            self.body.addWidget(head)
            reasons = Counter(errors_text.of_decision(decision).what for _, decision in refused)
            for why, n in reasons.most_common(_LINES):
                self.body.addWidget(self.label(trn("action.skipped", n, why=why)))
        self.body.addWidget(self.label(tr("action.preview.whole")))
        self.body.addStretch(1)
        self.accept_button.setText(trn("action.preview.do", self.changes))
        self.accept_button.setEnabled(self.changes > 0)
        self.accept_button.setDefault(True)
        (self.accept_button if self.changes else self.cancel).setFocus()

    def _goal(self, payload: Payload) -> str:
        """What each of them becomes: whoever looks at the sums looks once more at what was chosen."""
        directory = self.desk.directory
        if isinstance(payload, RoutingSent):
            return tr("action.route.to", office=words.office_name(directory, payload.office))
        if isinstance(payload, CategorySet):
            return tr("report.event.category_set", value=words.category_name(directory, payload.category))
        if isinstance(payload, PlaceSet):
            return tr("report.event.place_set", value=words.place_name(directory, payload.place))
        return ""

    def _lines(self, rows: Sequence[RowData], payload: Payload) -> list[str]:
        if not isinstance(payload, RoutingSent):
            return []
        holders = Counter(
            tr("action.unit") if row.office is None else words.office_name(self.desk.directory, row.office)
            for row in rows
        )
        clocks = sum(1 for row in rows if row.due_at is not None)
        lines = [trn("action.preview.clocks", clocks)] if clocks else []
        return [
            *lines,
            *(trn("action.preview.from", n, office=name) for name, n in holders.most_common(_LINES)),
        ]

    def ready(self) -> str | None:
        """There has to be something to do."""
        return None if self.changes else tr("action.preview.nothing")
