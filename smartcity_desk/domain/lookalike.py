"""Whether two reports tell of the same thing: a probability from a few readable numbers, with its reasons.

Each thing that speaks for or against adds points, and the points are natural logarithms of odds, so that they can be
added: +0.7 doubles the odds, +2.3 makes them ten times as high. The sum goes through the logistic function. A pair has
the same score in both directions. Distance and time carry most of it, as in the cities that have measured this (peers
paper, R66); the words decide where reports lie dense, and where there is no position they are all there is.

A suggestion is a hint. Nothing is joined by it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import Final, NamedTuple

from smartcity_desk.domain.geo import distance_m
from smartcity_desk.domain.report import PlaceQuality
from smartcity_desk.domain.times import DAY, HOUR
from smartcity_desk.domain.wording import Said, Street, one_slip

WINDOW_MS: Final = 60 * DAY
"""What lies farther apart is not compared (capabilities paper 8: open and recent ones, 60 days)."""
SUGGESTED: Final = 0.8
"""From here on a pair is suggested."""
MOST: Final = 10
"""Suggestions for one report."""


class ReasonCode(StrEnum):
    """Everything that can speak for or against. What each carries beside its points is in `Reason.params`."""

    DISTANCE = "distance"  # distance_m, error_m
    NO_POSITION = "no_position"
    TIME = "time"  # apart_ms
    CATEGORY = "category"  # category
    GROUP = "group"  # group
    OTHER_GROUP = "other_group"  # group, other
    WORDS = "words"  # words
    OTHER_WORDS = "other_words"
    SAME_TEXT = "same_text"
    STREET = "street"  # street
    OTHER_STREET = "other_street"  # street, other
    NEIGHBOURS = "neighbours"  # rt, rw: the same RT/RW; rt 0 when only the RW is named
    OTHER_NEIGHBOURS = "other_neighbours"  # rw, other
    HOUSE = "house"  # number
    LANDMARK = "landmark"  # landmark
    OTHER_LANDMARK = "other_landmark"
    AUTHOR = "author"
    PICTURE = "picture"  # bits


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that was seen, and what it adds to the logarithm of the odds (below 0: it speaks against)."""

    code: ReasonCode
    points: float
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Another report that probably tells of the same thing. `score` is a probability; reasons, the weightiest first."""

    report: str
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What a report brings to the comparison.

    `at` in ms UTC; degrees (EPSG:4326), both or neither; `error_m` is how far off the position may be (one standard
    deviation, metres). `pictures` are 128-bit hashes of whole pictures, `links` the addresses of pictures.
    """

    id: str
    at: int
    said: Said
    lat: float | None = None
    lon: float | None = None
    error_m: float = 0.0
    category: str | None = None
    group: str | None = None
    author: str | None = None
    pictures: tuple[int, ...] = ()
    links: frozenset[str] = frozenset()


class Likeness(NamedTuple):
    """The probability of a pair, and why."""

    score: float
    reasons: tuple[Reason, ...]


# ---------------------------------------------------------------- the numbers

BASE: Final = -2.3
"""Before anything is compared: one in ten of those that are near in any way tells of the same thing."""

UNSTATED_M: Final = 40.0
"""How far off a point is whose channel does not say: a phone between houses, and a reporter who stands aside."""
COARSE_M: Final = 900.0
"""The middle of a named place or box."""
LEAST_M: Final = 15.0
"""No position is better than this, whatever a channel claims: who reports stands beside what he reports."""

_REACH_M: Final = {"air": 60.0, "darurat": 60.0, "lalu_lintas": 40.0, "utilitas": 40.0}
"""How far a thing of a group extends: two people at two ends of a flooded street report one flood."""
_REACH_OTHER_M: Final = 15.0
_LASTS_MS: Final = {
    "darurat": 2 * HOUR,
    "lalu_lintas": 8 * HOUR,
    "air": 1 * DAY,
    "utilitas": 1 * DAY,
    "pohon": 2 * DAY,
    "kebersihan": 3 * DAY,
    "jalan": 5 * DAY,
}
"""Within which time half of the further reports of one thing come in."""
_LASTS_OTHER_MS: Final = 3 * DAY

