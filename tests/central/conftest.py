"""Every test of the server runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import absent
from tests.central import postgres
from tests.central.pages.browser import Browser
from tests.central.pages.scene import Scene
from tests.central.world import World, city, found_city, settings_for


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
NewDatabase = Callable[[bool], str]


@pytest.fixture(scope="session")
def founded_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with a small city in it, to be copied."""
    folder = tmp_path_factory.mktemp("founded")
    found_city(settings_for(folder))
    return folder / "central.sqlite3"


@pytest.fixture(scope="session")
def founded_postgresql(postgresql: postgres.Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    found_city(settings_for(tmp_path_factory.mktemp("founded"), postgresql.create("founded")))
    return "founded"


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewDatabase]:
    """Make URLs of databases of one kind, SQLite and PostgreSQL in turn; with a city in them, or empty."""
    made: list[str] = []

    def sqlite(founded: bool) -> str:
        path = tmp_path / f"central-{next(_names)}.sqlite3"
        if founded:
            shutil.copyfile(request.getfixturevalue("founded_sqlite"), path)
        return f"sqlite:///{path}"

    def postgresql(founded: bool) -> str:
        server: postgres.Postgres = request.getfixturevalue("postgresql")
        template = request.getfixturevalue("founded_postgresql") if founded else "template1"
        made.append(f"central_{next(_names)}")
        return server.create(made[-1], template)

    yield sqlite if request.param == "sqlite" else postgresql
    for name in made:
        request.getfixturevalue("postgresql").drop(name)


@pytest.fixture
def world(new_database: NewDatabase, tmp_path: Path) -> Iterator[World]:
    with city(tmp_path, new_database(True)) as made:
        yield made


@pytest.fixture
def lurah(world: World) -> Browser:
    """The head of a kelurahan, logged in on the officials' page."""
    browser = Browser(world)
    assert browser.log_in().status == 200
    return browser


@pytest.fixture
def scene(world: World) -> Scene:
    """A past that can be written as it should have been."""
    return Scene.of(world.app.state.services, world.clock.at)
