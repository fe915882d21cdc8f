"""Whether two reports tell of the same thing: a probability from a few readable numbers, with its reasons.

Each thing that speaks for or against adds points, and the points are natural logarithms of odds, so that they can be
added: +0.7 doubles the odds, +2.3 makes them ten times as high. The sum goes through the logistic function. A pair has
the same score in both directions. Distance and time carry most of it, as in the cities that have measured this (peers
paper, R66); the words decide where reports lie dense, and where there is no position they are all there is.

A suggestion is a hint. Nothing is joined by it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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
CROWD_M: Final = 300
CROWD_MS: Final = 20 * DAY
"""Within which `crowd` is counted."""
SUGGESTED: Final = 0.7
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
    OTHERS = "others"  # others: how many other incidents fit as well


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

BASE: Final = 1.6
"""For two reports in one spot at one instant, of which nothing else is known, where no others lie."""

UNSTATED_M: Final = 25.0
"""How far off a point is whose channel does not say: a phone between houses."""
COARSE_M: Final = 550.0
"""The middle of a kelurahan, be it a box on a map or a name in the text."""
_OF_RADIUS: Final = 0.67
"""A stated accuracy is the radius that holds two thirds of the points; in each direction they spread less."""
BESIDE_M: Final = 12.0
"""Whoever reports stands beside what he reports, whatever his phone claims."""

_REACH_M: Final = {
    "banjir": 90.0,
    "listrik": 80.0,
    "kesehatan": 60.0,
    "kebakaran": 40.0,
    "air_bersih": 40.0,
    "genangan": 30.0,
    "kemacetan": 100.0,
    "polusi": 100.0,
    "kabut_asap": 1_000.0,
    "gempa": 5_000.0,
}
"""How far a thing of a category extends: two people at two ends of a flooded street report one flood."""
_REACH_FLOWING_M: Final = 50.0
"""The same where the channel gives no category and the words speak of water that rises, or fire."""
_REACH_OTHER_M: Final = 8.0
_FLOWING: Final = frozenset({"flood", "fire"})
_LASTS_MS: Final = {
    "kebakaran": 2 * HOUR,
    "kecelakaan": 3 * HOUR,
    "kemacetan": 3 * HOUR,
    "gempa": 3 * HOUR,
    "banjir": 8 * HOUR,
    "listrik": 8 * HOUR,
    "angin": 8 * HOUR,
    "pohon_tumbang": 12 * HOUR,
    "genangan": 24 * HOUR,
}
"""How long a thing goes on being reported; half of the further reports come in within about that time."""
_LASTS_FLOWING_MS: Final = 16 * HOUR
_LASTS_OTHER_MS: Final = 96 * HOUR

_NARROW_M: Final = 50.0
_SPREAD: Final = 1.9
_FAR: Final = 3.7
_LATE: Final = 2.3
_BRIEF: Final = 1.7
_CROWD: Final = 0.5
"""What the formulas below are multiplied with. Fitted to one seed of the labelled set and measured on another
(`benchmarks/bench_lookalikes.py`), then rounded; where that city is tidier than a real one, set lower."""


def error_of(quality: PlaceQuality, accuracy_m: float | None) -> float:
    """How far off a position is in each direction, in metres: as stated, or as its quality lets expect."""
    if accuracy_m is not None and math.isfinite(accuracy_m) and accuracy_m > 0:
        return math.hypot(_OF_RADIUS * accuracy_m, BESIDE_M)
    return math.hypot(COARSE_M if quality is PlaceQuality.COARSE else UNSTATED_M, BESIDE_M)


def likeness(
    one: Told,
    other: Told,
    weights: Mapping[str, float] | None = None,
    *,
    crowd: int = 0,
    author_share: float | None = None,
) -> Likeness:
    """How probably two reports tell of the same thing.

    `weights` say how telling a word is, 0 to 1; one that is not among them is rare and counts 1. `crowd` is how many
    further reports of the kind lie around: where many lie, near means less. `author_share` is what part of all reports
    the author of `one` wrote, None if unknown: a second report of who seldom reports says more.
    """
    reasons: list[Reason] = []
    located = _distance(one, other, crowd, reasons)
    _time(one, other, reasons)
    _category(one, other, reasons)
    _named(one.said, other.said, _BESIDE_POINTS if located else _INSTEAD_OF_POINTS, reasons)
    _words(one.said, other.said, weights or {}, reasons)
    _others(one, other, author_share, reasons)
    total = BASE + sum(reason.points for reason in reasons)
    score = 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
    reasons.sort(key=lambda reason: (-abs(reason.points), reason.code))
    return Likeness(score, tuple(reasons))


class Found(NamedTuple):
    """A report that may be of the same thing as one in hand, how alike they are, and what it was joined to."""

    told: Told
    likeness: Likeness
    incident: str | None = None


def contested(found: Sequence[Found], weights: Mapping[str, float] | None = None) -> list[Likeness]:
    """The same pairs of one report, knowing of each other: it tells of one thing only, so rivals share the probability.

    Those that were joined, or are probably of one thing among themselves, are no rivals. The order is kept.
    """

    def one_thing(mine: Found, theirs: Found) -> bool:
        if mine.incident is not None and mine.incident == theirs.incident:
            return True
        return likeness(mine.told, theirs.told, weights).score >= _ONE_THING

    order = sorted(range(len(found)), key=lambda place: (-found[place].likeness.score, found[place].told.id))
    heads: list[int] = []
    head_of: dict[int, int] = {}
    for place in order:
        alike = (head for head in heads if one_thing(found[head], found[place]))
        head_of[place] = next(alike, place)
        if head_of[place] == place:
            heads.append(place)
    odds = [one.likeness.score / (1 - one.likeness.score) for one in found]
    whole = sum(odds[head] for head in heads)
    judged: list[Likeness] = []
    for place, (_, known, _) in enumerate(found):
        rivals = whole - odds[head_of[place]]
        if rivals < _NO_RIVALS:
            judged.append(known)
            continue
        points = -math.log1p(rivals)
        others = Reason(ReasonCode.OTHERS, points, {"others": len(heads) - 1})
        reasons = sorted((*known.reasons, others), key=lambda reason: (-abs(reason.points), reason.code))
        judged.append(Likeness(odds[place] / (1 + odds[place] + rivals), tuple(reasons)))
    return judged


_ONE_THING: Final = 0.5
_NO_RIVALS: Final = 0.05
"""Odds of all rivals together that change nothing worth telling."""


# ---------------------------------------------------------------- where and when


def reach_m(category: str | None, topics: frozenset[str] = frozenset()) -> float:
    """How far the thing that is told of extends, metres."""
    if category is None:
        return _REACH_FLOWING_M if topics & _FLOWING else _REACH_OTHER_M
    return _REACH_M.get(category, _REACH_OTHER_M)


def lasts_ms(category: str | None, topics: frozenset[str] = frozenset()) -> int:
    """How long the thing that is told of goes on being reported."""
    if category is None:
        return _LASTS_FLOWING_MS if topics & _FLOWING else _LASTS_OTHER_MS
    return _LASTS_MS.get(category, _LASTS_OTHER_MS)


def spread_m(one_error: float, other_error: float, reach: float) -> float:
    """How far apart two reports of one thing lie in each direction, in metres."""
    return math.sqrt(one_error * one_error + other_error * other_error + reach * reach)


def distance_points(metres: float, spread: float, crowd: int = 0) -> float:
    """Points for a distance: how much likelier reports of one thing lie so than strangers do.

    A bell curve with a heavy foot, since a stated accuracy is itself a guess. The wider the spread, the less a small
    distance says: every doubling costs 1.2.
    """
    far = _FAR * math.log1p((metres / spread) ** 2 / 4)
    return -_SPREAD * math.log(spread / _NARROW_M) - far - _CROWD * math.log1p(max(0, crowd))


def time_points(apart: int, lasts: float) -> float:
    """Points for a lapse of time: what lasts long also has more strangers beside it."""
    return -_LATE * math.log1p(apart / lasts) - _BRIEF * math.log(lasts / (2 * DAY))


_FAR_SPREADS: Final = 8
_FAR_SPREADS_VAGUE: Final = 4
"""A phone's accuracy is a guess that may be wrong by far; a kelurahan ends."""
VAGUE_M: Final = 300.0
"""From this spread on a position says little, and words have to stand in for it."""


