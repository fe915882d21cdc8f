"""A local file with a million reports, made once and kept under ``build/bench/cache`` for every benchmark.

``python -m benchmarks.bigstore [REPORTS]`` makes it and prints where it lies. Benchmarks take it by :func:`ensure` to
read, or by :func:`copy_to` when they write.

Four fifths of the reports were closed by their channel, as in a year of a city's work; of the open ones about half have
gone through the hands of desks and offices, with the events that say so, and the state is the fold of those events.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from smartcity_desk import directory as builtin
from smartcity_desk.domain import ids
from smartcity_desk.domain.events import (
    Actor,
    CategorySet,
    ClaimTaken,
    CompletionClaimed,
    Delivered,
    Event,
    EventKind,
    PauseCode,
    Paused,
    Payload,
    PlaceSet,
    Responded,
    Role,
    RoutingReturned,
    RoutingSent,
)
from smartcity_desk.domain.office import Directory, OfficeLevel
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind, Status
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from smartcity_desk.store import Store, answers, facts, ingest, projection
from smartcity_desk.store import schema as store_schema
from smartcity_desk.store.engine import Raw, chunks, connect
from smartcity_desk.store.rules import Rules

ROOT: Final = Path(__file__).resolve().parent.parent
CACHE: Final = ROOT / "build" / "bench" / "cache"
MILLION: Final = 1_000_000
NOW: Final = 1_795_600_000_000
"""The moment at which the file was left (ms UTC). Bands and leases are told at this instant."""
USER: Final = "operator.satu"
_BATCH: Final = 20_000
_CHANNELS: Final = ("petabencana", "jaki", "x", "email")
_WORDS: Final = (
    "banjir",
    "genangan",
    "air",
    "selokan",
    "tersumbat",
    "sampah",
    "menumpuk",
    "jalan",
    "berlubang",
    "lampu",
    "mati",
    "pohon",
    "tumbang",
    "macet",
    "parkir",
    "liar",
    "trotoar",
    "rusak",
    "kabel",
    "menjuntai",
    "bau",
    "menyengat",
    "pipa",
    "bocor",
    "asap",
    "pabrik",
    "pedagang",
    "kaki",
    "lima",
    "halte",
    "kotor",
    "rambu",
    "hilang",
    "kali",
    "meluap",
    "tanggul",
    "retak",
    "got",
    "mampet",
    "warga",
    "mengeluh",
    "sejak",
    "kemarin",
    "malam",
    "pagi",
    "tadi",
    "sudah",
    "tiga",
    "hari",
    "belum",
    "ada",
    "petugas",
    "mohon",
    "segera",
    "ditindaklanjuti",
    "dekat",
    "pasar",
    "sekolah",
    "masjid",
    "stasiun",
    "puskesmas",
    "perempatan",
    "gang",
    "depan",
    "kantor",
    "kelurahan",
    "kecamatan",
    "rawan",
    "bahaya",
    "anak",
    "sekolah",
    "pengendara",
    "motor",
    "jatuh",
    "setinggi",
    "lutut",
    "betis",
    "dewasa",
    "sentimeter",
)
_RARE: Final = "peringatan"


def ensure(reports: int = MILLION) -> Path:
    """Return the file, made if it is not there yet. Do not write to it; see :func:`copy_to`."""
    path = CACHE / f"store-{reports}-{_fingerprint()}.sqlite3"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        for old in CACHE.glob(f"store-{reports}-*"):
            old.unlink()
        unfinished = path.with_name(f"making-{os.getpid()}.sqlite3")
        try:
            build(unfinished, reports)
            unfinished.replace(path)
        finally:
            for rest in CACHE.glob(f"{unfinished.name}*"):
                rest.unlink()
    return path


def copy_to(target: Path, reports: int = MILLION) -> Path:
    """Return a copy of the file that may be written to."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ensure(reports), target)
    return target


def open_at(path: Path, *, migrate: bool = True) -> Store:
    """Return the file opened at the moment at which it was left."""
    return Store.open(path, now=NOW, policy=builtin.load_policy(), migrate=migrate)


