"""Lapisan in the settings: what each holds, switching one on, a file with its preview, the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from smartcity_desk.domain.errors import AuthExpired, BadData
from smartcity_desk.domain.times import DAY
from smartcity_desk.place.layers.known import known
from smartcity_desk.place.layers.making import make
from smartcity_desk.place.layers.plans import change, plan
from smartcity_desk.sync.layers import files
from smartcity_desk.ui.layers import shelf_of
from smartcity_desk.ui.settings.layer_import import ImportDialog
from smartcity_desk.ui.settings.layers import LayersSection
from tests.ui.kit import NOW, Kit, show, until

CSV = "nama,lat,lon\nPos <b>Satu</b>,-6.20,106.80\nPos Dua,-6.21,106.81\nTanpa,,\n"


@pytest.fixture
def section(kit: Kit) -> Iterator[LayersSection]:
    found = LayersSection(kit.desk)
    show(found)
    found.activate()
    kit.settle()
    yield found
    found.close()
    found.deleteLater()


def put(kit: Kit, name: str, text: str, now: int = NOW) -> None:
    made = make(known(name), files.read(text.encode(), "pos.csv"), kit.desk.directory)
    shelf_of(kit.desk).put(name, replace(made.new, source="Dinas"), now=now)
    kit.desk.bridge.layers_changed.emit({"layer": name, "ok": True})
    kit.settle()


def test_every_layer_of_the_portal_is_there_and_says_how_it_stands(kit: Kit, section: LayersSection) -> None:
    assert section.list.count() == 8
    section.choose("pos_polisi")
    assert section.state.text() == "Belum ada isinya."
    assert not section.buttons["remove"].isEnabled()
    put(kit, "pos_polisi", CSV)
    assert "2 butir" in section.list.item(section.list.currentRow()).text()
    assert "Dinas" in section.state.text()
    kit.now += 200 * DAY
    section.retranslate()
    assert "Usang" in section.state.text()
    assert "usang" in section.list.item(section.list.currentRow()).text()
    section.choose("lalu_lintas")
    assert not section.url.isVisible()
    assert "Waze" in section.state.text()


def test_a_layer_is_switched_on_with_its_address(kit: Kit, section: LayersSection) -> None:
    section.choose("menara")
    section.on.setChecked(True)
    section.url.setText("https://peta.example/server/rest/services/Menara/FeatureServer/0")
    section.token.setText("rahasia")
    section.buttons["save"].click()
    until(lambda: plan(kit.desk.settings, "menara").enabled)
    kit.settle()
    assert plan(kit.desk.settings, "menara").ready
    assert kit.desk.secrets.get("layer/menara/token") == "rahasia"
    assert section.token.text() == ""
    section.url.setText("bukan alamat")
    section.buttons["save"].click()
    kit.settle()
    assert kit.said
    assert plan(kit.desk.settings, "menara").url.startswith("https://")


def test_a_trouble_is_told_in_words(kit: Kit, section: LayersSection) -> None:
    problem = AuthExpired(place="arcgis", reason="arcgis_token")
    shelf_of(kit.desk).failed("menara", problem, attempts=1, next_try_at=None, now=NOW)
    kit.desk.bridge.layers_changed.emit({"layer": "menara", "ok": False})
    kit.settle()
    section.choose("menara")
    assert "Server ArcGIS meminta token" in section.trouble.text()
    assert section.list.item(section.list.currentRow()).text().startswith("▲")


def test_one_layer_is_asked_for_again_and_a_loss_is_taken_in_by_a_person(
    kit: Kit, section: LayersSection, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []
    monkeypatch.setattr(kit.desk, "sync", SimpleNamespace(send=sent.append))
    change(kit.desk.settings, "spbu", enabled=True)
    put(kit, "spbu", CSV)
    section.choose("spbu")
    assert not section.buttons["accept"].isVisible()
    section.buttons["now"].click()
    assert sent == [{"cmd": "pull", "layer": "spbu", "force": False}]
    problem = BadData("layer", "layer_collapse", value=3, known=20)
    shelf_of(kit.desk).failed("spbu", problem, attempts=1, next_try_at=None, now=NOW)
    kit.desk.bridge.layers_changed.emit({"layer": "spbu", "ok": False})
    kit.settle()
    assert section.buttons["accept"].isVisible()
    section.buttons["accept"].click()
    assert sent[1:] == [{"cmd": "pull", "layer": "spbu", "force": True}]


def test_there_is_a_way_back_and_content_can_be_removed(kit: Kit, section: LayersSection) -> None:
    put(kit, "pos_polisi", CSV)
    put(kit, "pos_polisi", CSV.replace("Dua", "Tiga"), NOW + 1)
    section.choose("pos_polisi")
    before = shelf_of(kit.desk).before("pos_polisi")
    assert before is not None
    section.buttons["before"].click()
    kit.settle()
    current = shelf_of(kit.desk).about("pos_polisi")
    assert current is not None
    assert current.edition == before.edition
    section.buttons["remove"].click()
    kit.settle()
    assert shelf_of(kit.desk).about("pos_polisi") is None


def test_a_file_is_shown_before_it_counts(kit: Kit, section: LayersSection, tmp_path: Path) -> None:
    path = tmp_path / "pos.csv"
    path.write_text(CSV, encoding="utf-8")
    dialog = ImportDialog(kit.desk, known("pos_polisi"), path, section)
    dialog.show()
    kit.settle()
    told = dialog.report.toPlainText()
    assert "Pos polisi: 2 (titik)" in told
    assert "Pos <b>Satu</b>" in told
    assert "1 dilewati: tanpa letak yang terbaca." in told
    assert "Kolom: nama, lat, lon" in told
    assert shelf_of(kit.desk).about("pos_polisi") is None
    dialog.fields["licence"].setText("CC BY 4.0")
    dialog.again.click()
    kit.settle()
    dialog.accept_button.click()
    kit.settle()
    about = shelf_of(kit.desk).about("pos_polisi")
    assert about is not None
    assert (about.count, about.licence, about.source) == (2, "CC BY 4.0", "pos.csv")
    dialog.deleteLater()


def test_a_file_that_is_none_says_why_and_esc_leaves_everything(
    kit: Kit, section: LayersSection, tmp_path: Path
) -> None:
    path = tmp_path / "pos.csv"
    path.write_text("nama,lat,lon\nA,106.8,-6.2\n", encoding="utf-8")
    dialog = ImportDialog(kit.desk, known("pos_polisi"), path, section)
    dialog.show()
    kit.settle()
    assert "tertukar" in dialog.trouble.text()
    assert not dialog.accept_button.isEnabled()
    dialog.swap.setChecked(True)
    dialog.read()
    kit.settle()
    assert dialog.accept_button.isEnabled()
    dialog.read()
    dialog.reject()
    kit.settle()
    assert shelf_of(kit.desk).about("pos_polisi") is None
    dialog.deleteLater()
