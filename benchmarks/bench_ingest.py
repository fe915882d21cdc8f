"""Two hundred thousand reports from HTTP pages to committed rows with state and search, against bare `executemany`.

Two sources: the central server, from which a new workstation is filled, and a channel, whose raw items have to be
understood, masked and kept as they came.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from benchmarks.figure import AT_LEAST, Figure, Options
from smartcity_desk import codec
from smartcity_desk.config import CENTRAL_URL, ChannelSettings, Settings
from smartcity_desk.directory import load_policy
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.times import to_iso
from smartcity_desk.secrets import CENTRAL_TOKEN, SecretStore
from smartcity_desk.store import Store, facts, ingest, projection
from smartcity_desk.store.engine import connect
from smartcity_desk.store.rules import Rules
from smartcity_desk.sync.channels.petabencana import mapping
from smartcity_desk.sync.engine import Engine

REPORTS: Final = 200_000
PAGE: Final = 10_000
NOW: Final = 1_795_000_000_000
REACH: Final = 0.5
_WORDS: Final = tuple(
    word
    for line in (
        "banjir genangan di depan rumah jalan melati lampu mati sampah menumpuk sudah tiga hari mohon ditindak arus",
        "warga setempat RT 03 RW 05 30 cm tinggi air kali meluap tolong segera dekat pasar sekolah selokan mampet",
    )
    for word in line.split()
)


def run(options: Options) -> list[Figure]:
    """All ways in turn, in one process, on files side by side; rates in reports a second."""
    pages = max(1, options.size(REPORTS, PAGE) // PAGE)
    rates: dict[str, list[float]] = {"central": [], "channel": [], "bare, shared": [], "bare, raw": []}
    with tempfile.TemporaryDirectory() as name, _source(pages) as url:
        for turn in range(options.repeats):
            folder = Path(name) / str(turn)
            rates["channel"].append(asyncio.run(_through_a_channel(folder / "channel", url, pages)))
            rates["bare, raw"].append(_bare(folder / "raw", pages, shared=False))
            rates["central"].append(asyncio.run(_from_central(folder / "central", url, pages)))
            rates["bare, shared"].append(_bare(folder / "shared", pages, shared=True))
    found = {way: median(each) for way, each in rates.items()}
    size = f"ingest of {pages * PAGE:,} reports, page to committed rows, share of the raw rate"
    note = "raw: sqlite3.executemany of finished tuples into the same tables, search and indices"
    return [
        Figure(
            f"{size}: {way}", found[way] / found[bare], "of raw", REACH, AT_LEAST, details=found, note=note
        )
        for way, bare in (("central", "bare, shared"), ("channel", "bare, raw"))
    ]


def _features(page: int) -> list[dict[str, Any]]:
    draw = random.Random(page)
    return [
        {
            "type": "Feature",
            "geometry": {
                "type": "Point",
                "coordinates": [106.7 + draw.random() / 4, -6.35 + draw.random() / 4],
            },
            "properties": {
                "pkey": str(page * PAGE + number),
                "created_at": to_iso(NOW - number * 1000),
                "source": "grasp",
                "status": "confirmed",
                "url": f"{number}-contoh",
                "image_url": None,
                "disaster_type": "flood",
                "report_data": {"report_type": "flood", "flood_depth": draw.randint(5, 150)},
                "tags": {"district_id": None, "local_area_id": "1042", "instance_region_code": "ID-JK"},
                "title": None,
                "text": " ".join(draw.choices(_WORDS, k=18)),
                "partner_code": None,
                "partner_icon": None,
            },
        }
        for number in range(PAGE)
    ]


class _Ticking:
    """A clock that a benchmark moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@asynccontextmanager
async def _desk(folder: Path) -> AsyncIterator[tuple[Store, Settings, Engine, _Ticking]]:
    clock = _Ticking()
    store = Store.open(folder / "desk.sqlite3", now=NOW, policy=load_policy())
    settings = Settings(folder / "settings.json")
    engine = Engine(store, settings, SecretStore.in_memory({CENTRAL_TOKEN: "t"}), clock=clock)
    try:
        yield store, settings, engine, clock
    finally:
        await engine.close()
        store.close()


