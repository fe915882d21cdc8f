"""Building the training city: a small window with a bar, an estimate, and a way out."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QProgressBar, QWidget

from smartcity_desk.i18n import has_text, tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.theme import Theme
from smartcity_desk.ui.widgets import basic


class TrainingWindow(QWidget):
    """Lives only while the city is built. `cancelled` also comes when it is closed."""

    cancelled = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setWindowTitle(tr("welcome.training.title"))
        self.setFixedWidth(theme.pixels(460))
        title = basic.label(tr("welcome.training.title"), step=2, bold=True)
        text = basic.label(tr("training.text"), tone="muted", wrap=True)
        self.stage = basic.label(tr("training.stage.other"))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName(tr("welcome.training.progress"))
        self.left = basic.label(tone="muted", step=-1)
        self.cancel = basic.button()
        self.cancel.setText(tr("common.cancel"))
        self.cancel.clicked.connect(self.close)
        self.setLayout(
            basic.column(
                title,
                text,
                8,
                self.stage,
                self.bar,
                self.left,
                8,
                basic.row(0, self.cancel),
                spacing=8,
                margins=(24, 20, 24, 20),
            )
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_progress(self, share: float, stage: str, left: float | None) -> None:
        """Show how far it is. `share` 0 to 1, `left` in seconds or None."""
        self.bar.setValue(round(share * 1000))
        key = f"training.stage.{stage}"
        known = stage.isidentifier() and has_text(key)
        self.stage.setText(tr(key) if known else tr("training.stage.other"))
        shown = left is not None and left >= 1
        self.left.setText(
            tr("training.left", duration=formats.duration(round((left or 0) * 1000))) if shown else " "
        )

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing calls it off."""
        self.cancelled.emit()
        super().closeEvent(event)
