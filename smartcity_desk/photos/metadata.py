"""What a picture's metadata tells: when, where, and traces of editors and generators. Weak evidence, all of it.

Platforms strip metadata, telephones have wrong clocks, and cameras themselves edit: so absence says nothing, and what
is found is a reason to look, never a verdict (domain paper R76). Nothing here raises: what cannot be read is not there.
Names of programs come from a table of ours; a file's own words are never passed on.
"""

from __future__ import annotations

import math
import re
import threading
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Any, Final

from PIL import Image

from smartcity_desk.domain.times import JAKARTA, from_datetime, plausible
from smartcity_desk.photos.containers import Part

EXIF_BYTES: Final = 1 << 16
"""What one segment of a JPEG can hold. A longer one is made to keep a reader busy."""
_SOFTWARE: Final = (0x0131, 0x000B)
_COMMENTS: Final = (0x010E, 0x9286)
_ORIENTATION: Final = 0x0112
_DETAILS: Final = 0x8769
_PLACE: Final = 0x8825
_TIMES: Final = ((0x9003, 0x9011), (0x9004, 0x9012), (0x0132, 0x9010))
"""When taken, when digitised, when last written, each with its zone. A file is never written before it was taken."""


class TraceKind(StrEnum):
    """Who left a trace: a program that changes pictures, or one that makes them."""

    EDITOR = "editor"
    GENERATOR = "generator"


@dataclass(frozen=True, slots=True)
class Trace:
    """A program that the metadata names. `name` is ours, so it may be shown."""

    kind: TraceKind
    name: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """What could be read. `taken_at` in ms UTC, and whether the file said its zone; degrees and metres; EXIF's turn.

    `credentials`: content credentials (C2PA) are attached. Cameras sign, too; only what they say can be a trace.
    """

    taken_at: int | None = None
    zone_known: bool = False
    lat: float | None = None
    lon: float | None = None
    error_m: float | None = None
    turn: int = 1
    traces: tuple[Trace, ...] = ()
    credentials: bool = False


def _table(kind: TraceKind, names: str) -> tuple[tuple[re.Pattern[str], Trace], ...]:
    return tuple(
        (re.compile(rf"(?<![a-z]){pattern}(?![a-z])", re.IGNORECASE), Trace(kind, name))
        for name, pattern in (entry.strip().split(" = ") for entry in names.strip().splitlines())
    )


_PROGRAMS: Final = _table(
    TraceKind.GENERATOR,
    r"""
    Adobe Firefly = (?:adobe[ _])?firefly
    Bing Image Creator = bing image creator
    ChatGPT = (?:chatgpt|openai|gpt-?(?:4o|image)\S*)
    ComfyUI = comfyui
    DALL-E = dall[^a-z0-9]{0,2}e\d?
    FLUX = flux\.?[12]\S*
    Fooocus = fooocus
    Gemini = (?:gemini|nano banana)
    Google AI = google ai
    Grok = (?:grok|aurora by xai)
    Ideogram = ideogram(?: ?ai)?
    InvokeAI = invoke ?ai
    Leonardo.Ai = leonardo\.? ?ai
    Meta AI = (?:meta ai|imagined with ai)
    Microsoft Designer = microsoft designer
    Midjourney = midjourney
    NovelAI = novel ?ai
    Stable Diffusion = stable[ -_]?diffusion\S*
    """,
) + _table(
    TraceKind.EDITOR,
    r"""
    ACDSee = acdsee\S*
    Adobe Lightroom = (?:adobe )?(?:photoshop )?lightroom
    Adobe Photoshop = (?:adobe[ _])?photoshop(?! lightroom)
    Affinity Photo = affinity photo
    AirBrush = airbrush
    BeautyPlus = beautyplus
    Canva = canva
    CapCut = capcut
    Facetune = facetune\d?
    Fotor = fotor
    GIMP = gimp
    InShot = inshot
    Krita = krita
    LightX = lightx
    Luminar = luminar
    Meitu = (?:meitu|mtxx)
    Paint.NET = paint\.net
    PaintShop = paintshop
    PhotoDirector = photodirector
    Photopea = photopea
    PhotoRoom = photoroom
    PhotoScape = photoscape
    PicsArt = picsart
    Pixelmator = pixelmator
    Pixlr = pixlr
    Polarr = polarr
    Remini = remini
    Snapseed = snapseed
    TouchRetouch = touchretouch
    VSCO = vsco\S*
    YouCam = youcam
    """,
)
_SYNTHETIC: Final = re.compile(
    r"(?<![a-z])(trainedAlgorithmicMedia|compositeWithTrainedAlgorithmicMedia|compositeSynthetic)(?![a-z])",
    re.IGNORECASE,
)
"""IPTC's digital source types for what a model made or composed; the plain ones of cameras are not among them."""
_SYNTHETIC_TRACE: Final = Trace(TraceKind.GENERATOR, "IPTC DigitalSourceType")
_RECIPE: Final = re.compile(r"Steps: \d+, Sampler:|\"class_type\"\s*:|\"sampler_name\"\s*:|sui_image_params")
"""How generators that run at home write their recipe into a picture."""
_RECIPE_TRACE: Final = Trace(TraceKind.GENERATOR, "Stable Diffusion")
_XMP_FIELDS: Final = re.compile(
    r"(?:CreatorTool|softwareAgent|DigitalSourceType|DigitalSourceFileType|Credit|AISystemUsed)\s*(?:=\s*[\"']|>)\s*"
    r"([^<\"']{1,300})",
    re.IGNORECASE,
)
_PNG_TEXTS: Final = frozenset(
    {
        "software",
        "parameters",
        "prompt",
        "workflow",
        "comment",
        "source",
        "dream",
        "sd-metadata",
        "invokeai_metadata",
    }
)
_WHEN: Final = re.compile(r"(\d{4})[:/-](\d\d)[:/-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
_ZONE: Final = re.compile(r"([+-])(\d\d):?(\d\d)")

_quiet = threading.Lock()


@contextmanager
def quietly() -> Iterator[None]:
    """Keep Pillow's warnings about odd metadata off standard error: a hostile file could give one for each entry.

    The filters are the whole process's, so one thread at a time changes them and puts them back.
    """
    with _quiet, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def metadata_of(parts: Iterable[Part]) -> Metadata:
    """Read the parts of a file."""
    by_name: dict[str, bytes] = {}
    for part in parts:
        by_name.setdefault(part.name, part.data)
    exif = _exif(by_name.get("exif", b""))
    taken_at, zone_known = _taken(exif)
    lat, lon, error_m = _place(exif)
    traces = dict.fromkeys((*_from_exif(exif), *_from_texts(by_name)))
    return Metadata(
        taken_at, zone_known, lat, lon, error_m, _turn(exif), tuple(traces), credentials="c2pa" in by_name
    )


# ---------------------------------------------------------------- EXIF


def _exif(data: bytes) -> dict[int, Any]:
    """The tags of all directories that matter here; those of the place are told apart by their own key."""
    data = data.removeprefix(b"Exif\0\0")
    if not data or len(data) > EXIF_BYTES:
        return {}
    tags: dict[int, Any] = {}
    with quietly():
        try:
            exif = Image.Exif()
            exif.load(b"Exif\0\0" + data)
            tags = dict(exif)
            details, place = exif.get_ifd(_DETAILS), exif.get_ifd(_PLACE)
            tags = {**tags, **details, _PLACE: dict(place)}
        except Exception:  # noqa: BLE001 - the reader raises what the bytes make it stumble on; the rest stays read
            tags.pop(_PLACE, None)
    return tags


def _words(value: object) -> str:
    if isinstance(value, bytes):
        # a comment says its alphabet in eight bytes; one in UTF-16 has a zero in every other place
        value = value.replace(b"\0", b"").decode("latin-1")
    return value.replace("\0", "").strip() if isinstance(value, str) else ""


def _turn(exif: dict[int, Any]) -> int:
    value = exif.get(_ORIENTATION)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _taken(exif: dict[int, Any]) -> tuple[int | None, bool]:
    """The instant, and whether the file said its zone. A time without one is Jakarta's."""
    for tag, zone_tag in _TIMES:
        found = _WHEN.match(_words(exif.get(tag)))
        if not found:
            continue
        zone = _zone(_words(exif.get(zone_tag)))
        year, month, day, hour, minute, second = (int(part) for part in found.groups())
        try:
            moment = datetime(year, month, day, hour, minute, second, tzinfo=zone or JAKARTA)
            return plausible(from_datetime(moment)), zone is not None
        except ValueError:
            continue  # a camera whose clock was never set says the year 0
    return None, False


def _zone(text: str) -> timezone | None:
    found = _ZONE.fullmatch(text)
    minutes = int(found[2]) * 60 + int(found[3]) if found else 0
    if found is None or minutes > 14 * 60:
        return None
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))


