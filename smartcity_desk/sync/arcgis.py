"""A layer of the city's ArcGIS server, whole: page by page, or by object ids where it knows no pages.

Errors come with HTTP 200 and an `error` object; `exceededTransferLimit` may be missing; a server may send at most so
many records as it says, whatever was asked (channels paper 11.2). What does not add up to the server's own count is
refused: boundaries with a piece missing look right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import numpy as np

from smartcity_desk.domain.errors import AuthExpired, BadData, Rejected
from smartcity_desk.domain.text import one_line
from smartcity_desk.domain.times import DAY, to_datetime, to_iso
from smartcity_desk.place import esri, geojson
from smartcity_desk.sync.ratelimit import Rate
from smartcity_desk.sync.transport import Http, Transport

PLACE: Final = "arcgis"
RATE: Final = Rate(calls=4, per_ms=1_000, burst=4)
_FIELD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_PAGE: Final = 200
_SMALLEST_PAGE: Final = 5
_IDS_AT_ONCE: Final = 100
_MOST: Final = geojson.MOST_FEATURES
_TOKEN: Final = frozenset({498, 499})
_SERVERS: Final = ("FeatureServer", "MapServer")

Told = Callable[[int, int], None]
"""Progress: records that have come, records in all. May raise to stop."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A layer as GeoJSON, with what the server says of it. `as_of` is the date of its last edit, or empty."""

    name: str
    content: bytes
    count: int
    source: str
    as_of: str


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """A layer as its server has it: shapes with properties, and the properties of records that have no shape.

    `mark` tells this state of the layer from the next where the server dates its edits; empty where it does not.
    """

    name: str
    features: geojson.Features
    rows: tuple[Mapping[str, Any], ...]
    count: int
    source: str
    as_of: str
    mark: str


async def fetch(
    transport: Transport,
    url: str,
    *,
    clock: Callable[[], int],
    layer: str = "",
    told: Told = lambda _done, _all: None,
) -> Fetched:
    """Everything of one layer as GeoJSON. Raises as `whole` does."""
    found = await whole(transport, url, clock=clock, layer=layer, told=told)
    assert found is not None  # it has no mark to be equal to
    return Fetched(found.name, geojson.write(found.features), found.count, found.source, found.as_of)


async def whole(
    transport: Transport,
    url: str,
    *,
    clock: Callable[[], int],
    layer: str = "",
    told: Told = lambda _done, _all: None,
    token: str = "",
    known: str = "",
) -> Whole | None:
    """Everything of one layer, or None when its server says that nothing was edited since the mark `known`.

    `url` is the layer's (`…/FeatureServer/0`), or the service's with the layer's name, or the directory's
    (`…/rest/services`) with `service/layer` by their names: numbers change, names rarely. `token` goes in a header.
    Raises `Rejected` (`arcgis_no_layer`, `arcgis_count`, `arcgis_system`), `AuthExpired` where a token is asked for,
    and what the transport raises.
    """
    client = _Client(transport.channel(PLACE, RATE), clock, token)
    url, about = await client.layer(_plain(url), layer)
    total = await client.count(url)
    mark = await client.mark(url, about, total, known)
    if mark and mark == known:
        return None
    if not 0 < total <= _MOST:
        raise Rejected("arcgis_count", place=PLACE, value=total, known=_MOST)
    rows = _Rows(_id_field(about))
    paged = about.get("advancedQueryCapabilities")
    if isinstance(paged, dict) and paged.get("supportsPagination") is False:
        await client.by_ids(url, rows, total, told)
    else:
        await client.by_pages(url, rows, total, told, _positive(about.get("maxRecordCount")) or _PAGE)
    if len(rows) != total:
        raise Rejected("arcgis_count", place=PLACE, value=len(rows), known=total)
    return Whole(
        one_line(str(about.get("name") or ""), 80),
        rows.features(),
        rows.plain(),
        total,
        one_line(str(about.get("copyrightText") or urlsplit(url).hostname or ""), 200),
        _edited(about),
        mark,
    )


