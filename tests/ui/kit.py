"""A desk on a real store in a temporary folder, its clock stopped, and reports to work on."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import qasync
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from smartcity_desk import directory, paths
from smartcity_desk.config import Settings
from smartcity_desk.domain.events import Actor, Role
from smartcity_desk.domain.ids import report_id
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind
from smartcity_desk.domain.times import HOUR, MINUTE, from_iso
from smartcity_desk.secrets import SecretStore
from smartcity_desk.store import Store
from smartcity_desk.ui import darkroom, theme
from smartcity_desk.ui.bridge import Bridge
from smartcity_desk.ui.commands import CommandRegistry
from smartcity_desk.ui.executors import Lane
from smartcity_desk.ui.loop import TaskSet
from smartcity_desk.ui.notify import Message, Notify
from smartcity_desk.ui.services import Desk

T = TypeVar("T")

NOW = from_iso("2026-11-23T09:00:00+07:00")
OPERATOR = Actor("sari", Role.OPERATOR)
SUPERVISOR = Actor("budi", Role.SUPERVISOR)
TEBET_TIMUR = "31.74.01.1001"
TEXTS = (
    "Tumpukan sampah di kolong jembatan, sudah 3 hari tidak diangkut",
    "Lampu jalan mati di depan sekolah sejak kemarin malam",
    "Jalan rusak dan berlubang, banyak motor jatuh",
    "Banjir setinggi lutut, mohon ditindak segera",
    "Saluran tersumbat, genangan air tidak surut",
)


def make_report(n: int, *, text: str | None = None, channel: str = "petabencana", **fields: Any) -> Report:
    """The n-th report of a made-up city."""
    external = str(fields.pop("external_id", 400_000 + n))
    values: dict[str, Any] = {
        "id": report_id(channel, external),
        "channel": channel,
        "external_id": external,
        "kind": ReportKind.COMPLAINT,
        "reported_at": NOW - 30 * HOUR + n * MINUTE,
        "text": TEXTS[n % len(TEXTS)] + f" nomor {n}" if text is None else text,
        "title": "",
        "category": "sampah" if n % 5 == 0 else None,
        "place_quality": PlaceQuality.COARSE,
        "place_hint": "Tebet Timur" if n % 2 else "",
    }
    values.update(fields)
    return Report(**values)


@dataclass
class Kit:
    """A desk under test, and what it said."""

    desk: Desk
    loop: asyncio.AbstractEventLoop
    said: list[Message] = field(default_factory=list)
    now: int = NOW
    errors: list[BaseException] = field(default_factory=list)

    def ingest(self, reports: Sequence[Report], channel: str = "petabencana") -> None:
        """Take reports into the store, as the sync child would, without telling anybody."""
        self.desk.store.ingest(channel, reports, checkpoint=None, now=self.now)

    def run(self, work: Awaitable[T]) -> T:
        """Run a coroutine to its end while Qt goes on."""
        task = asyncio.ensure_future(work, loop=self.loop)
        until(task.done)
        return task.result()

    def settle(self) -> None:
        """Let everything that was started come to its end."""
        until(lambda: len(self.desk.tasks) == 0)
        QApplication.processEvents()
        if len(self.desk.tasks):
            self.settle()

    def close(self) -> None:
        """Put everything away and fail on whatever went wrong in a task."""
        self.run(self.desk.tasks.close())
        darkroom.close(self.desk)
        for lane in (self.desk.readers, self.desk.papers, self.desk.writer, self.desk.errands):
            self.run(lane.close())
        self.desk.store.close()
        assert self.errors == []


def until(done: Callable[[], bool], seconds: float = 20.0) -> None:
    """Let Qt and asyncio work until `done`; fail when it takes too long."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not come to pass"
        pause(1)


def pause(ms: int) -> None:
    """Let Qt work for a moment. Unlike `QTest.qWait` this lets go of the interpreter, so other threads get on."""
    inner = QEventLoop()
    QTimer.singleShot(ms, inner.quit)
    inner.exec()


@contextmanager
def desk_in(
    folder: Path, *, actor: Actor | None = OPERATOR, scheme: str = "dark", store: Store | None = None
) -> Iterator[Kit]:
    """A desk whose files are in `folder`, with a fresh store unless one is given."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    loop = qasync.QEventLoop(app, already_running=True)
    asyncio.set_event_loop(loop)
    chosen = theme.make(scheme)
    theme.apply(chosen)
    policy = directory.load_policy()
    city = directory.builtin_directory(NOW)
    if store is None:
        store = Store.open(folder / "desk.db", now=NOW, policy=policy)
        store.set_directory(city, "1", NOW, policies=[policy])
    profile = paths.Paths.of(folder, "test")
    counter = itertools.count(1)
    desk = Desk(
        paths=profile,
        store=store,
        readers=Lane("reader", 2),
        writer=Lane("writer", 1),
        errands=Lane("errand", 1),
        papers=Lane("paper", 1),
        settings=Settings.load(folder / "settings.json"),
        secrets=SecretStore("test", None, problem="session_only", environ={}),
        bridge=Bridge(),
        notify=Notify(),
        tasks=TaskSet(),
        commands=CommandRegistry(),
        theme=chosen,
        directory=city,
        actor=actor,
        actor_name="Sari",
        randomness=lambda n: next(counter).to_bytes(n, "big"),
    )
    kit = Kit(desk, loop)
    desk.clock = lambda: kit.now
    desk.notify.said.connect(kit.said.append)
    desk.tasks.on_error = lambda problem, _name: kit.errors.append(problem)
    try:
        yield kit
    finally:
        try:
            kit.close()
        finally:
            end_loop(loop)


def end_loop(loop: qasync.QEventLoop) -> None:
    """End a loop that Qt drove, and tell asyncio that none is running: other tests of this process start theirs.

    The rest of what `run_forever` does at its end; `stop()` would tell the application to quit, and it lives on.
    """
    loop._QEventLoop__is_running = False
    loop._after_run_forever()
    asyncio._set_running_loop(None)
    loop.close()
    asyncio.set_event_loop(None)


def press(widget: QWidget, *keys: str) -> None:
    """Press keys one after the other, each on whatever has the focus by then."""
    for key in keys:
        target = focus_of(widget)
        sequence = QKeySequence(key)[0]
        QTest.keyClick(target, sequence.key(), sequence.keyboardModifiers())


def type_in(widget: QWidget, text: str) -> None:
    """Type letters into whatever has the focus."""
    for letter in text:
        QTest.keyClicks(focus_of(widget), letter)


def focus_of(widget: QWidget) -> QWidget:
    """What has the focus. Offscreen there is no window manager that wakes a window when its dialog goes."""
    QApplication.processEvents()
    if QApplication.activeWindow() is None:
        widget.window().activateWindow()
        until(lambda: QApplication.activeWindow() is not None)
    return QApplication.focusWidget() or widget


def show(widget: QWidget, width: int = 1366, height: int = 768) -> None:
    """Show a window and wait until it can have the focus."""
    widget.resize(width, height)
    widget.show()
    widget.activateWindow()
    until(widget.isActiveWindow)
    widget.setFocus(Qt.FocusReason.OtherFocusReason)


def start(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Start a coroutine and go on."""
    return asyncio.ensure_future(work)
