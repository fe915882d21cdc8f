"""Texts from outside: harmless on a screen, whole in the file."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.text import ELLIPSIS, displayable, one_line, storable

HOSTILE = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from(
            "\x00\x07\x1b\x7f\x85\u061c\u200b\u200e\u202a\u202e\u2066\u2069\ufeff\u0301\n\r\t<>&=+-@"
        ),
    ),
    max_size=400,
)


def test_bidirectional_marks_cannot_turn_a_line() -> None:
    assert displayable("gambar\u202egpj.exe") == "gambargpj.exe"
    assert displayable("\u2066a\u2069\u061c") == "a"


def test_markup_and_formulas_are_words_like_any_other() -> None:
    for text in ("<script>alert(1)</script>", "=HYPERLINK(1)", "&amp; <b>"):
        assert displayable(text) == text


def test_line_breaks_stay_and_become_one_kind() -> None:
    assert displayable("a\r\nb\rc\u2028d\te") == "a\nb\nc\nd\te"
    assert one_line("  a\r\n b\t c ", 80) == "a b c"


def test_a_pile_of_accents_is_cut() -> None:
    assert displayable("e" + "\u0301" * 500) == "e" + "\u0301" * 4


def test_a_very_long_text_is_cut_with_a_sign() -> None:
    shown = displayable("x" * 100_000, 240)
    assert len(shown) == 240
    assert shown.endswith(ELLIPSIS)
    assert displayable("x" * 240, 240) == "x" * 240


def test_half_characters_and_nul_become_replacements_in_the_file() -> None:
    assert storable("a\x00b\ud83dc") == "a\ufffdb\ufffdc"
    assert storable("\u202ebidi stays") == "\u202ebidi stays"


@given(HOSTILE, st.integers(1, 300))
def test_what_is_shown_is_bounded_and_harmless(text: str, most: int) -> None:
    for shown in (displayable(text, most), one_line(text, most)):
        assert len(shown) <= most
        shown.encode()
        for letter in shown:
            assert letter in "\n\t" or unicodedata.category(letter) not in {"Cc", "Cs"}
            assert unicodedata.bidirectional(letter) not in {
                "LRE",
                "RLE",
                "LRO",
                "RLO",
                "PDF",
                "LRI",
                "RLI",
                "FSI",
                "PDI",
            }
    assert "\n" not in one_line(text, most)


@given(st.text())
def test_storable_text_changes_nothing_else(text: str) -> None:
    assert len(storable(text)) == len(text)
    storable(text).encode()
