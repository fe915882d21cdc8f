"""Whose work it is: routing knowledge as rules with an effective date, read from data and looked up without a guess.

A rule says for a category (and, if it says so, for some areas or some words) which office is competent, on what
authority, and from which source. The knowledge is policy data: no version is changed, a newer one has its own date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from smartcity_desk.domain.office import Directory, OfficeLevel

ANY = "*"
"""Stands for every category."""


@dataclass(frozen=True, slots=True)
class RouteRule:
    """One line of the knowledge. `office` is a code, or a pattern that the place of a report fills.

    Patterns know `{kelurahan}`, `{kecamatan}` and `{kota}`, the last one as the short word of `Routing.kota`. With
    `words` the rule holds only where the text says one of them, with `areas` only below those codes. `unplaced` takes a
    report while its place is not known. `crew` marks work that the kelurahan's own crew (PPSU) can begin at once.
    `basis` is the authority in a sentence, `source` where that is said, and `confirm` that the unit has yet to have it
    confirmed.
    """

    category: str
    office: str
    basis: str
    source: str
    unplaced: str = ""
    crew: bool = False
    confirm: bool = True
    words: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Routing:
    """One version of the knowledge, in force from `effective_from` (ms UTC). Of two rules the earlier goes first."""

    version: str
    effective_from: int
    rules: tuple[RouteRule, ...]
    kota: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


class RoutingBook:
    """Every version by effective date; the one before the first date is the first."""

    __slots__ = ("versions",)

    def __init__(self, versions: Iterable[Routing]) -> None:
        by_start = {one.effective_from: one for one in versions}  # of two for one date the later said holds
        self.versions: tuple[Routing, ...] = tuple(by_start[start] for start in sorted(by_start))
        if not self.versions:
            raise ValueError("a book without a version")

    def at(self, instant: int) -> Routing:
        """The version in force at an instant (ms UTC)."""
        found = self.versions[0]
        for version in self.versions:
            if version.effective_from > instant:
                break
            found = version
        return found


@dataclass(frozen=True, slots=True)
class Route:
    """An office that the knowledge names, the rule that does, and the words of the text that the rule asked for."""

    office: str
    rule: RouteRule
    words: tuple[str, ...] = ()


def routes(
    routing: Routing,
    directory: Directory,
    category: str | None,
    place: str | None,
    phrases: frozenset[str] = frozenset(),
) -> tuple[Route, ...]:
    """The competent offices for a category in a kelurahan, the most particular rule first; each office once.

    `phrases` are those of the rules' words that the text says (`words_of` names all of them). A rule whose office needs
    a place is passed over where there is none, and so is an office that the directory does not have.
    """
    found: list[tuple[int, int, Route]] = []
    for order, rule in enumerate(routing.rules):
        if rule.category not in (category, ANY):
            continue
        said = tuple(word for word in rule.words if word in phrases)
        if rule.words and not said:
            continue
        if rule.areas and (place is None or not place.startswith(rule.areas)):
            continue
        office = _office(rule.office, routing, directory, place)
        if office is None and place is None and rule.unplaced in directory.offices:
            office = rule.unplaced
        if office is None:
            continue
        particular = 2 * bool(rule.words) + bool(rule.areas) - 4 * (rule.category == ANY and not rule.words)
        found.append((-particular, order, Route(office, rule, said)))
    found.sort(key=lambda one: one[:2])
    first: dict[str, Route] = {}
    for _, _, route in found:
        first.setdefault(route.office, route)
    return tuple(first.values())


def words_of(routing: Routing) -> frozenset[str]:
    """Every word and phrase that some rule asks for."""
    return frozenset(word for rule in routing.rules for word in rule.words)


def _office(pattern: str, routing: Routing, directory: Directory, place: str | None) -> str | None:
    """The office that a pattern means at a place, or None."""
    if "{" not in pattern:
        return pattern if pattern in directory.offices else None
    if place is None or place not in directory.offices:
        return None
    above = {
        directory.offices[code].level: code
        for code in directory.ancestors(place)
        if code in directory.offices
    }
    kota = above.get(OfficeLevel.KOTA)
    values = {
        "{kelurahan}": place,
        "{kecamatan}": above.get(OfficeLevel.KECAMATAN),
        "{kota}": routing.kota.get(kota or ""),
    }
    code = pattern
    for name, value in values.items():
        if name in code:
            if value is None:
                return None
            code = code.replace(name, value)
    return code if code in directory.offices else None
