"""The labelled surge: an hour of heavy rain in one kecamatan, told of by many, in the city of `duplicates`.

Floods, blocked drains, fallen trees and dead lamps in some streets; a few of them are told of by dozens, most by one or
two, as in `duplicates`. The ordinary reports of the day go on between them. Which report tells of which thing stays in
`Set.truth`.
"""

from __future__ import annotations

from typing import Final

from benchmarks import duplicates
from benchmarks.duplicates import NOW, Set
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.times import HOUR

RAIN: Final = ("banjir", "genangan", "saluran_tersumbat", "pohon_tumbang", "listrik")
_RAIN_SHARE: Final = 0.85
_TOLD_AGAIN: Final = 0.6
"""Share of the reports of an hour that tell of what somebody has told of already; more than on any other day."""
_TRIES: Final = 400


def make(seed: int, directory: Directory, kecamatan: str, count: int) -> Set:
    """Draw so many reports of the last hour before `NOW`, all of one kecamatan."""
    return _Rain(seed, directory, kecamatan, count).make()


class _Rain(duplicates._Writer):
    """Draws things as the other set does, in a few kelurahan and within one hour."""

    def __init__(self, seed: int, directory: Directory, kecamatan: str, count: int) -> None:
        super().__init__(seed, directory, count, HOUR / (24 * HOUR), duplicates.NEAR_CONFUSERS)
        self.quarters = [one for one in self.quarters if one.code.startswith(f"{kecamatan}.")]
        self.sums = [float(number) for number in range(1, len(self.quarters) + 1)]

    def make(self) -> Set:
        """All tellings of the hour, by the time they came."""
        rng = self.rng
        things = []
        for number in range(max(1, round(self.count * (1 - _TOLD_AGAIN)))):
            rain = rng.random() < _RAIN_SHARE
            things.append(self._thing(number, rain=rain))
        told = [(one.at, one, one.channel, one.author) for one in things]
        # the square of a uniform number: a few things are told of by dozens, most by nobody else
        while len(told) < self.count:
            one = things[int(rng.random() ** 2 * len(things))]
            at = one.at + int(rng.random() * (NOW - one.at))
            told.append((at, one, self._channel(one.category), self._author()))
        told.sort(key=lambda telling: (telling[0], telling[1].number))
        for at, one, channel, author in told:
            self._tell(at, one, duplicates._BY_NAME[channel], author)
        self.set.reports.sort(key=lambda report: (report.reported_at, report.id))
        return self.set

    def _thing(self, number: int, *, rain: bool) -> duplicates._Incident:
        for _ in range(_TRIES):
            at = NOW - 1 - int(self.rng.random() * HOUR)
            one = self._incident(number, at)
            if (one.category in RAIN) == rain and not one.spam:
                break
        return one
