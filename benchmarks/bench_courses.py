"""Decision courses on two thousand labelled cases, what a text is about on texts of others, and a large file's answer.

The rules were set on the cases of one seed (`TUNED`) and are told here on another (`TOLD`), once with the words that
were written for this set and once with the training city's, which are another hand's. The control of the categories is
what the desk did before: votes of single words.
"""

from __future__ import annotations

import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from benchmarks import bigstore, citystore, course_texts
from benchmarks.course_cases import Given, Labelled, generate
from benchmarks.figure import AT_LEAST, Figure, Options, percentile
from smartcity_desk import directory as builtin
from smartcity_desk import knowledge
from smartcity_desk.domain.alternatives import Counsel, courses
from smartcity_desk.domain.courses import TO_OFFICE, Case, Comparables, CourseKind, Twin
from smartcity_desk.domain.lookalike import Suggestion
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.topics import Reader
from smartcity_desk.store import Store
from smartcity_desk.training import texts as city_texts

NAME: Final = "courses"
CASES: Final = 2_000
TUNED, TOLD = 1, 20_261_128
_WORD: Final = re.compile(r"\w+")
ASKED: Final = 300
"""Reports of the large file that are asked for."""


def run(options: Options) -> list[Figure]:
    """Measure all of it."""
    directory, known = builtin.builtin_directory(bigstore.NOW), knowledge.load()
    count = options.size(CASES, 200)
    told = _rates(generate(TOLD, count, directory), directory, known)
    other = _rates(generate(TOLD, count, directory, city_texts.PROBLEMS), directory, known)
    tuned = _rates(generate(TUNED, count, directory), directory, known)
    note = f"seed {TOLD}; on the seed of the rules {tuned[0]:.1f} % and {tuned[1]:.1f} %"
    return [
        Figure("right course first", told[0], "%", 60, AT_LEAST, note=note, details=told[2]),
        Figure("right course in the top three", told[1], "%", 85, AT_LEAST, note=note),
        Figure(
            "right course first, the training city's words", other[0], "%", 60, AT_LEAST, details=other[2]
        ),
        Figure("right course in the top three, the training city's words", other[1], "%", 85, AT_LEAST),
        *_categories(known.reader, directory),
        *_large_files(options, known),
    ]


def _rates(
    cases: Sequence[Labelled], directory: Directory, known: knowledge.Knowledge
) -> tuple[float, float, dict[str, float]]:
    """Percent first, percent in the top three, and percent first by situation."""
    counsel = Counsel(directory, known.routing.at(bigstore.NOW), known.texts, Comparables())
    first, top, by_situation = 0, 0, defaultdict[str, list[bool]](list)
    for one in cases:
        offered = courses(_case(one.given, known.reader), counsel)
        names = [
            (course.kind.value, course.target if course.kind in TO_OFFICE | {CourseKind.JOIN} else "")
            for course in offered
        ]
        right = (one.kind, one.target)
        first += names[:1] == [right]
        top += right in names[:3]
        by_situation[one.situation].append(names[:1] == [right])
    shares = {name: 100 * sum(found) / len(found) for name, found in sorted(by_situation.items())}
    return 100 * first / len(cases), 100 * top / len(cases), shares


def _case(given: Given, reader: Reader) -> Case:
    return Case(
        reading=reader.read(given.text),
        status=given.status,
        category=given.category,
        life_safety=given.life_safety,
        place=given.place,
        badge=given.badge,
        candidates=given.candidates,
        named=given.named,
        holder=given.holder,
        left_ms=given.left_ms,
        channel=given.channel,
        twins=tuple(Twin(like.report, like.report, like.score, like.metres) for like in given.likes),
        returned=given.returned,
        competent=given.competent,
        responded=given.responded,
        repeats=given.repeats,
        media=given.media,
    )


# ---------------------------------------------------------------- what a text is about


