"""The numbered list for the Governor, on paper: A4, with letterhead, number, rule, n and interval in every row.

The same list gives the same bytes, so a reprint of a number is the number itself. Layout: `resources/print/`.
"""

from __future__ import annotations

from typing import Any, Final

from smartcity_desk.documents import furniture, manifest, words
from smartcity_desk.documents.ledger import Ledger
from smartcity_desk.documents.manifest import Paper
from smartcity_desk.documents.model import (
    EscalationList,
    ListRow,
    Method,
    Moment,
    SilentReport,
)
from smartcity_desk.documents.printable import line, plain, quoted
from smartcity_desk.documents.typesetting import typeset, workplace
from smartcity_desk.documents.wording import date, date_time, days, hex_groups, number, tenths
from smartcity_desk.domain.marks import Standing
from smartcity_desk.i18n import speaking, tr

NUMBER_MOST: Final = 40
NAME_MOST: Final = 60
TEXT_MOST: Final = 400
"""The longest of a text in a row: what is longer is cut with `…`, so that a row always fits on a page."""

Json = dict[str, Any]


def escalation_paper(model: EscalationList) -> Paper:
    """The list as PDF with its manifest."""
    about = {"kind": "list", "number": model.number, "language": model.language}
    ledger = Ledger()
    with speaking(model.language), workplace() as folder:
        head = furniture.head(model.letterhead, folder, ledger)
        data = _data(model, ledger) | {"head": head}
        content = manifest.content(about, model.origin, ledger)
        data["foot"] = furniture.foot(data["title"], data["number"], model.origin, content)
        pdf = typeset(folder, "escalation.typ", data, at=model.printed_at)
    return manifest.seal(pdf, content)


def _data(model: EscalationList, ledger: Ledger) -> Json:
    number_line = tr("paper.list.number", number=plain(model.number, NAME_MOST))
    ledger.furniture("number", number_line)
    rows = [_row(at, row, ledger) for at, row in enumerate(model.rows, start=1)]
    return {
        "document": {
            "title": f"{tr('paper.list.title')} {plain(model.number)}",
            "author": plain(model.letterhead.name),
            "lang": model.language,
        },
        "title": tr("paper.list.title"),
        "number": number_line,
        "facts": _facts(model, ledger),
        "addressee": ledger.text("addressee", model.addressee, source="document"),
        "intro": _intro(model, ledger),
        "heads": _heads(model.method, ledger),
        "rows": rows,
        "nobody": tr("paper.list.nobody"),
        "signatures": furniture.signatures(model.signatures, ledger),
        "silent": _silent(model.silent, ledger),
        "annexes": [
            {
                "title": ledger.text(f"annexes/{at}/title", line(annex.title), source="document"),
                "paragraphs": [
                    ledger.quote(f"annexes/{at}/{part}", words) for part, words in enumerate(annex.paragraphs)
                ],
            }
            for at, annex in enumerate(model.annexes)
        ],
    }


def _facts(model: EscalationList, ledger: Ledger) -> list[list[str]]:
    facts = [
        [
            tr("paper.printed_at"),
            ledger.moment("printed_at", Moment(model.printed_at, source="document"), date_time),
        ],
        *furniture.facts(model.origin, ledger),
    ]
    for at, (since, until) in enumerate(model.windows):
        label = tr("paper.window.numbered", number=words.roman(at))
        facts.append([label, ledger.text(f"windows/{at}", days(since, until), source="rule:windows")])
    return facts


def _intro(model: EscalationList, ledger: Ledger) -> list[str]:
    method = model.method
    parts = [
        tr(
            "paper.list.intro",
            windows=ledger.figure("method/windows", method.windows),
            days=ledger.figure("method/days", method.window_days),
            least=ledger.figure("method/least_n", method.least_n),
            confidence=ledger.figure("method/confidence", method.confidence, words.whole_percent),
            target=ledger.figure("method/target", method.target, tenths),
        )
    ]
    if model.overview is not None:
        counts = model.overview
        parts.append(
            tr(
                "paper.list.overview",
                offices=ledger.figure("overview/offices", counts.offices),
                enough=ledger.figure("overview/enough", counts.enough),
                not_enough=ledger.figure("overview/not_enough", counts.not_enough),
                held_back=ledger.figure("overview/held_back", counts.held_back),
                listed=ledger.text("overview/listed", number(len(model.rows)), source="document"),
            )
        )
    parts.append(tr("paper.legend") + " " + words.prior(method, ledger))
    for at, earlier in enumerate(model.supersedes):
        key = f"supersedes/{at}"
        origin = earlier.reason.events
        parts.append(
            tr(
                "paper.list.supersedes",
                number=ledger.text(
                    f"{key}/number", earlier.number, events=origin, source="list", most=NAME_MOST
                ),
                date=ledger.text(f"{key}/date", date(earlier.printed_at), events=origin, source="list"),
                reason=ledger.quote(f"{key}/reason", earlier.reason, TEXT_MOST),
            )
        )
    parts += [ledger.quote(f"notes/{at}", note, 4 * TEXT_MOST) for at, note in enumerate(model.notes)]
    return parts


