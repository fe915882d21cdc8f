"""A page of reports into the file: facts, private text, state and search index, all in the caller's transaction.

The bulk path is plain tuples: a report that nobody has touched gets its line straight from its facts. Only reports with
events or ops are folded one by one.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from smartcity_desk import codec
from smartcity_desk.domain import ids
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.location import Location, improves
from smartcity_desk.domain.report import Report, ReportKind, Status
from smartcity_desk.store import custody, directory, erasing, media, projection, replies
from smartcity_desk.store.engine import Raw, chunks, insert, marks
from smartcity_desk.store.entering import FLOOR
from smartcity_desk.store.facts import (
    BESIDE,
    INDEX_RANGE,
    REPORT_COLUMNS,
    REPORTS,
    digest_of,
    report_of,
    unindex,
)
from smartcity_desk.store.projection import OPEN_VALUES, StateRow
from smartcity_desk.store.rows import IngestResult
from smartcity_desk.store.rules import Rules

_COLUMNS: Final = (
    "pk, id, channel, external_id, kind, reported_at, changed_at, received_at, title, text, lat, lon, accuracy_m, "
    "place_quality, place_hint, category, category_raw, source_status, state_raw, author, link, media, private, "
    "digest, revision, pushed"
)
INSERT_REPORT: Final = f"INSERT INTO report ({_COLUMNS}) VALUES ({marks(26)})"
UPDATE_REPORT: Final = (
    "UPDATE report SET kind = ?, reported_at = ?, changed_at = ?, title = ?, text = ?, lat = ?, lon = ?, "
    "accuracy_m = ?, place_quality = ?, place_hint = ?, category = ?, category_raw = ?, source_status = ?, "
    "state_raw = ?, author = ?, link = ?, media = ?, private = ?, digest = ?, revision = ?, pushed = ? WHERE pk = ?"
)
INSERT_PRIVATE: Final = "INSERT INTO report_private (report_pk, raw, unmasked) VALUES (?, ?, ?)"
INSERT_LOCATED: Final = (
    "INSERT OR REPLACE INTO located (report_pk, badge, place, neighbour, border_m, edition) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)
_TEXTS: Final = tuple(item.name for item in fields(Report) if item.type in ("str", "str | None"))


@dataclass(slots=True)
class Written:
    """What a page did to the file. `revised` pks carry new facts; `turned` ones only a new status at the source."""

    first_new: int = 0
    last_new: int = 0
    new: int = 0
    revised: list[int] = field(default_factory=list)
    turned: list[int] = field(default_factory=list)
    unchanged: int = 0
    refolded: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Known:
    """What the file holds of a report that came again."""

    pk: int
    digest: int
    changed_at: int | None
    source_status: str
    revision: int
    kind: str
    pushed: int
    withdrawn_at: int | None
    expired_at: int | None

    @property
    def erased(self) -> bool:
        """Whether it is a tombstone."""
        return self.withdrawn_at is not None or self.expired_at is not None


def write_reports(
    raw: Raw,
    reports: Iterable[Report],
    rules: Rules,
    *,
    now: int,
    from_central: bool,
    forgetting: Container[str] = (),
) -> Written:
    """Store a page. Newer facts replace older ones, which are kept as a revision; older and equal ones do nothing.

    Within a page the last of several items with one id counts, unless it is the older one. A tombstone takes the
    content with it and stays one. Of channels in `forgetting` what was replaced keeps no content either. An item that
    is here as a reply is not taken in a second time.
    """
    page = _latest(reports)
    known = _known(raw, list(page))
    replied = replies.there_are(raw)
    if replied:
        replies.drop_known(raw, page, known)
    written = Written()
    fresh = [item for report_id, item in page.items() if report_id not in known]
    pushed = 1 if from_central else 0
    if fresh:
        _insert(raw, fresh, rules, now, pushed, written)
        if replied:
            replies.want_files(raw, [report.id for report, _ in fresh], now=now)
    again: list[str] = []
    for report_id, there in known.items():
        report, digest = page[report_id]
        if report.erased or there.erased:
            if _bury(raw, report, there, pushed, written):
                again.append(report_id)
        elif _revise(raw, report, digest, there, now, pushed, written):
            again.append(report_id)
            if report.channel in forgetting:
                erasing.empty_revisions(raw, [there.pk], now)
    if again:
        _refresh(raw, again, rules)
        written.refolded = [known[report_id].pk for report_id in again]
    return written


def storable(report: Report) -> tuple[Report, int]:
    """The report with every text such that it can be stored, and its digest.

    JSON may carry half a surrogate pair; it becomes a question mark, so that it does not stop the page it came on.
    """
    try:
        report.raw.encode()
        (report.unmasked or "").encode()
        return report, digest_of(report)
    except UnicodeEncodeError:
        pass
    changes: dict[str, Any] = {}
    for name in _TEXTS:
        value = getattr(report, name)
        if isinstance(value, str):
            changes[name] = _whole(value)
    whole = replace(report, **changes, media=tuple(_whole(link) for link in report.media))
    return whole, digest_of(whole)


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _latest(reports: Iterable[Report]) -> dict[str, tuple[Report, int]]:
    page: dict[str, tuple[Report, int]] = {}
    for report in reports:
        other = page.get(report.id)
        if other is None or not _is_older(report.changed_at, other[0].changed_at):
            page[report.id] = storable(report)
    return page


def _is_older(incoming: int | None, present: int | None) -> bool:
    """Whether an item is an earlier version. One without a time of change is older than one that has it."""
    if present is None:
        return False
    return incoming is None or incoming < present


def _known(raw: Raw, report_ids: Sequence[str]) -> dict[str, _Known]:
    found: dict[str, _Known] = {}
    for part in chunks(report_ids):
        for row in raw.execute(
            "SELECT r.id, r.pk, r.digest, r.changed_at, r.source_status, r.revision, r.kind, r.pushed, "
            "e.withdrawn_at, e.expired_at FROM report r LEFT JOIN erased e ON e.report_pk = r.pk "
            f"WHERE r.id IN ({marks(len(part))})",
            tuple(part),
        ):
            found[row[0]] = _Known(*row[1:])
    return found


def _insert(
    raw: Raw, fresh: list[tuple[Report, int]], rules: Rules, now: int, pushed: int, written: Written
) -> None:
    first = next_pk(raw)
    numbered = [(pk, report) for pk, (report, _) in enumerate(fresh, first)]
    insert(
        raw,
        INSERT_REPORT,
        [report_row(pk, report, digest, now, pushed) for pk, (report, digest) in enumerate(fresh, first)],
    )
    insert(raw, INSERT_PRIVATE, [(pk, report.raw, report.unmasked) for pk, report in numbered])
    locate(raw, [(pk, report.location) for pk, report in numbered if report.location is not None])
    _pave(raw, numbered)
    media.note(raw, [(pk, report.media) for pk, report in numbered if report.media], now=now)
    erasing.mark(raw, [(pk, report) for pk, report in numbered if report.erased])
    insert(raw, projection.INSERT_STATE, untouched_rows(numbered, rules.law))
    last = first + len(fresh) - 1
    raw.execute(INDEX_RANGE, (first, last))
    touched = projection.touched_ids(raw, [report.id for _, report in numbered])
    if touched:
        projection.refold(raw, touched, rules)
    written.first_new, written.last_new, written.new = first, last, len(fresh)


def next_pk(raw: Raw) -> int:
    """The number of the next report: one that no report ever had, also none that was taken out again."""
    highest = int(raw.execute("SELECT coalesce(max(pk), 0) FROM report").fetchone()[0])
    return max(highest, int(directory.get(raw, FLOOR) or 0)) + 1


def untouched_rows(numbered: Iterable[tuple[int, Report]], law: Law) -> list[StateRow]:
    """Lines of reports that no event touches; the same as folding nothing, without building a state for each."""
    rows: list[StateRow] = []
    first_due = custody.first_dues(law)
    for pk, report in numbered:
        status = report.source_status.value
        is_open = status in OPEN_VALUES
        due = first_due(report) if is_open else None
        where = report.location
        rows.append(
            (
                pk,
                report.reported_at,
                report.kind.value,
                status,
                1 if is_open else 0,
                report.channel,
                report.category,
                None if where is None else where.place,
                None,
                due,
                0,
                0,
                0,
                0,
                None,
                None,
                1 if where is not None and where.uncertain else 0,
                None if report.private else report.lat,  # what is private is drawn nowhere
                None if report.private else report.lon,
                None,
                None,
                0,
                None,
            )
        )
    return rows


def locate(raw: Raw, found: Iterable[tuple[int, Location]]) -> None:
    """Write down where reports (by pk) lie."""
    insert(
        raw,
        INSERT_LOCATED,
        [(pk, one.badge.value, one.place, one.neighbour, one.border_m, one.edition) for pk, one in found],
    )


def _pave(raw: Raw, reports: Iterable[tuple[int, Report]]) -> None:
    raw.executemany(
        "INSERT OR REPLACE INTO road (report_pk, path) VALUES (?, ?)",
        [(pk, codec.encode(report.path)) for pk, report in reports if report.path],
    )


def _media(report: Report) -> str:
    return codec.encode(report.media) if report.media else ""


def report_row(pk: int, report: Report, digest: int, now: int, pushed: int) -> tuple[Any, ...]:
    """The line of a new report for `INSERT_REPORT`."""
    return (
        pk,
        report.id,
        report.channel,
        report.external_id,
        report.kind.value,
        report.reported_at,
        report.changed_at,
        now,
        report.title,
        report.text,
        report.lat,
        report.lon,
        report.accuracy_m,
        report.place_quality.value,
        report.place_hint,
        report.category,
        report.category_raw,
        report.source_status.value,
        report.state_raw,
        report.author,
        report.link,
        _media(report),
        1 if report.private else 0,
        digest,
        1,
        pushed,
    )


def _revise(
    raw: Raw, report: Report, digest: int, there: _Known, now: int, pushed: int, written: Written
) -> bool:
    """Take in an item that is known already. Returns whether its line has to be folded again."""
    if _is_older(report.changed_at, there.changed_at):
        written.unchanged += 1
        return False
    same_facts = digest == there.digest
    if same_facts and report.source_status.value == there.source_status:
        written.unchanged += 1
        if pushed and _relocate(raw, report, there.pk):
            return True
        if report.changed_at != there.changed_at or (pushed and not there.pushed):
            raw.execute(
                "UPDATE report SET changed_at = ?, pushed = max(pushed, ?) WHERE pk = ?",
                (report.changed_at, pushed, there.pk),
            )
        return False
    if same_facts and report.kind is ReportKind.CONTEXT:
        turn_status(raw, [there.pk], report.source_status, pushed)
        written.turned.append(there.pk)
        return True
    moved = _keep_revision(raw, there, now) != (report.lat, report.lon, report.accuracy_m)
    unindex(raw, there.pk)
    raw.execute(
        UPDATE_REPORT,
        (
            report.kind.value,
            report.reported_at,
            report.changed_at,
            report.title,
            report.text,
            report.lat,
            report.lon,
            report.accuracy_m,
            report.place_quality.value,
            report.place_hint,
            report.category,
            report.category_raw,
            report.source_status.value,
            report.state_raw,
            report.author,
            report.link,
            _media(report),
            1 if report.private else 0,
            digest,
            there.revision + 1,
            pushed,
            there.pk,
        ),
    )
    raw.execute(
        "UPDATE report_private SET raw = ?, unmasked = ? WHERE report_pk = ?",
        (report.raw, report.unmasked, there.pk),
    )
    raw.execute(INDEX_RANGE, (there.pk, there.pk))
    _pave(raw, [(there.pk, report)])
    if not report.path:
        raw.execute("DELETE FROM road WHERE report_pk = ?", (there.pk,))
    media.renote(raw, there.pk, report.media, now=now)
    if report.location is not None and (moved or pushed):
        locate(raw, [(there.pk, report.location)])
    written.revised.append(there.pk)
    return True


def _bury(raw: Raw, report: Report, there: _Known, pushed: int, written: Written) -> bool:
    """Take in a tombstone, or news of one. Returns whether its line has to be folded again.

    What was erased stays so, whoever still tells it; only the channel's own status goes on.
    """
    changed = False
    if report.withdrawn_at is not None and there.withdrawn_at is None:
        erasing.empty(raw, [there.pk], withdrawn_at=report.withdrawn_at, pushed=pushed)
        changed = True
    elif report.expired_at is not None and not there.erased:
        erasing.empty(raw, [there.pk], expired_at=report.expired_at)
        changed = True
    status = report.source_status
    if status.value != there.source_status and not _is_older(report.changed_at, there.changed_at):
        raw.execute(
            "UPDATE report SET source_status = ?, changed_at = ?, pushed = ? WHERE pk = ?",
            (status.value, report.changed_at, pushed, there.pk),
        )
        changed = True
    elif pushed and report.withdrawn_at is not None and not there.pushed:
        raw.execute("UPDATE report SET pushed = 1 WHERE pk = ?", (there.pk,))
    if changed:
        written.revised.append(there.pk)
    else:
        written.unchanged += 1
    return changed


def turn_status(raw: Raw, pks: Sequence[int], status: Status, pushed: int = 0) -> None:
    """A feed's item ends or comes back: the same facts, so no revision."""
    raw.executemany(
        "UPDATE report SET source_status = ?, pushed = ? WHERE pk = ?",
        [(status.value, pushed, pk) for pk in pks],
    )


