"""Connections to the local file: the one place that names the driver, sets pragmas and starts transactions.

One writer connection, guarded by a lock, whose transactions all start with `BEGIN IMMEDIATE`; one read-only connection
for each thread that reads. Every error of the driver leaves here as a `StoreProblem`.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.paths import as_store_problem

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

Raw = sqlite3.Connection
"""The driver's own connection, by the only name that the rest of this package knows."""
BUSY_MS: Final = 5_000
"""How long a connection waits for another process's write to end before it says `locked`."""
WRITER_CACHE_KIB: Final = 65_536
READER_CACHE_KIB: Final = 24_576
AUTOCHECKPOINT_PAGES: Final = 4_000
_MIN_FREE_BYTES: Final = 1 << 20
CHUNK: Final = 500
"""Values in one `IN (...)`: well under what SQLite allows, and a statement text that repeats."""
_ROWS_A_CALL: Final = (500, 100, 20)
"""Rows of one statement. The widest table has 26 columns, and SQLite takes 32,766 values at once."""


class Cancelled(Exception):  # noqa: N818 - not an error: the caller asked for it
    """A long read was ended by `interrupt`."""


def connect(path: Path, *, writable: bool, busy_ms: int = BUSY_MS) -> Raw:
    """A connection of the driver with this project's pragmas. Raises `sqlite3.Error`.

    To encrypt the cache at rest, this function is what changes.
    """
    mode = "rwc" if writable else "ro"
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        timeout=busy_ms / 1000,
        isolation_level=None,  # transactions begin where this module says
        check_same_thread=False,  # a lock (writer) and thread-local storage (readers) keep threads apart
        cached_statements=256,
    )
    try:
        for pragma in _pragmas(writable):
            connection.execute(pragma)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _pragmas(writable: bool) -> Iterator[str]:
    yield "PRAGMA foreign_keys = ON"
    yield "PRAGMA temp_store = MEMORY"
    if writable:
        yield "PRAGMA journal_mode = WAL"
        yield "PRAGMA synchronous = NORMAL"
        yield f"PRAGMA wal_autocheckpoint = {AUTOCHECKPOINT_PAGES}"
        yield f"PRAGMA cache_size = -{WRITER_CACHE_KIB}"
        yield "PRAGMA secure_delete = ON"  # what is erased leaves no bytes behind in the file
    else:
        yield "PRAGMA query_only = ON"
        yield f"PRAGMA cache_size = -{READER_CACHE_KIB}"


def problem_of(error: sqlite3.Error, path: Path) -> StoreProblem | None:
    """What an error of the driver means for the operator, or None when it is a mistake of ours."""
    code = getattr(error, "sqlite_errorcode", None)
    where = str(path)
    if code is None:
        # Python reads every text as UTF-8; ours are, so others are no texts of ours. What they say is nobody's to log.
        torn = "decode to UTF-8" in str(error)
        return StoreProblem("damaged", path=where, detail="a text is not UTF-8") if torn else None
    primary = code & 0xFF
    if primary == sqlite3.SQLITE_FULL:
        return StoreProblem("disk_full", path=where)
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return StoreProblem("read_only", path=where)
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreProblem("locked", path=where)
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreProblem("damaged", path=where, detail=str(error))
    if primary in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
        return _input_output_problem(path)
    return None


def _input_output_problem(path: Path) -> StoreProblem:
    """A failed read or write: the disk is full, or the folder does not let us. Never `damaged`."""
    try:
        full = shutil.disk_usage(path.parent).free < _MIN_FREE_BYTES
    except OSError as problem:
        return as_store_problem(problem, path)
    return StoreProblem("disk_full" if full else "read_only", path=str(path))


