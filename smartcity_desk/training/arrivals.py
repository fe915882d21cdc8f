"""Reports as citizens send them: how many, where, when, about what, and how often the same thing again."""

from __future__ import annotations

from bisect import bisect
from collections import deque
from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.times import DAY, HOUR, SECOND
from smartcity_desk.training import traits as city
from smartcity_desk.training.channels import CHANNELS
from smartcity_desk.training.draw import pick, poisson, seeded
from smartcity_desk.training.record import (
    PETABENCANA,
    PETABENCANA_CATEGORY,
    Citizen,
)
from smartcity_desk.training.texts import citizen_text, spam_text
from smartcity_desk.training.traits import Traits, true_office
from smartcity_desk.training.voices import VOICES, ordinary

HOURS: Final = (3, 2, 1, 1, 2, 5, 9, 11, 10, 9, 9, 8, 8, 8, 8, 9, 10, 10, 9, 9, 8, 7, 6, 4)
"""Weights of the hours of a day in Jakarta."""
PETABENCANA_SHARE: Final = 0.15
FLOODS: Final = ((62, 14), (24, 9))
"""Two floods: days before the end of the history, and hours that they last."""
FLOOD_FACTOR: Final = 22.0
METRE: Final = 1 / 111_320
"""Degrees of latitude in a metre."""


def _cumulated(weights: Sequence[float]) -> list[float]:
    total, sums = 0.0, []
    for weight in weights:
        total += weight
        sums.append(total)
    return sums


class _Table:
    """Draws one of several words by weight."""

    def __init__(self, rows: Sequence[tuple[str, int]]) -> None:
        self._words = [word for word, _ in rows]
        self._sums = _cumulated([weight for _, weight in rows])

    def draw(self, rng: Random) -> str:
        return self._words[bisect(self._sums, rng.random() * self._sums[-1])]


_OWN: Final = _Table(city.OWN_CATEGORIES)
_OTHER: Final = _Table(city.OTHER_CATEGORIES)
_DISASTER: Final = _Table(city.DISASTERS)
_HOUR_SUMS: Final = _cumulated(HOURS)