def _relocate(raw: Raw, report: Report, pk: int) -> bool:
    """Take the central server's automatic place for a report's own; a better one of ours is handed in again.

    Returns whether the line has to be folded again.
    """
    row = raw.execute(f"SELECT {projection.LOCATED} FROM located l WHERE l.report_pk = ?", (pk,)).fetchone()
    mine = None if row is None else projection.location_of(row)
    if report.location == mine:
        return False
    if report.location is None or improves(mine, report.location):
        raw.execute("UPDATE report SET pushed = 0 WHERE pk = ?", (pk,))
        return False
    locate(raw, [(pk, report.location)])
    return True


def _keep_revision(raw: Raw, there: _Known, now: int) -> tuple[float | None, float | None, float | None]:
    """Keep what is replaced; returns where its point lay."""
    row = raw.execute(f"SELECT {REPORT_COLUMNS} FROM {REPORTS} WHERE r.pk = ?", (there.pk,)).fetchone()
    old = report_of(row)
    raw.execute(
        "INSERT INTO report_revision (report_pk, revision, replaced_at, body, raw, unmasked) "
        "SELECT ?, ?, ?, ?, raw, unmasked FROM report_private WHERE report_pk = ?",
        (there.pk, there.revision, now, codec.encode(codec.report_to_wire(old)), there.pk),
    )
    return old.lat, old.lon, old.accuracy_m


