"""Where this desk has pictures of officials decoded: in a process that may die of one, and never in its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from smartcity_desk.sync.darkroom import Darkroom
    from smartcity_desk.ui.services import Desk

VIEW_SIDE: Final = 2_400
"""Points along the longer side: the letters of a scanned sheet can still be read."""


def room_of(desk: Desk) -> Darkroom:
    """The darkroom of this sitting. Cheap; developing in it blocks, so that is for a thread of errands."""
    if desk.darkroom is None:
        from smartcity_desk.sync.darkroom import Darkroom

        desk.darkroom = Darkroom(view_side=VIEW_SIDE)
    return desk.darkroom


def close(desk: Desk) -> None:
    """End its process, if there is one; also in the middle of a picture."""
    if desk.darkroom is not None:
        desk.darkroom.close()
