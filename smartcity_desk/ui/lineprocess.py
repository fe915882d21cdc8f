"""A child process that speaks JSON lines on its standard output and hears them on its standard input."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

_log = logging.getLogger(__name__)

_LONGEST_LINE: Final = 1_000_000
_KEPT_STDERR: Final = 4_000
_PATIENCE_MS: Final = 4_000


class LineProcess(QObject):
    """One run of one child. `line` brings each JSON object; `ended` its exit code, or None when it was killed.

    Lines that are no JSON object are counted and dropped: a stray print in the child must not stop the desk.
    """

    line = Signal(object)
    ended = Signal(object)

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._buffer = b""
        self._stderr = b""
        self._told_end = False
        self.stray_lines = 0
        self._process = QProcess(self)
        self._process.setProgram(command[0])
        self._process.setArguments(list(command[1:]))
        surroundings = QProcessEnvironment.systemEnvironment()
        surroundings.insert("PYTHONUNBUFFERED", "1")
        surroundings.insert("PYTHONIOENCODING", "utf-8")
        for name, value in (environment or {}).items():
            surroundings.insert(name, value)
        self._process.setProcessEnvironment(surroundings)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._read_stderr)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._failed)

    @property
    def running(self) -> bool:
        """Whether the child lives, or is about to."""
        return self._process.state() is not QProcess.ProcessState.NotRunning

    @property
    def pid(self) -> int:
        """The child's process id; 0 when it does not run."""
        return int(self._process.processId())

    @property
    def last_words(self) -> str:
        """The end of what the child wrote to standard error, for the log."""
        return self._stderr.decode("utf-8", "replace").strip()

    def start(self) -> None:
        """Start the child; trouble with starting is told by `ended`."""
        self._process.start()

    def send(self, message: Mapping[str, Any]) -> None:
        """Hand the child one line; nothing happens when it is not there."""
        if self.running:
            self._process.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")

    async def stop(self, farewell: Mapping[str, Any] | None = None) -> None:
        """Ask it to end, close its input, and after some patience end it. Returns when it is gone."""
        if not self.running:
            return
        if farewell is not None:
            self.send(farewell)
        self._process.closeWriteChannel()
        for insist in (None, self._process.terminate, self._process.kill):
            if insist is not None:
                insist()
            if await self._gone():
                return

    async def _gone(self) -> bool:
        gone: asyncio.Future[None] = asyncio.get_event_loop().create_future()

        def told(_code: object) -> None:
            if not gone.done():
                gone.set_result(None)

        self.ended.connect(told)
        try:
            if self.running:
                await asyncio.wait_for(gone, _PATIENCE_MS / 1000)
        except TimeoutError:
            return False
        finally:
            self.ended.disconnect(told)
        return True

    def _read(self) -> None:
        self._buffer += bytes(self._process.readAllStandardOutput().data())
        *lines, self._buffer = self._buffer.split(b"\n")
        if len(self._buffer) > _LONGEST_LINE:
            _log.error("child process: a line of more than %d bytes; ended", _LONGEST_LINE)
            self._buffer = b""
            self._process.kill()
        for raw in lines:
            if raw.strip():
                self._take(raw)

    def _take(self, raw: bytes) -> None:
        try:
            message = json.loads(raw)
        except ValueError:
            message = None
        if isinstance(message, dict):
            self.line.emit(message)
        else:
            self.stray_lines += 1

    def _read_stderr(self) -> None:
        self._stderr = (self._stderr + bytes(self._process.readAllStandardError().data()))[-_KEPT_STDERR:]

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        self._read_stderr()
        self._end(code if status is QProcess.ExitStatus.NormalExit else None)

    def _failed(self, problem: QProcess.ProcessError) -> None:
        if problem is QProcess.ProcessError.FailedToStart:
            self._stderr = self._process.errorString().encode()
            self._end(None)

    def _end(self, code: int | None) -> None:
        if not self._told_end:
            self._told_end = True
            self.ended.emit(code)
