"""Codes that a person can say and write down. One of a report that was entered by hand: it has no number of a channel.

It is the place of the report's id among all ids, so whoever has the code finds the report by a range of ids. Two
reports may share one; then it means both.
"""

from __future__ import annotations

from typing import Final

LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"
"""No 0, O, 1, I, U: a code is read out on the telephone."""
CODED: Final = "manual"
"""The channel whose reports have a code."""
_LENGTH: Final = 6  # one less than a dossier's, so that no code is both
_CODES: Final = len(LETTERS) ** _LENGTH
_DIGITS: Final = 12  # hex digits of an id that are used: those before its version
_IDS: Final = 16**_DIGITS


def report_code(report_id: str) -> str:
    """The code of a report as it is shown and said: `K4J-P7M`."""
    number = int(report_id.replace("-", "")[:_DIGITS], 16) * _CODES // _IDS
    letters = ""
    for _ in range(_LENGTH):
        number, at = divmod(number, len(LETTERS))
        letters = LETTERS[at] + letters
    return f"{letters[:3]}-{letters[3:]}"


def id_range(typed: str) -> tuple[str, str] | None:
    """From which id on and below which one the reports of a code lie; None for what is no code.

    Small letters, and a space or nothing in the middle, are as good.
    """
    letters = typed.strip().upper()
    if len(letters) == _LENGTH + 1 and letters[3] in "- ":
        letters = letters[:3] + letters[4:]
    if len(letters) != _LENGTH or any(letter not in LETTERS for letter in letters):
        return None
    number = 0
    for letter in letters:
        number = number * len(LETTERS) + LETTERS.index(letter)
    return _first_id(number), _first_id(number + 1)


def _first_id(number: int) -> str:
    """Where the ids of a code begin, as the beginning of an id; above all ids for the number after the last code."""
    if number == _CODES:
        return "g"
    digits = f"{-(-number * _IDS // _CODES):012x}"
    return f"{digits[:8]}-{digits[8:]}"
