from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from smartcity_desk import locks
from smartcity_desk.domain.errors import StoreProblem

HOLD = """
import sys
from pathlib import Path
from smartcity_desk.locks import InstanceLock
lock = InstanceLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_instance_is_refused_and_told_who_holds(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        second = locks.InstanceLock(path)
        with pytest.raises(StoreProblem) as caught:
            second.acquire()
        assert caught.value.kind == "second_instance"
        assert caught.value.params["pid"] == holder.pid
        assert not second.held
        holder.kill()  # as a crash would: nothing is tidied up
        holder.wait(timeout=30)
        second.acquire()
        assert second.held
        second.release()


def test_the_lock_can_be_given_back_and_taken_again(tmp_path: Path) -> None:
    first, second = locks.InstanceLock(tmp_path / "lock"), locks.InstanceLock(tmp_path / "lock")
    with first:
        first.acquire()  # harmless
        with pytest.raises(StoreProblem):
            second.acquire()
    with second:
        assert second.held
    assert not second.held


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(StoreProblem) as caught:
        locks.InstanceLock(tmp_path / "missing" / "lock").acquire()
    assert caught.value.kind == "read_only"


def test_waiting_lock_lets_one_in_at_a_time(tmp_path: Path) -> None:
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with locks.waiting_lock(tmp_path / "lock"):
                inside += 1
                most = max(most, inside)
                inside -= 1

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    assert most == 1


def test_waiting_lock_gives_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "_WAIT_SECONDS", 0.0)
    path = tmp_path / "lock"
    with locks.waiting_lock(path), pytest.raises(StoreProblem) as caught, locks.waiting_lock(path):
        pass
    assert caught.value.kind == "locked"
