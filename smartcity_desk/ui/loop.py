"""One Qt and asyncio loop per process, and the tasks that somebody owns.

House rules, each from a crash or a hang: one `run_until_complete` for the whole life of the program; every task is held
by a `TaskSet`; a dialog is opened with :func:`shown` and never with `exec()` inside a coroutine; the last window does
not end the program, the coroutine does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QDialog

from smartcity_desk.ui.widgets.over import lay_over

_log = logging.getLogger(__name__)

ErrorHandler = Callable[[BaseException, str], None]


class TaskSet:
    """Tasks with an owner: held until done, cancelled together, their errors told once.

    `on_error` gets the exception and the task's name; without it the log has both.
    """

    def __init__(self, on_error: ErrorHandler | None = None) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._named: dict[str, asyncio.Task[Any]] = {}
        self.on_error = on_error
        self._closed = False

    def __len__(self) -> int:
        return len(self._tasks)

    def spawn(self, work: Coroutine[Any, Any, Any], *, name: str = "") -> asyncio.Task[Any] | None:
        """Start `work` and hold it. After :meth:`close` it is dropped: a timer's last beat may come that late."""
        if self._closed:
            work.close()
            return None
        task = asyncio.get_event_loop().create_task(work, name=name or None)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def replace(self, name: str, work: Coroutine[Any, Any, Any]) -> None:
        """Start `work` under `name` and cancel what ran under it before: the newest question wins."""
        before = self._named.pop(name, None)
        if before is not None:
            before.cancel()
        task = self.spawn(work, name=name)
        if task is not None:
            self._named[name] = task

    def cancel(self, name: str) -> None:
        """Cancel what runs under `name`; harmless when nothing does."""
        task = self._named.pop(name, None)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        """Cancel all, wait until each has ended, and take no more."""
        self._closed = True
        while self._tasks:
            waiting = list(self._tasks)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if self._named.get(task.get_name()) is task:
            del self._named[task.get_name()]
        if task.cancelled():
            return
        problem = task.exception()
        if problem is None:
            return
        if self.on_error is not None:
            self.on_error(problem, task.get_name())
        else:
            _log.error("task %s failed", task.get_name(), exc_info=problem)


async def shown(dialog: QDialog) -> int:
    """Open a dialog and wait for its result without a loop of its own; the dialog is deleted afterwards."""
    answered: asyncio.Future[int] = asyncio.get_event_loop().create_future()

    def finished(code: int) -> None:
        if not answered.done():
            answered.set_result(code)

    dialog.finished.connect(finished)
    lay_over(dialog)
    dialog.open()
    try:
        return await answered
    finally:
        dialog.close()
        dialog.deleteLater()


def run(app: QApplication, main: Coroutine[Any, Any, int]) -> int:
    """Run `main` to its end on one loop and return its exit code. May be called once in a process."""
    import qasync

    app.setQuitOnLastWindowClosed(False)
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    try:
        return int(loop.run_until_complete(main))
    finally:
        loop.close()
        asyncio.set_event_loop(None)


def alive(thing: QObject) -> bool:
    """Tell whether the C++ half of a Qt object is still there; a task may outlive the widget it was to fill."""
    import shiboken6

    return bool(shiboken6.isValid(thing))
