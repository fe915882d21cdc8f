"""The manifest of a place bundle: what is in it, from whom, as of when (docs/place-bundle.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final

import msgspec

from smartcity_desk.domain.errors import BadData
from smartcity_desk.place.cells import EDITION as APPROXIMATE
from smartcity_desk.place.geojson import MOST_BYTES
from smartcity_desk.place.problems import bad

FORMAT: Final = "smartcity-place-bundle"
VERSION: Final = 1
NAME: Final = "manifest.json"
CRS: Final = "EPSG:4326"
MOST_MANIFEST: Final = 1 << 20
MOST_FILES: Final = 64
MOST_TILES: Final = 512 << 20
MOST_TOTAL: Final = 768 << 20

_EDITION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PART: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")
_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_SHA: Final = re.compile(r"[0-9a-f]{64}")
_DEVICES: Final = frozenset({"con", "prn", "aux", "nul"})
_TEXT: Final = 300
_DAYS: Final = 36_500


class Role(StrEnum):
    """What a file of a bundle is for."""

    KELURAHAN = "kelurahan"
    STREETS = "streets"
    LAYER = "layer"
    TILES = "tiles"


class Kind(StrEnum):
    """What a layer is drawn as."""

    POINT = "point"
    LINE = "line"
    POLYGON = "polygon"


class File(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file. `path` is relative with `/`; `source`, `licence` and `as_of` (a date) are the bundle's where empty.

    Only layers have `id`, `title` by language, `kind`, and `stale_after_days`: the age after which it is shown as old.
    """

    path: str
    role: Role
    sha256: str
    bytes: int
    id: str = ""
    title: dict[str, str] = {}
    kind: Kind | None = None
    source: str = ""
    licence: str = ""
    as_of: str = ""
    stale_after_days: int | None = None


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle. `edition` names it for good: reports remember it."""

    format: str
    version: int
    edition: str
    title: dict[str, str]
    source: str
    licence: str
    as_of: str
    crs: str
    counts: dict[str, int]
    files: tuple[File, ...]

    def of(self, role: Role) -> tuple[File, ...]:
        """The files of one role, in the manifest's order."""
        return tuple(file for file in self.files if file.role is role)


_DECODER: Final = msgspec.json.Decoder(Manifest)


def decode(data: bytes) -> Manifest:
    """A manifest, if it is one that can be worked with. Raises BadData (`manifest` with `part`, `format_version`)."""
    if len(data) > MOST_MANIFEST:
        raise bad("too_large", name=NAME, most=MOST_MANIFEST)
    head = _head(data)
    if head.get("format") != FORMAT:
        raise _wrong("format")
    if head.get("version") != VERSION:
        raise bad("format_version", value=str(head.get("version"))[:20], known=VERSION)
    try:
        found = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise bad("manifest", part=str(problem)[:_TEXT]) from None
    check(found)
    return found


def _head(data: bytes) -> Mapping[str, Any]:
    try:
        head = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise bad("json", name=NAME) from None
    return head if isinstance(head, dict) else {}


def encode(manifest: Manifest) -> bytes:
    """The manifest as it is written: readable, the same bytes for the same content."""
    return msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=2) + b"\n"


def check(manifest: Manifest) -> None:
    """Raises BadData for what no bundle may say of itself."""
    check_edition(manifest.edition)
    if manifest.crs != CRS:
        raise bad("crs", name=NAME, value=manifest.crs[:120])
    if not 1 <= len(manifest.files) <= MOST_FILES:
        raise _wrong("files")
    if len(manifest.of(Role.KELURAHAN)) != 1:
        raise bad("no_kelurahan")
    if len(manifest.of(Role.TILES)) > 1 or len(manifest.of(Role.STREETS)) > 1:
        raise _wrong("files.role")
    for file in manifest.files:
        _check_file(file)
    for name in ("path", "id"):
        values = [getattr(file, name).lower() for file in manifest.files if getattr(file, name)]
        if len(set(values)) != len(values):
            raise _wrong(f"files.{name}")
    if sum(file.bytes for file in manifest.files) > MOST_TOTAL:
        raise bad("too_large", name=NAME, most=MOST_TOTAL)
    for text in (manifest.source, manifest.licence, *manifest.title.values()):
        _check_text(text, "text")
    _check_date(manifest.as_of, "as_of")


def check_edition(edition: str) -> str:
    """The name of an edition, if it can be one. Raises BadData (`edition`)."""
    if (
        not _EDITION.fullmatch(edition)
        or edition.lower() == APPROXIMATE
        or ".." in edition
        or edition.endswith(".")
    ):
        raise bad("edition", value=edition[:64])
    return edition


def _check_file(file: File) -> None:
    parts = file.path.split("/")
    if (
        not 1 <= len(parts) <= 3
        or file.path.lower() == NAME
        or not all(_PART.fullmatch(part) and not part.endswith(".") for part in parts)
        or any(part.split(".")[0].lower() in _DEVICES for part in parts)
    ):
        raise bad("path", value=file.path[:120])
    if not _SHA.fullmatch(file.sha256):
        raise _wrong("files.sha256")
    if not 0 < file.bytes <= (MOST_TILES if file.role is Role.TILES else MOST_BYTES):
        raise bad("too_large", name=file.path, most=MOST_TILES)
    if file.role is Role.LAYER and (not _ID.fullmatch(file.id) or file.kind is None):
        raise _wrong("files.id" if file.kind is not None else "files.kind")
    if file.stale_after_days is not None and not 0 < file.stale_after_days <= _DAYS:
        raise _wrong("files.stale_after_days")
    for text in (file.source, file.licence, *file.title.values()):
        _check_text(text, file.path)
    _check_date(file.as_of, file.path)


def _check_text(text: str, part: str) -> None:
    if len(text) > _TEXT:
        raise _wrong(part)


def _check_date(text: str, part: str) -> None:
    if text:
        try:
            date.fromisoformat(text)
        except ValueError:
            raise _wrong(part) from None


def _wrong(part: str) -> BadData:
    return bad("manifest", part=part)
