"""*Ambil dari berkas*: guessed, shown before anything is written, taken in, stopped, and remembered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smartcity_desk import i18n
from smartcity_desk.config import IMPORT_COLUMNS
from smartcity_desk.domain.query import BUILTIN_VIEWS
from smartcity_desk.sync.registry import CHANNELS
from smartcity_desk.sync.tables import importing
from smartcity_desk.sync.tables.columns import Target
from smartcity_desk.ui.importing.dialog import ImportDialog
from tests.ui import crawl
from tests.ui.kit import Kit, show, until

ALL = next(view.filter for view in BUILTIN_VIEWS if view.key == "all")


def table(folder: Path, rows: int = 30, *, bad: int = 0) -> Path:
    lines = ["nomor;tanggal;isi;kategori;alamat;pelapor"]
    for n in range(rows):
        at = "kemarin" if n < bad else f"{1 + n % 28:02d}/11/2026 08:15"
        lines.append(f"B{n};{at};Sampah menumpuk di gang {n};Sampah menumpuk;Kel. Tebet Timur;warga {n}")
    path = folder / "balai warga.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def opened(kit: Kit, path: Path) -> ImportDialog:
    dialog = ImportDialog(kit.desk, CHANNELS["petabencana"].manifest)
    show(dialog, 1100, 640)
    dialog.take(path)
    kit.settle()
    return dialog


def count(kit: Kit) -> int:
    return kit.desk.store.count(ALL, now=kit.now)


def test_a_file_is_looked_at_before_anything_is_written(kit: Kit, tmp_path: Path) -> None:
    dialog = opened(kit, table(tmp_path, bad=2))
    chosen = {target: box.currentData() for target, box in dialog.fields.items() if box.currentData()}
    assert chosen == {
        Target.ID: "nomor",
        Target.TIME: "tanggal",
        Target.TEXT: "isi",
        Target.CATEGORY: "kategori",
        Target.ADDRESS: "alamat",
        Target.AUTHOR: "pelapor",
    }
    assert dialog.rows.rowCount() == 20
    trouble = dialog.rows.item(0, 1)
    assert trouble is not None
    assert "Waktu" in trouble.text()
    assert "2 dari 20" in dialog.said.text()
    assert count(kit) == 0
    assert dialog.start.isEnabled()
    time = dialog.fields[Target.TIME]
    time.setCurrentIndex(0)
    time.activated.emit(0)
    until(lambda: not dialog.start.isEnabled())
    assert "Tentukan dulu" in dialog.said.text()
    dialog.close()


def test_it_is_taken_in_once_and_the_columns_are_remembered(kit: Kit, tmp_path: Path) -> None:
    path = table(tmp_path, bad=2)
    dialog = opened(kit, path)
    heading = dialog.fields[Target.TITLE].findData("alamat")
    dialog.fields[Target.TITLE].setCurrentIndex(heading)
    dialog.fields[Target.TITLE].activated.emit(heading)
    until(lambda: dialog.frame is not None and Target.TITLE in dialog.frame.columns.of)
    dialog.run()
    kit.settle()
    assert "28 baru" in dialog.said.text()
    assert "2 tidak terbaca" in dialog.said.text()
    assert count(kit) == 28
    assert kit.desk.store.quarantine_counts() == {"petabencana": 2}
    kept: dict[str, object] = json.loads(json.dumps(kit.desk.settings.get(IMPORT_COLUMNS)))
    assert kept["petabencana"]["columns"]["title"] == "alamat"  # type: ignore[index]
    dialog.close()
    again = opened(kit, path)
    assert again.fields[Target.TITLE].currentData() == "alamat"
    again.run()
    kit.settle()
    assert "0 baru, 0 berubah, 28 sudah ada" in again.said.text()
    (detail,) = [kit.desk.store.find("petabencana", "B5")]
    assert detail is not None
    assert detail.report.author is not None
    assert "warga" not in repr(detail.report)
    again.close()


def test_a_long_file_can_be_stopped_and_what_came_stays(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 10)
    dialog = opened(kit, table(tmp_path, rows=400))
    dialog.run()
    assert not dialog.start.isEnabled()
    until(lambda: dialog.bar.value() > 0)
    dialog.stop.click()
    kit.settle()
    assert "Dihentikan" in dialog.said.text()
    assert 0 < count(kit) < 400
    dialog.run()
    kit.settle()
    assert count(kit) == 400
    dialog.close()


def test_a_file_that_is_none_is_refused_with_words(kit: Kit, tmp_path: Path) -> None:
    broken = tmp_path / "rusak.xlsx"
    broken.write_bytes(b"PK\x03\x04" + b"0" * 100)
    dialog = opened(kit, broken)
    assert "utuh" in dialog.said.text()
    assert not dialog.start.isEnabled()
    dialog.take(table(tmp_path))
    kit.settle()
    assert dialog.start.isEnabled()
    dialog.delimiter.setCurrentIndex(dialog.delimiter.findData(","))
    dialog.delimiter.activated.emit(1)
    kit.settle()
    assert not dialog.start.isEnabled()
    dialog.close()


def test_the_window_may_go_while_it_runs(kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 10)
    dialog = opened(kit, table(tmp_path, rows=400))
    dialog.run()
    until(lambda: count(kit) > 0)
    dialog.close()
    kit.settle()
    assert count(kit) < 400
    assert "Dihentikan" in kit.said[-1].text


@pytest.mark.parametrize(("spoken", "other"), [("id", "en"), ("en", "id")])
def test_every_control_has_a_name_in_the_language_spoken(
    kit: Kit, tmp_path: Path, spoken: str, other: str
) -> None:
    i18n.set_language(spoken)
    dialog = opened(kit, table(tmp_path, bad=1))
    assert crawl.nameless(dialog) == []
    assert crawl.out_of_reach(dialog) == []
    headings = {"nomor", "tanggal", "isi", "kategori", "alamat", "pelapor"}  # of the file: nobody's language
    assert [text for text in crawl.strangers(dialog, spoken, other) if text not in headings] == []
    dialog.close()
