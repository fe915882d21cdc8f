"""Entries that are not finished: a small file each in the profile's folder, written as they are typed.

A file is replaced in one step, so a power cut leaves the draft of a moment ago. Only this user may read it: it may hold
a caller's name and number. Everything here blocks.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from smartcity_desk.domain.ids import is_uuid
from smartcity_desk.paths import as_store_problem
from smartcity_desk.store.files import replace

FOLDER: Final = "drafts"
_MOST_BYTES: Final = 1_000_000
_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft: the id that its report will have, when it was last written (ms UTC), and what stands in the fields."""

    id: str
    at: int
    fields: Mapping[str, Any] = field(default_factory=dict)


class Drafts:
    """The drafts of one profile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def save(self, draft: Draft) -> None:
        """Write a draft down. Raises StoreProblem."""
        path = self._path(draft.id)
        body = json.dumps({"at": draft.at, "fields": dict(draft.fields)}, ensure_ascii=False)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace(path, body.encode("utf-8", "replace"))
            os.chmod(path, 0o600)  # noqa: PTH101 - one call, and no second path
        except OSError as problem:
            raise as_store_problem(problem, path) from problem

    def remove(self, draft_id: str) -> None:
        """Forget a draft; one that is not there is forgotten already."""
        with suppress(OSError):
            self._path(draft_id).unlink()

    def all(self) -> list[Draft]:
        """Every draft that can be read, the newest first."""
        try:
            names = [path for path in self._folder.iterdir() if path.suffix == ".json" and is_uuid(path.stem)]
        except OSError:
            return []
        found = [draft for path in names if (draft := _read(path)) is not None]
        return sorted(found, key=lambda draft: draft.at, reverse=True)[:_MOST]

    def _path(self, draft_id: str) -> Path:
        return self._folder / f"{draft_id}.json"


def _read(path: Path) -> Draft | None:
    try:
        with path.open("rb") as stream:
            body = json.loads(stream.read(_MOST_BYTES))
        at, fields = body["at"], body["fields"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return Draft(path.stem, at, fields) if isinstance(at, int) and isinstance(fields, dict) else None