_STRANGERS_PER_M2: Final = 1 / 90_000
"""How dense reports of one group lie that have nothing to do with each other: one in 300 m by 300 m in 60 days."""


def error_of(quality: PlaceQuality, accuracy_m: float | None) -> float:
    """How far off a position may be, in metres: as stated, or as its quality lets expect."""
    if accuracy_m is not None and math.isfinite(accuracy_m) and accuracy_m > 0:
        return max(LEAST_M, accuracy_m)
    return COARSE_M if quality is PlaceQuality.COARSE else UNSTATED_M


def likeness(one: Told, other: Told, weights: Mapping[str, float] | None = None) -> Likeness:
    """How probably two reports tell of the same thing.

    `weights` say how telling a word is, 0 to 1; one that is not among them is rare and counts 1.
    """
    reasons: list[Reason] = []
    group = one.group if one.group == other.group else None
    located = _distance(one, other, reasons)
    _time(one, other, reasons)
    _category(one, other, group, reasons)
    named = _named(one.said, other.said, reasons)
    _words(one.said, other.said, weights or {}, reasons)
    _others(one, other, reasons)
    total = BASE + sum(reason.points for reason in reasons)
    if not located and named < _NAMED_ENOUGH and not _proved(reasons):
        total = min(total, _UNPLACED_MOST)
    score = 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
    reasons.sort(key=lambda reason: (-abs(reason.points), reason.code))
    return Likeness(score, tuple(reasons))


# ---------------------------------------------------------------- where and when


def spread_m(one_error: float, other_error: float, reach: float) -> float:
    """How far apart two reports of one thing lie, in metres (one standard deviation in each direction)."""
    return math.sqrt(one_error * one_error + other_error * other_error + reach * reach)


def reach_m(group: str | None) -> float:
    """How far a thing of a group extends, metres."""
    return _REACH_M.get(group or "", _REACH_OTHER_M)


def lasts_ms(group: str | None) -> int:
    """Within which time half of the further reports of a thing of a group come in."""
    return _LASTS_MS.get(group or "", _LASTS_OTHER_MS)


def distance_points(metres: float, spread: float) -> float:
    """Points for a distance: how much denser reports of one thing lie there than strangers do.

    A bell curve with a heavy foot, since a stated accuracy is itself a guess. The wider the spread, the less a small
    distance says: every doubling costs 1.4.
    """
    peak = 1 / (2 * math.pi * spread * spread * _STRANGERS_PER_M2)
    return math.log(peak) - 2.5 * math.log1p((metres / spread) ** 2 / 4)


def time_points(apart: int, lasts: int) -> float:
    """Points for a lapse of time, against strangers that are spread evenly over the window."""
    return math.log(WINDOW_MS / 2 / lasts) - 2 * math.log1p(apart / lasts)


_FAR_SPREADS: Final = 8
_NAMED_ENOUGH: Final = 2.5
"""Points by names of places that stand in for a position."""
_UNPLACED_MOST: Final = 0.0
"""Without position and without a place in words no pair is more probable than even."""


def _distance(one: Told, other: Told, reasons: list[Reason]) -> bool:
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        reasons.append(Reason(ReasonCode.NO_POSITION, _NO_POSITION))
        return False
    reach = max(reach_m(one.group), reach_m(other.group))
    metres = distance_m(one.lat, one.lon, other.lat, other.lon)
    spread = spread_m(one.error_m, other.error_m, reach)
    points = distance_points(metres, spread)
    if metres > _FAR_SPREADS * spread:
        points = min(points, _ELSEWHERE)
    params = {"distance_m": metres, "error_m": round(spread)}
    reasons.append(Reason(ReasonCode.DISTANCE, points, params))
    return True


