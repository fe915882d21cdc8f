"""A full disk, a folder that does not let us, a lock, a killed process: an error with a name, and nothing lost."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.domain.events import EventKind, NoteAdded
from smartcity_desk.domain.query import Filter
from smartcity_desk.store import ChannelCheckpoint, OpState, Store
from smartcity_desk.store.engine import Database, connect
from tests import absent
from tests.domain.builders import POLICY, T0
from tests.store.helpers import do, made, put, raw_of, state_of

ROOT = Path(__file__).resolve().parents[2]


def test_a_full_disk_says_so_and_loses_nothing(store: Store) -> None:
    put(store, made(1))
    with store._database.outside_transaction() as raw:
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count = {pages + 4}")
    page = [made(number, text="x" * 2000) for number in range(2, 60)]
    with pytest.raises(StoreProblem) as full:
        store.ingest("petabencana", page, checkpoint=ChannelCheckpoint({"until": 1}), now=T0)
    assert full.value.kind == "disk_full"
    assert store.summary().reports == 1
    assert store.channel_state("petabencana").cursor == {}, "the page will be asked for again"
    assert store.count(Filter(text="banjir"), now=T0) == 1
    with store._database.outside_transaction() as raw:
        raw.execute("PRAGMA max_page_count = 1000000")
    assert store.ingest("petabencana", page, checkpoint=ChannelCheckpoint({"until": 1}), now=T0).new == 58
    do(store, EventKind.NOTE_ADDED, NoteAdded("x"), made(1))
    assert [row.ok for row in store.self_check()] == [True] * 8


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MiB, where the system lets us make one; else a folder and a limit on the size of a file."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    yield disk
    if mounted.returncode == 0:
        subprocess.run(["umount", str(disk)], check=True)


_FILL = """
import sys
from pathlib import Path
from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.store import Store
from tests.domain.builders import POLICY, T0
from tests.store.helpers import made
store = Store.open(Path(sys.argv[1]) / "d.sqlite3", now=T0, policy=POLICY)
if len(sys.argv) > 2:
    with store._database.outside_transaction() as raw:
        raw.execute("PRAGMA max_page_count = 500")
kept = 0
try:
    for start in range(0, 100_000, 50):
        store.ingest("x", [made(start + n, text="y" * 900) for n in range(50)], checkpoint=None, now=T0)
        kept += 50
except StoreProblem as problem:
    print(problem.kind, kept, store.summary().reports)
"""


def test_a_real_disk_that_fills_up(small_disk: Path) -> None:
    mounted = os.path.ismount(small_disk)
    limit = [] if mounted else ["limit"]
    done = subprocess.run(
        [sys.executable, "-c", _FILL, str(small_disk), *limit],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    kind, kept, there = done.stdout.split()
    assert kind == "disk_full"
    assert int(kept) > 0
    assert kept == there, "whole pages only"


# Everything is imported before the rights go: the interpreter's own files need not be readable for nobody.
_READ_ONLY = """
import os, sys
from pathlib import Path
import alembic.command
from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.store import Store
from tests.domain.builders import POLICY, T0
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    Store.open(Path(sys.argv[1]), now=T0, policy=POLICY)
except StoreProblem as problem:
    print(problem.kind)
