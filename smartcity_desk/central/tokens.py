"""Sessions and their tokens: opaque, stored as hashes, short-lived to use, rotating to renew, revocable at once.

A refresh token works once. If it comes again, somebody has a copy: the whole session ends. One exception: the answer
to a refresh may be lost on the way, so within a grace time the same one may be used again as long as its successor was
not. Two successors of one token can then be alive; the second of them to be used ends the session too.
"""

from __future__ import annotations

import hashlib
import math
import secrets
import uuid
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from smartcity_desk.central import schema
from smartcity_desk.central.db import lock_name
from smartcity_desk.central.permissions import Principal
from smartcity_desk.central.problems import Problem
from smartcity_desk.central.settings import CentralSettings
from smartcity_desk.domain.events import Role
from smartcity_desk.domain.times import SECOND

ACCESS: Final = "sda_"
REFRESH: Final = "sdr_"
PAGE: Final = "sdp_"
"""Prefixes, so that a leaked token is recognised in a log or a repository. One kind is never taken for another."""
_RENEW_S: Final = 3600
"""How much of a page's log-in may pass before its use is written down: not every page is worth a write."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh pair for one account. Shown once; only the hashes are kept."""

    access: str
    refresh: str
    principal: Principal


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def account_key(user: str) -> str:
    """What is stored of a name somebody tried: people type passwords into the wrong field."""
    return hashlib.sha256(f"account\x1f{user.strip().lower()}".encode()).hexdigest()


def begin_attempt(
    connection: Connection, settings: CentralSettings, user: str, address: str, *, now: int
) -> str:
    """Count an attempt before it is judged, so that many at once count too. Raises Problem 429. Returns its id."""
    account = account_key(user)
    lock_name(connection, f"login:{account}")
    since = now - settings.login_window_s * SECOND
    table = schema.login_attempt
    connection.execute(delete(table).where(table.c.at <= since))
    for column, value, most in (
        (table.c.account, account, settings.login_per_account),
        (table.c.address, address, settings.login_per_address),
    ):
        row = connection.execute(
            select(func.count().label("n"), func.min(table.c.at).label("first")).where(column == value)
        ).one()
        if row.n >= most:
            wait = max(1, math.ceil((row.first - since) / SECOND))
            raise Problem(
                429, "too_many_attempts", params={"retry_after": wait}, headers={"Retry-After": str(wait)}
            )
    name = str(uuid.uuid4())
    connection.execute(insert(table).values(id=name, account=account, address=address, at=now))
    return name


def succeeded(connection: Connection, user: str, attempt: str) -> None:
    """A right password: the account's count starts anew, and the address has one attempt less."""
    table = schema.login_attempt
    connection.execute(delete(table).where((table.c.account == account_key(user)) | (table.c.id == attempt)))


def open_session(
    connection: Connection, settings: CentralSettings, user: str, device: str, *, now: int
) -> Issued:
    """A new session of an account that proved itself. Raises Problem 401 if it was disabled meanwhile."""
    session = _begin(connection, user, device, now=now, ttl_s=settings.refresh_ttl_s)
    return _issue(connection, settings, session, None, now=now)


def _begin(connection: Connection, user: str, device: str, *, now: int, ttl_s: int) -> str:
    session = str(uuid.uuid4())
    table = schema.session
    connection.execute(delete(table).where((table.c.user == user) & (table.c.expires_at <= now)))
    connection.execute(
        insert(table).values(
            id=session, user=user, device=device, created_at=now, expires_at=now + ttl_s * SECOND
        )
    )
    return session


def refresh(connection: Connection, settings: CentralSettings, token: str, *, now: int) -> Issued | None:
    """A new pair for a refresh token. None when it is not good; a second use also ends its session."""
    table = schema.refresh_token
    mark = digest(token)
    found = connection.execute(select(table.c.session).where(table.c.sha256 == mark)).scalar()
    if found is None:
        return None
    # Everything about one session happens one after the other.
    alive = connection.execute(
        select(schema.session.c.id)
        .where(
            schema.session.c.id == found,
            schema.session.c.revoked_at.is_(None),
            schema.session.c.expires_at > now,
        )
        .with_for_update()
    ).first()
    row = connection.execute(select(table).where(table.c.sha256 == mark)).one_or_none()
    if alive is None or row is None:
        return None
    late = row.used_at is not None and now - row.used_at > settings.refresh_grace_s * SECOND
    # A child of the token, or of its parent, that was used already: this copy is a second one.
    family = (table.c.parent == mark) | ((table.c.parent == row.parent) & (table.c.sha256 != mark))
    rivals = connection.execute(select(func.count()).where(family, table.c.used_at.is_not(None))).scalar_one()
    if late or rivals:
        revoke(connection, now=now, session=row.session)
        return None
    if row.used_at is None:
        connection.execute(update(table).where(table.c.sha256 == mark).values(used_at=now))
    try:
        return _issue(connection, settings, row.session, mark, now=now)
    except Problem:
        return None


