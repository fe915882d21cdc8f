"""A whole file into the store: looked at first, then batch by batch, and the same file twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final, Protocol

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.report import Report
from smartcity_desk.store.rows import IngestResult, Quarantined
from smartcity_desk.sync.channel import Manifest, raw_text
from smartcity_desk.sync.tables.columns import Columns, Target, plain
from smartcity_desk.sync.tables.mapping import Frame, content_id, item_of, to_report
from smartcity_desk.sync.tables.reading import Broken, Line, Table
from smartcity_desk.sync.tables.times import guess_order

BATCH: Final = 200
"""Rows a transaction: an operator's action waits behind one of them at most."""
PREVIEWED: Final = 20
_SAMPLE: Final = 500
REPEATED: Final = "repeated_id"
"""The reason of a row whose id another row of the file has, with other content."""


class RowStore(Protocol):
    """What an import needs of the store."""

    def add(
        self, channel: str, reports: Sequence[Report], *, quarantined: Sequence[Quarantined] = (), now: int
    ) -> IngestResult:
        """Rows, and those that cannot be read, in one transaction."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A row as it would be imported: a report, or the reason why not (the name of a field, or `row`, `cells`, …)."""

    number: int
    cells: tuple[str, ...]
    report: Report | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `repeated` rows stood in the file before; `cancelled` ones were not reached."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    repeated: int = 0
    unreadable: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    cancelled: bool = False


def categories_of(directory: Directory) -> dict[str, str]:
    """Our categories by every folded name of theirs."""
    from smartcity_desk.directory import category_name

    found: dict[str, str] = {}
    for code in directory.categories:
        for name in (code, category_name(code, "id", directory), category_name(code, "en", directory)):
            found.setdefault(plain(name), code)
    return found


def frame_for(
    table: Table,
    about: Manifest,
    columns: Columns,
    *,
    pseudonym: Callable[[str], str | None],
    directory: Directory | None = None,
) -> Frame:
    """What the rows of this file have in common. How dates are written is seen from the column, unless it is said."""
    dates = columns.dates
    if dates is None:
        name = columns.of.get(Target.TIME)
        at = table.headings.index(name) if name in table.headings else -1
        rows = islice(table.rows(), _SAMPLE) if at >= 0 else ()
        dates = guess_order(row.cells[at] for row in rows if not isinstance(row, Broken))
    categories = {} if directory is None else categories_of(directory)
    return Frame(about.name, about.report_kind, columns, dates, categories, pseudonym)


def look(table: Table, frame: Frame, most: int = PREVIEWED) -> list[Looked]:
    """The first rows as they would be imported. Nothing is written."""
    return [_looked(table.headings, line, frame) for line in islice(table.rows(), most)]


def bring(
    table: Table,
    frame: Frame,
    store: RowStore,
    *,
    clock: Callable[[], int],
    placed: Callable[[Sequence[Report]], Sequence[Report]] = lambda reports: reports,
    told: Callable[[Imported], bool] = lambda _: True,
) -> Imported:
    """Import the file; blocks. `told` hears how far it is after each batch and answers whether to go on.

    What was imported before a stop stays. Raises `DeskError`.
    """
    total = Imported()
    seen: dict[str, str] = {}
    lines = table.rows()
    while some := list(islice(lines, BATCH)):
        reports: list[Report] = []
        quarantined: list[Quarantined] = []
        repeated = 0
        for line in some:
            one = _looked(table.headings, line, frame)
            if one.report is None:
                quarantined.append(_kept(table.headings, one, frame))
                continue
            mark = content_id(dict(zip(table.headings, one.cells, strict=True)))
            before = seen.get(one.report.external_id)
            if before is None:
                seen[one.report.external_id] = mark
                reports.append(one.report)
            elif before == mark:
                repeated += 1
            else:
                quarantined.append(_kept(table.headings, replace(one, reason=REPEATED), frame))
        result = store.add(frame.channel, placed(reports), quarantined=quarantined, now=clock())
        total = _added(total, len(some), repeated, result, quarantined)
        if not told(total):
            return replace(total, cancelled=True)
    return total


def _looked(headings: tuple[str, ...], line: Line, frame: Frame) -> Looked:
    if isinstance(line, Broken):
        return Looked(line.number, (line.raw,), reason=line.reason)
    try:
        return Looked(line.number, line.cells, to_report(headings, line.cells, frame))
    except BadData as problem:
        return Looked(line.number, line.cells, reason=problem.key)


def _kept(headings: tuple[str, ...], one: Looked, frame: Frame) -> Quarantined:
    """A row that cannot be read, whole: it opens raw with its reason, and can be read again."""
    if len(one.cells) == len(headings):
        item = item_of(dict(zip(headings, one.cells, strict=True)), frame)
    else:
        item = {"line": one.cells[0]}
    return Quarantined(one.reason, raw_text(item), {"field": one.reason, "row": one.number})


def _added(
    total: Imported, rows: int, repeated: int, result: IngestResult, quarantined: Sequence[Quarantined]
) -> Imported:
    reasons = dict(total.reasons)
    for one in quarantined:
        reasons[one.key] = reasons.get(one.key, 0) + 1
    return replace(
        total,
        rows=total.rows + rows,
        new=total.new + result.new,
        changed=total.changed + result.changed,
        unchanged=total.unchanged + result.unchanged,
        repeated=total.repeated + repeated,
        unreadable=total.unreadable + len(quarantined),
        reasons=reasons,
    )
