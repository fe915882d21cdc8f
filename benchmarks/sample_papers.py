"""Made-up papers of any size, the same every time: for measuring, and for the tests."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from smartcity_desk.documents.furniture import letterhead
from smartcity_desk.documents.model import (
    Attachment,
    Capacity,
    Custody,
    Dossier,
    DossierItem,
    DossierObjection,
    Duty,
    EscalationList,
    Exclusion,
    Figure,
    Funnel,
    Holder,
    Limit,
    ListRow,
    Method,
    Moment,
    ObjectionMark,
    Origin,
    Overview,
    OwnDelay,
    Pause,
    Photo,
    PhotoKind,
    Quote,
    Signature,
    SilentReport,
    Step,
    Superseded,
    WindowFigures,
)
from smartcity_desk.domain.charts import Position
from smartcity_desk.domain.custody import Stay
from smartcity_desk.domain.events import ExclusionCode, PauseCode
from smartcity_desk.domain.fairness import Prior, Tally, interval
from smartcity_desk.domain.ids import event_id
from smartcity_desk.domain.items import Outcome
from smartcity_desk.domain.marking import Marking
from smartcity_desk.domain.marks import MarkStep, Standing
from smartcity_desk.domain.office import OfficeLevel
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


# ---------------------------------------------------------------- a dossier

LETTER: Final = b"surat keberatan"
LETTER_SHA256: Final = hashlib.sha256(LETTER).hexdigest()
_OUTCOMES: Final = (Outcome.ON_TIME, Outcome.SLOW, Outcome.SILENT, Outcome.SILENT, Outcome.SLOW)
_WORDS: Final = (
    "Petugas sudah ke lokasi, lampu diganti hari ini.",
    "Mohon waktu, material menunggu pengadaan.",
    "Sampah diangkut pukul 07.00, lokasi sudah bersih.",
)


def photo_files(folder: Path, count: int, size: tuple[int, int] = (1600, 1200)) -> list[Path]:
    """Pictures of made-up streets, each with its own bytes, as a telephone would save them."""
    import numpy as np
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    width, height = size
    noise = np.random.default_rng(7).normal(0, 7, (height, width, 1))
    down, across = np.mgrid[0:height, 0:width]
    paths = []
    for at in range(count):
        path = folder / f"{at:04d}.jpg"
        paths.append(path)
        if path.exists():
            continue
        light = 120 + 60 * np.sin(across / (60 + at % 41)) * np.cos(down / (50 + at % 29))
        sky = np.where(down < height * (0.3 + at % 7 / 30), 60, 0)
        shades = np.stack([light, light + sky / 2, light * 0.8 + sky], axis=2) + noise
        Image.fromarray(shades.clip(0, 255).astype("uint8")).save(path, quality=85)
    return paths


def dossier_item(at: int, photos: Sequence[Path]) -> DossierItem:
    """One item with two years' worth of everything that may happen to one."""
    dice = random.Random(f"item {at}")
    name = f"item {at}"
    outcome = _OUTCOMES[at % len(_OUTCOMES)]
    filed = WINDOWS[at % 2][0] + dice.randint(1, 20) * DAY + dice.randint(0, DAY)
    sent = filed + dice.randint(20, 400) * MINUTE
    got = sent + dice.randint(1, 30) * MINUTE
    paused = got + 5 * HOUR if at % 4 == 0 else None
    due = got + 24 * HOUR + (20 * HOUR if paused else 0)
    answered = {Outcome.ON_TIME: due - 3 * HOUR, Outcome.SLOW: due + dice.randint(2, 90) * HOUR}.get(outcome)
    event = {
        what: event_id(f"{name} {what}")
        for what in ("sent", "got", "pause", "resume", "answer", "claim", "refuse")
    }
    steps = [
        Step(sent, event["sent"], "Diteruskan ke Kelurahan Pegangsaan", "operator Rina"),
        Step(got, event["got"], "Tanda terima", "Kelurahan Pegangsaan"),
    ]
    pauses: tuple[Pause, ...] = ()
    if paused is not None:
        reason = Quote("menunggu izin PLN untuk memutus aliran", (event["pause"],))
        pauses = (Pause(PauseCode.WAITING_THIRD_PARTY, paused, paused + 20 * HOUR, reason, event["pause"]),)
        steps.append(Step(paused, event["pause"], "Jeda E6", "pengawas Dewi", reason.text))
    held_until = None if answered is None else answered + 5 * HOUR
    custody = [
        Custody("Unit Pengelola Jakarta Smart City", Stay.HOLD, False, filed, sent, event_id(name), event["sent"]),
        Custody(
            "Kelurahan Pegangsaan", Stay.HOLD, True, sent, held_until, event["sent"],
            event["claim"] if held_until else None, pauses,
        ),
    ]  # fmt: skip
    if answered is not None and held_until is not None:
        steps.append(
            Step(answered, event["answer"], "Jawaban", "Kelurahan Pegangsaan", _WORDS[at % len(_WORDS)])
        )
        until = held_until + 9 * HOUR
        unit = "Unit Pengelola Jakarta Smart City"
        custody.append(Custody(unit, Stay.VERIFY, False, held_until, until, event["claim"], event["refuse"]))
        custody.append(Custody("–", Stay.REST, False, until, None, event["refuse"]))
    return DossierItem(
        segment=event["sent"],
        number=f"{48_100 + at}",
        channel="JAKI",
        category=CATEGORIES[at % len(CATEGORIES)],
        place=f"Kel. Pegangsaan, RT {at % 9 + 1:03d}/RW {at % 5 + 1:03d}",
        outcome=outcome,
        empty=outcome is Outcome.SLOW and at % 3 == 0,
        window=at % 2,
        due=Moment(due, (event["got"],)),
        allowance=Figure(24 * HOUR, source=f"policy:{POLICY}"),
        charged=Figure(
            (answered or NOW) - got - (20 * HOUR if paused else 0), (event["got"], event["answer"])
        ),
        delivered=Moment(got, (event["got"],)),
        answered=None if answered is None else Moment(answered, (event["answer"],)),
        contested=at % 17 == 5,
        exclusion=_exclusion(at, due),
        custody=tuple(custody),
        timeline=tuple(steps),
        photos=tuple(
            Photo(
                sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
                kind=(PhotoKind.BEFORE, PhotoKind.AFTER)[place % 2],
                event=event["answer" if place % 2 else "sent"],
                content=path,
            )
            for place, path in enumerate(photos)
        ),
    )


