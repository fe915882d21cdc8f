"""Texts from outside: what can be stored everywhere, and what can be shown without harm."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_BIDI: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_INVISIBLE: Final = re.compile(
    "[\u00ad\u180e\u200b\u2028\u2029\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_MARKS_IN_A_ROW: Final = 4
_MANY_MARKS: Final = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{5,}"
)
_BLANKS: Final = re.compile(r"\s+")
ELLIPSIS: Final = "…"
CELL_MOST: Final = 200_000
"""Letters of one cell of a CSV file. The `csv` module has one limit for the whole process, so every reader sets this
one; who takes less looks at the cells."""


def storable(text: str) -> str:
    """The text as every database takes it: NUL and half characters become U+FFFD, all else stays as it came."""
    if text.isascii() and "\0" not in text:
        return text
    return _UNSTORABLE.sub("\ufffd", text)


def displayable(text: str, most: int | None = None) -> str:
    r"""The text as it may be shown: no control or invisible characters, no marks that turn the writing direction.

    Line breaks and tabs stay; `\r\n` becomes `\n`; a pile of more than four accents on a letter is cut to four. With
    `most`, at most that many characters, the last of them an ellipsis. The original is not touched: it is for screens.
    """
    if most is not None and len(text) > 4 * most + 100:
        text = text[: 4 * most + 100]  # what is removed below is at most this much of any honest text
    if text.isascii() and text.isprintable():
        return cut(text, most)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = _BIDI.sub("", text)
    text = _INVISIBLE.sub("", text)
    text = _CONTROL.sub("\ufffd", text)
    text = _MANY_MARKS.sub(lambda found: found[0][:_MARKS_IN_A_ROW], _UNSTORABLE.sub("\ufffd", text))
    return cut(text, most)


def one_line(text: str, most: int) -> str:
    """The displayable text on a single line of at most `most` characters."""
    if len(text) > 8 * most + 200:
        text = text[: 8 * most + 200]
    return cut(_BLANKS.sub(" ", displayable(text)).strip(), most)


def cut(text: str, most: int | None) -> str:
    """The text, or its beginning with an ellipsis, in at most `most` characters; no letter loses its accent."""
    if most is None or len(text) <= most:
        return text
    end = max(most - 1, 0)
    while end > 0 and most - end < 8 and (unicodedata.combining(text[end]) or text[end] in "\u200d\ufe0f"):
        end -= 1
    return text[:end].rstrip() + ELLIPSIS
