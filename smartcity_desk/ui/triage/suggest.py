"""What an operator probably wants: categories by the report's own words, offices by place and competence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from smartcity_desk import directory as builtin
from smartcity_desk import i18n
from smartcity_desk.domain.office import UPT, Directory, Office, OfficeLevel
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats

if TYPE_CHECKING:
    from smartcity_desk.store.rows import RowData

_WORD: Final = re.compile(r"\w+")
_FILLER: Final = frozenset({"di", "dan", "atau", "yang", "air", "mati", "rusak", "liar"})
"""Words of category names that say too little alone."""


_MEANS: Final = {
    **dict.fromkeys(("lubang", "berlubang", "aspal"), "jalan_rusak"),
    **dict.fromkeys(("pju", "gelap", "penerangan"), "lampu_jalan"),
    **dict.fromkeys(("sampah", "bau", "tps"), "sampah"),
    **dict.fromkeys(("banjir", "terendam", "kebanjiran"), "banjir"),
    **dict.fromkeys(("tergenang", "genangan"), "genangan"),
    **dict.fromkeys(("got", "selokan", "mampet", "tersumbat", "gorong"), "saluran_tersumbat"),
    **dict.fromkeys(("tumbang", "roboh"), "pohon_tumbang"),
    **dict.fromkeys(("macet", "kemacetan"), "kemacetan"),
    **dict.fromkeys(("parkir", "derek"), "parkir_liar"),
    **dict.fromkeys(("api", "terbakar", "kebakaran"), "kebakaran"),
    **dict.fromkeys(("pkl", "pedagang"), "pkl"),
    **dict.fromkeys(("kabel", "fiber"), "kabel"),
    **dict.fromkeys(("padam", "listrik", "pln"), "listrik"),
    **dict.fromkeys(("pam", "pdam", "keran"), "air_bersih"),
    **dict.fromkeys(("trotoar",), "trotoar_rusak"),
    **dict.fromkeys(("pompa",), "pompa_pintu_air"),
}
"""Words of reporters that mean a category without naming it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a chooser: what is chosen, how it is called, what tells it from its namesakes, what finds it."""

    code: str
    label: str
    detail: str = ""
    find: str = ""

    @property
    def line(self) -> str:
        """The line as it is shown."""
        return f"{self.label} · {self.detail}" if self.detail else self.label


def fold(text: str) -> str:
    """A text in the form that is compared: no case, words apart by one space."""
    return " ".join(_WORD.findall(text.casefold()))


def matching(choices: Iterable[Choice], typed: str) -> list[Choice]:
    """The choices in which every typed word begins a word; those whose name begins so come first."""
    wanted = fold(typed).split()
    if not wanted:
        return list(choices)
    ranked: list[tuple[int, int, Choice]] = []
    for at, choice in enumerate(choices):
        name, whole = fold(choice.label), f" {fold(choice.find)} {fold(choice.line)}"
        if all(f" {word}" in whole for word in wanted):
            joined = " ".join(wanted)
            rank = 0 if name.startswith(joined) else 1 if f" {joined}" in f" {name}" else 2
            ranked.append((rank, at, choice))
    ranked.sort(key=lambda found: found[:2])
    return [choice for _, _, choice in ranked]


def categories(directory: Directory, row: RowData | None, recent: Sequence[str]) -> list[Choice]:
    """Every category: those that the report's words name first, then the lately used, then by name."""
    language = i18n.language()
    choices = {
        code: Choice(
            code,
            formats.one_line(builtin.category_name(code, language, directory)),
            formats.one_line(category.group.replace("_", " ")),
            f"{code} {category.name}",
        )
        for code, category in directory.categories.items()
    }
    said = [] if row is None else fold(f"{row.title} {row.text}").split()
    meant = [_MEANS[word] for word in said if word in _MEANS]
    named = [
        *meant,
        *(code for code, category in directory.categories.items() if _names(category.name, set(said))),
    ]
    first = [code for code in dict.fromkeys([*named, *recent]) if code in choices]
    rest = sorted(
        (code for code in choices if code not in first), key=lambda code: choices[code].label.casefold()
    )
    return [choices[code] for code in [*first, *rest]]


def _names(name: str, text: set[str]) -> bool:
    words = [word for word in fold(name).split() if word not in _FILLER]
    return bool(words) and any(word in text for word in words)


def places(directory: Directory, row: RowData | None) -> list[Choice]:
    """Every kelurahan with its kecamatan and kota; those that the channel's hint or the text names come first."""
    found = [
        Choice(office.code, formats.one_line(office.name), _above(directory, office.code), _finders(office))
        for office in directory.offices.values()
        if office.level is OfficeLevel.KELURAHAN
    ]
    found.sort(key=lambda choice: (choice.label.casefold(), choice.detail.casefold()))
    if row is None:
        return found
    said = f" {fold(f'{row.place_hint} {row.title} {row.text}')} "
    named = [choice for choice in found if f" {fold(choice.label)} " in said]
    named.sort(key=lambda choice: -len(choice.label))
    codes = {choice.code for choice in named}
    return [*named, *(choice for choice in found if choice.code not in codes)]


def offices(directory: Directory, row: RowData | None, competent: str | None) -> list[Choice]:
    """Every office that can hold a report; first whom the holder named, who usually does it, the place's own."""
    wanted: list[str | None] = []
    if row is not None:
        wanted = [competent, builtin.usual_office(directory, row.category, row.place), row.place]
        wanted += list(directory.ancestors(row.place))[:2] if row.place is not None else []
    holder = None if row is None else row.office
    first = [
        code
        for code in dict.fromkeys(wanted)
        if code is not None and code in directory.offices and code != holder
    ]
    chosen = set(first)
    rest = sorted(
        (code for code, office in directory.offices.items() if code not in chosen and code != UPT),
        key=lambda code: (
            _LEVELS.index(directory.offices[code].level),
            directory.offices[code].name.casefold(),
        ),
    )
    return [_office(directory, code) for code in [*first, *rest]]


_LEVELS: Final = (
    OfficeLevel.KELURAHAN,
    OfficeLevel.SUDIN,
    OfficeLevel.KECAMATAN,
    OfficeLevel.DINAS,
    OfficeLevel.THIRD_PARTY,
    OfficeLevel.KOTA,
    OfficeLevel.PROVINSI,
    OfficeLevel.UPT,
)


def _office(directory: Directory, code: str) -> Choice:
    office = directory.offices[code]
    label = office_label(office)
    territory = (OfficeLevel.KELURAHAN, OfficeLevel.KECAMATAN)
    detail = (
        _above(directory, code) if office.level in territory else tr(f"action.level.{office.level.value}")
    )
    return Choice(code, label, detail, _finders(office))


def office_label(office: Office) -> str:
    """An office by its rank and name: ``Kel. Tebet Timur``."""
    name = formats.one_line(office.name)
    short = {OfficeLevel.KELURAHAN: "kelurahan", OfficeLevel.KECAMATAN: "kecamatan"}.get(office.level)
    return name if short is None else tr(f"triage.level.{short}", name=name)


def _finders(office: Office) -> str:
    return formats.one_line(f"{office.name} {office.code} {' '.join(office.aliases)}", 400)


def _above(directory: Directory, code: str) -> str:
    names = [directory.offices[parent] for parent in directory.ancestors(code) if parent in directory.offices]
    shown = [office_label(office) for office in names if office.level is not OfficeLevel.PROVINSI]
    return ", ".join(shown)
