"""What a water level means: which siaga, which way it goes, and when a crossing is worth a line on the screen.

Levels and thresholds are whole millimetres. A threshold of 0 or 1 is none (channels paper 11.1). Siaga 1 is the worst;
4 is a normal day. A reading older than an hour is told as old, never as the state of now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from smartcity_desk.domain.times import HOUR, MINUTE

NORMAL: Final = 4
STALE_AFTER: Final = HOUR
"""A reading that is older than this says nothing of now."""
GONE_AFTER: Final = 12 * HOUR
"""A station that has been silent for so long keeps no line on the screen."""
TREND_OVER: Final = HOUR
"""A rise or fall is told against the oldest reading of this stretch."""
KEPT: Final = 24 * HOUR
MARGIN_MM: Final = 50
"""A level has to fall so far below its threshold before the crossing counts as over."""
AHEAD: Final = 10 * MINUTE
"""A reading may be so far in the future before it is taken for a wrong clock and left out."""
HIGHEST_MM: Final = 50_000
"""No gauge of the city reads fifty metres: what does is no reading."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The levels (mm) from which siaga 1, 2 and 3 hold; None where a station has none."""

    siaga1: int | None = None
    siaga2: int | None = None
    siaga3: int | None = None

    def of(self, siaga: int) -> int | None:
        """The threshold of a siaga, or None."""
        return {1: self.siaga1, 2: self.siaga2, 3: self.siaga3}.get(siaga)

    def siaga(self, level: int) -> int:
        """1 to 3 when a threshold is reached, 4 otherwise."""
        for rank in (1, 2, 3):
            least = self.of(rank)
            if least is not None and level >= least:
                return rank
        return NORMAL


def threshold(value: int | None) -> int | None:
    """A threshold as a source writes it (mm): 0, 1 and anything below are none."""
    return value if value is not None and 1 < value <= HIGHEST_MM else None


@dataclass(frozen=True, slots=True)
class Reading:
    """One level (mm, may be negative) at an instant (ms UTC)."""

    level: int
    at: int


@dataclass(frozen=True, slots=True)
class Station:
    """A gauge as its source told of it. `before` is the source's own earlier level, whose time it does not say.

    `told` is the siaga that the source states, None when it states none.
    """

    key: str
    name: str
    river: str
    lat: float
    lon: float
    thresholds: Thresholds
    reading: Reading
    before: int | None = None
    told: int | None = None

    @property
    def siaga(self) -> int:
        """By the thresholds and by what the source says: the worse of both.

        They differ where a unit went wrong (centimetres against millimetres): a warning too many can be put away, one
        that never came cannot.
        """
        return min(self.thresholds.siaga(self.reading.level), NORMAL if self.told is None else self.told)


def is_stale(reading: Reading, now: int) -> bool:
    """Whether a reading is too old to be the state of now."""
    return now - reading.at > STALE_AFTER


@dataclass(frozen=True, slots=True)
class Trend:
    """How a level moved (mm), since when (ms UTC; None when the source does not say)."""

    by: int
    since: int | None


def trend(readings: Sequence[Reading], before: int | None = None) -> Trend | None:
    """The movement up to the newest reading: against the oldest of the last hour, else the source's earlier level."""
    if not readings:
        return None
    newest = max(readings, key=lambda one: one.at)
    earlier = [one for one in readings if newest.at - TREND_OVER <= one.at < newest.at]
    if earlier:
        oldest = min(earlier, key=lambda one: one.at)
        return Trend(newest.level - oldest.level, oldest.at)
    return None if before is None else Trend(newest.level - before, None)


def kept(readings: Iterable[Reading], new: Reading) -> tuple[Reading, ...]:
    """The readings of a day with a new one among them, by time; one that is there already is not doubled."""
    by_time = {one.at: one for one in readings} | {new.at: new}
    newest = max(by_time)
    return tuple(by_time[at] for at in sorted(by_time) if newest - at <= KEPT)


@dataclass(frozen=True, slots=True)
class Watch:
    """What is remembered of a station between two rounds: its last day, and the siaga that holds with hysteresis.

    `crossed_at` is when that siaga began; a crossing is named by station, siaga and that instant.
    """

    station: Station
    readings: tuple[Reading, ...] = ()
    siaga: int = NORMAL
    crossed_at: int = 0

    @property
    def crossing(self) -> str:
        """The name of the crossing that holds now, or empty on a normal day."""
        return "" if self.siaga == NORMAL else f"{self.station.key}.{self.siaga}.{self.crossed_at}"


def step(before: Watch | None, station: Station) -> Watch:
    """The watch after a new reading. One that is not newer changes what is known of the station, never the siaga.

    Worse counts at once; better only when the level has left the threshold of the siaga that held by `MARGIN_MM`, so
    a level that dances around a threshold is one crossing.
    """
    if before is None:
        at = station.reading.at if station.siaga != NORMAL else 0
        return Watch(station, (station.reading,), station.siaga, at)
    last = before.station.reading
    if station.reading.at <= last.at:
        return replace(before, station=replace(station, reading=last))
    readings = kept(before.readings, station.reading)
    now = station.siaga
    if now > before.siaga:
        now = max(before.siaga, min(now, _held(station, before.siaga)))
    if now == before.siaga:
        return Watch(station, readings, before.siaga, before.crossed_at)
    return Watch(station, readings, now, station.reading.at if now != NORMAL else 0)


def with_history(watch: Watch, readings: Iterable[Reading]) -> Watch:
    """The watch with earlier readings of its station: the day's trend, and since when the siaga has held."""
    every = watch.readings
    for one in readings:
        if one.at < watch.station.reading.at and abs(one.level) <= HIGHEST_MM:
            every = kept(every, one)
    begun = watch.crossed_at
    if watch.siaga != NORMAL:
        for one in reversed(every):
            if watch.station.thresholds.siaga(one.level) > watch.siaga:
                break
            begun = one.at
    return replace(watch, readings=every, crossed_at=begun)


def _held(station: Station, siaga: int) -> int:
    """The siaga that still holds on the way down: the first whose threshold, less the margin, is reached."""
    for rank in range(siaga, NORMAL):
        least = station.thresholds.of(rank)
        if least is not None and station.reading.level > least - MARGIN_MM:
            return rank
    return NORMAL if station.thresholds != Thresholds() else station.siaga


def after(watches: Mapping[str, Watch], stations: Iterable[Station], now: int) -> dict[str, Watch]:
    """All watches after a round. What claims to come from the future is left out, and so is what no gauge can read.

    A station that the source no longer names stays as it was, until it has been silent for a day.
    """
    found = dict(watches)
    for station in stations:
        if station.reading.at <= now + AHEAD and abs(station.reading.level) <= HIGHEST_MM:
            found[station.key] = step(found.get(station.key), station)
    return {key: one for key, one in found.items() if now - one.station.reading.at <= KEPT}


def alerts(watches: Iterable[Watch], put_away: frozenset[str], now: int) -> list[Watch]:
    """The stations that a line should speak of: crossed, not put away, not silent for long; the worst first."""
    wanted = [
        one
        for one in watches
        if one.siaga != NORMAL and one.crossing not in put_away and now - one.station.reading.at <= GONE_AFTER
    ]
    return sorted(
        wanted,
        key=lambda one: (is_stale(one.station.reading, now), one.siaga, -one.crossed_at, one.station.name),
    )
