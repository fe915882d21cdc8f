"""Office-holders that come and go, for training: changes by date, acting holders, called by role only."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from smartcity_desk.directory import builtin_directory
from smartcity_desk.domain.office import Directory, Office, OfficeLevel, Official, Tenure
from smartcity_desk.domain.times import DAY, HOUR, from_iso
from smartcity_desk.training.draw import seeded
from smartcity_desk.training.traits import city_traits

_BEGIN: Final = from_iso("2024-01-01T00:00:00+07:00")
_CHANGING: Final = {OfficeLevel.KELURAHAN, OfficeLevel.KECAMATAN}
_ACTING_SHARE: Final = 0.3
"""Share of changes with an acting holder (Plt) for some weeks in between."""
_ACTING_SINCE: Final = 24 * DAY
_FRESH_SINCE: Final = 40 * DAY
Span = tuple[int, int, bool]
"""From, to, and whether acting."""


def training_directory(seed: int, now: int) -> Directory:
    """The built-in directory with the tenures of an invented past up to `now` (ms UTC).

    The present holder has the office's account; former and acting ones have accounts of their own
    (`lurah.31.74.01.1001.1`). Whatever the seed, one ordinary kelurahan of some size has an acting holder at `now`, and
    another one got its holder inside the windows that are judged then (E10).
    """
    plain = builtin_directory(now)
    officials: dict[str, Official] = dict(plain.officials)
    tenures: list[Tenure] = []
    certain = _certain(seed, plain, now)
    for tenure in plain.tenures:
        office = plain.offices[tenure.office]
        if office.level in _CHANGING:
            spans = certain.get(office.code) or _spans(seed, office, now)
            tenures += _held(office, spans, officials[tenure.official], officials)
        else:
            tenures.append(tenure)
    edition = hashlib.sha256(repr((plain.edition, tenures)).encode()).hexdigest()[:16]
    return replace(plain, officials=officials, tenures=tuple(tenures), edition=edition)


def _certain(seed: int, plain: Directory, now: int) -> dict[str, list[Span]]:
    """The tenures of the two offices that every city has: one with an acting holder now, one with a new holder."""
    traits = city_traits(seed, plain)
    special = traits.unresponsive | traits.fast_but_empty | traits.hurt_by_misrouting
    ordinary = [code for code, own in traits.offices.items() if own.volume >= 40 and code not in special]
    acting, fresh = seeded(seed, "certain").sample(ordinary, 2)
    midnight = (now + 7 * HOUR) // DAY * DAY - 7 * HOUR
    return {
        acting: [(_BEGIN, midnight - _ACTING_SINCE, False), (midnight - _ACTING_SINCE, now + DAY, True)],
        fresh: [(_BEGIN, midnight - _FRESH_SINCE, False), (midnight - _FRESH_SINCE, now + DAY, False)],
    }


def _spans(seed: int, office: Office, now: int) -> list[Span]:
    rng = seeded(seed, "tenure", office.code)
    spans: list[Span] = []
    start = _BEGIN - int(rng.random() * 700) * DAY
    while start <= now:
        end = start + (540 + int(rng.random() * 500)) * DAY
        spans.append((start, end, False))
        if rng.random() < _ACTING_SHARE:
            acting_end = end + (14 + int(rng.random() * 30)) * DAY
            spans.append((end, acting_end, True))
            end = acting_end
        start = end
    return [span for span in spans if span[0] <= now]


def _held(
    office: Office, spans: list[Span], present: Official, officials: dict[str, Official]
) -> list[Tenure]:
    found: list[Tenure] = []
    for index, (since, until, acting) in enumerate(spans):
        last = index == len(spans) - 1
        holder = present
        if not last or acting:
            holder = Official(f"{present.id}.{index + 1}", f"Plt. {present.name}" if acting else present.name)
            officials[holder.id] = holder
        found.append(Tenure(office.code, holder.id, since, None if last else until, acting))
    return found
