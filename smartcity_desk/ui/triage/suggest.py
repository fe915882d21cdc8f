"""What an operator probably wants: categories by the report's own words, offices by place and competence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from smartcity_desk import directory as builtin
from smartcity_desk import i18n
from smartcity_desk.domain.office import UPT, Directory, Office, OfficeLevel
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats

if TYPE_CHECKING:
    from smartcity_desk.domain.topics import Topic
    from smartcity_desk.store.rows import RowData

_WORD: Final = re.compile(r"\w+")


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


@lru_cache(maxsize=2_000)
def _folded(choice: Choice) -> tuple[str, str]:
    """A choice's name and all that finds it, in the form that is compared; typing asks for them at each letter."""
    return fold(choice.label), f" {fold(choice.find)} {fold(choice.line)}"


def matching(choices: Iterable[Choice], typed: str) -> list[Choice]:
    """The choices in which every typed word begins a word; those whose name begins so come first."""
    wanted = fold(typed).split()
    if not wanted:
        return list(choices)
    ranked: list[tuple[int, int, Choice]] = []
    for at, choice in enumerate(choices):
        name, whole = _folded(choice)
        if all(f" {word}" in whole for word in wanted):
            joined = " ".join(wanted)
            rank = 0 if name.startswith(joined) else 1 if f" {joined}" in f" {name}" else 2
            ranked.append((rank, at, choice))
    ranked.sort(key=lambda found: found[:2])
    return [choice for _, _, choice in ranked]


def categories(directory: Directory, topics: Sequence[Topic], recent: Sequence[str]) -> list[Choice]:
    """Every category: those that the report's words speak for, with the words, then the lately used, then by name."""
    language = i18n.language()
    said = {topic.category: ", ".join(topic.words) for topic in topics}
    choices = {
        code: Choice(
            code,
            formats.one_line(builtin.category_name(code, language, directory)),
            formats.one_line(_why_category(said.get(code, ""), category.group)),
            f"{code} {category.name}",
        )
        for code, category in directory.categories.items()
    }
    first = [code for code in dict.fromkeys([*said, *recent]) if code in choices]
    rest = sorted(
        (code for code in choices if code not in first), key=lambda code: choices[code].label.casefold()
    )
    return [choices[code] for code in [*first, *rest]]


def _why_category(words: str, group: str) -> str:
    return tr("action.category.because", words=words) if words else group.replace("_", " ")


def places(directory: Directory, row: RowData | None) -> list[Choice]:
    """Every kelurahan with its kecamatan and kota; those in question, and those that words name, come first."""
    found = list(_made_for(directory).places)
    if row is None:
        return found
    said = f" {fold(f'{row.place_hint} {row.title} {row.text}')} "
    named = [choice for choice in found if f" {fold(choice.label)} " in said]
    named.sort(key=lambda choice: -len(choice.label))
    asked = [code for code in (row.place, row.neighbour) if code is not None and row.place_doubt]
    named = [*(choice for code in asked for choice in found if choice.code == code), *named]
    named = list({choice.code: choice for choice in named}.values())
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
    made = _made_for(directory)
    chosen = set(first)
    return [made.by_code[code] for code in first] + [
        choice for choice in made.offices if choice.code not in chosen
    ]


@dataclass(frozen=True, slots=True)
class _Made:
    """Every office as a choice, in the order in which they are offered, for one edition and one language."""

    directory: Directory
    language: str
    by_code: dict[str, Choice]
    offices: tuple[Choice, ...]
    places: tuple[Choice, ...]


_last: _Made | None = None


def _made_for(directory: Directory) -> _Made:
    """The choices of a directory, made once: the next dialog opens in a millisecond."""
    global _last  # noqa: PLW0603 - the last answer, kept
    if _last is None or _last.directory is not directory or _last.language != i18n.language():
        by_code = {code: _office(directory, code) for code in directory.offices}
        offices = sorted(
            (office for code, office in directory.offices.items() if code != UPT),
            key=lambda office: (_LEVELS.index(office.level), office.name.casefold()),
        )
        places = [
            replace(by_code[office.code], label=formats.one_line(office.name))
            for office in offices
            if office.level is OfficeLevel.KELURAHAN
        ]
        places.sort(key=lambda choice: (choice.label.casefold(), choice.detail.casefold()))
        ordered = tuple(by_code[office.code] for office in offices)
        _last = _Made(directory, i18n.language(), by_code, ordered, tuple(places))
    return _last


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
    return Choice(code, label, detail, _finders(directory, office))


def office_label(office: Office) -> str:
    """An office by its rank and name: ``Kel. Tebet Timur``."""
    name = formats.one_line(office.name)
    short = {OfficeLevel.KELURAHAN: "kelurahan", OfficeLevel.KECAMATAN: "kecamatan"}.get(office.level)
    return name if short is None else tr(f"triage.level.{short}", name=name)


def _finders(directory: Directory, office: Office) -> str:
    """What else finds an office: its code, its own short names, and those of the cities above it or in its name."""
    above = [
        directory.offices[code] for code in directory.ancestors(office.code) if code in directory.offices
    ]
    cities = [
        other
        for other in directory.offices.values()
        if other.level is OfficeLevel.KOTA and (other in above or other.name in office.name)
    ]
    shorts = [alias for other in (office, *cities) for alias in other.aliases]
    return formats.one_line(f"{office.name} {office.code} {' '.join(shorts)}", 400)


def _above(directory: Directory, code: str) -> str:
    names = [directory.offices[parent] for parent in directory.ancestors(code) if parent in directory.offices]
    shown = [office_label(office) for office in names if office.level is not OfficeLevel.PROVINSI]
    return ", ".join(shown)
