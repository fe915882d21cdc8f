"""A few streets, photographed once for all tests here, and only as far as a test asks."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pytest

from tests.photos import edits, scenes
from tests.photos.pieces import Image
from tests.photos.scenes import Scene


class Street:
    """The reporter's photograph, an honest after-photo from a step aside, and the first one changed in place."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    @cached_property
    def place(self) -> Scene:
        return scenes.scene(self.seed)

    @cached_property
    def before(self) -> bytes:
        return edits.jpeg(scenes.shoot(self.place, scenes.first_shot(self.seed)))

    @cached_property
    def pixels(self) -> Image:
        return edits.pixels_of(self.before)

    @cached_property
    def honest(self) -> bytes:
        return edits.jpeg(scenes.shoot(self.place, scenes.honest_after(self.seed)))

    @cached_property
    def edited(self) -> bytes:
        shot = scenes.first_shot(self.seed)
        return edits.edited(self.place, shot, self.before, np.random.default_rng(self.seed))


@pytest.fixture(scope="session")
def streets() -> list[Street]:
    return [Street(seed) for seed in range(710, 716)]


@pytest.fixture(scope="session")
def one(streets: list[Street]) -> Street:
    return streets[0]
