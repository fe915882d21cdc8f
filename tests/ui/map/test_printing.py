"""What may stand on a sheet of the map: everything of the list but what a channel's terms keep inside the unit."""

from __future__ import annotations

from smartcity_desk.config import ChannelSettings
from smartcity_desk.domain.query import Filter
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