def _issue(
    connection: Connection, settings: CentralSettings, session: str, parent: str | None, *, now: int
) -> Issued:
    access, renewal = ACCESS + secrets.token_urlsafe(32), REFRESH + secrets.token_urlsafe(32)
    tokens = schema.access_token
    connection.execute(delete(tokens).where((tokens.c.session == session) & (tokens.c.expires_at <= now)))
    connection.execute(
        insert(tokens).values(
            sha256=digest(access), session=session, expires_at=now + settings.access_ttl_s * SECOND
        )
    )
    connection.execute(
        insert(schema.refresh_token).values(sha256=digest(renewal), session=session, parent=parent)
    )
    connection.execute(
        update(schema.session)
        .where(schema.session.c.id == session)
        .values(expires_at=now + settings.refresh_ttl_s * SECOND)
    )
    principal = who(connection, access, now=now)
    if principal is None:
        raise Problem(401, "bad_credentials")
    return Issued(access, renewal, principal)


def who(connection: Connection, access: str, *, now: int) -> Principal | None:
    """The account behind an access token, or None when it is unknown, over, revoked or disabled."""
    row = _behind(connection, access, now=now) if access.startswith(ACCESS) else None
    return None if row is None else _principal(row)


def _principal(row: Row[Any]) -> Principal:
    return Principal(row.user, row.name, Role(row.role), row.office, row.session)


def _behind(connection: Connection, token: str, *, now: int) -> Row[Any] | None:
    """The account and session behind a token that counts."""
    query = (
        select(
            schema.account,
            schema.session.c.id.label("session"),
            schema.session.c.expires_at.label("session_ends_at"),
            schema.access_token.c.expires_at.label("token_ends_at"),
        )
        .select_from(schema.access_token)
        .join(schema.session, schema.session.c.id == schema.access_token.c.session)
        .join(schema.account, schema.account.c.user == schema.session.c.user)
        .where(
            schema.access_token.c.sha256 == digest(token),
            schema.access_token.c.expires_at > now,
            schema.session.c.revoked_at.is_(None),
            schema.account.c.disabled_at.is_(None),
        )
    )
    return connection.execute(query).one_or_none()


def open_page(connection: Connection, settings: CentralSettings, user: str, device: str, *, now: int) -> str:
    """A new session of an account on the officials' pages; returns the token for its cookie."""
    session = _begin(connection, user, device, now=now, ttl_s=settings.page_ttl_s)
    token = PAGE + secrets.token_urlsafe(32)
    ends = now + min(settings.page_idle_s, settings.page_ttl_s) * SECOND
    connection.execute(
        insert(schema.access_token).values(sha256=digest(token), session=session, expires_at=ends)
    )
    return token


def who_visits(
    connection: Connection, settings: CentralSettings, token: str, *, now: int
) -> tuple[Principal, bool] | None:
    """The account behind a page's token, and whether `keep_page` should be told; None like `who`."""
    row = _behind(connection, token, now=now) if token.startswith(PAGE) else None
    if row is None:
        return None
    wanted = min(now + settings.page_idle_s * SECOND, row.session_ends_at)
    return _principal(row), wanted - row.token_ends_at >= _RENEW_S * SECOND


def keep_page(connection: Connection, settings: CentralSettings, token: str, *, now: int) -> None:
    """A page's log-in was used: its idle time begins anew, within its session's own end."""
    row = _behind(connection, token, now=now)
    if row is not None:
        ends = min(now + settings.page_idle_s * SECOND, row.session_ends_at)
        table = schema.access_token
        connection.execute(update(table).where(table.c.sha256 == digest(token)).values(expires_at=ends))


def is_live(connection: Connection, session: str) -> bool:
    """Whether a session still counts: for answers that stay open for hours."""
    query = (
        select(schema.session.c.id)
        .join(schema.account, schema.account.c.user == schema.session.c.user)
        .where(
            schema.session.c.id == session,
            schema.session.c.revoked_at.is_(None),
            schema.account.c.disabled_at.is_(None),
        )
    )
    return connection.execute(query).first() is not None


def revoke(
    connection: Connection,
    *,
    now: int,
    session: str | None = None,
    user: str | None = None,
    keep: str | None = None,
) -> int:
    """End one session, or all of an account but `keep`; their tokens stop with this commit. Returns how many."""
    table = schema.session
    mine = table.c.id == session if session is not None else table.c.user == user
    condition = table.c.revoked_at.is_(None) & mine & (table.c.id != (keep or ""))
    ended = connection.execute(
        update(table).where(condition).values(revoked_at=now).returning(table.c.id)
    ).all()
    return len(ended)
