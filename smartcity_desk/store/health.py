"""How each channel does: what came against what usually comes, outages, missing numbers, and the counts of days.

`HealthBook.watch` is the writer's part, once a minute; the rest is read. What is usual is learnt anew every six hours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Lock
from typing import Final

from smartcity_desk.domain import numbering, silence
from smartcity_desk.domain.calendar import DayKind
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.outage import Outage, OutageKind
from smartcity_desk.domain.silence import LEARNT_HOURS, Rhythm, Verdict
from smartcity_desk.domain.times import DAY, HOUR, JAKARTA, to_datetime
from smartcity_desk.store import channels, watching
from smartcity_desk.store.engine import Raw
from smartcity_desk.store.rows import ChannelState

SHOWN_HOURS: Final = 24
OUTAGES_SHOWN: Final = 8 * DAY
DAYS_SHOWN: Final = 7
_LEARN_EVERY: Final = 6
_NUMBERS: Final = 2_000
_LATE_SHARE: Final = 0.2
"""Part of what a silence missed that has to come late for it to have been an outage."""
_LATE_LEAST: Final = 2
_FREE: Final = frozenset({DayKind.HOLIDAY, DayKind.JOINT_LEAVE})
_MOVED: Final = frozenset({DayKind.RAMADAN})
_EPOCH_ORDINAL: Final = 719_163
_ZONE: Final = int(JAKARTA.utcoffset(None).total_seconds()) * 1000


@dataclass(frozen=True, slots=True)
class HourBar:
    """One hour of a channel: what came, and the range in which nineteen of twenty such hours lie (None: unknown)."""

    hour: int
    n: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many reports of a day in Jakarta the source, this desk and the central server have; None: it does not say."""

    day: str
    desk: int
    source: int | None = None
    central: int | None = None

    @property
    def agrees(self) -> bool:
        """Whether nobody who says something says something else."""
        return all(count is None or count == self.desk for count in (self.source, self.central))


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """How a channel does at an instant. `learnt`: enough is known of it to tell a silence.

    `missing` are ranges of numbers that never came, `outages` those of the last days, newest first.
    """

    state: ChannelState
    learnt: bool
    verdict: Verdict
    bars: tuple[HourBar, ...]
    outages: tuple[Outage, ...]
    missing: tuple[tuple[int, int], ...]
    quarantined: int
    days: tuple[DayCount, ...]

    @property
    def differing(self) -> tuple[DayCount, ...]:
        """Days of the last week whose counts differ, newest first; today is still on its way to everybody."""
        return tuple(day for day in self.days[1:DAYS_SHOWN] if not day.agrees)

    @property
    def silent_since(self) -> int | None:
        """Since when the channel has been flagged as silent; None while it is not."""
        for one in self.outages:
            if one.kind is OutageKind.SILENT and one.until is None:
                return one.since
        return None


