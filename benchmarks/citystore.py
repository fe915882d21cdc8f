"""The training city's 90 days as a desk's file, made once and kept under ``build/bench/cache``. Do not write to it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.bigstore import CACHE
from smartcity_desk import directory as builtin
from smartcity_desk import training
from smartcity_desk.domain import custody
from smartcity_desk.domain.times import from_iso
from smartcity_desk.store import Store, answers, ingest, projection, schema
from smartcity_desk.store.engine import Raw, chunks, connect
from smartcity_desk.store.rules import Rules
from smartcity_desk.training.channels import as_report
from smartcity_desk.training.history import History, generate
from smartcity_desk.training.holders import training_directory
from smartcity_desk.training.traits import city_traits

SEED: Final = 1527
NOW: Final = from_iso("2026-11-25T10:00:00+07:00")
"""The moment at which the file was left (ms UTC)."""


def ensure(scale: float = 1.0) -> Path:
    """Return the file at a size of the city, made if it is not there yet."""
    path = CACHE / f"city-{scale:g}-{_fingerprint()}.sqlite3"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        for old in CACHE.glob(f"city-{scale:g}-*"):
            old.unlink()
        unfinished = path.with_name(f"making-city-{os.getpid()}.sqlite3")
        try:
            _build(unfinished, scale)
            unfinished.replace(path)
        finally:
            for rest in CACHE.glob(f"{unfinished.name}*"):
                rest.unlink()
    return path


def open_at(path: Path) -> Store:
    """Return the file opened at the moment at which it was left."""
    return Store.open(path, now=NOW, policy=builtin.load_policy(), migrate=False)


def _fingerprint() -> str:
    parts = [Path(__file__), Path(schema.__file__), Path(custody.__file__)]
    parts += sorted(Path(training.__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:12]


def _build(path: Path, scale: float) -> None:
    policy, directory = builtin.load_policy(), training_directory(SEED, NOW)
    history = generate(SEED, NOW, directory, city_traits(SEED, directory), scale=scale)
    store = Store.open(path, now=NOW, policy=policy)
    store.set_directory(directory, "1", NOW, policies=[policy])
    store.close()
    with closing(connect(path, writable=True)) as raw:
        raw.execute("PRAGMA journal_mode = OFF")
        raw.execute("PRAGMA synchronous = OFF")
        raw.execute("BEGIN")
        _write(raw, history, Rules(directory, policy))
        raw.execute("COMMIT")
        raw.execute("PRAGMA journal_mode = WAL")


def _write(raw: Raw, history: History, rules: Rules) -> None:
    reports = [as_report(case.record, rules.directory) for case in history.cases]
    for part in chunks(reports):
        ingest.write_reports(raw, part, rules, now=NOW, from_central=True)
    events = [replace(event, seq=n, order=0) for n, event in enumerate(history.events, 1)]
    answers.add_events(raw, events)
    subjects: Sequence[str] = list(dict.fromkeys(event.subject for event in events))
    for names in chunks(subjects):
        projection.refold(raw, names, rules)