def _place(exif: dict[int, Any]) -> tuple[float | None, float | None, float | None]:
    tags = exif.get(_PLACE)
    if not isinstance(tags, dict):
        return None, None, None
    lat = _degrees(tags.get(2), _words(tags.get(1)) in ("S", "s"), 90)
    lon = _degrees(tags.get(4), _words(tags.get(3)) in ("W", "w"), 180)
    if lat is None or lon is None or (lat == 0 and lon == 0):
        return None, None, None
    error = _number(tags.get(0x1F))
    return lat, lon, error if error is not None and error >= 0 else None


def _number(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]  # a rational of Pillow's, or whatever the file holds
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _degrees(value: object, negative: bool, most: int) -> float | None:
    parts = [_number(part) for part in value] if isinstance(value, tuple) else []
    if len(parts) != 3 or None in parts:
        return None
    degrees: float = sum(part / 60**power for power, part in enumerate(parts) if part is not None)
    if not 0 <= degrees <= most:
        return None
    return -degrees if negative else degrees


# ---------------------------------------------------------------- traces


def _programs(text: str) -> Iterator[Trace]:
    for pattern, trace in _PROGRAMS:
        if pattern.search(text):
            yield trace
    if _SYNTHETIC.search(text):
        yield _SYNTHETIC_TRACE


def _from_exif(exif: dict[int, Any]) -> Iterator[Trace]:
    for tag in _SOFTWARE:
        yield from _programs(_words(exif.get(tag))[:300])
    for tag in _COMMENTS:
        if _RECIPE.search(_words(exif.get(tag))):
            yield _RECIPE_TRACE


def _from_texts(parts: dict[str, bytes]) -> Iterator[Trace]:
    """Of XMP only the fields that name a program: a caption may well speak of Photoshop."""
    for field in _XMP_FIELDS.findall(parts.get("xmp", b"").decode("utf-8", "replace")):
        yield from _programs(field)
    for name, data in parts.items():
        keyword = name.removeprefix("text:").lower()
        if name.startswith("text:") and keyword in _PNG_TEXTS:
            text = data.decode("utf-8", "replace")
            if _RECIPE.search(text):
                yield _RECIPE_TRACE
            if keyword in ("software", "source"):
                yield from _programs(text[:300])
    if _SYNTHETIC.search(parts.get("c2pa", b"").decode("latin-1")):
        yield _SYNTHETIC_TRACE
