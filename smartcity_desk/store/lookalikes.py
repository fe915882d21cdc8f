"""Which reports probably tell of the same thing as one in hand: candidates out of the file, judged by the domain.

Where and when everything was reported lies in memory as columns (`sightings`); one pass over them leaves the few whose
words are then read. Where a position says little, the rarest words that two reports share find the others. Called on a
reader's thread; what is remembered follows the file with each call.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from threading import Lock
from typing import Any, Final

import msgspec

from smartcity_desk.domain.lookalike import (
    MOST,
    SUGGESTED,
    VAGUE_M,
    WINDOW_MS,
    Found,
    Suggestion,
    Told,
    contested,
    likeness,
)
from smartcity_desk.domain.office import Directory, OfficeLevel
from smartcity_desk.domain.wording import Said, said, variants_of
from smartcity_desk.store.engine import Raw, chunks, marks
from smartcity_desk.store.media import prints
from smartcity_desk.store.sightings import WHERE, Sightings, placed

_READ: Final = 64
"""Candidates whose words are read for one report."""
_BY_WORDS: Final = 40
"""Candidates that share rare words, where a position says little."""
_BY_AUTHOR: Final = 16
"""The newest of the same author, wherever they are."""
_RIVAL: Final = 0.1
"""Probability from which on a pair takes something from the others."""
_RIVALS: Final = 16
"""Pairs of one report that are held against each other."""
_PASSED: Final = 400
"""Of which so many are passed over for having a point."""
_SAMPLE: Final = 4_000
"""Of so many of the newest reports the weights of words are counted."""
_REMEMBERED: Final = 20_000
_PRINT_BYTES: Final = 33
_MEDIA: Final = msgspec.json.Decoder(tuple[str, ...])
_TOLD: Final = (
    f"SELECT s.pk, s.reported_at, {WHERE}, r.id, r.title, r.text, r.media, r.digest, s.incident "
    "FROM report r CROSS JOIN report_state s NOT INDEXED ON s.pk = r.pk "
    "WHERE s.kind = 'complaint' AND s.status <> 'rejected' AND r.private = 0"
)


class LookalikeReader:
    """Asks one store. Remembers between calls; several threads wait for each other."""

    def __init__(
        self, read: Callable[[], AbstractContextManager[Raw]], directory: Callable[[], Directory]
    ) -> None:
        self._read: Final = read
        self._directory: Final = directory
        self._lock: Final = Lock()
        self._sightings: Final = Sightings()
        self._offices = Directory()
        self._weights: dict[str, float] | None = None
        self._said: OrderedDict[int, tuple[int, Said]] = OrderedDict()

    def of(self, report_id: str, *, now: int, least: float = SUGGESTED) -> tuple[Suggestion, ...]:
        """The reports known at `now` that probably tell of the same thing, the most probable first; at most ten.

        Nothing for an unknown report, for traffic, and for one that was rejected; nothing that is of the same incident
        already. `least` is the probability from which on a pair is suggested.
        """
        return self.of_many([report_id], now=now, least=least).get(report_id, ())

    def of_draft(self, told: Told, *, now: int, least: float = SUGGESTED) -> tuple[Suggestion, ...]:
        """The same for a report that is only being written: it is in no file and has no number."""
        directory = self._directory()
        with self._lock, self._read() as raw:
            self._offices = directory
            self._sightings.follow(raw, directory, now=now)
            if self._weights is None:
                self._weights = self._weighed(raw)
            return self._suggestions(raw, 0, told, None, now, least)

    def of_many(
        self, report_ids: Sequence[str], *, now: int, least: float = SUGGESTED
    ) -> dict[str, tuple[Suggestion, ...]]:
        """The same for several reports; those without a suggestion are left out."""
        directory = self._directory()
        found: dict[str, tuple[Suggestion, ...]] = {}
        with self._lock, self._read() as raw:
            self._offices = directory
            self._sightings.follow(raw, directory, now=now)
            if self._weights is None:
                self._weights = self._weighed(raw)
            for part in chunks(list(report_ids)):
                asked = self._told(raw, f"r.id IN ({marks(len(part))})", tuple(part))
                for pk, (told, incident) in asked.items():
                    if suggestions := self._suggestions(raw, pk, told, incident, now, least):
                        found[told.id] = suggestions
        return found

    def _suggestions(
        self, raw: Raw, pk: int, told: Told, incident: str | None, now: int, least: float
    ) -> tuple[Suggestion, ...]:
        near, crowd = self._sightings.near(pk, told, now, _READ, least)
        vague = told.lat is None or told.error_m > VAGUE_M / 2
        known = self._sightings.by_author(pk, told, now, _BY_AUTHOR)
        others = {*near, *known, *self._sharing_words(raw, told, now, everyone=vague)} - {pk}
        share = self._sightings.share_of(told.author)
        found: list[Found] = []
        for part in chunks(sorted(others)):
            told_too = self._told(raw, f"r.pk IN ({marks(len(part))})", tuple(part))
            for other, other_incident in told_too.values():
                if abs(other.at - told.at) > WINDOW_MS or other.at > now:
                    continue
                if incident is not None and incident == other_incident:
                    continue
                alike = likeness(told, other, self._weights, crowd=crowd, author_share=share)
                if alike.score >= min(least, _RIVAL):
                    found.append(Found(other, alike, other_incident))
        found.sort(key=lambda one: (-one.likeness.score, one.told.id))
        found = found[:_RIVALS]
        suggestions = [
            Suggestion(one.told.id, score, reasons)
            for one, (score, reasons) in zip(found, contested(found, self._weights), strict=True)
            if score >= least
        ]
        suggestions.sort(key=lambda suggestion: (-suggestion.score, suggestion.report))
        return tuple(suggestions[:MOST])

    def _sharing_words(self, raw: Raw, told: Told, now: int, *, everyone: bool) -> list[int]:
        """The newest reports that name the same street and share a rare word; unless `everyone`, those without a point.

        Without a point and without a street no pair is suggested whatever else is shared, so none is looked for.
        """
        query = _query(told.said, self._weights or {})
        if not query:
            return []
        first, last = self._sightings.span(told.at - WINDOW_MS, min(now, told.at + WINDOW_MS))
        rows = raw.execute(
            "SELECT rowid FROM report_fts WHERE report_fts MATCH ? AND rowid BETWEEN ? AND ? "
            "ORDER BY rowid DESC LIMIT ?",
            (query, first, last, _BY_WORDS if everyone else _PASSED),
        )
        found = [row[0] for row in rows]
        return found if everyone else self._sightings.pointless(found)[:_BY_WORDS]

    # ---------------------------------------------------------------- what reports say

    def _told(self, raw: Raw, where: str, params: tuple[Any, ...]) -> dict[int, tuple[Told, str | None]]:
        """These reports by pk, each with the incident that it was joined to."""
        found: dict[int, tuple[Told, str | None]] = {}
        rows = raw.execute(f"{_TOLD} AND {where}", params).fetchall()
        pictures = _pictures(raw, [row[-6] for row in rows])
        for pk, at, *spot, category, author, report_id, title, text, media, digest, incident in rows:
            lat, lon, error_m = placed(spot, self._offices)
            kind = None if category is None else self._offices.categories.get(category)
            told = Told(
                id=report_id,
                at=at,
                said=self._words_of(pk, digest, title, text),
                lat=lat,
                lon=lon,
                error_m=error_m,
                category=category,
                group=None if kind is None else kind.group,
                author=author,
                pictures=pictures.get(report_id, ()),
                links=frozenset(_MEDIA.decode(media)) if media else frozenset(),
            )
            found[pk] = (told, incident)
        return found

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

    def _weighed(self, raw: Raw) -> dict[str, float]:
        newest = raw.execute(
            "SELECT pk, digest, title, text FROM report WHERE kind = 'complaint' ORDER BY pk DESC LIMIT ?",
            (_SAMPLE,),
        )
        weights = _weights(self._words_of(*row) for row in newest)
        # whoever reports from a kelurahan may name it: where positions or names agree already, that says nothing more
        for office in self._offices.offices.values():
            if office.level in _TERRITORY:
                weights.update(dict.fromkeys(said(office.name).words, _LEAST_WEIGHT))
        return weights


_TERRITORY: Final = frozenset({OfficeLevel.KELURAHAN, OfficeLevel.KECAMATAN, OfficeLevel.KOTA})
_LEAST_SAMPLE: Final = 500
"""With fewer texts, the words of these few would all seem usual."""
_LEAST_WEIGHT: Final = 0.05


def _weights(texts: Iterable[Said]) -> dict[str, float]:
    """How telling words are, 0 to 1: a word that every report has tells nothing, one that only one has, all."""
    counts: Counter[str] = Counter()
    number = 0
    for words in texts:
        number += 1
        counts.update(words.words.keys())
    number = max(number, _LEAST_SAMPLE)
    whole = math.log(number)
    return {
        word: round(max(_LEAST_WEIGHT, math.log(number / count) / whole), 3) for word, count in counts.items()
    }


_TERMS: Final = 3


def _query(words: Said, weights: Mapping[str, float]) -> str:
    """A street of these words, and one of their rarest others however it is written; nothing without a street."""
    names = dict.fromkeys(_plain(street.name[0]) for street in words.streets)
    if not names:
        return ""
    rarest = sorted(words.words, key=lambda stem: (-weights.get(stem, 1.0), stem))[:_TERMS]
    forms = dict.fromkeys(_plain(form) for stem in rarest for form in (words.words[stem], *variants_of(stem)))
    street = " OR ".join(f'"{name}"' for name in names)
    other = " OR ".join(f'"{form}"' for form in forms)
    return f"({street}) AND ({other})" if other else f"({street})"


def _plain(word: str) -> str:
    """A word that holds nothing with a meaning in a query."""
    return "".join(letter for letter in word if letter.isalnum() or letter == "-")


def _pictures(raw: Raw, report_ids: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """The hashes of the whole pictures that came with reports, before any work."""
    found: dict[str, list[int]] = {}
    for part in chunks(list(report_ids)):
        handed_in = raw.execute(
            "SELECT report_id, print FROM picture WHERE after = 0 AND print IS NOT NULL "
            f"AND report_id IN ({marks(len(part))})",
            tuple(part),
        )
        for report_id, print_ in (*handed_in, *prints(raw, part)):
            if len(print_) == _PRINT_BYTES:
                # a print is its version, then the hash of the whole picture, then that of its inner part
                found.setdefault(report_id, []).append(int.from_bytes(print_[1:17], "big"))
    return {report_id: tuple(hashes) for report_id, hashes in found.items()}
