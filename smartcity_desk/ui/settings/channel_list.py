"""Every channel of this program: a list at the left, the chosen one's page at the right, made from the manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QScrollArea, QStackedWidget, QWidget

from smartcity_desk.i18n import tr
from smartcity_desk.ui import channels
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.settings.channel_card import ChannelCard
from smartcity_desk.ui.settings.section import READABLE, Section
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.sync.channel import Manifest

_WIDTH = 210
_ROW = 32
_SIGNS = {"on": "●", "off": "○", "here": "◇"}


class ChannelSection(Section):
    """The manifests load in a thread when the page is first shown; a channel's page is built when it is chosen."""

    title_key = "settings.channel.title"

    def __init__(self, desk: Desk) -> None:
        self.list = QListWidget()
        self.pages = QStackedWidget()
        self.built: dict[str, ChannelCard] = {}
        self._areas: dict[str, QWidget] = {}
        self.manifests: list[Manifest] = []
        super().__init__(desk)
        self.list.setFixedWidth(desk.theme.pixels(_WIDTH))
        self.texts.name("settings.channel.list", self.list)
        self.list.currentRowChanged.connect(self._show)
        desk.bridge.settings_changed.connect(self._setting)

    def body(self, title: QLabel) -> QWidget:
        """Title and note above, the list beside the page; each of the two scrolls by itself."""
        note = self.note("settings.channel.note")
        line = basic.row(self.list, self.pages, spacing=16)
        line.setStretch(1, 1)
        holder = basic.frame()
        whole = basic.column(title, note, line, spacing=10, margins=(24, 20, 8, 12))
        whole.setStretch(2, 1)
        holder.setLayout(whole)
        return holder

    @property
    def channel_cards(self) -> list[ChannelCard]:
        """The page of every channel, built if it was never shown."""
        return [self._page(manifest) for manifest in self.manifests]

    def activate(self) -> None:
        """Load the channels once, and put the hand on the list."""
        if not self.manifests:
            self.desk.tasks.replace("settings.channels", self._load())

    def choose(self, name: str) -> None:
        """Show a channel's page."""
        for row, manifest in enumerate(self.manifests):
            if manifest.name == name:
                self.list.setCurrentRow(row)

    async def _load(self) -> None:
        found = await channels.manifests(self.desk)
        if alive(self) and not self.manifests:
            self.manifests = found
            for _ in found:
                self.list.addItem(QListWidgetItem())
            self._fill()
            enabled = (row for row, one in enumerate(found) if self._state(one) == "on")
            self.list.setCurrentRow(next(enabled, 0))

    def _state(self, manifest: Manifest) -> str:
        if not manifest.polled:
            return "here"
        return "on" if self.desk.settings.channel(manifest.name).enabled else "off"

    def _fill(self) -> None:
        for row, manifest in enumerate(self.manifests):
            item, state = self.list.item(row), self._state(manifest)
            title = channels.title(manifest.name)
            item.setText(f" {_SIGNS[state]}  {title}")
            word = tr(f"settings.channel.state.{state}")
            item.setToolTip(tr(f"settings.channel.state.{state}"))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{title}: {word}")
            item.setSizeHint(QSize(0, self.desk.theme.pixels(_ROW)))

    def _page(self, manifest: Manifest) -> ChannelCard:
        card = self.built.get(manifest.name)
        if card is None:
            card = ChannelCard(self.desk, manifest)
            card.kept.connect(self._fill)
            card.import_wanted.connect(self._import)
            wide = self.desk.theme.pixels(READABLE)
            card.setMaximumWidth(wide)
            card.footer.setMaximumWidth(wide)
            self.built[manifest.name] = card
            holder = basic.frame()
            line = basic.row(card, margins=(0, 0, 16, 12))
            line.setAlignment(card, Qt.AlignmentFlag.AlignTop)
            line.addStretch(1)
            line.setStretch(0, 100)
            holder.setLayout(line)
            area = QScrollArea()
            area.setWidgetResizable(True)
            area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            area.setWidget(holder)
            area.setAccessibleName(channels.title(manifest.name))
            card.told.connect(lambda: area.verticalScrollBar().setValue(0))
            whole = basic.frame()
            below = basic.row(card.footer, margins=(0, 0, 24, 0))
            below.addStretch(1)
            below.setStretch(0, 100)
            column = basic.column(area, below, spacing=0)
            column.setStretch(0, 1)
            whole.setLayout(column)
            self._areas[manifest.name] = whole
            self.pages.addWidget(whole)
        return card

    def _show(self, row: int) -> None:
        if not 0 <= row < len(self.manifests):
            return
        manifest = self.manifests[row]
        self._page(manifest)
        self.pages.setCurrentWidget(self._areas[manifest.name])

    def _import(self, name: str) -> None:
        from smartcity_desk.ui.importing.dialog import ImportDialog

        manifest = next(one for one in self.manifests if one.name == name)
        ImportDialog(self.desk, manifest, self).show()

    def _setting(self, name: str) -> None:
        if name.startswith("channel."):
            self._fill()

    def retranslate(self) -> None:
        """Say every text again."""
        super().retranslate()
        self._fill()
        for card in self.built.values():
            card.retranslate()
