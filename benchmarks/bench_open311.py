"""A hundred thousand Open311 requests from loopback HTTP to committed rows, against `dlt`'s REST source into SQLite.

Both read the same server, a process of its own, by the same pages, into a file beside the other's. `dlt` (the data load
tool) is the best-known general loader: it asks, flattens and inserts. The desk does more with each request: it reads
states and places, masks personal data, keeps the item as it came, and writes state and search index with it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import msgspec

from benchmarks.figure import AT_LEAST, Figure, Options
from smartcity_desk.config import ChannelSettings, Settings
from smartcity_desk.directory import load_policy
from smartcity_desk.domain.times import DAY, to_iso
from smartcity_desk.secrets import SecretStore
from smartcity_desk.store import Store
from smartcity_desk.sync.engine import Engine, take_short_turns

REQUESTS: Final = 100_000
PAGE: Final = 1_000
NOW: Final = 1_795_000_000_000
REACH: Final = 3.0
_WORDS: Final = tuple(
    word
    for line in (
        "banjir genangan di depan rumah jalan melati lampu mati sampah menumpuk sudah tiga hari mohon ditindak arus",
        "warga setempat RT 03 RW 05 30 cm tinggi air kali meluap tolong segera dekat pasar sekolah selokan mampet",
    )
    for word in line.split()
)


def run(options: Options) -> list[Figure]:
    """Both in turn; rates in requests a second."""
    take_short_turns()  # as whoever syncs does
    pages = max(2, options.size(REQUESTS, PAGE) // PAGE)
    ours: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory() as name, _source(pages) as url:
        for turn in range(options.repeats):
            folder = Path(name) / str(turn)
            ours.append(asyncio.run(_through_the_desk(folder / "desk", url, pages)))
            theirs.append(_through_dlt(folder / "dlt", url, pages))
    mine, control = median(ours), median(theirs)
    return [
        Figure(
            f"sync of {pages * PAGE:,} Open311 requests, HTTP to committed rows, against dlt",
            mine / control,
            "times",
            REACH,
            AT_LEAST,
            details={"desk, requests a second": mine, "dlt, requests a second": control},
            note="dlt's rest_api source and sqlalchemy destination (SQLite), the same server, the same pages, one run",
        )
    ]


async def _through_the_desk(folder: Path, url: str, pages: int) -> float:
    folder.mkdir(parents=True)  # noqa: ASYNC240
    store = Store.open(folder / "desk.sqlite3", now=NOW, policy=load_policy())
    settings = Settings(folder / "settings.json")
    options = {"page_size": str(PAGE), "pages": str(min(999, pages + 2)), "changes": "ask"}
    settings.set_channel("open311", ChannelSettings(True, url, options))
    began = time.perf_counter()

    def clock() -> int:
        return NOW + int((time.perf_counter() - began) * 1_000)  # it moves: rates are counted by it

    engine = Engine(store, settings, SecretStore.in_memory({}), clock=clock)
    try:
        began = time.perf_counter()
        result = await engine.run_once(with_central=False)
        took = time.perf_counter() - began
        assert result.errors == (), result.errors
        assert store.summary().reports == pages * PAGE
    finally:
        await engine.close()
        store.close()
    return pages * PAGE / took


def _through_dlt(folder: Path, url: str, pages: int) -> float:
    """In a process of its own, as it is run; importing it is not counted."""
    folder.mkdir(parents=True)
    quiet = {
        **os.environ,
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "DLT_DATA_DIR": str(folder / "data"),
        "DLT_PROJECT_DIR": str(folder),
        "HOME": str(folder),
    }
    script = [sys.executable, "-m", "benchmarks.with_dlt", url, str(folder), str(pages), str(PAGE)]
    done = subprocess.run(script, env=quiet, capture_output=True, text=True, timeout=1_800, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2_000:])
    return pages * PAGE / float(done.stdout.split()[-1])


# ---------------------------------------------------------------- the source


def _requests(page: int) -> list[dict[str, Any]]:
    draw = random.Random(page)
    found = []
    for number in range(PAGE):
        at = to_iso(NOW - DAY - (page * PAGE + number) * 1_000)
        found.append(
            {
                "service_request_id": str(1_000_000 + page * PAGE + number),
                "status": draw.choice(("open", "open", "closed")),
                "status_notes": "",
                "service_name": "Banjir",
                "service_code": "banjir",
                "description": " ".join(draw.choices(_WORDS, k=18)),
                "agency_responsible": "",
                "service_notice": "",
                "requested_datetime": at,
                "updated_datetime": at,
                "expected_datetime": at,
                "address": "Jl. Contoh 1",
                "lat": -6.35 + draw.random() / 4,
                "long": 106.7 + draw.random() / 4,
                "media_url": "",
            }
        )
    return found


@contextmanager
def _source(pages: int) -> Iterator[str]:
    """A server in a process of its own, its pages made before the clock starts."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(pages, theirs))
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}/v2"
    finally:
        process.terminate()
        process.join(30)


def _serve(pages: int, told: Connection) -> None:
    bodies = [msgspec.json.encode(_requests(page)) for page in range(pages)]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            query = dict(parse_qsl(urlsplit(self.path).query))
            number = int(query.get("page", "1")) - 1
            asked_again = "service_request_id" in query or number >= pages
            body = b"[]" if asked_again else bodies[number]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Page-Count", str(pages))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.send(server.server_port)
    server.serve_forever()
