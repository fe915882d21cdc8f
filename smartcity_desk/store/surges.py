"""Which kecamatan send far more reports now than they usually do. Called on a reader's thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from threading import Lock
from typing import Final

from smartcity_desk.domain.alarm import alarms
from smartcity_desk.domain.surge import LEARNT_DAYS, WINDOWS_MS, Surge, Usual, learn, surges
from smartcity_desk.domain.times import DAY
from smartcity_desk.domain.wording import said
from smartcity_desk.store.engine import Raw

_KECAMATAN: Final = 8
"""Characters of a kelurahan's code that name its kecamatan: `31.74.01` of `31.74.01.1001`."""
_READ: Final = 2_000
"""Reports of a surge whose words are read for danger to life."""
_ARRIVALS: Final = (
    f"SELECT substr(s.place, 1, {_KECAMATAN}), s.reported_at FROM report_state s INDEXED BY ix_state_time "
    "WHERE s.reported_at > ? AND s.reported_at <= ? AND s.kind = 'complaint' AND s.place IS NOT NULL "
)


class SurgeReader:
    """Asks one store. What is usual is learnt once a day; several threads wait for each other."""

    def __init__(self, read: Callable[[], AbstractContextManager[Raw]]) -> None:
        self._read: Final = read
        self._lock: Final = Lock()
        self._usual = Usual()
        self._learnt: int | None = None

    def at(self, now: int) -> tuple[Surge, ...]:
        """The kecamatan that are in a surge at `now`: those with danger to life first."""
        with self._lock, self._read() as raw:
            usual = self._learn(raw, now)
            arrivals: dict[str, list[int]] = {}
            for area, at in _arrivals(raw, now - WINDOWS_MS[-1], now):
                arrivals.setdefault(area, []).append(at)
            found = surges(arrivals, usual, now)
            if not found:
                return ()
            dangers = {surge.area: _dangers(raw, surge, now) for surge in found}
        return surges(arrivals, usual, now, dangers)

    def _learn(self, raw: Raw, now: int) -> Usual:
        """What was usual in the four weeks before today; today's own flood is not in it."""
        today = now // DAY * DAY
        if self._learnt != today:
            self._usual = learn(_arrivals(raw, today - LEARNT_DAYS * DAY, today), today)
            self._learnt = today
        return self._usual


def _arrivals(raw: Raw, since: int, until: int) -> Iterator[tuple[str, int]]:
    return iter(raw.execute(f"{_ARRIVALS} ORDER BY s.reported_at", (since, until)).fetchall())


def _dangers(raw: Raw, surge: Surge, now: int) -> int:
    """How many reports of a surge tell of danger to life."""
    rows = raw.execute(
        "SELECT r.title, r.text FROM report_state s INDEXED BY ix_state_time JOIN report r ON r.pk = s.pk "
        "WHERE s.reported_at BETWEEN ? AND ? AND s.kind = 'complaint' AND s.place >= ? AND s.place < ? LIMIT ?",
        (surge.since, now, f"{surge.area}.", f"{surge.area}/", _READ),
    )
    return sum(bool(alarms(said(f"{title}\n{text}"))) for title, text in rows)
