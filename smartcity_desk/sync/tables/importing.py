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
    theirs = {plain(word): ours for word, ours in about.categories.items()}
    categories = theirs if directory is None else theirs | categories_of(directory)
    return Frame(about.name, about.report_kind, columns, dates, categories, pseudonym)


def look(table: Table, frame: Frame, most: int = PREVIEWED) -> list[Looked]:
    """The first rows as they would be imported. Nothing is written."""
    return [_looked(table.headings, line, frame) for line in islice(table.rows(), most)]


@dataclass(frozen=True, slots=True)
class Batch:
    """What the next rows become: one transaction of the store."""

    rows: int
    reports: tuple[Report, ...]
    quarantined: tuple[Quarantined, ...]
    repeated: int


class Run:
    """One import, batch by batch, so that whoever drives it may write elsewhere, tell how far it is, and stop."""

    def __init__(
        self,
        table: Table,
        frame: Frame,
        placed: Callable[[Sequence[Report]], Sequence[Report]] = lambda reports: reports,
    ) -> None:
        self.total = Imported()
        self._table = table
        self._frame = frame
        self._placed = placed
        self._lines = table.rows()
        self._seen: dict[str, str] = {}

    def next(self) -> Batch | None:
        """Read and map the next rows; None when there are none left. Blocks. Raises `BadData`."""
        some = list(islice(self._lines, BATCH))
        if not some:
            return None
        headings, frame = self._table.headings, self._frame
        reports: list[Report] = []
        quarantined: list[Quarantined] = []
        repeated = 0
        for line in some:
            one = _looked(headings, line, frame)
            if one.report is None:
                quarantined.append(_kept(headings, one, frame))
                continue
            mark = content_id(dict(zip(headings, one.cells, strict=True)))
            before = self._seen.get(one.report.external_id)
            if before is None:
                self._seen[one.report.external_id] = mark
                reports.append(one.report)
            elif before == mark:
                repeated += 1
            else:
                quarantined.append(_kept(headings, replace(one, reason=REPEATED), frame))
        return Batch(len(some), tuple(self._placed(reports)), tuple(quarantined), repeated)

    def took(self, batch: Batch, result: IngestResult) -> Imported:
        """Count a batch that the store has taken in; the totals so far."""
        self.total = _added(self.total, batch, result)
        return self.total


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
    run = Run(table, frame, placed)
    while (batch := run.next()) is not None:
        result = store.add(frame.channel, batch.reports, quarantined=batch.quarantined, now=clock())
        if not told(run.took(batch, result)):
            return replace(run.total, cancelled=True)
    return run.total


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


def _added(total: Imported, batch: Batch, result: IngestResult) -> Imported:
    reasons = dict(total.reasons)
    for one in batch.quarantined:
        reasons[one.key] = reasons.get(one.key, 0) + 1
    return replace(
        total,
        rows=total.rows + batch.rows,
        new=total.new + result.new,
        changed=total.changed + result.changed,
        unchanged=total.unchanged + result.unchanged,
        repeated=total.repeated + batch.repeated,
        unreadable=total.unreadable + len(batch.quarantined),
        reasons=reasons,
    )
