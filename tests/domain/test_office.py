"""Offices, their ladder, and who holds them when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.office import Category, Directory, Office, OfficeLevel, Official, Tenure
from tests.domain.builders import DIRECTORY, SUDIN, T0, TEBET


def test_the_ladder_nearest_first() -> None:
    assert DIRECTORY.ancestors(TEBET) == ("31.74.01", "31.74", "31")
    assert DIRECTORY.ancestors(SUDIN) == ("SDA",)
    assert DIRECTORY.ancestors("31") == ()
    assert DIRECTORY.ancestors("nowhere") == ()


def test_a_parent_that_is_not_there_is_still_named() -> None:
    city = Directory.of(offices=[Office("a", "A", OfficeLevel.SUDIN, parent="gone")])
    assert city.ancestors("a") == ("gone",)


@given(st.dictionaries(st.sampled_from("abcdef"), st.none() | st.sampled_from("abcdef")))
def test_a_loop_ends_the_walk(parents: dict[str, str | None]) -> None:
    city = Directory.of(offices=[Office(c, c, OfficeLevel.DINAS, parent=p) for c, p in parents.items()])
    for code in "abcdef":
        walk = city.ancestors(code)
        assert len(set(walk)) == len(walk)
        assert code not in walk


def test_tenures_are_half_open_and_may_overlap_for_an_acting_holder() -> None:
    first = Tenure(TEBET, "a", T0, T0 + 10)
    acting = Tenure(TEBET, "b", T0 + 5, None, acting=True)
    city = Directory.of(
        offices=[], officials=[Official("a", "Lurah"), Official("b", "Plt")], tenures=[first, acting]
    )
    assert city.holders(TEBET, T0 - 1) == ()
    assert city.holders(TEBET, T0) == (first,)
    assert city.holders(TEBET, T0 + 9) == (first, acting)
    assert city.holders(TEBET, T0 + 10) == (acting,)
    assert city.holders(SUDIN, T0) == ()


def test_the_last_of_two_equal_codes_wins() -> None:
    city = Directory.of(
        offices=[Office("a", "Lama", OfficeLevel.DINAS), Office("a", "Baru", OfficeLevel.DINAS)],
        categories=[Category("c", "Lama", "g"), Category("c", "Baru", "g")],
    )
    assert city.offices["a"].name == "Baru"
    assert city.categories["c"].name == "Baru"
