"""What pictures suggest about a claimed completion: hints with their reasons, never verdicts (domain paper F16).

A hint says that a person should look, and at what. Metadata is weak evidence (R76): its absence gives no hint here,
only a note. Codes and parameters only; words live in the interface.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.geo import distance_m
from smartcity_desk.domain.times import DAY, MINUTE
from smartcity_desk.photos import align, prints
from smartcity_desk.photos.align import Features
from smartcity_desk.photos.metadata import Metadata
from smartcity_desk.photos.prints import Probe
from smartcity_desk.photos.reading import Photo, read

SEEN_MS: Final = 365 * DAY
FAR_M: Final = 150
CLOCK_MS: Final = 5 * MINUTE
"""A telephone's clock may be off by so much before its time is worth a hint."""
VERIFIED: Final = 3
"""So many of the nearest photographs are laid over; each costs some 60 ms."""
MOST_ERROR_M: Final = 500
"""What a file says of its own error is believed up to here: it must not excuse any distance."""


class HintCode(StrEnum):
    """Everything that pictures may suggest, in the order in which it is told."""

    MISSING_PHOTO = "missing_photo"
    SAME_FRAME = "same_frame"
    SEEN_BEFORE = "seen_before"
    OLDER_THAN_ROUTING = "older_than_routing"
    TOO_FAR = "too_far"
    EDITOR_TRACE = "editor_trace"


class Note(StrEnum):
    """What is worth knowing and suggests nothing."""

    NO_TIME = "no_time"
    TIME_WITHOUT_ZONE = "time_without_zone"
    NO_POSITION = "no_position"
    CREDENTIALS = "credentials"


@dataclass(frozen=True, slots=True)
class Hint:
    """One suggestion, with what it rests on.

    | code | params |
    |---|---|
    | missing_photo | `reason`: `none`, or the key of the `BadData` |
    | same_frame | `before`: which of the before-photos (from 0); `equal`, `still`: shares; `left`, `top`, `right`,
      `bottom`: where it was changed, as shares of the before-photo, if anywhere |
    | seen_before | `report`, `photo`, `seen_at`; `distance` in bits of 128; `laid`: 1 when the photographs were laid
      over each other, 0 when only their prints are known |
    | older_than_routing | `taken_at`, `routed_at`; `zone_known`: 0 when Jakarta's zone was assumed |
    | too_far | `distance_m`; `allowed_m`, the accuracies of both included |
    | editor_trace | `kind`, `name` |
    """

    code: HintCode
    params: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the problem is: degrees, and metres of accuracy where somebody said so."""

    lat: float
    lon: float
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """An earlier photograph that the index holds for near. `load` gives its bytes, or None where they are not at hand.

    `distance` and `alike` as in `prints.Found`.
    """

    photo: str
    report: str
    seen_at: int
    distance: int
    alike: bool
    load: Callable[[], bytes | None]


LookUp = Callable[[Probe], Iterable[Sighting]]
"""Asks the index and the store: nearest first; never the photograph itself, nor before-photos of its own report."""


def examine(
    after: bytes | None,
    *,
    before: Sequence[bytes] = (),
    claimed_at: int,
    routed_at: int | None = None,
    place: Place | None = None,
    look_up: LookUp | None = None,
) -> tuple[Hint, ...]:
    """Return what one after-photo suggests, in the order of `HintCode`. Times in ms UTC.

    `place` is None where the report's own position is too coarse to hold anybody to it. Before-photos that cannot be
    read are passed over. Raises nothing on hostile bytes.
    """
    if not after:
        return (Hint(HintCode.MISSING_PHOTO, {"reason": "none"}),)
    try:
        photo = read(after)
    except BadData as problem:
        return (Hint(HintCode.MISSING_PHOTO, {"reason": problem.key}),)
    features = align.features(photo.pixels)
    hints = [*_same_frame(after, features, before)]
    if look_up is not None:
        hints += _seen_before(photo, features, claimed_at, look_up)
    hints += _older(photo.metadata, routed_at)
    hints += _too_far(photo.metadata, place)
    hints += (
        Hint(HintCode.EDITOR_TRACE, {"kind": str(trace.kind), "name": trace.name})
        for trace in photo.metadata.traces
    )
    return tuple(hints)


def notes(metadata: Metadata) -> tuple[Note, ...]:
    """Return what a person should know of a photograph's metadata, most of all that there is none."""
    found = {
        Note.NO_TIME: metadata.taken_at is None,
        Note.TIME_WITHOUT_ZONE: metadata.taken_at is not None and not metadata.zone_known,
        Note.NO_POSITION: metadata.lat is None,
        Note.CREDENTIALS: metadata.credentials,
    }
    return tuple(note for note, so in found.items() if so)


def _same_frame(after: bytes, features: Features, before: Sequence[bytes]) -> Iterator[Hint]:
    """The first of the before-photos that the after-photo is a copy of."""
    if after in before:
        yield Hint(HintCode.SAME_FRAME, {"before": before.index(after), "equal": 1.0, "still": 1.0})
        return
    for number, data in enumerate(before):
        first = _features(data)
        overlay = None if first is None else align.overlay(first, features)
        if overlay is None or not overlay.same_frame:
            continue
        params: dict[str, str | int | float] = {
            "before": number,
            "equal": round(overlay.equal, 3),
            "still": round(overlay.still, 3),
        }
        if overlay.box is not None:
            params |= dict(
                zip(("left", "top", "right", "bottom"), (round(side, 3) for side in overlay.box), strict=True)
            )
        yield Hint(HintCode.SAME_FRAME, params)
        return


def _seen_before(photo: Photo, features: Features, claimed_at: int, look_up: LookUp) -> Iterator[Hint]:
    """The nearest earlier photograph that holds when it is laid over, or is near enough to need no such proof."""
    looked = 0
    for sighting in look_up(prints.probe(photo.pixels)):
        if not 0 <= claimed_at - sighting.seen_at <= SEEN_MS:
            continue
        earlier = _features(sighting.load()) if looked < VERIFIED else None
        if earlier is None:
            same = sighting.alike
        else:
            looked += 1
            overlay = align.overlay(earlier, features)
            same = overlay is not None and overlay.same_frame
        if same:
            yield Hint(
                HintCode.SEEN_BEFORE,
                {
                    "report": sighting.report,
                    "photo": sighting.photo,
                    "seen_at": sighting.seen_at,
                    "distance": sighting.distance,
                    "laid": int(earlier is not None),
                },
            )
            return


def _features(data: bytes | None) -> Features | None:
    """A photograph made ready, or None where it is not at hand or cannot be read."""
    if data is None:
        return None
    try:
        return align.features(read(data).pixels)
    except BadData:
        return None


def _older(metadata: Metadata, routed_at: int | None) -> Iterator[Hint]:
    taken_at = metadata.taken_at
    if taken_at is not None and routed_at is not None and taken_at < routed_at - CLOCK_MS:
        params = {"taken_at": taken_at, "routed_at": routed_at, "zone_known": int(metadata.zone_known)}
        yield Hint(HintCode.OLDER_THAN_ROUTING, params)


def _too_far(metadata: Metadata, place: Place | None) -> Iterator[Hint]:
    if place is None or metadata.lat is None or metadata.lon is None:
        return
    away = distance_m(metadata.lat, metadata.lon, place.lat, place.lon)
    allowed = FAR_M + math.ceil(place.accuracy_m or 0) + math.ceil(min(metadata.error_m or 0, MOST_ERROR_M))
    if away > allowed:
        yield Hint(HintCode.TOO_FAR, {"distance_m": away, "allowed_m": allowed})
