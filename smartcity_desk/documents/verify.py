"""Whether a paper is as it was made: PDF, manifest and attachments, byte for byte. Needs nothing but the files.

The manifest proves itself by its seal, and everything else by the hashes in it. Who can change all of them together can
only be found with a hash from elsewhere: the log has the manifest's, and the Governor's list prints its beginning.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from smartcity_desk.documents.dossier_pdf import FILES_NAME, MANIFEST_NAME
from smartcity_desk.documents.manifest import FORMAT, canonical, digest
from smartcity_desk.i18n import tr

_SIDECARS: Final = (".manifest.json", ".json")
_FILE: Final = re.compile(rf"{FILES_NAME}/[0-9a-f]{{64}}(?:\.[a-z0-9]{{1,7}})?")
_EXPECTED_LEAST: Final = 16
_SAID: Final = ("format", "paper", "data", "attachments", "events", "origins", "numbers")


class Problem(StrEnum):
    """What can be wrong with a file."""

    MISSING = "missing"
    CHANGED = "changed"
    EXTRA = "extra"
    UNREADABLE = "unreadable"
    NO_MANIFEST = "no_manifest"
    NOT_EXPECTED = "not_expected"


@dataclass(frozen=True, slots=True)
class Finding:
    """One file and what is wrong with it. As text it is a sentence in the language spoken now."""

    file: str
    problem: Problem

    def __str__(self) -> str:
        return tr(f"paper.verify.{self.problem.value}", file=self.file)


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at and what was found. `name` is the number of a list or the code of a dossier."""

    checked: tuple[str, ...]
    findings: tuple[Finding, ...]
    kind: str = ""
    name: str = ""
    manifest_sha256: str = ""

    @property
    def ok(self) -> bool:
        """Whether every byte is as it was."""
        return not self.findings


def verify(path: Path, expected: str = "") -> Verified:
    """Check a dossier's folder, a manifest, or a PDF beside its manifest.

    `expected` is the SHA-256 of the manifest as the log has it, or its beginning of 16 letters or more as the list
    prints it. Never raises for what is in the files.
    """
    pdf, manifest = _pair(path)
    if manifest is None:
        return Verified((), (Finding(path.name, Problem.NO_MANIFEST),))
    look = _Look()
    sealed = _manifest(manifest, look, expected)
    if sealed is None:
        return Verified(tuple(look.checked), tuple(look.findings))
    look.file(pdf, sealed.pdf.sha256)
    _attachments(manifest.parent, sealed.attachments, look)
    return Verified(
        checked=tuple(look.checked),
        findings=tuple(look.findings),
        kind=sealed.paper.kind,
        name=sealed.paper.code or sealed.paper.number,
        manifest_sha256=look.manifest_sha256,
    )


class _Pdf(msgspec.Struct):
    sha256: str


class _About(msgspec.Struct):
    kind: str
    code: str = ""
    number: str = ""


class _Attachment(msgspec.Struct):
    sha256: str
    file: str = ""


class _Sealed(msgspec.Struct):
    """What a check needs of a manifest."""

    pdf: _Pdf
    paper: _About
    attachments: list[_Attachment]


@dataclass(slots=True)
class _Look:
    checked: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    manifest_sha256: str = ""

    def say(self, file: str, problem: Problem) -> None:
        self.findings.append(Finding(file, problem))

    def file(self, path: Path, sha256: str, name: str = "") -> None:
        """Hold a file against its hash."""
        shown = name or path.name
        self.checked.append(shown)
        try:
            with path.open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except FileNotFoundError:
            self.say(shown, Problem.MISSING)
        except OSError:
            self.say(shown, Problem.UNREADABLE)
        else:
            if found != sha256:
                self.say(shown, Problem.CHANGED)


def _pair(path: Path) -> tuple[Path, Path | None]:
    """The PDF and the manifest that belong together."""
    if path.is_dir():
        path = path / MANIFEST_NAME
    for ending in _SIDECARS:
        if path.name.endswith(ending):
            stem = path.name.removesuffix(ending)
            return path.with_name(f"{stem}.pdf"), path if path.is_file() else None
    stem = path.name[: -len(path.suffix)] if path.suffix else path.name
    for ending in _SIDECARS:
        beside = path.with_name(stem + ending)
        if beside.is_file():
            return path, beside
    return path, None


def _manifest(path: Path, look: _Look, expected: str) -> _Sealed | None:
    """The manifest as it was sealed, or None when it is not: then nothing that it says can be relied on."""
    look.checked.append(path.name)
    try:
        content = path.read_bytes()
        found = msgspec.json.decode(content)
        sealed = msgspec.convert(found, _Sealed)
    except OSError:
        look.say(path.name, Problem.UNREADABLE)
        return None
    except (msgspec.MsgspecError, ValueError, RecursionError):  # ValueError: no UTF-8
        look.say(path.name, Problem.CHANGED)
        return None
    if not _intact(found, content):
        look.say(path.name, Problem.CHANGED)
        return None
    look.manifest_sha256 = digest(content)
    if expected and not (
        len(expected) >= _EXPECTED_LEAST and look.manifest_sha256.startswith(expected.lower())
    ):
        look.say(path.name, Problem.NOT_EXPECTED)
    return sealed


def _intact(found: object, content: bytes) -> bool:
    """Whether bytes are exactly what a manifest of ours is: its form, its content hash and its seal."""
    assert isinstance(found, dict)
    if found.get("format") != FORMAT or canonical(found) + b"\n" != content:
        return False
    said = {name: found.get(name) for name in _SAID}
    whole = {name: value for name, value in found.items() if name != "seal"}
    return found.get("content_sha256") == digest(canonical(said)) and found.get("seal") == digest(
        canonical(whole)
    )


def _attachments(folder: Path, rows: list[_Attachment], look: _Look) -> None:
    """Every file that the manifest names is there and as it was, and no other lies beside them."""
    named = {row.file: row.sha256 for row in rows if row.file}
    for name, sha256 in named.items():
        if _FILE.fullmatch(name) is None:  # a sealed manifest of another maker never leads out of its folder
            look.say(name, Problem.UNREADABLE)
            continue
        look.file(folder / name, sha256, name)
    inside = folder / FILES_NAME
    if named and inside.is_dir():
        for path in sorted(inside.iterdir()):
            if f"{FILES_NAME}/{path.name}" not in named:
                look.say(f"{FILES_NAME}/{path.name}", Problem.EXTRA)
