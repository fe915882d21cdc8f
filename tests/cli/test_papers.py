"""Papers and figures from the command line: drafts, numbers, reprints, dossiers, and why a date is what it is."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from smartcity_desk import config
from smartcity_desk.domain.events import EventKind, MarkNotified
from smartcity_desk.domain.raising import raised
from smartcity_desk.domain.times import DAY
from smartcity_desk.evidence.gathering import digest
from smartcity_desk.paths import Paths
from tests.cli.kit import Shell
from tests.evidence.city import GOOD, NOW, RATNA, SILENT, Town, mark_of, town

K = EventKind
LATER = NOW + 10 * DAY


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A profile in which SILENT was marked and notified, ten days later; ratna works here."""
    paths = Paths.of(tmp_path).prepare()
    with town(paths.profile_dir) as made:
        _mark(made)
    settings = config.Settings.load(paths.settings)
    settings.set(config.CENTRAL_USER, "ratna")
    settings.set(config.CENTRAL_ROLE, "supervisor")
    settings.save()
    return Shell(tmp_path, clock=LATER)


def _mark(made: Town) -> None:
    figures = made.store.offices.office_figures(SILENT, now=NOW)
    mark = replace(raised(figures, "2026-default", digest), routers=("sari",))
    made.act(K.MARK_RAISED, mark, mark_of(made), RATNA)
    made.act(K.MARK_NOTIFIED, MarkNotified("ab" * 32), mark_of(made), RATNA)


def test_every_figure_of_an_office_opens_down_to_its_events(shell: Shell) -> None:
    shell.clock = NOW
    said = shell("offices", "--json")
    assert said.code == 0
    offices = {row["office"]: row for row in said.rows}
    assert offices[SILENT]["standing"] == "candidate"
    assert offices[GOOD]["standing"] == "clear"
    for window in offices[SILENT]["windows"]:
        counted = [one for one in window["items"] if one["excluded"] is None and not one["contested"]]
        assert window["n"] == sum(one["outcome"] != "running" for one in counted)
        assert window["on_time"] == sum(one["outcome"] == "on_time" for one in counted)
        assert window["lower_permille"] < window["estimate_permille"] < window["upper_permille"] < 800
        assert all(one["events"] for one in window["items"])
    table = shell("offices", "--office", SILENT)
    assert SILENT in table.out
    assert "%" in table.out
    assert shell("offices", "--office", "31.99").code == 1


def test_a_draft_has_no_number_and_changes_nothing(shell: Shell, tmp_path: Path) -> None:
    pdf, sheet, book = (tmp_path / name for name in ("d.pdf", "d.csv", "d.xlsx"))
    said = shell("escalation", "--pdf", str(pdf), "--csv", str(sheet), "--xlsx", str(book), "--json")
    assert said.code == 0, said.err
    [told] = said.rows
    assert told["number"] == "KONSEP"
    assert pdf.read_bytes().startswith(b"%PDF")
    text = sheet.read_bytes().decode("utf-8-sig")
    assert SILENT in text
    assert next(iter(csv.DictReader(io.StringIO(text))))["Office code"] == SILENT
    assert SILENT in str(list(openpyxl.load_workbook(book).active.values))
    assert shell("verify", str(pdf)).code == 0
    assert shell("escalation", "--json").error["code"] == "no_output"
    again = shell("escalation", "--pdf", str(tmp_path / "e.pdf"), "--json").rows[0]
    assert again["pdf_sha256"] == told["pdf_sha256"], "the same data make the same draft"


def test_a_numbered_list_is_issued_once_and_reprinted_byte_for_byte(shell: Shell, tmp_path: Path) -> None:
    first, copy = tmp_path / "a.pdf", tmp_path / "b.pdf"
    [told] = shell("escalation", "--issue", "--pdf", str(first), "--json").rows
    assert told["number"] == "001/ESK/XII/2026"
    assert shell("escalation", "--reprint", told["number"], "--pdf", str(copy)).code == 0
    assert copy.read_bytes() == first.read_bytes()
    [next_one] = shell("escalation", "--issue", "--pdf", str(tmp_path / "c.pdf"), "--json").rows
    assert next_one["number"] == "002/ESK/XII/2026"
    unknown = shell("escalation", "--reprint", "9/9", "--pdf", str(copy), "--json")
    assert (unknown.code, unknown.error["code"]) == (1, "unknown_list")


def test_who_may_not_issue_is_told_so_and_nothing_is_written(shell: Shell, tmp_path: Path) -> None:
    paths = Paths.of(tmp_path)
    settings = config.Settings.load(paths.settings)
    settings.set(config.CENTRAL_ROLE, "operator")
    settings.save()
    said = shell("escalation", "--issue", "--pdf", str(tmp_path / "a.pdf"), "--json")
    assert (said.code, said.error["code"]) == (5, "not_issued")
    assert not (tmp_path / "a.pdf").exists()


def test_a_dossier_is_whole_until_a_byte_of_it_is_not(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "berkas"
    [told] = shell("dossier", SILENT, "--out", str(folder), "--json").rows
    assert json.loads(Path(told["manifest"]).read_text())["paper"]["office"] == SILENT
    assert shell("verify", str(folder)).code == 0
    pdf = Path(told["pdf"])
    content = bytearray(pdf.read_bytes())
    content[len(content) // 2] ^= 1
    pdf.write_bytes(bytes(content))
    changed = shell("verify", str(folder), "--json")
    assert changed.code == 1
    assert changed.rows[0]["ok"] is False
    assert shell("dossier", "31.99", "--out", str(folder), "--json").code == 2


def test_why_a_date_is_what_it_is(shell: Shell) -> None:
    said = shell("explain", "petabencana:1001", "--all", "--json", language="id")
    assert said.code == 0, said.err
    assert [row["office"] for row in said.rows] == ["UPT", SILENT]
    for row in said.rows:
        assert 1 <= len(row["lines"]) <= 12
        assert all(line["event"] and line["text"] for line in row["lines"])
    plain = shell("explain", "petabencana:1001", language="id")
    assert "Tebet Timur" in plain.out
    assert len(plain.out.splitlines()) <= 12
