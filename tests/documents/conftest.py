"""Pictures and a small dossier, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import sample_papers
from smartcity_desk.documents.model import Dossier


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Eight small pictures with bytes of their own."""
    return sample_papers.photo_files(tmp_path_factory.mktemp("pictures"), 8, (320, 240))


@pytest.fixture
def dossier(pictures: list[Path]) -> Dossier:
    """A dossier of four items with two pictures each."""
    return sample_papers.dossier(4, pictures)
