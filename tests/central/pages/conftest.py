"""What the tests of the pages start from."""

from __future__ import annotations

import pytest

from tests.central.pages.browser import Browser
from tests.central.pages.scene import Scene
from tests.central.world import World


@pytest.fixture
def lurah(world: World) -> Browser:
    """The head of a kelurahan, logged in."""
    browser = Browser(world)
    assert browser.log_in().status == 200
    return browser


@pytest.fixture
def scene(world: World) -> Scene:
    """A past that can be written as it should have been."""
    return Scene.of(world.app.state.services, world.clock.at)
