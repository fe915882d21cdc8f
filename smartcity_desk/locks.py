"""Locks that the system gives back when a process ends, however it ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.paths import as_store_problem

_WAIT_SECONDS: Final = 10.0
_LOOK_AGAIN_SECONDS: Final = 0.02


class InstanceLock:
    """One desk at a time per profile. The system frees the lock when the process ends, however it ends.

    Use as a context manager, or call :meth:`acquire` and :meth:`release`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    @property
    def held(self) -> bool:
        """Tell whether this object holds the lock."""
        return self._file is not None

    def acquire(self) -> None:
        """Take the lock or raise StoreProblem: ``second_instance`` when another process has it (`pid` if known)."""
        if self._file is not None:
            return
        try:
            file = self._path.open("a+b")
        except OSError as problem:
            raise as_store_problem(problem, self._path) from problem
        try:
            _lock_file(file)
        except OSError as problem:
            file.close()
            raise StoreProblem("second_instance", pid=self.holder()) from problem
        file.seek(1)  # the first byte is the one that Windows locks against readers too
        file.truncate()
        file.write(f"{os.getpid()}\n".encode())
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._file is not None:
            _unlock_file(self._file)
            self._file.close()
            self._file = None

    def holder(self) -> int | None:
        """Return the process id that was written by whoever holds, or last held, the lock."""
        try:
            with self._path.open("rb") as stream:
                stream.seek(1)
                digits = stream.read(20).strip()
        except OSError:
            return None
        return int(digits) if digits.isdigit() else None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


@contextmanager
def waiting_lock(path: Path) -> Iterator[None]:
    """Hold the lock file `path` inside the block, waiting up to 10 s. Raises StoreProblem: ``locked``."""
    try:
        file = path.open("a+b")
    except OSError as problem:
        raise as_store_problem(problem, path) from problem
    with file:
        deadline = time.monotonic() + _WAIT_SECONDS
        while True:
            try:
                _lock_file(file)
                break
            except OSError as problem:
                if time.monotonic() >= deadline:
                    raise StoreProblem("locked", path=str(path)) from problem
                time.sleep(_LOOK_AGAIN_SECONDS)
        try:
            yield
        finally:
            _unlock_file(file)


if sys.platform == "win32":
    import msvcrt

    def _lock_file(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _unlock_file(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock_file(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock_file(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