class Spring:
    """Draws reports of a city. One instance per city: it remembers what happened lately, so that it can happen twice.

    `number` is the number of the next report; numbers grow with time.
    """

    def __init__(self, seed: int, directory: Directory, traits: Traits, number: int = 0) -> None:
        self.number = number
        self._seed = seed
        self._directory = directory
        self._traits = traits
        self._recent: dict[str, deque[Citizen]] = {}
        self._lookback = 6 * DAY
        self._kelurahan = [code for code, office in traits.offices.items() if office.volume > 0]
        self._sums = _cumulated([traits.of(code).volume for code in self._kelurahan])
        self._neighbours = _neighbours(directory, self._kelurahan)

    def rate_per_day(self, scale: float = 1.0) -> float:
        """Reports that the whole city sends in a day."""
        return self._sums[-1] / 28 * scale

    def remember(self, record: Citizen) -> None:
        """Take a report of the past into account."""
        self._recent.setdefault(record.place, deque(maxlen=8)).append(record)
        self.number = max(self.number, record.number + 1)

    def past(self, end: int, days: int, scale: float) -> Iterator[Citizen]:
        """The reports of `days` days before `end` (ms UTC), oldest first."""
        rng = seeded(self._seed, "past")
        # In a city drawn small the same things happen, further apart.
        self._lookback = int(6 * DAY / min(1.0, max(scale, 0.05)))
        begin = end - days * DAY
        moments: list[tuple[int, str, str]] = []
        for code in self._kelurahan:
            traits = self._traits.of(code)
            count = poisson(rng, traits.volume * days / 28 * scale)
            moments += [(_moment(rng, begin, end), code, "") for _ in range(count)]
        for days_ago, hours in FLOODS:
            start = end - days_ago * DAY - 6 * HOUR
            for code in sorted(self._traits.flood_prone):
                mean = self._traits.of(code).volume / 28 / 24 * hours * FLOOD_FACTOR * scale
                count = poisson(rng, mean) if days_ago < days else 0
                moments += [(start + int(rng.random() * hours * HOUR), code, "flood") for _ in range(count)]
        moments.sort()
        for at, code, disaster in moments:
            yield self.one(rng, at, place=code, disaster=disaster)

    def one(self, rng: Random, at: int, *, place: str = "", disaster: str = "") -> Citizen:
        """One more report at an instant, in a kelurahan by volume when none is given."""
        place = place or self._kelurahan[bisect(self._sums, rng.random() * self._sums[-1])]
        number = self.number
        self.number += 1
        chance = rng.random()
        if not disaster and chance < city.SPAM:
            return self._spam(rng, at, number, place)
        earlier = self._earlier(at, place)
        if earlier is not None and chance < city.SPAM + _REPEAT:
            record = self._repeat(rng, at, number, earlier)
        else:
            record = self._fresh(rng, at, number, place, disaster)
        self._recent.setdefault(place, deque(maxlen=8)).append(record)
        return record

    def _earlier(self, at: int, place: str) -> Citizen | None:
        known = self._recent.get(place)
        if not known:
            return None
        candidate = known[(at // SECOND) % len(known)]
        return candidate if at - candidate.at < self._lookback and not candidate.outside else None

    def _fresh(self, rng: Random, at: int, number: int, place: str, disaster: str) -> Citizen:
        chance = 0.0 if disaster else rng.random()
        channel = ordinary((chance - PETABENCANA_SHARE) / (1 - PETABENCANA_SHARE))
        if chance < PETABENCANA_SHARE:
            channel = PETABENCANA
            disaster = disaster or _DISASTER.draw(rng)
            category = PETABENCANA_CATEGORY[disaster]
        else:
            # Reports of disasters are work of others too; both together are the share that the city has.
            category = (_OTHER if rng.random() < self._traits.of(place).others else _OWN).draw(rng)
        record = Citizen(
            number=number,
            channel=channel,
            external_id=CHANNELS[channel].external_id(number, at),
            at=at,
            text="",
            author=self._author(rng, place),
            category=category,
            place=place,
            placed=place,
            competent=true_office(self._directory, category, place),
            incident=number,
            disaster=disaster,
            depth=10 * (1 + int(rng.random() * 16)) if disaster == "flood" else None,
            picture=rng.random() < 0.45,
            vague=channel != PETABENCANA and rng.random() < 0.03,
        )
        if channel != PETABENCANA and rng.random() < 0.012:
            record.outside = True
        self._position(rng, record)
        self._write(rng, record)
        return record

    def _repeat(self, rng: Random, at: int, number: int, earlier: Citizen) -> Citizen:
        """The same thing again: same reporter or another, same channel or another."""
        channel = earlier.channel
        disaster = earlier.disaster
        chance = rng.random()
        if chance < _ELSEWHERE:
            channel = ordinary(chance / _ELSEWHERE)
        record = Citizen(
            number=number,
            channel=channel,
            external_id=CHANNELS[channel].external_id(number, at),
            at=at,
            text="",
            author=earlier.author if rng.random() < 0.4 else self._author(rng, earlier.place),
            category=earlier.category,
            place=earlier.place,
            placed=earlier.place,
            competent=earlier.competent,
            incident=earlier.incident,
            disaster=disaster,
            depth=earlier.depth,
            picture=rng.random() < 0.3,
            original=earlier.original or earlier.id,
        )
        self._position(rng, record)
        self._write(rng, record)
        return record

    def _spam(self, rng: Random, at: int, number: int, place: str) -> Citizen:
        channel = ordinary(number % 100 / 100)
        return Citizen(
            number=number,
            channel=channel,
            external_id=CHANNELS[channel].external_id(number, at),
            at=at,
            text=spam_text(rng, tag=VOICES[channel].tag),
            author=900_000 + int(rng.random() * 400),
            category="lainnya",
            place=place,
            placed=place,
            competent=place,
            incident=number,
            spam=True,
        )

    def _author(self, rng: Random, place: str) -> int:
        """A few accounts send many reports: the square of a uniform number favours the first ones."""
        pool = max(4.0, self._traits.of(place).volume * 1.6)
        return self._kelurahan.index(place) * 1000 + int(rng.random() ** 2 * pool)

    def _position(self, rng: Random, record: Citizen) -> None:
        share, voice = rng.random(), VOICES[record.channel]
        if record.vague or share < voice.nowhere:
            return
        if share < voice.nowhere + voice.named:
            record.box = record.place[:8]
            return
        if share > 1 - voice.zero:
            record.lat = record.lon = 0.0  # as some apps send it when the device knew nothing
            return
        if record.outside:
            record.lat, record.lon = -6.59 + rng.random() * 0.05, 106.79 + rng.random() * 0.05  # Bogor
            return
        if rng.random() < _WRONG_OF_POINTS:
            record.placed = pick(rng, self._neighbours[record.place])
        office = self._directory.offices[record.placed]
        assert office.lat is not None
        assert office.lon is not None
        record.lat = round(office.lat + rng.gauss(0, 260) * METRE, 6)
        record.lon = round(office.lon + rng.gauss(0, 260) * METRE, 6)

    def _write(self, rng: Random, record: Citizen) -> None:
        named = record.lat is None or rng.random() < 0.35
        record.text = citizen_text(
            rng,
            record.category,
            self._directory.offices[record.place].name,
            vague=record.vague,
            named=named and not record.vague,
            tag=VOICES[record.channel].tag,
        )


_REPEAT: Final = 0.245
"""Chance of a repeat where something happened lately: a little above the share wanted, for where nothing did."""
_ELSEWHERE: Final = 0.4
"""Chance that a repeat comes by whatever channel its sender uses, and in other words."""
_WRONG_OF_POINTS: Final = 0.043
"""Chance that a point lies in the neighbouring kelurahan: 3 % of all reports, of which seven in ten have a point."""


def _moment(rng: Random, begin: int, end: int) -> int:
    """An instant in [begin, end), a whole number of days, by the hours of a day in Jakarta."""
    days = (end - begin) // DAY
    hour = bisect(_HOUR_SUMS, rng.random() * _HOUR_SUMS[-1])
    # Jakarta is 7 hours ahead of UTC.
    midnight = (begin + 7 * HOUR) // DAY * DAY - 7 * HOUR + int(rng.random() * days) * DAY
    at = midnight + hour * HOUR + int(rng.random() * HOUR)
    return at if at >= begin else at + days * DAY


def _neighbours(directory: Directory, codes: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The three nearest kelurahan of each."""
    points = {code: directory.offices[code] for code in codes}
    found: dict[str, tuple[str, ...]] = {}
    for code, office in points.items():
        assert office.lat is not None
        assert office.lon is not None
        near = sorted(
            (((other.lat or 0.0) - office.lat) ** 2 + ((other.lon or 0.0) - office.lon) ** 2, name)
            for name, other in points.items()
            if name != code
        )
        found[code] = tuple(name for _, name in near[:3])
    return found
