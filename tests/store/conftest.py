"""A store on a real file for each test, with the small city of the domain's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from smartcity_desk.store import Store
from tests.domain.builders import DIRECTORY, POLICY, T0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store.open(path, now=T0, policy=POLICY)
    opened.set_directory(DIRECTORY, "etag-1", T0)
    yield opened
    opened.close()
