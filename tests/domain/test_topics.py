"""What a text is about, with the words that say so; measured against the votes of single words on texts of others."""

from __future__ import annotations

import time
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk import knowledge
from smartcity_desk.domain.topics import Reader, Vocabulary
from smartcity_desk.training.texts import PROBLEMS, citizen_text

READER = knowledge.load().reader


@pytest.mark.parametrize(
    ("text", "category", "word"),
    [
        ("lubang besar di jl. bidara cina", "jalan_rusak", "lubang"),
        ("PJU mati, gelap bgt", "lampu_jalan", "pju"),
        ("got mampet penuh lumpur", "saluran_tersumbat", "mampet"),
        ("selokna tersumbat", "saluran_tersumbat", "selokna"),  # a slip of the thumb, shown as it was written
        ("PKL di trotoar", "pkl", "pkl"),
    ],
)
def test_a_category_comes_with_its_words(text: str, category: str, word: str) -> None:
    topic = READER.read(text).topic
    assert topic is not None
    assert topic.category == category
    assert word in topic.words


def test_streets_and_landmarks_say_where_and_not_what() -> None:
    assert READER.read("lampu mati di Jl. Melati 3 depan pasar").topic == READER.read("lampu mati").topic


def test_on_texts_that_nobody_fitted_it_to_it_is_right_nine_times_in_ten() -> None:
    draw, right, n = Random(77), 0, 0
    for category in sorted(PROBLEMS):
        for _ in range(8):
            text = citizen_text(draw, category, "Tebet Timur", vague=False, named=True, tag=False)
            topic = READER.read(text).topic
            right += topic is not None and topic.category == category
            n += 1
    assert right / n >= 0.88


def test_signals_are_the_phrases_of_the_table() -> None:
    found = READER.read(
        "Terima kasih min. Bagaimana cara lapor jalan rusak di Bekasi? Slot gacor https://x.example"
    )
    assert (found.thanks, found.question, found.outside) == (
        ("terima kasih",),
        ("bagaimana cara",),
        ("bekasi",),
    )
    assert set(found.spam) == {"slot", "gacor"}
    assert found.link
    assert READER.read("bekasikan").outside == ()


def test_a_text_without_words_says_nothing() -> None:
    for text in ("", "   ", "12345", "😡😡", "\u202e\x00"):
        found = READER.read(text)
        assert (found.topics, found.content, found.known) == ((), 0, 0)


@given(st.text(max_size=400))
def test_any_text_is_read_and_percents_are_percents(text: str) -> None:
    found = READER.read(text)
    assert all(0 <= topic.percent <= 100 and topic.words for topic in found.topics)
    assert sum(topic.percent for topic in found.topics) <= 103  # rounded one by one
    assert READER.read(text) == found


def test_a_flood_of_letters_takes_no_time() -> None:
    began = time.perf_counter()
    READER.read("a" * 2_000_000 + " sampah " * 200_000)
    assert time.perf_counter() - began < 2


def test_an_empty_vocabulary_reads_too() -> None:
    assert Reader(Vocabulary(), ()).read("sampah menumpuk").topics == ()
