"""Children that speak lines: heard, restarted, given up on, and gone when the desk goes."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest

from smartcity_desk.ui.lineprocess import LineProcess
from smartcity_desk.ui.syncprocess import TOO_MANY, WITHIN_SECONDS, SyncProcess, SyncState
from smartcity_desk.ui.training import City, TrainingCity
from tests.ui.kit import Kit, until

ECHO = """
import json, sys
print("no json here", flush=True)
print("[1, 2]", flush=True)
print(json.dumps({"kind": "hello", "text": "kepada \\u00e9"}), flush=True)
for line in sys.stdin:
    print(json.dumps({"kind": "echo", "heard": json.loads(line)}), flush=True)
"""
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('{"kind": "deaf"}', flush=True)
while True:
    time.sleep(60)
"""
DIES = "import sys; sys.stdin.readline(); sys.exit(3)"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def test_lines_go_both_ways_and_strays_are_dropped(kit: Kit) -> None:
    child, heard = LineProcess(python(ECHO)), list[dict[str, Any]]()
    child.line.connect(heard.append)
    child.start()
    child.send({"cmd": "secrets", "values": {"central/token": "ß"}})
    until(lambda: len(heard) == 2)
    assert heard[0] == {"kind": "hello", "text": "kepada é"}
    assert heard[1]["heard"] == {"cmd": "secrets", "values": {"central/token": "ß"}}
    assert child.stray_lines == 2
    ended: list[object] = []
    child.ended.connect(ended.append)
    kit.run(child.stop())
    assert ended == [0]
    assert not child.running
    kit.run(child.stop())


def test_a_deaf_child_is_ended_all_the_same(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartcity_desk.ui.lineprocess._PATIENCE_MS", 150)
    child, heard = LineProcess(python(DEAF)), list[object]()
    child.line.connect(heard.append)
    child.start()
    until(lambda: bool(heard))
    pid = child.pid
    kit.run(child.stop({"cmd": "stop"}))
    assert not child.running
    assert not is_there(pid)


def test_a_program_that_is_not_there_ends_at_once(kit: Kit) -> None:
    child, ended = LineProcess(["/nowhere/at-all"]), list[object]()
    child.ended.connect(ended.append)
    child.start()
    until(lambda: bool(ended))
    assert ended == [None]
    assert child.last_words


def test_a_line_without_end_does_not_fill_the_memory(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartcity_desk.ui.lineprocess._LONGEST_LINE", 10_000)
    child, ended = (
        LineProcess(python("import sys; sys.stdout.write('x' * 900000); sys.stdin.read()")),
        list[object](),
    )
    child.ended.connect(ended.append)
    child.start()
    until(lambda: bool(ended))
    assert ended == [None]


def test_the_sync_child_is_greeted_and_restarted_when_it_dies(kit: Kit) -> None:
    greeted = 0

    def greeting() -> list[dict[str, Any]]:
        nonlocal greeted
        greeted += 1
        return [{"cmd": "secrets", "values": {}}]

    sync, states, heard = (
        SyncProcess(python(ECHO), greeting=greeting, pauses_ms=(1,)),
        list[object](),
        list[Any](),
    )
    sync.state_changed.connect(states.append)
    sync.noticed.connect(heard.append)
    sync.start()
    until(lambda: len(heard) == 2)
    first = sync.pid
    os.kill(first, 9)
    until(lambda: len(heard) == 4)
    assert sync.pid != first
    assert greeted == 2
    assert states == [SyncState.RUNNING, SyncState.WAITING, SyncState.RUNNING]
    sync.send({"cmd": "push"})
    until(lambda: len(heard) == 5)
    kit.run(sync.stop())
    assert sync.state is SyncState.STOPPED
    assert states[-1] is SyncState.STOPPED


def test_a_child_that_only_dies_is_given_up_on_until_somebody_asks(kit: Kit) -> None:
    sync = SyncProcess(python(DIES), greeting=lambda: [{"cmd": "x"}], pauses_ms=(1,))
    births: list[int] = []
    sync.state_changed.connect(lambda state: births.append(1) if state is SyncState.RUNNING else None)
    sync.start()
    until(lambda: sync.state is SyncState.GIVEN_UP, 60)
    assert len(births) == TOO_MANY
    sync.start()
    until(lambda: sync.state is SyncState.GIVEN_UP, 60)
    assert len(births) == 2 * TOO_MANY


def test_deaths_far_apart_are_no_crash_loop(kit: Kit) -> None:
    now = 0.0

    def monotonic() -> float:
        nonlocal now
        now += WITHIN_SECONDS
        return now

    sync = SyncProcess(python(DIES), greeting=lambda: [{"cmd": "x"}], pauses_ms=(1,), monotonic=monotonic)
    births: list[int] = []
    sync.state_changed.connect(lambda state: births.append(1) if state is SyncState.RUNNING else None)
    sync.start()
    until(lambda: len(births) > TOO_MANY + 1, 60)
    kit.run(sync.stop())


CITY = """
import json, sys
def say(line): print(json.dumps(line), flush=True)
say({"progress": 0.1, "stage": "directory"})
say({"progress": 0.5, "stage": "history"})
say({"ready": True, "central": "http://127.0.0.1:1", "control": "http://127.0.0.1:2", "city": "c1",
     "channels": {"x": "http://127.0.0.1:3"}, "secrets": {"x": {"token": "t"}}, "options": {"x": {}},
     "asked": ["x"], "layers": {}, "pictures": {},
     "users": [{"user": "budi", "password": "b", "role": "supervisor"},
               {"user": "sari", "password": "s", "role": "operator"}]})
sys.stdin.read()
"""


def test_the_city_tells_how_far_it_is_and_whom_to_be(kit: Kit) -> None:
    now = iter(float(n) for n in range(100))
    city = TrainingCity(kit.desk.paths, command=python(CITY), monotonic=lambda: next(now))
    told: list[tuple[float, str, object]] = []
    city.progress.connect(lambda *what: told.append(what))
    ready = kit.run(city.start())
    assert ready == City(
        "http://127.0.0.1:1",
        "http://127.0.0.1:2",
        {"x": "http://127.0.0.1:3"},
        "sari",
        "s",
        {"x": {"token": "t"}},
        {"x": {}},
        frozenset({"x"}),
        name="c1",
    )
    assert "'s'" not in repr(ready)
    assert told == [(0.1, "directory", pytest.approx(9.0)), (0.5, "history", pytest.approx(2.0))]
    kit.run(city.stop())
    kit.run(city.stop())


@pytest.mark.parametrize("code", ["import sys; sys.exit('no room')", "print('{\"ready\": true}'); input()"])
def test_a_city_that_fails_says_so(kit: Kit, code: str) -> None:
    city = TrainingCity(kit.desk.paths, command=python(code))
    with pytest.raises(RuntimeError, match="training"):
        kit.run(city.start())
    kit.run(city.stop())


def test_calling_it_off_ends_the_child(kit: Kit) -> None:
    city = TrainingCity(kit.desk.paths, command=python("import sys; sys.stdin.read()"))
    task = kit.loop.create_task(city.start())
    until(lambda: bool(city._child and city._child.running))
    child = city._child
    task.cancel()
    until(task.done)
    assert task.cancelled()
    assert child is not None


def test_the_desks_own_command_runs_the_city_of_its_profile(kit: Kit) -> None:
    city = TrainingCity(kit.desk.paths, arguments=("--scale", "0.1"))
    assert city._command[-3:] == ["training", "--scale", "0.1"]
    assert city._command[city._command.index("--profile") :][:2] == ["--profile", "test"]
