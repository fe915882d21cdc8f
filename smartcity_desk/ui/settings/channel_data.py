"""What may be done with a channel's rows: whether they leave the unit in exports, and how long they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QSpinBox, QWidget

from smartcity_desk.config import RETENTION_MOST, ChannelSettings
from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.texts import Texts

if TYPE_CHECKING:
    from smartcity_desk.sync.channel import Manifest


class ChannelData(QWidget):
    """Two fields with what the channel's terms say beside them. What agrees with the terms is not stored.

    Exports that the terms forbid ask for a second mark: that the unit has leave in writing.
    """

    changed = Signal()

    def __init__(self, manifest: Manifest, present: ChannelSettings) -> None:
        super().__init__()
        self._manifest = manifest
        self.texts = Texts()
        self.export = QCheckBox()
        self.texts.bind("settings.channel.export", self.export.setText)
        self.export_terms = basic.label(tone="muted", step=-1, wrap=True)
        key = (
            "settings.channel.export.allowed" if manifest.exportable else "settings.channel.export.forbidden"
        )
        self.texts.bind(key, self.export_terms.setText)
        self.leave = QCheckBox()
        self.texts.bind("settings.channel.export.leave", self.leave.setText)
        self.days = basic.indented(QSpinBox())
        self.days.setRange(0, RETENTION_MOST)
        self.days.setFixedWidth(200)
        label = basic.label()
        label.setBuddy(self.days)
        self.texts.bind("settings.channel.retention", label.setText)
        self.texts.bind("settings.channel.retention", self.days.setAccessibleName)
        self.days_terms = basic.label(tone="muted", step=-1, wrap=True)
        self.setLayout(
            basic.column(
                self.export,
                self.export_terms,
                self.leave,
                8,
                label,
                basic.row(self.days, 0),
                self.days_terms,
                spacing=4,
            )
        )
        chosen = manifest.exportable if present.export is None else present.export
        self.export.setChecked(chosen)
        self.leave.setChecked(chosen and not manifest.exportable)
        self.days.setValue(
            manifest.retention_days if present.retention_days is None else present.retention_days
        )
        self.export.toggled.connect(self._toggled)
        self.leave.toggled.connect(lambda _: self.changed.emit())
        self.days.valueChanged.connect(lambda _: self.changed.emit())
        self._toggled(chosen)
        self.retranslate()

    @property
    def chosen_export(self) -> bool | None:
        """What to store: None where it is what the terms say."""
        chosen = self.export.isChecked()
        return None if chosen == self._manifest.exportable else chosen

    @property
    def chosen_days(self) -> int | None:
        """What to store: None where it is what the terms say."""
        days = self.days.value()
        return None if days == self._manifest.retention_days else days

    def missing(self) -> str | None:
        """The sentence that says why it cannot be saved yet, or None."""
        forbidden = self.export.isChecked() and not self._manifest.exportable
        return tr("settings.channel.export.ask") if forbidden and not self.leave.isChecked() else None

    def retranslate(self) -> None:
        """Say every text again."""
        self.texts.retranslate()
        self.days.setSuffix(f" {tr('settings.channel.retention.days')}")
        self.days.setSpecialValueText(tr("settings.channel.retention.none"))
        days = self._manifest.retention_days
        said = (
            trn("settings.channel.retention.terms", days) if days else tr("settings.channel.retention.free")
        )
        self.days_terms.setText(said)

    def _toggled(self, on: bool) -> None:
        self.leave.setVisible(on and not self._manifest.exportable)
        if not on:
            self.leave.setChecked(False)
        self.changed.emit()
