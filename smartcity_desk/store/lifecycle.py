"""Opening and closing the file: made, migrated with a copy beside it, refused when it is too new."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.policy import Policy
from smartcity_desk.paths import as_store_problem
from smartcity_desk.store import directory, migrations
from smartcity_desk.store.engine import Database, Raw, cause, connect, driver, engine_on, problem_of
from smartcity_desk.store.rules import Rules

COPY_SUFFIX: Final = ".sebelum-"
"""Between the file's name and the revision it had, for the copy made before a migration."""


class Seen(NamedTuple):
    """What rules were read from: the directory's label, and the count of changes to what the law is made of."""

    edition: str | None
    received_at: int | None
    changes: str | None


class Opened(NamedTuple):
    """A database, the rules in force, and what they were read from."""

    database: Database
    rules: Rules
    seen: Seen


def open_database(path: Path, *, now: int, policy: Policy, migrate: bool) -> Opened:
    """Bring a file to the present schema and open it. Raises `StoreProblem`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise as_store_problem(problem, path.parent) from problem
    database = Database(path)
    try:
        with database.outside_transaction() as raw:
            _bring_up_to_date(raw, path, migrate=migrate)
            owed = directory.get(raw, _OWED) if migrate else None
            there, rules = seen(raw), rules_of(raw, policy)
            print_now = rules.fingerprint()
            changed = directory.get(raw, "policy.used") != print_now
            if migrate:
                directory.put(raw, "clean", "0")
                directory.put(raw, "opened_at", str(now))
        if changed:
            from smartcity_desk.store import projection

            with database.write() as connection:
                if owed in _BEFORE_CUSTODY:
                    projection.refold_all(driver(connection), rules)
                projection.recompute_due(driver(connection), rules)
                directory.put(driver(connection), "policy.used", print_now)
        if owed is not None:
            from smartcity_desk.store import projection

            with database.write() as connection:
                if owed in _BEFORE_STANDING:
                    projection.refold_spoken_for(driver(connection), rules)
                directory.put(driver(connection), _OWED, None)
    except BaseException:
        database.close()
        raise
    return Opened(database, rules, there)


def seen(raw: Raw) -> Seen:
    """The labels that tell whether rules are still those in force."""
    label = directory.present(raw)
    changes = directory.get(raw, directory.LAW_CHANGES)
    return Seen(None, None, changes) if label is None else Seen(label.edition, label.received_at, changes)


def rules_of(raw: Raw, base: Policy, present: Directory | None = None) -> Rules:
    """The rules in force; `base` holds where the central server has given no policy."""
    return Rules(
        directory.load(raw) if present is None else present,
        base,
        directory.stored_policies(raw),
        directory.declared(raw),
    )


def leave_clean(database: Database) -> None:
    """The last words of an orderly exit: the planner's statistics, and the mark that saves the next start a check."""
    try:
        with database.outside_transaction() as raw:
            raw.execute("PRAGMA analysis_limit = 400")
            raw.execute("PRAGMA optimize")
            directory.put(raw, "clean", "1")
    except StoreProblem:
        return  # without the mark the next start looks more closely, which is right


def was_clean(path: Path) -> bool:
    """Whether the last session on an existing file ended in order. Raises `sqlite3.Error` when it cannot be read."""
    with closing(connect(path, writable=True)) as raw:
        tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return "meta" not in tables or directory.get(raw, "clean") != "0"


_BEFORE_CUSTODY: Final = frozenset({"0001"})
"""Revisions whose files have events and no segments yet."""
_BEFORE_STANDING: Final = frozenset({"0001", "0002", "0003", "0004"})
"""Revisions in whose files a source's later word could undo a person's decision."""


_OWED: Final = "migrated.from"
"""From which revision a file came whose lines have still to be folded anew: goes with the transaction that does it."""


def _bring_up_to_date(raw: Raw, path: Path, *, migrate: bool) -> None:
    """Migrate if need be."""
    found = migrations.revision_of(raw)
    if found == migrations.HEAD:
        return
    if not migrate:
        raise StoreProblem("migration_failed", reason="owner_has_not_migrated", found=found)
    if found is not None:
        _copy(raw, path, found)
    _upgrade(raw, path, found)


def _copy(raw: Raw, path: Path, revision: str) -> None:
    """A whole copy beside the file, so that a failed or regretted migration costs nothing."""
    target = path.with_name(f"{path.name}{COPY_SUFFIX}{revision}")
    target.unlink(missing_ok=True)
    with closing(connect(target, writable=True)) as copy:
        raw.backup(copy)


def _upgrade(raw: Raw, path: Path, found: str | None) -> None:
    with engine_on(raw).connect() as connection:
        try:
            with connection.begin():
                migrations.upgrade(connection)
                if found is not None:
                    directory.put(driver(connection), _OWED, found)
        except Exception as error:
            original = cause(error)
            known = None if original is None else problem_of(original, path)
            if known is None:
                known = StoreProblem("migration_failed", reason="error", found=found, detail=str(error)[:300])
            raise known from error
