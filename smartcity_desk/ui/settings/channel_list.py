"""Every channel of this program, a card each, made from the manifests."""

from __future__ import annotations

from smartcity_desk.ui import channels
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.settings.channel_card import ChannelCard
from smartcity_desk.ui.settings.section import Section


class ChannelSection(Section):
    """The manifests load in a thread when the page is first shown."""

    title_key = "settings.channel.title"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.channel_cards: list[ChannelCard] = []
        self.cards.addWidget(self.note("settings.channel.note"))

    def activate(self) -> None:
        """Load the cards once."""
        if not self.channel_cards:
            self.desk.tasks.replace("settings.channels", self._load())

    async def _load(self) -> None:
        found = await channels.manifests(self.desk)
        if alive(self) and not self.channel_cards:
            for manifest in found:
                card = ChannelCard(self.desk, manifest)
                self.channel_cards.append(card)
                self.cards.addWidget(card)

    def retranslate(self) -> None:
        """Say every text again."""
        super().retranslate()
        for card in self.channel_cards:
            card.retranslate()