def _heads(method: Method, ledger: Ledger) -> list[str]:
    bounds = tr("paper.column.bounds", confidence=words.whole_percent(method.confidence.value))
    return [
        tr("paper.column.no"),
        tr("paper.column.code"),
        tr("paper.column.office"),
        tr("paper.column.window"),
        tr("paper.column.n"),
        tr("paper.column.on_time"),
        tr("paper.column.share"),
        ledger.furniture("heads/bounds", bounds, "rule:marking"),
        tr("paper.column.graph"),
        tr("paper.column.target"),
        tr("paper.column.silent"),
        tr("paper.column.slow"),
        tr("paper.column.empty"),
        tr("paper.column.excluded"),
        tr("paper.column.objection"),
        tr("paper.column.state"),
    ]


def _row(at: int, row: ListRow, ledger: Ledger) -> Json:
    key = f"rows/{row.code}"
    detail = [ledger.text(f"{key}/office", row.office, source="directory")]
    if row.superior:
        detail[0] += f" · {ledger.text(f'{key}/superior', row.superior, source='directory', most=NAME_MOST)}"
    if row.holder is not None:
        detail.append(words.holder(f"{key}/holder", row.holder, ledger))
    windows = [
        words.window_figures(f"{key}/windows/{place}", window, ledger)
        for place, window in enumerate(row.windows)
    ]
    tags = [words.roman(place) for place in range(len(row.windows))]
    columns = ["\n".join(column) for column in zip(*windows, strict=True)]
    return {
        "no": ledger.text(f"{key}/no", number(at), source="document"),
        "code": ledger.text(f"{key}/code", row.code, events=row.events, source="mark"),
        "manifest": ledger.text(
            f"{key}/manifest", hex_groups(row.manifest[:16]).replace(" ", "\n"), source="dossier"
        ),
        "office": ledger.text(f"{key}/name", row.office_name, source="directory", most=NAME_MOST),
        "detail": "\n".join(detail),
        "figures": ["\n".join(tags), *columns],
        "graphs": [words.graph(window) for window in row.windows],
        "objection": _objection(key, row, ledger),
        "state": words.state(row.state),
    }


def _objection(key: str, row: ListRow, ledger: Ledger) -> str:
    if not row.objections:
        return words.no_objection(row.state)
    lines = []
    for standing in Standing:
        events = tuple(one.event for one in row.objections if one.standing is standing)
        if events:
            count = ledger.text(f"{key}/objections/{standing.value}", number(len(events)), events=events)
            lines.append(f"{words.STANDING_SHAPES[standing]} {count} {words.standing(standing)}")
    return "\n".join(lines)


def _silent(reports: tuple[SilentReport, ...], ledger: Ledger) -> Json:
    rows: list[list[str]] = []
    for at, report in enumerate(reports, start=1):
        key = f"silent/{at}"
        origin = report.due.events or report.delivered.events
        office = f"{line(report.office_name, NAME_MOST)}\n{plain(report.office)}"
        answered = (
            f"○ {tr('paper.silent.none')}"
            if report.answered is None
            else f"◐ {tr('paper.silent.late', at=ledger.moment(f'{key}/answered', report.answered))}"
        )
        rows.append(
            [
                ledger.text(f"{key}/no", number(at), source="document"),
                ledger.text(f"{key}/office", office, source="directory"),
                ledger.text(
                    f"{key}/number", line(report.number, NUMBER_MOST), events=origin, source="report"
                ),
                ledger.text(f"{key}/category", line(report.category, NAME_MOST), source="directory"),
                ledger.text(
                    f"{key}/place", quoted(report.place, 2 * NAME_MOST), events=origin, source="report"
                ),
                ledger.moment(f"{key}/delivered", report.delivered),
                ledger.moment(f"{key}/due", report.due),
                answered,
            ]
        )
    return {
        "title": tr("paper.silent.title"),
        "intro": tr("paper.silent.intro"),
        "heads": [
            tr("paper.column.no"),
            tr("paper.silent.office"),
            tr("paper.silent.number"),
            tr("paper.silent.category"),
            tr("paper.silent.place"),
            tr("paper.silent.delivered"),
            tr("paper.silent.due"),
            tr("paper.silent.answered"),
        ],
        "rows": rows,
    }
