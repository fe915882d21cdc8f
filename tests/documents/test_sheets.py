"""The list as CSV and XLSX: numbers are numbers, words are words, and every column is explained."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import sample_papers
from smartcity_desk.documents.model import EscalationList, Holder
from smartcity_desk.documents.sheets import csv_files, harmless, xlsx

FORMULAS = (
    '=HYPERLINK("http://x","y")', "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1", " =1", "＝1+1", "|cmd", "%0",
)  # fmt: skip
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")


def table(content: bytes, delimiter: str = ";") -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def with_words(text: str) -> EscalationList:
    model = sample_papers.escalation_list(2, 1)
    row = replace(
        model.rows[0],
        office_name=text,
        superior=text,
        code=text,
        office=text,
        holder=Holder(text, 0),
        manifest=text,
    )
    silent = replace(model.silent[0], office=text, office_name=text, number=text, category=text, place=text)
    return replace(model, rows=(row, model.rows[1]), silent=(silent,), number=text)


def test_indonesian_marks_for_an_indonesian_excel() -> None:
    model = sample_papers.escalation_list(3)
    path = Path("daftar.csv")
    rows = table(csv_files(model, path)[path])
    assert rows[0][:4] == ["No.", "Kode berkas", "Kode kantor", "Kantor"]
    assert len({len(row) for row in rows}) == 1
    first = dict(zip(rows[0], rows[1], strict=True))
    window = model.rows[0].windows[1]
    assert first["n II"] == str(window.n.value)
    assert window.share is not None
    assert first["Pangsa II"] == f"{window.share.value // 10},{window.share.value % 10}"
    assert first["Data per"] == "2026-11-22 16:00"
    assert first["Nomor daftar"] == "012/JSC/XI/2026"


def test_english_marks_for_an_english_one() -> None:
    model = sample_papers.escalation_list(1, language="en")
    path = Path("list.csv")
    files = csv_files(model, path)
    assert set(files) == {path, Path("list-dictionary.csv")}
    rows = table(files[path], ",")
    first = dict(zip(rows[0], rows[1], strict=True))
    assert first["Target I"] == "80.0"
    assert first["Objection"] == "No objection"


def test_every_column_stands_in_the_dictionary() -> None:
    model = sample_papers.escalation_list(2, 2)
    path = Path("daftar.csv")
    files = csv_files(model, path)
    meanings = {row[0]: row for row in table(files[Path("daftar-kamus.csv")])}
    for name in (path, Path("daftar-diam.csv")):
        for head in table(files[name])[0]:
            assert len(meanings[head][1]) > 5
            assert meanings[head][2]
    assert meanings["Daftar ini: Potret data"][1] == model.origin.snapshot_sha256
    assert meanings["Daftar ini: Aturan"][1] == model.origin.rules_sha256
    assert meanings["Daftar ini: Data per"][1] == "2026-11-22T09:00:00.000Z"


def test_a_workbook_keeps_kinds_head_and_widths() -> None:
    model = sample_papers.escalation_list(5, 3)
    book = openpyxl.load_workbook(io.BytesIO(xlsx(model)))
    assert book.sheetnames == ["Daftar", "Daftar diam", "Kamus data"]
    sheet = book["Daftar"]
    heads = {cell.value: cell.column for cell in sheet[1]}
    assert sheet.freeze_panes == "E2"
    assert sheet.auto_filter.ref is not None
    share = sheet.cell(2, heads["Pangsa I"])
    figure = model.rows[0].windows[0].share
    assert figure is not None
    assert share.value == pytest.approx(figure.value / 10)
    assert share.number_format == "0.0"
    assert sheet.cell(2, heads["n I"]).value == model.rows[0].windows[0].n.value
    assert sheet.cell(2, heads["Data per"]).value == datetime(2026, 11, 22, 16, 0)  # noqa: DTZ001 - sheets know no zone
    assert sheet.cell(2, heads["Kode kantor"]).data_type == "s"
    assert sheet.column_dimensions["D"].width > 20
    assert {row[0].value for row in book["Kamus data"].iter_rows(min_row=2)} >= set(heads)
    assert book["Daftar diam"].max_row == 4


def test_the_same_list_is_the_same_workbook() -> None:
    model = sample_papers.escalation_list(4, 2)
    assert xlsx(model) == xlsx(model)
    assert csv_files(model, Path("a.csv")) == csv_files(model, Path("a.csv"))


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_begins_like_a_formula(text: str) -> None:
    model = with_words(text)
    for content in csv_files(model, Path("a.csv")).values():
        for row in table(content):
            assert not [cell for cell in row if cell.startswith(DANGEROUS)]
    book = openpyxl.load_workbook(io.BytesIO(xlsx(model)))
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert not (isinstance(cell.value, str) and cell.value.startswith(DANGEROUS))


@given(st.text(max_size=100))
def test_no_text_at_all_is_computed_or_breaks_a_line(text: str) -> None:
    shown = harmless(text)
    assert not shown.startswith(DANGEROUS)
    assert not set(shown) & {"\n", "\r", "\t", "\x00"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2345E67", "'2345E67"),
        ("007", "'007"),
        ("31.74", "'31.74"),
        ("31.74.05", "'31.74.05"),
        ("1/2", "'1/2"),
        ("3174014107900001", "[NIK]"),
        ("99999999999999999", "'99999999999999999"),
        ("31.74.05.1010", "31.74.05.1010"),
        ("48100", "48100"),
        ("012/JSC/XI/2026", "012/JSC/XI/2026"),
        ("Kelurahan Pegangsaan", "Kelurahan Pegangsaan"),
        ("hubungi 081234567890", "hubungi [telepon]"),
    ],
)
def test_what_a_spreadsheet_would_read_wrong_is_marked_as_text(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_quotes_and_marks_inside_a_cell_stay_inside_it() -> None:
    model = with_words('a;b"c,d')
    path = Path("a.csv")
    rows = table(csv_files(model, path)[path])
    assert rows[1][3] == 'a;b"c,d'
    assert len({len(row) for row in rows}) == 1