def _fingerprint() -> str:
    parts = [Path(__file__), Path(store_schema.__file__)]
    parts += sorted((Path(store_schema.__file__).parent / "migrations" / "versions").glob("*.py"))
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:12]


def build(path: Path, reports: int) -> None:
    """Make the file: rows first, then indices, then search; what is stored is what the store itself would store."""
    draw = random.Random(20_170_222)
    directory = builtin.builtin_directory(NOW)
    store = open_at(path)
    store.set_directory(directory, None, NOW)
    store.close()
    with closing(connect(path, writable=True)) as raw:
        raw.execute("PRAGMA journal_mode = OFF")
        raw.execute("PRAGMA synchronous = OFF")
        raw.execute("PRAGMA cache_size = -262144")
        secondary = raw.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND "
            "tbl_name IN ('report', 'report_state')"
        ).fetchall()
        for name, _ in secondary:
            raw.execute(f"DROP INDEX {name}")
        rules = Rules(directory, builtin.load_policy())
        raw.execute("BEGIN")
        _write(raw, reports, draw, rules)
        raw.execute("COMMIT")
        for _, sql in secondary:
            raw.execute(sql)
        raw.execute("INSERT INTO report_fts (report_fts) VALUES ('rebuild')")
        raw.execute("BEGIN")
        touched = _history(raw, draw, directory)
        for part in chunks(touched, 5_000):
            projection.refold(raw, part, rules)
        raw.execute("COMMIT")
        raw.execute("PRAGMA journal_mode = WAL")
    store = open_at(path)
    store.close()


def _write(raw: Raw, reports: int, draw: random.Random, rules: Rules) -> None:
    first = 1
    batch: list[Report] = []
    for report in _reports(reports, draw, sorted(rules.directory.categories)):
        batch.append(report)
        if len(batch) == _BATCH:
            first = _flush(raw, batch, first, rules)
    _flush(raw, batch, first, rules)


def _flush(raw: Raw, batch: list[Report], first: int, rules: Rules) -> int:
    numbered = list(enumerate(batch, first))
    raw.executemany(
        ingest.INSERT_REPORT,
        (
            ingest.report_row(pk, report, facts.digest_of(report), report.reported_at, 1)
            for pk, report in numbered
        ),
    )
    raw.executemany(ingest.INSERT_PRIVATE, ((pk, report.raw, report.unmasked) for pk, report in numbered))
    raw.executemany(projection.INSERT_STATE, ingest.untouched_rows(numbered, rules.law))
    after = first + len(batch)
    batch.clear()
    return after


def _text(draw: random.Random) -> str:
    words = draw.choices(_WORDS, k=draw.randrange(12, 30))
    if draw.random() < 0.001:
        words.append(_RARE)
    return " ".join(words)


def _reports(count: int, draw: random.Random, categories: list[str]) -> Iterator[Report]:
    """A year of reports in order of arrival, which is nearly the order in which they were made."""
    step = 365 * DAY / count
    closed = (Status.DONE, Status.DONE, Status.DONE, Status.DONE, Status.DONE, Status.REJECTED)
    for number in range(count):
        made = int(NOW - 365 * DAY + number * step - draw.random() * HOUR)
        age = NOW - made
        traffic = draw.random() < 0.08
        channel = "waze" if traffic else draw.choice(_CHANNELS)
        external = str(1_000_000 + number)
        if traffic:
            status = Status.NEW if age < HOUR else Status.ENDED
        else:
            # what is young is mostly open, what is old is mostly closed
            status = Status.NEW if draw.random() < (0.7 if age < 20 * DAY else 0.12) else draw.choice(closed)
        text = _text(draw)
        yield Report(
            id=ids.report_id(channel, external),
            channel=channel,
            external_id=external,
            kind=ReportKind.CONTEXT if traffic else ReportKind.COMPLAINT,
            reported_at=made,
            text=text,
            title=text[:40],
            changed_at=made,
            lat=-6.37 + draw.random() * 0.28,
            lon=106.69 + draw.random() * 0.28,
            place_quality=PlaceQuality.EXACT if draw.random() < 0.7 else PlaceQuality.COARSE,
            category=draw.choice(categories) if draw.random() < 0.8 else None,
            category_raw="laporan",
            source_status=status,
            state_raw=status.value,
            author=f"{draw.getrandbits(48):012x}",
            media=(f"https://media.example/{external}.jpg",) if draw.random() < 0.3 else (),
            raw=f'{{"id":"{external}","text":"{text}","made":{made},"state":"{status.value}"}}',
        )


