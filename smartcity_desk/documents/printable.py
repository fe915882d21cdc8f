"""Texts as the papers' own type can print them, the same on every machine. Nothing of a text is ever markup.

Papers are set in the typefaces that travel with the typesetter, never in those of the machine, so that a paper made
twice is the same twice. What these have no letter for is brought to its plain form (full-width and ornamental letters,
digits of other scripts), and what is left becomes `□`. A long word gets places where it may break, so that it cannot
leave its column.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from smartcity_desk.domain.privacy import mask
from smartcity_desk.domain.text import cut, displayable

MISSING: Final = "□"
BREAK: Final = "\u200b"
"""A place where a word may break; it has no width."""

_RANGES: Final = (
    (0x20, 0x7E),
    (0xA0, 0xAC),
    (0xAE, 0x17F),
    (0x391, 0x3A1),
    (0x3A3, 0x3CE),
    (0x410, 0x44F),
    (0x1EA0, 0x1EF9),
    (0x2010, 0x2015),
    (0x2018, 0x201E),
    (0x2020, 0x2022),
)
_SINGLE: Final = "\n\u0401\u0451…‰′″‹›€№™½⅓⅔¼¾←↑→↓−≈≠≤≥■□▲△●○◐◑"
COVERED: Final = frozenset(
    chr(code) for first, last in _RANGES for code in range(first, last + 1)
) | frozenset(_SINGLE)
"""Every character that the papers print as it is: each has a letter in the text's typeface, in all its weights."""

_WORD_MOST: Final = 24
_LONG_WORD: Final = re.compile(rf"\S{{{_WORD_MOST + 1},}}")
_PIECE: Final = re.compile(rf"(\S{{{_WORD_MOST}}})(?=\S)")
_BLANKS: Final = re.compile(r"[^\S\n]+")
_LINES: Final = re.compile(r" ?\n[ \n]*")
_SAFE: Final = re.compile(r"[ -~\n]*")


def plain(text: str, most: int | None = None) -> str:
    """A text in letters that can be printed; with `most`, at most that many characters. Line breaks stay."""
    return _soft(cut(_letters(text, most), most))


def quoted(text: str, most: int | None = None) -> str:
    """The same of somebody's own words: whatever is personal in them is masked, in whichever letters it was written."""
    return _soft(cut(mask(_letters(text, most)).text, most))


def line(text: str, most: int | None = None) -> str:
    """A printable text on one line, whichever sign it was broken by."""
    return _soft(cut(_letters(text, most).replace("\n", " "), most))


def _letters(text: str, most: int | None) -> str:
    if most is not None and len(text) > 8 * most + 400:
        text = text[: 8 * most + 400]  # what shrinks below shrinks by less than this
    shown = displayable(text)
    if _SAFE.fullmatch(shown) is None:
        shown = "".join(
            letter if letter in COVERED else _nearest(letter)
            for letter in unicodedata.normalize("NFC", shown)
        )
    return _LINES.sub("\n", _BLANKS.sub(" ", shown)).strip()


def _nearest(letter: str) -> str:
    """What is printed for a character without a letter: its plain form, nothing for marks, else `□`."""
    if letter.isspace():
        return " "
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return ""
    if letter.isdecimal():
        return str(int(letter))
    simple = "".join(
        one for one in unicodedata.normalize("NFKC", letter) if unicodedata.category(one) not in ("Mn", "Me")
    )
    return simple if simple and all(one in COVERED for one in simple) else MISSING


def _soft(text: str) -> str:
    """The text with places to break in its long words."""
    if _LONG_WORD.search(text) is None:
        return text
    return _PIECE.sub(rf"\1{BREAK}", text)
