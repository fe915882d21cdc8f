"""Rows drawn by hand: one pass over what is on screen, with every text measured and cut once.

Qt's own way asks Python some two thousand times for one full repaint (roles and flags of every cell). Here a row is
looked up once, its words are made once, and each cut text is kept as `QStaticText`, which Qt draws without laying it
out again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QStaticText, QTransform

from smartcity_desk.i18n import tr
from smartcity_desk.ui.theme import Theme
from smartcity_desk.ui.triage import words
from smartcity_desk.ui.triage.model import Gone

if TYPE_CHECKING:
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.store.rows import RowData

PADDING: Final = 8
_TEXTS_KEPT: Final = 6_000
_ROWS_KEPT: Final = 1_500

_MUTED: Final = frozenset({"channel", "office", "age"})


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a column stands: its name, left edge and width in pixels of the viewport."""

    name: str
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Look:
    """How one row is to be drawn."""

    current: bool = False
    focused: bool = False
    marked: bool = False
    hovered: bool = False
    faint: bool = False


class RowPainter:
    """Draws rows for one theme, one set of columns and one minute; anything new empties what it keeps."""

    def __init__(self, theme: Theme, directory: Directory) -> None:
        self._texts: dict[tuple[str, int], QStaticText] = {}
        self._rows: dict[int, tuple[RowData, str, list[tuple[str, QStaticText, float]]]] = {}
        self._cells: Sequence[Cell] = ()
        self._widths: tuple[tuple[str, int], ...] = ()
        self._minute = -1
        self._now = 0
        self._directory = directory
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Colours and font of a theme."""
        self._theme = theme
        self._font = theme.font()
        self._metrics = QFontMetricsF(self._font)
        tokens = theme.tokens
        self._ground = QColor(tokens.surface)
        self._hover = QColor(tokens.hover)
        self._selection = QColor(tokens.selection)
        self._mark = QColor(tokens.info_tint)
        self._line = QColor(tokens.border)
        self._focus = QPen(QColor(tokens.focus), 2)
        self._rest = QPen(QColor(tokens.outline), 1)
        self._bar = QColor(tokens.accent)
        names = ("text", "muted", "overdue", "soon", "in_time", "paused", "verify", "candidate", "uncertain")
        self._pens = {name: QPen(theme.color(name)) for name in names}
        self._on_selection = QPen(QColor(tokens.on_selection))
        self.forget()

    def set_directory(self, directory: Directory) -> None:
        """Names of offices and categories as of a newer edition."""
        self._directory = directory
        self.forget()

    def set_cells(self, cells: Sequence[Cell]) -> None:
        """Where the columns stand. Scrolling sideways keeps what was measured, another width does not."""
        self._cells = cells
        widths = tuple((cell.name, cell.width) for cell in cells)
        if widths != self._widths:
            self._widths = widths
            self._rows.clear()

    def set_now(self, now: int) -> bool:
        """The moment that relative times are measured at; tells whether a minute has passed."""
        self._now = now
        if now // 60_000 == self._minute:
            return False
        self._minute = now // 60_000
        self._rows.clear()
        return True

    def forget(self) -> None:
        """Measure everything anew."""
        self._texts.clear()
        self._rows.clear()
        self._loading = self._static(tr("triage.row.loading"), 600)
        self._gone = self._static(tr("triage.row.gone"), 600)

    def begin(self, painter: QPainter) -> None:
        """Ready a painter for rows."""
        painter.setFont(self._font)

    def draw(self, painter: QPainter, entry: RowData | Gone | None, area: QRect, look: Look) -> None:
        """Draw one row into `area`."""
        ground = self._ground
        if look.current:
            ground = self._selection
        elif look.marked:
            ground = self._mark
        elif look.hovered:
            ground = self._hover
        top, height = area.top(), area.height()
        painter.fillRect(area, ground)
        painter.fillRect(area.left(), top + height - 1, area.width(), 1, self._line)
        if look.marked:
            painter.fillRect(area.left(), top, 4, height - 1, self._bar)
        baseline = top + (height - self._metrics.height()) / 2
        if entry is None or isinstance(entry, Gone):
            painter.setPen(self._pens["muted"])
            text = self._loading if entry is None else self._gone
            painter.drawStaticText(QPointF(area.left() + PADDING + 4, baseline), text)
        else:
            self._draw_words(painter, entry, baseline, look)
        if look.current:
            painter.setPen(self._focus if look.focused else self._rest)
            painter.drawRect(area.adjusted(1, 1, -1, -2))

    def _draw_words(self, painter: QPainter, row: RowData, baseline: float, look: Look) -> None:
        kept = self._rows.get(row.pk)
        if kept is None or kept[0] is not row:
            kept = self._prepare(row)
        _, tone, pieces = kept
        if look.faint:
            painter.setOpacity(0.55)
        pens, current = self._pens, look.current
        edge = self._cells[0].x if self._cells else 0
        last = ""
        for name, text, x in pieces:
            wanted = tone if name == "state" else ("muted" if name in _MUTED and not current else "text")
            if name == "badges":
                wanted = "overdue" if row.conflict else "verify"
            if wanted != last:
                painter.setPen(self._on_selection if current and wanted == "text" else pens[wanted])
                last = wanted
            painter.drawStaticText(QPointF(edge + x, baseline), text)
        if look.faint:
            painter.setOpacity(1.0)

    def _prepare(self, row: RowData) -> tuple[RowData, str, list[tuple[str, QStaticText, float]]]:
        if len(self._rows) >= _ROWS_KEPT:
            self._rows.clear()
        shown = words.words(row, self._directory, self._now)
        pieces: list[tuple[str, QStaticText, float]] = []
        edge = self._cells[0].x if self._cells else 0
        for cell in self._cells:
            padding = PADDING // 2 if cell.name == "badges" else PADDING
            room = cell.width - 2 * padding
            left = float(cell.x - edge + padding)
            if room <= 4:
                continue
            if cell.name == "state":
                pieces.append(("state", self._static(shown.shape, room), left + 2))
                glyph = self._metrics.height() * 0.95
                text = self._static(shown.state, int(room - glyph))
                pieces.append(("state", text, left + glyph))
                continue
            content = str(getattr(shown, cell.name))
            if not content:
                continue
            text = self._static(content, room)
            if cell.name == "age":
                left += room - text.size().width()
            pieces.append((cell.name, text, left))
        kept = (row, shown.tone, pieces)
        self._rows[row.pk] = kept
        return kept

    def _static(self, content: str, room: int) -> QStaticText:
        key = (content, room)
        text = self._texts.get(key)
        if text is None:
            if len(self._texts) >= _TEXTS_KEPT:
                self._texts.clear()
            cut = self._metrics.elidedText(content, Qt.TextElideMode.ElideRight, room)
            text = QStaticText(cut)
            text.setTextFormat(Qt.TextFormat.PlainText)
            text.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
            text.prepare(QTransform(), self._font)
            self._texts[key] = text
        return text
