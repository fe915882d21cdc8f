"""Pengaturan: a list of pages at the left, the chosen page at the right."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QListWidget, QStackedWidget, QWidget

from smartcity_desk.i18n import tr
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.settings.about import AboutSection
from smartcity_desk.ui.settings.appearance import AppearanceSection
from smartcity_desk.ui.settings.channel_list import ChannelSection
from smartcity_desk.ui.settings.decisions import DecisionsSection
from smartcity_desk.ui.settings.keys import KeysSection
from smartcity_desk.ui.settings.layers import LayersSection
from smartcity_desk.ui.settings.pictures import PicturesSection
from smartcity_desk.ui.settings.places import PlacesSection
from smartcity_desk.ui.settings.policy import PolicySection
from smartcity_desk.ui.settings.section import Section
from smartcity_desk.ui.settings.server import ServerSection
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.screen import Screen

SECTIONS: tuple[type[Section], ...] = (
    ServerSection,
    ChannelSection,
    PicturesSection,
    PlacesSection,
    LayersSection,
    PolicySection,
    DecisionsSection,
    AppearanceSection,
    KeysSection,
    AboutSection,
)


class SettingsScreen(Screen):
    """Pages are built when first shown."""

    key: ClassVar[str] = "settings"
    title_key: ClassVar[str] = "shell.screen.settings"
    icon: ClassVar[str] = "settings"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.sections: dict[int, Section] = {}
        self.list = QListWidget()
        self.list.setObjectName("pages")
        self.list.setFixedWidth(desk.theme.pixels(200))
        self.texts.name("settings.pages", self.list)
        for _ in SECTIONS:
            self.list.addItem("")
        self.pages = QStackedWidget()
        self.list.currentRowChanged.connect(self._show)
        line = basic.row(self.list, self.pages, spacing=0)
        line.setStretch(1, 1)
        self.setLayout(line)
        self.retranslate()
        self.list.setCurrentRow(0)

    def activate(self) -> None:
        """Put the hand on the list."""
        self.list.setFocus()
        self._show(self.list.currentRow())

    def restyle(self) -> None:
        """Take the new text size into the list."""
        self.retranslate()
        self.list.setFixedWidth(self.desk.theme.pixels(200))

    def retranslate(self) -> None:
        """Say every text again."""
        super().retranslate()
        for row, section in enumerate(SECTIONS):
            self.list.item(row).setText(tr(section.title_key))
            self.list.item(row).setSizeHint(QSize(0, self.desk.theme.pixels(36)))
        for built in self.sections.values():
            built.retranslate()

    def _show(self, row: int) -> None:
        if row < 0:
            return
        section = self.sections.get(row)
        if section is None:
            section = SECTIONS[row](self.desk)
            self.sections[row] = section
            self.pages.addWidget(section)
        self.pages.setCurrentWidget(section)
        if self.isVisible():
            section.activate()