def _history(raw: Raw, draw: random.Random, directory: Directory) -> list[str]:
    """Events for about half of the open complaints. Returns the ids of the reports that they touch."""
    places = sorted(
        code for code, office in directory.offices.items() if office.level is OfficeLevel.KELURAHAN
    )
    rows = raw.execute(
        "SELECT id, reported_at FROM report WHERE kind = 'complaint' AND source_status = 'new' ORDER BY pk"
    ).fetchall()
    touched: list[str] = []
    events: list[Event] = []
    seq = 0
    for report_id, reported_at in rows:
        if draw.random() < 0.45:
            continue
        touched.append(report_id)
        for event in _life(draw, reported_at, places, sorted(directory.categories)):
            seq += 1
            events.append(
                Event(
                    ids.event_id(f"{report_id}/{seq}"),
                    report_id,
                    event[0],
                    min(event[1], NOW),
                    event[2],
                    event[3],
                    seq=seq,
                    action=f"{report_id}/{seq}",
                )
            )
    answers.add_events(raw, events)
    return touched


_Step = tuple[EventKind, int, Actor, Payload]


def _life(draw: random.Random, reported_at: int, places: list[str], categories: list[str]) -> Iterator[_Step]:
    desk = Actor(USER if draw.random() < 0.1 else f"operator.{draw.randrange(20)}", Role.OPERATOR)
    place = draw.choice(places)
    official = Actor(f"lurah.{place}", Role.OFFICIAL, place)
    at = reported_at + draw.randrange(5, 90) * MINUTE
    yield EventKind.CLAIM_TAKEN, at, desk, ClaimTaken(desk.user, at + 10 * MINUTE)
    yield EventKind.CATEGORY_SET, at, desk, CategorySet(draw.choice(categories))
    yield EventKind.PLACE_SET, at, desk, PlaceSet(place)
    if draw.random() < 0.15:
        return
    yield EventKind.ROUTING_SENT, at + MINUTE, desk, RoutingSent(place, "wilayah kelurahan ini")
    at += 3 * MINUTE
    yield EventKind.REPORT_DELIVERED, at, official, Delivered(place)
    lot = draw.random()
    at += draw.randrange(1, 40) * HOUR
    if lot < 0.05:
        yield EventKind.ROUTING_RETURNED, at, official, RoutingReturned(place, "bukan wewenang kelurahan")
    elif lot < 0.09:
        pause = Paused(
            PauseCode.WAITING_REPORTER, "menunggu alamat lengkap", NOW + draw.randrange(1, 9) * DAY
        )
        yield EventKind.CLOCK_PAUSED, at, desk, pause
    elif lot < 0.45:
        yield (
            EventKind.REPORT_RESPONDED,
            at,
            official,
            Responded(place, "petugas sudah meninjau dan akan bekerja"),
        )
        if lot < 0.2:
            yield EventKind.COMPLETION_CLAIMED, at + HOUR, official, CompletionClaimed(place, "sudah selesai")


def main() -> None:
    """Make the file and say where it is."""
    began = time.monotonic()
    path = ensure(int(sys.argv[1]) if len(sys.argv) > 1 else MILLION)
    print(f"{path} ({path.stat().st_size / 2**20:.0f} MiB, {time.monotonic() - began:.0f} s)")


if __name__ == "__main__":
    main()
