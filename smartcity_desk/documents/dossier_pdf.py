"""The dossier (*berkas bukti*) of one office on paper: everything that counts for and against it, down to the events.

The office and the Governor get the same one. It carries no time of printing: the same snapshot is the same paper.
Layout: `resources/print/dossier.typ`. What single parts say: `dossier_parts.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from smartcity_desk.documents import dossier_parts as parts
from smartcity_desk.documents import furniture, manifest, pictures, words
from smartcity_desk.documents.dossier_items import item
from smartcity_desk.documents.embedding import filled
from smartcity_desk.documents.ledger import Ledger
from smartcity_desk.documents.manifest import Paper
from smartcity_desk.documents.model import Attachment, Dossier
from smartcity_desk.documents.pictures import Found, Printed, Small
from smartcity_desk.documents.printable import line, plain, quoted
from smartcity_desk.documents.typesetting import typeset, workplace
from smartcity_desk.documents.wording import number
from smartcity_desk.i18n import speaking, tr

PDF_NAME: Final = "berkas.pdf"
MANIFEST_NAME: Final = "berkas.manifest.json"
FILES_NAME: Final = "lampiran"
_SUFFIX_MOST: Final = 8
_OURS: Final = re.compile(r"[0-9a-f]{64}(?:\.[a-z0-9]{1,7})?")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """A dossier's folder, and the hash of its manifest, which is what the log keeps."""

    folder: Path
    pdf: Path
    manifest: Path
    manifest_sha256: str
    pdf_sha256: str


def dossier_paper(model: Dossier, small: Small) -> Paper:
    """The dossier as PDF with its manifest. Pictures and attachments are read, in threads, and held to their hashes."""
    return _made(model, None, small)


def write_dossier(model: Dossier, folder: Path, small: Small) -> Written:
    """Write the dossier into `folder`: the PDF, its manifest, and the attachments that are at hand, byte for byte.

    The manifest comes last, so a folder that has one is whole. Raises `OSError`.
    """
    files = folder / FILES_NAME
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST_NAME).unlink(missing_ok=True)
    if any(one.content is not None for one in model.attachments):
        files.mkdir(exist_ok=True)
        for old in files.iterdir():  # of an earlier dossier in this folder; what is not ours stays
            if _OURS.fullmatch(old.name) is not None:
                old.unlink()
    paper = _made(model, files, small)
    _replace(folder / PDF_NAME, paper.pdf)
    _replace(folder / MANIFEST_NAME, paper.manifest)
    return Written(folder, folder / PDF_NAME, folder / MANIFEST_NAME, paper.manifest_sha256, paper.pdf_sha256)


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    beside.replace(path)


def file_name(attachment: Attachment) -> str:
    """What an attachment is called in the folder: its hash, and the ending of its own name where that is plain."""
    suffix = Path(attachment.name).suffix.lower()
    plain_suffix = len(suffix) <= _SUFFIX_MOST and suffix[1:].isascii() and suffix[1:].isalnum()
    return attachment.sha256 + (suffix if plain_suffix else "")


def _made(model: Dossier, files: Path | None, small: Small) -> Paper:
    about = {
        "kind": "dossier",
        "code": model.code,
        "office": model.office,
        "language": model.language,
    }
    ledger = Ledger()
    with speaking(model.language), workplace() as folder:
        printed = pictures.prepare((photo for item in model.items for photo in item.photos), folder, small)
        found = [
            pictures.check(one, None if files is None else files / file_name(one))
            for one in model.attachments
        ]
        head = furniture.head(model.letterhead, folder, ledger)
        data = _data(model, ledger, printed, found) | {"head": head}
        content = manifest.content(about, model.origin, ledger, _attachments(model, printed, found))
        data["foot"] = furniture.foot(data["title"], data["number"], model.origin, content)
        bare = typeset(folder, "dossier.typ", data, at=model.origin.data_at)
        pdf = filled(bare, pictures.files(printed.values(), folder))
    return manifest.seal(pdf, content)


def _attachments(model: Dossier, printed: dict[str, Printed], found: list[Found]) -> list[Json]:
    """Every picture and every file by the hash of its original; what was printed or copied of it."""
    rows: list[Json] = []
    for one_item in model.items:
        for photo in one_item.photos:
            made = printed[photo.sha256]
            row: Json = {
                "kind": "photo",
                "sha256": photo.sha256,
                "event": photo.event,
                "found": made.found.value,
            }
            if made.found is Found.READY:
                row |= {"printed_sha256": made.sha256, "width": made.width, "height": made.height}
            rows.append(row)
    for one, state in zip(model.attachments, found, strict=True):
        row = {
            "kind": "file",
            "sha256": one.sha256,
            "event": one.event,
            "found": state.value,
            "name": quoted(one.name),
        }
        if one.media_type:
            row |= {"media_type": plain(one.media_type), "bytes": one.size}
        if state is Found.READY:
            row["file"] = f"{FILES_NAME}/{file_name(one)}"
        rows.append(row)
    return rows


def _data(model: Dossier, ledger: Ledger, printed: dict[str, Printed], found: list[Found]) -> Json:
    number_line = tr("paper.dossier.code", code=plain(model.code))
    ledger.furniture("code", number_line)
    holders = model.capacity.holders
    now = next((one for one in reversed(holders) if one.until is None), None)
    items = [
        item(f"items/{at}", at, one, ledger, printed, model.origin.data_at)
        for at, one in enumerate(model.items, start=1)
    ]
    return {
        "document": {
            "title": f"{tr('paper.dossier.title')} {plain(model.code)} {line(model.office_name)}",
            "author": line(model.letterhead.name),
            "lang": model.language,
        },
        "title": tr("paper.dossier.title"),
        "number": number_line,
        "office": ledger.text("office_name", line(model.office_name), source="directory"),
        "facts": [
            [tr("paper.dossier.office"), ledger.text("office", model.office, source="directory")],
            [
                tr("paper.dossier.superior"),
                ledger.text("superior", model.superior, source="directory") or words.NONE,
            ],
            [
                tr("paper.dossier.holder"),
                words.NONE if now is None else words.holder("holder", now, ledger),
            ],
            [tr("paper.dossier.state"), words.state(model.state)],
            *furniture.facts(model.origin, ledger),
        ],
        "secret": tr("paper.dossier.secret"),
        "notes": [ledger.quote(f"notes/{at}", note) for at, note in enumerate(model.notes)],
        "summary": parts.summary(model, ledger),
        "method": parts.method(model.method, ledger),
        "funnel": parts.funnel(model, ledger),
        "items": {
            "title": tr("paper.dossier.items", n=ledger.text("items", number(len(items)), source="document")),
            "legend": tr("paper.dossier.items.legend"),
            "rows": items,
        },
        "exclusions": parts.exclusions(model.items, ledger),
        "delays": parts.delays(model.own_delays, ledger),
        "objections": parts.objections(model.objections, ledger),
        "capacity": parts.capacity(model.capacity, ledger),
        "attachments": parts.attachments(model, ledger, found),
        "hashes": parts.hashes(model.origin, ledger),
    }
