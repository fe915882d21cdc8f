"""Time under the map: thirty days in steps of an hour, by hand or playing, with a stretch that moves along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QSlider, QWidget

from smartcity_desk.domain.times import DAY, HOUR
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk

DAYS: Final = 30
STEPS: Final = DAYS * 24
FRAME_MS: Final = 41
"""Twenty-four steps a second."""
SLOW_MS: Final = 500
"""Two steps a second where the desktop asks for little motion."""
SPANS: Final = (HOUR, 6 * HOUR, DAY, 7 * DAY)


class TimeBar(QWidget):
    """`moved` brings the stretch that is shown: from and until, ms UTC. It ends at whole hours."""

    moved = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._end = 0
        self.play = basic.button(kind="quiet", parent=self)
        self.play.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.play.clicked.connect(lambda: desk.commands.run("map.play"))
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(1, STEPS)
        self.slider.setPageStep(24)
        self.slider.valueChanged.connect(lambda _: self._tell())
        self.span = QComboBox(self)
        self.span.activated.connect(lambda _: self._tell())
        self.text = basic.label(step=-1)
        self.text.setMinimumWidth(desk.theme.pixels(230))
        whole = basic.row(self.play, self.slider, self.span, self.text, margins=(10, 4, 10, 4))
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.advance)
        self.retranslate()
        self.span.setCurrentIndex(SPANS.index(DAY))
        self.hide()

    @property
    def playing(self) -> bool:
        """Whether it moves by itself."""
        return self._timer.isActive()

    def begin(self) -> None:
        """Shown: thirty days up to now, standing at their end."""
        self._end = (self._desk.clock() // HOUR + 1) * HOUR
        self.slider.blockSignals(True)
        self.slider.setValue(STEPS)
        self.slider.blockSignals(False)
        self.show()
        self._tell()

    def stop(self) -> None:
        """Stand still."""
        self._timer.stop()
        self._name_play()

    def toggle(self) -> None:
        """Play from here, from the beginning once it is at the end, or stand still."""
        if self.playing:
            self.stop()
            return
        if self.slider.value() >= STEPS:
            self.slider.setValue(1)
        self._timer.setInterval(SLOW_MS if little_motion() else FRAME_MS)
        self._timer.start()
        self._name_play()

    def advance(self) -> None:
        """One hour on."""
        if self.slider.value() >= STEPS:
            self.stop()
        else:
            self.slider.setValue(self.slider.value() + 1)

    def stretch(self) -> tuple[int, int]:
        """From and until, ms UTC."""
        until = self._end - (STEPS - self.slider.value()) * HOUR
        return until - SPANS[max(0, self.span.currentIndex())], until

    def _tell(self) -> None:
        since, until = self.stretch()
        words = tr("map.time.shown", since=formats.date_time(since), until=formats.date_time(until))
        self.text.setText(words)
        self.slider.setAccessibleDescription(words)
        self.moved.emit((since, until))

    def _name_play(self) -> None:
        self.play.setText(tr("map.time.pause" if self.playing else "map.time.play"))

    def retranslate(self) -> None:
        """Every text anew."""
        self._name_play()
        self.slider.setAccessibleName(tr("map.time.slider"))
        self.span.setAccessibleName(tr("map.time.span"))
        chosen = max(0, self.span.currentIndex())
        self.span.clear()
        self.span.addItems([tr(f"map.time.span.{span // HOUR}") for span in SPANS])
        self.span.setCurrentIndex(chosen)


def little_motion() -> bool:
    """Whether the desktop asks programs to move little."""
    from PySide6.QtWidgets import QApplication, QStyle

    style = QApplication.style()
    return style.styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) == 0
