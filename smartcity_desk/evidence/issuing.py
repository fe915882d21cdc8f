"""Making the papers: a draft or a numbered list, a dossier into a folder, and what the log has to keep of a list."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from smartcity_desk.documents.dossier_pdf import Written, write_dossier
from smartcity_desk.documents.escalation_pdf import escalation_paper
from smartcity_desk.documents.furniture import letterhead
from smartcity_desk.documents.manifest import Paper
from smartcity_desk.documents.model import EscalationList, Signature
from smartcity_desk.documents.pictures import Small
from smartcity_desk.domain.events import ListPrinted
from smartcity_desk.domain.outward import ListState
from smartcity_desk.domain.times import JAKARTA, to_datetime
from smartcity_desk.evidence import dossier, governor
from smartcity_desk.evidence.dossier import Files, MayLeave, Subject, nothing_leaves
from smartcity_desk.evidence.gathering import Gathered, gather, short_code
from smartcity_desk.i18n import speaking, tr
from smartcity_desk.store import Store, files

DRAFT: Final = "KONSEP"
"""Stands where the number is to be, on what is not a numbered list."""

Told = Callable[[float], bool]
"""Hears how far the work is, 0 to 1; answers whether it is to go on."""


class Stopped(Exception):  # noqa: N818 - somebody wanted it so
    """Whoever waited no longer does. Nothing was kept."""


def _unheard(_share: float) -> bool:
    return True


def _step(told: Told, share: float) -> None:
    if not told(share):
        raise Stopped


def pictures_in(folder: Path) -> Files:
    """The evidence files that this desk has, by their hashes."""
    return partial(files.find, folder)


@dataclass(frozen=True, slots=True)
class Draft:
    """A list that can be looked at: preview and file are these same bytes."""

    model: EscalationList
    paper: Paper
    gathered: Gathered
    rows: tuple[governor.Listed, ...]
    supersedes: tuple[str, ...]

    def printed(self) -> ListPrinted:
        """What the log keeps of it once it is issued under its number."""
        return ListPrinted(
            number=self.model.number,
            data_at=self.model.origin.data_at,
            snapshot=self.model.origin.snapshot_sha256,
            document=self.paper.pdf_sha256,
            policies=self.model.origin.policies,
            marks=tuple(one.name for one in self.rows),
            segments=governor.counted_segments(self.rows),
            supersedes=self.supersedes,
        )


def draft_list(
    store: Store,
    *,
    now: int,
    language: str,
    number: str | None = None,
    at: int | None = None,
    told: Told = _unheard,
) -> Draft:
    """The list as of now (or `at`), under a number or as a draft. Blocks. Raises Stopped.

    A window of objection closes without an event, so a list looks at the clock where a dossier looks at its data.
    """
    _step(told, 0.0)
    gathered = gather(store, now if at is None else at, now=now)
    _step(told, 0.4)
    lists = store.offices.printed_lists()
    with speaking(language):
        model = governor.build(
            store,
            gathered,
            number=DRAFT if number is None else number,
            printed_at=gathered.at if number is None else now,
            letterhead=letterhead(),
            signatures=_signatures(now if number is not None else None),
            language=language,
        )
    _step(told, 0.6)
    paper = escalation_paper(model)
    _step(told, 1.0)
    return Draft(
        model,
        paper,
        gathered,
        tuple(governor.listed(gathered)),
        tuple(name for name, _ in governor.superseded(gathered, lists)),
    )


def next_number(store: Store, now: int) -> str:
    """The number that the next list of the year gets."""
    return governor.next_number(store.offices.printed_lists(), now)


def _signatures(at: int | None) -> tuple[Signature, ...]:
    return (
        Signature(title=tr("evidence.signature.superior"), name="", lead=tr("evidence.signature.known")),
        Signature(title=tr("evidence.signature.unit"), name="", place=tr("evidence.place"), at=at),
    )


def keep(folder: Path, paper: Paper) -> Path:
    """Keep an issued paper under its hash, so that a reprint is the same bytes. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, content in ((".pdf", paper.pdf), (".json", paper.manifest)):
        path = folder / f"{paper.pdf_sha256}{suffix}"
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_bytes(content)
        fresh.replace(path)
    return folder / f"{paper.pdf_sha256}.pdf"


def kept(folder: Path, lists: Mapping[str, ListState], number: str) -> Path | None:
    """The file of a list that was issued, or None where this desk has not got it."""
    for one in lists.values():
        if one.printed is not None and one.printed.number == number:
            path = folder / f"{one.printed.document}.pdf"
            return path if path.is_file() else None
    return None


def find_office(gathered: Gathered, wanted: str) -> str:
    """The office that a code of the directory or a short code from a paper means; the word itself if neither."""
    for name, mark in gathered.marks.items():
        if short_code(name) == wanted.strip().upper():
            return mark.office
    return wanted


def write(
    store: Store,
    office: str,
    folder: Path,
    *,
    files: Files,
    small: Small,
    now: int,
    language: str,
    at: int | None = None,
    may_leave: MayLeave = nothing_leaves,
) -> Written:
    """The dossier of an office (or of a short code) into a folder. Raises ConfigProblem, OSError. Blocks."""
    gathered = gather(store, at, now=now)
    subject = dossier.subject_of(gathered, find_office(gathered, office))
    return _write(store, gathered, subject, folder, files, small, language, _unheard, may_leave)


def write_below(
    store: Store,
    chosen: Callable[[Gathered], Subject],
    home: Path,
    *,
    files: Files,
    small: Small,
    now: int,
    language: str,
    told: Told = _unheard,
    may_leave: MayLeave = nothing_leaves,
) -> Written:
    """A dossier into a folder of its own below `home`, named by its code and the time of its data. Blocks.

    Raises ConfigProblem, OSError, and Stopped, after which nothing of it is left.
    """
    _step(told, 0.0)
    gathered = gather(store, now=now)
    _step(told, 0.3)
    subject = chosen(gathered)
    day = to_datetime(gathered.at).astimezone(JAKARTA)
    folder = home / f"berkas-{subject.code}-{day:%Y%m%d-%H%M}"
    fresh = not folder.exists()
    try:
        return _write(store, gathered, subject, folder, files, small, language, told, may_leave)
    except (Stopped, OSError):
        if fresh:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _write(
    store: Store,
    gathered: Gathered,
    subject: Subject,
    folder: Path,
    files: Files,
    small: Small,
    language: str,
    told: Told,
    may_leave: MayLeave,
) -> Written:
    with speaking(language):
        model = dossier.build(
            store,
            gathered,
            subject,
            letterhead=letterhead(),
            files=files,
            language=language,
            may_leave=may_leave,
        )
    _step(told, 0.45)
    written = write_dossier(model, folder, small)
    _step(told, 1.0)
    return written
