"""Opening a file that may be damaged: set aside, made anew, and the operator's work carried over.

What the channels and the central server said is fetched again by the next synchronisation; what only this desk knew,
its outbox above all, is read out of the damaged file.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.domain.policy import Policy
from smartcity_desk.paths import as_store_problem
from smartcity_desk.store import lifecycle
from smartcity_desk.store.engine import connect, translated
from smartcity_desk.store.facade import Store

if TYPE_CHECKING:
    from smartcity_desk.store.rows import RecoveryReport

_log: Final = logging.getLogger(__name__)


def open_or_recover(path: Path, *, now: int, policy: Policy) -> tuple[Store, RecoveryReport | None]:
    """The open store, and what was done if the file was damaged. Raises `StoreProblem` for everything else.

    After an unclean exit the file is checked first: about two seconds for a million reports. A recovery that was broken
    off is begun anew.
    """
    if _note(path).exists():
        if not _is_done(path):
            return _recover(path, now=now, policy=policy)
        _note(path).unlink(missing_ok=True)
    try:
        unclean = path.exists() and not _was_clean(path)
        store = Store.open(path, now=now, policy=policy)
        if not unclean:
            return store, None
        found = store.quick_check()
        if found is None:
            return store, None
        store.close()
        problem = StoreProblem("damaged", path=str(path), detail=found)
    except StoreProblem as error:
        if error.kind != "damaged":
            raise
        problem = error
    _log.error("local file is damaged and is set aside: %s", problem.params.get("detail", ""))
    return _recover(path, now=now, policy=policy)


def _was_clean(path: Path) -> bool:
    with translated(path):
        return lifecycle.was_clean(path)


def _recover(path: Path, *, now: int, policy: Policy) -> tuple[Store, RecoveryReport]:
    from smartcity_desk.store import salvage
    from smartcity_desk.store.rows import RecoveryReport

    aside = _set_aside(path, now)
    saved = salvage.read(aside)
    store = Store.open(path, now=now, policy=policy)
    try:
        kept = store.take_over(saved, now)
        _note_done(path)
    except BaseException:
        store.close()
        raise
    report = RecoveryReport(aside, kept, len(saved.doubtful))
    _log.warning("local file made anew: %d actions carried over, %d of them doubtful", kept, report.doubtful)
    return store, report


def _note(path: Path) -> Path:
    """Stands beside the file from before it is set aside until its work lies in the new one, with the name it goes by.

    Without it, who is killed in between would start with an empty file, and the outbox would lie where nobody looks.
    """
    return path.with_name(f"{path.name}.pemulihan")


def _is_done(path: Path) -> bool:
    """Whether the file holds the work of the damaged one already: the note may have come back after a power cut."""
    from smartcity_desk.store import directory, salvage

    try:
        with closing(connect(path, writable=False)) as raw:
            return directory.get(raw, salvage.TAKEN_OVER) == _note(path).read_text("utf-8")
    except (sqlite3.Error, OSError):
        return False


def _note_done(path: Path) -> None:
    try:
        _note(path).unlink(missing_ok=True)
    except OSError as problem:
        raise as_store_problem(problem, path.parent) from problem


def _set_aside(path: Path, now: int) -> Path:
    """Rename the file with its write-ahead log; nothing that anybody worked on is deleted."""
    from smartcity_desk.store import files

    note = _note(path)
    try:
        if note.exists():
            aside = path.with_name(note.read_text("utf-8"))
            if aside.exists():  # what lies in its place was made by the recovery that was broken off
                for suffix in ("", "-wal"):
                    path.with_name(path.name + suffix).unlink(missing_ok=True)
        else:
            aside = _free_name(path, now)
            files.replace(note, aside.name.encode())
        for suffix in ("-wal", ""):
            part, its_place = path.with_name(path.name + suffix), aside.with_name(aside.name + suffix)
            if its_place.exists():
                # The log went there before the recovery was broken off; whoever looked meanwhile made another.
                part.unlink(missing_ok=True)
            elif part.exists():
                part.rename(its_place)
        path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    except OSError as problem:
        raise as_store_problem(problem, path.parent) from problem
    return aside


def _free_name(path: Path, now: int) -> Path:
    from smartcity_desk.domain.times import to_datetime

    stamp = to_datetime(now).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.name}.rusak-{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.rusak-{stamp}-{number}")
    return aside
