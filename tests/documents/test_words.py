"""The words on paper: numbers come from the ledger and never from a catalogue, and no word is a verdict."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smartcity_desk import i18n, paths
from smartcity_desk.documents import wording, words
from smartcity_desk.domain.events import ExclusionCode
from smartcity_desk.domain.items import Outcome
from smartcity_desk.domain.marks import MarkStep, Standing
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, SECOND, from_iso
from tools.i18n import read_catalogue

VERDICTS = (
    "malas",
    "lalai",
    "bersalah",
    "pecat",
    "copot",
    "demosi",
    "hukum",
    "lazy",
    "negligent",
    "guilty",
    "dismiss",
)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_no_text_holds_a_number_of_its_own_or_a_verdict(language: str) -> None:
    path = paths.resource("i18n", language, "LC_MESSAGES", "paper.po")
    for text in read_catalogue(Path(path), language):
        for form in text.forms:
            assert not re.search(r"\d", form), text.key
            assert not [word for word in VERDICTS if word in form.lower()], text.key


def test_every_code_has_its_words_and_shape() -> None:
    for language in i18n.LANGUAGES:
        with i18n.speaking(language):
            assert len({words.state(step) for step in MarkStep}) == len(MarkStep)
            assert len({words.outcome(one) for one in Outcome}) == len(Outcome)
            assert len({words.standing(one) for one in Standing}) == len(Standing)
            assert len({words.exclusion(code) for code in ExclusionCode}) == len(ExclusionCode)
    assert set(words.STANDING_SHAPES) == set(Standing)


def test_reasons_of_the_rule_are_words_and_those_of_people_stay() -> None:
    assert words.reason("", "return_accepted").startswith("pengembalian diterima")
    assert words.reason("dewi", "return_accepted") == "return_accepted"
    assert words.reason("", "sesuatu yang lain") == "sesuatu yang lain"


@pytest.mark.parametrize(
    ("language", "value", "tenth", "hundredth"),
    [
        ("id", 1234567, "123.456,7", "12.345,67"),
        ("en", 1234567, "123,456.7", "12,345.67"),
        ("id", -5, "−0,5", "−0,05"),
        ("id", 0, "0,0", "0,00"),
    ],
)
def test_decimals_in_the_languages_own_form(language: str, value: int, tenth: str, hundredth: str) -> None:
    with i18n.speaking(language):
        assert wording.tenths(value) == tenth
        assert wording.hundredths(value) == hundredth


def test_dates_are_jakartas() -> None:
    at = from_iso("2026-08-16T17:30:00Z")
    assert wording.date(at) == "17 Agustus 2026"
    assert wording.date_time(at) == "17 Agustus 2026 pukul 00.30 WIB"
    assert wording.short_date_time(at) == "17 Agu 2026 00.30"
    with i18n.speaking("en"):
        assert wording.date_time(at) == "17 August 2026, 00:30 WIB"


@pytest.mark.parametrize(
    ("since", "until", "shown"),
    [
        ("2026-07-20", "2026-08-17", "20 Jul–16 Agu 2026"),
        ("2026-08-01", "2026-08-29", "1–28 Agu 2026"),
        ("2026-12-20", "2027-01-17", "20 Des 2026–16 Jan 2027"),
        ("2026-08-17", "2026-08-18", "17 Agu 2026"),
    ],
)
def test_a_window_is_shown_by_its_first_and_last_day(since: str, until: str, shown: str) -> None:
    assert wording.days(*(from_iso(f"{day}T00:00:00+07:00") for day in (since, until))) == shown


@pytest.mark.parametrize(
    ("ms", "shown"),
    [
        (0, "0 dtk"),
        (59 * SECOND, "59 dtk"),
        (61 * MINUTE, "1 jam 1 mnt"),
        (2 * HOUR, "2 jam"),
        (DAY + HOUR, "1 hari 1 jam"),
        (1200 * DAY, "1.200 hari"),
    ],
)
def test_lengths(ms: int, shown: str) -> None:
    assert wording.length(ms) == shown
