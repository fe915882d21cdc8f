"""The process in which pictures from outside are decoded: it may take little memory and time, and write nowhere.

A decoder that a file breaks takes this process with it and nothing else. What goes in and out of its pipes:

| | |
|---|---|
| in | four bytes of length (most significant first), then the file |
| out | four bytes of length, then JSON: `ok`, and the lengths of what follows; then `view`, then `thumb` |

A picture that is refused is `{"ok": false, "key": ...}` with the key of `reading.read`. The end of the input ends it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, Final

from smartcity_desk.domain.errors import BadData

MEMORY: Final = 1 << 30
"""Bytes beyond what the libraries take: the largest picture that is admitted needs some 450 MB."""
PRINT: Final = "print"
"""The argument with which it makes copies for paper and tells nothing of a picture."""
CPU_SECONDS: Final = 20
"""Of the processor for one picture; the largest progressive JPEG takes about ten."""
_OPEN_FILES: Final = 32
_WARM: Final = (64, 64)


def main(arguments: Sequence[str] = ()) -> int:
    """Answer pictures until the input ends. The one argument there may be: the longer side of the views, or `print`."""
    for_paper = list(arguments) == [PRINT]
    side = int(arguments[0]) if arguments and not for_paper else None
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not stand between two answers
    pictures = sys.stdin.buffer
    _warm_up(printed if for_paper else answer)
    _confine()
    while (data := _next(pictures)) is not None:
        _allow_time()
        answers.write(printed(data) if for_paper else answer(data, side))
        answers.flush()
    return 0


def answer(data: bytes, side: int | None = None) -> bytes:
    """What goes out for one file, its view `side` points long at most (None = as usual)."""
    from smartcity_desk.photos.developing import VIEW_SIDE, develop

    try:
        made = develop(data, view_side=side or VIEW_SIDE)
    except BadData as problem:
        return _framed({"ok": False, "key": problem.key})
    about = made.metadata
    head = {
        "ok": True,
        "kind": made.kind.value,
        "width": made.width,
        "height": made.height,
        "print": made.print.hex(),
        "taken_at": about.taken_at,
        "zone_known": about.zone_known,
        "lat": about.lat,
        "lon": about.lon,
        "error_m": about.error_m,
        "traces": [[trace.kind.value, trace.name] for trace in about.traces],
        "credentials": about.credentials,
        "view": len(made.view),
        "thumb": len(made.thumb),
    }
    return _framed(head) + made.view + made.thumb


def printed(data: bytes) -> bytes:
    """What goes out for one file as a copy for paper: a head with its size, and the copy as `view`."""
    from smartcity_desk.photos.printing import small

    try:
        copy, width, height = small(data)
    except ValueError:
        return _framed({"ok": False, "key": "damaged"})
    return _framed({"ok": True, "width": width, "height": height, "view": len(copy)}) + copy


def _framed(head: dict[str, Any]) -> bytes:
    text = json.dumps(head).encode()
    return len(text).to_bytes(4, "big") + text


def _next(stream: BinaryIO) -> bytes | None:
    from smartcity_desk.photos.reading import BYTES

    size = int.from_bytes(stream.read(4), "big")
    return stream.read(size) if 0 < size <= BYTES else None


def _warm_up(way: Callable[[bytes], bytes]) -> None:
    """Load every decoder while files may still be opened and memory taken."""
    import io

    from PIL import Image

    from smartcity_desk.photos.printing import KINDS

    for kind in KINDS:
        packed = io.BytesIO()
        Image.new("RGB", _WARM).save(packed, kind)
        way(packed.getvalue())


def _confine() -> None:
    """Give up what decoding does not need. Systems without such limits have the parent's clock alone."""
    try:
        import resource
    except ImportError:
        return
    for name, most in (
        ("RLIMIT_AS", _taken() + MEMORY),
        ("RLIMIT_NOFILE", _OPEN_FILES),
        ("RLIMIT_FSIZE", 0),  # not one byte into any file
        ("RLIMIT_CORE", 0),
    ):
        with suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (most, most))


def _taken() -> int:
    """Bytes of address space that this process has now; a generous guess where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as stream:  # noqa: PTH123 - not a file
            return int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 4 << 30


def _allow_time() -> None:
    """From now on so many seconds of the processor; a decoder that takes more is ended by the system."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    with suppress(ValueError, OSError):
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS, most))
