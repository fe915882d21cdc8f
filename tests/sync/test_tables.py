"""Files of reports: guessed right, hostile ones refused, no row dropped, and the same file twice changes nothing."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.directory import builtin_directory, load_policy
from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.query import BUILTIN_VIEWS
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind, Status
from smartcity_desk.domain.times import JAKARTA, from_datetime, from_iso
from smartcity_desk.store import Store
from smartcity_desk.sync import reread
from smartcity_desk.sync.layers import csvfile
from smartcity_desk.sync.registry import CHANNELS
from smartcity_desk.sync.tables import importing, workbook
from smartcity_desk.sync.tables.columns import PRESETS, Columns, Target, from_json, guess
from smartcity_desk.sync.tables.importing import REPEATED, Imported, bring, frame_for, look
from smartcity_desk.sync.tables.mapping import Frame, to_report
from smartcity_desk.sync.tables.reading import (
    MOST_COLUMNS,
    Broken,
    Row,
    Table,
    guess_delimiter,
    guess_encoding,
    open_table,
)
from smartcity_desk.sync.tables.times import DateOrder, guess_order, read

NOW = from_iso("2026-11-23T09:00:00+07:00")
ALL = next(view.filter for view in BUILTIN_VIEWS if view.key == "all")
ABOUT = CHANNELS["petabencana"].manifest


def written(folder: Path, content: bytes | str, name: str = "laporan.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def book(folder: Path, *rows: list[Any], name: str = "laporan.xlsx") -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    path = folder / name
    made.save(path)
    return path


def framed(table: Table, columns: Columns | None = None) -> Frame:
    chosen = guess(table.headings) if columns is None else columns
    return frame_for(table, ABOUT, chosen, pseudonym=lambda who: f"p-{who}", directory=builtin_directory(NOW))


def store_in(folder: Path) -> Store:
    store = Store.open(folder / "desk.db", now=NOW, policy=load_policy())
    store.set_directory(builtin_directory(NOW), "1", NOW)
    return store


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters_are_read_as_they_were_written(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "waktu;isi\n2026-11-22;Café di Jl. Sabang – banjir\n".encode(encoding))
    table = open_table(path)
    assert table.headings == ("waktu", "isi")
    (row,) = table.rows()
    assert row == Row(2, ("2026-11-22", "Café di Jl. Sabang – banjir"))
    assert guess_encoding(path.read_bytes()) == encoding.removesuffix("-sig")


@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12),
            min_size=2,
            max_size=4,
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([",", ";", "\t", "|"]),
)
def test_what_csv_writes_is_read_back(rows: list[list[str]], mark: str) -> None:
    width = len(rows[0])
    rows = [(row + [""] * width)[:width] for row in rows]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=mark, quoting=csv.QUOTE_ALL)
    writer.writerow([f"kolom {n}" for n in range(width)])
    writer.writerows(rows)
    lines = list(io.StringIO(out.getvalue(), newline=""))
    table = Table(tuple(f"kolom {n}" for n in range(width)), delimiter=mark, _lines=lines, _first=1)
    found = [row.cells for row in table.rows() if isinstance(row, Row)]
    assert found == [tuple(row) for row in rows if any(cell.strip() for cell in row)]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_mark_between_cells_is_the_one_that_cuts_evenly(mark: str) -> None:
    lines = [
        mark.join(["a, b" if mark != "," else "a", "c;d" if mark != ";" else "c", str(n)]) for n in range(9)
    ]
    assert guess_delimiter(lines) == mark


def test_a_row_that_breaks_the_rules_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    long = '"' + "x" * 60_000
    path = written(
        tmp_path, f"waktu,isi\n2026-11-22,satu\n2026-11-22,dua,tiga,empat\n{long}\n2026-11-23,lima\n"
    )
    found = list(open_table(path).rows())
    assert [type(row) for row in found] == [Row, Broken, Broken, Row]
    assert [row.reason for row in found if isinstance(row, Broken)] == ["cells", "row"]
    assert found[-1] == Row(5, ("2026-11-23", "lima"))


def test_a_layer_that_is_read_meanwhile_moves_no_limit(tmp_path: Path) -> None:
    """The csv module has one limit for the whole process: reports and layers are read side by side."""
    shape = "1" * 150_000
    path = written(
        tmp_path, f'waktu,isi\n2026-11-22,satu\n"{"x" * 60_000}\n2026-11-22,"dua"\n2026-11-23,lima\n'
    )
    lines = open_table(path).rows()
    assert isinstance(next(lines), Row)
    assert csvfile.rows(f"nama,bentuk\na,{shape}\n".encode()) == [{"nama": "a", "bentuk": shape}]
    assert [type(row) for row in lines] == [Broken, Row, Row]


def test_headings_have_names_of_their_own_and_empty_rows_are_no_rows(tmp_path: Path) -> None:
    path = written(tmp_path, "\n\nwaktu,,isi,isi,\n\n2026-11-22,a,b,c\n,,,\n")
    table = open_table(path)
    assert table.headings == ("waktu", "#2", "isi", "isi #4")
    assert [row.cells for row in table.rows() if isinstance(row, Row)] == [("2026-11-22", "a", "b", "c")]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "table_empty"),
        (b"\n\n", "table_empty"),
        (b"PK\x03\x04rusak", "table_not_xlsx"),
        (b"\xd0\xcf\x11\xe0lama", "table_not_xlsx"),
        (",".join(f"k{n}" for n in range(MOST_COLUMNS + 1)).encode(), "table_no_columns"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, key: str) -> None:
    with pytest.raises(BadData) as caught:
        open_table(written(tmp_path, content))
    assert caught.value.key == key


def test_a_file_that_is_not_there_or_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadData) as caught:
        open_table(tmp_path / "tiada.csv")
    assert caught.value.key == "table_missing"
    monkeypatch.setattr("smartcity_desk.sync.tables.reading.MOST_BYTES", 10)
    with pytest.raises(BadData) as caught:
        open_table(written(tmp_path, "waktu,isi\n2026-11-22,banjir\n"))
    assert caught.value.key == "table_too_large"


def test_more_rows_than_a_file_may_have_are_refused_and_not_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartcity_desk.sync.tables.reading.MOST_ROWS", 3)
    rows = open_table(written(tmp_path, "waktu,isi\n" + "2026-11-22,banjir\n\n" * 4)).rows()
    assert len([next(rows) for _ in range(3)]) == 3
    with pytest.raises(BadData) as caught:
        next(rows)
    assert caught.value.key == "table_too_large"


# ---------------------------------------------------------------- workbooks


def test_a_workbook_is_read_as_texts_and_nothing_is_computed(tmp_path: Path) -> None:
    path = book(
        tmp_path,
        ["nomor", "waktu", "isi", "lat", "lon"],
        [7, datetime.fromisoformat("2026-11-22T08:30"), "<b>lubang</b>", -6.23, 106.85],
        ["=1+1", "22/11/2026", "=HYPERLINK(1)", None, None],
    )
    table = open_table(path)
    assert table.sheets == ("Sheet",)
    first, second = table.rows()
    assert isinstance(first, Row)
    assert isinstance(second, Row)
    assert first.cells == ("7", "2026-11-22 08:30:00", "<b>lubang</b>", "-6.23", "106.85")
    assert "2" not in second.cells[0]  # a formula that no spreadsheet has computed is empty, never evaluated
    found = look(table, framed(table))
    assert found[0].report is not None
    assert found[0].report.reported_at == from_iso("2026-11-22T08:30:00+07:00")


def repacked(path: Path, change: Callable[[str, bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, change(part.filename, old.read(part)))
    return out.getvalue()


ENTITY = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>'


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda name, body: ENTITY + body if "sheet1" in name else body, "table_hostile"),
        (lambda name, body: body.decode().encode("utf-16") if "sheet1" in name else body, "table_hostile"),
        (lambda name, body: body[: len(body) // 2] if "sheet1" in name else body, "table_not_xlsx"),
    ],
)
def test_a_hostile_or_damaged_workbook_is_refused(
    tmp_path: Path, change: Callable[[str, bytes], bytes], key: str
) -> None:
    good = book(tmp_path, ["waktu", "isi"], *(["2026-11-22", f"banjir {n}"] for n in range(50)))
    path = written(tmp_path, repacked(good, change), "buruk.xlsx")
    with pytest.raises(BadData) as caught:
        list(open_table(path).rows())
    assert caught.value.key == key


def test_an_archive_that_unpacks_to_too_much_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 3_000_000)
    monkeypatch.setattr(workbook, "MOST_UNPACKED", 1_000_000)
    with pytest.raises(BadData) as caught:
        open_table(written(tmp_path, out.getvalue(), "bom.xlsx"))
    assert caught.value.key == "table_too_large"
    # one that lies about its size is found out while it is unpacked
    lying = bytearray(out.getvalue())
    for at in range(len(lying) - 4):
        if lying[at : at + 4] == (3_000_000).to_bytes(4, "little"):
            lying[at : at + 4] = (10).to_bytes(4, "little")
    with pytest.raises(BadData):
        open_table(written(tmp_path, bytes(lying), "bohong.xlsx"))


def test_two_cells_at_the_ends_of_a_sheet_ask_for_no_memory(tmp_path: Path) -> None:
    def far(name: str, body: bytes) -> bytes:
        if "sheet1" not in name:
            return body
        body = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', body)
        last = b'<row r="40000"><c r="XFD40000" t="inlineStr"><is><t>jauh</t></is></c></row></sheetData>'
        return body.replace(b"</sheetData>", last)

    good = book(tmp_path, ["waktu", "isi"], ["2026-11-22", "banjir"])
    path = written(tmp_path, repacked(good, far), "jauh.xlsx")
    found = list(open_table(path).rows())
    assert found[0] == Row(2, ("2026-11-22", "banjir"))


# ---------------------------------------------------------------- times


@pytest.mark.parametrize(
    ("text", "order", "iso"),
    [
        ("22/11/2026 08:15", "dmy", "2026-11-22T08:15:00+07:00"),
        ("22-11-2026", "dmy", "2026-11-22T00:00:00+07:00"),
        ("11/22/2026 8:15:30 PM", "mdy", "2026-11-22T20:15:30+07:00"),
        ("2026-11-22T08:15:00Z", "dmy", "2026-11-22T08:15:00+00:00"),
        ("2026/11/22 08.15 WIB", "mdy", "2026-11-22T08:15:00+07:00"),
        ("22 November 2026 pukul 08.15", "dmy", "2026-11-22T08:15:00+07:00"),
        ("Minggu, 22 Nov 2026, 08:15", "dmy", "2026-11-22T08:15:00+07:00"),
        ("3 Agustus 2026", "mdy", "2026-08-03T00:00:00+07:00"),
        ("22.11.26 23:59", "dmy", "2026-11-22T23:59:00+07:00"),
        ("2026-11-22 08:15:00.250 +0000", "dmy", "2026-11-22T08:15:00.250+00:00"),
        ("22/11/2026 09:15 WITA", "dmy", "2026-11-22T09:15:00+08:00"),
        ("12/31/2026 12:05 AM", "mdy", "2026-12-31T00:05:00+07:00"),
    ],
)
def test_dates_as_people_write_them(text: str, order: str, iso: str) -> None:
    assert read(text, DateOrder(order)) == from_iso(iso)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kemarin",
        "31/02/2026",
        "22/13/2026",
        "2026",
        "45981",
        "22/11/2026 25:00",
        "22/11/0026",
        "1/2/3",
        "13:00 PM",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read(text, DateOrder.DAY_FIRST)


@given(
    st.datetimes(datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2190-01-01")),
    st.sampled_from(list(DateOrder)),
)
def test_every_minute_is_read_back(at: datetime, order: DateOrder) -> None:
    at = at.replace(second=0, microsecond=0)
    form = "%d/%m/%Y %H:%M" if order is DateOrder.DAY_FIRST else "%m/%d/%Y %H:%M"
    assert read(at.strftime(form), order) == from_datetime(at.replace(tzinfo=JAKARTA))


def test_the_order_of_a_date_is_seen_from_its_column() -> None:
    assert guess_order(["01/02/2026", "13/02/2026"]) is DateOrder.DAY_FIRST
    assert guess_order(["01/02/2026", "02/13/2026"]) is DateOrder.MONTH_FIRST
    assert guess_order(["01/02/2026", "kosong", "2026-11-22"]) is DateOrder.DAY_FIRST


# ---------------------------------------------------------------- columns


def test_columns_are_guessed_saved_and_read_back() -> None:
    found = guess(
        ["No Laporan", "Tanggal Masuk", "Isi Laporan", "Kategori", "Latitude", "Longitude", "Catatan"]
    )
    assert found.of == {
        Target.ID: "No Laporan",
        Target.TIME: "Tanggal Masuk",
        Target.TEXT: "Isi Laporan",
        Target.CATEGORY: "Kategori",
        Target.LAT: "Latitude",
        Target.LON: "Longitude",
    }
    assert found.enough
    assert not Columns({Target.TIME: "a"}).enough
    kept = Columns(found.of, DateOrder.MONTH_FIRST)
    assert from_json(json.loads(json.dumps(kept.to_json()))) == kept
    assert guess(["a", "b"], [Columns({Target.TIME: "a", Target.TEXT: "b"})]).of[Target.TEXT] == "b"
    for strange in (None, 3, {"columns": 3}, {"columns": {"time": 4, "lain": "x"}, "dates": "ymd"}):
        assert from_json(strange) == Columns()


@pytest.mark.parametrize(
    ("text", "preset"),
    [
        (
            (
                "id_laporan;skpd;kategori;status;tanggal_masuk;tanggal_selesai\n"
                "9000001;KELURAHAN TEBET TIMUR;SAMPAH;COMPLETE;2019-01-26;2019-01-28\n"
            ),
            "crm-2019",
        ),
        (
            (
                "trace_number;nama_skpd;kategori;rincian_masalah;status;waktu_masuk;waktu_selesai\n"
                "9000001;Kelurahan Tebet Timur;SAMPAH;Sampah;COMPLETE;26/01/2020 08:00;28/01/2020 10:00\n"
            ),
            "crm-2020",
        ),
    ],
)
def test_the_open_data_of_crm_is_known(tmp_path: Path, text: str, preset: str) -> None:
    table = open_table(written(tmp_path, text))
    assert guess(table.headings) == PRESETS[preset]
    (row,) = look(table, framed(table))
    report = row.report
    assert report is not None
    assert (report.external_id, report.source_status, report.category) == ("9000001", Status.DONE, "sampah")
    assert "ebet" in report.place_hint.lower()


@pytest.mark.parametrize(
    ("channel", "word", "ours"),
    [
        ("crm", "IKLAN LIAR", "reklame_liar"),
        ("crm", "Tunawisma/Pengemis", "sosial"),
        ("crm", "Sampah menumpuk", "sampah"),
        ("crm", "Mobilitas dan Akses", None),
        ("qlue", "Makanan non-higienis", "kesehatan"),
        ("balai_warga", "Iklan liar", None),
    ],
)
def test_a_channels_own_words_for_categories_are_known(
    tmp_path: Path, channel: str, word: str, ours: str | None
) -> None:
    table = open_table(written(tmp_path, f"id;waktu;isi;kategori\n1;22/11/2026 08:15;Lihat;{word}\n"))
    frame = frame_for(
        table,
        CHANNELS[channel].manifest,
        guess(table.headings),
        pseudonym=lambda _: None,
        directory=builtin_directory(NOW),
    )
    (row,) = look(table, frame)
    assert row.report is not None
    assert (row.report.category, row.report.category_raw) == (ours, word)


def test_the_genuine_sample_of_crm_is_read_whole(shared: Path, tmp_path: Path) -> None:
    table = open_table(shared / "data/samples/crm/crm-jakarta-2019-head500.csv")
    store = store_in(tmp_path)
    done = bring(table, framed(table), store, clock=lambda: NOW)
    assert (done.rows, done.new, done.unreadable) == (500, 500, 0)
    assert bring(table, framed(table), store, clock=lambda: NOW).new == 0
    store.close()


# ---------------------------------------------------------------- rows


HEADINGS = ("id", "waktu", "judul", "isi", "kategori", "status", "alamat", "lat", "lon", "pelapor", "tautan")
GOOD = {
    "id": "A1",
    "waktu": "22/11/2026 08:15",
    "judul": "Forum",
    "isi": "Sampah, telp 0812-3456-7890",
    "kategori": "Sampah menumpuk",
    "status": "Selesai",
    "alamat": "Kel. Tebet Timur, surel budi@contoh.id",
    "lat": "-6,2301",
    "lon": "106.8502",
    "pelapor": "budi",
    "tautan": "https://contoh.invalid/1",
}


def mapped(**changes: str) -> Report:
    cells = tuple({**GOOD, **changes}[name] for name in HEADINGS)
    columns = Columns(dict(zip(Target, _in_order(), strict=True)))
    categories = {"sampah_menumpuk": "sampah"}
    frame = Frame(
        "petabencana", ReportKind.COMPLAINT, columns, DateOrder.DAY_FIRST, categories, lambda who: "p"
    )
    return to_report(HEADINGS, cells, frame)


def _in_order() -> list[str]:
    by_target = {
        Target.ID: "id",
        Target.TIME: "waktu",
        Target.TITLE: "judul",
        Target.TEXT: "isi",
        Target.CATEGORY: "kategori",
        Target.STATUS: "status",
        Target.ADDRESS: "alamat",
        Target.LAT: "lat",
        Target.LON: "lon",
        Target.AUTHOR: "pelapor",
        Target.LINK: "tautan",
    }
    return [by_target[target] for target in Target]


def test_a_row_becomes_a_report_without_personal_data() -> None:
    report = mapped()
    assert (report.external_id, report.title, report.text) == ("A1", "Forum", "Sampah, telp [telepon]")
    assert report.place_hint == "Kel. Tebet Timur, surel [surel]"
    assert (report.category, report.source_status, report.author) == ("sampah", Status.DONE, "p")
    assert (report.lat, report.lon, report.place_quality) == (-6.2301, 106.8502, PlaceQuality.EXACT)
    assert report.link == "https://contoh.invalid/1"
    assert json.loads(report.raw)["row"]["pelapor"] == "budi"


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"id": ""}, "id"),
        ({"id": "x" * 201}, "id"),
        ({"waktu": "nanti"}, "time"),
        ({"isi": "", "judul": "", "kategori": ""}, "text"),
        ({"isi": "x" * 20_001}, "text"),
        ({"lat": "utara"}, "lat"),
        ({"lon": ""}, "lon"),
        ({"lat": "nan"}, "lat"),
        ({"lon": "200"}, "lon"),
    ],
)
def test_a_row_that_cannot_be_read_names_its_field(changes: dict[str, str], key: str) -> None:
    with pytest.raises(BadData) as caught:
        mapped(**changes)
    assert caught.value.key == key


def test_what_is_odd_but_honest_is_kept() -> None:
    assert mapped(lat="0", lon="0").lat is None
    assert mapped(lat="48.1", lon="11.5").place_quality is PlaceQuality.OUTSIDE
    assert mapped(tautan="javascript:alert(1)").link is None
    assert mapped(status="aneh").source_status is Status.NEW
    assert mapped(status="aneh").state_raw == "aneh"
    assert mapped(isi="").text == "Forum"
    assert mapped(isi="=cmd|' /C calc'!A0").text == "=cmd|' /C calc'!A0"


# ---------------------------------------------------------------- a whole file


def test_no_row_is_dropped_and_the_same_file_twice_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 3)
    rows = ["nomor,waktu,isi"]
    rows += [f"A{n},2026-11-22,banjir {n}" for n in range(8)]
    rows += [
        "A1,2026-11-22,banjir 1",
        "A2,2026-11-22,isi lain",
        "A9,kapan,tanpa waktu",
        'A10,2026-11-22,a,"b',
    ]
    table = open_table(written(tmp_path, "\n".join(rows) + "\n"))
    store = store_in(tmp_path)
    first = bring(table, framed(table), store, clock=lambda: NOW)
    assert (first.rows, first.new, first.repeated, first.unreadable) == (12, 8, 1, 3)
    assert first.reasons == {REPEATED: 1, "time": 1, "cells": 1}
    assert first.new + first.repeated + first.unreadable == first.rows
    again = bring(table, framed(table), store, clock=lambda: NOW)
    assert (again.new, again.changed, again.unchanged, again.unreadable) == (0, 0, 8, 3)
    assert store.quarantine_counts() == {"petabencana": 3}
    assert store.channel_states() == []
    assert store.count(ALL, now=NOW) == 8
    store.close()


def test_rows_without_a_number_are_known_by_what_stands_in_them(tmp_path: Path) -> None:
    table = open_table(
        written(tmp_path, "waktu,isi\n2026-11-22,banjir\n2026-11-22,banjir\n2026-11-22,lain\n")
    )
    store = store_in(tmp_path)
    first = bring(table, framed(table), store, clock=lambda: NOW)
    assert (first.new, first.repeated) == (2, 1)
    turned = open_table(written(tmp_path, "isi,waktu\nbanjir,2026-11-22\n", "lain.csv"))
    assert bring(turned, framed(turned), store, clock=lambda: NOW).new == 0
    store.close()


def test_an_import_can_be_stopped_between_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 5)
    table = open_table(
        written(tmp_path, "waktu,isi\n" + "".join(f"2026-11-22,banjir {n}\n" for n in range(40)))
    )
    store = store_in(tmp_path)
    heard: list[Imported] = []

    def told(total: Imported) -> bool:
        heard.append(total)
        return len(heard) < 3

    done = bring(table, framed(table), store, clock=lambda: NOW, told=told)
    assert done.cancelled
    assert (done.rows, store.count(ALL, now=NOW)) == (15, 15)
    store.close()


def test_a_row_in_quarantine_is_read_again_after_a_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = open_table(written(tmp_path, "nomor,waktu,isi\nA1,lusa pagi,banjir\n"))
    store = store_in(tmp_path)
    bring(table, framed(table), store, clock=lambda: NOW)
    (kept,) = store.quarantine("petabencana")
    left = reread.reread(store, "petabencana", [kept.id], pseudonym=lambda _: None, now=NOW)
    assert (left.read, left.left) == (0, 1)
    monkeypatch.setattr("smartcity_desk.sync.tables.mapping.read", lambda _text, _order: NOW)
    done = reread.reread(store, "petabencana", [kept.id], pseudonym=lambda _: None, now=NOW)
    assert (done.read, done.left) == (1, 0)
    found = store.find("petabencana", "A1")
    assert found is not None
    assert found.report.text == "banjir"
    store.close()
