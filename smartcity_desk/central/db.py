"""One place that opens the central server's database: pragmas, transaction modes, retries, and the threads.

Functions that touch the database are plain synchronous ones that take a `Connection`; `Database.read` and `.write` run
them off the event loop. SQLite has one writer thread, which is a fair queue and never meets a lock of its own;
PostgreSQL has several, whose order of commit `ledger` settles. See docs/decisions for the reasons.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event, insert, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from smartcity_desk.central import schema
from smartcity_desk.domain.errors import ConfigProblem

T = TypeVar("T")

_SQLITE_WAIT_S: Final = 30.0
_CACHE_KIB: Final = 32 * 1024
_READERS: Final = 4
_WRITERS: Final = 8
_AGAIN: Final = frozenset({"40P01", "40001", "23505"})
"""Deadlock, serialisation, and a unique key that another transaction took first: a fresh look answers rightly."""
_TRIES: Final = 8
CHUNK: Final = 900
"""Values in one IN list: SQLite of old allowed 999."""


def database_url(value: str) -> URL:
    """The SQLAlchemy URL of a database as people write it. Raises ConfigProblem for one that is not ours."""
    try:
        url = make_url(value)
    except (ArgumentError, ValueError) as problem:
        raise ConfigProblem(name="database", reason="bad_url") from problem
    if url.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername in {"sqlite", "sqlite+pysqlite"} and url.database and url.database != ":memory:":
        return url.set(drivername="sqlite")
    raise ConfigProblem(name="database", reason="bad_url")


class Database:
    """The engines and the threads of one database. `close` it at the end."""

    def __init__(self, value: str, *, durable: bool = True, create: bool = False) -> None:
        url = database_url(value)
        self.sqlite: Final = url.drivername == "sqlite"
        if self.sqlite:
            path = Path(str(url.database))
            if not create and not path.exists():
                raise ConfigProblem(name="database", reason="not_initialised")
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._writer = _sqlite_engine(url, durable=durable, begin="BEGIN IMMEDIATE", pool=1)
            self._reader = _sqlite_engine(url, durable=durable, begin="BEGIN", pool=_READERS)
        else:
            self._writer = _postgres_engine(url, durable=durable, pool=_WRITERS)
            # One snapshot for all statements of a read: a page and the head it is measured against belong together.
            self._reader = _postgres_engine(url, durable=durable, pool=_READERS).execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        try:
            schema.prepare(self._writer, create=create)
        except BaseException:
            self._dispose()
            raise
        self._writers = ThreadPoolExecutor(1 if self.sqlite else _WRITERS, "central-write")
        self._readers = ThreadPoolExecutor(_READERS, "central-read")

    def close(self) -> None:
        """Wait for what is under way and let go of every connection."""
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self._dispose()

    def _dispose(self) -> None:
        self._writer.dispose()
        self._reader.dispose()

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one writing transaction on this thread; repeated whole when PostgreSQL says so."""
        for left in reversed(range(_TRIES)):
            try:
                with self._writer.begin() as connection:
                    return work(connection)
            except DBAPIError as problem:
                if left == 0 or getattr(problem.orig, "sqlstate", None) not in _AGAIN:
                    raise
        raise AssertionError("unreachable")

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on one snapshot on this thread."""
        with self._reader.begin() as connection:
            return work(connection)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """`write_now` on a writer thread."""
        return await asyncio.get_running_loop().run_in_executor(self._writers, self.write_now, work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """`read_now` on a reader thread."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_now, work)


def lock_name(connection: Connection, name: str) -> None:
    """Hold `name` until the transaction ends. SQLite's writers already hold everything."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert plain rows of one shape. What SQLAlchemy does to each row costs as much as the database itself."""
    if not rows:
        return
    statement = insert(table).compile(dialect=connection.dialect, column_keys=list(rows[0]))
    order = getattr(statement, "positiontup", None)
    if order is None:
        connection.exec_driver_sql(str(statement), [dict(row) for row in rows])
    else:
        connection.exec_driver_sql(str(statement), [tuple(row[name] for name in order) for row in rows])


def chunks(values: Sequence[T]) -> list[Sequence[T]]:
    """`values` in pieces that fit an IN list."""
    return [values[start : start + CHUNK] for start in range(0, len(values), CHUNK)]


def _sqlite_engine(url: URL, *, durable: bool, begin: str, pool: int) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=pool,
        max_overflow=0 if pool > 1 else 1,
        connect_args={"timeout": _SQLITE_WAIT_S, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late and never IMMEDIATE
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        # An accepted action leaves the desk's outbox: it has to survive a power cut here.
        cursor.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")  # what is erased leaves no bytes behind in the file
        cursor.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        if begin == "BEGIN":
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgres_engine(url: URL, *, durable: bool, pool: int) -> Engine:
    options = "" if durable else "-c synchronous_commit=off"
    return create_engine(
        url,
        hide_parameters=True,
        pool_size=pool,
        max_overflow=2,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 10, **({"options": options} if options else {})},
    )
