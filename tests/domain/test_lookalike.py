"""Pairs of reports by hand, and what must hold for any pair."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.lookalike import (
    SUGGESTED,
    WINDOW_MS,
    Found,
    ReasonCode,
    Told,
    author_points,
    contested,
    distance_points,
    error_of,
    likeness,
    time_points,
)
from smartcity_desk.domain.report import PlaceQuality
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from smartcity_desk.domain.wording import said
from tests.domain.builders import T0

LAT, LON = -6.2266, 106.8547
NORTH = 1 / 111_195
USUAL = {
    "jalan": 0.2,
    "lubang": 0.3,
    "saluran": 0.3,
    "sumbat": 0.35,
    "sampah": 0.25,
    "banjir": 0.25,
    "air": 0.3,
}


def told(text: str, *, north: float = 0.0, after: int = 0, **given: object) -> Told:
    plain: dict[str, object] = {
        "id": "a",
        "at": T0 + after,
        "said": said(text),
        "lat": LAT + north * NORTH,
        "lon": LON,
        "error_m": error_of(PlaceQuality.EXACT, 15),
    }
    return Told(**(plain | given))  # type: ignore[arg-type]


def score(one: Told, other: Told, **given: int) -> float:
    return likeness(one, other, USUAL, **given).score


def codes(one: Told, other: Told) -> set[ReasonCode]:
    return {reason.code for reason in likeness(one, other, USUAL).reasons}


ROAD = {"category": "jalan_rusak", "group": "jalan"}
DRAIN = {"category": "saluran_tersumbat", "group": "air"}
FLOOD = {"category": "banjir", "group": "air"}


# ---------------------------------------------------------------- pairs by hand


def test_the_same_pothole_by_two_channels_is_suggested_with_its_reasons() -> None:
    one = told("Jalan berlubang cukup dalam di Jl. Melati III RT 3/RW 5", **ROAD)
    other = told("min lobang gede bgt jln melati 3, motor jatuh", north=18, after=5 * HOUR)
    assert score(one, other) >= SUGGESTED
    found = likeness(one, other, USUAL).reasons
    by_code = {reason.code: reason.params for reason in found}
    assert by_code[ReasonCode.DISTANCE]["distance_m"] == 18
    assert by_code[ReasonCode.TIME]["apart_ms"] == 5 * HOUR
    assert by_code[ReasonCode.STREET]["street"] == "melati 3"
    assert [abs(reason.points) for reason in found] == sorted((abs(r.points) for r in found), reverse=True)


def test_two_potholes_on_one_street_are_two() -> None:
    one = told("Jalan berlubang di Jl. Melati depan masjid", **ROAD)
    other = told("Jalan berlubang di Jl. Melati dekat SDN 05", north=220, after=8 * HOUR, **ROAD)
    assert score(one, other) < SUGGESTED


def test_a_flood_is_one_where_potholes_are_two() -> None:
    wide = (
        told("banjir setinggi lutut", **FLOOD),
        told("air masuk rumah, kebanjiran", north=90, after=HOUR, **FLOOD),
    )
    narrow = told("jalan berlubang", **ROAD), told("lubang besar", north=90, after=HOUR, **ROAD)
    assert score(*wide) >= SUGGESTED > score(*narrow)


def test_a_flood_all_over_a_kelurahan_is_not_one_report() -> None:
    one = told("banjir di RT 3/5", **FLOOD)
    other = told("banjir di RT 12/11", north=900, after=HOUR, **FLOOD)
    assert score(one, other) < 0.1


def test_a_text_copied_all_over_the_city_is_nothing() -> None:
    text = "Jl. Kenanga banjir parah RT 3/RW 5 depan masjid, tolong"
    one = told(text, author="x1", links=frozenset({"https://m.example/1.jpg"}), **FLOOD)
    other = told(
        text, north=9_000, after=MINUTE, author="x1", links=frozenset({"https://m.example/1.jpg"}), **FLOOD
    )
    assert score(one, other) < 0.01


def test_an_officials_template_alone_joins_nothing() -> None:
    text = "Hasil pemantauan petugas lapangan, kondisi terlampir. Mohon tindak lanjut sesuai kewenangan."
    one, other = told(text, author="petugas"), told(text, north=400, after=HOUR, author="petugas")
    assert score(one, other) < SUGGESTED


def test_the_same_reporter_again_is_suggested() -> None:
    one = told("sampah numpuk bau banget", author="a1", category="sampah", group="kebersihan")
    other = told("kapan sampahnya diangkut???", north=60, after=6 * DAY, author="a1")
    assert score(one, other) >= SUGGESTED > score(one, replace(other, author="a2"))


def test_the_same_photograph_weighs_more_than_words() -> None:
    one = told("tolong", pictures=(0xFFFF,), **DRAIN)
    near = told("parah", north=40, after=DAY, pictures=(0xFFFE,))
    assert ReasonCode.PICTURE in codes(one, near)
    assert score(one, near) > score(one, replace(near, pictures=(1 << 100,)))
    assert ReasonCode.PICTURE not in codes(one, replace(near, pictures=(0xFFFF << 64,)))


def test_without_a_position_the_place_has_to_be_in_the_words() -> None:
    nowhere = {"lat": None, "lon": None}
    text = "got mampet di Jl. Melati III RT 3/RW 5"
    one = told(text, **DRAIN)
    exact = told("selokan tersumbat jln melati 3 rt3/5", after=HOUR, **nowhere)
    vague = told("selokan tersumbat", after=HOUR, **nowhere)
    assert score(one, exact) > 0.5 > score(one, vague)
    assert ReasonCode.NO_POSITION in codes(one, exact)


def test_two_that_name_different_places_are_two_even_if_near() -> None:
    one = told("got mampet di Jl. Melati RT 3/RW 5", **DRAIN)
    assert score(one, told("got mampet di Jl. Kenanga RT 9/RW 2", north=30, after=HOUR, **DRAIN)) < SUGGESTED


def test_a_wide_accuracy_says_less_than_a_narrow_one() -> None:
    one, other = told("jalan berlubang", **ROAD), told("jalan berlubang", north=5, after=HOUR, **ROAD)
    wide = replace(other, error_m=error_of(PlaceQuality.COARSE, None))
    assert score(one, other) > score(one, wide)


def test_far_off_a_wide_accuracy_excuses_more() -> None:
    one, other = told("jalan berlubang", **ROAD), told("jalan berlubang", north=300, after=HOUR, **ROAD)
    assert score(one, replace(other, error_m=150.0)) > score(one, other)


def test_where_many_lie_near_means_less() -> None:
    one, other = told("got mampet", **DRAIN), told("selokan buntu", north=30, after=DAY, **DRAIN)
    assert score(one, other) > score(one, other, crowd=40)


def test_an_unknown_category_is_neither_like_nor_unlike() -> None:
    one = told("lapor pak", **ROAD)
    same, unknown = told("cek ya", north=9, after=HOUR, **ROAD), told("cek ya", north=9, after=HOUR)
    assert (
        score(one, same)
        > score(one, unknown)
        > score(one, replace(same, category="sampah", group="kebersihan"))
    )


def test_a_stated_accuracy_that_is_no_number_is_none() -> None:
    for nonsense in (0.0, -5.0, math.nan, math.inf, None):
        assert error_of(PlaceQuality.EXACT, nonsense) == error_of(PlaceQuality.EXACT, None)


# ---------------------------------------------------------------- any pair

SNIPPETS = (
    "jalan",
    "lubang",
    "got",
    "mampet",
    "Jl. Melati 3",
    "Jl. Kenanga",
    "RT 3/5",
    "RW 11",
    "depan masjid",
    "no. 12",
)
texts = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(SNIPPETS), max_size=10).map(" ".join))


@st.composite
def tellings(draw: st.DrawFn) -> Told:
    point = draw(st.booleans())
    kind = draw(
        st.sampled_from([(None, None), ("jalan_rusak", "jalan"), ("banjir", "air"), ("genangan", "air")])
    )
    return Told(
        id=draw(st.sampled_from("ab")),
        at=T0 + draw(st.integers(0, WINDOW_MS)),
        said=said(draw(texts)),
        lat=LAT + draw(st.floats(-0.01, 0.01)) if point else None,
        lon=LON + draw(st.floats(-0.01, 0.01)) if point else None,
        error_m=draw(st.floats(12, 900)),
        category=kind[0],
        group=kind[1],
        author=draw(st.sampled_from([None, "x", "y"])),
        pictures=tuple(draw(st.lists(st.integers(0, 2**128 - 1), max_size=2))),
    )


@given(tellings(), tellings())
def test_a_pair_has_one_score_and_the_same_reasons_in_both_directions(one: Told, other: Told) -> None:
    there, back = likeness(one, other, USUAL), likeness(other, one, USUAL)
    assert there.score == pytest.approx(back.score, rel=1e-9)
    assert {(r.code, tuple(sorted(r.params.items()))) for r in there.reasons} == {
        (r.code, tuple(sorted(r.params.items()))) for r in back.reasons
    }


@given(tellings(), tellings())
def test_a_score_is_a_probability_and_every_reason_is_a_number(one: Told, other: Told) -> None:
    found = likeness(one, other)
    assert 0.0 < found.score < 1.0
    assert all(math.isfinite(reason.points) for reason in found.reasons)


@given(st.floats(0, 5_000), st.floats(0, 5_000), st.floats(12, 1_500), st.integers(0, 100))
def test_farther_is_never_likelier(one: float, other: float, spread: float, crowd: int) -> None:
    near, far = sorted((one, other))
    assert distance_points(near, spread, crowd) >= distance_points(far, spread, crowd)


@given(st.integers(0, WINDOW_MS), st.integers(0, WINDOW_MS), st.integers(HOUR, 9 * DAY))
def test_later_is_never_likelier(one: int, other: int, lasts: int) -> None:
    soon, late = sorted((one, other))
    assert time_points(soon, lasts) >= time_points(late, lasts)


# ---------------------------------------------------------------- what the weights depend on


def test_a_street_and_rt_rw_say_more_where_positions_say_little() -> None:
    one, other = (
        told("got mampet Jl. Melati 3 RT 3/RW 5", **DRAIN),
        told("selokan buntu jln melati 3 rt3/5", after=HOUR, **DRAIN),
    )
    coarse = replace(other, error_m=error_of(PlaceQuality.COARSE, None))

    def points(one: Told, other: Told, code: ReasonCode) -> float:
        return next(r.points for r in likeness(one, other, USUAL).reasons if r.code is code)

    for code in (ReasonCode.STREET, ReasonCode.NEIGHBOURS):
        assert points(one, coarse, code) > points(one, other, code) > 0


def test_a_landmark_with_its_name_says_more_than_its_kind() -> None:
    vague = {"error_m": error_of(PlaceQuality.COARSE, None)}
    one = told("got mampet depan masjid Al Ikhlas", **vague, **DRAIN)
    same = told("selokan buntu dekat mesjid al ikhlass", after=HOUR, **vague, **DRAIN)
    another = told("selokan buntu dekat mesjid Baiturrahman", after=HOUR, **vague, **DRAIN)
    assert score(one, same) > score(one, another)
    shown = {r.code: r.params for r in likeness(one, same, USUAL).reasons}[ReasonCode.LANDMARK]
    assert shown["landmark"] == "masjid al ikhlas"


@given(st.floats(1e-9, 1), st.floats(1e-9, 1))
def test_who_reports_seldom_is_never_less_telling(one: float, other: float) -> None:
    seldom, often = sorted((one, other))
    assert author_points(seldom) >= author_points(often) > 0


@given(st.lists(tellings(), min_size=2, max_size=5), st.booleans())
def test_rivals_only_take(tellings: list[Told], joined: bool) -> None:
    asked, *others = tellings
    known = [Found(other, likeness(asked, other), "i1" if joined else None) for other in others]
    judged = contested(known)
    assert all(
        0 < after.score <= one.likeness.score + 1e-12 for one, after in zip(known, judged, strict=True)
    )
    if joined:
        assert judged == [one.likeness for one in known]


def test_two_that_fit_and_are_not_one_thing_share() -> None:
    asked = told("lubang besar di Jl. Melati", **ROAD)
    near = [told("jalan berlubang", north=north, after=HOUR, id=f"{north}", **ROAD) for north in (-60, 60)]
    found = [Found(other, likeness(asked, other, USUAL)) for other in near]
    alone, shared = found[0].likeness, contested(found, USUAL)[0]
    assert shared.score < alone.score
    assert {reason.code: reason.params for reason in shared.reasons}[ReasonCode.OTHERS] == {"others": 1}
