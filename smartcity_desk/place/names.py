"""Place names in the words of a report: candidates with their reasons, and never a guess.

A name decides only when it can mean one kelurahan: marked `Kel.`, or shared with no kecamatan, or settled by another
name beside it. Everything else is a question to a person (domain paper 2.1: kelurahan Jatinegara lies in Cakung).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Final

from rapidfuzz.distance import OSA

from smartcity_desk.directory import builtin_directory
from smartcity_desk.domain.location import Location, PlaceBadge
from smartcity_desk.domain.office import Directory, OfficeLevel
from smartcity_desk.place import words
from smartcity_desk.place.reading import squeezed
from smartcity_desk.place.streets import Streets

_LONGEST: Final = 4
"""Words of the longest name."""
_STREET_WORDS: Final = 5
_SLIP_MARKED: Final = 5
_SLIP_ALONE: Final = 8
_TWO_SLIPS: Final = 9
"""Letters from which one slip is forgiven after a marker, without one, and two after a marker."""
_SHOWN: Final = 24
"""Letters of the text that a reason repeats."""


class Why(StrEnum):
    """Why a kelurahan is a candidate; `place.why.<value>` has the sentence."""

    MARKED = "marked"  # "Kel. {word}"
    NAMED = "named"  # its name stands in the text
    SPELLING = "spelling"  # another spelling of its name
    SLIP = "slip"  # a typing slip away
    KECAMATAN = "kecamatan"  # lies in the kecamatan that is named
    KOTA = "kota"  # lies in the kota that is named
    SHARED = "shared"  # the name is a kelurahan's and a kecamatan's
    BEGINNING = "beginning"  # several names begin so
    NEAR = "near"  # the text says near it, or names a thing that carries its name
    STREET = "street"  # the only one that the street runs through
    STREETS = "streets"  # one of several that the street runs through
    STREET_NAME = "street_name"  # a street is named like it
    LANDMARK = "landmark"  # lies around something that is no office
    CONTRADICTS = "contradicts"  # but the text also names another kecamatan or kota


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; `params` are for its sentence, texts from outside among them."""

    why: Why
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NameCandidate:
    """A kelurahan that the words may mean. `certain` says that these words, read alone, leave no other."""

    code: str
    certain: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class _Units:
    """What a name can mean: codes by level, None for nothing."""

    kelurahan: str | None = None
    kecamatan: str | None = None
    kota: str | None = None


@dataclass(slots=True)
class _Mention:
    """A name found in the text."""

    units: _Units
    word: str
    marker: str = ""
    reason: Why = Why.NAMED
    weak: bool = False
    whole: bool = False
    begins: tuple[str, ...] = ()
    """Codes of the kelurahan whose names begin so, where it is no name of its own."""


@dataclass(frozen=True, slots=True)
class _Street:
    """A street that a text names: squeezed, as written, and whether it is only an alley."""

    name: str
    shown: str
    alley: bool


@dataclass(frozen=True, slots=True)
class _Above:
    """The kecamatan and kota that a text names, by code."""

    kecamatan: frozenset[str]
    kota: frozenset[str]

    def fitting(self, code: str) -> list[str]:
        """Those in which a kelurahan lies."""
        parents = _above(code), _above(_above(code))
        return [parent for parent in parents if parent in self.kecamatan or parent in self.kota]

    def against(self, code: str) -> str | None:
        """One in which a kelurahan does not lie, when none of that level is named in which it does."""
        for named, parent in ((self.kecamatan, _above(code)), (self.kota, _above(_above(code)))):
            if named and parent not in named:
                return min(named)
        return None


_Found = dict[str, tuple[bool, tuple[Reason, ...]]]