def _categories(reader: Reader, directory: Directory) -> list[Figure]:
    draw = random.Random(TOLD)
    citizens = [
        (category, city_texts.citizen_text(draw, category, "Tebet Timur", vague=False, named=True, tag=False))
        for category in sorted(city_texts.PROBLEMS)
        for _ in range(40)
    ]
    own = [(category, text) for category, found in course_texts.WORK.items() for text in found]
    votes = _Votes(reader, directory)
    figures = []
    for name, pairs in (("the training city's texts", citizens), ("the set's own wordings", own)):
        model = _accuracy(pairs, lambda text: [topic.category for topic in reader.read(text).topics])
        rules = _accuracy(pairs, votes.categories)
        figures += [
            Figure(
                f"category first, {name}",
                model[0],
                "%",
                rules[0],
                AT_LEAST,
                rules[0],
                "votes of single words",
            ),
            Figure(f"category in the top three, {name}", model[1], "%", None, AT_LEAST, rules[1], "votes"),
        ]
    return figures


def _accuracy(pairs: Iterable[tuple[str, str]], guess: Callable[[str], list[str]]) -> tuple[float, float]:
    first = top = n = 0
    for category, text in pairs:
        found = guess(text)[:3]
        first += found[:1] == [category]
        top += category in found
        n += 1
    return 100 * first / n, 100 * top / n


class _Votes:
    """What came before: each word of the table speaks for its categories, a word of their names twice."""

    def __init__(self, reader: Reader, directory: Directory) -> None:
        self._means: dict[str, list[str]] = defaultdict(list)
        for category, words in reader.vocabulary.categories.items():
            for word in words:
                self._means[word].append(category)
        filler = {"di", "dan", "atau", "yang", "air", "mati", "rusak", "liar"}
        self._names = {
            code: set(one.name.casefold().split()) - filler for code, one in directory.categories.items()
        }

    def categories(self, text: str) -> list[str]:
        """The categories that the words speak for, the most spoken for first."""
        said = set(_WORD.findall(text.casefold()))
        votes = Counter(category for word in said for category in self._means.get(word, ()))
        for category, names in self._names.items():
            votes[category] += 2 * len(names & said)
        return sorted((code for code, n in votes.items() if n), key=lambda code: (-votes[code], code))


# ---------------------------------------------------------------- a large file


def _large_files(options: Options, known: knowledge.Knowledge) -> list[Figure]:
    """The whole answer in a city's file, look-alikes included; and all but the look-alikes in one of a million."""
    figures = []
    store = citystore.open_at(citystore.ensure(options.scale))
    try:
        times, _ = _answers(store, known, citystore.NOW)
        figures.append(
            Figure(
                "courses of one report with its look-alikes, the city's 90 days, p95",
                percentile(times, 95),
                "ms",
                100,
                note=f"{store.summary().reports:,} reports",
                details={"median": percentile(times, 50), "worst": max(times)},
            )
        )
    finally:
        store.close()
    store = bigstore.open_at(bigstore.ensure(options.size(bigstore.MILLION)), migrate=False)
    try:
        times, counting = _answers(store, known, bigstore.NOW, likes=())
        figures += [
            Figure(
                "courses of one report, look-alikes given, a large file, p95",
                percentile(times, 95),
                "ms",
                100,
                note=f"{store.summary().reports:,} reports",
                details={"median": percentile(times, 50), "worst": max(times)},
            ),
            Figure(
                "counting comparable cases of a year",
                counting,
                "ms",
                note="off the interface thread, once an hour",
            ),
        ]
    finally:
        store.close()
    return figures


def _answers(
    store: Store, known: knowledge.Knowledge, now: int, likes: tuple[Suggestion, ...] | None = None
) -> tuple[list[float], float]:
    """Ms of each answer about `ASKED` recent reports that await a decision, and ms of counting the comparable cases."""
    began = time.perf_counter()
    store.advice.count(now=now)
    counting = (time.perf_counter() - began) * 1000
    newest = store.summary().newest_pk
    draw = random.Random(TOLD)
    times: list[float] = []
    while len(times) <= ASKED:
        detail = store.report(draw.randrange(max(1, newest - newest // 3), newest + 1))
        assert detail is not None
        began = time.perf_counter()
        offer = store.advice.offer(detail, known, now=now, likes=likes)
        spent = (time.perf_counter() - began) * 1000
        if offer.courses:
            times.append(spent)
    return times[1:], counting  # the first one of a sitting also reads where everything lies
