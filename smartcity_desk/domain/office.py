"""Offices, the people in them by date, and the categories that say whose work something is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class OfficeLevel(StrEnum):
    """Rungs of the territorial and the agency ladder (domain paper 2.1), and the holders outside both."""

    KELURAHAN = "kelurahan"
    KECAMATAN = "kecamatan"
    KOTA = "kota"
    PROVINSI = "provinsi"
    SUDIN = "sudin"
    DINAS = "dinas"
    UPT = "upt"
    THIRD_PARTY = "third_party"


UPT: str = "UPT"
"""Code of the monitoring unit itself. It holds every report that nobody else holds, and is scored like the others."""


@dataclass(frozen=True, slots=True)
class Office:
    """A desk that can hold a report. `code` is the Kemendagri code for territory (`31.74.01.1001`), else a short word.

    `valid_from`/`valid_to` are instants (ms UTC); None = open. `lat`/`lon` is a centre point in degrees (EPSG:4326).
    """

    code: str
    name: str
    level: OfficeLevel
    parent: str | None = None
    lat: float | None = None
    lon: float | None = None
    population: int | None = None
    aliases: tuple[str, ...] = ()
    valid_from: int | None = None
    valid_to: int | None = None


@dataclass(frozen=True, slots=True)
class Official:
    """A holder of offices, named by role in training. `id` is the account name at the central server."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Tenure:
    """Who holds an office from when to when (ms UTC, half-open). `acting` is a Plt (pelaksana tugas)."""

    office: str
    official: str
    valid_from: int
    valid_to: int | None = None
    acting: bool = False

    def covers(self, at: int) -> bool:
        """Whether the tenure runs at an instant."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


@dataclass(frozen=True, slots=True)
class Category:
    """What a report is about. `group` joins look-alikes; `competent` is the level that usually does the work."""

    code: str
    name: str
    group: str
    competent: OfficeLevel = OfficeLevel.KELURAHAN
    life_safety: bool = False


@dataclass(frozen=True, slots=True)
class Directory:
    """The city's offices, holders and categories as of one edition. `edition` is an opaque version (an ETag)."""

    edition: str = ""
    offices: Mapping[str, Office] = field(default_factory=dict)
    officials: Mapping[str, Official] = field(default_factory=dict)
    tenures: tuple[Tenure, ...] = ()
    categories: Mapping[str, Category] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        *,
        offices: Iterable[Office],
        officials: Iterable[Official] = (),
        tenures: Iterable[Tenure] = (),
        categories: Iterable[Category] = (),
        edition: str = "",
    ) -> Directory:
        """A directory from plain lists; the last of two equal codes wins."""
        return cls(
            edition=edition,
            offices={office.code: office for office in offices},
            officials={official.id: official for official in officials},
            tenures=tuple(tenures),
            categories={category.code: category for category in categories},
        )

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The codes above an office, nearest first. A loop in the data ends the walk instead of hanging it."""
        seen: list[str] = []
        current = self.offices.get(code)
        while current is not None and current.parent is not None and current.parent not in seen:
            if current.parent == code:
                break
            seen.append(current.parent)
            current = self.offices.get(current.parent)
        return tuple(seen)

    def holders(self, office: str, at: int) -> tuple[Tenure, ...]:
        """The tenures of an office that run at an instant."""
        return tuple(tenure for tenure in self.tenures if tenure.office == office and tenure.covers(at))
