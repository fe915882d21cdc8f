"""A report's line in the file: its columns, how it is read back, the number of its content, its words in the index."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final

import msgspec

from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind, Status
from smartcity_desk.store import projection
from smartcity_desk.store.engine import Raw

REPORT_COLUMNS: Final = (
    "r.id, r.channel, r.external_id, r.kind, r.reported_at, r.text, r.title, r.changed_at, r.lat, r.lon, "
    "r.accuracy_m, r.place_quality, r.place_hint, r.category, r.category_raw, r.source_status, r.state_raw, "
    f"r.author, r.link, r.media, r.private, {projection.LOCATED}, w.path, e.withdrawn_at, e.expired_at"
)
"""In the order of `report_of`; of `REPORTS`."""
REPORT_WIDTH: Final = 29
BESIDE: Final = (
    "LEFT JOIN located l ON l.report_pk = r.pk LEFT JOIN road w ON w.report_pk = r.pk "
    "LEFT JOIN erased e ON e.report_pk = r.pk"
)
REPORTS: Final = f"report r {BESIDE}"
INDEX_RANGE: Final = (
    "INSERT INTO report_fts (rowid, title, text) SELECT pk, title, text FROM report "
    "WHERE pk BETWEEN ? AND ? AND private = 0"
)
"""What is private is not searched: a hit would tell what stands in it."""
_GONE: Final = "withdrawn"
_encode: Final = msgspec.json.Encoder().encode
_PATH: Final = msgspec.json.Decoder(tuple[tuple[float, float], ...])
_MEDIA: Final = msgspec.json.Decoder(tuple[str, ...])


def report_of(row: Sequence[Any]) -> Report:
    """The masked report from its line (`REPORT_COLUMNS`)."""
    return Report(
        id=row[0],
        channel=row[1],
        external_id=row[2],
        kind=ReportKind(row[3]),
        reported_at=row[4],
        text=row[5],
        title=row[6],
        changed_at=row[7],
        lat=row[8],
        lon=row[9],
        accuracy_m=row[10],
        place_quality=PlaceQuality(row[11]),
        place_hint=row[12],
        category=row[13],
        category_raw=row[14],
        source_status=Status(row[15]),
        state_raw=row[16],
        author=row[17],
        link=row[18],
        media=_MEDIA.decode(row[19]) if row[19] else (),
        private=bool(row[20]),
        location=projection.location_of(row[21:26]),
        path=_PATH.decode(row[26]) if row[26] else (),
        withdrawn_at=row[27],
        expired_at=row[28],
    )


def digest_of(report: Report) -> int:
    """A 63-bit number of the mapped facts, without status, author, raw item, unmasked text and automatic place.

    The status is compared by itself (a feed may end an item and bring it back), the raw item changes with every
    counter of likes, another desk's copy has no unmasked text, and the author's pseudonym depends on the profile's key.
    A whole number of degrees comes out of the file as a float, so it is one here.
    """
    facts = _encode(
        (
            *((report.path,) if report.path else ()),  # what never had a road keeps its number
            *((_GONE,) if report.withdrawn_at is not None else ()),
            report.kind,
            report.reported_at,
            report.title,
            report.text,
            _float(report.lat),
            _float(report.lon),
            _float(report.accuracy_m),
            report.place_quality,
            report.place_hint,
            report.category,
            report.category_raw,
            report.state_raw,
            report.link,
            report.media,
            report.private,
        )
    )
    return int.from_bytes(blake2b(facts, digest_size=8).digest(), "big") >> 1


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)


def unindex(raw: Raw, pk: int) -> None:
    """Take a report's words out of the search index, before they change."""
    raw.execute(
        "INSERT INTO report_fts (report_fts, rowid, title, text) SELECT 'delete', pk, title, text FROM report "
        "WHERE pk = ? AND private = 0",
        (pk,),
    )
