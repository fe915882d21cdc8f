"""What a report's text says, made comparable: Indonesian as citizens write it, with its slang and short forms.

A text becomes its words of substance (in one spelling, without affixes, grammar and courtesies) and, apart from them,
the place that it describes: street, RT and RW, house number, landmarks. No dictionary and no learning: a light
stemmer in the manner of Nazief and Adriani's rules, which need not be right, only the same for both texts.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Final

from smartcity_desk.domain.slang import (
    LANDMARKS,
    NO_NAME,
    NUMBERS,
    ROMAN,
    ROOTS,
    SAME_THING,
    SLANG,
    STOP,
    TOPICS,
)

LONGEST: Final = 2_000
"""Characters that are read. A report says what it is about at its beginning; the rest is quoted or pasted."""
MOST_WORDS: Final = 60

_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+|@\w+")
_RUN: Final = re.compile(r"([a-hj-z])\1\1+|(i)iii+")
_TOKEN: Final = re.compile(r"[^\W\d_]+(?:2\b|(?:-[^\W\d_]+)+)?|\d+|[.,;:!?()\n]")
_RT_RW: Final = re.compile(
    r"\br[ti]\s*[./:]?\s*rw\s*[.:]?\s*(\d{1,3})\s*[/\-]\s*(\d{1,3})\b"
    r"|\br[ti]\s*[.:/]?\s*(\d{1,3})\s*[/,\-. ]*\s*(?:rw\s*[.:/]?\s*|/\s*)(\d{1,3})\b"
)
_RT: Final = re.compile(r"\brt\s*[.:/]?\s*(\d{1,3})\b")
_RW: Final = re.compile(r"\brw\s*[.:/]?\s*(\d{1,3})\b")
_HOUSE: Final = re.compile(r"\b(?:no|nomor|nmr|nomer)\s*[.:]?\s*(\d{1,4})\b")
_STREET: Final = frozenset({"jl", "jln", "jalan", "gg", "gang"})
_NAME_WORDS: Final = 3


@dataclass(frozen=True, slots=True)
class Street:
    """A street as a text names it: up to three words, and the number that belongs to the name (`Melati 3`)."""

    name: tuple[str, ...]
    number: str = ""

    def __str__(self) -> str:
        """Return the name as it is shown."""
        return " ".join((*self.name, self.number) if self.number else self.name)


@dataclass(frozen=True, slots=True)
class Said:
    """What a text says. `words` are stems of substance in order, each once, with how they were written.

    `landmarks` are kinds (`masjid`), `landmark_names` those that have a name or a number: kind, then the name's words.
    """

    words: dict[str, str] = field(default_factory=dict)
    streets: tuple[Street, ...] = ()
    rt: frozenset[int] = frozenset()
    rw: frozenset[int] = frozenset()
    houses: frozenset[int] = frozenset()
    landmarks: frozenset[str] = frozenset()
    landmark_names: tuple[tuple[str, ...], ...] = ()
    topics: frozenset[str] = frozenset()

    @property
    def placed(self) -> bool:
        """Whether it describes a place closely enough to find it on foot."""
        return bool(self.streets or self.rw or self.landmarks)


def said(text: str) -> Said:
    """Read a text. Any text is read; one without letters says nothing."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()
    if not plain.isascii():
        plain = "".join(
            letter for letter in unicodedata.normalize("NFD", plain) if not unicodedata.combining(letter)
        )
    if "@" in plain or "http" in plain or "www" in plain:
        plain = _ADDRESS.sub(" ", plain)
    plain = _RUN.sub(r"\1\2", plain)
    rt, rw, houses, plain = _numbers(plain)
    tokens = _TOKEN.findall(plain)
    streets, rest = _streets(tokens)
    words: dict[str, str] = {}
    landmarks: set[str] = set()
    names: dict[tuple[str, ...], None] = {}
    for at, token in enumerate(rest[: 2 * MOST_WORDS]):
        kind, stem = _kind(token)
        if kind == _WORD:
            words.setdefault(stem, token)
        elif kind == _LANDMARK:
            landmarks.add(stem)
            if name := _landmark_name(rest, at + 1):
                names[stem, *name] = None
    return Said(words, streets, rt, rw, houses, frozenset(landmarks), tuple(names), _topics(words))