def _distance(one: Told, other: Told, crowd: int, reasons: list[Reason]) -> bool:
    """Points for the distance. Returns whether the positions are worth something by themselves."""
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        reasons.append(Reason(ReasonCode.NO_POSITION, _NO_POSITION))
        return False
    metres = distance_m(one.lat, one.lon, other.lat, other.lon)
    reach = max(reach_m(one.category, one.said.topics), reach_m(other.category, other.said.topics))
    spread = spread_m(one.error_m, other.error_m, reach)
    points = distance_points(metres, spread, crowd if spread < VAGUE_M else 0)
    if metres > (_FAR_SPREADS if spread < VAGUE_M else _FAR_SPREADS_VAGUE) * spread:
        points = min(points, _ELSEWHERE)
    reasons.append(Reason(ReasonCode.DISTANCE, points, {"distance_m": metres, "error_m": round(spread)}))
    return spread < VAGUE_M


_NO_POSITION: Final = -10.5
"""What a pair is short of that could lie anywhere in the city: a street and an RT/RW together make up for it."""
_ELSEWHERE: Final = -20.0
"""Two positions that cannot be of one thing, whatever else is the same: copied texts and pictures travel."""


def _time(one: Told, other: Told, reasons: list[Reason]) -> None:
    apart = abs(one.at - other.at)
    mine = lasts_ms(one.category, one.said.topics)
    lasts = math.sqrt(mine * lasts_ms(other.category, other.said.topics))
    reasons.append(Reason(ReasonCode.TIME, time_points(apart, lasts), {"apart_ms": apart}))


