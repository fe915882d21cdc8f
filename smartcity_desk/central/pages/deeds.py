"""What an official does with a report: take it up, answer, hand back, say that it is done, leave a note. Plain forms.

A form carries the id that was made with it. What comes back with the same id and the same content happens once, however
often it is sent; it is decided by the rules that decide every action.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from fastapi import Response

from smartcity_desk import i18n
from smartcity_desk.central.pages import acting, pictures, report, words
from smartcity_desk.central.pages.pictures import Kept, Taken
from smartcity_desk.central.pages.reading import Case
from smartcity_desk.central.pages.visit import Visit
from smartcity_desk.domain import filetypes
from smartcity_desk.domain.decide import RESPONSE_MIN
from smartcity_desk.domain.decision import REASON_MIN
from smartcity_desk.domain.events import (
    Acknowledged,
    AttachmentAdded,
    CompletionClaimed,
    EventKind,
    NoteAdded,
    Payload,
    Responded,
    RoutingReturned,
)
from smartcity_desk.domain.office import Directory, Office, OfficeLevel
from smartcity_desk.domain.text import one_line, storable

_WORK_ORDER_MAX: Final = 60


@dataclass(slots=True)
class Typed:
    """A form as it came: texts by field, and the files of each field for files."""

    texts: dict[str, str] = field(default_factory=dict)
    files: dict[str, Taken] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        """What was typed into a field."""
        return self.texts.get(name, "")

    def hashes(self, name: str) -> tuple[str, ...]:
        """The files of a field."""
        return tuple(file.sha256 for file in self.files[name].kept) if name in self.files else ()


@dataclass(frozen=True, slots=True)
class Deed:
    """One form: its kind of action, its fields, how its payload is made. `files` are (field, name of each file)."""

    kind: EventKind
    texts: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    payload: Callable[[str, Typed], Payload]


DEEDS: Final[dict[str, Deed]] = {
    "jawab": Deed(
        EventKind.REPORT_RESPONDED,
        ("teks", "nomor"),
        (("foto", "foto"),),
        lambda office, typed: Responded(
            office, typed.text("teks"), one_line(typed.text("nomor"), _WORK_ORDER_MAX)
        ),
    ),
    "kembalikan": Deed(
        EventKind.ROUTING_RETURNED,
        ("teks", "berwenang"),
        (),
        lambda office, typed: RoutingReturned(office, typed.text("teks"), typed.text("berwenang") or None),
    ),
    "selesai": Deed(
        EventKind.COMPLETION_CLAIMED,
        ("teks",),
        (("sebelum", "sebelum"), ("sesudah", "sesudah")),
        # What shows that it is done is the picture afterwards; the one before hangs on the report as its own event.
        lambda office, typed: CompletionClaimed(office, typed.text("teks"), typed.hashes("sesudah")),
    ),
    "catatan": Deed(
        EventKind.NOTE_ADDED,
        ("teks",),
        (("foto", "foto"),),
        lambda _office, typed: NoteAdded(typed.text("teks")),
    ),
}


def _named(visit: Visit) -> tuple[str, Deed]:
    name = visit.request.url.path.rpartition("/")[2]
    return name, DEEDS[name]


async def ask(visit: Visit) -> Response:
    """An empty form."""
    case, _, _ = await report.find(visit)
    name, deed = _named(visit)
    if name not in report.deeds_of(case):
        return visit.go(f"/laporan/{case.report.id}")
    return _form(visit, case, name, deed, Typed())


def _form(visit: Visit, case: Case, name: str, deed: Deed, typed: Typed, status: int = 200) -> Response:
    now = visit.now
    return visit.page(
        "deed.html",
        status,
        case=case,
        number=words.number(case),
        title=words.headline(case.report),
        sign=words.sign(case, now),
        name=name,
        deed=deed,
        typed=typed,
        again=pictures.again,
        files_most=pictures.MOST,
        least=RESPONSE_MIN if name == "jawab" else REASON_MIN,
        offices=_offices(visit.directory, visit.office) if name == "kembalikan" else [],
        action=report.new_id(visit),
    )


async def do(visit: Visit) -> Response:
    """Take a form: done, and back to the report; or not, and the form again with what was typed and why."""
    case, _, _ = await report.find(visit)
    name, deed = _named(visit)
    typed = await _typed(visit, deed)
    if typed.wrong:
        return _form(visit, case, name, deed, typed, 422)
    before = [
        AttachmentAdded(file.sha256, file.media_type, file.size, _file_name(label, number, file))
        for field_name, label in deed.files
        for number, file in enumerate(typed.files[field_name].kept, 1)
    ]
    result = await acting.once(visit, case.report.id, deed.kind, deed.payload(visit.office, typed), before)
    if result.refused:
        typed.wrong.append(result.refused)
        return _form(visit, case, name, deed, typed, 409)
    return visit.go(f"/laporan/{case.report.id}", "sudah" if result.again else name)


async def acknowledge(visit: Visit) -> Response:
    """Say that the office has taken a report up. One button, no text."""
    case, _, _ = await report.find(visit)
    name = case.report.id
    result = await acting.once(visit, name, EventKind.REPORT_ACKNOWLEDGED, Acknowledged(visit.office))
    if result.refused:
        return visit.page(
            "error.html",
            409,
            text_key=i18n.key("page.error.refused"),
            detail=result.refused,
            back=f"/laporan/{name}",
        )
    return visit.go(f"/laporan/{name}", "sudah" if result.again else "terima")


async def _typed(visit: Visit, deed: Deed) -> Typed:
    typed = Typed()
    for name in deed.texts:
        typed.texts[name] = typed_text(visit, name)
    for name, _ in deed.files:
        typed.files[name] = await pictures.take(visit, name)
        typed.wrong += typed.files[name].wrong
    return typed


def typed_text(visit: Visit, name: str) -> str:
    """What was typed into a field, as every database takes it."""
    given = visit.form.get(name, "")
    return storable(given).replace("\r\n", "\n").strip() if isinstance(given, str) else ""


def _file_name(label: str, number: int, file: Kept) -> str:
    """A name that tells what the file is for. The one that it had on somebody's telephone is nobody's business."""
    return f"{label}-{number}.{filetypes.ENDINGS[file.media_type]}"


@dataclass(frozen=True, slots=True)
class Group:
    """Offices under one heading, as (code, name)."""

    name: str
    offices: tuple[tuple[str, str], ...]


_AGENCIES: Final = {
    OfficeLevel.DINAS: i18n.key("page.offices.dinas"),
    OfficeLevel.SUDIN: i18n.key("page.offices.sudin"),
    OfficeLevel.THIRD_PARTY: i18n.key("page.offices.third_party"),
}
_TERRITORY: Final = frozenset({OfficeLevel.KELURAHAN, OfficeLevel.KECAMATAN, OfficeLevel.KOTA})


def _offices(directory: Directory, own: str) -> list[Group]:
    """Every other office that may be competent, in groups that can be found by eye."""
    groups: dict[str, list[Office]] = {}
    for office in directory.offices.values():
        if office.code == own:
            continue
        if office.level in _AGENCIES:
            groups.setdefault(i18n.tr(_AGENCIES[office.level]), []).append(office)
        elif office.level in _TERRITORY:
            groups.setdefault(_kota(directory, office), []).append(office)
    return [
        Group(
            name,
            tuple(
                (office.code, words.office_name(directory, office.code))
                for office in sorted(those, key=lambda one: (one.level is OfficeLevel.KELURAHAN, one.name))
            ),
        )
        for name, those in sorted(groups.items())
    ]


def _kota(directory: Directory, office: Office) -> str:
    """The kota that an office of the territory lies in."""
    for code in (office.code, *directory.ancestors(office.code)):
        known = directory.offices.get(code)
        if known is not None and known.level is OfficeLevel.KOTA:
            return one_line(known.name, 60)
    return i18n.tr("page.offices.others")