def _refresh(raw: Raw, report_ids: list[str], rules: Rules) -> None:
    raw.executemany(
        "UPDATE report_state SET reported_at = r.reported_at FROM report r WHERE r.pk = report_state.pk AND r.id = ?",
        [(report_id,) for report_id in report_ids],
    )
    projection.refold(raw, report_ids, rules)


def end_absent(
    raw: Raw,
    channel: str,
    rules: Rules,
    *,
    ended: Sequence[str],
    present: frozenset[str] | None,
) -> list[int]:
    """Context items that a feed has dropped become `ended`. Returns their pks.

    `ended` names external ids; with `present` everything of the channel that is not in it has ended. Complaints never
    end this way: a citizen's report does not disappear because a feed forgets it.
    """
    gone: dict[int, str] = {}
    if present is not None:
        for pk, report_id, external_id in raw.execute(
            "SELECT r.pk, r.id, r.external_id FROM report_state s INDEXED BY ix_state_open "
            "JOIN report r ON r.pk = s.pk WHERE s.is_open = 1 AND s.kind = 'context' AND s.channel = ?",
            (channel,),
        ):
            if external_id not in present:
                gone[pk] = report_id
    for part in chunks([ids.report_id(channel, external_id) for external_id in ended]):
        for pk, report_id in raw.execute(
            "SELECT pk, id FROM report WHERE kind = 'context' AND source_status <> 'ended' "
            f"AND id IN ({marks(len(part))})",
            tuple(part),
        ):
            gone[pk] = report_id
    if gone:
        turn_status(raw, list(gone), Status.ENDED)
        projection.refold(raw, gone.values(), rules)
    return list(gone)


