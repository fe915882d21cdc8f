"""A source that gives everything and makes it hard: two protocols over HTTP, with every fault that was ever met.

Items are numbered. What an item is, when it was reported and from when it can be had follow from its number, so that
whoever checks afterwards knows without being told. Time is a shared number that the reader moves.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.times import HOUR, MINUTE, from_iso, to_iso
from smartcity_desk.training.channel import Spoils
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers import open311, petabencana, x
from smartcity_desk.training.servers.common import HTML
from smartcity_desk.training.servers.georeport import written

START: Final = 1_790_000_000_000
POLL: Final = 12 * MINUTE
"""Time between two rounds of the reader."""
LATE: Final = 20 * MINUTE
FIRST_POST: Final = 1_900_000_000_000_000_000
PAGE: Final = 100
SHARE, LISTED_SHARE = 0.6, 0.15
"""Parts of all items that the source with a window and the one with pages give; the one with a mark gives the rest."""
LISTED: Final = "/v2/"
FIRST_REQUEST: Final = 7_000_000
LISTED_PAGE: Final = 500
VERY_LATE: Final = 30 * HOUR
"""How late a few requests of the source with pages are published: every window of the usual kind has passed them."""
BIG, BIG_EVERY = 33 * 1024 * 1024, 211
"""Bytes that some answers are longer than any that is taken, and which."""
HUGE: Final = 10_000_000
HUGE_ONES: Final = (1_500, 120_000, 400_000, 650_000)
"""Far apart: an answer of more than 32 MB is refused whole, and two of them with two hours of others are that."""
OUTAGE_EVERY: Final = 10 * HOUR
OUTAGE_LASTS: Final = 2 * HOUR + 30 * MINUTE
FAULTS: Final = ("cut", "broken", "html", "500", "503", "429", "drop", "error_inside")
REFUSALS: Final = ("500", "503", "429")
_EMOJI: Final = "🌊🚨 banjir 👨‍👩‍👧‍👦 di jalan 🏚️"
_RTL: Final = "\u05e9\u05dc\u05d5\u05dd \u0639\u0631\u0628\u064a \u202etxet desrever\u202c di depan pasar"
_ODD: Final = "kosong \x00 dan \x1b[31m dan \ud800 dan ﷽"
_TEXT: Final = "Genangan setinggi lutut di depan pasar, warga minta pompa, sudah dua jam belum surut"


@dataclass(frozen=True, slots=True)
class Plan:
    """How many items there are, and how many of each source come between two rounds."""

    windowed: int
    marked: int
    listed: int
    rounds: int

    @classmethod
    def of(cls, items: int, each: int) -> Plan:
        """A plan for so many items, `each` a round of the source with a window."""
        windowed, listed = int(items * SHARE), int(items * LISTED_SHARE)
        return cls(windowed, items - windowed - listed, listed, max(1, -(-windowed // each)))

    @property
    def step(self) -> float:
        """Ms between two items of the source with a window."""
        return self.rounds * POLL / self.windowed

    @property
    def end(self) -> int:
        """When everything can be had."""
        return START + self.rounds * POLL + LATE


def kind_of(number: int) -> str:
    """What an item is; most are plain."""
    if number in HUGE_ONES:
        return "huge"
    share = number * 2_654_435_761 % 1_000
    for most, kind in (
        (30, "emoji"),
        (50, "rtl"),
        (55, "odd"),
        (85, "nowhere"),
        (95, "swapped"),
        (100, "no_time"),
        (105, "wrong_type"),
        (108, "no_object"),
        (111, "nested"),
        (160, "late"),
        (210, "twice"),
        (230, "edited"),
    ):
        if share < most:
            return kind
    return "plain"


BAD: Final = frozenset({"no_time", "wrong_type", "no_object", "nested", "huge"})
"""Kinds that a reader cannot take for a report."""


def _words(kind: str, number: int) -> str:
    words = {"emoji": _EMOJI, "rtl": _RTL, "odd": _ODD}.get(kind, _TEXT)
    return f"{words} n-{number}." + ("x" * HUGE if kind == "huge" else "")


@lru_cache(maxsize=40_000)
def feature(number: int, step: float, again: bool) -> bytes:
    """An item of the source with a window, as it stands in an answer. `again`: it was given before."""
    kind = kind_of(number)
    if kind == "no_object":
        return json.dumps(f"n-{number}.").encode()
    if kind == "nested":
        return b'{"properties":' + b"[" * 200 + b"]" * 200 + f',"mark":"n-{number}."}}'.encode()
    text = _words(kind, number) + (" (diperbarui)" if kind == "edited" and again else "")
    point: Any = {"type": "Point", "coordinates": [106.7 + number % 1000 / 4000, -6.3 + number % 777 / 3108]}
    if kind == "nowhere":
        point = (None, {"type": "Point", "coordinates": [0, 0]}, {"type": "Point"})[number % 3]
    elif kind == "swapped":
        point = {"type": "Point", "coordinates": point["coordinates"][::-1]}
    properties: dict[str, Any] = {
        "pkey": str(number),
        "created_at": to_iso(START + int(number * step)),
        "source": "grasp",
        "status": "confirmed",
        "disaster_type": "flood",
        "report_data": {"report_type": "flood", "flood_depth": number % 150},
        "tags": {"district_id": None, "instance_region_code": "ID-JK"},
        "title": None,
        "text": text,
    }
    if kind == "no_time":
        del properties["created_at"]
    elif kind == "wrong_type":
        properties["created_at"] = {"never": ["a", "time"]}
    return json.dumps({"type": "Feature", "geometry": point, "properties": properties}).encode()


def post(number: int, at: int) -> dict[str, Any] | str:
    """An item of the source with a mark."""
    kind = kind_of(number)
    if kind == "no_object":
        return f"n-{number}."
    found: dict[str, Any] = {
        "id": str(FIRST_POST + number),
        "created_at": to_iso(at),
        "text": _words("plain" if kind == "huge" else kind, number),
        "author_id": str(number % 997),
        "conversation_id": str(FIRST_POST + number),
    }
    if kind == "no_time":
        del found["created_at"]
    elif kind in ("wrong_type", "nested"):
        found["created_at"] = ["never", "a", "time"]
    elif kind == "nowhere":
        found["geo"] = {"coordinates": {"type": "Point", "coordinates": [0, 0]}}
    return found


def request(number: int, at: int, again: bool) -> Any:
    """An item of the source with pages, as the training city's server of this kind tells of it and spoils it."""
    kind = kind_of(number)
    if kind == "no_object":
        return f"n-{number}."
    spoils = spoils_of(LISTED)
    found = _template() | {
        "service_request_id": FIRST_REQUEST + number,
        "requested_datetime": written(at),
        "updated_datetime": written(at),
        "description": _words("plain" if kind == "huge" else kind, number),
        "lat": -6.3 + number % 777 / 3108,
        "long": 106.7 + number % 1000 / 4000,
    }
    if kind == "edited" and again:
        found |= {"status": "closed", "status_notes": "sudah selesai", "updated_datetime": written(at + LATE)}
    elif kind == "no_time":
        del found["requested_datetime"]
    elif kind in ("wrong_type", "nested"):
        found = spoils.spoil("wrong_type", found)
    elif kind in ("nowhere", "swapped"):
        found = spoils.spoil("zero" if kind == "nowhere" else "swapped", found)
    return found


