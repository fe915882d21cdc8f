"""The sheets that lie over any screen, each loaded when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from smartcity_desk.ui.loop import shown

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk


def bind(desk: Desk, window: QWidget) -> None:
    """Let Ctrl+K and ? open their sheets over a window."""

    def palette() -> None:
        from smartcity_desk.ui.palette import Palette

        desk.tasks.replace("app.palette", shown(Palette(desk, window)))

    def keys() -> None:
        from smartcity_desk.ui.help_sheet import HelpSheet

        desk.tasks.replace("app.help", shown(HelpSheet(desk, window)))

    def entry() -> None:
        from smartcity_desk.ui.entry.dialog import EntryDialog

        open_ones = [one for one in window.findChildren(EntryDialog) if one.isVisible()]
        there = open_ones[0] if open_ones else EntryDialog(desk, window)
        there.show()
        there.raise_()
        there.activateWindow()

    desk.commands.bind("entry.new", entry)
    desk.commands.bind("app.palette", palette)
    desk.commands.bind("app.help", keys)
