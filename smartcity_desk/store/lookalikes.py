"""Which reports probably tell of the same thing as one in hand: candidates out of the file, judged by the domain.

Where and when everything was reported lies in memory, as columns of numbers; one pass over them leaves the few whose
words are then read from the file. Reports without a usable position are found by the rarest words that they share.
Called on a reader's thread; the columns follow the file with each call.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from threading import Lock
from typing import Any, Final
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray

from smartcity_desk.domain import lookalike
from smartcity_desk.domain.lookalike import MOST, SUGGESTED, WINDOW_MS, Suggestion, Told, likeness
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.report import PlaceQuality
from smartcity_desk.domain.wording import Said, said
from smartcity_desk.store.engine import Raw, chunks, marks

_READ: Final = 160
"""Candidates whose words are read for one report."""
_BY_WORDS: Final = 120
"""Candidates that share rare words, where a position says little."""
_VAGUE_M: Final = 300.0
"""A position that can be off by more is worth less than the words."""
_SAMPLE: Final = 4_000
"""Of so many of the newest reports the weights of words are counted."""
_REMEMBERED: Final = 20_000
_PRINT_BYTES: Final = 33
_MEDIA: Final = msgspec.json.Decoder(tuple[str, ...])

_COLUMNS: Final = (
    "SELECT s.pk, s.reported_at, r.lat, r.lon, r.place_quality, r.accuracy_m, s.category, r.author "
    "FROM report_state s JOIN report r ON r.pk = s.pk WHERE s.kind = 'complaint'"
)
_TOLD: Final = (
    "SELECT s.pk, r.id, s.reported_at, r.title, r.text, r.lat, r.lon, r.place_quality, r.accuracy_m, s.category, "
    "r.author, r.media, r.digest FROM report_state s JOIN report r ON r.pk = s.pk "
    "WHERE s.kind = 'complaint' AND s.status <> 'rejected'"
)


class LookalikeReader:
    """Asks one store. Keeps the columns between calls; for several threads, one at a time."""

    def __init__(
        self, read: Callable[[], AbstractContextManager[Raw]], directory: Callable[[], Directory]
    ) -> None:
        self._read: Final = read
        self._directory: Final = directory
        self._lock: Final = Lock()
        self._columns = _Columns()
        self._groups: dict[str, str] = {}
        self._weights: dict[str, float] = {}
        self._said: OrderedDict[int, tuple[int, Said]] = OrderedDict()

    def of(self, report_id: str, *, now: int) -> tuple[Suggestion, ...]:
        """The reports known at `now` that probably tell of the same thing, the most probable first; at most ten.

        Nothing for an unknown report, for traffic, and for one that was rejected.
        """
        return self.of_many([report_id], now=now).get(report_id, ())

    def of_many(self, report_ids: Sequence[str], *, now: int) -> dict[str, tuple[Suggestion, ...]]:
        """The same for several reports; those without a suggestion are left out."""
        directory = self._directory()
        with self._lock, self._read() as raw:
            self._follow(raw, directory, now)
            found: dict[str, tuple[Suggestion, ...]] = {}
            for part in chunks(list(report_ids)):
                asked = self._told(raw, f"r.id IN ({marks(len(part))})", tuple(part))
                for pk, told in asked.items():
                    if suggestions := self._suggestions(raw, pk, told, now):
                        found[told.id] = suggestions
            return found

    # ---------------------------------------------------------------- following the file

    def _follow(self, raw: Raw, directory: Directory, now: int) -> None:
        self._groups = {code: category.group for code, category in directory.categories.items()}
        first = not len(self._columns.pk)
        self._columns.follow(raw, self._groups, since=now - 2 * WINDOW_MS)
        if first:
            self._weights = _weights(
                self._words_of(pk, digest, title, text)
                for pk, digest, title, text in raw.execute(
                    "SELECT pk, digest, title, text FROM report WHERE kind = 'complaint' ORDER BY pk DESC LIMIT ?",
                    (_SAMPLE,),
                )
            )

    def _words_of(self, pk: int, digest: int, title: str, text: str) -> Said:
        known = self._said.get(pk)
        if known is not None and known[0] == digest:
            self._said.move_to_end(pk)
            return known[1]
        words = said(text if not title or text.startswith(title) else f"{title}\n{text}")
        self._said[pk] = (digest, words)
        if len(self._said) > _REMEMBERED:
            self._said.popitem(last=False)
        return words

    # ---------------------------------------------------------------- candidates

    def _suggestions(self, raw: Raw, pk: int, told: Told, now: int) -> tuple[Suggestion, ...]:
        near = self._columns.nearest(pk, told, now, _READ)
        if told.lat is None or told.error_m > _VAGUE_M:
            near = list({*near, *self._sharing_words(raw, told, now, unplaced=False)})
        else:
            near = list({*near, *self._sharing_words(raw, told, now, unplaced=True)})
        found: list[Suggestion] = []
        for part in chunks([other for other in near if other != pk]):
            for other in self._told(raw, f"s.pk IN ({marks(len(part))})", tuple(part)).values():
                if abs(other.at - told.at) > WINDOW_MS or other.at > now:
                    continue
                score, reasons = likeness(told, other, self._weights)
                if score >= SUGGESTED:
                    found.append(Suggestion(other.id, score, reasons))
        found.sort(key=lambda suggestion: (-suggestion.score, suggestion.report))
        return tuple(found[:MOST])

    def _sharing_words(self, raw: Raw, told: Told, now: int, *, unplaced: bool) -> list[int]:
        """The newest reports that share two of the rarest words; `unplaced` asks only for those without a position."""
        terms = _rarest(told.said, self._weights)
        if len(terms) < 2:
            return []
        pairs = [f'("{one}" AND "{other}")' for at, one in enumerate(terms) for other in terms[at + 1 :]]
        first, last = self._columns.span(told.at - WINDOW_MS, min(now, told.at + WINDOW_MS))
        only = "AND r.lat IS NULL " if unplaced else ""
        rows = raw.execute(
            f"SELECT f.rowid FROM report_fts f JOIN report r ON r.pk = f.rowid WHERE report_fts MATCH ? {only}"
            "AND f.rowid BETWEEN ? AND ? ORDER BY f.rowid DESC LIMIT ?",
            (" OR ".join(pairs), first, last, _BY_WORDS),
        )
        return [row[0] for row in rows]

    def _told(self, raw: Raw, where: str, params: tuple[Any, ...]) -> dict[int, Told]:
        found: dict[int, Told] = {}
        rows = raw.execute(f"{_TOLD} AND {where}", params).fetchall()
        pictures = _pictures(raw, [row[1] for row in rows])
        for pk, id_, at, title, text, lat, lon, quality, accuracy, category, author, media, digest in rows:
            usable = lat is not None and quality not in _UNUSABLE
            found[pk] = Told(
                id=id_,
                at=at,
                said=self._words_of(pk, digest, title, text),
                lat=lat if usable else None,
                lon=lon if usable else None,
                error_m=lookalike.error_of(PlaceQuality(quality), accuracy),
                category=category,
                group=self._groups.get(category) if category is not None else None,
                author=author,
                pictures=pictures.get(id_, ()),
                links=frozenset(_MEDIA.decode(media)) if media else frozenset(),
            )
        return found


_UNUSABLE: Final = frozenset({PlaceQuality.NONE.value})


def _weights(texts: Iterable[Said]) -> dict[str, float]:
    """How telling words are, 0 to 1: a word that every report has tells nothing, one that only one has, all."""
    counts: Counter[str] = Counter()
    number = 0
    for words in texts:
        number += 1
        counts.update(words.words.keys())
    number = max(number, _LEAST_SAMPLE)
    whole = math.log(number)
    return {word: round(max(0.05, math.log(number / count) / whole), 3) for word, count in counts.items()}


_LEAST_SAMPLE: Final = 500
"""With fewer texts, the words of these few would all seem usual."""
_TERMS: Final = 5


def _rarest(words: Said, weights: Mapping[str, float]) -> list[str]:
    """The words to search by, as they were written; names of streets first."""
    names = [word for street in words.streets for word in street.name if len(word) > 2]
    others = sorted(words.words, key=lambda stem: (-weights.get(stem, 1.0), stem))
    written = [words.words[stem] for stem in others]
    terms: dict[str, None] = {}
    for word in (*names, *written):
        plain = "".join(letter for letter in word if letter.isalnum() or letter == "-")
        if plain:
            terms.setdefault(plain)
    return list(terms)[:_TERMS]


def _pictures(raw: Raw, report_ids: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """The hashes of the whole pictures that were handed in with reports, before any work."""
    found: dict[str, list[int]] = {}
    for part in chunks(list(report_ids)):
        for report_id, print_ in raw.execute(
            "SELECT report_id, print FROM picture WHERE after = 0 AND print IS NOT NULL "
            f"AND report_id IN ({marks(len(part))})",
            tuple(part),
        ):
            if len(print_) == _PRINT_BYTES:
                # a print is its version, then the hash of the whole picture, then that of its inner part
                found.setdefault(report_id, []).append(int.from_bytes(print_[1:17], "big"))
    return {report_id: tuple(hashes) for report_id, hashes in found.items()}


# ---------------------------------------------------------------- columns


class _Columns:
    """Where and when complaints were reported, a row each, in order of arrival."""

    def __init__(self) -> None:
        self.pk: NDArray[np.int64] = np.empty(0, np.int64)
        self.at: NDArray[np.int64] = np.empty(0, np.int64)
        self.lat: NDArray[np.float64] = np.empty(0, np.float64)
        self.lon: NDArray[np.float64] = np.empty(0, np.float64)
        self.error: NDArray[np.float64] = np.empty(0, np.float64)
        self.group: NDArray[np.int64] = np.empty(0, np.int64)
        self.author: NDArray[np.int64] = np.empty(0, np.int64)
        self._group_numbers: dict[str, int] = {}
        self._revision = 0

    def follow(self, raw: Raw, groups: Mapping[str, str], *, since: int) -> None:
        """Take in what has come, and what has changed, since the last time."""
        newest = int(self.pk[-1]) if len(self.pk) else 0
        revision = int(raw.execute("SELECT coalesce(max(pk), 0) FROM report_revision").fetchone()[0])
        if newest and revision > self._revision:
            rows = raw.execute(
                f"{_COLUMNS} AND s.pk IN (SELECT report_pk FROM report_revision WHERE pk > ?) AND s.pk <= ?",
                (self._revision, newest),
            )
            self._replace(self._read(rows, groups))
        self._revision = revision
        came = self._read(
            raw.execute(f"{_COLUMNS} AND s.pk > ? AND s.reported_at >= ? ORDER BY s.pk", (newest, since)),
            groups,
        )
        if len(came[0]):
            self._set([np.concatenate(pair) for pair in zip(self._all(), came, strict=True)])

    def _all(self) -> list[NDArray[Any]]:
        return [self.pk, self.at, self.lat, self.lon, self.error, self.group, self.author]

    def _set(self, columns: Sequence[NDArray[Any]]) -> None:
        self.pk, self.at, self.lat, self.lon, self.error, self.group, self.author = columns

    def _replace(self, columns: Sequence[NDArray[Any]]) -> None:
        pks = columns[0]
        places = np.searchsorted(self.pk, pks)
        known = np.flatnonzero(self.pk[np.minimum(places, len(self.pk) - 1)] == pks)
        for mine, theirs in zip(self._all(), columns, strict=True):
            mine[places[known]] = theirs[known]

    def _read(self, rows: Iterable[tuple[Any, ...]], groups: Mapping[str, str]) -> list[NDArray[Any]]:
        columns: list[list[Any]] = [[] for _ in range(7)]
        for pk, at, lat, lon, quality, accuracy, category, author in rows:
            placed = lat is not None and quality not in _UNUSABLE
            group = groups.get(category) if category is not None else None
            values = (
                pk,
                at,
                lat if placed else math.nan,
                lon if placed else math.nan,
                lookalike.error_of(PlaceQuality(quality), accuracy),
                self._number(group),
                crc32(author.encode()) if author else 0,
            )
            for column, value in zip(columns, values, strict=True):
                column.append(value)
        kinds = (np.int64, np.int64, np.float64, np.float64, np.float64, np.int64, np.int64)
        return [np.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]

    def _number(self, group: str | None) -> int:
        return 0 if group is None else self._group_numbers.setdefault(group, len(self._group_numbers) + 1)

    def span(self, since: int, until: int) -> tuple[int, int]:
        """The lowest and the highest pk of what was reported in a span of time."""
        inside = self.pk[(self.at >= since) & (self.at <= until)]
        return (int(inside.min()), int(inside.max())) if len(inside) else (1, 0)

    def nearest(self, pk: int, told: Told, now: int, most: int) -> list[int]:
        """The pks that are likeliest by distance, time, group and author; the words are not looked at."""
        if told.lat is None or told.lon is None or not len(self.pk):
            return []
        reach = lookalike.reach_m(told.group)
        north = _FAR_M / _DEGREE_M
        east = north / max(0.1, math.cos(math.radians(told.lat)))
        rows = np.flatnonzero(
            (np.abs(self.lat - told.lat) <= north)
            & (np.abs(self.lon - told.lon) <= east)
            & (np.abs(self.at - told.at) <= WINDOW_MS)
            & (self.at <= now)
            & (self.pk != pk)
        )
        up = (self.lat[rows] - told.lat) * _DEGREE_M
        over = (self.lon[rows] - told.lon) * _DEGREE_M * math.cos(math.radians(told.lat))
        square = up * up + over * over
        spread = self.error[rows] ** 2 + told.error_m**2 + max(reach, _USUAL_REACH_M) ** 2
        group = self._number(told.group)
        author = crc32(told.author.encode()) if told.author else -1
        lasts = float(lookalike.lasts_ms(told.group))
        points = (
            -np.log(spread)
            - 2.5 * np.log1p(square / spread / 4)
            - 2 * np.log1p(np.abs(self.at[rows] - told.at) / lasts)
            + np.where(
                self.group[rows] == group, 1.0, np.where((self.group[rows] == 0) | (group == 0), 0.0, -4.0)
            )
            + np.where(self.author[rows] == author, 2.0, 0.0)
        )
        near = square <= 64 * spread
        rows, points = rows[near], points[near]
        if len(rows) > most:
            rows = rows[np.argpartition(-points, most)[:most]]
        return [int(number) for number in self.pk[rows]]


_DEGREE_M: Final = 111_195.0
_FAR_M: Final = 10_000.0
_USUAL_REACH_M: Final = 40.0