class _Client:
    def __init__(self, http: Http, clock: Callable[[], int], token: str = "") -> None:
        self._http = http
        self._clock = clock
        self._headers = {"X-Esri-Authorization": f"Bearer {token}"} if token else None

    async def ask(self, url: str, **params: str) -> Mapping[str, Any]:
        """The JSON object at an address; an error inside it is one."""
        data = (await self._http.get(url, params={"f": "json", **params}, headers=self._headers)).data
        inside = data.get("error") if isinstance(data, dict) else None
        if isinstance(inside, dict) and inside.get("code") in _TOKEN:
            raise AuthExpired(place=PLACE, reason="arcgis_token")
        problem = self._http.error_inside(data, self._clock())
        if problem is not None:
            raise problem
        if not isinstance(data, dict):
            raise BadData(PLACE, "envelope")
        return data

    async def layer(self, url: str, name: str) -> tuple[str, Mapping[str, Any]]:
        """The address of the layer meant, and what it says of itself."""
        about = await self.ask(url)
        if isinstance(about.get("services"), list):
            service, _, name = name.rpartition("/")
            url = await self._service(url, about, service or name)
            about = await self.ask(url)
        listed = about.get("layers")
        if not isinstance(listed, list) or "geometryType" in about:
            return url, about
        named = [one for one in listed if isinstance(one, dict) and isinstance(one.get("id"), int)]
        if name:
            named = [one for one in named if str(one.get("name", "")).casefold() == name.casefold()]
        if len(named) != 1:
            known = ", ".join(
                one_line(str(one.get("name", "")), 40) for one in listed[:20] if isinstance(one, dict)
            )
            raise Rejected("arcgis_no_layer", place=PLACE, value=known)
        url = f"{url}/{named[0]['id']}"
        return url, await self.ask(url)

    async def _service(self, root: str, about: Mapping[str, Any], wanted: str) -> str:
        """The address of a service by its name, with or without its folder (`UTILITAS/Data_Utilitas_View`)."""
        folder, _, name = wanted.rpartition("/")
        if folder:
            about = await self.ask(f"{root}/{folder}")
        found = [
            (str(one.get("name")), str(one.get("type")))
            for one in about.get("services") or ()
            if isinstance(one, dict) and one.get("type") in _SERVERS
        ]
        alike = [one for one in found if one[0].rpartition("/")[2].casefold() == name.casefold()]
        if not alike:
            known = ", ".join(one_line(one, 40) for one, _ in found[:20])
            raise Rejected("arcgis_no_layer", place=PLACE, value=known or "—")
        alike.sort(key=lambda one: _SERVERS.index(one[1]))
        return f"{root}/{alike[0][0]}/{alike[0][1]}"

    async def mark(self, url: str, about: Mapping[str, Any], total: int, known: str) -> str:
        """What tells this state of the layer from another: its last edit and its count; empty when edits are not dated.

        A server that dates each record instead is asked whether one was edited since, and keeps the mark if none was.
        """
        info = about.get("editingInfo")
        edited = info.get("lastEditDate") if isinstance(info, dict) else None
        if isinstance(edited, int) and not isinstance(edited, bool):
            return f"{total}.{edited}"
        fields = about.get("editFieldsInfo")
        name = fields.get("editDateField") if isinstance(fields, dict) else None
        if not isinstance(name, str) or not _FIELD.fullmatch(name):
            return ""
        before, _, at = known.partition(".")
        if at.isdecimal() and before == str(total):
            where = f"{name} > timestamp '{to_datetime(int(at)):%Y-%m-%d %H:%M:%S}'"
            if await self.count(url, where) == 0:
                return known
        return f"{total}.{self._clock() - DAY}"

    async def count(self, url: str, where: str = "1=1") -> int:
        """How many records the layer has, or how many of them a condition holds for."""
        count = (await self.ask(f"{url}/query", where=where, returnCountOnly="true")).get("count")
        if not isinstance(count, int) or isinstance(count, bool):
            raise BadData(PLACE, "envelope")
        return count

    async def by_pages(self, url: str, rows: _Rows, total: int, told: Told, most: int) -> None:
        """Page after page, in the order of the object ids; smaller pages when one is too large."""
        size = min(most, _PAGE)
        offset = 0
        while offset < total:
            try:
                page = await self._query(
                    url,
                    where="1=1",
                    orderByFields=rows.id_field,
                    resultOffset=str(offset),
                    resultRecordCount=str(size),
                )
            except BadData as problem:
                if problem.key != "too_large" or size <= _SMALLEST_PAGE:
                    raise
                size = max(_SMALLEST_PAGE, size // 4)
                continue
            came = rows.add(page)
            offset += came
            told(len(rows), total)
            # A server that says nothing about its limit has more as long as pages come back full.
            more = page.get("exceededTransferLimit")
            if came == 0 or more is False or (more is None and came < size and offset >= total):
                break

    async def by_ids(self, url: str, rows: _Rows, total: int, told: Told) -> None:
        """Block after block of object ids."""
        found = await self.ask(f"{url}/query", where="1=1", returnIdsOnly="true")
        ids = found.get("objectIds")
        if not isinstance(ids, list) or not all(isinstance(one, int) for one in ids):
            raise BadData(PLACE, "envelope")
        name = found.get("objectIdFieldName")
        if isinstance(name, str) and name:
            rows.id_field = name
        ids.sort()
        for start in range(0, len(ids), _IDS_AT_ONCE):
            block = ",".join(map(str, ids[start : start + _IDS_AT_ONCE]))
            rows.add(await self._query(url, objectIds=block))
            told(len(rows), total)

    async def _query(self, url: str, **params: str) -> Mapping[str, Any]:
        return await self.ask(f"{url}/query", outFields="*", outSR="4326", returnGeometry="true", **params)


class _Rows:
    """The records that have come, each once by its object id."""

    def __init__(self, id_field: str) -> None:
        self.id_field = id_field
        self._found: dict[object, tuple[Any, Mapping[str, Any]]] = {}

    def __len__(self) -> int:
        return len(self._found)

    def add(self, page: Mapping[str, Any]) -> int:
        """Take a page and say how many records it had. Raises Rejected (`arcgis_system`), BadData."""
        listed = page.get("features")
        if not isinstance(listed, list):
            raise BadData(PLACE, "envelope")
        shaped = any(isinstance(one, dict) and one.get("geometry") for one in listed)
        mercator = shaped and _is_mercator(page.get("spatialReference"))
        for one in listed:
            attributes = one.get("attributes") if isinstance(one, dict) else None
            if not isinstance(attributes, dict):
                raise BadData(PLACE, "envelope")
            key = attributes.get(self.id_field, len(self._found))
            self._found[key] = esri.shape(one.get("geometry"), mercator=mercator), attributes
        return len(listed)

    def plain(self) -> tuple[Mapping[str, Any], ...]:
        """The properties of all of them, those of a table without shapes too."""
        return tuple(_plain_values(attributes.items()) for _, attributes in self._found.values())

    def features(self) -> geojson.Features:
        """Those with a geometry, in the order of their ids."""
        drawn = [(shape, attributes) for shape, attributes in self._found.values() if shape is not None]
        shapes = np.empty(len(drawn), object)
        shapes[:] = [shape for shape, _ in drawn]
        return geojson.Features(shapes, [_plain_values(attributes.items()) for _, attributes in drawn])


def _plain_values(items: Iterable[tuple[str, Any]]) -> Mapping[str, Any]:
    return {str(name)[:80]: value for name, value in items if isinstance(value, str | int | float | None)}


def _is_mercator(reference: Any) -> bool:
    known: Sequence[Any] = ()
    if isinstance(reference, dict):
        known = (reference.get("latestWkid"), reference.get("wkid"))
    if any(wkid in esri.DEGREES for wkid in known):
        return False
    if any(wkid in esri.MERCATOR for wkid in known):
        return True
    raise Rejected("arcgis_system", place=PLACE, value=str(known[-1] if known else "—")[:20])


def _id_field(about: Mapping[str, Any]) -> str:
    for value in (about.get("objectIdField"), about.get("objectIdFieldName")):
        if isinstance(value, str) and value:
            return value
    for one in about.get("fields") or ():
        if isinstance(one, dict) and one.get("type") == "esriFieldTypeOID":
            return str(one.get("name"))
    return "OBJECTID"


def _positive(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _edited(about: Mapping[str, Any]) -> str:
    info = about.get("editingInfo")
    at = info.get("lastEditDate") if isinstance(info, dict) else None
    try:
        return to_iso(at)[:10] if isinstance(at, int) and not isinstance(at, bool) and at > 0 else ""
    except (ValueError, OverflowError):
        return ""


def _plain(url: str) -> str:
    """The address without query and trailing slash; `/query` at its end is left out."""
    parts = urlsplit(url.strip())
    path = parts.path.rstrip("/").removesuffix("/query")
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))
