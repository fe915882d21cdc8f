"""Values in, a PDF out: the one place that speaks to the typesetter. The same values give the same bytes.

A template gets one JSON value and lays out texts that are ready to print; none of them is ever read as markup. Nothing
of the machine goes in: no typeface, no clock, no package from the network.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from smartcity_desk import paths
from smartcity_desk.domain.times import SECOND

if TYPE_CHECKING:
    import typst

_PAGES: Final = re.compile(rb"/Type\s*/Pages\b[^>]*?/Count\s+(\d+)")
_FORGET_AFTER: Final = 12
_MUCH: Final = 50_000
"""The typesetter keeps what it computed for ten more papers, some 80 MB for a large one (so many letters of data or
more): a few empty ones make it let go."""


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder with the templates, gone afterwards. Pictures of the paper are put beside them."""
    with tempfile.TemporaryDirectory(prefix="smartcity-desk-paper-") as name:
        folder = Path(name)
        for template in sorted(paths.resource("print").glob("*.typ")):
            shutil.copyfile(template, folder / template.name)
        yield folder


def typeset(folder: Path, template: str, data: object, *, at: int) -> bytes:
    """The PDF of a template in `folder` for `data`, dated `at` (ms UTC)."""
    compiler = _compiler(folder)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    try:
        made = compiler.compile(
            folder / template, format="pdf", sys_inputs={"data": text}, timestamp=at // SECOND
        )
    finally:
        if len(text) > _MUCH:
            _forget(folder)
    assert isinstance(made, bytes)
    return made


def pages(pdf: bytes) -> int:
    """How many pages a PDF of ours has. Raises `ValueError` for other bytes."""
    found = [int(count) for count in _PAGES.findall(pdf)]
    if not found:
        raise ValueError("no page tree")
    return max(found)


def maker() -> str:
    """The typesetter and its version: another one may lay out the same paper in other bytes."""
    from importlib.metadata import version

    return f"typst {version('typst')}"


@cache
def _fonts() -> typst.Fonts:
    import typst

    return typst.Fonts(include_system_fonts=False)


def _compiler(folder: Path) -> Any:
    import typst

    return typst.Compiler(root=folder, font_paths=_fonts(), ignore_system_fonts=True)


def _forget(folder: Path) -> None:
    compiler = _compiler(folder)
    for _ in range(_FORGET_AFTER):
        compiler.compile(b"", format="pdf", timestamp=0)
