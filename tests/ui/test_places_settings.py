"""The page of boundaries: what is in force, what an import said, and the way back."""

from __future__ import annotations

from pathlib import Path

from smartcity_desk.place.library import PlaceLibrary
from smartcity_desk.ui.settings.places import PlacesSection
from tests.place import city
from tests.ui.kit import Kit, desk_in, show, until


def opened(kit: Kit) -> PlacesSection:
    kit.desk.directory = city.directory(city.units())
    kit.desk.places = PlaceLibrary(kit.desk.paths.place, lambda: kit.desk.directory)
    section = PlacesSection(kit.desk)
    show(section)
    section.activate()
    kit.settle()
    return section


def bring(kit: Kit, section: PlacesSection, *paths: Path) -> None:
    kit.desk.tasks.spawn(section.bring(list(paths)), name="test.bring")
    until(lambda: not section._working and bool(section._report))
    kit.settle()


def test_boundaries_come_in_with_a_report_and_are_taken_back(tmp_path: Path) -> None:
    with desk_in(tmp_path / "desk") as kit:
        section = opened(kit)
        assert "batas resmi belum dimuat" in section.state.text()
        assert not section.report.isVisible()
        assert not section.use.isEnabled()
        bring(kit, section, city.write(tmp_path / "kelurahan.geojson", city.features(city.units())))
        until(lambda: section.list.count() == 2)
        assert "Edisi kelurahan-" in section.state.text()
        assert "13 kelurahan, 3 kecamatan, 2 kota/kabupaten" in section.report.toPlainText()
        assert kit.desk.places is not None
        assert not kit.desk.places.approximate
        section.list.setCurrentRow(1)
        section.use.click()
        until(lambda: kit.desk.places is not None and kit.desk.places.approximate)
        until(lambda: "batas resmi belum dimuat" in section.state.text())
        section.close()
        section.deleteLater()


def test_what_is_refused_stays_to_be_read_and_changes_nothing(tmp_path: Path) -> None:
    with desk_in(tmp_path / "desk") as kit:
        section = opened(kit)
        less = city.features(city.units()[:-1])
        bring(kit, section, city.write(tmp_path / "kurang.geojson", less))
        assert "31.71.01.1001 Pulau Dua" in section.report.toPlainText()
        assert "SALAH: " in section.report.toPlainText()
        assert "batas resmi belum dimuat" in section.state.text()
        assert section.choose.isEnabled()
        assert kit.said
        section.close()
        section.deleteLater()


def test_a_file_that_is_no_map_is_told(tmp_path: Path) -> None:
    with desk_in(tmp_path / "desk") as kit:
        section = opened(kit)
        path = tmp_path / "a.geojson"
        path.write_bytes(b"{")
        kit.desk.tasks.spawn(section.bring([path]), name="test.bring")
        until(lambda: bool(kit.said))
        kit.settle()
        assert section.choose.isEnabled()
        section.close()
        section.deleteLater()
