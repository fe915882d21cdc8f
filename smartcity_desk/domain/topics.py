"""What a text is about and what kind of text it is: categories with the words that speak for them, and plain signals.

Two ways to a category, on the same words: votes of a table, and a multinomial naive Bayes over stems and pairs of
neighbouring stems, fitted in some milliseconds on sentences that ship as data. Both say which words decided. Nothing
is sent anywhere, and nothing is learnt from the reports of the day.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from smartcity_desk.domain.slang import LANDMARKS, SLANG
from smartcity_desk.domain.wording import LONGEST, one_slip, said, stem_of

_WORD: Final = re.compile(r"[^\W\d_]+")
_LINK: Final = re.compile(r"(?:https?://|www\.)\S+")
_STREET: Final = frozenset({"jl", "jln", "jalan", "gg", "gang"})
_BESIDE: Final = frozenset({"depan", "dekat", "samping", "belakang", "sebelah", "seberang"})
"""A street or a building that tells where something is does not tell what it is."""
_ALPHA: Final = 0.25
"""What a word counts that a category has never been seen with."""
_PAIR: Final = 0.6
"""A pair of neighbouring words counts less than a word: there are few sentences."""
_SPEAKS: Final = 0.7
"""Log odds from which a word is named as a reason."""
_EVIDENCE: Final = 4
_TOPICS: Final = 5
_SLIP_LEAST: Final = 5
_SLIPS_KEPT: Final = 20_000


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words as data. `categories` says which speak for a category; the others are signals of the whole text."""

    edition: str = ""
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    filler: frozenset[str] = frozenset()
    keep: frozenset[str] = frozenset()
    danger: tuple[str, ...] = ()
    spam: tuple[str, ...] = ()
    thanks: tuple[str, ...] = ()
    question: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """A category that the text may be about: how sure (all share 100 percent), and the words that speak for it."""

    category: str
    percent: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in a text. Signals are the phrases that were found; `content` counts the words of substance."""

    topics: tuple[Topic, ...] = ()
    content: int = 0
    known: int = 0
    danger: tuple[str, ...] = ()
    spam: tuple[str, ...] = ()
    thanks: tuple[str, ...] = ()
    question: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    phrases: frozenset[str] = frozenset()
    link: bool = False
    placed: bool = False

    @property
    def topic(self) -> Topic | None:
        """The likeliest category, or None."""
        return self.topics[0] if self.topics else None


def plain(text: str) -> list[str]:
    """The words of a text in order: no case, short forms written out."""
    letters = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()
    return [word for found in _WORD.findall(letters) for word in SLANG.get(found, found).split()]


class Reader:
    """Reads texts with one vocabulary and one set of sentences. Made once; reading changes nothing in it."""

    def __init__(
        self, vocabulary: Vocabulary, examples: Iterable[tuple[str, str]], phrases: Iterable[str] = ()
    ) -> None:
        self.vocabulary = vocabulary
        self._filler = vocabulary.filler | {stem_of(word) for word in vocabulary.filler}
        self._phrases = {phrase: _joined(phrase) for phrase in phrases}
        self._signals = {
            name: [(phrase, _joined(phrase)) for phrase in getattr(vocabulary, name)]
            for name in ("danger", "spam", "thanks", "question", "settled", "outside")
        }
        self._fit(examples)

    def _fit(self, examples: Iterable[tuple[str, str]]) -> None:
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        forms: dict[str, str] = {}
        single = (
            (category, word) for category, words in self.vocabulary.categories.items() for word in words
        )
        for category, sentence in (*examples, *single):
            stems = self._stems(sentence)
            counts[category].update(self._features(stems))
            forms.update((written, stem) for stem, written in stems)
        features = {feature for words in counts.values() for feature in words}
        self._known = frozenset(feature for feature in features if " " not in feature)
        forms.update((stem, stem) for stem in self._known)
        by_letter: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for form, stem in sorted(forms.items()):
            by_letter[form[0]].append((form, stem))
        self._by_letter = dict(by_letter)
        categories = sorted(counts)
        self._categories = tuple(categories)
        totals = {name: sum(counts[name].values()) + _ALPHA * len(features) for name in categories}
        self._logs: dict[str, tuple[float, ...]] = {
            feature: tuple(math.log((counts[name][feature] + _ALPHA) / totals[name]) for name in categories)
            for feature in features
        }
        self._slips: dict[str, str | None] = {}

    def _stems(self, text: str) -> list[tuple[str, str]]:
        """(stem, as written) of the words of substance, without the names of streets."""
        names = {word for street in said(text).streets for word in street.name}
        keep = self.vocabulary.keep
        found: list[tuple[str, str]] = []
        letters = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()
        words = _WORD.findall(_LINK.sub(" ", letters))
        for at, written in enumerate(words):
            after = words[at + 1] if at + 1 < len(words) else ""
            before = words[at - 1] if at else ""
            if written in names or (written in _STREET and after in names):
                continue
            if SLANG.get(before, before) in _BESIDE and stem_of(written) in LANDMARKS:
                continue
            stem = written if written in keep else stem_of(written)
            if len(stem) > 1 and stem not in self._filler and written not in self._filler:
                found.append((stem, written))
        return found

    def _features(self, stems: list[tuple[str, str]]) -> list[str]:
        single = [stem for stem, _ in stems]
        return single + [f"{one} {two}" for one, two in pairwise(single)]

    def _nearest(self, stem: str, written: str) -> str | None:
        """The known stem that was meant: its own, or that of the only words that are a slip of the thumb away."""
        if stem in self._known:
            return stem
        if len(written) < _SLIP_LEAST:
            return None
        if written not in self._slips:
            near = {known for form, known in self._by_letter.get(written[0], ()) if one_slip(written, form)}
            if len(self._slips) > _SLIPS_KEPT:
                self._slips.clear()
            self._slips[written] = near.pop() if len(near) == 1 else None
        return self._slips[written]

    def read(self, text: str) -> Reading:
        """Read a text. Any text is read; one without words says nothing."""
        stems = self._stems(text)
        known = [
            (near, written) for stem, written in stems if (near := self._nearest(stem, written)) is not None
        ]
        joined = f" {' '.join(plain(text))} "

        def signal(name: str) -> tuple[str, ...]:
            return tuple(phrase for phrase, wanted in self._signals[name] if wanted in joined)

        return Reading(
            topics=self._topics(known),
            content=len({stem for stem, _ in stems}),
            known=len({stem for stem, _ in known}),
            danger=signal("danger"),
            spam=signal("spam"),
            thanks=signal("thanks"),
            question=signal("question"),
            settled=signal("settled"),
            outside=signal("outside"),
            phrases=frozenset(phrase for phrase, wanted in self._phrases.items() if wanted in joined),
            link=_LINK.search(text[:LONGEST]) is not None,
            placed=said(text).placed,
        )

    def _topics(self, known: list[tuple[str, str]]) -> tuple[Topic, ...]:
        if not known:
            return ()
        written: dict[str, str] = {}
        for stem, word in known:
            written.setdefault(stem, word)
        features = dict.fromkeys(self._features(known))
        rows = [
            (feature, self._logs[feature], _PAIR if " " in feature else 1.0)
            for feature in features
            if feature in self._logs
        ]
        scores = [sum(logs[at] * weight for _, logs, weight in rows) for at in range(len(self._categories))]
        best = max(scores)
        shares = [math.exp(score - best) for score in scores]
        total = sum(shares)
        order = sorted(range(len(scores)), key=lambda at: (-scores[at], self._categories[at]))[:_TOPICS]
        topics = []
        for at in order:
            speaks = [
                (logs[at] - sum(logs) / len(logs), feature) for feature, logs, _ in rows if " " not in feature
            ]
            words = tuple(
                written[feature]
                for odds, feature in sorted(speaks, key=lambda one: (-one[0], one[1]))[:_EVIDENCE]
                if odds > _SPEAKS
            )
            if words:
                topics.append(Topic(self._categories[at], round(100 * shares[at] / total), words))
        return tuple(topics)


def _joined(phrase: str) -> str:
    return f" {' '.join(plain(phrase))} "
