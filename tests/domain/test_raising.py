"""What a mark says of itself is what the figures counted, so that the rules find in it what the desk found."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcity_desk.domain.custody import Excluded, segments
from smartcity_desk.domain.decision import Accepted, Action
from smartcity_desk.domain.events import Actor, EventKind, ExclusionCode, Role
from smartcity_desk.domain.fairness import Finding
from smartcity_desk.domain.figures import OfficeFigures, office_figures
from smartcity_desk.domain.ids import mark_id
from smartcity_desk.domain.items import Objected, by_office, items
from smartcity_desk.domain.mark_rules import decide_mark
from smartcity_desk.domain.marking import Marking
from smartcity_desk.domain.marks import MarkState
from smartcity_desk.domain.raising import raised
from smartcity_desk.domain.times import DAY
from tests.domain.builders import T0
from tests.domain.lives import MANY, PATIENCE, WORKING, Life, city_law, lives

pytestmark = pytest.mark.timeout(PATIENCE)
NOW = T0 + 40 * DAY
OUT = Excluded(ExclusionCode.MISROUTED, "rere", "terbukti", NOW - DAY, "x")
cities = st.lists(lives, min_size=2, max_size=8, unique_by=lambda life: life.report.id)


def rule(windows: int) -> Marking:
    """One item in each window is enough to speak: so few lives make candidates, and others that are none."""
    return Marking(window_days=40 // windows, windows=windows, least_n=1, prior_weight=2, prior_on_time=1)


@settings(max_examples=MANY)
@given(cities, st.integers(1, 2), st.randoms(use_true_random=False))
def test_the_rules_find_in_a_mark_what_the_figures_say(
    city: list[Life], windows: int, random: Random
) -> None:
    law = city_law(policies=(replace(WORKING, marking=rule(windows)),))
    held = [one for life in city for one in segments(life.origin, life.events)]
    drawn = {one.id: random.choice("abcdef") for one in held}
    objected = Objected(
        {name: OUT for name, what in drawn.items() if what == "a"},
        frozenset(name for name, what in drawn.items() if what == "b"),
    )
    for office, own in by_office(items(held, law, NOW, objected)).items():
        if law.scored(office):
            figures = office_figures(office, own, law, NOW)
            asked = mark(figures)
            for window, part in zip(asked.payload.windows, figures.windows, strict=True):
                assert window.span == part.window
                assert (len(window.on_time), len(window.late)) == (part.tally.on_time, part.tally.missed)
            named = figures.verdict.finding is Finding.CANDIDATE
            assert isinstance(decide_mark(MarkState(), asked, law), Accepted) is named


def mark(figures: OfficeFigures) -> Action:
    payload = raised(figures, WORKING.version, lambda _: "ab" * 32)
    name = mark_id(figures.office, payload.windows[-1].until)
    return Action("x", name, EventKind.MARK_RAISED, payload, Actor("sari", Role.SUPERVISOR), NOW)
