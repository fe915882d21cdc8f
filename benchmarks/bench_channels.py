"""What one raw item of each channel costs to become a report: the median, in microseconds.

To add a channel: a function that makes `n` raw items as its client hands them to its mapping, and the mapping, and its
line in `CHANNELS`. The control is msgspec decoding the same items to plain values, which no mapping can be faster than.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from statistics import median
from typing import Any, Final

import msgspec

from benchmarks.figure import Figure, Options
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.times import to_iso

ITEMS: Final = 2_000
NOW: Final = 1_795_000_000_000
REACH_US: Final = 150.0
_WORDS: Final = tuple(
    word
    for line in (
        "banjir genangan di depan rumah jalan melati lampu mati sampah menumpuk sudah tiga hari mohon ditindak warga",
        "RT 03 RW 05 selokan mampet tolong segera dekat pasar hubungi 0812-3456-7890 parah banget 😡 setinggi 30 cm",
    )
    for word in line.split()
)

Items = list[Any]
Mapping = Callable[[Any], Report]
Source = Callable[[int], tuple[Items, Mapping]]


def sentence(draw: random.Random) -> str:
    """Eighteen words as a citizen might write them; some hold a number that has to be masked."""
    return " ".join(draw.choices(_WORDS, k=18))


def as_text(items: list[dict[str, Any]]) -> Items:
    """Items as their JSON text, for clients that keep it."""
    return [msgspec.Raw(msgspec.json.encode(item)) for item in items]


def open311(count: int) -> tuple[Items, Mapping]:
    """Requests as the 6aika server writes them."""
    from smartcity_desk.sync.channels.open311 import mapping

    return as_text([_request(number) for number in range(count)]), mapping.to_report


def open311_xml(count: int) -> tuple[Items, Mapping]:
    """The same out of XML, read field by field."""
    from smartcity_desk.sync.channels.open311 import mapping

    items = [{name: str(value) for name, value in _request(number).items()} for number in range(count)]
    return items, mapping.to_report


def lapor(count: int) -> tuple[Items, Mapping]:
    """Complaints with their marks of *rahasia* and *anonim*."""
    from smartcity_desk.sync.channels.lapor import mapping

    items = [
        _request(number)
        | {"attributes": [{"code": "rahasia", "value": "0"}, {"code": "anonim", "value": str(number % 2)}]}
        for number in range(count)
    ]
    return as_text(items), mapping.to_report


def _request(number: int) -> dict[str, Any]:
    draw = random.Random(number)
    at = to_iso(NOW - number * 1_000)
    return {
        "service_request_id": str(1_000_000 + number),
        "status": draw.choice(("open", "closed")),
        "status_notes": "",
        "service_name": "Banjir",
        "service_code": "banjir",
        "description": sentence(draw),
        "agency_responsible": "",
        "service_notice": "",
        "requested_datetime": at,
        "updated_datetime": at,
        "expected_datetime": at,
        "address": "Jl. Contoh 1",
        "lat": -6.35 + draw.random() / 4,
        "long": 106.7 + draw.random() / 4,
        "media_url": "https://foto.example.invalid/1.jpg",
    }


def petabencana(count: int) -> tuple[Items, Mapping]:
    """Features of the GeoJSON window."""
    from smartcity_desk.sync.channels.petabencana import mapping

    draw = random.Random(1)
    items = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [106.8, -6.2]},
            "properties": {
                "pkey": str(number),
                "created_at": to_iso(NOW - number * 1_000),
                "source": "grasp",
                "status": "confirmed",
                "url": f"{number}-contoh",
                "image_url": None,
                "disaster_type": "flood",
                "report_data": {"report_type": "flood", "flood_depth": 40},
                "tags": {"district_id": None, "local_area_id": "1042", "instance_region_code": "ID-JK"},
                "title": None,
                "text": sentence(draw),
            },
        }
        for number in range(count)
    ]
    return as_text(items), mapping.to_report_from_text


def email(count: int) -> tuple[Items, Mapping]:
    """Whole mails as a server gives them, without attachments: taken apart, decoded and mapped."""
    from benchmarks.bench_mail import letter
    from smartcity_desk.sync.mailbox import mapping
    from smartcity_desk.sync.mailbox.letter import Mail, read

    box = mapping.Box("email", lambda _: "nama", "jakarta.go.id")

    def to_report(mail: Mail) -> Report:
        found, _ = read(mail)
        return mapping.to_report(found, box, mapping.external_id(found))

    contents = [letter(number) for number in range(1, 2 * count) if number % 20]
    return [Mail(number, 1, NOW, len(one), one) for number, one in enumerate(contents[:count], 1)], to_report


def petabencana_cap(count: int) -> tuple[Items, Mapping]:
    """The same features as a CAP feed gives them, without report data."""
    from smartcity_desk.sync.channels.petabencana import mapping

    features, _ = petabencana(count)
    return [msgspec.json.decode(feature) for feature in features], mapping.to_report


def waze(count: int) -> tuple[Items, Mapping]:
    """Jams along roads of thirty bends."""
    from smartcity_desk.sync.channels.waze import mapping

    line = [{"x": 106.8 + bend / 1_000, "y": -6.2} for bend in range(30)]
    items: Items = [
        {
            "uuid": 1_209_385_521 + number,
            "pubMillis": NOW - number,
            "country": "ID",
            "city": "Jakarta Timur",
            "street": "Jl. Contoh Raya",
            "endNode": "Jl. Sampel",
            "level": 4,
            "speed": 1.42,
            "length": 812,
            "delay": 364,
            "line": line,
            "segments": [{}],
        }
        for number in range(count)
    ]
    return items, mapping.jam


def x(count: int) -> tuple[Items, Mapping]:
    """Posts with a named place and a picture."""
    from smartcity_desk.sync.channels.x import mapping

    draw = random.Random(2)
    items = [
        {
            "id": str(1_994_000_000_000_000_000 + number),
            "edit_history_tweet_ids": [str(1_994_000_000_000_000_000 + number)],
            "text": f"@jakartagoid {sentence(draw)}",
            "created_at": to_iso(NOW - number * 1_000),
            "author_id": "88000001",
            "conversation_id": str(1_994_000_000_000_000_000 + number),
            "lang": "in",
            "geo": {"place_id": "07d9f5c000000001"},
            "attachments": {"media_keys": ["3_1"]},
            "public_metrics": {"retweet_count": 0, "reply_count": 1, "like_count": 2},
        }
        for number in range(count)
    ]
    place = {
        "id": "07d9f5c000000001",
        "full_name": "Duren Sawit",
        "geo": {"bbox": [106.89, -6.26, 106.95, -6.21]},
    }
    media = {"media_key": "3_1", "type": "photo", "url": "https://pbs.example.invalid/a.jpg"}
    page = mapping.read_page({"data": items, "includes": {"places": [place], "media": [media]}})
    return list(items), lambda item: mapping.to_report(item, page, lambda source: source)


def facebook(count: int) -> tuple[Items, Mapping]:
    """Posts with a tagged place and an album of two pictures."""
    from smartcity_desk.sync.channels.facebook import mapping

    draw = random.Random(3)
    photo = {
        "media_type": "photo",
        "media": {"image": {"height": 720, "width": 960, "src": "https://a.invalid/1"}},
    }
    album = {"media_type": "album", "subattachments": {"data": [photo, photo]}}
    items: Items = [
        {
            "id": f"100000000000001_{number}",
            "message": sentence(draw),
            "created_time": to_iso(NOW - number * 1_000)[:19] + "+0000",
            "updated_time": to_iso(NOW - number * 1_000)[:19] + "+0000",
            "from": {"id": str(number), "name": "Warga"},
            "permalink_url": f"https://www.facebook.com/1/posts/{number}",
            "status_type": "mobile_status_update",
            "is_hidden": False,
            "place": {
                "id": "3",
                "name": "Jembatan",
                "location": {"city": "J", "latitude": -6.2, "longitude": 106.8},
            },
            "attachments": {"data": [album]},
            "comments": {"data": [], "summary": {"total_count": 2}},
        }
        for number in range(count)
    ]
    return items, lambda item: mapping.to_report(item, lambda source: source)


def qlue(count: int) -> tuple[Items, Mapping]:
    """Markers of version 3."""
    from smartcity_desk.sync.channels.qlue import mapping

    draw = random.Random(4)
    items: Items = [
        {
            "id": 412_000 + number,
            "type": "Sanitation",
            "profile": {
                "username": "warga_contoh",
                "timestamp": "2026-11-22 08:30:00",
                "location": {"lat": -6.2, "lng": 106.84},
                "detail": {
                    "status": "process",
                    "kd_kel": "3172041003",
                    "name_kel": "Contoh Barat",
                    "desc": sentence(draw),
                    "image": "http://foto.example.invalid/1.jpg",
                    "comment_count": 3,
                    "suggest": {"tags": []},
                },
            },
        }
        for number in range(count)
    ]
    return items, lambda item: mapping.to_report(item, lambda source: source)


def crm(count: int) -> tuple[Items, Mapping]:
    """Reports of the list, each with its detail."""
    from smartcity_desk.sync.channels.crm import mapping

    draw = random.Random(5)
    detail = {
        "documents": [{"url": "https://crm.example.invalid/1.jpg"}],
        "village": {"name": "Contoh", "district": {"name": "Sampel", "city": {"name": "Jakarta Timur"}}},
    }
    items: Items = [
        {
            "id": 7_001_000 + number,
            "code": f"JK26112{number:05}",
            "content": f"Permasalahan: {sentence(draw)} Kategori: SAMPAH Lokasi: Jl. Contoh "
            "Detail Alamat Laporan: depan pos RW 03",
            "lat": -6.2,
            "lng": 106.84,
            "tstatus": {"name": "Disposisi"},
            "complaintCategory": {"name": "SAMPAH"},
            "zone": {"name": "Kelurahan Contoh"},
            "createdAt": to_iso(NOW - number * 1_000),
        }
        for number in range(count)
    ]
    return items, lambda item: mapping.to_report(item, detail)


CHANNELS: Final[dict[str, tuple[Source, float]]] = {
    "open311": (open311, REACH_US),
    "open311, XML": (open311_xml, REACH_US),
    "lapor": (lapor, REACH_US),
    "petabencana": (petabencana, REACH_US),
    "email": (email, 1_000.0),
    "petabencana, CAP": (petabencana_cap, REACH_US),
    "waze": (waze, REACH_US),
    "x": (x, REACH_US),
    "facebook": (facebook, REACH_US),
    "qlue": (qlue, REACH_US),
    "crm": (crm, REACH_US),
}
"""By name: where its items come from, and the most that the median may be (µs)."""


def run(options: Options) -> list[Figure]:
    """Each channel's median over single items, all rounds together."""
    found = []
    for name, (source, reach) in CHANNELS.items():
        items, mapping = source(options.size(ITEMS, 200))
        took = _single(items, mapping, options.repeats)
        control = _single(items, _plain, options.repeats) if isinstance(items[0], msgspec.Raw) else None
        found.append(
            Figure(
                f"mapping of one item, {name}",
                took,
                "µs",
                reach,
                control=control,
                control_name="" if control is None else "msgspec to plain values",
            )
        )
    return found


def _plain(item: Any) -> Any:
    return msgspec.json.decode(item)


def _single(items: Items, work: Callable[[Any], Any], repeats: int) -> float:
    """The median time of one item, in microseconds."""
    times: list[float] = []
    for _ in range(repeats):
        for item in items:
            began = time.perf_counter()
            work(item)
            times.append(time.perf_counter() - began)
    return median(times) * 1e6
