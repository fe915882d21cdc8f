"""What the city's offices are like: how much arrives, who answers, who does not, and who only seems to.

The numbers of offices and their shares are those of the seeded acceptance set; the distributions are those of the
simulation in the domain paper, section 3.3, so that what later rules find here can be compared with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from smartcity_desk.directory import usual_office
from smartcity_desk.domain.office import Directory, OfficeLevel
from smartcity_desk.training.draw import seeded

UNRESPONSIVE: Final = 10
FAST_BUT_EMPTY: Final = 5
MISROUTED: Final = 3
VOLUME_SHAPE: Final = 1.2
VOLUME_MEAN: Final = 45.0
"""Reports per kelurahan in 28 days: gamma distributed."""
LEAST_VOLUME: Final = 42.0
LEAST_ON_TIME: Final = 0.83
"""Of an agency: one below the rule's target would be an unresponsive office that the truth does not name."""
SPAM: Final = 0.04
REOPENED: Final = 0.12
FAKE: Final = 0.05

OWN_CATEGORIES: Final = (
    ("sampah", 26),
    ("saluran_tersumbat", 18),
    ("genangan", 15),
    ("fasum_rusak", 12),
    ("gangguan", 13),
    ("pelayanan", 8),
    ("lainnya", 8),
)
"""Work of the kelurahan itself, by weight."""
OTHER_CATEGORIES: Final = (
    ("jalan_rusak", 14),
    ("lampu_jalan", 10),
    ("pohon_rawan", 7),
    ("parkir_liar", 8),
    ("pkl", 6),
    ("rambu", 3),
    ("listrik", 5),
    ("kabel", 5),
    ("air_bersih", 5),
    ("sampah_liar", 4),
    ("reklame_liar", 2),
    ("sosial", 3),
    ("kesehatan", 3),
    ("pohon_tumbang", 5),
)
"""Work of others, by weight: it must not count against a lurah."""
DISASTERS: Final = (("flood", 70), ("fire", 15), ("wind", 12), ("haze", 2), ("earthquake", 1))


@dataclass(frozen=True, slots=True)
class OfficeTraits:
    """How an office behaves. Shares are 0..1; `volume` is reports in 28 days; hours are medians.

    `on_time` is the share of attributable reports answered in time, `fake` the share of claimed completions that are
    none, `misrouted` the share of others' work that the unit wrongly sends here, `others` the share of others' work in
    what citizens send from here, disasters apart.
    """

    office: str
    volume: float = 0.0
    on_time: float = 0.9
    fake: float = FAKE
    answer_hours: float = 4.0
    work_hours: float = 20.0
    misrouted: float = 0.0
    others: float = 0.06
    allowance_hours: float = 24.0


@dataclass(frozen=True, slots=True)
class Traits:
    """Every office's traits, and the truth about which ones are special."""

    offices: Mapping[str, OfficeTraits]
    unresponsive: frozenset[str]
    fast_but_empty: frozenset[str]
    hurt_by_misrouting: frozenset[str]
    flood_prone: frozenset[str]

    def of(self, office: str) -> OfficeTraits:
        """The traits of an office, ordinary ones where nothing is known."""
        return self.offices.get(office) or OfficeTraits(office)


def city_traits(seed: int, directory: Directory) -> Traits:
    """The traits of every office for a seed.

    Special offices get at least `LEAST_VOLUME` reports in 28 days: with fewer no rule could tell, and nothing would be
    learnt. A third of them is not the office's own work, or is said twice.
    """
    rng = seeded(seed, "traits")
    kelurahan = [code for code, office in directory.offices.items() if office.level is OfficeLevel.KELURAHAN]
    mainland = [code for code in kelurahan if not code.startswith("31.01")]
    special = rng.sample(mainland, UNRESPONSIVE + FAST_BUT_EMPTY + MISROUTED)
    unresponsive = frozenset(special[:UNRESPONSIVE])
    empty = frozenset(special[UNRESPONSIVE : UNRESPONSIVE + FAST_BUT_EMPTY])
    hurt = frozenset(special[UNRESPONSIVE + FAST_BUT_EMPTY :])
    found: dict[str, OfficeTraits] = {}
    for code in kelurahan:
        volume = rng.gammavariate(VOLUME_SHAPE, VOLUME_MEAN / VOLUME_SHAPE)
        on_time = rng.betavariate(45, 5)
        if code in unresponsive:
            found[code] = OfficeTraits(
                code, max(LEAST_VOLUME, volume), rng.uniform(0.35, 0.60), answer_hours=9.0
            )
        elif code in empty:
            found[code] = OfficeTraits(
                code, max(LEAST_VOLUME, volume), 0.97, fake=0.55, answer_hours=0.8, work_hours=1.5
            )
        elif code in hurt:
            found[code] = OfficeTraits(
                code, max(LEAST_VOLUME, volume), max(0.9, on_time), misrouted=0.85, others=0.45
            )
        else:
            found[code] = OfficeTraits(code, volume, on_time, misrouted=0.1)
    for code, office in directory.offices.items():
        if office.level in (OfficeLevel.SUDIN, OfficeLevel.DINAS):
            found[code] = OfficeTraits(
                code,
                on_time=max(LEAST_ON_TIME, rng.betavariate(36, 6)),
                answer_hours=20.0,
                work_hours=60.0,
                allowance_hours=168.0,
            )
        elif office.level is OfficeLevel.THIRD_PARTY:
            found[code] = OfficeTraits(
                code, on_time=0.7, answer_hours=30.0, work_hours=72.0, allowance_hours=168.0
            )
    prone = frozenset(rng.sample(mainland, 40))
    return Traits(found, unresponsive, empty, hurt, prone)


def true_office(directory: Directory, category: str, place: str) -> str:
    """Whose work a report truly is."""
    return usual_office(directory, category, place) or place