def _exclusion(at: int, due: int) -> Exclusion | None:
    if at % 11 == 3:
        return Exclusion(ExclusionCode.MISROUTED, "", "return_accepted", due, event_id(f"excluded {at}"))
    if at % 11 == 7:
        said = "Tanggul jebol di hulu, wilayah dinyatakan darurat."
        return Exclusion(ExclusionCode.CALAMITY, "pengawas Dewi", said, due, event_id(f"excluded {at}"))
    return None


def _funnel() -> Funnel:
    dice = random.Random("funnel")
    others = tuple(
        (n, min(1.0, max(0.0, dice.gauss(0.86, 0.45 / n**0.5))))
        for n in (dice.randint(20, 130) for _ in range(180))
    )
    curve = []
    for n in range(20, 141, 6):
        half = (0.86 * 0.14 / n) ** 0.5 * 1.3
        curve.append(
            Limit(n, 0.86 - 3 * half, 0.86 - 2 * half, min(1, 0.86 + 2 * half), min(1, 0.86 + 3 * half))
        )
    return Funnel(
        Position.VERY_LOW,
        Figure(860, source="snapshot"), Figure(742, source="snapshot"), Figure(684, source="snapshot"),
        tuple(curve), others,
    )  # fmt: skip


def dossier(items: int, photos: Sequence[Path] = (), *, language: str = "id") -> Dossier:
    """A dossier of so many items, with the pictures spread evenly over them."""
    dice = random.Random("dossier")
    each = len(photos) // items if items else 0
    filed = (event_id("objection"),)
    decided = (event_id("objection answered"),)
    return Dossier(
        code="B7KQ2MX",
        office="31.71.05.1003",
        office_name="Kelurahan Pegangsaan",
        level=OfficeLevel.KELURAHAN,
        superior="Kecamatan Menteng",
        origin=origin(),
        letterhead=letterhead(),
        method=METHOD,
        windows=tuple(figures(f"dossier {since}", (since, until), tally_of(dice)) for since, until in WINDOWS),
        items=tuple(dossier_item(at, photos[at * each : (at + 1) * each]) for at in range(items)),
        state=MarkStep.ELIGIBLE,
        funnel=_funnel(),
        own_delays=tuple(
            OwnDelay(
                f"{48_100 + at}", duty, Moment(NOW - at * DAY, (event_id(f"own {at}"),)),
                Moment(NOW - at * DAY + 7 * HOUR, (event_id(f"own {at}"),)), Figure(7 * HOUR, (event_id(f"own {at}"),)),
            )
            for at, duty in enumerate((Duty.ROUTING, Duty.VERIFICATION))
        ),
        objections=(
            DossierObjection(
                filed=Moment(NOW - 6 * DAY, filed),
                by="Kelurahan Pegangsaan",
                letter="87/-1.784/2026",
                text=Quote("Laporan ini di jalan provinsi, bukan wewenang kelurahan. Kami sudah meneruskannya.", filed),
                code=ExclusionCode.MISROUTED,
                segments=("48103", "48107"),
                standing=Standing.PARTLY,
                decided=Moment(NOW - 4 * DAY, decided),
                decided_by="pengawas Hendra",
                answer=Quote("Diterima untuk laporan pertama. Yang kedua di gang kelurahan.", decided),
                attachments=(digest_of("letter"),),
            ),
        ),
        capacity=Capacity(
            population=Figure(27_412, source="directory:2026-11"),
            per_thousand=Figure(321, (event_id("count"),)),
            crew=Figure(62, source="directory:2026-11"),
            holders=(
                Holder("Agus Prasetyo", NOW - 900 * DAY, NOW - 200 * DAY),
                Holder("Siti Rahmawati", NOW - 200 * DAY, acting=True),
            ),
        ),
        attachments=(
            Attachment(LETTER_SHA256, "surat keberatan.txt", "text/plain", len(LETTER), filed[0], LETTER),
        ),
        language=language,
    )  # fmt: skip