def unpushed(raw: Raw, limit: int) -> list[Report]:
    """Reports that the central server has not confirmed as they stand, oldest first; masked, without raw items."""
    rows = raw.execute(
        f"SELECT {REPORT_COLUMNS} FROM report r INDEXED BY ix_report_unpushed "
        f"{BESIDE} WHERE r.pushed = 0 ORDER BY r.pk LIMIT ?",
        (limit,),
    )
    return [report_of(row) for row in rows]


def mark_pushed(raw: Raw, reports: Iterable[Report]) -> None:
    """The central server has these reports with just these facts."""
    raw.executemany(
        "UPDATE report SET pushed = 1 WHERE id = ? AND digest = ? AND source_status = ?",
        [(report.id, digest_of(report), report.source_status.value) for report in reports],
    )


def result(
    written: Written,
    gone: list[int],
    kept: int,
    *,
    said: replies.Written | None = None,
    about: Sequence[int] = (),
    erased: Sequence[int] = (),
) -> IngestResult:
    """What a page changed, for whoever repaints: `said` are its replies and `about` the reports they are about."""
    fresh = range(written.first_new, written.last_new + 1) if written.new else range(0)
    return IngestResult(
        new=written.new,
        changed=len(written.revised) + len(written.turned),
        unchanged=written.unchanged,
        ended=len(gone),
        quarantined=kept,
        pks=(*fresh, *written.refolded, *gone, *about, *erased),
        newest_pk=written.last_new,
        replies=0 if said is None else said.new + said.changed,
        withdrawn=len(erased),
    )