@lru_cache(maxsize=1)
def _template() -> dict[str, Any]:
    record = Citizen(
        number=1,
        channel=open311.NAME,
        external_id=open311.external_id(1, START),
        at=START,
        text=_TEXT,
        author=1,
        category="banjir",
        place="",
        placed="",
        competent="",
        incident=1,
        lat=-6.2,
        lon=106.8,
        picture=False,
    )
    return open311.request_of(record, Directory())


def spoils_of(path: str) -> Spoils:
    """How the training city's server of this kind spoils its answers."""
    channel = (
        open311.CHANNEL
        if path.startswith(LISTED)
        else petabencana.CHANNEL
        if path == "/reports"
        else x.CHANNEL
    )
    assert channel.spoils is not None
    return channel.spoils


def listed(plan: Plan, now: int, query: dict[str, str]) -> tuple[bytes, int]:
    """A page of requests in a window by time of creation, newest first."""
    since, until = from_iso(query["start_date"]), min(from_iso(query["end_date"]), now)
    step = plan.rounds * POLL / max(1, plan.listed)
    first = max(0, int((since - START) / step))
    last = min(plan.listed, int((until - START) / step) + 1)
    there = [number for number in range(first, last) if _is_out(number, now - START - int(number * step))]
    page, size = max(1, int(query["page"])), min(int(query["page_size"]), LISTED_PAGE)
    items: list[Any] = []
    for number in there[::-1][(page - 1) * size : page * size]:
        at = START + int(number * step)
        items.append(request(number, at, now - at > 2 * POLL))
        if kind_of(number) == "twice":
            items.append(items[-1])
    return json.dumps(items).encode(), len(items)


