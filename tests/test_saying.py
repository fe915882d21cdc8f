"""The rules in sentences: every line has words in both languages, and the words use what the line knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk import i18n, paths
from smartcity_desk.domain.custody import segments
from smartcity_desk.domain.events import PauseCode, RejectCode
from smartcity_desk.domain.ids import event_id, incident_name
from smartcity_desk.domain.incident import Tie
from smartcity_desk.domain.items import REASONS
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.office import UPT
from smartcity_desk.domain.policy import Allowance
from smartcity_desk.domain.report import Status
from smartcity_desk.domain.state import Joined
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, SECOND
from smartcity_desk.domain.why import KEYS, Line, why
from smartcity_desk.saying import date_time, event_name, hours, length, office_name, why_lines, why_sentence
from tests.domain.builders import DIRECTORY, NOWHERE, T0
from tests.domain.golden.book import DIRECTORY as GOLDEN
from tests.domain.golden.book import LAW, PLN, POLICY, SUDIN, TEBET, Story, declared, law, wib
from tests.domain.lives import CITY, Life, any_life, city_law, exemptions
from tools.i18n import placeholders, read_catalogue

WAITING = PauseCode.WAITING_REPORTER
INCIDENT = event_id("one")
JOINED = Tie(
    Joined(INCIDENT, "ani", "", wib("2026-04-06 11:00"), "j1"), "r0", wib("2026-04-06 07:00"), True, 2
)
LEADS = JOINED._replace(follows=False, lead="r1")


def texts(language: str) -> dict[str, str]:
    path = paths.resource("i18n") / language / "LC_MESSAGES" / "why.po"
    return {text.key: text.forms[0] for text in read_catalogue(path, language)}


def lives_with_every_line() -> Iterator[tuple[Story, Law]]:
    """Stories in which each key of *Mengapa?* occurs somewhere."""

    def tebet(category: str = "trash") -> Story:
        return Story("2026-04-06 08:00", category=category).arrives("2026-04-06 08:30", TEBET)

    flood = law(declared(PauseCode.CALAMITY, "2026-04-06 12:00", "2026-04-08 12:00", "31.74"))
    quick = replace(POLICY, categories={**POLICY.categories, "fallen_wire": Allowance(2 * HOUR)})
    yield Story("2026-04-06 08:00").sent("2026-04-06 08:30", TEBET), LAW
    yield Story("2026-04-06 08:00", category="power").arrives("2026-04-06 08:30", PLN), LAW
    yield Story("2026-04-06 08:00", status=Status.AWAITING_VERIFICATION), LAW
    yield tebet().answered("2026-04-06 09:00"), flood
    yield tebet().claimed("2026-04-06 09:00").accepted("2026-04-06 10:00"), LAW
    yield tebet().claimed("2026-04-06 09:00").refused("2026-04-06 10:00"), LAW
    yield tebet().rejected("2026-04-06 10:00", RejectCode.SPAM), LAW
    yield tebet().handed_back("2026-04-06 09:00"), LAW
    yield tebet().handed_back("2026-04-06 09:00").hand_back_refused("2026-04-06 10:00"), LAW
    yield tebet().handed_back("2026-04-06 09:00").hand_back_accepted("2026-04-06 10:00"), LAW
    yield tebet().sent("2026-04-06 10:00", UPT), LAW
    yield tebet("road"), LAW
    yield tebet("road").categorised("2026-04-16 10:00", "trash"), LAW
    yield tebet("fallen_wire"), law(policies=[quick])
    yield tebet().paused("2026-04-07 08:00", WAITING, "2026-04-16 08:00"), LAW
    sudin = Story("2026-03-16 07:00").arrives("2026-03-16 07:29", SUDIN)
    for day in range(25, 31):
        sudin.paused(f"2026-03-{day} 08:00", WAITING, f"2026-03-{day} 15:30")
        sudin.resumed(f"2026-03-{day} 15:00")
    for day in range(1, 7):
        sudin.paused(f"2026-04-0{day} 08:00", WAITING, f"2026-04-0{day} 15:30")
    yield sudin, LAW
    last_hour = Story("2026-04-04 08:00").arrives("2026-04-04 09:00", SUDIN)
    yield last_hour.paused("2026-04-10 15:30", WAITING, "2026-04-13 15:30"), LAW


@pytest.fixture(scope="module")
def lines() -> dict[str, Line]:
    """One line of each key."""
    found: dict[str, Line] = {}
    for story, under in lives_with_every_line():
        for segment in story.segments:
            for line in why(segment, under, wib("2026-04-10 00:00")):
                found.setdefault(line.key, line)
    segment = Story("2026-04-06 08:00").segments[-1]
    for tie in (JOINED, JOINED._replace(joined=replace(JOINED.joined, reason="mirip")), LEADS):
        for line in why(segment, LAW, wib("2026-04-10 00:00"), tie):
            found.setdefault(line.key, line)
    return found


def test_every_key_occurs_somewhere(lines: dict[str, Line]) -> None:
    assert set(lines) == set(KEYS)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_line_has_words_that_use_all_that_it_knows(lines: dict[str, Line], language: str) -> None:
    words = texts(language)
    for key, line in lines.items():
        assert placeholders(words[key]) == set(line.params), key


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_catalogue_has_no_line_that_the_rules_do_not_know(language: str) -> None:
    others = {
        "why.unit",
        "why.kelurahan",
        "why.kecamatan",
        *(f"why.code.{code.value}" for code in PauseCode),
    }
    assert set(texts(language)) == set(KEYS) | others


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("reason", REASONS)
def test_every_exclusion_that_the_rules_make_by_themselves_has_words(language: str, reason: str) -> None:
    i18n.set_language(language)
    assert i18n.has_text(f"paper.reason.{reason}")
    assert i18n.has_text(f"offices.reason.{reason}")


def test_one_that_follows_says_whose_clock_runs_and_the_lead_how_many_it_carries() -> None:
    segment = Story("2026-04-06 08:00").segments[-1]
    behind = why_lines(why(segment, LAW, wib("2026-04-06 12:00"), JOINED), GOLDEN)
    name, first = incident_name(INCIDENT), "6 Apr 2026 07.00 WIB"
    assert behind[1:] == [
        f"Digabung ke {name} 6 Apr 2026 11.00 WIB. [j1]",
        f"Tenggat {name} berjalan pada laporan paling awal, yang masuk {first}; laporan ini mengikutinya. [r0]",
    ]
    ahead = why_lines(why(segment, LAW, wib("2026-04-06 12:00"), LEADS), GOLDEN)
    assert f"Laporan ini memegang tenggat {name}; 2 laporan lain mengikutinya. [j1]" in ahead


def test_a_clock_is_explained_in_indonesian() -> None:
    story = Story("2026-03-02 08:00", category="trash").arrives("2026-03-02 10:00", TEBET)
    story.paused("2026-03-03 09:31", WAITING, "2026-03-05 09:31").resumed("2026-03-03 14:01")
    told = why_lines(why(story.of(TEBET), LAW, wib("2026-03-03 15:00")), GOLDEN)
    pause = "Jeda 3 Mar 2026 09.31 WIB sampai 3 Mar 2026 14.01 WIB (4 j 30 m) tidak dihitung"
    assert told == [
        "Diteruskan ke Kelurahan Tebet Timur 2 Mar 2026 10.00 WIB. [e1]",
        "Masuk kotak masuk 2 Mar 2026 10.01 WIB; sejak itu waktu berjalan. [e2]",
        "Jatah waktu 24 j, siang dan malam (kebijakan golden). [e2]",
        f"{pause}: menunggu pelapor (belum dijawab). [e3]",
        "Setelah jeda berakhir 3 Mar 2026 14.01 WIB selalu tersisa sedikitnya 4 j. [e4]",
        "Jawaban ditunggu sampai 3 Mar 2026 18.01 WIB. [e2]",
    ]


def test_a_clock_is_explained_in_english_and_in_working_hours() -> None:
    i18n.set_language("en")
    story = Story("2026-03-16 07:00", category="flood").arrives("2026-03-16 07:59", SUDIN)
    assert why_lines(why(story.of(SUDIN), LAW, wib("2026-03-17 00:00")), GOLDEN) == [
        "Sent to Sudin SDA Jakarta Selatan 16 Mar 2026 07:59 WIB. [e1]",
        "In the inbox 16 Mar 2026 08:00 WIB; time runs since then. [e2]",
        "Allowance 37 h 30 min of working hours (policy golden). [e2]",
        "7 days were not usual working days: Ramadan, Cuti bersama Nyepi, Nyepi, Cuti bersama Idulfitri. [e2]",
        "An answer is due by 30 Mar 2026 09:30 WIB. [e2]",
    ]


@given(
    any_life,
    st.lists(exemptions, max_size=2).map(lambda found: city_law(*found)),
    st.sampled_from(["id", "en"]),
)
def test_every_life_can_be_told_line_by_line(life: Life, under: Law, language: str) -> None:
    with i18n.speaking(language):
        for one in segments(life.origin, life.events):
            found = why(one, under, T0 + 9 * DAY)
            told = why_lines(found, CITY)
            assert len(told) == len(found)
            for line, text in zip(found, told, strict=True):
                assert text == f"{why_sentence(line, CITY)} [{event_name(line.event)}]"
                assert "{" not in text
                assert "\n" not in text


def test_foreign_words_are_shown_as_plain_text_on_one_line() -> None:
    line = Line(
        "why.paused",
        {"from_at": T0, "until_at": T0, "stopped_ms": 0, "code": "E5", "reason": "a\u202eb\nc"},
        "e",
    )
    assert why_sentence(line, DIRECTORY).endswith("menunggu pelapor (ab c).")
    long = line._replace(params=line.params | {"reason": "x" * 5000})
    assert len(why_sentence(long, DIRECTORY)) < 500


@pytest.mark.parametrize(
    ("ms", "indonesian", "english"),
    [
        (0, "0 dtk", "0 s"),
        (59 * SECOND, "59 dtk", "59 s"),
        (45 * MINUTE, "45 m", "45 min"),
        (4 * HOUR + 30 * MINUTE, "4 j 30 m", "4 h 30 min"),
        (24 * HOUR, "24 j", "24 h"),
        (71 * HOUR + 59 * MINUTE, "71 j 59 m", "71 h 59 min"),
        (3 * DAY, "3 h", "3 d"),
        (7 * DAY + 2 * HOUR + 5 * MINUTE, "7 h 2 j 5 m", "7 d 2 h 5 min"),
        (1200 * DAY + 30 * SECOND, "1.200 h", "1,200 d"),
    ],
)
def test_lengths_are_exact_to_the_minute(ms: int, indonesian: str, english: str) -> None:
    assert length(ms) == indonesian
    i18n.set_language("en")
    assert length(ms) == english


def test_working_time_has_no_days_of_24_hours() -> None:
    assert hours(60 * (7 * HOUR + 30 * MINUTE)) == "450 j"
    assert hours(1500 * HOUR + MINUTE) == "1.500 j 1 m"


def test_instants_are_jakarta_s() -> None:
    at = wib("2026-08-17 00:05")
    assert date_time(at) == "17 Agu 2026 00.05 WIB"
    i18n.set_language("en")
    assert date_time(at) == "17 Aug 2026 00:05 WIB"


def test_offices_have_rank_and_name() -> None:
    assert [office_name(code, DIRECTORY) for code in (UPT, TEBET, "31.74.01", SUDIN, NOWHERE)] == [
        "unit (UPT)",
        "Kelurahan Tebet Timur",
        "Kecamatan Tebet",
        "Sudin SDA Jakarta Selatan",
        NOWHERE,
    ]


def test_an_event_is_named_by_the_beginning_of_its_id() -> None:
    assert event_name("3f2a91c0-5d0a-5c6e-9a55-3a1d7f3b2c10") == "3f2a91c0"
