"""Where pictures are made small for paper: in processes that may die of one (`photos.worker`), a few side by side.

Started with the first picture. What they answer is believed no more than the file was.
"""

from __future__ import annotations

import os
import queue
import subprocess
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

import msgspec

from smartcity_desk.paths import PICTURE_CHILD, command_line
from smartcity_desk.sync.darkroom import Room, exactly, head_of, sent

ROOMS: Final = 4
"""Processes at most; each takes one picture at a time."""
MOST_SIDE: Final = 1024
MOST_COPY: Final = 4 << 20
PRINT: Final = "print"
"""What the process is told: copies for paper, and nothing else of a picture."""
_JPEG: Final = b"\xff\xd8\xff"


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    ok: bool
    key: str = ""
    width: int = 0
    height: int = 0
    view: int = 0


class PrintRoom:
    """Makes printable copies, for any threads. Leave it (`with`) when done; its processes end then."""

    def __init__(self, *, rooms: int = 0, command: Sequence[str] = ()) -> None:
        """`rooms` processes, by default one a core up to `ROOMS`."""
        self._rooms: Final = [
            Room(list(command) or [*command_line(PICTURE_CHILD), PRINT])
            for _ in range(rooms or min(ROOMS, os.cpu_count() or 1))
        ]
        self._free: Final[queue.SimpleQueue[Room]] = queue.SimpleQueue()
        for room in self._rooms:
            self._free.put(room)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _problem: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for room in self._rooms:
            room.close()

    def small(self, data: bytes) -> tuple[bytes, int, int]:
        """A JPEG of our own for paper, and its size. Blocks; raises as `Room.through` does."""
        room = self._free.get()
        try:
            return room.through(data, _ask)
        finally:
            self._free.put(room)


def _ask(child: subprocess.Popen[bytes], data: bytes) -> tuple[bytes, int, int]:
    stream = sent(child, data)
    head = head_of(stream, _Head)
    if not (0 < head.view <= MOST_COPY and 0 < head.width <= MOST_SIDE and 0 < head.height <= MOST_SIDE):
        raise ValueError("a copy of an impossible size")
    copy = exactly(stream, head.view)
    if not copy.startswith(_JPEG):
        raise ValueError("a copy that is none")
    return copy, head.width, head.height