class Finder:
    """Finds the places of a directory in text. `streets` come with an edition. Safe to use from several threads."""

    def __init__(self, directory: Directory, streets: Streets | None = None, *, edition: str = "") -> None:
        self.edition = edition
        self._streets = streets or Streets()
        self._names, self._spelled = _index(directory)
        self._begins = _beginnings(directory)
        self._office = {code: office.name for code, office in directory.offices.items()}
        self._members: defaultdict[str, list[str]] = defaultdict(list)
        by_name = {}
        for code, office in sorted(directory.offices.items()):
            if office.level is OfficeLevel.KELURAHAN:
                self._members[_above(code)].append(code)
                by_name[squeezed(office.name)] = code
        self._landmarks = {
            spelling: (one.name, tuple(by_name[squeezed(n)] for n in one.around if squeezed(n) in by_name))
            for one in words.LANDMARKS
            for spelling in one.spellings
        }
        self._slips: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        for name in self._names:
            if len(name) >= _SLIP_MARKED:
                self._slips[name[0], len(name)].append(name)

    def find(self, text: str) -> tuple[NameCandidate, ...]:
        """The kelurahan that a text may mean, best first; none when it names no place."""
        mentions, streets, landmarks = self._read(words.tokens(text))
        return self._weigh(mentions, streets, landmarks)

    def locate(self, text: str) -> Location:
        """The place that a text names, as far as it goes without asking."""
        return location_of(self.find(text), self.edition)

    # ---------------------------------------------------------------- reading

    def _read(
        self, tokens: Sequence[str]
    ) -> tuple[list[_Mention], list[_Street], list[tuple[str, tuple[str, ...]]]]:
        mentions: list[_Mention] = []
        streets: list[_Street] = []
        landmarks: list[tuple[str, tuple[str, ...]]] = []
        at = 0
        marker, weak = "", False
        while at < len(tokens):
            token = tokens[at]
            if token in words.STREET:
                at, name = self._street(tokens, at + 1)
                if name:
                    streets.append(_Street("".join(name), " ".join(name)[:_SHOWN], token in words.ALLEY))
                marker, weak = "", False
                continue
            landmark = self._landmark(tokens, at)
            if landmark is not None:
                landmarks.append(landmark[1])
                at, marker, weak = landmark[0], "", False
                continue
            taken, mention = self._mention(tokens, at, marker, weak)
            if mention is not None:
                mentions.append(mention)
                at, marker, weak = at + taken, "", False
                continue
            marker = _marker(token)
            weak = token in words.AWAY or token in words.LANDMARK or (weak and bool(marker))
            at += 1
        return mentions, streets, landmarks

    def _street(self, tokens: Sequence[str], at: int) -> tuple[int, Sequence[str]]:
        """Where the name of a street that begins at `at` ends, and its words: the longest name known, else all."""
        end = at
        while end < len(tokens) and end - at < _STREET_WORDS:
            token = tokens[end]
            if words.is_break(token) or token in words.HOUSE or _marker(token) or token in words.AWAY:
                break
            end += 1
        for stop in range(end, at, -1):
            if "".join(tokens[at:stop]) in self._streets.known:
                return stop, tokens[at:stop]
        return end, tokens[at:end]

    def _landmark(self, tokens: Sequence[str], at: int) -> tuple[int, tuple[str, tuple[str, ...]]] | None:
        for size in range(_LONGEST, 0, -1):
            found = self._landmarks.get("".join(tokens[at : at + size])) if at + size <= len(tokens) else None
            if found is not None:
                return at + size, found
        return None

    def _mention(
        self, tokens: Sequence[str], at: int, marker: str, weak: bool
    ) -> tuple[int, _Mention | None]:
        most = min(_LONGEST, len(tokens) - at)
        for size in range(most, 0, -1):
            name = "".join(tokens[at : at + size])
            units = self._names.get(name)
            if units is not None:
                reason = Why.SPELLING if name in self._spelled else Why.NAMED
                common = name in words.COMMON and not marker
                word = " ".join(tokens[at : at + size])[:_SHOWN]
                return size, _Mention(units, word, marker, reason, weak or common, size == len(tokens))
            if name in self._begins:
                word = " ".join(tokens[at : at + size])[:_SHOWN]
                return size, _Mention(_Units(), word, begins=self._begins[name])
        least = _SLIP_MARKED if marker else _SLIP_ALONE
        for size in range(min(most, 3), 0, -1):
            name = "".join(tokens[at : at + size])
            if len(name) >= least and name.isalpha():
                units = self._slipped(name, 2 if marker and len(name) >= _TWO_SLIPS else 1, marker)
                if units is not None:
                    word = " ".join(tokens[at : at + size])[:_SHOWN]
                    return size, _Mention(units, word, marker, Why.SLIP, weak or not marker)
        return 1, None

    def _slipped(self, name: str, most: int, marker: str) -> _Units | None:
        """The one name that `name` was probably meant to be; None when there is none, or more than one as near."""
        best, found = most + 1, None
        doubtful = False
        for length in range(len(name) - most, len(name) + most + 1):
            for known in self._slips.get((name[0], length), ()):
                if marker and getattr(self._names[known], marker) is None:
                    continue
                distance = OSA.distance(name, known, score_cutoff=best)
                if distance < best:
                    best, found, doubtful = distance, known, False
                elif distance == best <= most and found is not None:
                    doubtful = self._names[known] != self._names[found] or doubtful
        return None if found is None or doubtful else self._names[found]

    # ---------------------------------------------------------------- weighing

    def _weigh(
        self,
        mentions: list[_Mention],
        streets: list[_Street],
        landmarks: list[tuple[str, tuple[str, ...]]],
    ) -> tuple[NameCandidate, ...]:
        kota = {one.units.kota for one in mentions if one.units.kota is not None and _means(one, "kota")}
        self._settle(mentions)
        kecamatan = {one.units.kecamatan for one in mentions if _only(one, "kecamatan")} - {None}
        above = _Above(frozenset(code for code in kecamatan if code is not None), frozenset(kota))
        found = self._kelurahan_named(mentions, above)
        for one in mentions:
            if _both(one):
                self._ask(one, found, above)
            if one.begins and not _decided(found):
                _offer(one.begins, one.word, found, above)
        if not _decided(found):
            self._from_streets(streets, above, found)
        if not found:
            for code in sorted(above.kecamatan):
                reason = Reason(Why.KECAMATAN, {"name": self._office[code]})
                found |= {
                    own: (False, (reason,)) for own in self._members[code] if above.against(own) is None
                }
        if not _decided(found):
            for name, around in landmarks:
                for code in around:
                    found.setdefault(code, (False, (Reason(Why.LANDMARK, {"name": name}),)))
        ordered = sorted(found.items(), key=lambda one: (not one[1][0], -len(one[1][1])))
        return tuple(NameCandidate(code, certain, reasons) for code, (certain, reasons) in ordered)

    def _kelurahan_named(self, mentions: Sequence[_Mention], above: _Above) -> _Found:
        """The kelurahan that stand in the text by name; those marked `Kel.` leave the others out."""
        named = [one for one in mentions if _only(one, "kelurahan")]
        if any(one.marker and not one.weak for one in named):
            named = [one for one in named if one.marker and not one.weak]
        found: _Found = {}
        for one in named:
            code = one.units.kelurahan or ""
            parents = above.fitting(code)
            everyday = one.word.replace(" ", "") in words.COMMON and not one.marker
            if everyday and not parents and not one.whole:
                continue
            certain = not one.weak or (everyday and bool(parents))
            reasons = [self._reason(one, everyday=everyday)]
            reasons += [Reason(_level(parent), {"name": self._office[parent]}) for parent in parents]
            against = above.against(code)
            if against is not None:
                reasons.append(Reason(Why.CONTRADICTS, {"name": self._office[against]}))
                certain = False
            longer = self._begins.get(squeezed(self._office[code]), ())
            if longer and not one.marker and not parents:
                certain = False
            if code not in found or certain:
                found[code] = (certain, tuple(reasons))
            if not certain and not one.marker:
                _offer(longer, one.word, found, above)
        return found

    def _settle(self, mentions: Sequence[_Mention]) -> None:
        """Take a name that a kelurahan shares with a kecamatan for one of them, if a name beside it says which."""
        kecamatan = {one.units.kecamatan for one in mentions if _only(one, "kecamatan")}
        sure = [one.units.kelurahan for one in mentions if _only(one, "kelurahan") and not one.weak]
        for one in [one for one in mentions if _both(one)]:
            own, shared = one.units.kelurahan or "", one.units.kecamatan
            if any(_above(other or "") == shared for other in sure if other != own):
                one.units = _Units(kecamatan=shared)
            elif _above(own) in kecamatan:
                one.units = _Units(kelurahan=own)

    def _ask(self, one: _Mention, found: _Found, above: _Above) -> None:
        """Offer both readings of a shared name, none of them certain, unless another name has decided."""
        if _decided(found):
            return
        reason = Reason(Why.SHARED, {"word": one.word})
        for code in (one.units.kelurahan or "", *self._members[one.units.kecamatan or ""]):
            if above.against(code) is None:
                found.setdefault(code, (False, (reason,)))

    def _from_streets(self, streets: Sequence[_Street], above: _Above, found: _Found) -> None:
        """Add what a street says: where it runs through one kelurahan only and no name stands beside it, it decides.

        An alley never does: no gazetteer has them all, and the same few names are everywhere.
        """
        unnamed = not found
        for street in streets:
            through = [
                code for code in self._streets.known.get(street.name, ()) if above.against(code) is None
            ]
            alone = len(through) == 1
            for code in through:
                reason = Reason(Why.STREET if alone else Why.STREETS, {"name": street.shown})
                certain = alone and unnamed and not street.alley
                found[code] = (certain, (*found.get(code, (False, ()))[1], reason))
            for like in () if through else self._named_like(street.name):
                if above.against(like) is None:
                    found.setdefault(like, (False, (Reason(Why.STREET_NAME, {"name": street.shown}),)))

    def _named_like(self, street: str) -> tuple[str, ...]:
        """The kelurahan that a street may be named after: those of a kecamatan too, where it has the name as well."""
        for end in range(len(street), _SLIP_MARKED, -1):
            units = self._names.get(street[:end])
            if units is not None and street[:end] not in words.COMMON:
                own = () if units.kelurahan is None else (units.kelurahan,)
                return (*own, *self._members.get(units.kecamatan or "", ())) if own else ()
        return ()

    def _reason(self, one: _Mention, *, everyday: bool) -> Reason:
        if one.weak and one.reason is not Why.SLIP and not everyday:
            return Reason(Why.NEAR, {"word": one.word})
        why = Why.MARKED if one.marker and one.reason is Why.NAMED else one.reason
        return Reason(why, {"word": one.word})


