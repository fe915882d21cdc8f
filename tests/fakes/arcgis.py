"""An ArcGIS feature service on loopback, after the genuine answers of one: ids, pages, errors with HTTP 200."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from smartcity_desk.place.units import Unit
from tests.fakes.http_server import Asked, Reply

ROOT = "/server/rest/services/Batas/FeatureServer"


@dataclass
class Service:
    """One service with one layer of kelurahan. `most` is its largest page, `limit_told` whether it says so."""

    units: Sequence[Unit]
    most: int = 5
    pages: bool = True
    limit_told: bool = True
    wkid: int = 4326
    token: bool = False
    lost: int = 0
    same_page: bool = False
    claimed: int | None = None
    layers: tuple[str, ...] = ("Kelurahan",)
    about: dict[str, Any] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Reply:
        """What the service says to a request."""
        if self.token:
            return Reply.json({"error": {"code": 499, "message": "Token Required", "details": []}})
        if asked.query.get("f") != "json":
            return Reply.html()
        if asked.path == ROOT:
            listed = [{"id": number, "name": name} for number, name in enumerate(self.layers)]
            return Reply.json(
                {"currentVersion": 11.2, "maxRecordCount": self.most, "layers": listed, "tables": []}
            )
        if asked.path == f"{ROOT}/0":
            return Reply.json(self._layer())
        if asked.path == f"{ROOT}/0/query":
            return Reply.json(self._query(asked.query))
        return Reply.json({"error": {"code": 404, "message": "not found", "details": []}})

    def _layer(self) -> dict[str, Any]:
        return {
            "currentVersion": 11.2, "id": 0, "name": "Kelurahan", "type": "Feature Layer", "copyrightText": "Citata",
            "geometryType": "esriGeometryPolygon", "maxRecordCount": self.most, "objectIdField": "OBJECTID",
            "advancedQueryCapabilities": {"supportsPagination": self.pages},
            "editingInfo": {"lastEditDate": 1_764_547_200_000},
            "fields": [{"name": "OBJECTID", "type": "esriFieldTypeOID", "alias": "OBJECTID"}],
            **self.about,
        }  # fmt: skip

    def _query(self, query: dict[str, str]) -> dict[str, Any]:
        numbers = list(range(1, len(self.units) + 1))
        if query.get("returnCountOnly") == "true":
            return {"count": len(numbers) if self.claimed is None else self.claimed}
        if query.get("where", "1=1") != "1=1":
            return {"error": {"code": 400, "message": 'Invalid "where" parameter', "details": []}}
        if query.get("returnIdsOnly") == "true":
            return {"objectIdFieldName": "OBJECTID", "objectIds": numbers[::-1]}
        if "objectIds" in query:
            chosen = [int(one) for one in query["objectIds"].split(",")]
        elif not self.pages:
            return {"error": {"code": 400, "message": "Pagination is not supported.", "details": []}}
        else:
            assert query["orderByFields"] == "OBJECTID"
            start = 0 if self.same_page else int(query["resultOffset"])
            chosen = numbers[start : start + min(self.most, int(query["resultRecordCount"]))]
        more = bool(chosen) and chosen[-1] < len(numbers)
        chosen = chosen[: len(chosen) - self.lost]
        return {
            "objectIdFieldName": "OBJECTID",
            "geometryType": "esriGeometryPolygon",
            "spatialReference": {"wkid": self.wkid, "latestWkid": self.wkid},
            "features": [self._feature(number) for number in chosen],
            **({"exceededTransferLimit": more} if self.limit_told and "objectIds" not in query else {}),
        }

    def _feature(self, number: int) -> dict[str, Any]:
        unit = self.units[number - 1]
        rings = []
        for part in shapely.get_parts(unit.geometry):
            rings.append(_ring(part.exterior, clockwise=True, wkid=self.wkid))
            rings += [_ring(hole, clockwise=False, wkid=self.wkid) for hole in part.interiors]
        attributes = {
            "OBJECTID": number,
            "KODE_KEL": unit.code.replace(".", ""),
            "NAMA_KEL": unit.name.upper(),
        }
        return {"attributes": attributes, "geometry": {"rings": rings}}


def _ring(ring: Any, *, clockwise: bool, wkid: int) -> list[list[float]]:
    points = shapely.get_coordinates(ring)
    if shapely.is_ccw(ring) == clockwise:
        points = points[::-1]
    if wkid == 102100:
        half = np.pi * 6_378_137
        lat = np.log(np.tan(np.pi / 4 + np.radians(points[:, 1]) / 2))
        points = np.column_stack((points[:, 0] / 180 * half, lat / np.pi * half))
    return [[float(x), float(y)] for x, y in points]