# ---------------------------------------------------------------- what

_SAME_CATEGORY: Final = 1.3
_SAME_GROUP: Final = -0.5
_OTHER_GROUP: Final = -2.4


def _category(one: Told, other: Told, reasons: list[Reason]) -> None:
    """Whose category is unknown is neither like nor unlike; a different one may be a slip of whoever chose it."""
    if one.category is not None and one.category == other.category:
        reasons.append(Reason(ReasonCode.CATEGORY, _SAME_CATEGORY, {"category": one.category}))
    elif one.group is None or other.group is None:
        return
    elif one.group == other.group:
        reasons.append(Reason(ReasonCode.GROUP, _SAME_GROUP, {"group": one.group}))
    else:
        first, second = sorted((one.group, other.group))
        reasons.append(Reason(ReasonCode.OTHER_GROUP, _OTHER_GROUP, {"group": first, "other": second}))


_TOPIC: Final = 1.8
_OTHER_TOPIC: Final = -3.0
_ALIKE: Final = 3.2
"""For words that are all the same, or mean the same."""
_FEW: Final = 1.0
"""Weight of words from which on a text says enough to be judged by."""
_SHOWN_WORDS: Final = 4


def _words(one: Said, other: Said, weights: Mapping[str, float], reasons: list[Reason]) -> None:
    mine, theirs = one.words, other.words
    if not mine or not theirs:
        return
    both = mine.keys() & theirs.keys()
    shared = sum(weights.get(word, 1.0) for word in both)
    # sorted, so that the pairs are the same whichever report is asked about
    left, right = sorted((sorted(mine.keys() - both), sorted(theirs.keys() - both)))
    matched: list[str] = []
    for word in left:
        twin = next((other for other in right if _may_slip(word, other) and one_slip(word, other)), None)
        if twin is not None:
            right.remove(twin)
            matched.append(min(word, twin))
            # a slip of the thumb makes a rare word of a usual one: the more usual of the two counts
            shared += min(weights.get(word, 1.0), weights.get(twin, 1.0))
    all_mine = sum(weights.get(word, 1.0) for word in mine)
    all_theirs = sum(weights.get(word, 1.0) for word in theirs)
    alike = min(1.0, shared / math.sqrt(all_mine * all_theirs)) if all_mine and all_theirs else 0.0
    points = _ALIKE * alike * min(1.0, min(all_mine, all_theirs) / _FEW)
    if one.topics and other.topics:
        points += _TOPIC if one.topics & other.topics else _OTHER_TOPIC
    if not both and not matched:
        code = ReasonCode.WORDS if points > 0 else ReasonCode.OTHER_WORDS
        written = sorted((min(mine), min(theirs))) if points > 0 else []
    else:
        code = ReasonCode.SAME_TEXT if mine.keys() == theirs.keys() else ReasonCode.WORDS
        written = sorted((*both, *matched), key=lambda word: (-weights.get(word, 1.0), word))[:_SHOWN_WORDS]
    shown = ", ".join(min(mine.get(word, word), theirs.get(word, word)) for word in written)
    reasons.append(Reason(code, points, {"words": shown} if shown else {}))


def _may_slip(word: str, other: str) -> bool:
    """Whether one slip can lie between two words: it leaves the first or the last letter. Spares most comparisons."""
    return (word[0] == other[0] or word[-1] == other[-1]) and -2 < len(word) - len(other) < 2


# ---------------------------------------------------------------- the place in words


class _Places(NamedTuple):
    """What names of places add: the more, the less the positions say. On the spot there is one street anyway."""

    street: float
    rt_rw: float
    rw: float
    landmark: float
    kind: float


_BESIDE_POINTS: Final = _Places(street=1.2, rt_rw=2.0, rw=0.6, landmark=0.4, kind=0.3)
"""Where both positions are worth something."""
_INSTEAD_OF_POINTS: Final = _Places(street=4.0, rt_rw=4.6, rw=1.7, landmark=1.9, kind=1.1)
"""Where one is missing, or is only the middle of a kelurahan."""
_OTHER_STREET: Final = -2.6
_OTHER_RW: Final = -3.1
_OTHER_RT: Final = -2.7
_HOUSE: Final = 1.5
_OTHER_LANDMARK: Final = -0.5


