"""Short lists in two columns, a caption and its words, in labels that are used again; and a heading over them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from smartcity_desk.ui.formats import breakable, tip
from smartcity_desk.ui.widgets import basic

Line = tuple[str, str, str, str]
"""Caption, words, colour token (empty: text), and what the caption says in full."""


class Lines(QWidget):
    """Lines as plain text; a word without a place to break never widens the panel."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(1, 1)
        self._labels: list[tuple[QLabel, QLabel]] = []

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show these lines from top to bottom."""
        for at, (caption, text, tone, whole) in enumerate(lines):
            if at == len(self._labels):
                made = basic.label(tone="muted", step=-1), basic.label(step=-1, wrap=True)
                self._grid.addWidget(made[0], at, 0, Qt.AlignmentFlag.AlignTop)
                self._grid.addWidget(made[1], at, 1)
                self._labels.append(made)
            left, right = self._labels[at]
            left.setText(caption)
            left.setToolTip(tip(whole))
            right.setText(breakable(text))
            basic.set_tone(right, tone)  # type: ignore[arg-type]  # a token of the theme
            left.setVisible(bool(caption))
            right.show()
        for left, right in self._labels[len(lines) :]:
            left.hide()
            right.hide()

    @property
    def words(self) -> list[str]:
        """The words on show, from top to bottom."""
        return [right.text() for _, right in self._labels if not right.isHidden()]
