"""What is offered first: with it, a report is routed in six keys nine times out of ten."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from smartcity_desk import directory, knowledge
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.domain.report import PlaceQuality, ReportKind, Status
from smartcity_desk.store import RowData
from smartcity_desk.training.texts import PROBLEMS, citizen_text
from smartcity_desk.ui.triage import suggest
from tests.ui.kit import NOW, TEBET_TIMUR

CITY = directory.builtin_directory(NOW)
ROW = RowData(
    pk=1,
    id="r",
    channel="x",
    external_id="1",
    kind=ReportKind.COMPLAINT,
    reported_at=NOW,
    status=Status.NEW,
    category=None,
    place=None,
    place_quality=PlaceQuality.NONE,
    place_hint="",
    office=None,
    due_at=None,
    paused=False,
    claimed_by=None,
    claim_until=None,
    return_pending=False,
    pending=False,
    conflict=False,
    title="",
    text="",
    media_count=0,
    private=False,
)


def categories(row: RowData, recent: tuple[str, ...] = ()) -> list[suggest.Choice]:
    """The categories for a row, as the decision asks for them."""
    topics = knowledge.load().reader.read(f"{row.title}\n{row.text}").topics
    return suggest.categories(CITY, topics, recent)


def test_six_keys_for_nine_of_ten() -> None:
    """C and a digit, R, perhaps a digit, Enter, Enter: the category and the office have to be among the first nine."""
    chance, quick = Random(500), 0
    kelurahan = [code for code, office in CITY.offices.items() if office.level is OfficeLevel.KELURAHAN]
    for _ in range(500):
        category, place = chance.choice(sorted(PROBLEMS)), chance.choice(kelurahan)
        text = citizen_text(chance, category, CITY.offices[place].name, vague=False, named=True, tag=False)
        row = replace(ROW, text=text, place=place)
        offered = [choice.code for choice in categories(row)[:9]]
        office = directory.usual_office(CITY, category, place) or place
        holders = [choice.code for choice in suggest.offices(CITY, replace(row, category=category), None)[:9]]
        quick += category in offered and office in holders
    assert quick >= 450


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("lubang besar di jl. bidara cina", "jalan_rusak"),
        ("PJU mati, gelap sekali", "lampu_jalan"),
        ("got mampet, selokan penuh lumpur", "saluran_tersumbat"),
        ("pohon tumbang menutup jalan", "pohon_tumbang"),
        ("Banjir setinggi lutut", "banjir"),
    ],
)
def test_the_reporters_words_choose_the_first_category(text: str, category: str) -> None:
    first = categories(replace(ROW, text=text))[0]
    assert first.code == category
    assert first.detail.startswith("disebut: ")  # the reason stands beside it


def test_lately_used_categories_come_before_the_alphabet() -> None:
    choices = categories(ROW, ("taman", "pkl"))
    assert [choice.code for choice in choices[:2]] == ["taman", "pkl"]
    assert len(choices) == len(CITY.categories)
    names = [choice.label.casefold() for choice in choices[2:]]
    assert names == sorted(names)


def test_offices_the_one_named_by_a_hand_back_then_the_usual_one_then_the_place() -> None:
    row = replace(ROW, category="jalan_rusak", place=TEBET_TIMUR)
    codes = [choice.code for choice in suggest.offices(CITY, row, "DINAS-SDA")[:5]]
    assert codes == ["DINAS-SDA", "SUDIN-BM-JS", TEBET_TIMUR, "31.74.01", "31.74"]
    held = [choice.code for choice in suggest.offices(CITY, replace(row, office="SUDIN-BM-JS"), None)[:3]]
    assert held == [TEBET_TIMUR, "31.74.01", "31.74"]


def test_places_with_one_name_are_told_apart() -> None:
    found = suggest.matching(suggest.places(CITY, None), "gunung")
    assert len({choice.line for choice in found}) == len(found) >= 2
    assert len(suggest.places(CITY, None)) == 267


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("tebet t", "Kel. Tebet Timur"),
        ("jaksel bina", "Sudin Bina Marga Jakarta Selatan"),
        ("TEBET", "Kel. Tebet Barat"),
        ("zzz", None),
    ],
)
def test_typing_finds_by_the_beginnings_of_words(typed: str, first: str | None) -> None:
    found = suggest.matching(suggest.offices(CITY, None, None), typed)
    assert (found[0].label if found else None) == first


def test_a_hostile_category_of_a_server_is_shown_as_text() -> None:
    evil = replace(CITY.categories["banjir"], code="evil", name="<b>\u202ex</b>")
    city = replace(CITY, categories={"evil": evil})
    assert suggest.categories(city, (), ())[0].label == "<b>x</b>"