_STYLES: Final = frozenset({"pak", "bu", "ibu", "bang", "haji", "h", "pos", "kantor", "rw"})
"""What stands before the name itself: `warung Bu Yati`, `pos RW Sumber Rejeki`."""
_LANDMARK_WORDS: Final = 2


def _landmark_name(tokens: list[str], at: int) -> tuple[str, ...]:
    """The name that follows the kind of a landmark: up to two words, or a number; none where a sentence goes on."""
    name: list[str] = []
    for token in tokens[at : at + 2 * _LANDMARK_WORDS]:
        if token.isdecimal():
            return (*name, str(int(token)))
        if not token[0].isalpha():
            break
        if not name and token in _STYLES:
            continue
        if len(token) < 2 or _goes_on(token):
            break
        name.append(token)
        if len(name) == _LANDMARK_WORDS:
            break
    return tuple(name)


@lru_cache(maxsize=20_000)
def _goes_on(word: str) -> bool:
    stem = stem_of(word)
    return stem in STOP or stem in LANDMARKS or word in SAME_THING or SLANG.get(word, word) in STOP


_ALONE: Final = {stem: topic for stem, topic in TOPICS.items() if "+" not in stem}
_TOGETHER: Final = [(frozenset(stems.split("+")), topic) for stems, topic in TOPICS.items() if "+" in stems]


def _topics(words: dict[str, str]) -> frozenset[str]:
    found = {_ALONE[stem] for stem in words if stem in _ALONE}
    found.update(topic for stems, topic in _TOGETHER if stems <= words.keys())
    return frozenset(found)


def _numbers(text: str) -> tuple[frozenset[int], frozenset[int], frozenset[int], str]:
    """RT, RW and house numbers, and the text without them."""
    if not any(digit in text for digit in "0123456789"):
        return frozenset(), frozenset(), frozenset(), text
    rt: set[int] = set()
    rw: set[int] = set()
    houses: set[int] = set()
    if "rt" in text or "rw" in text or "ri" in text:
        for found in _RT_RW.finditer(text):
            rt.add(int(found[1] or found[3]))
            rw.add(int(found[2] or found[4]))
        text = _RT_RW.sub(" , ", text)
        rt.update(map(int, _RT.findall(text)))
        rw.update(map(int, _RW.findall(text)))
        text = _RT.sub(" , ", _RW.sub(" , ", text))
    if "no" in text or "nm" in text:
        houses.update(map(int, _HOUSE.findall(text)))
        text = _HOUSE.sub(" , ", text)
    return frozenset(rt), frozenset(rw), frozenset(houses), text


def _streets(tokens: list[str]) -> tuple[tuple[Street, ...], list[str]]:
    """The streets that are named, and the tokens that are left."""
    found: list[Street] = []
    rest: list[str] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token not in _STREET:
            rest.append(token)
            at += 1
            continue
        follow = at + 1
        if follow < len(tokens) and tokens[follow] == ".":
            follow += 1
        name, number, end = _name(tokens, follow)
        if name and (street := Street(name, number)) not in found:
            found.append(street)
        if not name:
            rest.append(token)
        at = end if name else at + 1
    return tuple(found), rest


def _name(tokens: list[str], at: int) -> tuple[tuple[str, ...], str, int]:
    name: list[str] = []
    while at < len(tokens) and len(name) < _NAME_WORDS:
        token = tokens[at]
        if name and (token in ROMAN or token.isdecimal()):
            return tuple(name), ROMAN.get(token) or str(int(token)), at + 1
        plain = SLANG.get(token, token)
        if not token[0].isalpha() or len(token) < 2 or _no_name(plain):
            # "Jl. H. Saleh": an initial is a part of the name, and its point no end
            if len(token) == 1 and token.isalpha() and at + 1 < len(tokens) and not name:
                at += 2 if tokens[at + 1] == "." else 1
                continue
            break
        name.append(token)
        at += 1
    if name and at < len(tokens) and (tokens[at] in ROMAN or tokens[at].isdecimal()):
        return tuple(name), ROMAN.get(tokens[at]) or str(int(tokens[at])), at + 1
    return tuple(name), "", at


@lru_cache(maxsize=20_000)
def _no_name(word: str) -> bool:
    return word in NO_NAME or word in STOP or word in LANDMARKS or word in SAME_THING or word in _STREET


_WORD, _LANDMARK, _NOTHING = range(3)


