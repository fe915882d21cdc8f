"""What the desk knows of whose work something is, and the words it knows it by: data from `resources/knowledge/`.

The central server hands out the routing knowledge of its city, and a unit's own files of the same form lie in the
folder `knowledge` of a profile. A version of the routing knowledge stands beside the shipped ones by its date, and of
two for one date the server's goes before the shipped and the profile's before both; own words and texts go instead of
those that ship.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from smartcity_desk import codec, paths
from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.domain.routing import RouteRule, Routing, RoutingBook, words_of
from smartcity_desk.domain.times import from_iso
from smartcity_desk.domain.topics import Reader, Vocabulary

FOLDER: Final = "knowledge"
"""Of a profile: where a unit's own files lie."""
_BYTES: Final = 2_000_000
_SIGNALS: Final = ("danger", "spam", "thanks", "question", "settled", "outside")
_BAD: Final = (ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All of it. `edition` changes with any letter of any file: it is what the record of a choice names."""

    edition: str
    routing: RoutingBook
    reader: Reader
    texts: Mapping[str, str]


@lru_cache(maxsize=4)
def load(own: Path | None = None, served: str = "") -> Knowledge:
    """The knowledge that ships, with what the server gave and a unit's own folder over it.

    `served` is the JSON text of the server's versions, as the store keeps it. Raises ConfigProblem; it names the file.
    """
    folders = [paths.resource("knowledge")] + ([own] if own is not None and own.is_dir() else [])
    digest = hashlib.sha256()
    versions: list[Routing] = []
    for folder in folders:
        versions += [_routing(path, _json(path, digest)) for path in sorted(folder.glob("pembagian-*.json"))]
        if folder is folders[0] and served:
            digest.update(served.encode())
            versions += codec.decode(served, list[Routing], key="routing")
    words, examples, texts = (_newest(folders, name) for name in ("kata.json", "contoh.csv", "teks.json"))
    vocabulary = _vocabulary(words, _json(words, digest))
    sentences = _sentences(examples, digest)
    said = _texts(texts, _json(texts, digest))
    book = RoutingBook(versions)
    phrases = {word for version in book.versions for word in words_of(version)}
    reader = Reader(vocabulary, sentences, sorted(phrases))
    return Knowledge(digest.hexdigest()[:12], book, reader, said)


def read_routing(path: Path) -> Routing:
    """One version of the routing knowledge from a file. Raises ConfigProblem; it names the file."""
    return _routing(path, _json(path, hashlib.sha256()))


def _newest(folders: Iterable[Path], name: str) -> Path:
    """The file of this name that stands over the others."""
    return [folder / name for folder in folders if (folder / name).is_file()][-1]


def _bytes(path: Path, digest: Any) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(_BYTES + 1)
    except OSError as problem:
        raise _problem(path, str(problem)) from problem
    if len(content) > _BYTES:
        raise _problem(path, "too big")
    digest.update(content)
    return content


def _json(path: Path, digest: Any) -> Mapping[str, Any]:
    try:
        body = json.loads(_bytes(path, digest))
    except (ValueError, RecursionError) as problem:
        raise _problem(path, str(problem)) from problem
    if not isinstance(body, dict):
        raise _problem(path, "not an object")
    return body


def _routing(path: Path, body: Mapping[str, Any]) -> Routing:
    try:
        return Routing(
            version=str(body["version"]),
            effective_from=from_iso(body["effective_from"]),
            rules=tuple(_rule(rule) for rule in body["rules"]),
            kota={str(code): str(short) for code, short in body["kota"].items()},
            note=str(body.get("note", "")),
        )
    except _BAD as problem:
        raise _problem(path, str(problem)) from problem


def _rule(rule: Mapping[str, Any]) -> RouteRule:
    basis, source = str(rule["basis"]), str(rule["source"])
    if not basis.strip() or not source.strip():
        raise ValueError("a rule without its basis or its source")
    return RouteRule(
        category=str(rule["category"]),
        office=str(rule["office"]),
        basis=basis,
        source=source,
        unplaced=str(rule.get("unplaced", "")),
        crew=rule.get("crew") is True,
        confirm=rule.get("confirm") is not False,
        words=tuple(str(word) for word in rule.get("words", ())),
        areas=tuple(str(area) for area in rule.get("areas", ())),
    )


def _vocabulary(path: Path, body: Mapping[str, Any]) -> Vocabulary:
    try:
        return Vocabulary(
            edition=str(body["edition"]),
            categories={str(code): tuple(str(words).split()) for code, words in body["categories"].items()},
            filler=frozenset(str(word) for word in body["filler"]),
            keep=frozenset(str(word) for word in body["keep"]),
            **{name: tuple(str(phrase) for phrase in body[name]) for name in _SIGNALS},
        )
    except _BAD as problem:
        raise _problem(path, str(problem)) from problem


def _sentences(path: Path, digest: Any) -> list[tuple[str, str]]:
    try:
        lines = _bytes(path, digest).decode("utf-8-sig").splitlines()
        return [(row["category"], row["sentence"]) for row in csv.DictReader(lines)]
    except (*_BAD, csv.Error) as problem:
        raise _problem(path, str(problem)) from problem


def _texts(path: Path, body: Mapping[str, Any]) -> Mapping[str, str]:
    shipped = body.get("texts")
    if not isinstance(shipped, dict):
        raise _problem(path, "no texts")
    return {str(name): str(text) for name, text in shipped.items()}


def _problem(path: Path, detail: str) -> ConfigProblem:
    return ConfigProblem(name="knowledge", reason="unreadable", file=path.name, detail=detail[:200])
