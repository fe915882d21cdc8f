"""What the screens may know of the channels. Loading the registry costs a fifth of a second: it happens in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartcity_desk.i18n import has_text, tr
from smartcity_desk.ui.formats import one_line

if TYPE_CHECKING:
    from smartcity_desk.sync.channel import Manifest
    from smartcity_desk.ui.services import Desk


async def manifests(desk: Desk) -> list[Manifest]:
    """Every channel of this program, in the order in which they are shown."""

    def load() -> list[Manifest]:
        from smartcity_desk.sync.registry import CHANNELS

        return [entry.manifest for entry in CHANNELS.values()]

    return await desk.errands.run(load)


def title(name: str) -> str:
    """A channel's name as people know it."""
    key = f"channel.{name}.title"
    return tr(key) if name.isidentifier() and has_text(key) else one_line(name, 40)
