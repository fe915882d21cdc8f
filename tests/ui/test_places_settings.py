"""The page of boundaries: what is in force, what an import said, and the way back."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from smartcity_desk.central import bundles
from smartcity_desk.config import CENTRAL_URL
from smartcity_desk.place import importing
from smartcity_desk.place.library import PlaceLibrary
from smartcity_desk.ui import doors
from smartcity_desk.ui.settings.places import PlacesSection
from tests.central.world import PASSWORD
from tests.fakes.central_server import central_server
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
        for name, text in (("source", "Dinas Uji"), ("licence", "CC BY 4.0"), ("as_of", "2026-01-31")):
            section.said[name].setText(text)
        bring(kit, section, city.write(tmp_path / "kelurahan.geojson", city.features(city.units())))
        until(lambda: section.list.count() == 2)
        assert "Edisi kelurahan-" in section.state.text()
        assert "Sumber: Dinas Uji. Lisensi: CC BY 4.0. Per tanggal: 31 Jan 2026." in section.state.text()
        assert "13 kelurahan, 3 kecamatan, 2 kota/kabupaten" in section.report.toPlainText()
        assert "tidak disebut" not in section.report.toPlainText()
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


def test_an_import_says_how_far_it_is_and_can_be_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, half, going = importing.bring, threading.Event(), threading.Event()

    def slow(editions: Any, wanted: Any, directory: Any, *, told: Any) -> Any:
        told(500, 1_000)
        half.set()
        assert going.wait(20)
        return real(editions, wanted, directory, told=told)

    monkeypatch.setattr(importing, "bring", slow)
    with desk_in(tmp_path / "desk") as kit:
        section = opened(kit)
        path = city.write(tmp_path / "kelurahan.geojson", city.features(city.units()))
        kit.desk.tasks.spawn(section.bring([path]), name="test.bring")
        until(half.is_set)
        until(lambda: section.progress.text() == "50 %")
        assert section.bar.value() == 500
        assert section.stop_button.isVisible()
        assert not section.choose.isEnabled()
        section.stop_button.click()
        assert not section.stop_button.isEnabled()
        going.set()
        until(lambda: bool(kit.said))
        kit.settle()
        assert "tidak berubah" in kit.said[0].text
        assert "batas resmi belum dimuat" in section.state.text()
        assert not section.stop_button.isVisible()
        assert section.list.count() == 1
        assert not list(kit.desk.places.editions.incoming.iterdir()) if kit.desk.places else False
        section.close()
        section.deleteLater()


def test_boundaries_come_from_the_central_server_once(tmp_path: Path) -> None:
    made = city.units()
    plain = city.write(tmp_path / "kelurahan.geojson", city.features(made))
    packed = tmp_path / "place.zip"
    with desk_in(tmp_path / "desk") as kit, central_server(tmp_path / "server") as running:
        section = opened(kit)
        assert not section.fetch_button.isEnabled()
        assert "Alamat server pusat belum diisi" in section.fetch_button.toolTip()
        desk = kit.desk
        desk.settings.set(CENTRAL_URL, running.url)
        door = doors.CentralDoor(desk.secrets, desk.clock)
        kit.run(desk.errands.run(door.log_in, running.url, "oki", PASSWORD, "meja"))
        section.activate()
        kit.settle()

        def fetch() -> str:
            before = len(kit.said)
            section.fetch_button.click()
            until(lambda: len(kit.said) > before)
            kit.settle()
            return kit.said[-1].text

        assert "belum menyediakan paket batas" in fetch()
        assert desk.places is not None
        importing.assemble(desk.places.editions, importing.Wanted(plain), desk.directory, packed)
        bundles.load(running.settings, packed)
        assert "berlaku" in fetch()
        assert "13 kelurahan" in section.report.toPlainText()
        assert not desk.places.approximate
        assert "sama dengan yang terakhir diambil" in fetch()
        assert not list(desk.places.editions.folder.glob("fetch-*"))
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
