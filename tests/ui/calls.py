"""*Laporan baru* as its tests begin: something to lie over, the dialog on it, and the drafts that are laid aside."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from smartcity_desk.ui import sheets
from smartcity_desk.ui.entry.dialog import EntryDialog
from smartcity_desk.ui.entry.drafts import Draft, Drafts
from tests.ui.kit import Kit, show


def ground(kit: Kit) -> QWidget:
    """Anything that a dialog can lie over."""
    made = QWidget()
    sheets.bind(kit.desk, made)
    show(made)
    return made


def opened(kit: Kit, window: QWidget) -> EntryDialog:
    """The dialog, opened as by its key."""
    assert kit.desk.commands.run("entry.new")
    kit.settle()
    (found,) = [one for one in window.findChildren(EntryDialog) if one.isVisible()]
    return found


def drafts(kit: Kit) -> list[Draft]:
    """What is laid aside."""
    return Drafts(kit.desk.paths.profile_dir).all()
