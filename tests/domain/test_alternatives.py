"""Which courses a case has: golden cases, and what holds for any case at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk import directory, i18n, knowledge, saying
from smartcity_desk.domain.alternatives import Counsel, courses
from smartcity_desk.domain.courses import (
    LEAST_N,
    OFFERED_LEAST,
    OFFERED_MOST,
    SENT,
    Case,
    Comparables,
    Course,
    Past,
    Twin,
)
from smartcity_desk.domain.location import PlaceBadge
from smartcity_desk.domain.report import CLOSED_STATUSES, OPEN_STATUSES, Status
from smartcity_desk.domain.times import HOUR, from_iso
from smartcity_desk.domain.topics import Reading, Topic

NOW = from_iso("2026-11-23T09:00:00+07:00")
CITY = directory.builtin_directory(NOW)
KNOWN = knowledge.load()
COUNSEL = Counsel(CITY, KNOWN.routing.at(NOW), KNOWN.texts, Comparables())
TEBET_TIMUR, TEBET_BARAT, KRAMAT = "31.74.01.1001", "31.74.01.1002", "31.71.05.1001"


def case(text: str, **fields: object) -> Case:
    """A case in Tebet Timur, unless it says otherwise."""
    values: dict[str, object] = {"place": TEBET_TIMUR, "badge": PlaceBadge.SURE, **fields}
    return Case(KNOWN.reader.read(text), **values)  # type: ignore[arg-type]


def ids(one: Case, counsel: Counsel = COUNSEL) -> list[str]:
    """What is offered, best first."""
    return [course.id for course in courses(one, counsel)]


def first(one: Case) -> Course:
    """The best course."""
    return courses(one, COUNSEL)[0]


@pytest.mark.parametrize(
    ("text", "fields", "wanted"),
    [
        ("sampah menumpuk belum diangkut", {}, f"crew:{TEBET_TIMUR}"),
        ("aspal berlubang di jalan raya", {}, "route:SUDIN-BM-JS"),
        ("pipa PDAM bocor, air ke jalan", {}, "refer:PAM"),
        ("lubang di ruas tol dalam kota", {}, "refer:JASAMARGA"),
        ("bau gas dari pipa gas di depan rumah", {}, "refer:PGN"),
        ("tiang listrik PLN miring", {}, "refer:PLN"),
        ("sampah menumpuk", {"place": None, "badge": PlaceBadge.NONE}, "ask"),
        ("tolong pak", {}, "ask"),
        ("jalan rusak di Margonda Depok", {"place": None, "badge": PlaceBadge.NONE}, "outside"),
        ("banjir di rumah", {"place": None, "badge": PlaceBadge.OUTSIDE}, "outside"),
        ("slot gacor daftar judi bonus", {"place": None, "badge": PlaceBadge.NONE}, "spam"),
        ("terima kasih, jalan sudah diperbaiki, mantap", {"place": None, "badge": PlaceBadge.NONE}, "not_complaint"),
        ("bagaimana cara mengurus kartu keluarga?", {"place": None, "badge": PlaceBadge.NONE}, "not_complaint"),
        ("lampu jalan mati", {"status": Status.AWAITING_VERIFICATION, "holder": "SUDIN-BM-JS"}, "verify"),
        (
            "lampu jalan mati",
            {"status": Status.IN_PROGRESS, "holder": "SUDIN-BM-JS", "left_ms": HOUR, "responded": True},
            "no_action",
        ),
        (
            "lampu jalan mati",
            {"status": Status.ROUTED, "holder": TEBET_TIMUR, "returned": True, "competent": "SUDIN-BM-JS"},
            "route:SUDIN-BM-JS",
        ),
        (
            "sampah menumpuk",
            {"status": Status.ROUTED, "holder": TEBET_TIMUR, "returned": True},
            "refuse_return",
        ),
        ("pohon tumbang menutup jalan", {"twins": (Twin("r2", "JAKI-882", 93, 80),)}, "join:r2"),
        (
            "pohon tumbang menutup jalan",
            {"twins": (Twin("r2", "INS-0882Z", 93, 80, incident="i1"),)},
            "join:i1",
        ),
        ("sampah menumpuk", {"category": "lampu_jalan", "by_person": True}, "route:SUDIN-BM-JS"),
    ],
)  # fmt: skip
def test_the_first_course(text: str, fields: dict[str, object], wanted: str) -> None:
    assert ids(case(text, **fields))[0] == wanted


def test_a_border_offers_both_sides_and_says_so() -> None:
    one = case(
        "sampah menumpuk belum diangkut", badge=PlaceBadge.BORDER, candidates=(TEBET_TIMUR, TEBET_BARAT)
    )
    offered = courses(one, COUNSEL)
    assert [course.id for course in offered][:2] == [f"crew:{TEBET_TIMUR}", f"crew:{TEBET_BARAT}"]
    assert offered[0].risk.key == "course.risk.border"
    asking = next(course for course in offered if course.id == "ask")
    assert "Kelurahan Tebet Timur atau Kelurahan Tebet Barat" in asking.text


def test_a_name_that_fits_several_offices_asks_and_guesses_nothing() -> None:
    one = case(
        "sampah menumpuk di Jatinegara", badge=PlaceBadge.AMBIGUOUS, candidates=(TEBET_TIMUR, TEBET_BARAT)
    )
    assert ids(one)[:3] == ["ask", f"crew:{TEBET_TIMUR}", f"crew:{TEBET_BARAT}"]
    assert "Kelurahan Tebet Timur atau Kelurahan Tebet Barat" in first(one).text


def test_what_the_text_names_stands_beside_the_point() -> None:
    one = case("got mampet di Kelurahan Tebet Barat", named=(TEBET_BARAT,))
    assert set(ids(one)[:2]) == {f"crew:{TEBET_TIMUR}", f"crew:{TEBET_BARAT}"}
    assert "ask" in ids(one)


def test_a_dangerous_thing_is_sent_at_once_with_the_crew_behind_it() -> None:
    one = case("pohon tumbang menimpa mobil, ada korban terjepit", category="pohon_tumbang", life_safety=True)
    offered = courses(one, COUNSEL)
    assert [course.id for course in offered[:2]] == ["route:SUDIN-TAMHUT-JS", f"crew:{TEBET_TIMUR}"]
    assert all(course.text.startswith("Segera") for course in offered[:2])
    assert offered[-1].risk.key != "course.risk.no_action" or offered[-1].id != "no_action"


def test_private_reports_are_joined_to_nothing() -> None:
    twins = (Twin("r2", "JAKI-882", 99, 5),)
    assert ids(case("got mampet", twins=twins))[0] == "join:r2"
    assert not [
        name for name in ids(case("got mampet", twins=twins, private=True)) if name.startswith("join")
    ]


def test_what_was_set_aside_is_not_first_again() -> None:
    one = case("sampah menumpuk belum diangkut")
    best = first(one).id
    again = replace(one, refused=frozenset({best}))
    assert ids(again)[0] != best
    assert any(
        reason.key == "course.why.refused" for c in courses(again, COUNSEL) for reason in c.reasons
    ) or (best not in ids(again))


def test_fewer_than_ten_cases_say_so_and_tell_no_share() -> None:
    few = Comparables(0, NOW, {(SENT, "sampah", TEBET_TIMUR): Past(LEAST_N - 1)})
    course = courses(case("sampah menumpuk", category="sampah"), replace(COUNSEL, comparables=few))[0]
    assert (course.past.n, course.past.percent, course.past.enough) == (9, None, False)
    i18n.set_language("id")
    assert saying.course_past(course) == "9 kasus, kurang dari 10: belum cukup untuk disimpulkan"


def test_ten_cases_tell_their_figures_and_a_quiet_office_those_of_its_level() -> None:
    known = {
        (SENT, "sampah", TEBET_TIMUR): Past(12, 2 * HOUR, 30 * HOUR, 11, 91),
        (SENT, "sampah", "@kelurahan"): Past(900, 4 * HOUR, 40 * HOUR, 700, 85),
    }
    counsel = replace(COUNSEL, comparables=Comparables(0, NOW, known))
    own = courses(case("sampah menumpuk", category="sampah"), counsel)[0]
    i18n.set_language("id")
    assert saying.course_past(own) == (
        "12 kasus, jawaban median 2 j, selesai terverifikasi median 30 j, 91 % dari 11 yang diperiksa diterima"
    )
    other = courses(case("sampah menumpuk", category="sampah", place=KRAMAT), counsel)[0]
    assert other.past.city
    assert saying.course_past(other).endswith("seluruh kota")


def test_what_is_closed_awaits_no_decision() -> None:
    assert all(courses(case("sampah", status=status), COUNSEL) == () for status in CLOSED_STATUSES)


# ---------------------------------------------------------------- any case at all

_codes = st.sampled_from([TEBET_TIMUR, TEBET_BARAT, KRAMAT, "31.99.99.9999"])
_offices = st.sampled_from([TEBET_TIMUR, "SUDIN-BM-JS", "PLN", "UPT", "NO-SUCH"])
_words = st.sampled_from(
    ["sampah", "menumpuk", "lampu jalan", "mati", "tol", "bau gas", "terima kasih", "slot", "judi", "depok"]
) | st.sampled_from(
    [
        "bagaimana cara",
        "tolong",
        "api",
        "korban",
        "Jl. Melati",
        "Kelurahan Tebet Timur",
        "https://x.example",
        "{office}",
    ]
)
_texts = st.lists(_words, max_size=8).map(" ".join) | st.text(max_size=60)
_topics = st.builds(
    Topic,
    st.sampled_from(["sampah", "listrik", "no_such", "lainnya"]),
    st.integers(0, 100),
    st.just(("kata",)),
)
_readings = _texts.map(KNOWN.reader.read) | st.builds(
    Reading,
    topics=st.lists(_topics, max_size=3).map(tuple),
    content=st.integers(0, 9),
    known=st.integers(0, 9),
    spam=st.sampled_from([(), ("slot",)]),
    outside=st.sampled_from([(), ("depok",)]),
)
_twins = st.builds(
    Twin,
    st.sampled_from(["r1", "r2", "r3"]),
    st.just("JAKI-1"),
    st.integers(0, 100),
    st.none() | st.integers(0, 500),
    st.none() | st.just("i1"),
)
_cases = st.builds(
    Case,
    reading=_readings,
    status=st.sampled_from(sorted(OPEN_STATUSES)),
    category=st.none() | st.sampled_from([*CITY.categories, "no_such"]),
    by_person=st.booleans(),
    life_safety=st.booleans(),
    place=st.none() | _codes,
    badge=st.sampled_from(list(PlaceBadge)),
    candidates=st.lists(st.none() | _codes, max_size=2).map(tuple),
    named=st.lists(_codes, max_size=3, unique=True).map(tuple),
    holder=st.none() | _offices,
    left_ms=st.none() | st.integers(-(10**9), 10**9),
    private=st.booleans(),
    twins=st.lists(_twins, max_size=4).map(tuple),
    incident=st.none() | st.just("i9"),
    calamity=st.sampled_from(["", "banjir"]),
    returned=st.booleans(),
    competent=st.none() | _offices,
    responded=st.booleans(),
    paused=st.booleans(),
    asked=st.booleans(),
    repeats=st.integers(0, 30),
    media=st.integers(0, 3),
    refused=st.sampled_from([frozenset[str](), frozenset({"ask", "no_action"})]),
)


@given(_cases)
def test_any_open_complaint_has_three_courses_each_with_authority_risk_text_and_reasons(one: Case) -> None:
    i18n.set_language("id")
    offered = courses(one, COUNSEL)
    assert OFFERED_LEAST <= len(offered) <= OFFERED_MOST
    assert len({course.id for course in offered}) == len(offered)
    assert [course.points for course in offered] == sorted((c.points for c in offered), reverse=True)
    for course in offered:
        assert course.text.strip()
        assert course.reasons
        assert course.points == sum(reason.points for reason in course.reasons)
        for phrase in (course.basis, course.risk, *course.reasons):
            assert saying.course_phrase(phrase, CITY).strip() not in ("", phrase.key)
        assert saying.course_title(course, one.holder, CITY)
        assert len(saying.course_lines(course, CITY)) == 5


@given(_cases)
def test_the_same_case_has_the_same_courses_whatever_the_order_of_its_look_alikes(one: Case) -> None:
    offered = courses(one, COUNSEL)
    assert courses(replace(one, twins=one.twins[::-1]), COUNSEL) == offered or len(one.twins) != len(
        {(twin.score, twin.report) for twin in one.twins}
    )
    assert courses(one, COUNSEL) == offered


@given(_cases, st.integers(0, 2))
def test_setting_a_course_aside_never_brings_it_forward(one: Case, at: int) -> None:
    offered = ids(one)
    before = offered[at]
    after = ids(replace(one, refused=one.refused | {before}))
    assert before not in after or after.index(before) >= offered.index(before)
