"""Hints with their reasons; none where there is no reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from smartcity_desk.domain.times import DAY, HOUR, MINUTE, from_iso
from smartcity_desk.photos import hints, prints
from smartcity_desk.photos.hints import Hint, HintCode, LookUp, Note, Place, Sighting, examine, notes
from smartcity_desk.photos.metadata import Metadata
from smartcity_desk.photos.prints import Index, Probe, probe
from tests.photos import edits, files
from tests.photos.conftest import Street

ROUTED = from_iso("2026-04-05T03:00:00Z")
CLAIMED = ROUTED + 6 * HOUR
SPOT = Place(-6.2, 106.8)


def codes(found: Iterable[Hint]) -> list[HintCode]:
    return [hint.code for hint in found]


def photo(pixels: np.ndarray | None = None, **options: Any) -> bytes:
    return files.file(files.plain(400, 300) if pixels is None else pixels, **options)


def taken(at: int) -> dict[int, str]:
    from smartcity_desk.domain.times import JAKARTA, to_datetime

    return {0x9003: to_datetime(at).astimezone(JAKARTA).strftime("%Y:%m:%d %H:%M:%S")}


# ---------------------------------------------------------------- the frame


def test_a_copy_of_the_reporters_photo_is_told_with_the_place_of_the_change(one: Street) -> None:
    changed = one.pixels.copy()
    changed[240:380, 300:480] = (210, 60, 60)
    (hint,) = examine(edits.jpeg(changed), before=[b"broken", one.honest, one.before], claimed_at=CLAIMED)
    assert hint.code is HintCode.SAME_FRAME
    assert hint.params["before"] == 2
    assert hint.params["left"] == pytest.approx(0.375, abs=0.07)
    assert hint.params["bottom"] == pytest.approx(0.633, abs=0.07)


def test_the_very_same_file_needs_no_looking(one: Street) -> None:
    assert examine(one.before, before=[one.honest, one.before], claimed_at=CLAIMED) == (
        Hint(HintCode.SAME_FRAME, {"before": 1, "equal": 1.0, "still": 1.0}),
    )


def test_an_honest_photograph_of_the_spot_gives_no_hint(streets: list[Street]) -> None:
    found = [examine(street.honest, before=[street.before], claimed_at=CLAIMED) for street in streets]
    assert sum(bool(hints) for hints in found) <= 1


# ---------------------------------------------------------------- seen before


class Shelf:
    """What a desk has: an index, and some of the files."""

    def __init__(
        self, streets: Sequence[Street], *, at_hand: bool = True, seen_at: int = CLAIMED - DAY
    ) -> None:
        self.files = [street.before for street in streets]
        self.index = Index((key, probe(street.pixels).print.to_bytes()) for key, street in enumerate(streets))
        self.at_hand, self.seen_at, self.loaded = at_hand, seen_at, 0

    def load(self, key: int) -> bytes | None:
        self.loaded += 1
        return self.files[key] if self.at_hand else None

    def __call__(self, asked: Probe) -> Iterator[Sighting]:
        for key, distance, alike in self.index.look_up(asked):
            yield Sighting(
                f"foto-{key}", f"laporan-{key}", self.seen_at, distance, alike, lambda key=key: self.load(key)
            )


def seen(after: bytes, look_up: LookUp) -> tuple[Hint, ...]:
    return examine(after, claimed_at=CLAIMED, look_up=look_up)


def test_a_photograph_of_another_report_is_told_with_where_it_was(streets: list[Street]) -> None:
    again = edits.reused(streets[2].before, "all", np.random.default_rng(1))
    (hint,) = seen(again, Shelf(streets))
    assert hint.code is HintCode.SEEN_BEFORE
    wanted = {"report": "laporan-2", "photo": "foto-2", "seen_at": CLAIMED - DAY, "laid": 1}
    assert wanted.items() <= hint.params.items()
    assert 0 < float(hint.params["distance"]) <= prints.NEAR


def test_a_neighbouring_photograph_is_laid_over_and_let_go(streets: list[Street]) -> None:
    """The print of an honest photograph may be near; the picture is not the same."""
    shelf = Shelf(streets)
    near = Sighting("foto", "laporan", CLAIMED - DAY, 9, alike=True, load=lambda: streets[1].before)
    assert seen(streets[1].honest, lambda _: [near]) == ()
    assert seen(streets[0].honest, shelf) == ()


def test_without_the_file_only_what_is_alike_uncut_is_told(streets: list[Street]) -> None:
    draw = np.random.default_rng(1)
    poor = edits.reused(streets[3].before, "quality+resize", draw)
    (hint,) = seen(poor, Shelf(streets, at_hand=False))
    assert (hint.params["report"], hint.params["laid"]) == ("laporan-3", 0)
    assert seen(edits.reused(streets[3].before, "all", draw), Shelf(streets, at_hand=False)) == ()


def test_a_damaged_file_is_as_good_as_none(streets: list[Street]) -> None:
    near = Sighting("foto", "laporan", CLAIMED - DAY, 2, alike=True, load=lambda: b"\xff\xd8\xff broken")
    assert codes(seen(streets[3].before, lambda _: [near])) == [HintCode.SEEN_BEFORE]
    assert seen(streets[3].before, lambda _: [replace(near, alike=False)]) == ()


@pytest.mark.parametrize(
    ("seen_at", "told"),
    [(CLAIMED - 365 * DAY, True), (CLAIMED - 365 * DAY - 1, False), (CLAIMED, True), (CLAIMED + 1, False)],
)
def test_a_year_back_and_never_ahead(streets: list[Street], seen_at: int, told: bool) -> None:
    assert bool(seen(streets[0].before, Shelf(streets[:1], seen_at=seen_at))) is told


def test_only_a_few_are_laid_over(streets: list[Street]) -> None:
    shelf = Shelf(streets[:1])
    crowd = [Sighting("f", "l", CLAIMED - DAY, 20, alike=False, load=lambda: shelf.load(0)) for _ in range(9)]
    assert seen(streets[1].before, lambda _: crowd) == ()
    assert shelf.loaded == hints.VERIFIED


# ---------------------------------------------------------------- metadata


@pytest.mark.parametrize(
    ("taken_at", "told"),
    [
        (ROUTED - HOUR, True),
        (ROUTED - 5 * MINUTE, False),
        (ROUTED - 6 * MINUTE, True),
        (ROUTED + HOUR, False),
    ],
)
def test_older_than_the_routing_beyond_what_a_clock_may_be_off(taken_at: int, told: bool) -> None:
    data = photo(exif=files.exif({}, taken(taken_at)))
    found = examine(data, claimed_at=CLAIMED, routed_at=ROUTED)
    wanted = Hint(HintCode.OLDER_THAN_ROUTING, {"taken_at": taken_at, "routed_at": ROUTED, "zone_known": 0})
    assert found == ((wanted,) if told else ())
    assert examine(data, claimed_at=CLAIMED) == ()


@pytest.mark.parametrize(
    ("north", "accuracy", "error", "told"),
    [
        (0.0014, None, None, True),  # 156 m
        (0.0013, None, None, False),
        (0.0014, 20.0, None, False),
        (0.0014, None, 20.0, False),
        (0.01, 20.0, 20.0, True),
        (0.02, None, 90_000.0, True),  # a file does not excuse itself
    ],
)
def test_too_far_beyond_both_accuracies(
    north: float, accuracy: float | None, error: float | None, told: bool
) -> None:
    more = {} if error is None else {"error": error}
    data = photo(exif=files.exif({}, place=files.at(SPOT.lat + north, SPOT.lon, **more)))
    found = examine(data, claimed_at=CLAIMED, place=replace(SPOT, accuracy_m=accuracy))
    assert codes(found) == ([HintCode.TOO_FAR] if told else [])
    if told:
        assert found[0].params["distance_m"] == pytest.approx(north * 111_195, rel=0.02)
        assert int(found[0].params["allowed_m"]) >= hints.FAR_M
    assert examine(data, claimed_at=CLAIMED) == ()


def test_traces_are_told_by_name() -> None:
    found = examine(photo(exif=files.exif({0x0131: "Snapseed 2.0"})), claimed_at=CLAIMED)
    assert found == (Hint(HintCode.EDITOR_TRACE, {"kind": "editor", "name": "Snapseed"}),)


def test_metadata_that_is_not_there_gives_no_hint() -> None:
    assert examine(photo(), claimed_at=CLAIMED, routed_at=ROUTED, place=SPOT) == ()


# ---------------------------------------------------------------- missing, order, notes


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (None, "none"),
        (b"", "none"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "heic"),
        (b"not a picture", "unknown_format"),
        (files.png_that_says(50_000, 50_000), "too_many_points"),
    ],
)
def test_a_photograph_that_cannot_be_looked_at_is_missing(after: bytes | None, reason: str) -> None:
    assert examine(after, claimed_at=CLAIMED) == (Hint(HintCode.MISSING_PHOTO, {"reason": reason}),)


def test_hints_come_in_the_order_of_their_codes(streets: list[Street]) -> None:
    exif = files.exif({0x0131: "GIMP"}, taken(ROUTED - DAY), files.at(-6.3, 106.8))
    everything = examine(
        edits.jpeg(streets[0].pixels, 60, exif),
        before=[streets[0].before],
        claimed_at=CLAIMED,
        routed_at=ROUTED,
        place=SPOT,
        look_up=Shelf(streets),
    )
    assert codes(everything) == [code for code in HintCode if code is not HintCode.MISSING_PHOTO]
    for hint in everything:
        assert all(isinstance(value, str | int | float) for value in hint.params.values())


def test_notes_tell_what_is_not_there() -> None:
    assert notes(Metadata()) == (Note.NO_TIME, Note.NO_POSITION)
    assert notes(Metadata(taken_at=1, lat=1.0, lon=1.0)) == (Note.TIME_WITHOUT_ZONE,)
    assert notes(Metadata(1, True, 1.0, 1.0, credentials=True)) == (Note.CREDENTIALS,)