def location_of(candidates: Iterable[NameCandidate], edition: str = "") -> Location:
    """What candidates are worth: one certain one is NAMED; none is NONE; everything else asks.

    Of several, the best two are told only when they are two: three equals have no best.
    """
    found = tuple(candidates)
    certain = [one for one in found if one.certain]
    if not found:
        return Location(PlaceBadge.NONE, edition=edition)
    if len(certain) == 1:
        return Location(PlaceBadge.NAMED, certain[0].code, edition=edition)
    asked = certain or found
    if len(asked) > 2:
        return Location(PlaceBadge.AMBIGUOUS, edition=edition)
    second = asked[1].code if len(asked) == 2 else None
    return Location(PlaceBadge.AMBIGUOUS, asked[0].code, second, edition=edition)


def find(text: str) -> tuple[NameCandidate, ...]:
    """The same with the directory that ships with the program, without streets."""
    return _shipped().find(text)


@cache
def _shipped() -> Finder:
    return Finder(builtin_directory(0))


def _offer(codes: Iterable[str], word: str, found: _Found, above: _Above) -> None:
    """Offer kelurahan whose names begin with a word of the text; none of them is certain."""
    for code in codes:
        if above.against(code) is None:
            found.setdefault(code, (False, (Reason(Why.BEGINNING, {"word": word}),)))


