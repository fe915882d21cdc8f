"""Texts as citizens write them: what is the same, what is a place, and that no text breaks it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.alarm import Alarm, alarms
from smartcity_desk.domain.wording import Street, one_slip, said, stem_of, variants_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("got mampet", "selokan tersumbat"),
        ("saluran airnya mampat", "got air buntu"),
        ("ada lobang gede", "berlubang besar"),
        ("pohon rubuh", "pohonnya tumbang"),
        ("sampahnya numpuk", "sampah numpuk"),
        ("jalan-jalan rusak", "jalan rusak"),
        ("Jembatan rusaaaak!!!", "jembatan rsk"),
        ("Jalán rusak", "jalan rusak"),
        ("PJU padam", "lampu mati"),
        ("yg rusak bgt krn hujan", "yang rusak banget karena ujan"),
        ("gak diangkut", "tidak diangkut"),
        ("membersihkan", "dibersihkan"),
        ("memotong pohon", "pohon dipotong"),
    ],
)
def test_the_same_thing_said_in_two_ways_is_the_same(one: str, other: str) -> None:
    assert said(one).words.keys() == said(other).words.keys()


def test_grammar_and_courtesy_say_nothing() -> None:
    assert not said(
        "Selamat pagi Bapak/Ibu Yth, mohon segera ditindaklanjuti ya. Terima kasih banyak 🙏"
    ).words


@pytest.mark.parametrize(
    "word", ["dinas", "beras", "merah", "melati", "meter", "terang", "sini", "besi", "kali"]
)
def test_roots_that_look_affixed_stay(word: str) -> None:
    assert stem_of(word) == word


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("di Jl. Melati III depan masjid", Street(("melati",), "3")),
        ("jln melati 3 rusak", Street(("melati",), "3")),
        ("Jalan Kebon Jeruk, banjir", Street(("kebon", "jeruk"))),
        ("gg. Kelinci tergenang", Street(("kelinci",))),
        ("Jl. H. Saleh no 12", Street(("saleh",))),
    ],
)
def test_streets_are_read(text: str, street: Street) -> None:
    assert said(text).streets == (street,)


@pytest.mark.parametrize(
    "text", ["jalan berlubang", "jalan rusak parah", "jln ini gelap", "jl", "jalan", "Jl. 12"]
)
def test_what_follows_jalan_is_not_always_a_name(text: str) -> None:
    assert said(text).streets == ()


@pytest.mark.parametrize(
    ("text", "rt", "rw"),
    [
        ("RT 03/RW 05", {3}, {5}),
        ("rt3/5", {3}, {5}),
        ("RT. 010/ RW. 003", {10}, {3}),
        ("RT/RW 02/07", {2}, {7}),
        ("rt 3 rw 05", {3}, {5}),
        ("RW 11", set(), {11}),
        ("Lokasi RT008/12", {8}, {12}),
        ("umur 12 tahun", set(), set()),
    ],
)
def test_rt_and_rw_are_read(text: str, rt: set[int], rw: set[int]) -> None:
    assert (set(said(text).rt), set(said(text).rw)) == (rt, rw)


def test_landmarks_and_house_numbers_are_places_and_no_words() -> None:
    read = said("lampu mati di depan mesjid dan Indomaret, no. 12")
    assert read.landmarks == {"masjid", "indomaret"}
    assert read.houses == {12}
    assert read.placed
    assert set(read.words) == {"lampu", "padam"}


def test_a_word_remembers_how_it_was_written() -> None:
    assert said("Gotnya mampet").words["sumbat"] == "mampet"


def test_addresses_of_pages_and_people_are_left_out() -> None:
    assert set(said("@jakartagoid banjir https://t.example/abc siapa@surat.example").words) == {"banjir"}


@given(st.text(max_size=400))
def test_any_text_is_read_and_read_the_same_again(text: str) -> None:
    assert said(text) == said(text)


@given(st.text(alphabet="RTrw jl./-0123456789noXIV#@:", max_size=120))
def test_any_heap_of_signs_is_read(text: str) -> None:
    read = said(text)
    assert all(stem == stem.strip() and stem for stem in read.words)


def test_a_very_long_text_costs_no_more_than_its_beginning() -> None:
    began = time.process_time()
    said("jalan rusak " * 500_000)
    assert time.process_time() - began < 1.0


@given(st.text(alphabet="abcde", min_size=5, max_size=9), st.data())
def test_one_slip_of_the_thumb_is_forgiven_in_both_directions(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 2))
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    longer = word[:at] + word[at] + word[at:]
    for slipped in (swapped, longer):
        assert one_slip(word, slipped)
        assert one_slip(slipped, word)


@pytest.mark.parametrize(
    ("word", "other"), [("rt", "rw"), ("got", "kot"), ("melati", "mawar"), ("sampah", "sawah")]
)
def test_other_words_are_other_words(word: str, other: str) -> None:
    assert not one_slip(word, other)


def test_other_ways_to_write_a_word_are_known() -> None:
    assert {"got", "selokan"} <= set(variants_of("saluran"))
    assert variants_of("tak-ada") == ()


@pytest.mark.parametrize(
    ("text", "alarm"),
    [
        ("banjir naik terus!", Alarm.FLOOD),
        ("air udah masuk rumah", Alarm.FLOOD),
        ("Kebakaran di Jl. Kenanga", Alarm.FIRE),
        ("kabel listrik putus menjuntai", Alarm.WIRE),
        ("ada yang kesetrum", Alarm.WIRE),
        ("pohon tumbang menimpa mobil", Alarm.TREE),
        ("warga terjebak di atap", Alarm.PEOPLE),
    ],
)
def test_danger_to_life_is_heard(text: str, alarm: Alarm) -> None:
    assert alarm in alarms(said(text))


@pytest.mark.parametrize(
    "text",
    ["membakar sampah", "pohon perlu dipangkas", "jalan berlubang", "kabel semrawut", "banjir surut", ""],
)
def test_what_is_no_danger_to_life_stays_quiet(text: str) -> None:
    assert not alarms(said(text))