@lru_cache(maxsize=50_000)
def _kind(token: str) -> tuple[int, str]:
    """What a token is, and the form in which it is compared."""
    if not token[0].isalpha():
        return _NOTHING, ""
    stem = stem_of(token)
    if stem in LANDMARKS:
        return _LANDMARK, stem
    return (_NOTHING if len(stem) < 2 or stem in STOP else _WORD), stem


@lru_cache(maxsize=50_000)
def stem_of(word: str) -> str:
    """The word in its one spelling: slang undone, doubled words single, affixes off, words for one thing as one."""
    word = word.removesuffix("2")
    first, _, second = word.partition("-")
    if second and (first == second or second.startswith(first[:3])):
        word = first
    word = word.replace("-", "") if word not in SAME_THING else word
    word = SLANG.get(word, word)
    word = NUMBERS.get(word, word)
    if word in SAME_THING:
        return SAME_THING[word]
    bare = _bare(word)
    return SAME_THING.get(bare, bare)


_KNOWN: Final = frozenset(SAME_THING) | frozenset(SAME_THING.values()) | ROOTS | STOP
"""Words that are compared as they are."""


_NASAL: Final = (
    # prefix, letters that may follow, what the root's first letter was
    ("meng", "aiueoghkx", ""),
    ("meny", "aiueo", "s"),
    ("mem", "bfp", ""),
    ("mem", "aiueo", "p"),
    ("men", "cdjtz", ""),
    ("men", "aiueo", "t"),
    ("me", "lrwynm", ""),
    ("peng", "aiueoghk", ""),
    ("peny", "aiueo", "s"),
    ("pem", "bfp", ""),
    ("pen", "cdjtz", ""),
)
_PLAIN_PREFIXES: Final = ("ber", "ter", "di", "ke", "ng", "se")
_ROOT_LETTERS: Final = 4


def _bare(word: str) -> str:
    """Take affixes off while a root of four letters is left; roots that only look affixed stay."""
    if len(word) <= _ROOT_LETTERS or word in _KNOWN:
        return word
    for suffix in ("nya", "lah", "kah"):
        if word.endswith(suffix) and len(word) - len(suffix) >= _ROOT_LETTERS - 1:
            word = word[: -len(suffix)]
            break
    if word in _KNOWN or len(word) <= _ROOT_LETTERS:
        return word
    word, prefixed = _without_prefix(word)
    if word in _KNOWN:
        return word
    for suffix in ("kan", "an", "in", "i"):
        # a bare -i or -in is part of many roots; it is only an ending where there is a prefix as well
        if suffix in {"i", "in"} and not prefixed:
            continue
        if word.endswith(suffix) and len(word) - len(suffix) >= _ROOT_LETTERS:
            return word[: -len(suffix)]
    return word


def _without_prefix(word: str) -> tuple[str, bool]:
    for prefix, follow, restored in _NASAL:
        rest = word[len(prefix) :]
        if word.startswith(prefix) and len(rest) + len(restored) >= _ROOT_LETTERS and rest[0] in follow:
            return restored + rest, True
    for prefix in _PLAIN_PREFIXES:
        rest = word[len(prefix) :]
        if word.startswith(prefix) and len(rest) >= _ROOT_LETTERS:
            return rest, True
    return word, False


@cache
def _variants() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for table in (SAME_THING, SLANG):
        for written, canonical in table.items():
            if written.isalpha():
                found.setdefault(canonical, [canonical]).append(written)
    return {canonical: tuple(forms) for canonical, forms in found.items()}


def variants_of(stem: str) -> tuple[str, ...]:
    """How else a word is written that is compared as `stem`; for a search in what people wrote."""
    return _variants().get(stem, ())


def one_slip(word: str, other: str) -> bool:
    """Whether two words of at least five letters differ by one letter more, less or other, or by two exchanged."""
    if word == other:
        return True
    longer, shorter = (word, other) if len(word) >= len(other) else (other, word)
    if len(shorter) < 4 or len(longer) < 5 or len(longer) - len(shorter) > 1:
        return False
    head = 0
    while head < len(shorter) and longer[head] == shorter[head]:
        head += 1
    if len(longer) > len(shorter):
        return longer[head + 1 :] == shorter[head:]
    return longer[head + 1 :] == shorter[head + 1 :] or (
        longer[head + 2 :] == shorter[head + 2 :]
        and longer[head : head + 2] == shorter[head : head + 2][::-1]
    )
