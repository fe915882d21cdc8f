"""A damaged file is set aside, and the operator's work comes along."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest

from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.domain.events import CategorySet, EventKind, NoteAdded
from smartcity_desk.domain.query import Filter
from smartcity_desk.store import (
    OpResult,
    OpState,
    Quarantined,
    RecoveryReport,
    Store,
    open_or_recover,
    recovery,
    salvage,
)
from tests.domain.builders import DIRECTORY, POLICY, T0
from tests.store.helpers import HOUR, do, made, one, put, raw_of

K = EventKind
NOW = T0 + HOUR


@pytest.fixture
def worked(path: Path) -> Path:
    """A file in which a day's work lies: 300 reports, five waiting actions, a contradiction, a refusal, an answer."""
    store = Store.open(path, now=T0, policy=POLICY)
    store.set_directory(DIRECTORY, "e", T0)
    put(store, *(made(n, text="Banjir " * 30) for n in range(1, 301)))
    store.ingest("x", [], quarantined=[Quarantined("bad", "{}")], checkpoint=None, now=T0)
    for number, answer in ((1, "conflict"), (2, "rejected"), (3, "unknown")):
        op = one(do(store, K.CATEGORY_SET, CategorySet("flood"), made(number)))
        store.central.next_ops(1, NOW)
        fields = {"field": "category", "mine": "flood", "theirs": "tree"} if answer == "conflict" else {}
        store.central.settle([OpResult(op.id, answer, code="c", costs_attempt=False, **fields)], NOW)  # type: ignore[arg-type]
    for number in (4, 5, 6):
        one(do(store, K.NOTE_ADDED, NoteAdded(f"catatan {number}"), made(number)))
    gone = one(do(store, K.NOTE_ADDED, NoteAdded("ditarik"), made(7)))
    store.undo([gone.id], NOW)
    store.central.next_ops(1, NOW)
    store.close()
    return path


def _recovered(path: Path, now: int = NOW) -> tuple[Store, RecoveryReport]:
    store, report = open_or_recover(path, now=now, policy=POLICY)
    assert report is not None
    return store, report


def _notes(store: Store) -> set[str]:
    waiting = store.ops([OpState.QUEUED])
    return {row.payload.text for row in waiting if isinstance(row.payload, NoteAdded)}


def test_a_healthy_file_is_simply_opened(worked: Path) -> None:
    store, report = open_or_recover(worked, now=NOW, policy=POLICY)
    assert report is None
    assert store.summary().reports == 300
    store.close()


def test_after_an_unclean_exit_a_healthy_file_stays(worked: Path) -> None:
    store = Store.open(worked, now=T0, policy=POLICY)
    store._database.close()  # as when the process is killed: no mark of a clean exit
    store, report = open_or_recover(worked, now=NOW, policy=POLICY)
    assert report is None
    store.close()


@pytest.mark.parametrize("spoil", ["first page", "cut short", "zeros"])
def test_a_file_without_its_first_page_still_gives_the_outbox_back(worked: Path, spoil: str) -> None:
    content = bytearray(worked.read_bytes())
    if spoil == "first page":
        content[:100] = os.urandom(100)
    elif spoil == "zeros":
        content[:4096] = bytes(4096)
    else:
        content[16:18] = b"\x00\x07"  # a page size that cannot be
    worked.write_bytes(content)
    store, report = _recovered(worked)
    assert report.set_aside.name.startswith(f"{worked.name}.rusak-")
    assert report.set_aside.read_bytes() == bytes(content), "nothing of the damaged file is thrown away"
    assert _notes(store) >= {"catatan 4", "catatan 5", "catatan 6"}
    assert "ditarik" not in _notes(store), "what was withdrawn is not sent"
    assert store.summary().reports == 0, "reports come again from where they came"
    assert store.channel_states() == [], "from the beginning"
    put(store, *(made(n) for n in range(1, 8)))
    assert store.rows([4], now=NOW)[4].pending
    store.close()
    store, again = open_or_recover(worked, now=NOW, policy=POLICY)
    assert again is None
    store.close()


