"""What else may make a person look twice at a claimed completion: its words, its speed, its crew, and what came after.

Hints, never verdicts (capability 5): each says what was seen and beside what, and a person decides. Where little is
known nothing is said. The hints of pictures are in `photos`.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final, NamedTuple

from smartcity_desk.domain.geo import distance_m
from smartcity_desk.domain.times import DAY, HOUR


class HintCode(StrEnum):
    """Everything that a hint without a picture can say."""

    TEMPLATE = "template"  # the text is a template and nothing else
    REPEATED_TEXT = "repeated_text"  # this office said the same about another report
    TOO_FAST = "too_fast"  # quicker than nearly all of its category
    TWO_PLACES = "two_places"  # one account, two places, too little time between them
    PROBLEM_BACK = "problem_back"  # another report of its kind at the same spot soon afterwards


@dataclass(frozen=True, slots=True)
class TextHint:
    """A code and what the sentence about it needs: reports by id, `…_ms`, `…_m`, `percent`, counts."""

    code: HintCode
    params: Mapping[str, str | int]


# ---------------------------------------------------------------- words

ALIKE_PERCENT: Final = 90
"""From here on two texts are nearly equal: of ten words one may differ."""
_FEW_WORDS: Final = 5
"""Below this near is no measure: one word of four is a quarter of what is said."""
_WORDS_IN_A_GAP: Final = 3
_GAP: Final = re.compile(r"\{[^{}]*\}|\[[^\[\]]*\]|<[^<>]*>|\.{3,}|…|_{2,}")
_WORD: Final = re.compile(r"[^\W\d_]+")
# Greetings, thanks and forms of address: they say nothing about the work, whoever writes them.
_COURTESY: Final = frozenset(
    _WORD.findall(
        "yth kepada bapak bpk ibu pak bu sdr sdri saudara saudari kak kakak bang mas mbak warga pelapor hormat salam "
        "assalamualaikum assalamu alaikum wr wb selamat pagi siang sore malam kami mohon maaf terima terimakasih kasih "
        "trims makasih atas laporan laporannya perhatian perhatiannya"
    )
)

_SHORT: Final = {
    "blm": "belum",
    "dgn": "dengan",
    "dlm": "dalam",
    "dr": "dari",
    "jl": "jalan",
    "jln": "jalan",
    "krn": "karena",
    "pd": "pada",
    "sdh": "sudah",
    "tdk": "tidak",
    "tlh": "telah",
    "utk": "untuk",
    "yg": "yang",
}
"""What is written short is the same word."""


class Wording(NamedTuple):
    """A text as it is compared: its words in order, without numbers, signs and courtesies; `gaps` of a template.

    `bag` is the words as a set in which the second *jalan* is another one than the first.
    """

    words: tuple[str, ...]
    bag: frozenset[tuple[str, int]]
    gaps: int


def wording(text: str, *, template: bool = False) -> Wording:
    """How a text is compared. In a template `{…}`, `[…]`, `<…>`, `...` and `___` stand for a few words of anything."""
    gaps = 0
    if template:
        text, gaps = _GAP.subn(" ", text)
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = tuple(_SHORT.get(word, word) for word in _WORD.findall(plain) if word not in _COURTESY)
    seen: Counter[str] = Counter()
    bag = set()
    for word in words:
        seen[word] += 1
        bag.add((word, seen[word]))
    return Wording(words, frozenset(bag), gaps)


def alike(text: Wording, other: Wording) -> int:
    """How far a text is another one, 0 to 100 percent of the words of both; 100 only if they are equal.

    Words that fill the other's gaps are not held against it.
    """
    if text.words == other.words:
        return 100
    most = _percent(len(text.bag & other.bag), text, other)
    if most < ALIKE_PERCENT:  # no order of the words can make it more
        return most
    blocks = SequenceMatcher(None, text.words, other.words, autojunk=False).get_matching_blocks()
    return min(99, _percent(sum(block.size for block in blocks), text, other))


def _percent(same: int, text: Wording, other: Wording) -> int:
    filling = min(len(text.words) - same, other.gaps * _WORDS_IN_A_GAP)
    total = len(text.words) - filling + len(other.words)
    return 200 * same // total if total else 0


def _nearly(text: Wording, other: Wording) -> int:
    """The likeness of two texts if it is worth a word, else 0."""
    percent = alike(text, other)
    if percent == 100:
        return 100
    short = min(len(text.words), len(other.words)) < _FEW_WORDS
    return 0 if short or percent < ALIKE_PERCENT else percent


def template_text(text: str, templates: Iterable[Wording]) -> TextHint | None:
    """A claim whose text is a template alone, or nothing but courtesies.

    `templates` are made by `wording(…, template=True)`.
    """
    said = wording(text)
    if not said.words:
        return TextHint(HintCode.TEMPLATE, {"percent": 100}) if text.strip() else None
    best = max((_nearly(said, template) for template in templates if template.words), default=0)
    return TextHint(HintCode.TEMPLATE, {"percent": best}) if best else None


def repeated_text(report: str, text: str, earlier: Iterable[tuple[str, Wording]]) -> TextHint | None:
    """A claim that says what its office said before about another report.

    `earlier` are that office's texts, each with its report. The likest is named, of equals the first; `count` says how
    many there are.
    """
    said = wording(text)
    if not said.words:
        return None
    best, likest, count = 0, "", 0
    for other, words in earlier:
        percent = 0 if other == report else _nearly(said, words)
        count += percent > 0
        if percent > best:
            best, likest = percent, other
    if not best:
        return None
    return TextHint(HintCode.REPEATED_TEXT, {"percent": best, "report": likest, "count": count})


# ---------------------------------------------------------------- speed

LEAST_DURATIONS: Final = 100
"""With fewer there is no first percentile."""


def too_fast(duration: int, usual: Sequence[int]) -> TextHint | None:
    """A completion below the 1st percentile of its category: quicker than all but one in a hundred.

    `usual` are the category's durations (ms) in ascending order, counted the same way. At most one in a hundred of
    them is below its own percentile.
    """
    n = len(usual)
    if n < LEAST_DURATIONS:
        return None
    limit = usual[-(-n // 100) - 1]
    if duration >= limit:
        return None
    return TextHint(
        HintCode.TOO_FAST,
        {"duration_ms": duration, "limit_ms": limit, "n": n, "below": bisect_left(usual, duration)},
    )


# ---------------------------------------------------------------- places

CREW_M_PER_HOUR: Final = 60_000
"""As the crow flies. Nobody crosses the city faster, a motorcycle at night included."""
NEAR_M: Final = 300
"""Nearer than this two points may be one: a phone's error at either end, and a long street."""
SPOT_M: Final = 100
BACK_MS: Final = 14 * DAY


