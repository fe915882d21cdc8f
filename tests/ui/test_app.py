"""The whole program in a process of its own: first start, second start, signals, and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smartcity_desk import app, config
from smartcity_desk.config import Settings
from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.locks import InstanceLock
from smartcity_desk.paths import Paths
from smartcity_desk.ui.session import Session
from smartcity_desk.ui.sitting import Sitting
from tests.ui.kit import Kit, until
from tests.ui.test_login import FakeDoor
from tests.ui.test_processes import is_there

ROOT = Path(__file__).resolve().parents[2]

HEAD = """
import asyncio, json, sys
from smartcity_desk import config
from smartcity_desk.app import Start, run
from smartcity_desk.domain.errors import DeskError

def say(**what):
    print(json.dumps(what), flush=True)

async def until(done, seconds=60):
    end = asyncio.get_event_loop().time() + seconds
    while not done():
        assert asyncio.get_event_loop().time() < end, "it did not come to pass"
        await asyncio.sleep(0.02)

def go(drive, **start):
    def started(sitting):
        async def guarded():
            try:
                await drive(sitting)
            except Exception as problem:
                say(failed=repr(problem))
                sitting.leave()
                raise
        sitting.desk.tasks.spawn(guarded(), name="drive")
    try:
        say(code=run(Start(data_dir=sys.argv[1], dialogs=False, started=started, **start)))
    except DeskError as problem:
        say(refused=problem.code, params={k: v for k, v in problem.params.items()})
"""


class Program:
    """A run of the desk under a script; what it says comes as one dictionary."""

    def __init__(self, folder: Path, script: str) -> None:
        environment = os.environ | {
            "QT_QPA_PLATFORM": "offscreen",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "PYTHONPATH": str(ROOT),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", HEAD + textwrap.dedent(script), str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def hear(self) -> dict[str, Any]:
        """The next thing that it says."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read() if self.process.stderr else ""
        return dict(json.loads(line))

    def end(self) -> dict[str, Any]:
        """All the rest that it says, once it has ended."""
        out, errors = self.process.communicate(timeout=120)
        said: dict[str, Any] = {}
        for line in out.splitlines():
            said |= json.loads(line)
        noise = [line for line in errors.splitlines() if "This plugin does not support" not in line]
        assert noise == [], errors
        assert self.process.returncode == 0
        assert "failed" not in said, said
        return said


@pytest.fixture
def programs() -> Iterator[list[Program]]:
    """Programs that a failing test must not leave running."""
    made: list[Program] = []
    yield made
    for program in made:
        if program.process.poll() is None:
            program.process.kill()
        program.process.communicate()


FIRST = """
async def drive(sitting):
    await until(lambda: sitting.welcome is not None)
    say(welcome=sitting.welcome.isVisible(), window=sitting.window is not None)
    sitting.welcome.local.button.click()
    await until(lambda: sitting.window is not None and sitting.welcome is None)
    say(shown=sitting.window.isVisible(), screen=sitting.window.current, offices=len(sitting.desk.directory.offices))
    sitting.window.show_screen("health")
    await asyncio.sleep(0.2)
    sitting.window.close()
go(drive)
"""

AGAIN = """
async def drive(sitting):
    await until(lambda: sitting.window is not None)
    say(welcome=sitting.welcome is not None, screen=sitting.window.current)
    sitting.desk.commands.run("app.quit")
go(drive)
"""


def test_first_start_then_every_other(tmp_path: Path, programs: list[Program]) -> None:
    programs.append(Program(tmp_path, FIRST))
    said = programs[-1].end()
    assert said["welcome"] is True
    assert said["window"] is False
    assert said["shown"] is True
    assert said["screen"] == "triage"
    assert said["offices"] > 300
    assert said["code"] == 0
    programs.append(Program(tmp_path, AGAIN))
    said = programs[-1].end()
    assert said == {"welcome": False, "screen": "health", "code": 0}
    paths = Paths.of(tmp_path)
    assert Settings.load(paths.settings).get(config.WELCOMED)
    with InstanceLock(paths.lock):
        assert paths.database.exists()


WAITS = """
async def drive(sitting):
    sitting.desk.settings.set(config.WELCOMED, True)
    await until(lambda: sitting._bell is not None)
    raised = []
    before = sitting._raise
    sitting._bell._rung = lambda code: (before(code), raised.append(code))
    sitting.window.hide()
    say(listening=sitting._bell.listening)
    await until(lambda: raised)
    say(raised=sitting.window.isVisible())
    await until(lambda: False, 100)
go(drive)
"""