def _named(one: Said, other: Said, worth: _Places, reasons: list[Reason]) -> None:
    """Names of places."""
    if one.streets and other.streets:
        _streets(one.streets, other.streets, worth, reasons)
    if one.rw and other.rw:
        _neighbours(one, other, worth, reasons)
    houses = one.houses & other.houses
    if houses:
        reasons.append(Reason(ReasonCode.HOUSE, _HOUSE, {"number": min(houses)}))
    if one.landmarks and other.landmarks:
        _landmarks(one, other, worth, reasons)


def _landmarks(one: Said, other: Said, worth: _Places, reasons: list[Reason]) -> None:
    """A landmark with its name (`masjid al ikhlas`) before the mere kind, of which every kelurahan has several."""
    by_name = [
        min(" ".join(mine), " ".join(theirs))
        for mine, theirs in product(one.landmark_names, other.landmark_names)
        if mine[0] == theirs[0] and all(one_slip(a, b) for a, b in zip(mine[1:], theirs[1:], strict=False))
    ]
    shared = one.landmarks & other.landmarks
    if by_name:
        reasons.append(Reason(ReasonCode.LANDMARK, worth.landmark, {"landmark": min(by_name)}))
    elif shared:
        reasons.append(Reason(ReasonCode.LANDMARK, worth.kind, {"landmark": ", ".join(sorted(shared))}))
    else:
        reasons.append(Reason(ReasonCode.OTHER_LANDMARK, _OTHER_LANDMARK))


def _streets(
    mine: tuple[Street, ...], theirs: tuple[Street, ...], worth: _Places, reasons: list[Reason]
) -> None:
    pairs: list[tuple[float, list[str]]] = [
        (_same_street(a, b), sorted((str(a), str(b)), key=_shortest)) for a, b in product(mine, theirs)
    ]
    alike, names = max(pairs)
    if alike > 0:
        reasons.append(Reason(ReasonCode.STREET, worth.street * alike, {"street": names[0]}))
    elif alike < 0:
        first, second = sorted(names)
        reasons.append(Reason(ReasonCode.OTHER_STREET, _OTHER_STREET, {"street": first, "other": second}))


def _shortest(name: str) -> tuple[int, str]:
    return len(name), name


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


def _neighbours(one: Said, other: Said, worth: _Places, reasons: list[Reason]) -> None:
    rw = one.rw & other.rw
    if not rw:
        first, second = sorted((min(one.rw), min(other.rw)))
        reasons.append(Reason(ReasonCode.OTHER_NEIGHBOURS, _OTHER_RW, {"rw": first, "other": second}))
        return
    rt = one.rt & other.rt
    if rt:
        reasons.append(Reason(ReasonCode.NEIGHBOURS, worth.rt_rw, {"rt": min(rt), "rw": min(rw)}))
    elif one.rt and other.rt:
        reasons.append(Reason(ReasonCode.OTHER_NEIGHBOURS, _OTHER_RT, {"rw": min(rw), "other": min(rw)}))
    else:
        reasons.append(Reason(ReasonCode.NEIGHBOURS, worth.rw, {"rt": 0, "rw": min(rw)}))


# ---------------------------------------------------------------- who, and pictures

_AUTHOR: Final = 4.0
"""For an author of whom it is not known how much he reports."""
_AUTHOR_LEAST, _AUTHOR_MOST = 1.0, 7.0
_OFTEN: Final = 0.13
"""Share of all reports from which on the same author says nothing at all."""
_PICTURE_BITS: Final = 6
"""Of 128: two files of one photograph differ in up to 4 when one is smaller or poorer, strangers in 29 or more."""
_PICTURE: Final = 5.0


def author_points(share: float | None) -> float:
    """Points for the same author, by the share of all reports that he wrote: each time half as many adds 0.9."""
    if share is None or not share > 0:
        return _AUTHOR
    return min(_AUTHOR_MOST, max(_AUTHOR_LEAST, 1.3 * math.log(_OFTEN / share)))


def _others(one: Told, other: Told, author_share: float | None, reasons: list[Reason]) -> None:
    if one.author is not None and one.author == other.author:
        reasons.append(Reason(ReasonCode.AUTHOR, author_points(author_share)))
    bits = min(((a ^ b).bit_count() for a, b in product(one.pictures, other.pictures)), default=129)
    if one.links & other.links:
        bits = 0
    if bits <= _PICTURE_BITS:
        reasons.append(Reason(ReasonCode.PICTURE, _PICTURE, {"bits": bits}))
