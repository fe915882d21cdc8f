"""What was being entered when the desk last ended, told once at the next start: a caller may wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui.entry.drafts import Drafts
from smartcity_desk.ui.notify import Deed, Level

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk

SLOT = "entry"


async def tell(desk: Desk) -> None:
    """Say how many drafts there are and the key that goes on with the newest; nothing where there are none."""
    found = await desk.errands.run(Drafts(desk.paths.profile_dir).all)
    if found:
        go_on = Deed(
            tr("entry.draft.go_on", key=desk.commands.shown_key("entry.new")),
            lambda: desk.commands.run("entry.new"),
        )
        text = trn("entry.draft.waiting", len(found))
        desk.notify.say(text, Level.WARNING, deed=go_on, seconds=30.0, replaces=SLOT)