def test_a_second_start_wakes_the_first_and_says_why_it_ends(tmp_path: Path, programs: list[Program]) -> None:
    paths = Paths.of(tmp_path).prepare()
    settings = Settings.load(paths.settings)
    settings.set(config.WELCOMED, True)
    settings.save()
    first = Program(tmp_path, WAITS)
    programs.append(first)
    assert first.hear() == {"listening": True}
    second = Program(tmp_path, AGAIN)
    programs.append(second)
    said = second.end()
    assert said["refused"] == "store_problem"
    assert said["params"] == {"kind": "second_instance", "pid": first.process.pid}
    assert first.hear() == {"raised": True}
    first.process.send_signal(signal.SIGTERM)
    assert first.end()["code"] == 0


def test_a_file_from_the_future_is_left_alone(tmp_path: Path, programs: list[Program]) -> None:
    import sqlite3

    programs.append(Program(tmp_path, FIRST))
    programs[-1].end()
    database = Paths.of(tmp_path).database
    with sqlite3.connect(database) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    before = database.read_bytes()
    programs.append(Program(tmp_path, AGAIN))
    said = programs[-1].end()
    assert said["refused"] == "store_problem"
    assert said["params"]["kind"] == "too_new"
    assert database.read_bytes() == before


def test_a_damaged_file_is_told_and_the_work_goes_on(tmp_path: Path, programs: list[Program]) -> None:
    programs.append(Program(tmp_path, FIRST))
    programs[-1].end()
    database = Paths.of(tmp_path).database
    database.write_bytes(b"this is no database" * 4_000)
    told = """
    async def drive(sitting):
        said = []
        sitting.desk.notify.said.connect(lambda message: said.append(message.text))
        await until(lambda: said)
        say(said=said)
        sitting.leave()
    go(drive)
    """
    programs.append(Program(tmp_path, textwrap.dedent(told)))
    said = programs[-1].end()
    assert any("rusak dan sudah disisihkan" in text for text in said["said"])
    assert said["code"] == 0


TRAINING = """
async def drive(sitting):
    if not sitting.desk.training:
        await until(lambda: sitting.welcome is not None)
        sitting.welcome.training.button.click()
        return
    await until(lambda: sitting.desk.bridge.connection.link == "online", 90)
    say(actor=sitting.desk.actor.user, child=sitting.desk.sync.pid, city=sitting.city._child.pid)
    await until(lambda: sitting.desk.store.summary().reports > 50, 60)
    say(strip=sitting.window.strip.isVisible())
    sitting.desk.commands.run("app.network")
    await until(lambda: sitting.desk.bridge.connection.link == "offline", 60)
    sitting.desk.commands.run("app.network")
    await until(lambda: sitting.desk.bridge.connection.link == "online", 60)
    say(mended=True)
    sitting.window.close()
go(drive, training_arguments=("--scale", "0.01"))
"""


def test_the_training_door_leads_to_a_living_city_and_nothing_is_left_of_it(
    tmp_path: Path, programs: list[Program]
) -> None:
    programs.append(Program(tmp_path, TRAINING))
    said = programs[-1].end()
    assert said["actor"] == "sari"
    assert said["strip"] is True
    assert said["mended"] is True
    assert said["code"] == 0
    assert not is_there(said["child"])
    assert not is_there(said["city"])
    own = Settings.load(Paths.of(tmp_path).settings)
    assert own.get(config.CENTRAL_URL) == ""
    assert own.channels() == {}


@pytest.mark.parametrize("lane", ["readers", "papers"])
def test_leaving_waits_for_readers_before_the_file_is_closed(kit: Kit, lane: str) -> None:
    """A connection closed under a running statement takes the whole process with it."""
    order: list[str] = []
    gate = threading.Event()
    desk = kit.desk
    close = desk.store.close

    def slow_read() -> None:
        gate.wait(10)
        order.append("read")

    def closing() -> None:
        order.append("closed")
        close()

    desk.store.close = closing  # type: ignore[method-assign]
    sitting = Sitting(desk, Session(desk, FakeDoor(desk.secrets)))
    getattr(desk, lane).post(slow_read)
    leaving = kit.loop.create_task(sitting.close())
    kit.loop.call_later(0.15, gate.set)
    until(leaving.done)
    desk.store.close = lambda: None  # type: ignore[method-assign]  # the kit closes once more
    assert order == ["read", "closed"]


def test_without_a_display_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(ConfigProblem) as caught:
        app.check_display()
    assert caught.value.params["reason"] == "no_display"
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    app.check_display()
    monkeypatch.delenv("WAYLAND_DISPLAY")
    monkeypatch.setattr(sys, "platform", "darwin")
    app.check_display()
