"""The directory and the allowances that ship with the program, read from `resources/`.

The central server is where a unit keeps its own directory; this one starts such a server, fills the training city and
lets a desk work before any server was reached. Office-holders are called by their office, never by a person's name.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from smartcity_desk import paths
from smartcity_desk.domain.calendar import CalendarKind
from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.domain.office import Category, Directory, Office, OfficeLevel, Official, Tenure
from smartcity_desk.domain.policy import Allowance, Ladder, Policy, Rung, Step
from smartcity_desk.domain.times import HOUR, from_iso

T = TypeVar("T")

DEFAULT_POLICY: Final = "2026-default"
_SINCE: Final = from_iso("2024-01-01T00:00:00+07:00")
"""First day of the tenures in this directory; a unit puts its own decrees in their place."""
_SHARED: Final = {OfficeLevel.UPT, OfficeLevel.PROVINSI}
"""Levels without one holder who answers reports: the unit's operators answer for it, the Governor reads the list."""


@dataclass(frozen=True, slots=True)
class CategoryInfo:
    """A category with its names by language, and the short word of the agency that usually does the work."""

    category: Category
    names: Mapping[str, str]
    agency: str


def builtin_directory(now: int) -> Directory:
    """The offices, holders by role, and categories that ship with the program, as of `now` (ms UTC).

    Raises ConfigProblem when a table is missing or wrong; it names the file and the line.
    """
    offices = _offices(paths.resource("directory"))
    categories = [info.category for info in category_table().values()]
    officials: list[Official] = []
    tenures: list[Tenure] = []
    for office in offices:
        account = account_of(office)
        if account is not None:
            officials.append(Official(account, role_name(office)))
            tenures.append(Tenure(office.code, account, min(_SINCE, now)))
    content = repr((offices, officials, tenures, categories)).encode()
    return Directory.of(
        offices=offices,
        officials=officials,
        tenures=tenures,
        categories=categories,
        edition=hashlib.sha256(content).hexdigest()[:16],
    )


def account_of(office: Office) -> str | None:
    """The account name under which the holder of an office logs in at a central server, or None for shared ones."""
    if office.level in _SHARED:
        return None
    if office.level is OfficeLevel.KELURAHAN:
        return f"lurah.{office.code}"
    if office.level is OfficeLevel.KECAMATAN:
        return f"camat.{office.code}"
    if office.level is OfficeLevel.KOTA:
        return f"bupati.{office.code}" if office.code == "31.01" else f"walikota.{office.code}"
    short = office.code.lower()
    return f"petugas.{short}" if office.level is OfficeLevel.THIRD_PARTY else f"kepala.{short}"


def role_name(office: Office) -> str:
    """What the holder of an office is called: by the office."""
    if office.level is OfficeLevel.KELURAHAN:
        return f"Lurah {office.name}"
    if office.level is OfficeLevel.KECAMATAN:
        return f"Camat {office.name}"
    if office.level is OfficeLevel.KOTA:
        return f"Bupati {office.name}" if office.code == "31.01" else f"Wali Kota {office.name}"
    if office.level is OfficeLevel.THIRD_PARTY:
        return f"Petugas {office.name}"
    return f"Kepala {office.name}"


@cache
def category_table() -> Mapping[str, CategoryInfo]:
    """Every category of the program by code, with both names. Raises ConfigProblem."""
    path = paths.resource("directory", "kategori.csv")
    found: dict[str, CategoryInfo] = {}
    for line, row in _rows(
        path, ("code", "name_id", "name_en", "group", "competent", "agency", "life_safety")
    ):
        category = Category(
            code=row["code"],
            name=row["name_id"],
            group=row["group"],
            competent=_cell(path, line, "competent", row["competent"], OfficeLevel),
            life_safety=row["life_safety"] == "1",
        )
        names = {"id": row["name_id"], "en": row["name_en"] or row["name_id"]}
        found[category.code] = CategoryInfo(category, names, row["agency"])
    return found


def category_name(code: str, language: str, directory: Directory | None = None) -> str:
    """The name of a category in a language; a server's own category has one name; an unknown one is its code."""
    known = category_table().get(code)
    given = None if directory is None else directory.categories.get(code)
    if known is not None and (given is None or given.name == known.category.name):
        return known.names.get(language, known.category.name)
    return code if given is None else given.name


def usual_office(directory: Directory, category: str | None, place: str | None) -> str | None:
    """The office that usually does the work on `category` in the kelurahan `place`, or None when it cannot be said.

    The kelurahan itself, the sudin of its kota, the province's agency, or a holder outside the city.
    """
    known = category_table().get(category or "")
    if known is None:
        return None
    if known.category.competent is OfficeLevel.KELURAHAN:
        return place if place in directory.offices else None
    if known.category.competent is OfficeLevel.SUDIN:
        return _sudin(directory, known.agency, place)
    return next((code for code in (known.agency, f"DINAS-{known.agency}") if code in directory.offices), None)


def _sudin(directory: Directory, agency: str, place: str | None) -> str | None:
    kota = next((code for code in directory.ancestors(place or "") if code in _KOTA_SHORT), None)
    code = f"SUDIN-{agency}-{'' if kota is None else _KOTA_SHORT[kota]}"
    return code if code in directory.offices else None


_KOTA_SHORT: Final = {
    "31.01": "KS",
    "31.71": "JP",
    "31.72": "JU",
    "31.73": "JB",
    "31.74": "JS",
    "31.75": "JT",
}


