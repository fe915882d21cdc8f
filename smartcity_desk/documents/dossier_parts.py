"""What the parts of a dossier say, beside its items: figures, method, funnel, exclusions, own delays, hashes."""

from __future__ import annotations

from typing import Any, Final

from smartcity_desk.documents import words
from smartcity_desk.documents.dossier_items import NUMBER_MOST, TEXT_MOST, excluded
from smartcity_desk.documents.ledger import Ledger
from smartcity_desk.documents.model import (
    Capacity,
    Dossier,
    DossierItem,
    DossierObjection,
    Holder,
    Method,
    Origin,
    OwnDelay,
    WindowFigures,
)
from smartcity_desk.documents.pictures import Found
from smartcity_desk.documents.printable import line, quoted
from smartcity_desk.documents.wording import (
    date,
    days,
    hex_groups,
    hundredths,
    length,
    number,
    tenths,
)
from smartcity_desk.domain.charts import Position
from smartcity_desk.i18n import tr

Json = dict[str, Any]

NAME_MOST: Final = 80
_HASH_BITS: Final = 256
_TICKS: Final = 4
_ROUND: Final = (1, 2, 5)


def summary(model: Dossier, ledger: Ledger) -> Json:
    """The figures of every window, oldest first."""
    rows = [_window(at, window, ledger) for at, window in enumerate(model.windows)]
    confidence = words.whole_percent(model.method.confidence.value)
    bounds = ledger.text(
        "summary/bounds", tr("paper.column.bounds", confidence=confidence), source="rule:marking"
    )
    return {
        "title": tr("paper.dossier.summary"),
        "heads": [
            tr("paper.dossier.window"),
            tr("paper.column.n"),
            tr("paper.column.on_time"),
            tr("paper.column.share"),
            bounds,
            tr("paper.column.graph"),
            tr("paper.column.target"),
            tr("paper.column.silent"),
            tr("paper.column.slow"),
            tr("paper.column.empty"),
            tr("paper.column.excluded"),
        ],
        "rows": rows,
        "legend": tr("paper.legend"),
    }


def _window(at: int, window: WindowFigures, ledger: Ledger) -> Json:
    key = f"windows/{at}"
    label = f"{words.roman(at)} · {days(window.since, window.until)}"
    return {
        "label": ledger.text(f"{key}/days", label, source="rule:windows"),
        "figures": words.window_figures(key, window, ledger),
        "graph": words.graph(window),
    }


def method(one: Method, ledger: Ledger) -> Json:
    """How it is counted, in words, with the numbers of the policy version."""
    return {
        "title": tr("paper.dossier.method"),
        "paragraphs": [
            tr("paper.method.items"),
            tr(
                "paper.method.rule",
                windows=ledger.figure("method/windows", one.windows),
                days=ledger.figure("method/days", one.window_days),
                least=ledger.figure("method/least_n", one.least_n),
                confidence=ledger.figure("method/confidence", one.confidence, words.whole_percent),
                target=ledger.figure("method/target", one.target, tenths),
            ),
            words.prior(one, ledger),
            tr("paper.method.meaning"),
        ],
    }


# ---------------------------------------------------------------- funnel


def funnel(model: Dossier, ledger: Ledger) -> Json | None:
    """The office among the others, in a sentence and as a drawing; None without one."""
    one = model.funnel
    if one is None or not model.windows:
        return None
    newest = model.windows[-1]
    sentence = tr("paper.funnel.not_enough", n=ledger.figure("funnel/n", newest.n))
    drawing: Json | None = None
    if newest.share is not None and one.position is not Position.NOT_ENOUGH:
        sentence = tr(
            "paper.funnel.sentence",
            n=ledger.figure("funnel/n/placed", newest.n),
            share=ledger.figure("funnel/share", newest.share, tenths),
            where=tr(f"paper.funnel.{one.position.value}"),
            centre=ledger.figure("funnel/centre", one.centre, tenths),
        )
        drawing = _funnel_drawing(model, ledger)
    return {"title": tr("paper.dossier.funnel"), "sentence": sentence, "drawing": drawing}


