"""All that turns events into clocks: policy versions, calendars, the directory, declared events."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from smartcity_desk.domain.calendar import Calendars
from smartcity_desk.domain.events import PauseCode
from smartcity_desk.domain.office import UPT, Directory, OfficeLevel, Tenure
from smartcity_desk.domain.policy import Allowance, Policy, PolicyBook
from smartcity_desk.domain.times import DAY, JAKARTA

_OFFSET = int(JAKARTA.utcoffset(None).total_seconds() * 1000)
_NEVER = 1 << 62
_TERRITORIAL = frozenset({OfficeLevel.KELURAHAN, OfficeLevel.KECAMATAN, OfficeLevel.KOTA})
_LOCAL = _TERRITORIAL | {OfficeLevel.SUDIN}
_KOTA_LENGTH = len("31.74")
_UNSCORED = frozenset({OfficeLevel.UPT, OfficeLevel.THIRD_PARTY, OfficeLevel.PROVINSI})


@dataclass(frozen=True, slots=True)
class Exemption:
    """A time in which clocks stand still by declaration. Empty `offices` = the city; empty `channels` = all.

    `event` declared it; `ended_by` is the event that said it was over, or None while its `until` is only its limit.
    """

    code: PauseCode
    since: int
    until: int
    offices: frozenset[str]
    channels: frozenset[str]
    reason: str
    event: str
    ended_by: str | None = None


class Law:
    """Immutable; equal laws give equal clocks."""

    __slots__ = (
        "_above",
        "_allowances",
        "_begins",
        "_latest",
        "_safety",
        "_spans",
        "_tenures",
        "_verification",
        "book",
        "calendars",
        "directory",
        "exemptions",
    )

    def __init__(
        self,
        book: PolicyBook,
        calendars: Calendars,
        directory: Directory,
        exemptions: Iterable[Exemption] = (),
    ) -> None:
        self.book = book
        self.calendars = calendars
        self.directory = directory
        self.exemptions: tuple[Exemption, ...] = tuple(
            sorted(exemptions, key=lambda one: (one.since, one.event))
        )
        self._begins = [one.since for one in self.exemptions]
        self._latest = list(accumulate((one.until for one in self.exemptions), max))
        self._above: dict[str, frozenset[str]] = {}
        self._allowances: dict[tuple[int, str, str | None], Allowance | None] = {}
        self._verification: dict[int, Allowance] = {}
        self._safety = frozenset(code for code, one in directory.categories.items() if one.life_safety)
        self._tenures: dict[str, tuple[Tenure, ...]] | None = None
        self._spans: dict[str, tuple[tuple[int, int, Tenure], ...]] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Law) and (
            self.book == other.book
            and self.calendars == other.calendars
            and self.exemptions == other.exemptions
            and self.directory == other.directory
        )

    def __hash__(self) -> int:
        return hash((self.book, self.exemptions))

    def level(self, office: str) -> OfficeLevel:
        """The level of a holder; an office that the directory does not know is judged as a kelurahan would be."""
        if office == UPT:
            return OfficeLevel.UPT
        found = self.directory.offices.get(office)
        return OfficeLevel.KELURAHAN if found is None else found.level

    def declared(self, since: int, until: int | None) -> tuple[Exemption, ...]:
        """The exemptions that may touch [since, until), by time; a few of them may be over before. None = for ever."""
        end = len(self._begins) if until is None else bisect_left(self._begins, until)
        return self.exemptions[bisect_right(self._latest, since, 0, end) : end]

    def allowance(self, policy: Policy, office: str, category: str | None) -> Allowance | None:
        """The time that an office has for an answer under one of the book's policies; None where there is no clock."""
        name = (policy.effective_from, office, category)
        try:
            return self._allowances[name]
        except KeyError:
            found = self._allowances[name] = policy.allowance(self.level(office), category)
            return found

    def verification(self, policy: Policy) -> Allowance:
        """The time that the unit has to look at a completion."""
        found = self._verification.get(policy.effective_from)
        if found is None:
            found = self._verification[policy.effective_from] = Allowance(policy.verification)
        return found

    def scored(self, office: str) -> bool:
        """Whether an office is judged at all: not the unit, nobody outside the city (F2), and only a known one."""
        found = self.directory.offices.get(office)
        return found is not None and found.level not in _UNSCORED

    def life_safety(self, category: str | None) -> bool:
        """Whether a category is about life and limb: a calamity never stops its clock."""
        return category in self._safety

    def within(self, office: str) -> frozenset[str]:
        """The office itself and every one above it."""
        known = self._above.get(office)
        if known is None:
            known = self._above[office] = frozenset((office, *self.directory.ancestors(office)))
        return known

    def everywhere(self, office: str) -> bool:
        """Whether an office is competent in the whole city, so that no border matters to it."""
        return self.level(office) not in _LOCAL

    def answers_for(self, office: str, place: str) -> bool:
        """Whether a kelurahan lies where an office is competent. A sudin is held to be the one of the right kota."""
        if self.level(office) in _TERRITORIAL:
            return office in self.within(place)
        return True

    def answers_for_all(self, office: str, places: Sequence[str | None]) -> bool:
        """Whether an office is competent wherever a report may lie; None stands for outside the city.

        The directory does not say which kota a sudin belongs to: it is competent for all places of one kota, or for
        none.
        """
        if None in places:
            return False
        if self.level(office) in _TERRITORIAL:
            return all(office in self.within(place) for place in places if place is not None)
        return len({place[:_KOTA_LENGTH] for place in places if place is not None}) == 1

    def tenures(self, office: str) -> tuple[Tenure, ...]:
        """The holders of an office by date, earliest first."""
        if self._tenures is None:
            found: dict[str, list[Tenure]] = {}
            for tenure in self.directory.tenures:
                found.setdefault(tenure.office, []).append(tenure)
            self._tenures = {
                code: tuple(sorted(those, key=lambda tenure: tenure.valid_from))
                for code, those in found.items()
            }
            self._spans = {
                code: tuple(
                    (one.valid_from, _NEVER if one.valid_to is None else one.valid_to, one)
                    for one in reversed(those)
                )
                for code, those in self._tenures.items()
            }
        return self._tenures.get(office, ())

    def holder(self, office: str, at: int) -> Tenure | None:
        """Who holds an office at an instant; of several the latest to come."""
        if self._tenures is None:
            self.tenures(office)
        for since, until, tenure in self._spans.get(office, ()):
            if since <= at < until:
                return tenure
        return None

    def working_days_after(self, at: int, days: int) -> int:
        """The end (24.00 in Jakarta) of the n-th working day after the day of `at`; the day itself for none."""
        end = _midnight_after(at)
        for _ in range(days):
            end = _midnight_after(self.calendars.next_working(end))
        return end


def _midnight_after(at: int) -> int:
    """The first midnight in Jakarta after an instant (ms UTC)."""
    return ((at + _OFFSET) // DAY + 1) * DAY - _OFFSET