class HealthBook:
    """Asks one store; several threads wait for each other while something is learnt."""

    def __init__(
        self,
        read: Callable[[], AbstractContextManager[Raw]],
        write: Callable[[], AbstractContextManager[Raw]],
        law: Callable[[], Law],
    ) -> None:
        self._read: Final = read
        self._write: Final = write
        self._law: Final = law
        self._lock: Final = Lock()
        self._learnt_at = -1
        self._rhythms: dict[str, Rhythm | None] = {}
        self._free: frozenset[int] = frozenset()
        self._moved: frozenset[int] = frozenset()

    # ---------------------------------------------------------------- writer

    def watch(self, names: Sequence[str], now: int) -> list[str]:
        """Judge whether these channels are silent, and write it down. Returns those that have just fallen silent."""
        news: list[str] = []
        with self._write() as raw:
            rhythms = self._known(raw, now)
            hour = now // HOUR
            counts = watching.hours(raw, hour - SHOWN_HOURS - 48, hour + 1)
            for name in names:
                state, mine = channels.state(raw, name), counts.get(name, {})
                if state.last_new_at is None or state.last_ok_at is None or state.last_error_code is not None:
                    continue
                verdict = silence.judge(
                    rhythms.get(name),
                    mine,
                    state.last_new_at,
                    state.last_ok_at,
                    free=self._free,
                    moved=self._moved,
                )
                if verdict.silent:
                    if watching.silent(raw, name, state.last_new_at):
                        news.append(name)
                else:
                    self._speaks(raw, name, state.last_new_at, now)
        return news

    def _speaks(self, raw: Raw, name: str, at: int, now: int) -> None:
        open_ones = [
            one
            for one in watching.outages(raw, now, name)
            if one.kind is OutageKind.SILENT and one.until is None
        ]
        if not open_ones or at <= open_ones[0].since:
            return
        rhythm = self._rhythms.get(name)
        missed = 0.0 if rhythm is None else rhythm.expected(open_ones[0].since, at, self._free)
        watching.speaks(raw, name, at, max(_LATE_LEAST, int(missed * _LATE_SHARE)))

    def note_gap(self, channel: str, since: int, until: int) -> None:
        """The source no longer gives a span that nobody read."""
        with self._write() as raw:
            watching.gap(raw, channel, since, until)

    def count_days(
        self, day: str, *, source: Mapping[str, int], central: Mapping[str, int], now: int
    ) -> None:
        """Write down what others count of a day (YYYY-MM-DD in Jakarta), and let go of what is too old."""
        with self._write() as raw:
            watching.count_days(raw, day, source=source, central=central, now=now)
            watching.forget(raw, now - watching.KEPT, day_name(now - watching.KEPT))

    # ---------------------------------------------------------------- reader

    def outages(self, since: int) -> list[Outage]:
        """Outages that lasted at or after an instant, by place and time."""
        with self._read() as raw:
            return watching.outages(raw, since)

    def heard(self) -> dict[str, int]:
        """When the places that answer now last did (ms UTC)."""
        with self._read() as raw:
            return {
                state.channel: state.last_ok_at
                for state in channels.states(raw)
                if state.last_ok_at is not None and state.last_error_code is None
            }

    def look(self, names: Sequence[str], now: int, *, days: int = DAYS_SHOWN) -> list[ChannelHealth]:
        """How these places do at `now` (ms UTC), in the order given."""
        with self._read() as raw:
            rhythms = self._known(raw, now)
            hour = now // HOUR
            counts = watching.hours(raw, hour - SHOWN_HOURS - 48, hour + 1)
            waiting = channels.quarantine_counts(raw)
            gone = watching.outages(raw, now - OUTAGES_SHOWN)
            told = {
                (channel, day): (source, central)
                for channel, day, source, central, _ in watching.day_counts(raw, day_name(now - days * DAY))
            }
            found = []
            for name in names:
                state, mine = channels.state(raw, name), counts.get(name, {})
                rhythm = rhythms.get(name)
                until = state.last_ok_at if state.last_ok_at is not None else now
                verdict = (
                    Verdict(silent=False)
                    if state.last_new_at is None
                    else silence.judge(
                        rhythm,
                        mine,
                        state.last_new_at,
                        max(until, state.last_new_at),
                        free=self._free,
                        moved=self._moved,
                    )
                )
                own = sorted(
                    (one for one in gone if one.place == name), key=lambda one: one.since, reverse=True
                )
                found.append(
                    ChannelHealth(
                        state,
                        rhythm is not None,
                        verdict,
                        self._bars(rhythm, mine, hour),
                        tuple(own),
                        _missing(raw, name),
                        waiting.get(name, 0),
                        _days(raw, name, told, now, days),
                    )
                )
            return found

    def _bars(self, rhythm: Rhythm | None, counts: Mapping[int, int], last: int) -> tuple[HourBar, ...]:
        bars = []
        for hour in range(last - SHOWN_HOURS + 1, last + 1):
            n = counts.get(hour, 0)
            if rhythm is None:
                bars.append(HourBar(hour, n))
                continue
            usual = rhythm.rates[silence.slot(hour, self._free)]
            spread = 1.96 * (usual + usual * usual / rhythm.shape) ** 0.5
            bars.append(HourBar(hour, n, max(0.0, usual - spread), usual + spread))
        return tuple(bars)

    def _known(self, raw: Raw, now: int) -> dict[str, Rhythm | None]:
        hour = now // HOUR
        with self._lock:
            if not 0 <= hour - self._learnt_at < _LEARN_EVERY:
                begin = hour - LEARNT_HOURS
                self._free = self._days(_FREE)
                self._moved = self._days(_MOVED)
                firsts = watching.first_hours(raw)
                deaf: dict[str, list[tuple[int, int]]] = {}
                for one in watching.outages(raw, begin * HOUR):
                    deaf.setdefault(one.place, []).append((one.since, one.until or now))
                self._rhythms = {
                    name: silence.learn(
                        counts,
                        max(begin, firsts.get(name, begin)),
                        hour,
                        without=deaf.get(name, ()),
                        free=self._free,
                    )
                    for name, counts in watching.hours(raw, begin, hour).items()
                }
                self._learnt_at = hour
            return self._rhythms

    def _days(self, kinds: frozenset[DayKind]) -> frozenset[int]:
        entries = self._law().calendars.entries
        return frozenset(entry.day - _EPOCH_ORDINAL for entry in entries if entry.kind in kinds)


def day_name(instant: int) -> str:
    """The day of an instant in Jakarta, as YYYY-MM-DD."""
    return to_datetime(instant).astimezone(JAKARTA).date().isoformat()


def _missing(raw: Raw, channel: str) -> tuple[tuple[int, int], ...]:
    rows = raw.execute(
        "SELECT r.external_id FROM (SELECT pk FROM report_state INDEXED BY ix_state_time "
        "WHERE channel = ? ORDER BY reported_at DESC LIMIT ?) s JOIN report r ON r.pk = s.pk",
        (channel, _NUMBERS),
    )
    ids = [row[0] for row in rows]
    if not ids or not ids[0].isdigit():
        return ()
    aside = {
        str(params.get("external_id", ""))
        for params in (row.params for row in channels.quarantine(raw, channel, _NUMBERS))
    }
    return numbering.missing(ids, aside)


def _days(
    raw: Raw, name: str, told: Mapping[tuple[str, str], tuple[int | None, int | None]], now: int, days: int
) -> tuple[DayCount, ...]:
    found = []
    for back in range(days):
        at = now - back * DAY
        day, first = day_name(at), (silence.day_of(at) * DAY - _ZONE) // HOUR
        source, central = told.get((name, day), (None, None))
        n = raw.execute(
            "SELECT coalesce(sum(n), 0) FROM channel_hour WHERE channel = ? AND hour >= ? AND hour < ?",
            (name, first, first + 24),
        ).fetchone()[0]
        found.append(DayCount(day, int(n), source, central))
    return tuple(found)