async def _through_a_channel(folder: Path, url: str, pages: int) -> float:
    folder.mkdir(parents=True)  # noqa: ASYNC240
    async with _desk(folder) as (store, settings, engine, clock):
        began = time.perf_counter()
        for page in range(pages):
            settings.set_channel("petabencana", ChannelSettings(True, f"{url}/{page}", {}))
            clock.now += 60_000
            result = await engine.run_once(with_central=False)
            assert result.errors == (), result.errors
        took = time.perf_counter() - began
        assert store.summary().reports == pages * PAGE
    return pages * PAGE / took


async def _from_central(folder: Path, url: str, pages: int) -> float:
    folder.mkdir(parents=True)  # noqa: ASYNC240
    async with _desk(folder) as (store, settings, engine, _):
        settings.set(CENTRAL_URL, url)
        began = time.perf_counter()
        result = await engine.run_once(())
        took = time.perf_counter() - began
        assert result.errors == (), result.errors
        assert store.summary().reports == pages * PAGE
    return pages * PAGE / took


def _bare(folder: Path, pages: int, *, shared: bool, rows: int = 1_000) -> float:
    """The same rows, made before the clock starts, in transactions of the same size."""
    folder.mkdir(parents=True)
    path = folder / "bare.sqlite3"
    policy = load_policy()
    Store.open(path, now=NOW, policy=policy).close()
    law = Rules(Directory(), policy).law
    took = 0.0
    with closing(connect(path, writable=True)) as raw:
        for page in range(pages):
            reports = [mapping.to_report(feature) for feature in _features(page)]
            if shared:
                reports = [replace(report, raw="") for report in reports]
            first = page * PAGE + 1
            for start in range(0, PAGE, rows):
                part = list(enumerate(reports[start : start + rows], first + start))
                lines = [
                    ingest.report_row(pk, report, facts.digest_of(report), NOW, 0) for pk, report in part
                ]
                private = [(pk, report.raw, report.unmasked) for pk, report in part]
                states = ingest.untouched_rows(part, law)
                began = time.perf_counter()
                raw.execute("BEGIN IMMEDIATE")
                raw.executemany(ingest.INSERT_REPORT, lines)
                raw.executemany(ingest.INSERT_PRIVATE, private)
                raw.executemany(projection.INSERT_STATE, states)
                raw.execute(facts.INDEX_RANGE, (part[0][0], part[-1][0]))
                raw.execute("COMMIT")
                took += time.perf_counter() - began
    return pages * PAGE / took


# ---------------------------------------------------------------- the source


@contextmanager
def _source(pages: int) -> Iterator[str]:
    """A server in a process of its own: `/N/reports` is page N, made before the clock starts."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(pages, theirs))
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join(30)


def _serve(pages: int, told: Connection) -> None:
    """Made before the clock starts: `/N/reports` is window N of a channel, `/v1/…` a central server's pages."""
    channel: list[bytes] = []
    shared: list[bytes] = []
    for page in range(pages):
        features = _features(page)
        body = {"statusCode": 200, "result": {"type": "FeatureCollection", "features": features}}
        channel.append(msgspec.json.encode(body))
        wire = [codec.report_to_wire(mapping.to_report(feature)) for feature in features]
        shared += [codec.encode(wire[start : start + 1000]).encode() for start in range(0, PAGE, 1000)]

    def answer(path: str) -> bytes | None:
        address, _, query = path.partition("?")
        if address.endswith("/v1/reports"):
            cursor = dict(parse_qsl(query)).get("cursor", "0")
            number = int(cursor)
            following = f'"{number + 1}"' if number + 1 < len(shared) else "null"
            return b'{"reports":%s,"next":%s,"cursor":"%d"}' % (
                shared[number],
                following.encode(),
                number + 1,
            )
        if address.endswith("/v1/events"):
            return b'{"events":[],"last_seq":0,"more":false}'
        if address.endswith("/v1/directory"):
            return b'{"edition":"1","offices":[]}'
        if address.startswith("/v1/"):
            return None  # a server from before what a newer desk asks for besides
        return channel[int(address.split("/")[1])]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = answer(self.path)
            self.send_response(200 if body is not None else 404)
            body = body or b"{}"
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    told.send(server.server_port)
    server.serve_forever()