_NO_POSITION: Final = -2.0
_ELSEWHERE: Final = -20.0
"""Two positions that cannot be of one thing, whatever else is the same: copied texts and pictures travel."""


def _time(one: Told, other: Told, reasons: list[Reason]) -> None:
    apart = abs(one.at - other.at)
    lasts = max(lasts_ms(one.group), lasts_ms(other.group))
    reasons.append(Reason(ReasonCode.TIME, time_points(apart, lasts), {"apart_ms": apart}))


# ---------------------------------------------------------------- what

_SAME_CATEGORY: Final = 1.2
_SAME_GROUP: Final = 0.0
_UNKNOWN_GROUP: Final = -0.6
_OTHER_GROUP: Final = -4.0


def _category(one: Told, other: Told, group: str | None, reasons: list[Reason]) -> None:
    if one.category is not None and one.category == other.category:
        reasons.append(Reason(ReasonCode.CATEGORY, _SAME_CATEGORY, {"category": one.category}))
    elif group is not None:
        reasons.append(Reason(ReasonCode.GROUP, _SAME_GROUP, {"group": group}))
    elif one.group is None or other.group is None:
        reasons.append(Reason(ReasonCode.GROUP, _UNKNOWN_GROUP))
    else:
        first, second = sorted((one.group, other.group))
        reasons.append(Reason(ReasonCode.OTHER_GROUP, _OTHER_GROUP, {"group": first, "other": second}))


_WORDS_MOST: Final = 3.0
_WORDS_LEAST: Final = -2.0
_EVEN: Final = 0.3
"""At this likeness words speak neither for nor against."""
_FEW: Final = 2.0
"""Weight of words from which on a text says enough to be judged by."""
_SHOWN_WORDS: Final = 4


def _words(one: Said, other: Said, weights: Mapping[str, float], reasons: list[Reason]) -> None:
    mine, theirs = one.words, other.words
    if not mine or not theirs:
        return
    both = mine.keys() & theirs.keys()
    shared = sum(weights.get(word, 1.0) for word in both)
    left = [word for word in mine if word not in both]
    right = [word for word in theirs if word not in both]
    matched: list[str] = []
    for word in left:
        twin = next((other for other in right if one_slip(word, other)), None)
        if twin is not None:
            right.remove(twin)
            matched.append(min(word, twin))
            # a slip of the thumb makes a rare word of a usual one: the more usual of the two counts
            shared += min(weights.get(word, 1.0), weights.get(twin, 1.0))
    all_mine = sum(weights.get(word, 1.0) for word in mine)
    all_theirs = sum(weights.get(word, 1.0) for word in theirs)
    likeness_ = shared / math.sqrt(all_mine * all_theirs) if all_mine and all_theirs else 0.0
    likeness_ = min(1.0, likeness_)
    enough = min(1.0, min(all_mine, all_theirs) / _FEW)
    if likeness_ >= _EVEN:
        points = _WORDS_MOST * (likeness_ - _EVEN) / (1 - _EVEN) * enough
        rarest = sorted((*both, *matched), key=lambda word: (-weights.get(word, 1.0), word))[:_SHOWN_WORDS]
        code = ReasonCode.SAME_TEXT if mine.keys() == theirs.keys() else ReasonCode.WORDS
        written = ", ".join(min(mine.get(word, word), theirs.get(word, word)) for word in rarest)
        reasons.append(Reason(code, points, {"words": written}))
    else:
        points = _WORDS_LEAST * (_EVEN - likeness_) / _EVEN * enough
        reasons.append(Reason(ReasonCode.OTHER_WORDS, points))


# ---------------------------------------------------------------- the place in words

_STREET: Final = 2.0
_OTHER_STREET: Final = -2.5
_RT_RW: Final = 2.0
_RW: Final = 0.8
_OTHER_RW: Final = -2.5
_OTHER_RT: Final = -1.0
_HOUSE: Final = 1.5
_LANDMARK: Final = 0.8
_OTHER_LANDMARK: Final = -1.0


