"""Where pictures from outside are decoded: in a process of their own that may die of one (`photos.worker`).

Started with the first picture, used again for the next ones, replaced after a few hundred and after every death.
What it answers is believed no more than the file was: each part has its limit and its shape.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Final, Protocol, TypeVar

import msgspec

from smartcity_desk.domain.errors import BadData
from smartcity_desk.paths import PICTURE_CHILD, command_line

PLACE: Final = "photo"
"""Where `BadData` says it comes from: the same as `photos.reading`."""
SECONDS: Final = 30.0
"""By the clock on the wall, the start of the process included."""
USES: Final = 400
"""Pictures that one process decodes; what a library leaks is given back with it."""
IDLE_SECONDS: Final = 60.0
"""After so long without a picture the process gives its memory back."""
MOST_BYTES: Final = 32 << 20
"""What the process takes at all; `photos.reading` says the same."""
MOST_HEAD: Final = 16 << 10
MOST_VIEW: Final = 8 << 20
MOST_THUMB: Final = 512 << 10
_JPEG: Final = b"\xff\xd8\xff"
_KEYS: Final = frozenset(
    {"empty", "too_large", "heic", "unknown_format", "too_many_points", "too_small", "damaged"}
)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a picture says of itself, weak evidence all of it (`photos.metadata`). Ms UTC, degrees, metres."""

    taken_at: int | None = None
    zone_known: bool = False
    lat: float | None = None
    lon: float | None = None
    error_m: float | None = None
    traces: tuple[tuple[str, str], ...] = ()
    credentials: bool = False


class _Head(Facts, frozen=True, kw_only=True):
    ok: bool
    key: str = ""
    kind: str = ""
    width: int = 0
    height: int = 0
    print: str = ""
    view: int = 0
    thumb: int = 0


class Answered(Protocol):
    """The head of any answer."""

    @property
    def ok(self) -> bool:
        """Whether the picture was taken."""

    @property
    def key(self) -> str:
        """Why not."""


T = TypeVar("T")
H = TypeVar("H", bound=Answered)


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture: `view` and `thumb` are JPEG files of our own, `facts` JSON, the size that of the original."""

    kind: str
    width: int
    height: int
    facts: str
    print: bytes
    view: bytes
    thumb: bytes


_LETTING_GO_S: Final = 0.1


class Room:
    """A process that takes one file at a time and may die of it, for any thread. Close it when done."""

    def __init__(self, command: Sequence[str], *, seconds: float = SECONDS, uses: int = USES) -> None:
        self._command: Final = list(command)
        self._seconds: Final = seconds
        self._uses: Final = uses
        self._lock: Final = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._used = 0
        self._used_at = 0.0

    def through(self, data: bytes, ask: Callable[[subprocess.Popen[bytes], bytes], T]) -> T:
        """What `ask` reads from the process for a file. Blocks; for the thread of an executor.

        Raises `BadData("photo", key)` with the keys of `photos.reading.read`, or `crashed` and `too_slow` where the
        decoder died of it or was ended; OSError when no process can be had.
        """
        if not data:
            raise BadData(PLACE, "empty")
        if len(data) > MOST_BYTES:
            raise BadData(PLACE, "too_large", most=MOST_BYTES)
        with self._lock:
            child = self._ready()
            late = threading.Event()

            def end() -> None:
                late.set()
                child.kill()

            timer = threading.Timer(self._seconds, end)
            timer.daemon = True
            timer.start()
            try:
                answer = ask(child, data)
            except _Refused as refused:
                raise BadData(PLACE, refused.key) from None
            except (OSError, EOFError, ValueError, msgspec.MsgspecError):
                self._end()
                raise BadData(PLACE, "too_slow" if late.is_set() else "crashed") from None
            finally:
                timer.cancel()
            self._used += 1
            self._used_at = time.monotonic()
            return answer

    def rest(self) -> None:
        """End the process if it has had nothing to do for a while; the next picture starts another one."""
        if self._child is not None and time.monotonic() - self._used_at > IDLE_SECONDS:
            self.close()

    def close(self) -> None:
        """End the process, also in the middle of a picture. Safe to call twice; the next picture starts another one."""
        while True:
            child = self._child
            if child is not None:
                child.kill()  # whoever waits for it lets go of the lock now
            # One who was only about to ask starts another process meanwhile; that one ends as well.
            if self._lock.acquire(timeout=_LETTING_GO_S):
                break
        try:
            self._end()
        finally:
            self._lock.release()

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._child is not None and (self._used >= self._uses or self._child.poll() is not None):
            self._end()
        if self._child is None:
            self._child = subprocess.Popen(  # noqa: S603 - our own program
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
            self._used = 0
            self._used_at = time.monotonic()
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()


class Darkroom(Room):
    """Decodes pictures for the screen. It starts again when needed."""

    def __init__(
        self,
        *,
        command: Sequence[str] = (),
        seconds: float = SECONDS,
        uses: int = USES,
        view_side: int | None = None,
    ) -> None:
        """`view_side` is the longer side of the views in points, None for that of the copies that are kept."""
        sides = [] if view_side is None else [str(view_side)]
        super().__init__(list(command) or [*command_line(PICTURE_CHILD), *sides], seconds=seconds, uses=uses)

    def develop(self, data: bytes) -> Picture:
        """Decode a file. Blocks; raises as `through` does."""
        return self.through(data, _ask)


class _Refused(Exception):  # noqa: N818 - an answer, not an error
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key: Final = key if key in _KEYS else "damaged"


def _environment() -> dict[str, str]:
    """What the process needs to find its libraries, and no more: no proxy, no token, no home."""
    kept = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    if not getattr(sys, "frozen", False):
        # a checkout is found by where it lies, wherever this process was started
        path = [entry for entry in sys.path if entry]
        found["PYTHONPATH"] = os.pathsep.join(path)
    return {**found, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}


def sent(child: subprocess.Popen[bytes], data: bytes) -> IO[bytes]:
    """Hand a file over; where the answer comes."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(len(data).to_bytes(4, "big"))
    child.stdin.write(data)
    child.stdin.flush()
    return child.stdout


def head_of(stream: IO[bytes], shape: type[H]) -> H:
    """The head of an answer. Raises for one that is none, and where the picture was refused."""
    size = int.from_bytes(exactly(stream, 4), "big")
    if size > MOST_HEAD:
        raise ValueError("a head that is too long")
    head = msgspec.json.decode(exactly(stream, size), type=shape)
    if not head.ok:
        raise _Refused(head.key)
    return head


def _ask(child: subprocess.Popen[bytes], data: bytes) -> Picture:
    stream = sent(child, data)
    head = head_of(stream, _Head)
    if not (0 < head.view <= MOST_VIEW and 0 < head.thumb <= MOST_THUMB and min(head.width, head.height) > 0):
        raise ValueError("a part of an impossible size")
    view, thumb = exactly(stream, head.view), exactly(stream, head.thumb)
    print_ = bytes.fromhex(head.print)
    if not (view.startswith(_JPEG) and thumb.startswith(_JPEG)) or len(print_) > 64:
        raise ValueError("a copy that is none")
    facts = Facts(**{name: getattr(head, name) for name in Facts.__struct_fields__})
    return Picture(
        head.kind, head.width, head.height, msgspec.json.encode(facts).decode(), print_, view, thumb
    )


def exactly(stream: IO[bytes], size: int) -> bytes:
    """So many bytes. Raises EOFError where they do not come."""
    found = stream.read(size)
    if len(found) != size:
        raise EOFError
    return found
