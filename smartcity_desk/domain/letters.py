"""What a course would send: the unit's own templates in Indonesian, filled with the names of a case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from smartcity_desk.domain.office import Directory, OfficeLevel

_SLOT: Final = re.compile(r"\{([a-z]+)\}")


@dataclass(frozen=True, slots=True)
class Named:
    """What a letter may name, by code: the category, the place, the office or report it is about, who holds it now.

    `number` is how a report is called, `which` two places of which one is asked for.
    """

    category: str | None = None
    place: str | None = None
    target: str = ""
    holder: str | None = None
    number: str = ""
    which: tuple[str, str] | None = None


def letter(
    texts: Mapping[str, str], name: str, directory: Directory, named: Named, outside: tuple[str, ...] = ()
) -> str:
    """The template `name`, or the one that its first part names, filled once. An unknown slot stays as it is."""
    text = texts.get(name) or texts.get(name.partition(".")[0]) or ""
    first, second = named.which or ("", "")
    values = {
        "category": _category(directory, named.category),
        "place": "lokasi pada laporan" if named.place is None else office_name(directory, named.place),
        "office": office_name(directory, named.target or named.holder or ""),
        "holder": office_name(directory, named.holder or ""),
        "target": named.number or named.target,
        "outside": ", ".join(outside) or "sesuai lokasi",
        "first": office_name(directory, first),
        "second": office_name(directory, second),
    }
    return _SLOT.sub(lambda slot: values.get(slot[1], slot[0]), text)


def office_name(directory: Directory, code: str) -> str:
    """An office as a letter calls it."""
    office = directory.offices.get(code)
    if office is None:
        return code or "kantor pemegang"
    if office.level is OfficeLevel.KELURAHAN:
        return f"Kelurahan {office.name}"
    return f"Kecamatan {office.name}" if office.level is OfficeLevel.KECAMATAN else office.name


def _category(directory: Directory, code: str | None) -> str:
    known = directory.categories.get(code or "")
    return "keluhan warga" if known is None else known.name
