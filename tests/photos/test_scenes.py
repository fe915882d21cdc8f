"""The streets that everything here is measured on follow from their seed."""

from __future__ import annotations

import numpy as np

from tests.photos import scenes
from tests.photos.conftest import Street


def test_a_street_is_the_same_every_time_and_another_seed_is_another_street() -> None:
    assert Street(5).before == Street(5).before != Street(6).before


def test_a_step_aside_moves_near_things_more_than_far_ones() -> None:
    place, shot = scenes.scene(3), scenes.Shot(passers=0)
    aside = scenes.Shot(x=0.5, passers=0)
    posts = sorted((piece for piece in place.still if piece.depth > 3), key=lambda piece: piece.depth)
    moved = [
        float(np.abs(there - here)[:, 0].max())
        for piece in (posts[0], posts[-1])
        if (here := scenes.corners_in(shot, piece)) is not None
        and (there := scenes.corners_in(aside, piece)) is not None
    ]
    assert moved[0] > 3 * moved[1]


def test_the_problem_is_gone_in_the_honest_after_photo() -> None:
    assert scenes.first_shot(9).with_problem
    assert not scenes.honest_after(9).with_problem
