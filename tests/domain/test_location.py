"""A place that a machine found: what it decides, what it never decides, and what a person's word changes (F19, E11)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.events import Delivered, EventKind, ExclusionCode, PlaceSet, RoutingSent
from smartcity_desk.domain.items import Item, item
from smartcity_desk.domain.location import Location, PlaceBadge, improves
from smartcity_desk.domain.state import initial
from smartcity_desk.domain.times import DAY, HOUR
from tests.domain.builders import CAKUNG, LAW, MENTENG, SUDIN, SYSTEM, T0, TEBET, Life, report

NOW = T0 + 40 * DAY
SURE = Location(PlaceBadge.SURE, TEBET, MENTENG, 400, "e1")
BORDER = Location(PlaceBadge.BORDER, TEBET, MENTENG, 20, "e1")
COAST = Location(PlaceBadge.BORDER, TEBET, None, 20, "e1")
DRAWN = Location(PlaceBadge.APPROXIMATE, TEBET, TEBET, 900, "perkiraan")
NEIGHBOURS = "31.74.01.1002"

locations = st.none() | st.builds(
    Location,
    st.sampled_from(PlaceBadge),
    st.none() | st.sampled_from([TEBET, MENTENG, CAKUNG]),
    st.none() | st.sampled_from([TEBET, MENTENG, CAKUNG]),
    st.none() | st.integers(0, 3_000),
    st.sampled_from(["", "e1", "perkiraan"]),
)


def held(location: Location | None, office: str = TEBET) -> Life:
    """A report that an office got and did not answer."""
    life = Life(report(location=location))
    life.do(EventKind.ROUTING_SENT, RoutingSent(office, "wilayahnya", None))
    life.do(EventKind.REPORT_DELIVERED, Delivered(office), by=SYSTEM, at=T0 + HOUR)
    return life


def judged(life: Life) -> Item:
    found = item(life.segments[-1], LAW, NOW)
    assert found is not None
    return found


def test_a_sure_place_is_the_place_and_counts() -> None:
    state = initial(report(location=SURE))
    assert (state.place, state.place_doubt) == (TEBET, None)
    assert judged(held(SURE)).counts


@pytest.mark.parametrize("location", [BORDER, COAST, DRAWN, Location(PlaceBadge.NAMED, TEBET)])
def test_an_unsure_place_counts_against_nobody_until_a_person_decides(location: Location) -> None:
    life = held(location)
    assert life.state.place == TEBET
    assert life.state.place_doubt is location.badge
    found = judged(life)
    assert found.excluded is not None
    assert (found.excluded.code, found.excluded.reason) == (
        ExclusionCode.AMBIGUOUS_PLACE,
        "place_uncertain",
    )
    assert found.excluded.event == life.segments[-1].opened_by
    life.do(EventKind.PLACE_SET, PlaceSet(TEBET, TEBET))
    assert life.state.place_doubt is None
    assert judged(life).counts, "the person agreed with the machine"


def test_a_person_who_places_it_elsewhere_clears_who_had_it() -> None:
    life = held(BORDER)
    life.do(EventKind.PLACE_SET, PlaceSet(MENTENG, TEBET))
    found = judged(life).excluded
    assert found is not None
    assert (found.code, found.reason, found.event) == (
        ExclusionCode.AMBIGUOUS_PLACE,
        "place_elsewhere",
        life.events[-1].id,
    )


def test_a_border_inside_the_office_is_no_doubt_about_the_office() -> None:
    inside = Location(PlaceBadge.BORDER, TEBET, NEIGHBOURS, 5, "e1")
    assert judged(held(inside, SUDIN)).counts, "both candidates lie in one kota"
    apart = Location(PlaceBadge.BORDER, TEBET, MENTENG, 5, "e1")
    assert judged(held(apart, SUDIN)).excluded is not None
    assert judged(held(DRAWN, SUDIN)).excluded is not None, "drawn cells count against nobody local"


def test_the_same_place_is_no_change_once_it_is_decided() -> None:
    life = held(BORDER)
    life.do(EventKind.PLACE_SET, PlaceSet(TEBET, TEBET))
    assert life.refused(EventKind.PLACE_SET, PlaceSet(TEBET, TEBET)) == "no_change"


def test_a_moved_point_is_where_the_person_put_it() -> None:
    life = held(BORDER)
    state = life.do(EventKind.PLACE_SET, PlaceSet(TEBET, TEBET, -6.23, 106.85))
    assert (state.lat, state.lon) == (-6.23, 106.85)
    life.do(EventKind.PLACE_SET, PlaceSet(MENTENG, TEBET))
    assert (life.state.lat, life.state.lon) == (-6.23, 106.85), "a name alone moves no point"


def test_an_official_boundary_stands_instead_of_a_drawn_one_and_never_the_other_way() -> None:
    assert improves(SURE, None)
    assert improves(BORDER, DRAWN)
    assert not improves(DRAWN, SURE)
    assert not improves(None, DRAWN)
    assert not improves(Location(PlaceBadge.SURE, MENTENG, None, 80, "e2"), SURE), (
        "borders do not move reports"
    )


@given(locations, locations, locations)
def test_two_desks_end_with_one_place_whoever_comes_first(
    mine: Location | None, theirs: Location | None, third: Location | None
) -> None:
    """What improves on another is not improved on by it, so that nothing goes back and forth."""
    assert not (improves(mine, theirs) and improves(theirs, mine))
    if improves(mine, theirs) and improves(theirs, third):
        assert improves(mine, third)


@given(locations)
def test_what_a_machine_says_without_official_boundaries_never_counts(location: Location | None) -> None:
    if location is None or location.badge is not PlaceBadge.APPROXIMATE:
        return
    for office in (TEBET, MENTENG, SUDIN):
        assert not judged(held(location, office)).counts
