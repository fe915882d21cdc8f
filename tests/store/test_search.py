"""Search finds words, phrases and beginnings, and nothing that is typed can break it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.query import Filter, Order
from smartcity_desk.store import Store
from smartcity_desk.store.search import MOST_TERMS, match_query
from tests.domain.builders import T0
from tests.store.helpers import made, put

TEXTS = (
    "Banjir di Kemang Raya",
    "banjir besar, jalan rusak",
    "Pohon tumbang di Café Délicé",
    "lampu mati dan-padam",
)


@pytest.fixture
def filled(store: Store) -> Store:
    put(
        store,
        *(made(number, text=text, title=f"judul{number}") for number, text in enumerate(TEXTS, start=1)),
    )
    return store


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("banjir", [2, 1]),
        ("BANJIR  kemang", [1]),
        ("banj*", [2, 1]),
        ("banj", []),
        ('"di kemang"', [1]),
        ('"kemang di"', []),
        ('"di kem*', [1]),
        ("cafe delice", [3]),
        ("judul4", [4]),
        ("dan-padam", [4]),
        ("banjir OR pohon", []),
        ("banjir NOT jalan", []),
        ("text:banjir", []),
        ("NEAR(banjir jalan)", []),
        ("*", []),
        ('"', []),
        ("()^:{}+-,.'", []),
        ("\x00", []),
        ("banjir\x00jalan", [2]),
        ("\ud800", []),
        ("banjir\ud800 kemang", [1]),
        ("banjir' OR '1'='1", []),
    ],
)
def test_what_is_typed_finds(filled: Store, typed: str, found: list[int]) -> None:
    view = Filter(text=typed)
    assert [row.pk for row in filled.page_first(view, now=T0)] == found
    assert list(filled.ids(view, now=T0)) == found
    assert filled.count(view, now=T0) == len(found)
    assert list(filled.ids(Filter(text=typed, order=Order.OLDEST), now=T0)) == found[::-1]
    assert filled.new_since(view, 1, now=T0) == len([pk for pk in found if pk > 1])


def test_blank_text_is_no_search(filled: Store) -> None:
    assert filled.count(Filter(text="  \t"), now=T0) == len(TEXTS)


def test_a_hundred_thousand_characters(filled: Store) -> None:
    assert filled.count(Filter(text="banjir " * 20_000), now=T0) == 2
    assert filled.count(Filter(text="x" * 100_000), now=T0) == 0
    assert (match_query("a " * 100_000) or "").count('"a"') == MOST_TERMS


ANYTHING = st.text(alphabet=st.characters(exclude_categories=()), max_size=80)


@given(ANYTHING | st.text(alphabet='"*():^+-{}ANDORNEARTxt ', max_size=60))
def test_no_text_is_a_syntax_error(typed: str) -> None:
    query = match_query(typed)
    if query is None:
        assert not any(character.isalnum() for character in typed[:2_000].replace("_", ""))
        return
    with _index() as raw:
        raw.execute("SELECT rowid FROM t WHERE t MATCH ?", (query,)).fetchall()


def _index() -> closing[sqlite3.Connection]:
    raw = sqlite3.connect(":memory:")
    raw.execute("CREATE VIRTUAL TABLE t USING fts5(text, tokenize='unicode61 remove_diacritics 2')")
    return closing(raw)
