"""The page of decisions: the switch, and which routing knowledge is in force."""

from __future__ import annotations

from pathlib import Path

from smartcity_desk.domain.routing import RouteRule, Routing
from smartcity_desk.domain.times import DAY
from smartcity_desk.ui.settings.decisions import DecisionsSection
from tests.ui.kit import NOW, desk_in, show


def test_the_versions_of_the_routing_are_told_the_newest_first(tmp_path: Path) -> None:
    with desk_in(tmp_path / "desk") as kit:
        rule = RouteRule("sampah", "{kelurahan}", "nota dinas", "nota dinas 4/2026")
        coming = Routing("kota-2027", NOW + DAY, (rule,), note="perlu konfirmasi")
        kit.desk.store.set_directory(kit.desk.directory, "2", NOW, routing=[coming])
        section = DecisionsSection(kit.desk)
        show(section)
        section.activate()
        kit.settle()
        newest, shipped = section.routing.text().splitlines()
        assert newest.startswith("◌ kota-2027, berlaku mulai")
        assert newest.endswith("(perlu konfirmasi)")
        assert shipped.startswith("● 2026-default, berlaku sejak")
        section.close()
        section.deleteLater()
