"""What became of answers, on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartcity_desk.directory import load_policy
from smartcity_desk.domain.receipt import Receipt, ReceiptState
from smartcity_desk.store import Store
from tests.cli.kit import Shell
from tests.cli.test_private import NOW, made


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path / "data", clock=NOW)
    shell("list", "--json")
    (file,) = shell.folder.rglob("desk.sqlite3")
    store = Store.open(file, now=NOW, policy=load_policy())
    report = made("petabencana", "1")
    store.ingest("petabencana", [report], checkpoint=None, now=NOW)
    refused = Receipt(
        "a",
        report.id,
        "kota",
        "update",
        3,
        ReceiptState.REFUSED,
        NOW,
        NOW,
        NOW,
        1,
        "key_refused",
        "kunci salah",
    )
    store.central.apply_receipts([refused], [], cursor=1)
    store.close()
    return shell


def test_what_was_refused_is_a_list(shell: Shell) -> None:
    (row,) = shell("outbox", "--refused", "--json").rows
    assert (row["state"], row["code"], row["detail"]) == ("refused", "key_refused", "kunci salah")
    assert (row["channel"], row["external_id"], row["target"]) == ("petabencana", "1", "kota")
    said = shell("outbox", "--refused", language="id").out
    assert "kunci ditolak: kunci salah" in said
    assert shell("outbox", "--json").rows == []


def test_a_report_is_shown_with_its_answers(shell: Shell) -> None:
    (found,) = shell("show", "petabencana:1", "--json").rows
    (answer,) = found["answers"]
    assert (answer["course"], answer["receipt"]["target"]) == ("refused", "kota")
    assert "ditolak kota" in shell("show", "petabencana:1", language="id").out
