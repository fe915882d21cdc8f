"""Office-holders that come and go, for training: changes by date, acting holders, called by role only."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from smartcity_desk.directory import builtin_directory
from smartcity_desk.domain.office import Directory, Office, OfficeLevel, Official, Tenure
from smartcity_desk.domain.times import DAY, from_iso
from smartcity_desk.training.draw import seeded

_BEGIN: Final = from_iso("2024-01-01T00:00:00+07:00")
_CHANGING: Final = {OfficeLevel.KELURAHAN, OfficeLevel.KECAMATAN}
_ACTING_SHARE: Final = 0.3
"""Share of changes with an acting holder (Plt) for some weeks in between."""


def training_directory(seed: int, now: int) -> Directory:
    """The built-in directory with the tenures of an invented past up to `now` (ms UTC).

    A later `now` only adds tenures. The present holder has the office's account; former and acting ones have accounts
    of their own (`lurah.31.74.01.1001.1`).
    """
    plain = builtin_directory(now)
    officials: dict[str, Official] = dict(plain.officials)
    tenures: list[Tenure] = []
    for tenure in plain.tenures:
        office = plain.offices[tenure.office]
        if office.level in _CHANGING:
            tenures += _past(seed, office, officials[tenure.official], officials, now)
        else:
            tenures.append(tenure)
    edition = hashlib.sha256(repr((plain.edition, tenures)).encode()).hexdigest()[:16]
    return replace(plain, officials=officials, tenures=tuple(tenures), edition=edition)


def _past(
    seed: int, office: Office, present: Official, officials: dict[str, Official], now: int
) -> list[Tenure]:
    rng = seeded(seed, "tenure", office.code)
    spans: list[tuple[int, int, bool]] = []
    start = _BEGIN - int(rng.random() * 700) * DAY
    while start <= now:
        end = start + (540 + int(rng.random() * 500)) * DAY
        spans.append((start, end, False))
        if rng.random() < _ACTING_SHARE:
            acting_end = end + (14 + int(rng.random() * 30)) * DAY
            spans.append((end, acting_end, True))
            end = acting_end
        start = end
    spans = [span for span in spans if span[0] <= now]
    found: list[Tenure] = []
    for index, (since, until, acting) in enumerate(spans):
        last = index == len(spans) - 1
        holder = present
        if not last or acting:
            holder = Official(f"{present.id}.{index + 1}", f"Plt. {present.name}" if acting else present.name)
            officials[holder.id] = holder
        found.append(Tenure(office.code, holder.id, since, None if last else until, acting))
    return found