def _named(one: Said, other: Said, reasons: list[Reason]) -> float:
    """Names of places. Returns the points that speak for."""
    before = len(reasons)
    if one.streets and other.streets:
        _streets(one.streets, other.streets, reasons)
    if one.rw and other.rw:
        _neighbours(one, other, reasons)
    houses = one.houses & other.houses
    if houses:
        reasons.append(Reason(ReasonCode.HOUSE, _HOUSE, {"number": min(houses)}))
    if one.landmarks and other.landmarks:
        shared = one.landmarks & other.landmarks
        if shared:
            reasons.append(Reason(ReasonCode.LANDMARK, _LANDMARK, {"landmark": ", ".join(sorted(shared))}))
        else:
            reasons.append(Reason(ReasonCode.OTHER_LANDMARK, _OTHER_LANDMARK))
    return sum(max(0.0, reason.points) for reason in reasons[before:])


def _streets(mine: tuple[Street, ...], theirs: tuple[Street, ...], reasons: list[Reason]) -> None:
    best = max(
        (_same_street(a, b), min(str(a), str(b), key=lambda name: (len(name), name)), str(a), str(b))
        for a, b in product(mine, theirs)
    )
    if best[0] > 0:
        reasons.append(Reason(ReasonCode.STREET, _STREET * best[0], {"street": best[1]}))
    elif best[0] < 0:
        first, second = sorted(best[2:])
        reasons.append(Reason(ReasonCode.OTHER_STREET, _OTHER_STREET, {"street": first, "other": second}))


def _same_street(one: Street, other: Street) -> float:
    """1 for the same street, 0.7 if one name says less, 0 for perhaps, -1 for another one."""
    if not one_slip(one.name[0], other.name[0]):
        return -1
    if one.number and other.number and one.number != other.number:
        return -1
    rest = zip(one.name[1:], other.name[1:], strict=False)
    if not all(one_slip(a, b) for a, b in rest):
        return 0
    return 1 if len(one.name) == len(other.name) and one.number == other.number else 0.7


def _neighbours(one: Said, other: Said, reasons: list[Reason]) -> None:
    rw = one.rw & other.rw
    if not rw:
        first, second = sorted((min(one.rw), min(other.rw)))
        reasons.append(Reason(ReasonCode.OTHER_NEIGHBOURS, _OTHER_RW, {"rw": first, "other": second}))
        return
    rt = one.rt & other.rt
    if rt:
        reasons.append(Reason(ReasonCode.NEIGHBOURS, _RT_RW, {"rt": min(rt), "rw": min(rw)}))
    elif one.rt and other.rt:
        reasons.append(Reason(ReasonCode.OTHER_NEIGHBOURS, _OTHER_RT, {"rw": min(rw), "other": min(rw)}))
    else:
        reasons.append(Reason(ReasonCode.NEIGHBOURS, _RW, {"rt": 0, "rw": min(rw)}))


# ---------------------------------------------------------------- who, and pictures

_AUTHOR: Final = 2.0
_PICTURE_BITS: Final = 6
"""Of 128: two files of one photograph differ in up to 4 when one is smaller or poorer, strangers in 29 or more."""
_PICTURE: Final = 5.0


def _others(one: Told, other: Told, reasons: list[Reason]) -> None:
    if one.author is not None and one.author == other.author:
        reasons.append(Reason(ReasonCode.AUTHOR, _AUTHOR))
    bits = min(((a ^ b).bit_count() for a, b in product(one.pictures, other.pictures)), default=129)
    if one.links & other.links:
        bits = 0
    if bits <= _PICTURE_BITS:
        reasons.append(Reason(ReasonCode.PICTURE, _PICTURE, {"bits": bits}))


def _proved(reasons: list[Reason]) -> bool:
    return any(reason.code is ReasonCode.PICTURE for reason in reasons)
