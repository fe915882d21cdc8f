"""What an administrator does to a server's database, with or without the server running. Values in, values out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection

from smartcity_desk.central import directories, log_reader, retention, tokens, users
from smartcity_desk.central.app import now_ms
from smartcity_desk.central.db import Database
from smartcity_desk.central.log_reader import Verdict
from smartcity_desk.central.passwords import Passwords, invent
from smartcity_desk.central.problems import Problem
from smartcity_desk.central.retention import Swept
from smartcity_desk.central.settings import CentralSettings
from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.domain.events import Role
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.policy import Policy
from smartcity_desk.domain.routing import Routing


@dataclass(frozen=True, slots=True)
class NewPassword:
    """An account and its password; `invented` when it was made here and has to be shown, this once."""

    user: str
    password: str
    invented: bool


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be made. Without a password one is invented."""

    user: str
    role: Role
    office: str | None = None
    name: str = ""
    password: str | None = None


@dataclass(frozen=True, slots=True)
class LoadedDirectory:
    """The edition in force after loading."""

    version: int
    etag: str
    offices: int
    categories: int


@contextmanager
def opened(settings: CentralSettings, *, create: bool = False) -> Iterator[Database]:
    """The database of a server, closed at the end. Raises ConfigProblem and StoreProblem."""
    db = Database(settings.database, durable=settings.durable, create=create)
    try:
        yield db
    except Problem as problem:
        raise ConfigProblem(name="central", reason=problem.code, **problem.params) from problem
    finally:
        db.close()


def init(
    settings: CentralSettings, *, user: str = "admin", password: str | None = None, name: str = ""
) -> NewPassword:
    """Create the database and its first administrator. Raises ConfigProblem (`already_initialised`)."""
    with opened(settings, create=True) as db:
        if db.read_now(users.every):
            raise ConfigProblem(name="database", reason="already_initialised")
        return _add(db, settings, [NewAccount(user, Role.ADMIN, name=name, password=password)])[0]


def add_user(
    settings: CentralSettings,
    user: str,
    role: Role,
    *,
    office: str | None = None,
    name: str = "",
    password: str | None = None,
) -> NewPassword:
    """A new account. Raises ConfigProblem: `user_exists`, `bad_user_name`, `office_needed`, `password_too_short`."""
    return add_users(settings, [NewAccount(user, role, office, name, password)])[0]


def add_users(settings: CentralSettings, accounts: Sequence[NewAccount]) -> list[NewPassword]:
    """Several new accounts, all or none. Raises like `add_user`."""
    with opened(settings) as db:
        return _add(db, settings, accounts)


def _add(db: Database, settings: CentralSettings, accounts: Sequence[NewAccount]) -> list[NewPassword]:
    made = []
    hasher = Passwords(settings)
    try:
        for account in accounts:
            password = account.password if account.password is not None else invent()
            check_password(settings, password)
            made.append((account, password, hasher.hash_now(password)))
    finally:
        hasher.close()

    def work(connection: Connection) -> None:
        for account, _, hashed in made:
            users.add(
                connection,
                account.user,
                name=account.name,
                role=account.role,
                office=account.office,
                password_hash=hashed,
                now=now_ms(),
            )

    db.write_now(work)
    return [
        NewPassword(users.clean_name(account.user), password, account.password is None)
        for account, password, _ in made
    ]


def check_password(settings: CentralSettings, password: str) -> None:
    """Raises ConfigProblem (`password_too_short`)."""
    if len(password) < settings.password_min:
        raise ConfigProblem(name="password", reason="password_too_short", least=settings.password_min)


def set_password(settings: CentralSettings, user: str, password: str | None = None) -> NewPassword:
    """A new password; every session of the account ends. Raises ConfigProblem (`unknown_user`, …)."""
    new = password if password is not None else invent()
    check_password(settings, new)
    hasher = Passwords(settings)
    try:
        hashed = hasher.hash_now(new)
    finally:
        hasher.close()
    _change(settings, user, password_hash=hashed)
    return NewPassword(user, new, password is None)


def set_disabled(settings: CentralSettings, user: str, disabled: bool) -> None:
    """Shut an account out, or let it in again. Raises ConfigProblem (`unknown_user`, `last_admin`)."""
    _change(settings, user, disabled=disabled)


def _change(settings: CentralSettings, user: str, **values: Any) -> None:
    with opened(settings) as db:
        db.write_now(lambda connection: users.change(connection, user, now=now_ms(), **values))


def end_sessions(settings: CentralSettings, user: str) -> int:
    """End every session of an account; returns how many there were."""
    with opened(settings) as db:
        return db.write_now(lambda connection: tokens.revoke(connection, now=now_ms(), user=user))


def list_users(settings: CentralSettings) -> list[dict[str, Any]]:
    """Every account by name, without its hash."""
    with opened(settings) as db:
        return db.read_now(users.every)


def load_directory(
    settings: CentralSettings,
    directory: Directory,
    policies: Sequence[Policy],
    *,
    by: str = "admin",
    routing: Sequence[Routing] | None = None,
) -> LoadedDirectory:
    """Put a directory in force; the running server notices by itself. Without `routing` the present one stays."""
    with opened(settings) as db:
        version, etag = db.write_now(
            lambda connection: directories.load(
                connection, directory, policies, by=by, now=now_ms(), routing=routing
            )
        )
    return LoadedDirectory(version, etag, len(directory.offices), len(directory.categories))


def load_directory_file(settings: CentralSettings, path: Path) -> LoadedDirectory:
    """Put the directory of a JSON file in force (the body of `GET /v1/directory`).

    Raises ConfigProblem (`unreadable_file`) and BadData that names the list.
    """
    try:
        value = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError, RecursionError) as problem:
        raise ConfigProblem(name="directory", reason="unreadable_file") from problem
    directory, policies = directories.read(value)
    return load_directory(settings, directory, policies, routing=directories.routing_of(value))


def add_routing(settings: CentralSettings, routing: Routing) -> int:
    """Hand a version of the routing knowledge to the desks; returns the edition it comes with. Raises ConfigProblem."""
    with opened(settings) as db:
        version, _ = db.write_now(
            lambda connection: directories.add_routing(connection, routing, by="admin", now=now_ms())
        )
    return version


def load_builtin_directory(settings: CentralSettings) -> LoadedDirectory:
    """Put the directory and the policy that ship with the program in force."""
    from smartcity_desk.directory import builtin_directory, load_policy

    return load_directory(settings, builtin_directory(now_ms()), [load_policy()], by="builtin")


def sweep(settings: CentralSettings, *, days: int, channel: str | None = None) -> Swept:
    """Erase the content of reports older than so many days, of one channel or of all; what may be a defence stays."""
    with opened(settings) as db:
        return retention.sweep(db, days=days, channel=channel, now=now_ms())


def verify_log(settings: CentralSettings) -> Verdict:
    """Walk the hash chain of the whole log."""
    with opened(settings) as db:
        return db.read_now(log_reader.verify)
