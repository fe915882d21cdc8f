"""The city's layers on the health screen: one card, what is wrong first; what to do about one stands in Pengaturan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from smartcity_desk.i18n import tr
from smartcity_desk.ui import errors_text, formats
from smartcity_desk.ui.layers import shelf_of, title_of
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk


@dataclass(frozen=True, slots=True)
class LayerLine:
    """How one layer stands: when its edition was new (ms UTC, None: there is none), whether it is old, its trouble."""

    title: str
    old_at: int | None
    stale: bool
    error: str
    params: tuple[tuple[str, object], ...] = ()


def read(desk: Desk, now: int) -> tuple[LayerLine, ...]:
    """The layers that are asked for or there, what is wrong first. Reads files: on the errands' thread."""
    from smartcity_desk.place.layers.plans import plan, plans

    shelf = shelf_of(desk)
    names = dict.fromkeys([*(one.name for one in plans(desk.settings) if one.enabled), *shelf.names()])
    found = []
    for name in names:
        about, state = shelf.about(name), shelf.state(name)
        asked = plan(desk.settings, name).enabled
        if not asked and about is None:
            continue
        old_at = None if about is None else about.old_at()
        stale = about is not None and now - about.old_at() > about.stale_after
        error = (state.error or "") if asked else ""
        found.append(LayerLine(title_of(name, about), old_at, stale, error, tuple(state.params.items())))
    return tuple(sorted(found, key=lambda line: (not line.error, not line.stale, line.title)))


def words(line: LayerLine, now: int) -> str:
    """A sign, the name, its age, and what is wrong."""
    age = tr("common.never") if line.old_at is None else formats.ago(min(line.old_at, now), now)
    if line.error:
        what = errors_text.of_code(line.error, dict(line.params)).what
        return f"▲ {line.title}: {age}. {what}"
    if line.stale:
        return f"◌ {line.title}: {age}, {tr('map.layer.stale')}"
    return f"{'○' if line.old_at is None else '●'} {line.title}: {age}"


class LayersCard(QFrame):
    """Shown while there are layers."""

    settings_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("ground", "card")
        self.title = basic.label(bold=True)
        self.text = basic.label(wrap=True, step=-1)
        self.button = basic.button(kind="quiet")
        self.button.clicked.connect(self.settings_wanted)
        line = basic.row(self.title, spacing=12, margins=(12, 4, 8, 4))
        line.addWidget(self.text, 1)
        line.addWidget(self.button)
        self.setLayout(line)
        self.hide()

    def show_lines(self, lines: tuple[LayerLine, ...], now: int) -> None:
        """Show how the layers stand; nothing where there are none."""
        self.title.setText(tr("health.layers"))
        self.button.setText(tr("shell.screen.settings"))
        self.button.setAccessibleName(f"{tr('health.layers')}: {tr('shell.screen.settings')}")
        self.text.setText("\n".join(words(line, now) for line in lines))
        self.setAccessibleName(tr("health.layers"))
        self.setVisible(bool(lines))