class Spot(NamedTuple):
    """Where and when something was, with the report it belongs to. `at` in ms UTC; degrees (EPSG:4326)."""

    report: str
    at: int
    lat: float
    lon: float


def two_places(claim: Spot, others: Iterable[Spot]) -> TextHint | None:
    """One account claimed work at two places with too little time to go from one to the other.

    `others` are further claims of the same account; the one that was farthest out of reach is named. `at` should be
    when the work was done: the photograph's own time where it has one, because a crew may send a day's claims at once
    from its office.
    """
    worst: tuple[int, str] | None = None
    hint: TextHint | None = None
    for other in others:
        if other.report == claim.report:
            continue
        metres = distance_m(claim.lat, claim.lon, other.lat, other.lon)
        apart = abs(claim.at - other.at)
        needed = (metres - NEAR_M) * HOUR // CREW_M_PER_HOUR
        if metres <= NEAR_M or needed <= apart:
            continue
        rank = (apart - needed, other.report)
        if worst is None or rank < worst:
            worst = rank
            hint = TextHint(
                HintCode.TWO_PLACES,
                {"report": other.report, "distance_m": metres, "apart_ms": apart, "needed_ms": needed},
            )
    return hint


def problem_back(accepted: Spot, group: str, later: Iterable[tuple[Spot, str]]) -> TextHint | None:
    """Another report of the same category group within 100 m, inside 14 days after a completion was accepted.

    `accepted.at` is when it was accepted; `later` are reports by when they were filed, each with its group. The first
    of them is named; `count` says how many there are.
    """
    found = [
        (spot.at, spot.report, metres)
        for spot, other in later
        if other == group
        and spot.report != accepted.report
        and 0 < spot.at - accepted.at <= BACK_MS
        and (metres := distance_m(accepted.lat, accepted.lon, spot.lat, spot.lon)) <= SPOT_M
    ]
    if not found:
        return None
    at, report, metres = min(found)
    return TextHint(
        HintCode.PROBLEM_BACK,
        {"report": report, "distance_m": metres, "after_ms": at - accepted.at, "count": len(found)},
    )
