"""A column of cards: a list that draws them itself, as tall as their words, and reads each out in one utterance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from smartcity_desk.i18n import tr
from smartcity_desk.ui.escalation.cards import CardWords
from smartcity_desk.ui.formats import tip

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_ROLE = Qt.ItemDataRole
_CARD: Final = int(_ROLE.UserRole)
_GAP, _PAD, _EDGE = 8, 10, 4
_TWO: Final = 2
"""Lines that one line of a card may be broken into."""


class CardModel(QAbstractListModel):
    """The cards of one column."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.cards: list[CardWords] = []

    def set_cards(self, cards: Sequence[CardWords]) -> None:
        """Show other cards; where only words have changed the rows stay what they are."""
        if [card.key for card in cards] == [card.key for card in self.cards]:
            same_shape = [len(card.lines) for card in cards] == [len(card.lines) for card in self.cards]
            self.cards = list(cards)
            if cards:
                if not same_shape:
                    self.layoutChanged.emit()
                self.dataChanged.emit(self.index(0), self.index(len(cards) - 1))
            return
        self.beginResetModel()
        self.cards = list(cards)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """How many cards there are."""
        return 0 if parent.isValid() else len(self.cards)

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> Any:
        """The card for the painter, its words for everybody else."""
        if not index.isValid() or not 0 <= index.row() < len(self.cards):
            return None
        card = self.cards[index.row()]
        if role == _CARD:
            return card
        if role == _ROLE.DisplayRole:
            return card.title
        if role == _ROLE.AccessibleTextRole:
            return card.spoken
        if role == _ROLE.ToolTipRole:
            return tip("\n".join([card.title, card.badge, *(line.text for line in card.lines)]))
        return None


class CardPainter(QStyledItemDelegate):
    """Draws a card: an edge in its colour, title, shape and word, and the lines below."""

    def __init__(self, desk: Desk, view: QListView) -> None:
        super().__init__(view)
        self._desk = desk
        self._view = view

    @property
    def _theme(self) -> Theme:
        return self._desk.theme

    def _fonts(self) -> tuple[QFont, QFont, QFont]:
        theme = self._theme
        return theme.font(bold=True), theme.font(step=-1, bold=True), theme.font(step=-1)

    def _room(self, width: int) -> int:
        pixels = self._theme.pixels
        return max(40, width - 2 * pixels(_PAD) - pixels(_EDGE))

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        """As tall as the words of the card are at the list's width."""
        card: CardWords = index.data(_CARD)
        pixels, width = self._theme.pixels, self._view.viewport().width()
        title, badge, small = (QFontMetrics(font) for font in self._fonts())
        height = title.lineSpacing() + badge.lineSpacing() + 2 * pixels(_PAD) + pixels(_GAP) + pixels(4)
        for line in card.lines:
            height += min(_TWO, self._broken(line.text, small, self._room(width))) * small.lineSpacing()
        return QSize(width, height)

    @staticmethod
    def _broken(text: str, metrics: QFontMetrics, room: int) -> int:
        return 1 if metrics.horizontalAdvance(text) <= room else _TWO

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one card; the one with the cursor has the frame of the focus."""
        card: CardWords = index.data(_CARD)
        theme, pixels = self._theme, self._theme.pixels
        area = QRect(option.rect).adjusted(0, 0, 0, -pixels(_GAP))
        state = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        focused = chosen and self._view.hasFocus()
        ground = "selection" if focused else "hover" if chosen else "raised"
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(area).adjusted(1, 1, -1, -1)
        painter.setPen(QPen(theme.color("focus" if focused else "border"), 2 if focused else 1))
        painter.setBrush(theme.color(ground))
        painter.drawRoundedRect(frame, 4, 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(card.tone))
        painter.drawRect(QRectF(frame.left() + 1, frame.top() + 3, pixels(_EDGE), frame.height() - 6))
        self._words(painter, card, area, "on_selection" if focused else "text", muted=not focused)
        painter.restore()

    def _words(self, painter: QPainter, card: CardWords, area: QRect, plain: str, *, muted: bool) -> None:
        theme, pixels = self._theme, self._theme.pixels
        title, badge, small = self._fonts()
        left, room = area.left() + pixels(_PAD) + pixels(_EDGE), self._room(area.width())
        y = area.top() + pixels(_PAD)

        def draw(text: str, font: QFont, tone: str, most: int) -> None:
            nonlocal y
            metrics = QFontMetrics(font)
            painter.setFont(font)
            painter.setPen(theme.color(tone))
            for part in broken(text, metrics, room, most):
                painter.drawText(QPointF(left, y + metrics.ascent()), part)
                y += metrics.lineSpacing()

        draw(card.title, title, plain, 1)
        draw(card.badge, badge, card.tone, 1)
        y += pixels(4)
        for line in card.lines:
            tone = line.tone or plain
            draw(line.text, small, plain if tone == "muted" and not muted else tone, _TWO)


def broken(text: str, metrics: QFontMetrics, room: int, most: int) -> list[str]:
    """A text in at most so many lines; the last is cut with `…` where even they are too few."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < most - 1 and metrics.horizontalAdvance(rest) > room:
        cut = rest.rfind(" ", 0, _fits(rest, metrics, room) + 1)
        if cut <= 0:
            break
        lines.append(rest[:cut])
        rest = rest[cut + 1 :]
    if rest:
        lines.append(metrics.elidedText(rest, Qt.TextElideMode.ElideRight, room))
    return lines


