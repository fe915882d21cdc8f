"""Language, theme, density and text size. A choice is in force at once, without a restart."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QSlider

from smartcity_desk import config, i18n
from smartcity_desk.i18n import tr
from smartcity_desk.ui import restyle
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.settings.section import Section
from smartcity_desk.ui.widgets import basic

THEMES = ("system", "light", "dark", "contrast")
DENSITIES = ("comfortable", "compact")
GRAPHICS = ("auto", "software")
SIZES = (80, 90, 100, 110, 125, 150, 175, 200)


class AppearanceSection(Section):
    """The slider moves in steps; the text follows when it is let go."""

    title_key = "settings.appearance.title"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.language = QComboBox()
        self.theme = QComboBox()
        self.density = QComboBox()
        self.percent = QSlider(Qt.Orientation.Horizontal)
        self.percent.setRange(0, len(SIZES) - 1)
        self.percent.setPageStep(1)
        self.percent.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.percent_text = basic.label()
        self.graphics = QComboBox()
        self._fill()
        self.card(
            self.field("settings.appearance.language", self.language),
            self.language,
            self.field("settings.appearance.theme", self.theme),
            self.theme,
            self.field("settings.appearance.density", self.density),
            self.density,
            self.field("settings.appearance.size", self.percent),
            basic.row(self.percent, self.percent_text, spacing=16),
            self.field("settings.appearance.map", self.graphics),
            self.graphics,
        )
        self.language.activated.connect(lambda at: restyle.set_language(desk, i18n.LANGUAGES[at]))
        self.theme.activated.connect(lambda at: restyle.set_theme(desk, THEMES[at]))
        self.density.activated.connect(lambda at: restyle.set_density(desk, DENSITIES[at]))
        self.percent.valueChanged.connect(self._sized)
        self.graphics.activated.connect(self._draw_maps)
        desk.bridge.theme_changed.connect(self._fill)

    def retranslate(self) -> None:
        """Say every text again."""
        super().retranslate()
        self._fill()

    def _draw_maps(self, at: int) -> None:
        """Holds from the next start on: a process chooses once how it draws."""
        self.desk.settings.set(config.MAP_GRAPHICS, GRAPHICS[at])
        self.desk.tasks.spawn(self.desk.errands.run(self.desk.settings.save), name="settings.map")
        self.desk.notify.say(tr("settings.map.later"), replaces="settings.map")

    def _sized(self, at: int) -> None:
        restyle.set_percent(self.desk, SIZES[at])

    def _fill(self) -> None:
        """Show what is in force; also after somebody switched it elsewhere."""
        settings = self.desk.settings
        for box, values, words, chosen in (
            (
                self.language,
                i18n.LANGUAGES,
                [tr(f"settings.language.{value}") for value in i18n.LANGUAGES],
                i18n.language(),
            ),
            (
                self.theme,
                THEMES,
                [tr(f"settings.theme.{value}") for value in THEMES],
                settings.get(config.THEME),
            ),
            (
                self.density,
                DENSITIES,
                [tr(f"settings.density.{value}") for value in DENSITIES],
                settings.get(config.DENSITY),
            ),
            (
                self.graphics,
                GRAPHICS,
                [tr(f"settings.map.{value}") for value in GRAPHICS],
                settings.get(config.MAP_GRAPHICS),
            ),
        ):
            box.blockSignals(True)
            box.clear()
            box.addItems(words)
            box.setCurrentIndex(values.index(chosen))
            box.blockSignals(False)
        percent = settings.get(config.FONT_PERCENT)
        nearest = min(range(len(SIZES)), key=lambda at: abs(SIZES[at] - percent))
        self.percent.blockSignals(True)
        self.percent.setValue(nearest)
        self.percent.blockSignals(False)
        self.percent_text.setText(tr("settings.appearance.percent", percent=percent))
