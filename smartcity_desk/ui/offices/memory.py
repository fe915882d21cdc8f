"""How the operator left the screen: filter, order, charts, widths of columns and parts. Saved with other settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smartcity_desk.config import GRID_WIDTHS, OFFICES, SPLITTERS, Json

if TYPE_CHECKING:
    from PySide6.QtWidgets import QSplitter

    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.widgets.grid import Grid


class Memory:
    """Reads and notes; who changes something says so."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def get(self, name: str, default: Any) -> Any:
        """One note, or the default where there is none of its kind."""
        found = self._desk.settings.get(OFFICES).get(name, default)
        return found if type(found) is type(default) else default

    def note(self, **values: Json) -> None:
        """Write notes down."""
        notes: dict[str, Json] = self._desk.settings.get(OFFICES).copy()
        notes.update(values)
        self._desk.settings.set(OFFICES, notes)

    def restore_grid(self, name: str, grid: Grid) -> None:
        """Columns as they were left."""
        widths = self._desk.settings.get(GRID_WIDTHS).get(f"offices.{name}")
        if isinstance(widths, dict):
            grid.set_widths(widths)

    def note_grid(self, name: str, grid: Grid) -> None:
        """Note the widths that a hand has chosen: a better default of a later version reaches everybody else."""
        kept: dict[str, Json] = self._desk.settings.get(GRID_WIDTHS).copy()
        widths: dict[str, Json] = dict(grid.widths)
        kept.pop(f"offices.{name}", None)
        if widths:
            kept[f"offices.{name}"] = widths
        self._desk.settings.set(GRID_WIDTHS, kept)

    def restore_split(self, name: str, split: QSplitter, usual: list[int]) -> None:
        """Parts as they were left, else as usual (pixels at 100 % text; only their proportion counts)."""
        sizes = self._desk.settings.get(SPLITTERS).get(f"offices.{name}")
        wanted = [size for size in sizes if isinstance(size, int)] if isinstance(sizes, list) else []
        split.setSizes(wanted if len(wanted) == len(usual) and all(wanted) else usual)

    def note_split(self, name: str, split: QSplitter) -> None:
        """Note where the parts meet."""
        splitters: dict[str, Json] = self._desk.settings.get(SPLITTERS).copy()
        splitters[f"offices.{name}"] = list[Json](split.sizes())
        self._desk.settings.set(SPLITTERS, splitters)
