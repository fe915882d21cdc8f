"""The machine lets the desk down: its error, a line that an operator understands, and nothing lost."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from smartcity_desk.domain.times import HOUR
from tests import absent
from tests.cli.kit import Said, Shell, flood, petabencana, run_process
from tests.conftest import ROOT

NOW = time.time_ns() // 1_000_000
MOUNT_BYTES = 9_000_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of nine megabytes that is this test's own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MOUNT_BYTES}", "tmpfs", str(folder)], capture_output=True
    )
    if made.returncode != 0:
        absent.not_run("small-disk", "only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _filled(folder: Path) -> Shell:
    shell = Shell(folder)
    with petabencana(*(flood(n, NOW - n * HOUR) for n in range(1, 4))) as source:
        assert shell("channel", "set", "petabencana", "--url", source.url).code == 0
        assert shell("sync", "--once").code == 0
    return shell


def _fill(folder: Path) -> Path:
    """Take all the room that is left."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(b"\0" * 4096)
        except OSError:
            pass
    return filler


def _told(said: Said, kind: str) -> None:
    assert said.code == 7, said
    assert said.out == ""
    assert said.error["params"]["kind"] == kind
    assert said.error["what"]
    assert said.error["next"]


def test_a_full_disk_is_told_and_nothing_is_lost(small_disk: Path) -> None:
    shell = _filled(small_disk / "data")
    assert shell("do", "note", "petabencana:1", "--text", "sebelum penuh").code == 0
    filler = _fill(small_disk)
    _told(shell("do", "note", "petabencana:2", "--text", "x" * 19_000, "--json"), "disk_full")
    with petabencana(*(flood(n, NOW - n * HOUR, text="y" * 5_000) for n in range(1, 200))) as source:
        filler.unlink()
        assert shell("channel", "set", "petabencana", "--url", source.url).code == 0
        filler = _fill(small_disk)
        said = shell("sync", "--once", "--json")
        assert said.code == 7, said
        filler.unlink()
        assert shell("self-check", "--json").rows
        assert {row["check"]: row["ok"] for row in shell("self-check", "--json").rows}["store_whole"]
        assert [row["kind"] for row in shell("outbox", "--json").rows] == ["note.added"]
        assert shell("sync", "--once").code == 0
    assert len(shell("list", "--view", "all", "--json").rows) == 199
    assert shell("do", "note", "petabencana:2", "--text", "sesudahnya").code == 0


def test_a_disk_that_fills_while_reports_come_in_keeps_whole_pages(small_disk: Path) -> None:
    shell = Shell(small_disk / "data")
    with petabencana(*(flood(n, NOW - n * 1000, text="z" * 20_000) for n in range(1, 300))) as source:
        shell("channel", "set", "petabencana", "--url", source.url)
        said = shell("sync", "--once", "--json")
        assert said.code == 7, said
        assert '"disk_full"' in said.err
        rows = shell("list", "--view", "all", "--json")
        assert rows.code in {0, 7}
        source.items = source.items[:3]
    for spare in (small_disk / "data").rglob("*.log"):
        spare.unlink()


def test_a_folder_that_becomes_read_only_is_told_and_nothing_is_lost(small_disk: Path) -> None:
    shell = _filled(small_disk / "data")
    assert shell("do", "note", "petabencana:1", "--text", "sebelumnya").code == 0
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    try:
        for words in (
            ("do", "note", "petabencana:2", "--text", "x"),
            ("list", "--view", "all"),
            ("sync", "--once"),
            ("channel", "set", "petabencana", "--disable"),
        ):
            _told(shell(*words, "--json"), "read_only")
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert len(shell("outbox", "--json").rows) == 1
    assert shell("do", "note", "petabencana:2", "--text", "sesudahnya").code == 0


class Follower:
    """`sync --follow` as a desk runs it."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "smartcity_desk", "--data-dir", str(folder), "sync", "--follow"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
        )

    def hear(self, kind: str) -> dict[str, Any]:
        """Wait for a notice of a kind."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            notice: dict[str, Any] = json.loads(line)
            if notice["kind"] == kind:
                return notice
        raise AssertionError(f"ended without a word of {kind}")

    def end(self, *, kill: bool) -> int:
        if kill:
            self.process.kill()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.stdout.close()
        return self.process.wait(30)