def cause(error: Exception) -> sqlite3.Error | None:
    """The driver's own error in what was raised; SQLAlchemy wraps it."""
    original = getattr(error, "orig", error)
    return original if isinstance(original, sqlite3.Error) else None


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Inside, errors of the driver become `StoreProblem`, and an interrupted read becomes `Cancelled`."""
    try:
        yield
    except Exception as error:
        original = cause(error)
        if original is None:
            raise
        if getattr(original, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
            raise Cancelled from error
        problem = problem_of(original, path)
        if problem is None:
            raise
        raise problem from error


class Database:
    """The connections to one file: a writer through SQLAlchemy, and a reader for each thread that asks.

    SQLAlchemy is loaded with the first write, so that a window shows its first lines without waiting for it.
    """

    def __init__(self, path: Path, *, busy_ms: int = BUSY_MS) -> None:
        self.path: Final = path
        self._busy_ms = busy_ms
        self._lock = threading.RLock()
        # Apart from the writer's lock: a reader, or the interface that interrupts one, never waits for a write.
        self._registry = threading.Lock()
        self._local = threading.local()
        self._readers: list[Raw] = []
        self._interruptible: set[Raw] = set()
        self._interrupts = 0
        self._closed = 0
        self._plain: Raw | None = None
        self._engine: Engine | None = None
        self._writer: Connection | None = None
        self.suspect = False
        """Whether anything damaged was met; then the next start looks at the whole file."""

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            with translated(self.path):
                yield
        except StoreProblem as problem:
            self.suspect = self.suspect or problem.kind == "damaged"
            raise

    def _plain_writer(self) -> Raw:
        if self._plain is None:
            self._plain = connect(self.path, writable=True, busy_ms=self._busy_ms)
        return self._plain

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction of the writer: committed at the end of the block, rolled back on any error."""
        with self._lock, self._watched():
            if self._writer is None:
                self._engine = engine_on(self._plain_writer())
                self._writer = self._engine.connect()
            connection = self._writer
            with connection.begin():
                yield connection
                connection.exec_driver_sql("UPDATE meta SET value = value + 1 WHERE key = 'change'")

    @contextmanager
    def outside_transaction(self) -> Iterator[Raw]:
        """The writer's driver connection, for what cannot run inside a transaction or is one statement."""
        with self._lock, self._watched():
            yield self._plain_writer()

    @contextmanager
    def read(self) -> Iterator[Raw]:
        """This thread's reader. Each statement sees the newest committed state."""
        with self._watched():
            if getattr(self._local, "opened", None) != self._closed:
                raw = connect(self.path, writable=False, busy_ms=self._busy_ms)
                with self._registry:
                    self._readers.append(raw)
                self._local.reader, self._local.opened = raw, self._closed
            yield self._local.reader

    @contextmanager
    def long_read(self) -> Iterator[tuple[Raw, Callable[[], None]]]:
        """This thread's reader for something that `interrupt` may end, and a check to call between chunks."""
        with self.read() as raw:
            with self._registry:
                started = self._interrupts
                self._interruptible.add(raw)

            def check() -> None:
                if self._interrupts != started:
                    raise Cancelled

            try:
                yield raw, check
            finally:
                with self._registry:
                    self._interruptible.discard(raw)

    def interrupt(self) -> None:
        """End every long read that runs now; each raises `Cancelled` in its own thread."""
        with self._registry:
            self._interrupts += 1
            for raw in self._interruptible:
                raw.interrupt()

    def close(self) -> None:
        """Close every connection, the writer last: only it can fold the write-ahead log back into the file."""
        with self._lock, self._registry:
            for raw in self._readers:
                raw.close()
            self._readers.clear()
            if self._writer is not None:
                self._writer.close()
            if self._engine is not None:
                self._engine.dispose()
            if self._plain is not None:
                self._plain.close()
            self._writer = self._engine = self._plain = None
            self._closed += 1


def engine_on(raw: Raw) -> Engine:
    """SQLAlchemy's engine over one connection of the driver; its transactions start with `BEGIN IMMEDIATE`.

    A deferred transaction that turns into a write is refused at once when another process has written meanwhile,
    whatever the busy timeout says.
    """
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import StaticPool

    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def chunks(values: Sequence[Any], size: int = CHUNK) -> Iterator[Sequence[Any]]:
    """The values in pieces that fit one statement."""
    for at in range(0, len(values), size):
        yield values[at : at + size]


def marks(count: int) -> str:
    """`?, ?, ?` for an `IN (...)`."""
    return ", ".join("?" * count)


def insert(raw: Raw, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """`executemany` of an `INSERT … VALUES (?, …)`, in few calls.

    The driver lets other threads run at each row of `executemany`, and each time waits for its own turn again: while
    one of them maps the next page, that is some milliseconds a row. A statement of many rows waits once. It comes in a
    few sizes only, because it costs more to prepare than to run.
    """
    at = 0
    for size in _ROWS_A_CALL:
        while len(rows) - at >= size:
            raw.execute(_wide(statement, size), tuple(chain.from_iterable(rows[at : at + size])))
            at += size
    raw.executemany(statement, rows[at:])


@lru_cache(maxsize=64)
def _wide(statement: str, rows: int) -> str:
    one = statement[statement.rindex("(") :]
    return statement + f", {one}" * (rows - 1)


def driver(connection: Connection) -> Raw:
    """The driver's own connection inside a SQLAlchemy one, where every microsecond is paid a million times."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, Raw)
    return raw
