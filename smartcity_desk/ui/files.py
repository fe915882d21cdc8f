"""Asking where a file goes or comes from: the system's own dialog, opened and waited for without a loop of its own."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from smartcity_desk.ui.loop import shown


async def save_file(parent: QWidget, title: str, name: str, kinds: str) -> Path | None:
    """Where to save; None when it was called off. `kinds` as Qt has them: `PDF (*.pdf)`."""
    dialog = QFileDialog(parent, title, name, kinds)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(Path(name).suffix.removeprefix("."))
    dialog.selectFile(name)
    return await _chosen(dialog)


async def choose_folder(parent: QWidget, title: str, start: Path) -> Path | None:
    """Which folder; None when it was called off."""
    dialog = QFileDialog(parent, title, str(start))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    return await _chosen(dialog)


async def open_files(parent: QWidget, title: str, kinds: str) -> list[Path]:
    """Which files; none when it was called off."""
    dialog = QFileDialog(parent, title, "", kinds)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    if await shown(dialog) != QFileDialog.DialogCode.Accepted:
        return []
    return [Path(name) for name in dialog.selectedFiles()]


async def _chosen(dialog: QFileDialog) -> Path | None:
    if await shown(dialog) != QFileDialog.DialogCode.Accepted:
        return None
    found = dialog.selectedFiles()
    return Path(found[0]) if found else None
