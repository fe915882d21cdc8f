"""What may stand on a sheet of the map: everything of the list but what a channel's terms keep inside the unit."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics

from smartcity_desk import i18n
from smartcity_desk.config import ChannelSettings
from smartcity_desk.domain.query import Filter
from smartcity_desk.sync import registry
from smartcity_desk.ui import theme
from smartcity_desk.ui.map import printing
from tests.ui.kit import NOW, Kit
from tests.ui.map.conftest import OpenMap, placed


def test_a_sheet_has_no_report_of_a_channel_without_export_and_says_how_many(kit: Kit) -> None:
    kit.ingest([placed(n) for n in range(5)])
    kit.ingest([placed(n, channel="waze") for n in range(5, 8)], channel="waze")
    store, settings = kit.desk.store, kit.desk.settings
    every = store.ids(Filter(), now=NOW)
    found = printing.printable(store, settings, every, NOW)
    assert len(found.pks) == 5
    assert found.withheld == {"waze": 3}
    assert [pk for pk in every if pk in set(found.pks)] == list(found.pks), "the order stays"
    settings.set_channel("waze", ChannelSettings(export=True))
    found = printing.printable(store, settings, every, NOW)
    assert (list(found.pks), found.withheld) == (list(every), {})
    assert "waze" not in found.closed


def test_no_sheet_has_the_point_of_a_confidential_report(kit: Kit) -> None:
    from smartcity_desk.ui.map.points import PointBook

    kit.ingest([placed(1), placed(2, private=True)])
    book = PointBook()
    book.load(kit.desk.store)
    assert len(book.shown(kit.desk.store.ids(Filter(), now=NOW), NOW)) == 1


def test_the_sheet_is_drawn_of_what_may_stand_on_it(city_map: OpenMap) -> None:
    kit = city_map.kit
    kit.ingest([placed(n, channel="waze") for n in range(100, 103)], channel="waze")
    city_map.after(city_map.screen._take_in)
    content = kit.run(printing.draw_sheet(kit.desk, city_map.face))
    assert content.startswith(b"%PDF")


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_foot_says_first_what_limits_the_sheet_and_has_room_for_it(
    city_map: OpenMap, language: str
) -> None:
    """Eleven channels that may not be printed: the word that the borders are none was cut off at the page's edge."""
    i18n.set_language(language)
    withheld = dict.fromkeys(registry.CHANNELS, 12_345)
    _, _, foot = printing._texts(city_map.kit.desk, city_map.face, 0, withheld)
    assert foot[0] == i18n.tr("map.caption.approximate")
    metrics = QFontMetrics(theme.make("light").font(step=-1))
    wrap = int(Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)
    needed = metrics.boundingRect(QRect(0, 0, printing.WIDTH, 1_000), wrap, "\n".join(foot)).height()
    assert needed <= printing.FOOT
    assert 44 + printing.HEIGHT + 24 + printing.FOOT <= 190 / 25.4 * 96
