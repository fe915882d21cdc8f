"""The report panel on a small screen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from smartcity_desk import i18n
from smartcity_desk.ui import theme
from tests.ui.kit import Kit, make_report, show, until
from tests.ui.triage.conftest import opened


@pytest.mark.parametrize("percent", [100, 150, 200])
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_narrow_panel_cuts_nothing_at_its_edge(kit: Kit, percent: int, language: str) -> None:
    """On 1280 pixels the panel has 300: what is too wide breaks, and the courses stand above the small map."""
    i18n.set_language(language)
    kit.ingest(
        [make_report(n, text="sampah menumpuk di Jl. Mawar", place_hint="Tebet Timur") for n in range(3)]
    )
    kit.desk.theme = theme.make("light", percent=percent)
    theme.apply(kit.desk.theme)
    screen = opened(kit, "all")
    show(screen, 1280, 720)
    panel = screen.panel
    inside = panel.widget()
    assert inside is not None
    until(lambda: panel.courses.isVisible() and panel.minimap.isVisible())
    kit.settle()
    assert inside.width() == panel.viewport().width()
    room = inside.width()
    for part in inside.findChildren(QWidget):
        if part.isVisible():
            left = part.mapTo(inside, QPoint(0, 0)).x()
            assert left + part.width() <= room, part
    for row in panel.courses._rows:
        for line in row.button.text().splitlines() if row.isVisible() else ():
            assert row.button.fontMetrics().horizontalAdvance(line.replace("&&", "&")) <= row.button.width()
    assert panel.courses.y() < panel.minimap.y()
    screen.close()
