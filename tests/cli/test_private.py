"""Commands and what may not be said: confidential reports, channels without export, what is gone at its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartcity_desk.commands.exits import Exit
from smartcity_desk.directory import load_policy
from smartcity_desk.domain.ids import reply_id, report_id
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report, ReportKind
from smartcity_desk.domain.times import from_iso
from smartcity_desk.store import Store
from tests.cli.kit import Shell

NOW = from_iso("2026-11-23T02:00:00Z")
SECRET = "zulkarnaen"


def made(channel: str, name: str, *, private: bool = False) -> Report:
    kind = ReportKind.CONTEXT if channel == "waze" else ReportKind.COMPLAINT
    text = f"Tentang {SECRET}" if private else "Macet di Jalan Contoh"
    return Report(
        report_id(channel, name), channel, name, kind, NOW, text, lat=-6.2, lon=106.8, private=private
    )


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path / "data", clock=NOW)
    assert shell("list", "--json").code == Exit.OK  # makes the profile
    (file,) = shell.folder.rglob("desk.sqlite3")
    store = Store.open(file, now=NOW, policy=load_policy())
    store.ingest("petabencana", [made("petabencana", "1", private=True)], checkpoint=None, now=NOW)
    store.ingest("waze", [made("waze", "w1"), made("waze", "w2")], checkpoint=None, now=NOW)
    said = Reply(reply_id("waze", "c1"), "waze", "c1", "w1", NOW, "sudah lancar", official=True)
    store.ingest("waze", (), checkpoint=None, now=NOW, replies=[said])
    store.close()
    return shell


def test_a_channel_without_export_keeps_its_rows_and_gives_no_content(shell: Shell) -> None:
    said = shell("list", "--view", "all", "--json", language="id")
    rows = [row for row in said.rows if row["channel"] == "waze"]
    assert [(row["text"], row["lat"], bool(row["id"])) for row in rows] == [("", None, True)] * 2
    assert "Isi 2 baris waze tidak diekspor sesuai ketentuan." in said.err
    shell("channel", "set", "waze", "--export", "on", "--despite-terms")
    said = shell("list", "--view", "all", "--json")
    assert [row["text"] for row in said.rows if row["channel"] == "waze"] == ["Macet di Jalan Contoh"] * 2
    assert "not exported" not in said.err


def test_a_confidential_report_is_shown_with_a_reason_only(shell: Shell) -> None:
    wanted = report_id("petabencana", "1")
    for words in (("list", "--view", "all"), ("show", wanted), ("show", wanted, "--json")):
        assert SECRET not in shell(*words).out, words
    assert "Confidential report" in shell("show", wanted).out
    assert shell("show", wanted, "--reveal", "").code != Exit.OK
    opened = shell("show", wanted, "--reveal", "finding the office", "--json")
    assert opened.rows[0]["text"] == f"Tentang {SECRET}"
    assert [event["kind"] for event in opened.rows[0]["events"]] == ["personal_data.revealed"]


def test_replies_stand_in_what_is_shown(shell: Shell) -> None:
    (found,) = shell("show", report_id("waze", "w1"), "--json").rows
    assert [(one["text"], one["official"]) for one in found["replies"]] == [("sudah lancar", True)]
    assert "sudah lancar" in shell("show", report_id("waze", "w1")).out


def test_a_channel_that_keeps_all_is_not_asked_again(shell: Shell) -> None:
    assert shell("channel", "recheck", "waze").code == Exit.USAGE


def test_a_sweep_says_what_it_erased(shell: Shell) -> None:
    assert shell("channel", "sweep", "--json").rows == [{"erased": {}, "kept": {}}]