def _fits(text: str, metrics: QFontMetrics, room: int) -> int:
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if metrics.horizontalAdvance(text[:middle]) <= room:
            low = middle
        else:
            high = middle - 1
    return low


class CardList(QListView):
    """J and k move, Enter opens; h and l ask for the column beside."""

    chosen = Signal(str)
    opened = Signal(str)
    aside = Signal(int)
    """Left (-1) or right (1) was wanted."""
    entered = Signal()

    def __init__(self, desk: Desk, name_key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name_key = name_key
        self.setObjectName("cards")
        self.model_ = CardModel(self)
        self.setModel(self.model_)
        self.setItemDelegate(CardPainter(desk, self))
        self.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setSpacing(0)
        self.setUniformItemSizes(False)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.verticalScrollBar().setSingleStep(24)
        self.retranslate()

    def retranslate(self) -> None:
        """Say the name again."""
        self.setAccessibleName(tr(self._name_key))

    # -- cards -------------------------------------------------------------------------------------------------

    def set_cards(self, cards: Sequence[CardWords]) -> None:
        """Show other cards; the cursor stays on its card, or where it was when that one has gone."""
        before, at = self.current_key, max(0, self.currentIndex().row())
        bar = self.verticalScrollBar().value()
        self.model_.set_cards(cards)
        if not cards:
            self.chosen.emit("")
            return
        keys = [card.key for card in cards]
        row = keys.index(before) if before in keys else min(at, len(keys) - 1)
        self.setCurrentIndex(self.model_.index(row))
        if before in keys:
            self.verticalScrollBar().setValue(bar)
        self.chosen.emit(self.current_key)

    @property
    def keys(self) -> list[str]:
        """The keys of the cards, from top to bottom."""
        return [card.key for card in self.model_.cards]

    @property
    def current_key(self) -> str:
        """The card under the cursor, or nothing."""
        row = self.currentIndex().row()
        return self.model_.cards[row].key if 0 <= row < len(self.model_.cards) else ""

    def go_to(self, key: str) -> bool:
        """Put the cursor on a card; whether it is here."""
        if key not in self.keys:
            return False
        self.setCurrentIndex(self.model_.index(self.keys.index(key)))
        return True

    def step(self, by: int) -> None:
        """Move the cursor by so many cards."""
        if self.model_.cards:
            row = max(0, min(len(self.model_.cards) - 1, self.currentIndex().row() + by))
            self.setCurrentIndex(self.model_.index(row))

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tell which card the cursor is on."""
        super().currentChanged(current, previous)
        self.chosen.emit(self.current_key)

    # -- hand --------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, arrows to the sides change the column."""
        deeds: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Return: self._open,
            Qt.Key.Key_Enter: self._open,
            Qt.Key.Key_Left: lambda: self.aside.emit(-1),
            Qt.Key.Key_Right: lambda: self.aside.emit(1),
        }
        deed = deeds.get(event.key())
        if deed is None:
            super().keyPressEvent(event)
        else:
            deed()

    def _open(self) -> None:
        if self.current_key:
            self.opened.emit(self.current_key)

    def mouseDoubleClickEvent(self, event: Any) -> None:
        """Open the card."""
        super().mouseDoubleClickEvent(event)
        self._open()

    def keyboardSearch(self, search: str) -> None:
        """Letters are commands here."""

    def event(self, event: QEvent) -> bool:
        """Tell when the hand comes here, and draw the frame of the focus anew."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.viewport().update()
            if event.type() is QEvent.Type.FocusIn:
                self.entered.emit()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width breaks words elsewhere."""
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def restyle(self) -> None:
        """Take the theme."""
        self.scheduleDelayedItemsLayout()
        self.viewport().update()