def _funnel_drawing(model: Dossier, ledger: Ledger) -> Json | None:
    one, newest = model.funnel, model.windows[-1]
    assert one is not None
    assert newest.share is not None
    if not one.curve:
        return None
    most = max(newest.n.value, *(limit.n for limit in one.curve), *(n for n, _ in one.others), 1)
    step = _step_for(most)
    most = -(-most // step) * step

    def across(n: int) -> float:
        return round(n / most, 5)

    def up(share: float) -> float:
        return round(min(max(share, 0.0), 1.0), 5)

    return {
        "own": [across(newest.n.value), up(newest.share.value / 1000)],
        "centre": up(one.centre.value / 1000),
        "target": up(newest.target.value / 1000),
        "others": [[across(n), up(share)] for n, share in one.others],
        "inner": [[across(limit.n), up(limit.low_2), up(limit.high_2)] for limit in one.curve],
        "outer": [[across(limit.n), up(limit.low_3), up(limit.high_3)] for limit in one.curve],
        "x": [
            [across(tick), ledger.text(f"funnel/x/{tick}", number(tick), source="axis")]
            for tick in range(0, most + 1, step)
        ],
        "y": [
            [tick / 100, ledger.text(f"funnel/y/{tick}", f"{number(tick)} %", source="axis")]
            for tick in (0, 25, 50, 75, 100)
        ],
        "x_title": tr("paper.funnel.x"),
        "key": [
            tr("paper.funnel.key.own"),
            tr("paper.funnel.key.others"),
            tr("paper.funnel.key.inner"),
            tr("paper.funnel.key.outer"),
        ],
    }


def _step_for(most: int) -> int:
    """A round distance of ticks that gives at most four of them."""
    step, scale, at = 1, 1, 0
    while most / step > _TICKS:
        at += 1
        scale = 10 ** (at // len(_ROUND))
        step = _ROUND[at % len(_ROUND)] * scale
    return step


# ---------------------------------------------------------------- what does not count, and the unit's own part


def exclusions(items: tuple[DossierItem, ...], ledger: Ledger) -> Json:
    """Every item that is not counted, with the code, who set it, why, and the event."""
    rows = []
    for at, one in enumerate(items, start=1):
        if one.exclusion is None:
            continue
        key, events = f"exclusions/{at}", (one.exclusion.event,) if one.exclusion.event else ()
        rows.append(
            [
                ledger.text(
                    f"{key}/number", line(one.number, NUMBER_MOST), events=one.due.events, source="report"
                ),
                excluded(f"{key}/said", one.exclusion, ledger),
                ledger.text(
                    f"{key}/event", words.event(one.exclusion.event), events=events, source="rule:items"
                ),
            ]
        )
    return {
        "title": tr("paper.dossier.exclusions"),
        "none": tr("paper.dossier.exclusions.none"),
        "heads": [tr("paper.silent.number"), tr("paper.dossier.exclusion"), tr("paper.dossier.event")],
        "rows": rows,
    }


def delays(found: tuple[OwnDelay, ...], ledger: Ledger) -> Json:
    """What the unit itself was late with on these reports (domain paper 3.2, rule 6)."""
    rows = []
    for at, one in enumerate(found):
        key, events = f"delays/{at}", one.late.events
        rows.append(
            [
                ledger.text(
                    f"{key}/number", line(one.number, NUMBER_MOST), events=events, source=one.late.source
                ),
                tr(f"paper.duty.{one.duty.value}"),
                ledger.moment(f"{key}/due", one.due),
                tr("paper.dossier.not_done") if one.done is None else ledger.moment(f"{key}/done", one.done),
                ledger.figure(f"{key}/late", one.late, length),
            ]
        )
    return {
        "title": tr("paper.dossier.delays"),
        "intro": tr("paper.dossier.delays.intro"),
        "none": tr("paper.dossier.delays.none"),
        "heads": [
            tr("paper.silent.number"),
            tr("paper.dossier.duty"),
            tr("paper.silent.due"),
            tr("paper.dossier.done"),
            tr("paper.dossier.late"),
        ],
        "rows": rows,
    }


def objections(found: tuple[DossierObjection, ...], ledger: Ledger) -> Json:
    """Every objection with its answer."""
    return {
        "title": tr("paper.dossier.objections"),
        "none": tr("paper.dossier.objections.none"),
        "rows": [_objection(f"objections/{at}", one, ledger) for at, one in enumerate(found)],
    }


def _objection(key: str, one: DossierObjection, ledger: Ledger) -> Json:
    events = one.filed.events
    letter = ledger.text(f"{key}/letter", quoted(one.letter, NAME_MOST), events=events, source="letter")
    code = tr("paper.objection.no_code")
    if one.code is not None:
        code = ledger.text(
            f"{key}/code", f"{one.code.value} {words.exclusion(one.code)}", events=events, source="letter"
        )
    reports = ledger.text(
        f"{key}/reports",
        ", ".join(line(name, NUMBER_MOST) for name in one.segments),
        events=events,
        source="letter",
        most=TEXT_MOST,
    )
    facts = [
        [tr("paper.objection.filed"), ledger.moment(f"{key}/filed", one.filed)],
        [
            tr("paper.objection.by"),
            ledger.text(f"{key}/by", line(one.by, NAME_MOST), events=events, source="letter"),
        ],
        [tr("paper.objection.letter"), letter or words.NONE],
        [tr("paper.objection.code"), code],
        [tr("paper.objection.reports"), reports],
        [
            tr("paper.objection.standing"),
            f"{words.STANDING_SHAPES[one.standing]} {words.standing(one.standing)}",
        ],
    ]
    if one.decided is not None:
        facts.append([tr("paper.objection.decided"), ledger.moment(f"{key}/decided", one.decided)])
        decided_by = ledger.text(
            f"{key}/decided_by", line(one.decided_by, NAME_MOST), events=one.decided.events, source="user"
        )
        facts.append([tr("paper.objection.decided_by"), decided_by or words.NONE])
    return {
        "facts": facts,
        "text": ledger.quote(f"{key}/text", one.text, 4 * TEXT_MOST),
        "answer": ledger.quote(f"{key}/answer", one.answer, 4 * TEXT_MOST),
        "answer_label": tr("paper.objection.answer"),
        "hashes": [
            ledger.text(f"{key}/attachments/{at}", hex_groups(digest), events=events, source="letter")
            for at, digest in enumerate(one.attachments)
        ],
    }


# ---------------------------------------------------------------- capacity, attachments, hashes


def capacity(one: Capacity, ledger: Ledger) -> Json:
    """What the office has to cope with, and who held it."""
    facts = []
    if one.population is not None:
        facts.append([tr("paper.capacity.population"), ledger.figure("capacity/population", one.population)])
    if one.per_thousand is not None:
        rate = ledger.figure("capacity/per_thousand", one.per_thousand, hundredths)
        facts.append([tr("paper.capacity.per_thousand"), rate])
    if one.crew is not None:
        facts.append([tr("paper.capacity.crew"), ledger.figure("capacity/crew", one.crew)])
    return {
        "title": tr("paper.dossier.capacity"),
        "none": tr("paper.capacity.none"),
        "facts": facts,
        "heads": [tr("paper.capacity.holder"), tr("paper.capacity.since"), tr("paper.capacity.until")],
        "holders": [_holder(f"capacity/holders/{at}", one, ledger) for at, one in enumerate(one.holders)],
    }


def _holder(key: str, one: Holder, ledger: Ledger) -> list[str]:
    name = ledger.text(f"{key}/name", line(one.name, NAME_MOST), source="directory")
    until = tr("paper.capacity.now")
    if one.until is not None:
        until = ledger.text(f"{key}/until", date(one.until), source="directory")
    return [
        tr("paper.acting", name=name) if one.acting else name,
        ledger.text(f"{key}/since", date(one.since), source="directory"),
        until,
    ]


def attachments(model: Dossier, ledger: Ledger, found: list[Found]) -> Json:
    """Every picture and file with its hash."""
    rows = []
    for at, item in enumerate(model.items, start=1):
        for place, photo in enumerate(item.photos):
            key = f"attachments/{at}/{place}"
            events = (photo.event,)
            what = f"{tr(f'paper.photo.{photo.kind.value}')} · {line(item.number, NUMBER_MOST)}"
            rows.append(
                [
                    ledger.text(f"{key}/what", what, events=events),
                    ledger.text(f"{key}/sha256", hex_groups(photo.sha256), events=events),
                    ledger.text(f"{key}/event", words.event(photo.event), events=events),
                ]
            )
    for at, (one, state) in enumerate(zip(model.attachments, found, strict=True)):
        key, events = f"attachments/files/{at}", (one.event,)
        name = ledger.text(f"{key}/name", quoted(one.name, NAME_MOST), events=events)
        if state is not Found.READY:
            name = f"{name} ({tr(f'paper.file.{state.value}')})"
        rows.append(
            [
                name,
                ledger.text(f"{key}/sha256", hex_groups(one.sha256), events=events),
                ledger.text(f"{key}/event", words.event(one.event), events=events),
            ]
        )
    return {
        "title": tr("paper.dossier.attachments"),
        "none": tr("paper.dossier.attachments.none"),
        "heads": [
            tr("paper.dossier.attachment"),
            ledger.furniture("attachments/head", tr("paper.dossier.sha", bits=number(_HASH_BITS))),
            tr("paper.dossier.event"),
        ],
        "rows": rows,
    }


def hashes(origin: Origin, ledger: Ledger) -> Json:
    """What the paper stands on, in full."""
    return {
        "title": tr("paper.dossier.hashes"),
        "intro": tr("paper.dossier.hashes.intro"),
        "rows": [
            [
                tr("paper.dossier.rules"),
                ledger.text("hashes/rules", hex_groups(origin.rules_sha256), source="policy"),
            ],
            [
                tr("paper.snapshot"),
                ledger.text("hashes/snapshot", hex_groups(origin.snapshot_sha256), source="snapshot"),
            ],
        ],
    }