def _decided(found: _Found) -> bool:
    return any(certain for certain, _ in found.values())


def _marker(token: str) -> str:
    if token in words.KELURAHAN:
        return "kelurahan"
    if token in words.KECAMATAN:
        return "kecamatan"
    return "kota" if token in words.KOTA else ""


def _means(one: _Mention, level: str) -> bool:
    return getattr(one.units, level) is not None and one.marker in ("", level)


def _only(one: _Mention, level: str) -> bool:
    """Whether a mention can mean a unit of this level and nothing else."""
    return _means(one, level) and not any(
        _means(one, other) for other in ("kelurahan", "kecamatan", "kota") if other != level
    )


def _both(one: _Mention) -> bool:
    return _means(one, "kelurahan") and _means(one, "kecamatan")


def _above(code: str) -> str:
    return code.rpartition(".")[0]


def _level(code: str) -> Why:
    return Why.KECAMATAN if code.count(".") == 2 else Why.KOTA


def _beginnings(directory: Directory) -> dict[str, tuple[str, ...]]:
    """Beginnings that several names of kelurahan have, squeezed: `Cipete` of two, `Grogol` of one that is so called.

    Where the longer names lie in the same kecamatan as the one that is so called, people mean that one.
    """
    called: dict[str, str] = {}
    found: defaultdict[str, list[str]] = defaultdict(list)
    for code, office in sorted(directory.offices.items()):
        if office.level is OfficeLevel.KELURAHAN:
            called[squeezed(office.name)] = code
            parts = office.name.lower().split()
            for end in range(1, len(parts)):
                if " ".join(parts[:end]) not in words.GENERIC:
                    found[squeezed("".join(parts[:end]))].append(code)
    begins: dict[str, tuple[str, ...]] = {}
    for name, codes in found.items():
        own = called.get(name)
        if own is not None:
            codes = [code for code in codes if _above(code) != _above(own)]
        elif len(codes) < 2:
            continue
        if codes:
            begins[name] = tuple(codes)
    return begins


def _index(directory: Directory) -> tuple[dict[str, _Units], frozenset[str]]:
    """What every name and alias can mean, and which of them are only other spellings."""
    levels = {
        OfficeLevel.KELURAHAN: "kelurahan",
        OfficeLevel.KECAMATAN: "kecamatan",
        OfficeLevel.KOTA: "kota",
    }
    found: dict[str, dict[str, str]] = {}
    spelled: set[str] = set()
    ordered = sorted(directory.offices.values(), key=lambda office: office.code)
    offices = [office for office in ordered if office.level in levels]
    for office in offices:
        found.setdefault(squeezed(office.name), {})[levels[office.level]] = office.code
    for office in offices:
        for alias in office.aliases:
            name = squeezed(alias)
            if levels[office.level] not in found.setdefault(name, {}):
                found[name][levels[office.level]] = office.code
                spelled.add(name)
    return {name: _Units(**meant) for name, meant in found.items() if name}, frozenset(spelled)
