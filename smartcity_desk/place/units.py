"""The kelurahan of an edition: code, name, parents and outline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One kelurahan. `geometry` is a shapely polygon or multipolygon in degrees, longitude first (EPSG:4326)."""

    code: str
    name: str
    geometry: Any

    @property
    def kecamatan(self) -> str:
        """The code of its kecamatan, which is the beginning of its own (Kemendagri)."""
        return self.code.rpartition(".")[0]

    @property
    def kota(self) -> str:
        """The code of its kota or kabupaten."""
        return self.kecamatan.rpartition(".")[0]

    @property
    def parents(self) -> tuple[str, str]:
        """Kecamatan and kota, nearest first."""
        return self.kecamatan, self.kota
