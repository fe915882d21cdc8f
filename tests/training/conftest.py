"""A small city, made once for all tests of this folder."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.times import from_iso
from smartcity_desk.training.city import City
from smartcity_desk.training.history import History, generate
from smartcity_desk.training.holders import training_directory
from smartcity_desk.training.traits import Traits, city_traits

NOW = from_iso("2026-11-22T01:46:23Z")
SEED = 7
T = TypeVar("T")


class Clock:
    """A clock that moves when told to."""

    def __init__(self, now: int = NOW) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def directory() -> Directory:
    return training_directory(SEED, NOW)


@pytest.fixture(scope="session")
def traits(directory: Directory) -> Traits:
    return city_traits(SEED, directory)


@pytest.fixture(scope="session")
def history(directory: Directory, traits: Traits) -> History:
    """Ninety days at a fifth of the size."""
    return generate(SEED, NOW, directory, traits, scale=0.2)


@pytest.fixture(scope="session")
def full(directory: Directory, traits: Traits) -> History:
    """Ninety days at full size: the rule says nothing of small numbers."""
    return generate(SEED, NOW, directory, traits)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small city."""
    folder = tmp_path_factory.mktemp("kota") / "city"
    City.open(folder, seed=SEED, scale=0.03, clock=Clock())
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may live in."""
    return Path(shutil.copytree(made, tmp_path / "city"))


@pytest.fixture
def city(folder: Path, clock: Clock) -> City:
    return City.open(folder, seed=SEED, scale=0.03, clock=clock)


@pytest.fixture(scope="session")
def ask() -> Callable[..., httpx.Response]:
    """One request to an application, without a network."""

    def request(app: Any, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://kanal.latihan") as client:
                return await client.request(method, path, **more)

        return run(go())

    return request


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run one coroutine to its end."""
    return asyncio.run(work)
