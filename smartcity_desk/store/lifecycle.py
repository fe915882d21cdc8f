"""Opening and closing the file: made, migrated with a copy beside it, refused when it is too new."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.domain.policy import Policy
from smartcity_desk.paths import as_store_problem
from smartcity_desk.store import directory, migrations
from smartcity_desk.store.engine import Database, Raw, cause, connect, driver, engine_on, problem_of
from smartcity_desk.store.rules import Rules

COPY_SUFFIX: Final = ".sebelum-"
"""Between the file's name and the revision it had, for the copy made before a migration."""


class Opened(NamedTuple):
    """A database, the rules in force, and the label of the directory that they were read from."""

    database: Database
    rules: Rules
    present: directory.Present | None


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
            present = directory.present(raw)
            rules = Rules(directory.stored_policy(raw) or policy, directory.load(raw))
            changed = directory.get(raw, "policy.used") != fingerprint(rules.policy)
            if migrate:
                directory.put(raw, "clean", "0")
                directory.put(raw, "opened_at", str(now))
        if changed:
            from smartcity_desk.store import projection

            with database.write() as connection:
                projection.recompute_due(driver(connection), rules)
                directory.put(driver(connection), "policy.used", fingerprint(rules.policy))
    except BaseException:
        database.close()
        raise
    return Opened(database, rules, present)


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


def fingerprint(policy: Policy) -> str:
    """A short text that changes when any allowance does."""
    text = json.dumps(asdict(policy), ensure_ascii=False, separators=(",", ":"))  # as the codec writes it
    return sha256(text.encode()).hexdigest()[:16]


def _bring_up_to_date(raw: Raw, path: Path, *, migrate: bool) -> None:
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
        except Exception as error:
            original = cause(error)
            known = None if original is None else problem_of(original, path)
            if known is None:
                known = StoreProblem("migration_failed", reason="error", found=found, detail=str(error)[:300])
            raise known from error
