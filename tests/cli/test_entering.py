"""`report add`, `channel import`, and what a trial and the switches of a channel say on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from smartcity_desk.commands import source_arguments
from smartcity_desk.commands.exits import Exit
from smartcity_desk.domain.times import HOUR, MINUTE, from_iso, to_iso
from smartcity_desk.sync.tables import columns, reading, times
from tests.cli.kit import Shell, Source, flood, petabencana

NOW = from_iso("2026-11-23T09:00:00+07:00")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "data", NOW)


@pytest.fixture
def source() -> Iterator[Source]:
    with petabencana(*(flood(n, NOW - n * MINUTE) for n in range(1, 6))) as found:
        yield found


def test_the_grammar_knows_what_tables_know() -> None:
    assert set(source_arguments.PRESETS) == set(columns.PRESETS)
    assert source_arguments.ENCODINGS == reading.ENCODINGS
    assert tuple(times.DateOrder) == source_arguments.DATES
    assert get_args(reading.Line) == (reading.Row, reading.Broken)


# ---------------------------------------------------------------- report add


def test_a_telephone_report_is_entered_offline_and_waits_for_the_central_server(shell: Shell) -> None:
    said = shell(
        *("report", "add", "Lampu jalan mati, hubungi 0812-3456-7890", "--category", "lampu_jalan"),
        *("--place", "Kel. Tebet Timur", "--caller-stdin", "--json"),
        stdin="Warga Contoh\n0812 3456 7890\n",
    )
    assert said.code == Exit.OK, said
    (made,) = said.rows
    assert (made["channel"], made["place"], made["badge"]) == ("manual", "31.74.01.1001", "named")
    assert made["text"] == "Lampu jalan mati, hubungi [telepon]"
    assert "Warga Contoh" not in said.out + said.err
    (listed,) = shell("list", "--view", "all", "--json").rows
    assert listed["external_id"] == made["external_id"]
    shown = shell("show", f"manual:{made['external_id']}", "--json")
    assert "Warga" not in shown.out
    assert "3456" not in shown.out


def test_an_ambiguous_place_is_kept_and_asked_about(shell: Shell) -> None:
    said = shell("report", "add", "Tumpukan sampah di pinggir jalan", "--place", "Jatinegara")
    assert said.code == Exit.OK
    assert "Jatinegara" in said.err
    (row,) = shell("list", "--view", "all", "--json").rows
    assert row["external_id"] in said.out
    chosen = shell(
        *("report", "add", "Tumpukan sampah di pinggir jalan", "--place", "Jatinegara"),
        *("--kelurahan", "31.75.06.1001", "--json"),
    )
    assert chosen.code in (Exit.OK, Exit.USAGE)


@pytest.mark.parametrize(
    "words",
    [
        ("pendek",),
        ("Lampu jalan mati sejak kemarin", "--lat", "-6.2"),
        ("Lampu jalan mati sejak kemarin", "--lat", "48.1", "--lon", "11.5"),
        ("Lampu jalan mati sejak kemarin", "--at", to_iso(NOW + HOUR)),
        ("Lampu jalan mati sejak kemarin", "--at", "2024-01-01"),
        ("Lampu jalan mati sejak kemarin", "--category", "tidak_ada"),
        ("Lampu jalan mati sejak kemarin", "--kelurahan", "99.99"),
        ("Lampu jalan mati sejak kemarin", "--place", "x" * 301),
    ],
)
def test_what_cannot_be_a_report_is_refused_with_words(shell: Shell, words: tuple[str, ...]) -> None:
    said = shell("report", "add", *words)
    assert said.code == Exit.USAGE, said
    assert len(said.err.splitlines()) == 2
    assert shell("list", "--view", "all", "--json").rows == []


# ---------------------------------------------------------------- channel import


def csv_file(folder: Path, text: str, name: str = "laporan.csv") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


ROWS = (
    "no_laporan;tanggal;isi;kategori;lat;lon\n"
    "A1;22/11/2026 08:00;Sampah menumpuk, telp 0812-3456-7890;Sampah menumpuk;-6,2301;106,8502\n"
    "A2;22/11/2026 09:00;=CMD()|<b>lubang</b>;;;\n"
    "A3;kemarin;tanpa tanggal yang terbaca;;;\n"
)


def test_a_file_is_looked_at_taken_in_and_the_second_time_changes_nothing(
    shell: Shell, tmp_path: Path
) -> None:
    path = csv_file(tmp_path, ROWS)
    about, *rows = shell("channel", "import", "petabencana", path, "--preview", "--json").rows
    assert about["columns"]["time"] == "tanggal"
    assert (about["delimiter"], about["dates"]) == (";", "dmy")
    assert [row["reason"] for row in rows] == ["", "", "time"]
    assert shell("list", "--view", "all", "--json").rows == []
    (first,) = shell("channel", "import", "petabencana", path, "--save", "--json").rows
    assert (first["rows"], first["new"], first["unreadable"], first["reasons"]) == (3, 2, 1, {"time": 1})
    (again,) = shell("channel", "import", "petabencana", path, "--json").rows
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 2)
    texts = {row["external_id"]: row["text"] for row in shell("list", "--view", "all", "--json").rows}
    assert texts == {"A1": "Sampah menumpuk, telp [telepon]", "A2": "=CMD()|<b>lubang</b>"}
    why = ("--reason", "membetulkan tabel")
    (kept,) = shell("quarantine", "--channel", "petabencana", "--json", *why).rows
    assert kept["key"] == "time"
    assert json.loads(kept["raw"])["row"]["isi"] == "tanpa tanggal yang terbaca"
    states = {row["name"]: row for row in shell("channel", "list", "--json").rows}
    assert states["petabencana"]["last_ok_at"] is None  # a file says nothing of the source


def test_columns_are_named_saved_and_refused(shell: Shell, tmp_path: Path) -> None:
    path = csv_file(tmp_path, "kolom satu,kolom dua\n2026-11-22,Lampu mati\n")
    assert shell("channel", "import", "petabencana", path).code == Exit.USAGE
    named = ("--column", "time=kolom satu", "--column", "text=kolom dua")
    assert shell("channel", "import", "petabencana", path, "--column", "text=tidak ada").code == Exit.USAGE
    assert shell("channel", "import", "petabencana", path, "--mapping", "lain").code == Exit.USAGE
    assert shell("channel", "import", "petabencana", path, "--mapping", "crm-2019").code == Exit.USAGE
    (done,) = shell("channel", "import", "petabencana", path, *named, "--save", "--json").rows
    assert done["new"] == 1
    (again,) = shell("channel", "import", "petabencana", path, "--json").rows
    assert again["unchanged"] == 1
    assert shell("channel", "import", "petabencana", str(tmp_path / "tiada.csv")).code == Exit.FAILED


# ---------------------------------------------------------------- channel set and test


def test_exports_and_retention_are_switches_and_terms_are_asked_about(shell: Shell) -> None:
    def of(name: str) -> tuple[object, object]:
        rows = {row["name"]: row for row in shell("channel", "list", "--json").rows}
        return rows[name]["exportable"], rows[name]["retention_days"]

    assert of("waze")[0] is False
    refused = shell("channel", "set", "waze", "--export", "on")
    assert (refused.code, len(refused.err.splitlines())) == (Exit.USAGE, 2)
    assert of("waze")[0] is False
    said = shell("channel", "set", "waze", "--export", "on", "--despite-terms", "--retention", "14", "--json")
    assert (said.rows[0]["export"], said.rows[0]["retention_days"]) == (True, 14)
    assert of("waze") == (True, 14)
    assert shell("channel", "set", "waze", "--export", "default", "--retention", "default").code == Exit.OK
    assert of("waze")[0] is False
    assert shell("channel", "set", "petabencana", "--export", "off").code == Exit.OK
    assert of("petabencana")[0] is False
    for days in ("-1", "36501", "lama"):
        assert shell("channel", "set", "petabencana", f"--retention={days}").code == Exit.USAGE


def test_a_trial_says_in_plain_words_what_would_come_in(shell: Shell, source: Source) -> None:
    source.items.append(flood(6, NOW, "Banjir, hubungi 0812-3456-7890"))
    source.items.append({"type": "Feature", "geometry": None, "properties": {"pkey": "7"}})
    assert shell("channel", "set", "petabencana", "--url", source.url).code == Exit.OK
    said = shell("channel", "test", "petabencana")
    assert said.code == Exit.OK
    assert "7 items" in said.out
    assert "Banjir, hubungi [telepon]" in said.out
    assert "1 item cannot be read" in said.out
    assert "Terms:" in said.out
    (tried,) = shell("channel", "test", "petabencana", "--json").rows
    assert (tried["items"], tried["unreadable"], len(tried["sample"])) == (7, 1, 3)
    assert sum(tried["reasons"].values()) == 1
    assert "3456" not in json.dumps(tried)
    manual = shell("channel", "test", "manual")
    assert manual.code == Exit.OK
    assert "no source" in manual.out


def test_a_secret_can_be_forgotten(shell: Shell) -> None:
    assert shell("channel", "set", "x", "--forget-secret").code == Exit.OK
    assert shell("channel", "set", "x", "--forget-secret", "--secret", "lain").code == Exit.USAGE
    assert shell("channel", "set", "qlue", "--forget-secret").code == Exit.USAGE