"""


@pytest.mark.parametrize("existing", [True, False])
def test_a_read_only_folder(existing: bool) -> None:
    if sys.platform == "win32":
        absent.not_run("mode bits", "rights are not told by mode bits here")
    folder = Path(tempfile.mkdtemp())
    try:
        path = folder / "d.sqlite3"
        if existing:
            Store.open(path, now=T0, policy=POLICY).close()
            path.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
        folder.chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", _READ_ONLY, str(path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.stdout.strip() == "read_only", done.stderr
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(StoreProblem) as refused:
        Store.open(tmp_path / "taken" / "d.sqlite3", now=T0, policy=POLICY)
    assert refused.value.kind == "read_only"


def test_a_writer_that_waits_too_long_says_locked_and_readers_go_on(store: Store) -> None:
    put(store, made(1))
    impatient = Database(store.path, busy_ms=20)
    with raw_of(store.path) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreProblem) as locked, impatient.write():
            pass
        assert locked.value.kind == "locked"
        assert store.summary().reports == 1
        other.execute("ROLLBACK")
    with impatient.write() as connection:
        connection.exec_driver_sql("UPDATE meta SET value = 'x' WHERE key = 'opened_at'")
    impatient.close()


def test_readers_cannot_write(store: Store) -> None:
    with pytest.raises(StoreProblem) as refused, store._database.read() as raw:
        raw.execute("DELETE FROM report")
    assert refused.value.kind == "read_only"


def test_pragmas(store: Store) -> None:
    with store._database.outside_transaction() as raw:
        names = ("journal_mode", "synchronous", "foreign_keys")
        told = {name: raw.execute(f"PRAGMA {name}").fetchone()[0] for name in names}
    assert told == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1}
    reader = connect(store.path, writable=False)
    assert reader.execute("PRAGMA query_only").fetchone() == (1,)
    reader.close()


_WORK = """
import itertools, sys
from dataclasses import replace
from pathlib import Path
from smartcity_desk.domain.events import EventKind, NoteAdded
from smartcity_desk.store import ChannelCheckpoint, Store
from tests.domain.builders import ANI, POLICY, T0
from tests.store.helpers import Central, made
first = int(sys.argv[2])
store = Store.open(Path(sys.argv[1]), now=T0, policy=POLICY)
store.central.recover_sending(T0)
central = Central()
numbers = itertools.count(first * 100_000)
print("ready", flush=True)
for number in itertools.count(first):
    page = [made(number * 10 + n) for n in range(10)]
    store.ingest("petabencana", page, checkpoint=ChannelCheckpoint({"n": number}), now=T0)
    central.know(page)
    result = store.act(EventKind.NOTE_ADDED, NoteAdded("x"), [one.id for one in page], actor=ANI, now=T0,
                       randomness=lambda size: next(numbers).to_bytes(size, "big"))
    print(len(result.done), flush=True)
    answers = [central.ask(action) for action in store.central.next_ops(5, T0) if action.report in central.states]
    store.central.settle([
        replace(answer, events=tuple(replace(one, seq=first * 100_000 + one.seq) for one in answer.events))
        for answer in answers
    ], T0)
"""


def test_a_killed_process_loses_no_action_that_it_had_taken(path: Path) -> None:
    Store.open(path, now=T0, policy=POLICY).close()
    promised = 0
    for attempt in range(6):
        worker = subprocess.Popen(
            [sys.executable, "-c", _WORK, str(path), str(1 + attempt * 1000)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
        for _ in range(3 + attempt * 2):
            promised += int(worker.stdout.readline())
        worker.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        rest = worker.stdout.read()
        worker.stdout.close()
        worker.wait(20)
        promised += sum(int(line) for line in rest.splitlines() if line.isdigit())
        store = Store.open(path, now=T0, policy=POLICY)
        store.central.recover_sending(T0)
        assert [row.ok for row in store.self_check()] == [True] * 8
        ops = store.ops(limit=1_000_000)
        assert len(ops) >= promised
        assert {row.state for row in ops} <= {OpState.QUEUED, OpState.CONFIRMED}
        for row in ops:
            assert state_of(store, made(int(row.external_id))).notes == 1
        assert store.summary().reports == (store.channel_state("petabencana").fetched_total)
        store.close()


def test_showing_the_first_lines_does_not_wait_for_the_big_libraries(path: Path) -> None:
    """A window opens on a file of today: neither SQLAlchemy nor Alembic is loaded before the first write."""
    store = Store.open(path, now=T0, policy=POLICY)
    put(store, made(1))
    store.close()
    code = (
        "import sys\nfrom pathlib import Path\nfrom smartcity_desk.domain.query import Filter\n"
        "from smartcity_desk.store import open_or_recover\nfrom tests.domain.builders import POLICY, T0\n"
        "store, _ = open_or_recover(Path(sys.argv[1]), now=T0, policy=POLICY)\n"
        "assert len(store.page_first(Filter(), now=T0)) == 1\n"
        "assert store.summary().reports == 1\nstore.close()\n"
        "print(sorted({'sqlalchemy', 'alembic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_after_an_orderly_end_there_is_one_whole_file(path: Path) -> None:
    store = Store.open(path, now=T0, policy=POLICY)
    put(store, made(1))
    assert store.summary().reports == 1
    store.close()
    assert [item.name for item in path.parent.iterdir()] == [path.name]
    store = Store.open(path, now=T0, policy=POLICY)
    assert store.summary().reports == 1, "a store that only reads leaves nothing behind either"
    store.close()
    assert [item.name for item in path.parent.iterdir()] == [path.name]
