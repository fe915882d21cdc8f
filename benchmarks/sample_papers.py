"""Made-up papers of any size, the same every time: for measuring, and for the tests."""

from __future__ import annotations

import hashlib
import random
from typing import Final

from smartcity_desk.documents.furniture import letterhead
from smartcity_desk.documents.model import (
    EscalationList,
    Figure,
    Holder,
    ListRow,
    Method,
    Moment,
    ObjectionMark,
    Origin,
    Overview,
    Quote,
    Signature,
    SilentReport,
    Superseded,
    WindowFigures,
)
from smartcity_desk.domain.fairness import Prior, Tally, interval
from smartcity_desk.domain.ids import event_id
from smartcity_desk.domain.marking import Marking
from smartcity_desk.domain.marks import MarkStep, Standing
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, from_iso

NOW: Final = from_iso("2026-11-22T16:20:00+07:00")
MARKING: Final = Marking()
POLICY: Final = "2026-default"
METHOD: Final = Method.of(MARKING, POLICY)
WINDOWS: Final = tuple(
    (
        from_iso("2026-11-22T00:00:00+07:00") - (k + 1) * 28 * DAY,
        from_iso("2026-11-22T00:00:00+07:00") - k * 28 * DAY,
    )
    for k in (1, 0)
)
_PRIOR: Final = Prior(MARKING.prior_on_time, MARKING.prior_weight)
_PLACES: Final = (
    "Pegangsaan", "Menteng", "Kebon Sirih", "Tugu Selatan", "Pejagalan", "Kalibaru", "Cengkareng Barat", "Kapuk",
    "Tebet Timur", "Bukit Duri", "Rawa Barat", "Pondok Pinang", "Cipinang Besar Utara", "Jatinegara Kaum",
    "Kelapa Dua Wetan",
)  # fmt: skip
_NAMES: Final = (
    "Siti Rahmawati", "Agus Prasetyo", "Dewi Lestari", "Hendra Gunawan", "Nur Aini", "Bambang Sutrisno",
    "Maria Simanjuntak",
)  # fmt: skip
CATEGORIES: Final = (
    "Lampu jalan mati",
    "Jalan rusak",
    "Sampah menumpuk",
    "Saluran tersumbat",
    "Pohon tumbang",
)


def digest_of(name: str) -> str:
    """A hash that stands for something."""
    return hashlib.sha256(name.encode()).hexdigest()


def origin() -> Origin:
    """Where the sample's data come from."""
    return Origin(
        data_at=NOW - 20 * MINUTE,
        policies=(POLICY,),
        rules_sha256=digest_of("rules"),
        snapshot_sha256=digest_of("snapshot"),
        directory="2026-11",
    )


def figures(key: str, window: tuple[int, int], tally: Tally) -> WindowFigures:
    """The figures of a window; every report is one event."""
    events = tuple(event_id(f"{key} {at}") for at in range(tally.n))
    bounds = interval(tally, _PRIOR)
    on_time, silent = tally.on_time, tally.on_time + tally.silent
    # zero of something is seen in all the events together
    return WindowFigures(
        since=window[0],
        until=window[1],
        n=Figure(tally.n, events),
        on_time=Figure(tally.on_time, events[:on_time] or events),
        silent=Figure(tally.silent, events[on_time:silent] or events),
        slow=Figure(tally.slow, events[silent:] or events),
        empty=Figure(tally.empty, events),
        excluded=Figure(tally.excluded, (event_id(f"{key} excluded"),)),
        target=METHOD.target,
        share=Figure(tally.on_time * 1000 // tally.n, events),
        lower=Figure(bounds.lower, events),
        upper=Figure(bounds.upper, events),
    )


def tally_of(dice: random.Random) -> Tally:
    """The counts of an office that answers too little in time."""
    n = dice.randint(22, 90)
    on_time = dice.randint(n // 4, n // 2)
    silent = dice.randint(0, n - on_time)
    return Tally(n, on_time, silent, n - on_time - silent, dice.randint(0, on_time // 4), dice.randint(0, 9))


def list_row(at: int) -> ListRow:
    """One office of the list."""
    dice = random.Random(f"row {at}")
    area = dice.randint(1, 5)
    objections = tuple(
        ObjectionMark(dice.choice((Standing.REJECTED, Standing.PARTLY)), event_id(f"objection {at} {one}"))
        for one in range(dice.choice((0, 0, 0, 1, 2)))
    )
    return ListRow(
        code=f"B{at:04d}{dice.choice('ACEHKMPRTX')}",
        office=f"31.7{area}.0{dice.randint(1, 8)}.10{at % 90 + 10}",
        office_name=f"Kelurahan {_PLACES[at % len(_PLACES)]}",
        superior=f"Kecamatan {dice.choice(_PLACES)}",
        holder=Holder(dice.choice(_NAMES), NOW - dice.randint(90, 900) * DAY, acting=dice.random() < 0.15),
        windows=tuple(
            figures(f"row {at} {since}", (since, until), tally_of(dice)) for since, until in WINDOWS
        ),
        state=dice.choice((MarkStep.ELIGIBLE, MarkStep.PROPOSED, MarkStep.PROPOSED)),
        objections=objections,
        manifest=digest_of(f"manifest {at}"),
        events=(event_id(f"mark {at}"),),
    )


def silent_report(at: int) -> SilentReport:
    """One line of the silent list."""
    dice = random.Random(f"silent {at}")
    event = (event_id(f"silent {at}"),)
    delivered = NOW - dice.randint(5, 50) * DAY
    return SilentReport(
        office=f"31.01.0{at % 2 + 1}.100{at % 3 + 1}",
        office_name=("Kelurahan Pulau Panggang", "Kelurahan Pulau Tidung")[at % 2],
        number=f"{48_000 + at}",
        category=CATEGORIES[at % len(CATEGORIES)],
        place=f"Dermaga {at % 9 + 1}, Pulau Panggang",
        delivered=Moment(delivered, event),
        due=Moment(delivered + 24 * HOUR, event),
        answered=Moment(delivered + 3 * DAY, event) if at % 3 == 0 else None,
    )


def escalation_list(rows: int, silent: int = 0, *, language: str = "id") -> EscalationList:
    """A list of so many offices."""
    return EscalationList(
        number="012/JSC/XI/2026",
        printed_at=NOW,
        origin=origin(),
        letterhead=letterhead(),
        method=METHOD,
        windows=WINDOWS,
        rows=tuple(list_row(at) for at in range(rows)),
        signatures=(
            Signature(
                "Kepala Seksi Pemantauan",
                "Rina Kusumawardani",
                lead="Diperiksa oleh",
                number="NIP 19790412 200501 2 003",
            ),
            Signature(
                "Kepala Unit Pengelola Jakarta Smart City",
                "Yudi Hartanto",
                place="Jakarta",
                at=NOW,
                number="NIP 19710823 199703 1 002",
            ),
        ),
        addressee="Kepada Yth. Gubernur DKI Jakarta",
        overview=Overview(
            offices=Figure(267, source="directory:2026-11"),
            enough=Figure(171, source="snapshot"),
            not_enough=Figure(96, source="snapshot"),
            held_back=Figure(2, (event_id("held 1"), event_id("held 2"))),
        ),
        silent=tuple(silent_report(at) for at in range(silent)),
        supersedes=(
            Superseded(
                "011/JSC/XI/2026", NOW - 3 * DAY, Quote("satu sanggahan diterima sebagian", (event_id("s"),))
            ),
        ),
        language=language,
    )
