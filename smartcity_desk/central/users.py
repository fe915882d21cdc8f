"""Accounts: who may log in, as what, and for which office."""

from __future__ import annotations

import re
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from smartcity_desk.central import schema, tokens
from smartcity_desk.central.directories import OFFICE_CODE
from smartcity_desk.central.problems import Problem
from smartcity_desk.domain.events import Role

NAME_SHAPE: Final = r"^[a-z0-9][a-z0-9._-]{0,63}$"
_NAME: Final = re.compile(NAME_SHAPE.replace("$", r"\Z"))
PASSWORD_MAX: Final = 1000


def clean_name(user: str) -> str:
    """An account name as it is stored. Raises Problem 400 for one that cannot be."""
    name = user.strip().lower()
    if not _NAME.match(name):
        raise Problem(400, "bad_user_name")
    return name


def find(connection: Connection, user: str) -> Row[Any] | None:
    """The account, or None."""
    return connection.execute(select(schema.account).where(schema.account.c.user == user)).one_or_none()


def add(
    connection: Connection,
    user: str,
    *,
    name: str,
    role: Role,
    office: str | None,
    password_hash: str,
    now: int,
) -> None:
    """A new account. Raises Problem 409 `user_exists`, 400 `office_needed` for an official without one."""
    user = clean_name(user)
    _check_office(role, office)
    if find(connection, user) is not None:
        raise Problem(409, "user_exists", params={"user": user})
    connection.execute(
        insert(schema.account).values(
            user=user,
            name=name or user,
            role=role.value,
            office=office,
            password_hash=password_hash,
            created_at=now,
        )
    )


def change(
    connection: Connection,
    user: str,
    *,
    now: int,
    name: str | None = None,
    role: Role | None = None,
    office: str | None = None,
    disabled: bool | None = None,
    password_hash: str | None = None,
    keep_session: str | None = None,
) -> None:
    """Change what is given. A new password, role or office, and disabling, end every session but `keep_session`.

    Raises Problem 404, and 409 `last_admin` rather than lock everybody out.
    """
    row = find(connection, user)
    if row is None:
        raise Problem(404, "unknown_user", params={"user": user})
    values: dict[str, Any] = {}
    if name is not None:
        values["name"] = name
    if role is not None:
        values["role"] = role.value
    if office is not None:
        values["office"] = office or None
    if password_hash is not None:
        values["password_hash"] = password_hash
    if disabled is not None:
        values["disabled_at"] = now if disabled else None
    new_role, new_office = Role(values.get("role", row.role)), values.get("office", row.office)
    _check_office(new_role, new_office)
    loses = (
        row.role == Role.ADMIN
        and row.disabled_at is None
        and (new_role is not Role.ADMIN or disabled is True)
    )
    if loses and not _other_admins(connection, user):
        raise Problem(409, "last_admin")
    if values:
        connection.execute(update(schema.account).where(schema.account.c.user == user).values(**values))
    if values.keys() & {"role", "office", "password_hash"} or disabled:
        tokens.revoke(connection, now=now, user=user, keep=keep_session)


def _check_office(role: Role, office: str | None) -> None:
    if role is Role.OFFICIAL and not office:
        raise Problem(400, "office_needed")
    if office and not OFFICE_CODE.fullmatch(office):
        raise Problem(400, "bad_office")


def _other_admins(connection: Connection, user: str) -> bool:
    table = schema.account
    query = select(table.c.user).where(
        table.c.role == Role.ADMIN.value, table.c.disabled_at.is_(None), table.c.user != user
    )
    return connection.execute(query.with_for_update()).first() is not None


def every(connection: Connection) -> list[dict[str, Any]]:
    """All accounts by name, without their hashes."""
    table = schema.account
    rows = connection.execute(
        select(
            table.c.user, table.c.name, table.c.role, table.c.office, table.c.created_at, table.c.disabled_at
        ).order_by(table.c.user)
    )
    return [dict(row._mapping) for row in rows]


def shown(connection: Connection, user: str) -> dict[str, Any]:
    """One account as it may be shown. The account is there."""
    return next(account for account in every(connection) if account["user"] == user)