def load_policy(name: str = DEFAULT_POLICY) -> Policy:
    """One version of the allowances by name. Raises ConfigProblem when there is none of that name or it is wrong."""
    path = paths.resource("policy", f"{name}.json")
    if not name.replace("-", "").replace("_", "").isalnum() or not path.is_file():
        raise ConfigProblem(name="policy", reason="unknown_policy", value=name[:60])
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        return policy_of(body)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise ConfigProblem(
            name="policy", reason="bad_policy", value=name[:60], detail=str(problem)
        ) from problem


def policy_of(body: Mapping[str, Any]) -> Policy:
    """A policy from the JSON of a file in `resources/policy/`. Raises ValueError, KeyError, TypeError."""
    marking, grace = body.get("marking", {}), body.get("grace", {})
    response: dict[str, Any] = body["response"]
    plain = Policy(
        version=str(body["version"]),
        effective_from=from_iso(body["effective_from"]),
        response={OfficeLevel(level): _hours(rule) for level, rule in response.items()},
        verification=_hours(body["verification"]),
        source=str(body.get("note", "")),
        calendars={
            OfficeLevel(level): CalendarKind(rule["calendar"])
            for level, rule in response.items()
            if "calendar" in rule
        },
        categories={
            str(code): Allowance(_hours(rule), CalendarKind(rule.get("calendar", "round_the_clock")))
            for code, rule in body.get("categories", {}).items()
        },
    )
    return replace(
        plain,
        grace_ms=_hours(grace) if grace else plain.grace_ms,
        grace_percent=int(grace.get("percent", plain.grace_percent)),
        marking=replace(plain.marking, **_numbers(marking)),
        ladder=_ladder(body.get("ladder", {}), plain.ladder),
        objection=replace(plain.objection, **_numbers(body.get("objection", {}))),
        review_percent=int(body.get("review_percent", plain.review_percent)),
    )


def _numbers(part: Mapping[str, Any]) -> dict[str, int]:
    return {
        name: int(value)
        for name, value in part.items()
        if isinstance(value, int) and not isinstance(value, bool)
    }


def _ladder(part: Mapping[str, Any], plain: Ladder) -> Ladder:
    def steps(name: str, known: tuple[Step, ...]) -> tuple[Step, ...]:
        if name not in part:
            return known
        return tuple(Step(Rung(one["to"]), round(float(one["after_hours"]) * HOUR)) for one in part[name])

    return Ladder(
        territorial=steps("territorial", plain.territorial),
        agency=steps("agency", plain.agency),
        acknowledged_ms=round(float(part.get("acknowledged_hours", plain.acknowledged_ms / HOUR)) * HOUR),
        digest_ms=round(float(part.get("digest_hours", plain.digest_ms / HOUR)) * HOUR),
        quiet_from=int(part.get("quiet_from", plain.quiet_from)),
        quiet_to=int(part.get("quiet_to", plain.quiet_to)),
    )


def _hours(rule: Mapping[str, object]) -> int:
    hours = rule["hours"]
    if not isinstance(hours, int | float) or isinstance(hours, bool) or hours <= 0:
        raise ValueError(f"hours must be a number above 0, not {hours!r}")
    return round(hours * HOUR)


def _offices(folder: Path) -> list[Office]:
    territory = folder / "wilayah.csv"
    agencies = folder / "instansi.csv"
    offices = [
        Office(
            code=row["code"],
            name=row["name"],
            level=_cell(territory, line, "level", row["level"], OfficeLevel),
            parent=row["parent"] or None,
            lat=_number(territory, line, "lat", row["lat"], float),
            lon=_number(territory, line, "lon", row["lon"], float),
            population=_number(territory, line, "population_2014", row["population_2014"], int),
            aliases=_aliases(row["aliases"]),
        )
        for line, row in _rows(
            territory, ("code", "name", "level", "parent", "lat", "lon", "population_2014", "aliases")
        )
    ]
    offices += [
        Office(
            code=row["code"],
            name=row["name"],
            level=_cell(agencies, line, "level", row["level"], OfficeLevel),
            parent=row["parent"] or None,
            aliases=_aliases(row["aliases"]),
        )
        for line, row in _rows(agencies, ("code", "name", "level", "parent", "aliases"))
    ]
    return offices


def _aliases(text: str) -> tuple[str, ...]:
    return tuple(part for part in (piece.strip() for piece in text.split(";")) if part)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table with their line numbers; further columns and blank lines are passed over."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise ConfigProblem(
                    name="directory", reason="missing_column", file=path.name, column=missing[0]
                )
            for row in reader:
                cells = {name: (row[name] or "").strip() for name in columns}
                if not cells["code"]:
                    raise ConfigProblem(
                        name="directory", reason="missing_code", file=path.name, line=reader.line_num
                    )
                yield reader.line_num, cells
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise ConfigProblem(
            name="directory", reason="unreadable", file=path.name, detail=str(problem)
        ) from problem


def _cell(path: Path, line: int, column: str, text: str, kind: Callable[[str], T]) -> T:
    try:
        return kind(text)
    except ValueError as problem:
        raise ConfigProblem(
            name="directory", reason="bad_cell", file=path.name, line=line, column=column, value=text[:60]
        ) from problem


def _number(path: Path, line: int, column: str, text: str, kind: Callable[[str], T]) -> T | None:
    return _cell(path, line, column, text, kind) if text else None