def _is_out(number: int, age: int) -> bool:
    """Whether a request of this age (ms) was published by now."""
    if kind_of(number) != "late":
        return True
    return age >= (VERY_LATE if number % 5 == 0 else LATE)


def serve(plan: Plan, clock: Synchronized[int], calm: Synchronized[int], told: Connection) -> None:
    """Serve until the process is ended. `calm` other than 0 stops the faults. The port goes to `told`."""
    lock = threading.Lock()
    counts = {"requests": 0, "given": 0}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query))
            if parts.path == "/counts":
                self._send(json.dumps(counts).encode())
                return
            with lock:
                counts["requests"] += 1
                turn = counts["requests"]
            now = clock.value
            fault = None if calm.value else fault_of(turn, now)
            if fault == "drop":
                self.close_connection = True
                return
            instead = instead_of(parts.path, fault)
            if instead is not None:
                self._send(instead, int(fault) if fault in REFUSALS else 200)
                return
            body, given = answer_of(plan, parts.path, now, query, turn)
            if parts.path.startswith(LISTED) and not calm.value and turn % BIG_EVERY == 0:
                self._send(body + b" " * BIG)  # refused whole for its size: it counts as not given
                return
            if fault == "broken":
                body = body[: max(1, len(body) * 2 // 3)]
            elif fault is None:
                with lock:
                    counts["given"] += given
            self._send(body, cut=fault == "cut")

        def _send(self, body: bytes, status: int = 200, *, cut: bool = False) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if cut else body)
            if cut:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Nothing."""

        def handle_one_request(self) -> None:
            """A reader that was killed leaves broken pipes behind."""
            try:
                super().handle_one_request()
            except ConnectionError:
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.send(server.server_port)
    server.serve_forever()


def instead_of(path: str, fault: str | None) -> bytes | None:
    """What is sent in the place of an answer, if a fault is of that kind."""
    if fault in REFUSALS:
        return spoils_of(path).refusal(int(fault)).body
    if fault == "error_inside":
        return spoils_of(path).error_inside()
    return HTML if fault == "html" else None


def answer_of(plan: Plan, path: str, now: int, query: dict[str, str], turn: int) -> tuple[bytes, int]:
    """The answer that is due, and how many items it gives."""
    if path.startswith(LISTED):
        return listed(plan, now, query)
    if path == "/reports":
        return window(plan, now, int(query["timeperiod"]) * 1000, turn)
    return recent(plan, now, query)


def fault_of(turn: int, now: int) -> str | None:
    """What is wrong with an answer: every seventh has something, and at times there is nobody at all."""
    if (now - START) % OUTAGE_EVERY > OUTAGE_EVERY - OUTAGE_LASTS:
        return "drop"
    return FAULTS[turn // 7 % len(FAULTS)] if turn % 7 == 3 else None


def window(plan: Plan, now: int, length: int, turn: int) -> tuple[bytes, int]:
    """All that was reported in the last `length` ms and can be had by now, in an order of its own."""
    step = plan.step
    first = max(0, int((now - length - START) / step))
    last = min(plan.windowed, int((now - START) / step) + 1)
    items: list[bytes] = []
    for number in range(first, last):
        kind, age = kind_of(number), now - START - int(number * step)
        if kind == "late" and age < LATE:
            continue
        items.append(feature(number, step, kind == "edited" and age > 2 * POLL))
        if kind == "twice":
            items.append(items[-1])
    if turn % 2:
        items.reverse()
    at = turn * 7_919 % (len(items) + 1)
    items = items[at:] + items[:at]
    head = b'{"statusCode":200,"result":{"type":"FeatureCollection","features":['
    return head + b",".join(items) + b"]}}", len(items)


def recent(plan: Plan, now: int, query: dict[str, str]) -> tuple[bytes, int]:
    """A page of posts, newest first: after `since_id`, before what the token names."""
    step = plan.rounds * POLL / plan.marked
    top = min(plan.marked, int((now - START) / step) + 1)
    if query.get("next_token", "").startswith("b"):
        top = min(top, int(query["next_token"][1:]))
    least = int(query["since_id"]) - FIRST_POST + 1 if query.get("since_id") else 0
    numbers = range(max(least, top - PAGE, 0), top)[::-1]
    meta: dict[str, Any] = {"result_count": len(numbers)}
    if numbers:
        meta |= {"newest_id": str(FIRST_POST + numbers[0]), "oldest_id": str(FIRST_POST + numbers[-1])}
        if numbers[-1] > least:
            meta["next_token"] = f"b{numbers[-1]}"
    data = [post(number, START + int(number * step)) for number in numbers]
    return json.dumps({"data": data, "meta": meta}).encode(), len(data)
