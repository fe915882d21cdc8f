"""`health`, `channel reread` and `quarantine reread`: what a script reads of the channels."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartcity_desk.commands.exits import Exit
from smartcity_desk.domain.times import HOUR, MINUTE
from smartcity_desk.store import Quarantined, Store
from smartcity_desk.store.health import day_name
from tests.cli.kit import Shell, Source, flood, petabencana
from tests.domain.builders import POLICY

PROMISED = {
    "place",
    "problems",
    "last_item_at",
    "last_new_at",
    "last_ok_at",
    "lag_ms",
    "next_try_at",
    "error",
    "received",
    "recheck",
    "quarantined",
    "silence",
    "hours",
    "outages",
    "missing",
    "days",
}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "data")


@pytest.fixture
def source() -> Iterator[Source]:
    with petabencana(*(flood(n, now() - n * HOUR) for n in range(1, 6))) as found:
        yield found


@pytest.fixture
def filled(shell: Shell, source: Source) -> Shell:
    assert shell("channel", "set", "petabencana", "--url", source.url).code == Exit.OK
    assert shell("sync", "--once").code == Exit.OK
    return shell


def now() -> int:
    return time.time_ns() // 1_000_000


def opened(shell: Shell) -> Store:
    (path,) = shell.folder.rglob("*.sqlite3")
    return Store.open(path, now=now(), policy=POLICY)


def test_a_channel_that_is_well_has_every_promised_field(filled: Shell) -> None:
    said = filled("health", "--json")
    (row,) = said.rows
    assert said.code == Exit.OK
    assert set(row) == PROMISED
    assert (row["place"], row["problems"], row["error"]) == ("petabencana", [], None)
    assert row["received"] == 5
    assert len(row["hours"]) == 24
    assert row["silence"] == {
        "learnt": False,
        "since": None,
        "expected": None,
        "chance": None,
        "flagged_at": None,
    }
    assert sum(day["desk"] for day in row["days"]) <= 5
    table = filled("health")
    assert "petabencana" in table.out
    assert table.code == Exit.OK


def test_trouble_silence_and_counts_have_words_and_an_exit_code(filled: Shell) -> None:
    at = now()
    store = opened(filled)
    store.record_channel_failure("petabencana", "transient", {}, attempts=2, next_try_at=None, now=at - HOUR)
    store.ingest("petabencana", [], quarantined=[Quarantined("pkey", "{}")], checkpoint=None, now=at - HOUR)
    store.record_channel_failure("petabencana", "transient", {}, attempts=2, next_try_at=None, now=at)
    store.health.count_days(day_name(at - 24 * HOUR), source={"petabencana": 77}, central={}, now=at)
    store.close()
    said = filled("health", "--json")
    (row,) = said.rows
    assert said.code == Exit.FAILED
    assert {"error", "counts_differ", "quarantine"} <= set(row["problems"])
    assert row["error"]["code"] == "transient"
    assert row["outages"][0]["kind"] == "failed"
    differing = [day for day in row["days"] if not day["agrees"]]
    assert differing[0]["source"] == 77
    assert "the counts of a day differ" in filled("health").out


def test_a_stopped_channel_and_one_that_was_never_read(shell: Shell, source: Source) -> None:
    assert shell("health", "--json").rows == []
    shell("channel", "set", "petabencana", "--url", source.url)
    (row,) = shell("health", "--json").rows
    assert row["problems"] == ["never_read"]
    store = opened(shell)
    store.record_channel_failure(
        "petabencana",
        "auth_expired",
        {},
        attempts=1,
        next_try_at=None,
        now=now(),
        paused_reason="auth_expired",
    )
    store.close()
    said = shell("health", "--json")
    assert said.rows[0]["problems"] == ["stopped"]
    assert said.code == Exit.FAILED


def test_a_day_is_read_again(filled: Shell) -> None:
    (row,) = filled("channel", "reread", "petabencana", "--day", "2026-11-20", "--json").rows
    assert (row["place"], row["seen"], row["new"]) == ("petabencana", 5, 0)
    assert filled("channel", "reread", "petabencana").code == Exit.OK
    assert filled("channel", "reread", "nobody").code != Exit.OK
    filled("channel", "set", "petabencana", "--url", "http://127.0.0.1:9")
    assert filled("channel", "reread", "petabencana").code == Exit.OFFLINE


def test_the_whole_quarantine_is_read_again_and_what_remains_is_told(filled: Shell) -> None:
    store = opened(filled)
    store.ingest(
        "petabencana", [], quarantined=[Quarantined("pkey", "{}")], checkpoint=None, now=now() - MINUTE
    )
    store.close()
    (row,) = filled("quarantine", "reread", "--json").rows
    assert (row["read"], row["left"]) == (0, 1)
    assert sum(row["reasons"].values()) == 1
    assert len(filled("quarantine", "--json").rows) == 1
    assert "0" in filled("quarantine", "--retry").out
