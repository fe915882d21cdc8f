"""Hints about a claimed completion: each is seen where it should be, and says nothing where little is known."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from smartcity_desk.domain.geo import distance_m
from smartcity_desk.domain.hints import (
    ALIKE_PERCENT,
    BACK_MS,
    CREW_M_PER_HOUR,
    LEAST_DURATIONS,
    NEAR_M,
    SPOT_M,
    HintCode,
    Spot,
    TextHint,
    alike,
    problem_back,
    repeated_text,
    template_text,
    too_fast,
    two_places,
    wording,
)
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, from_iso

NOW = from_iso("2026-11-22T01:46:23Z")
LAT, LON = -6.2, 106.82
DEGREE_M = 111_195  # one degree of latitude

TEMPLATES = [
    wording(text, template=True)
    for text in (
        "Yth. Bapak/Ibu {nama}, laporan nomor {nomor} telah selesai ditindaklanjuti petugas di lapangan. Terima kasih.",
        "Laporan sudah dikoordinasikan dengan {instansi} untuk ditindaklanjuti sesuai ketentuan yang berlaku.",
        "Sudah selesai",
    )
]


def of(hint: TextHint | None) -> HintCode | None:
    return None if hint is None else hint.code


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    "text",
    [
        "Yth. Bapak Joko, laporan nomor JKT-2026-000123 telah selesai ditindaklanjuti petugas di lapangan. Makasih.",
        "yth ibu siti, laporan nomor 7 TLH selesai ditindaklanjuti petugas di lapangan!!! terima kasih",
        "Siang. Sudah dikoordinasikan dgn Sudin Bina Marga untuk ditindaklanjuti sesuai ketentuan yg berlaku. Salam",
        "Sudah selesai, terima kasih.",
        "SUDAH  SELESAI",
        "ｓｕｄａｈ selesai",
        "Terima kasih, Pak.",
        "👍👍👍",
        "12345",
    ],
)
def test_a_template_alone_is_seen_through_names_numbers_signs_and_courtesies(text: str) -> None:
    assert of(template_text(text, TEMPLATES)) is HintCode.TEMPLATE


@pytest.mark.parametrize(
    "text",
    [
        "Lubang di depan SDN 03 sudah ditambal dengan aspal dingin, dikerjakan tiga petugas PPSU pukul sembilan.",
        "Sudah selesai, saluran dikeruk sepanjang dua puluh meter.",
        "Selesai",
        "Laporan sudah dikoordinasikan dengan Sudin Bina Marga; aspal dikirim besok pagi dan lubang ditutup sementara.",
        "",
        "   ",
    ],
)
def test_a_text_of_its_own_is_none(text: str) -> None:
    assert template_text(text, TEMPLATES) is None


def test_without_templates_a_text_is_a_template_of_nobody() -> None:
    assert template_text("Sudah selesai", []) is None
    assert template_text("Sudah selesai", [wording("{nama}", template=True)]) is None


def test_the_same_words_about_another_report_are_named_and_counted() -> None:
    said = "Sampah di tepi kali sudah diangkut dengan dua truk oleh petugas kelurahan."
    earlier = [
        ("r1", wording("Pohon tumbang sudah dipotong.")),
        ("r2", wording("Sampah di tepi kali telah diangkut dengan dua truk oleh petugas kelurahan")),
        ("r3", wording(said.upper())),
        ("r4", wording(said)),
    ]
    hint = repeated_text("r9", said, earlier)
    assert hint == TextHint(HintCode.REPEATED_TEXT, {"percent": 100, "report": "r3", "count": 3})
    near = repeated_text("r9", said, earlier[:2])
    assert near is not None
    assert near.params["report"] == "r2"
    assert ALIKE_PERCENT <= int(near.params["percent"]) < 100


def test_an_office_may_say_the_same_twice_about_one_report() -> None:
    said = "Lampu jalan sudah diganti."
    assert repeated_text("r1", said, [("r1", wording(said))]) is None


def test_short_texts_are_repeated_only_if_they_are_equal() -> None:
    earlier = [("r1", wording("Lampu jalan sudah diganti"))]
    assert of(repeated_text("r2", "lampu jalan sudah diganti.", earlier)) is HintCode.REPEATED_TEXT
    assert repeated_text("r2", "Lampu jalan sudah menyala", earlier) is None
    assert repeated_text("r2", "Terima kasih", [("r1", wording("Terima kasih"))]) is None


WORDS = st.lists(
    st.sampled_from(["lubang", "jalan", "sudah", "ditambal", "petugas", "aspal", "depan"]), max_size=14
)


@given(WORDS, WORDS)
def test_likeness_is_a_share_that_both_sides_agree_on(one: list[str], two: list[str]) -> None:
    first, second = wording(" ".join(one)), wording(" ".join(two))
    percent = alike(first, second)
    assert 0 <= percent <= 100
    assert (percent == 100) == (first.words == second.words)
    if percent >= ALIKE_PERCENT:
        assert len(set(one) ^ set(two)) <= (100 - ALIKE_PERCENT) * (len(one) + len(two)) / 100


@given(st.lists(st.text(alphabet="abcdefgh", min_size=2, max_size=9), min_size=10, max_size=30), st.data())
def test_one_word_changed_of_ten_or_more_is_still_the_same_text(
    words: list[str], data: st.DataObject
) -> None:
    changed = list(words)
    changed[data.draw(st.integers(0, len(words) - 1))] = "zzz"
    assert alike(wording(" ".join(words)), wording(" ".join(changed))) >= ALIKE_PERCENT


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_can_be_compared(one: str, two: str) -> None:
    assert alike(wording(one), wording(one, template=True)) >= 0
    template_text(one, [wording(two, template=True)])
    repeated_text("a", one, [("b", wording(two))])


# ---------------------------------------------------------------- speed


def test_quicker_than_all_but_one_in_a_hundred_is_too_fast() -> None:
    usual = [number * MINUTE for number in range(1, 301)]
    assert too_fast(3 * MINUTE, usual) is None  # the 1st percentile itself
    assert too_fast(3 * MINUTE - 1, usual) == TextHint(
        HintCode.TOO_FAST, {"duration_ms": 3 * MINUTE - 1, "limit_ms": 3 * MINUTE, "n": 300, "below": 2}
    )


def test_of_few_durations_nothing_is_said() -> None:
    usual = [HOUR] * LEAST_DURATIONS
    assert of(too_fast(1, usual)) is HintCode.TOO_FAST
    assert too_fast(1, usual[1:]) is None
    assert too_fast(1, []) is None


@given(st.lists(st.integers(0, 10**10), min_size=LEAST_DURATIONS, max_size=450))
def test_at_most_one_in_a_hundred_is_below_its_own_percentile(durations: list[int]) -> None:
    usual = sorted(durations)
    flagged = [one for one in usual if too_fast(one, usual)]
    assert len(flagged) * 100 <= len(usual)
    assert flagged == usual[: len(flagged)]


# ---------------------------------------------------------------- places


def spot(report: str, *, north_m: float = 0, after: int = 0) -> Spot:
    return Spot(report, NOW + after, LAT + north_m / DEGREE_M, LON)


def test_distance_is_along_the_ground() -> None:
    assert distance_m(LAT, LON, LAT, LON) == 0
    assert distance_m(0, 0, 0, 1) == pytest.approx(DEGREE_M, abs=5)
    assert distance_m(-6.1754, 106.8272, -6.3021, 106.8951) == pytest.approx(
        15_970, rel=0.01
    )  # Monas to TMII
    assert distance_m(0, 0, 0, 180) == pytest.approx(math.pi * 6_371_009, abs=2)


def test_nobody_is_ten_kilometres_away_five_minutes_later() -> None:
    hint = two_places(spot("r1"), [spot("r2", north_m=10_000, after=5 * MINUTE)])
    assert hint is not None
    assert hint.code is HintCode.TWO_PLACES
    assert hint.params["report"] == "r2"
    assert hint.params["distance_m"] == pytest.approx(10_000, abs=2)
    assert hint.params["apart_ms"] == 5 * MINUTE
    assert hint.params["needed_ms"] == pytest.approx(9.7 * MINUTE, abs=200)


def test_what_can_be_done_says_nothing() -> None:
    assert two_places(spot("r1"), [spot("r2", north_m=10_000, after=10 * MINUTE)]) is None
    assert two_places(spot("r1"), [spot("r2", north_m=NEAR_M - 2)]) is None  # a long street, two phones
    assert two_places(spot("r1"), [spot("r1", north_m=10_000)]) is None  # the same report again
    assert two_places(spot("r1"), []) is None


def test_the_journey_farthest_out_of_reach_is_named() -> None:
    others = [
        spot("r2", north_m=5_000, after=1 * MINUTE),
        spot("r3", north_m=20_000, after=-1 * MINUTE),
        spot("r4", north_m=20_000, after=1 * MINUTE),
        spot("r5", north_m=20_000, after=90 * MINUTE),
    ]
    for order in (others, others[::-1]):
        hint = two_places(spot("r1"), order)
        assert hint is not None
        assert hint.params["report"] == "r3"


LATS = st.floats(-6.37, -5.2)
LONS = st.floats(106.4, 106.98)
SPOTS = st.builds(Spot, st.just("r1"), st.integers(NOW, NOW + DAY), LATS, LONS)


@given(SPOTS, SPOTS)
def test_two_places_are_two_places_from_either_side(one: Spot, two: Spot) -> None:
    two = two._replace(report="r2")
    here, there = two_places(one, [two]), two_places(two, [one])
    assert (here is None) == (there is None)
    if here is not None and there is not None:
        assert here.params["distance_m"] == there.params["distance_m"]


@given(st.lists(st.tuples(LATS, LONS), min_size=2, max_size=8))
def test_a_crew_that_drives_as_one_can_drive_is_never_named(stops: list[tuple[float, float]]) -> None:
    at, journey = NOW, [Spot("r0", NOW, *stops[0])]
    for number, (here, there) in enumerate(pairwise(stops), start=1):
        at += math.ceil(distance_m(*here, *there) * HOUR / CREW_M_PER_HOUR)
        journey.append(Spot(f"r{number}", at, *there))
    for claim in journey:
        assert two_places(claim, journey) is None


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({}, True),
        ({"after": BACK_MS}, True),
        ({"after": BACK_MS + 1}, False),
        ({"after": 0}, False),  # filed before anybody accepted anything
        ({"after": -HOUR}, False),
        ({"north_m": SPOT_M - 1}, True),
        ({"north_m": SPOT_M + 2}, False),
    ],
)
def test_a_problem_is_back_at_its_spot_within_14_days(change: dict[str, int], seen: bool) -> None:
    later = spot("r2", **{"north_m": 40, "after": 3 * DAY, **change})
    assert of(problem_back(spot("r1"), "jalan", [(later, "jalan")])) is (
        HintCode.PROBLEM_BACK if seen else None
    )


def test_another_kind_of_problem_is_not_this_one_back() -> None:
    assert problem_back(spot("r1"), "jalan", [(spot("r2", after=DAY), "sampah")]) is None
    assert problem_back(spot("r1"), "jalan", [(spot("r1", after=DAY), "jalan")]) is None


def test_the_first_report_of_a_problem_that_is_back_is_named_and_all_are_counted() -> None:
    later = [
        (spot("r4", after=5 * DAY), "jalan"),
        (spot("r3", after=2 * DAY, north_m=60), "jalan"),
        (spot("r2", after=20 * DAY), "jalan"),
    ]
    assert problem_back(spot("r1"), "jalan", later) == TextHint(
        HintCode.PROBLEM_BACK, {"report": "r3", "distance_m": 60, "after_ms": 2 * DAY, "count": 2}
    )


@given(st.integers(-30 * DAY, 30 * DAY), st.floats(-300, 300))
def test_a_hint_carries_what_it_rests_on(after: int, north_m: float) -> None:
    hint = problem_back(spot("r1"), "jalan", [(spot("r2", after=after, north_m=north_m), "jalan")])
    assume(hint is not None)
    assert hint is not None
    assert 0 < int(hint.params["after_ms"]) <= BACK_MS
    assert 0 <= int(hint.params["distance_m"]) <= SPOT_M