def test_a_second_engine_on_one_profile_is_refused_and_the_first_one_lives(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with petabencana(flood(1, NOW - HOUR)) as source:
        shell = Shell(folder)
        shell("channel", "set", "petabencana", "--url", source.url)
        follower = Follower(folder)
        try:
            assert follower.hear("reports")["new"] == 1
            _told(run_process(folder, "sync", "--once", "--json"), "second_instance")
            assert follower.process.poll() is None
            assert shell("do", "note", "petabencana:1", "--text", "di samping").code == 0
        finally:
            assert follower.end(kill=False) == 0


def test_a_killed_engine_leaves_a_profile_that_works_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with petabencana(*(flood(n, NOW - n * HOUR) for n in range(1, 6))) as source:
        shell = Shell(folder)
        shell("channel", "set", "petabencana", "--url", source.url)
        follower = Follower(folder)
        try:
            follower.hear("reports")
        finally:
            assert follower.end(kill=True) == -9
        source.items.append(flood(9, NOW))
        assert shell("sync", "--once").code == 0
        assert len(shell("list", "--view", "all", "--json").rows) == 6
        checks = {row["check"]: row["ok"] for row in shell("self-check", "--json").rows}
        assert checks["store_whole"] is True
        assert checks["store_states"] is True


@pytest.mark.parametrize("where", ["head", "middle", "tail"])
def test_a_damaged_file_is_set_aside_and_its_outbox_lives_on(tmp_path: Path, where: str) -> None:
    shell = _filled(tmp_path / "data")
    for number in (1, 2, 3):
        assert shell("do", "note", f"petabencana:{number}", "--text", f"catatan {number}").code == 0
    database = tmp_path / "data" / "profiles" / "default" / "desk.sqlite3"
    whole = database.read_bytes()
    database.write_bytes(
        {
            "head": bytes(64) + whole[64:],
            "middle": whole[: 4096 * 4] + bytes(4096 * 6) + whole[4096 * 10 :],
            "tail": whole[: len(whole) // 2],
        }[where]
    )
    said = shell("outbox", "--json")
    assert said.code == 0
    assert said.error["code"] == "recovered"
    assert said.error["params"]["saved"] == 3
    assert {row["payload"]["text"] for row in said.rows} == {f"catatan {n}" for n in (1, 2, 3)}
    (aside,) = database.parent.glob("desk.sqlite3.rusak-*")
    assert aside.stat().st_size > 0, "the damaged file is kept"
    with petabencana(*(flood(n, NOW - n * HOUR) for n in range(1, 4))) as source:
        shell("channel", "set", "petabencana", "--url", source.url)
        assert shell("sync", "--once").code == 0
    (row,) = shell("show", "petabencana:2", "--json").rows
    assert (row["notes"], row["pending"]) == (1, True)
    assert {row["check"]: row["ok"] for row in shell("self-check", "--json").rows}["store_states"] is True


def test_five_commands_at_once_all_get_through(tmp_path: Path) -> None:
    shell = _filled(tmp_path / "data")
    barrier = threading.Barrier(5)

    def note(number: int) -> int:
        barrier.wait()
        return run_process(
            tmp_path / "data", "do", "note", f"petabencana:{number % 3 + 1}", "--text", f"catatan {number}"
        ).code

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(note, range(5))) == [0] * 5
    kept = {row["payload"]["text"] for row in shell("outbox", "--json").rows}
    assert kept == {f"catatan {n}" for n in range(5)}


def test_a_file_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    import sqlite3

    shell = _filled(tmp_path / "data")
    database = tmp_path / "data" / "profiles" / "default" / "desk.sqlite3"
    with sqlite3.connect(database) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    before = database.read_bytes()
    _told(shell("list", "--json"), "too_new")
    assert database.read_bytes() == before
