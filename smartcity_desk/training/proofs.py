"""What stands behind the pictures of a claimed completion: honest work, or one of the ways in which it can be none.

Whoever asks for the same report and claim gets the same picture, in the past that is made at once and in the present.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Final

from smartcity_desk.domain.times import DAY, MINUTE
from smartcity_desk.training.draw import pick, seeded
from smartcity_desk.training.record import Citizen

if TYPE_CHECKING:
    from smartcity_desk.training.streets import Street


class Proof(StrEnum):
    """How a claim is backed."""

    HONEST = "honest"  # a second picture of the place, after the work
    EDITED = "edited"  # the citizen's own picture, painted over
    REUSED = "reused"  # a picture of another report, cut and made smaller
    EDITOR = "editor"  # an editor has signed its work
    OLDER = "older"  # taken before anybody was told
    FAR = "far"  # taken kilometres away
    NONE = "none"  # no picture


_WEIGHTS: Final = (
    (Proof.EDITED, 34),
    (Proof.REUSED, 26),
    (Proof.EDITOR, 10),
    (Proof.OLDER, 11),
    (Proof.FAR, 11),
    (Proof.NONE, 8),
)
_FORGOTTEN: Final = 0.03
"""Share of honest claims without a picture: to forget one is no sign of anything."""
METRE: Final = 1 / 111_320
"""Degrees of latitude in a metre."""


def proof_of(seed: int, record: Citizen, nth: int, *, fake: bool, may_reuse: bool) -> Proof:
    """What backs the n-th claim on a report. `may_reuse` says that another report's picture is there to be taken."""
    rng = seeded(seed, "proof", record.number, nth)
    if not fake:
        return Proof.NONE if rng.random() < _FORGOTTEN else Proof.HONEST
    possible = {Proof.EDITED: record.picture, Proof.REUSED: may_reuse, Proof.FAR: bool(record.lat)}
    choices = [(proof, weight) for proof, weight in _WEIGHTS if possible.get(proof, True)]
    return rng.choices([proof for proof, _ in choices], [weight for _, weight in choices])[0]


def reported(seed: int, record: Citizen) -> bytes:
    """The citizen's picture of what is wrong. Channels strip what the telephone wrote into it."""
    from smartcity_desk.training import pictures

    return pictures.jpeg(pictures.photograph(_place(seed, record), pictures.first_shot(seed, record.number)))


def claimed(
    seed: int, record: Citizen, nth: int, proof: Proof, at: int, other: tuple[Citizen, int] | None = None
) -> bytes | None:
    """The picture with the n-th claim on a report at `at` (ms UTC), None without one.

    `other` is the report, and the claim on it, whose picture is used again.
    """
    from smartcity_desk.training import pictures

    if proof is Proof.NONE:
        return None
    rng = seeded(seed, "claim", record.number, nth)
    if proof is Proof.REUSED:
        assert other is not None
        theirs = pictures.photograph(
            _street(seed, other[0].number, other[0].category),
            pictures.second_shot(seed, other[0].number, other[1]),
        )
        return pictures.jpeg(pictures.used_again(theirs, rng), 50)
    place = _place(seed, record)
    if proof is Proof.EDITED:
        return pictures.jpeg(pictures.painted_over(place, pictures.first_shot(seed, record.number), rng), 60)
    data = pictures.jpeg(pictures.photograph(place, pictures.second_shot(seed, record.number, nth)))
    if proof is Proof.EDITOR:
        return pictures.with_metadata(data, software=pick(rng, pictures.EDITORS))
    told = proof is not Proof.HONEST or rng.random() < 0.6  # platforms strip what telephones write
    if not told:
        return data
    taken_at = at - int(rng.uniform(2, 50) * MINUTE)
    if proof is Proof.OLDER:
        taken_at = record.at - int(rng.uniform(1, 20) * DAY)
    point = _point(rng, record, far=proof is Proof.FAR)
    return pictures.with_metadata(data, taken_at=taken_at, zone=rng.random() < 0.7, point=point)


def _place(seed: int, record: Citizen) -> Street:
    return _street(seed, record.number, record.category)


@lru_cache(maxsize=4)
def _street(seed: int, number: int, category: str) -> Street:
    from smartcity_desk.training.streets import street

    return street(seed, number, category)


def _point(rng: Random, record: Citizen, *, far: bool) -> tuple[float, float] | None:
    """Where the crew stood: near the citizen's point, or kilometres from it."""
    if not record.lat or not record.lon:
        return None  # none, or the 0,0 of a device that knew nothing
    if far:
        return (
            record.lat + rng.choice((-1, 1)) * rng.uniform(500, 3000) * METRE,
            record.lon + rng.choice((-1, 1)) * rng.uniform(500, 3000) * METRE,
        )
    if rng.random() < 0.3:
        return None
    return record.lat + rng.gauss(0, 18) * METRE, record.lon + rng.gauss(0, 18) * METRE
