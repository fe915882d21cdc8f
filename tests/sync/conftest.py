"""What more than one file of these tests needs: a real central server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.central_server import Running, central_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    """The server with an empty city, for one test."""
    folder = tmp_path / "central"
    folder.mkdir()
    with central_server(folder) as running:
        yield running
