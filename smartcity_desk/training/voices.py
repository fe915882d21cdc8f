"""How people speak on each channel: how much arrives there, and how well it says where.

The shares are invented; together they give the traits of the seeded acceptance set: 8 % without a position, seven
in ten of all with a point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from smartcity_desk.training.record import (
    BALAI_WARGA,
    EMAIL,
    FACEBOOK,
    LAPOR,
    OPEN311,
    PETABENCANA,
    QLUE,
    X,
)


@dataclass(frozen=True, slots=True)
class Voice:
    """One channel. `weight` is its share of ordinary complaints against the others'.

    `nowhere` is the share of its reports without a position, `named` the share that name a kecamatan instead of sending
    a point. `zero` is the share of points that are 0,0, as some apps send when the device knew nothing. `tag` calls the
    city's account.
    """

    weight: float
    nowhere: float = 0.0
    named: float = 0.0
    zero: float = 0.0
    tag: bool = False


VOICES: Final[Mapping[str, Voice]] = {
    QLUE: Voice(0.22, zero=0.01),
    LAPOR: Voice(0.14, nowhere=0.01),
    X: Voice(0.34, nowhere=0.01, named=0.75, tag=True),
    OPEN311: Voice(0.11),
    FACEBOOK: Voice(0.14, nowhere=0.02),
    EMAIL: Voice(0.02, nowhere=1.0),
    BALAI_WARGA: Voice(0.013, nowhere=1.0),
    PETABENCANA: Voice(0.0, zero=0.01),
}
"""By channel. PetaBencana tells of disasters only, and gets all that are no repeat."""

_FREE: Final = tuple(name for name, voice in VOICES.items() if voice.weight)
_SUMS: Final = tuple(accumulate(VOICES[name].weight for name in _FREE))


def ordinary(chance: float) -> str:
    """The channel of an ordinary complaint for a chance of 0..1."""
    at = chance * _SUMS[-1]
    return next(name for name, upto in zip(_FREE, _SUMS, strict=True) if at < upto or name == _FREE[-1])