class Killed(BaseException):
    """What a test breaks a start off with."""


def _killed(*_: object, **__: object) -> None:
    raise Killed


@pytest.mark.parametrize(
    "where", [(Path, "rename"), (salvage, "read"), (Store, "take_over"), (recovery, "_note_done")]
)
def test_a_recovery_that_was_broken_off_is_done_at_the_next_start(
    worked: Path, where: tuple[object, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytearray(worked.read_bytes())
    content[:100] = os.urandom(100)
    worked.write_bytes(content)
    with monkeypatch.context() as patched:
        patched.setattr(*where, _killed)
        with pytest.raises(Killed):
            open_or_recover(worked, now=NOW, policy=POLICY)
    store, report = open_or_recover(worked, now=NOW + HOUR, policy=POLICY)
    assert (report is None) == (where[0] is recovery), "what is in the new file already is not read twice"
    (aside,) = worked.parent.glob(f"{worked.name}.rusak-*Z")
    assert aside.read_bytes() == bytes(content)
    assert _notes(store) >= {"catatan 4", "catatan 5", "catatan 6"}
    store.close()
    store, again = open_or_recover(worked, now=NOW + HOUR, policy=POLICY)
    assert again is None
    assert _notes(store) >= {"catatan 4", "catatan 5", "catatan 6"}
    store.close()


def test_a_log_that_was_set_aside_before_its_file_is_not_written_over(
    worked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever only looks into a file in WAL mode leaves an empty log beside it."""
    store = Store.open(worked, now=T0, policy=POLICY)
    put(store, made(1))
    one(do(store, K.NOTE_ADDED, NoteAdded("hanya di catatan WAL"), made(1)))
    log = worked.with_name(f"{worked.name}-wal")
    content, kept = worked.read_bytes(), log.read_bytes()
    store._database.close()
    worked.write_bytes(content)
    log.write_bytes(kept)
    assert b"hanya di catatan WAL" in kept
    assert b"hanya di catatan WAL" not in content
    rename = Path.rename
    with monkeypatch.context() as patched:
        patched.setattr(
            Path, "rename", lambda part, to: rename(part, to) if part == log else _killed(part, to)
        )
        with pytest.raises(Killed):
            recovery._set_aside(worked, NOW)
    store, report = open_or_recover(worked, now=NOW + HOUR, policy=POLICY)
    assert report is not None
    assert "hanya di catatan WAL" in _notes(store)
    store.close()


def test_what_was_done_since_is_not_thrown_away_for_a_note_that_came_back(worked: Path) -> None:
    """A power cut may bring a deleted file back."""
    content = bytearray(worked.read_bytes())
    content[:100] = os.urandom(100)
    worked.write_bytes(content)
    store, report = _recovered(worked)
    put(store, made(1))
    one(do(store, K.NOTE_ADDED, NoteAdded("sesudahnya"), made(1)))
    store.close()
    worked.with_name(f"{worked.name}.pemulihan").write_text(report.set_aside.name)
    store, again = open_or_recover(worked, now=NOW + HOUR, policy=POLICY)
    assert again is None
    assert "sesudahnya" in _notes(store)
    store.close()


def _pages_of(path: Path, *tables: str) -> tuple[list[int], int]:
    with raw_of(path) as raw:
        size = raw.execute("PRAGMA page_size").fetchone()[0]
        try:
            rows = raw.execute(
                f"SELECT pageno FROM dbstat WHERE name IN ({', '.join('?' * len(tables))})", tables
            ).fetchall()
        except sqlite3.Error:  # this build of SQLite has no dbstat: the roots will do
            rows = raw.execute(
                f"SELECT rootpage FROM sqlite_master WHERE name IN ({', '.join('?' * len(tables))})", tables
            ).fetchall()
    return [row[0] for row in rows], size


@pytest.mark.parametrize("table", ["report", "report_state", "ix_state_time", "report_fts_data"])
def test_a_damaged_table_is_found_after_an_unclean_exit_and_all_work_is_kept(
    worked: Path, table: str
) -> None:
    store = Store.open(worked, now=T0, policy=POLICY)
    store._database.close()
    pages, size = _pages_of(worked, table)
    content = bytearray(worked.read_bytes())
    for page in pages:
        content[(page - 1) * size : page * size] = b"\xa5" * size
    worked.write_bytes(content)
    store, report = _recovered(worked)
    assert (report.saved, report.doubtful) == (6, 0)
    ops = {row.state for row in store.ops()}
    assert ops == {OpState.QUEUED, OpState.REJECTED, OpState.CONFLICT}
    assert _notes(store) == {"catatan 4", "catatan 5", "catatan 6"}
    assert len(store.conflicts()) == 1
    assert len(store.quarantine()) == 1
    assert store.directory().categories == DIRECTORY.categories, "decisions are possible without a network"
    assert store.directory_etag() is None, "the policy that came with it is lost, so both are asked for again"
    assert store.central.recover_sending(NOW) == 0, "what was on its way is queued again"
    if table.startswith("ix"):
        assert store.summary().reports == 300, (
            "reports that nobody else has come along where they can be read"
        )
    store.close()


def test_a_damaged_outbox_gives_back_what_its_bytes_hold(worked: Path) -> None:
    store = Store.open(worked, now=T0, policy=POLICY)
    store._database.close()
    roots, size = _pages_of(worked, "ix_op_state", "ix_op_live", "sqlite_autoindex_op_1")
    content = bytearray(worked.read_bytes())
    for page in roots:
        content[(page - 1) * size : page * size] = b"\xa5" * size
    worked.write_bytes(content)
    store, report = _recovered(worked)
    assert report.saved >= 6
    assert _notes(store) == {"catatan 4", "catatan 5", "catatan 6"}
    store.close()


def test_damage_met_while_working_is_looked_for_at_the_next_start(worked: Path) -> None:
    pages, size = _pages_of(worked, "report_state")
    content = bytearray(worked.read_bytes())
    for page in pages:
        content[(page - 1) * size : page * size] = b"\xa5" * size
    worked.write_bytes(content)
    store = Store.open(worked, now=T0, policy=POLICY)
    with pytest.raises(StoreProblem) as met:
        store.rows(list(range(1, 300)), now=NOW)
    assert met.value.kind == "damaged"
    store.close()
    store, report = _recovered(worked)
    assert report.saved == 6
    store.close()


def test_two_damages_in_one_second_keep_both_files(worked: Path) -> None:
    for _ in range(2):
        worked.write_bytes(os.urandom(5000))
        store, _report = _recovered(worked)
        store.close()
    assert len(list(worked.parent.glob("*.rusak-*"))) == 2


def test_random_damage_never_stops_the_start(worked: Path) -> None:
    """Whatever was hit, the desk starts with a whole file, and what the damage did not touch is there."""
    healthy = worked.read_bytes()
    draw = random.Random(3)
    for _ in range(25):
        content = bytearray(healthy)
        for _ in range(draw.randrange(1, 6)):
            at = draw.randrange(len(content))
            content[at : at + 2000] = draw.randbytes(min(2000, len(content) - at))
        for old in worked.parent.glob("*"):
            old.unlink()
        worked.write_bytes(content)
        with suppress(sqlite3.Error), raw_of(worked) as raw:
            raw.execute("UPDATE meta SET value = '0' WHERE key = 'clean'")  # as after an unclean exit
        store, _ = open_or_recover(worked, now=NOW, policy=POLICY)
        assert store.quick_check() is None
        assert store.count(Filter(), now=NOW) >= 0
        store.close()
