"""From a short code on paper back to its dossier: that of a mark, or one that was made without a mark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from smartcity_desk.domain.fairness import windows
from smartcity_desk.domain.figures import judging_policy
from smartcity_desk.domain.ids import mark_id
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.marks import MarkState
from smartcity_desk.domain.shortcodes import LETTERS
from smartcity_desk.domain.times import DAY
from smartcity_desk.evidence.dossier import Subject
from smartcity_desk.evidence.gathering import CODE_LENGTH, short_code

DAYS_BACK: Final = 190
"""How old the windows of a dossier without a mark may be and still be found by its code."""


def is_code(text: str) -> bool:
    """Whether a text can be a short code."""
    typed = text.strip().upper()
    return len(typed) == CODE_LENGTH and all(letter in LETTERS for letter in typed)


def of_code(
    code: str, law: Law, marks: Mapping[str, MarkState], at: int, *, deep: bool = True
) -> Subject | None:
    """The dossier that a code opens, or None: a mark's at once; `deep` looks half a year through for others."""
    if not is_code(code):
        return None
    wanted = code.strip().upper()
    for name, mark in marks.items():
        if short_code(name) == wanted:
            return of_mark(name, mark)
    if not deep:
        return None
    offices = [office for office in law.directory.offices if law.scored(office)]
    for days in range(DAYS_BACK):
        instant = at - days * DAY
        spans = windows(instant, judging_policy(law, instant).marking)
        for office in offices:
            name = mark_id(office, spans[-1][1])
            if short_code(name) == wanted:
                return Subject(office, name, None, spans)
    return None


def of_mark(name: str, mark: MarkState) -> Subject:
    """The dossier of a mark."""
    return Subject(mark.office, name, mark, mark.windows)


def of_office(office: str, law: Law, at: int) -> Subject:
    """The dossier of an office in the windows that end at an instant, whatever marks there are."""
    spans = windows(at, judging_policy(law, at).marking)
    return Subject(office, mark_id(office, spans[-1][1]), None, spans)
