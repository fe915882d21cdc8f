"""Keeping a filter as a view of one's own: the questions that it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.query import Filter, View
from smartcity_desk.ui.loop import shown
from smartcity_desk.ui.triage.popover import NameDialog
from smartcity_desk.ui.triage.views import Views

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk


async def ask_to_save(desk: Desk, views: Views, wanted: Filter, window: QWidget) -> View | None:
    """Ask for a name and keep the filter under it; None when the operator thinks better of it."""
    name = await _ask(desk, "view.save", "", window)
    if name is None:
        return None
    view = views.save(name, wanted)
    await save_settings(desk)
    return view


async def ask_to_rename(desk: Desk, views: Views, view: View, window: QWidget) -> View | None:
    """Ask for another name for a view."""
    name = await _ask(desk, "view.rename", view.name, window)
    if name is None:
        return None
    views.rename(view.key, name)
    await save_settings(desk)
    return views.get(view.key)


async def save_settings(desk: Desk) -> None:
    """Write the settings on the errands lane; a full disk is told and nothing else."""
    try:
        await desk.errands.run(desk.settings.save)
    except DeskError as problem:
        desk.notify.error(problem)


async def _ask(desk: Desk, command: str, name: str, window: QWidget) -> str | None:
    dialog = NameDialog(desk, desk.commands.title(command), name, window)
    return dialog.name if await shown(dialog) == NameDialog.DialogCode.Accepted else None
