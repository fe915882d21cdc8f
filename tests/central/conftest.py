"""Every test of the server runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import absent
from tests.central import postgres
from tests.central.world import World, city


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Postgres]:
    binaries = postgres.find_binaries()
    if binaries is None:
        absent.not_run(
            "postgresql", "no initdb and postgres here; the central server was tested on SQLite only"
        )
    server = postgres.start(binaries)
    yield server
    server.stop()


_names = itertools.count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Make URLs of empty databases, of one kind for SQLite and PostgreSQL each."""
    made: list[str] = []

    def sqlite() -> str:
        return f"sqlite:///{tmp_path}/central-{next(_names)}.sqlite3"

    if request.param == "sqlite":
        yield sqlite
        return
    server: postgres.Postgres = request.getfixturevalue("postgresql")

    def postgresql() -> str:
        made.append(f"central_{next(_names)}")
        return server.create(made[-1])

    yield postgresql
    for name in made:
        server.drop(name)


@pytest.fixture
def world(new_database: Callable[[], str], tmp_path: Path) -> Iterator[World]:
    with city(tmp_path, new_database()) as made:
        yield made
