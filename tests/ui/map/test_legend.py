"""The legend names all that is on the map, in as many lines as that takes."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter

from smartcity_desk.ui.map import areas
from smartcity_desk.ui.map.answers import Kind
from smartcity_desk.ui.map.legend import LINE, Legend, lines_of, paint
from tests.ui.kit import Kit, show


def test_what_does_not_fit_into_one_line_takes_another(kit: Kit) -> None:
    legend = Legend(kit.desk)
    show(legend)
    legend.resize(600, legend.height())
    legend.show_kind(Kind.POINTS, areas.PEOPLE)
    theme = kit.desk.theme
    lines = lines_of(legend.parts(), theme, 600)
    assert len(lines) > 1
    assert [part for line in lines for part, _ in line] == legend.parts()
    assert all(sum(wide for _, wide in line) <= 620 for line in lines)
    assert legend.height() == theme.pixels(LINE) * len(lines)
    legend.show_kind(Kind.HEAT, "")
    assert legend.height() == theme.pixels(LINE)
    legend.deleteLater()


def test_the_last_part_is_painted(kit: Kit) -> None:
    legend = Legend(kit.desk)
    legend.show_kind(Kind.POINTS, areas.PEOPLE)
    parts, theme = legend.parts(), kit.desk.theme
    high = theme.pixels(LINE) * len(lines_of(parts, theme, 500))
    painted = []
    for shown in (parts[:-1], parts):
        image = QImage(500, high, QImage.Format.Format_RGB32)
        image.fill(0)
        painter = QPainter(image)
        paint(painter, QRect(0, 0, 500, high), theme, shown)
        painter.end()
        painted.append(image)
    assert painted[0] != painted[1]
    legend.deleteLater()
