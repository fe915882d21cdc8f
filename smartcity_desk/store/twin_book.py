"""Finds the pairs of *Mungkin ganda*, as the rest of the program asks for them. Made by `Store.twins`.

Each open complaint is compared as it comes in, and again when its channel says other words, another place or other
pictures of it; what was here before is caught up with, newest first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, NamedTuple

import msgspec

from smartcity_desk.domain.lookalike import WINDOW_MS, Suggestion
from smartcity_desk.domain.times import DAY
from smartcity_desk.store import directory, history
from smartcity_desk.store.engine import Raw, chunks, marks
from smartcity_desk.store.lookalikes import LookalikeReader
from smartcity_desk.store.twins import join_targets, refused_anew

AT_ONCE: Final = 8
"""Reports that are compared in one go: some tenths of a second in which the child writes nothing else."""
AGAIN_AT_ONCE: Final = 2
"""Revised reports in one go: whatever each of them was paired with is compared once more, too."""
_LOOKED_AT: Final = 500
"""Revisions that are looked through in one go: most of them change a state, and nothing that is compared."""
_MARKS: Final = "twins"
_COMPARABLE: Final = "s.is_open = 1 AND s.kind = 'complaint' AND s.lead IS NULL AND r.private = 0"
_OF_OLD: Final = " OR ".join(
    f"json_extract(v.body, '$.{name}') IS NOT r.{name}"
    for name in ("title", "text", "lat", "lon", "accuracy_m", "place_quality", "category", "author")
)
_REVISED: Final = (
    f"SELECT v.pk, r.pk, r.id, s.reported_at >= ? AND {_COMPARABLE} AND ({_OF_OLD} "
    "OR coalesce(nullif(json_extract(v.body, '$.media'), '[]'), '') <> coalesce(nullif(r.media, '[]'), '')) "
    "FROM report_revision v CROSS JOIN report r ON r.pk = v.report_pk CROSS JOIN report_state s ON s.pk = r.pk "
    "WHERE v.pk > ? ORDER BY v.pk LIMIT ?"
)
"""What was replaced since, and whether it said something else to those who compare."""
_PAIRED: Final = (
    f"SELECT r.id FROM twin t CROSS JOIN report r ON r.pk = t.{{other}} CROSS JOIN report_state s ON s.pk = r.pk "
    f"WHERE t.{{mine}} = ? AND {_COMPARABLE}"
)


class _Marks(msgspec.Struct, frozen=True):
    """What was compared: everything up to `high`, and what came before that down to `low`; 0 when that is over.

    `swept_at` is when pairs that nobody asks about any longer were last taken out. `revised` is the last revision that
    was looked at; None in a file from before they were.
    """

    high: int
    low: int
    swept_at: int = 0
    revised: int | None = None


class _Waiting(NamedTuple):
    """The reports to compare next, and where the comparing stands after them."""

    reports: tuple[str, ...]
    marks: _Marks
    anew: tuple[int, ...] = ()
    """The pks of those whose pairs are found anew."""


class TwinBook:
    """Compares what has come and remembers the pairs. `compare` writes."""

    def __init__(
        self,
        read: Callable[[], AbstractContextManager[Raw]],
        write: Callable[[], AbstractContextManager[Raw]],
        lookalikes: LookalikeReader,
    ) -> None:
        self._read: Final = read
        self._write: Final = write
        self._lookalikes: Final = lookalikes

    def compare(self, now: int) -> tuple[list[int], bool]:
        """Compare some more reports; the pks of those that now have a pair, and whether more may wait."""
        with self._read() as raw:
            waiting = _waiting(raw, now)
        if waiting is None:
            return [], False
        found = self._lookalikes.of_many(waiting.reports, now=now) if waiting.reports else {}
        stand = waiting.marks
        with self._write() as raw:
            changed = sorted({*_let_go(raw, waiting.anew), *_keep(raw, found)})
            if now - stand.swept_at >= DAY:
                _sweep(raw, now)
                stand = msgspec.structs.replace(stand, swept_at=now)
            directory.put(raw, _MARKS, msgspec.json.encode(stand).decode())
        return changed, True

    def of(self, report_id: str, *, now: int) -> tuple[Suggestion, ...]:
        """What probably tells of the same thing as a report, without what an operator has refused."""
        refused = self.refused(report_id)
        return tuple(one for one in self._lookalikes.of(report_id, now=now) if one.report not in refused)

    def refused(self, report_id: str) -> frozenset[str]:
        """The reports of which an operator has said that they do not tell of the same thing as this one."""
        with self._read() as raw:
            rows = raw.execute(
                "SELECT o.id FROM report r JOIN twin t ON t.report_pk = r.pk JOIN report o ON o.pk = t.other_pk "
                "WHERE r.id = ?1 AND t.refused > 0 UNION "
                "SELECT o.id FROM report r JOIN twin t ON t.other_pk = r.pk JOIN report o ON o.pk = t.report_pk "
                "WHERE r.id = ?1 AND t.refused > 0",
                (report_id,),
            )
            return frozenset(row[0] for row in rows)


def _waiting(raw: Raw, now: int) -> _Waiting | None:
    """What to compare next: what has come, what was revised, what was here before, newest first. None when done."""
    newest = int(raw.execute("SELECT coalesce(max(pk), 0) FROM report").fetchone()[0])
    kept = directory.get(raw, _MARKS)
    stand = _Marks(newest, newest + 1) if kept is None else msgspec.json.decode(kept, type=_Marks)
    if stand.revised is None:
        last = int(raw.execute("SELECT coalesce(max(pk), 0) FROM report_revision").fetchone()[0])
        stand = msgspec.structs.replace(stand, revised=last)
        if kept is not None:
            return _Waiting((), stand)
    select = "SELECT s.pk, r.id FROM report_state s NOT INDEXED CROSS JOIN report r ON r.pk = s.pk"
    if newest > stand.high:
        rows = raw.execute(
            f"{select} WHERE s.pk > ? AND {_COMPARABLE} ORDER BY s.pk LIMIT ?", (stand.high, AT_ONCE)
        ).fetchall()
        after = int(rows[-1][0]) if len(rows) == AT_ONCE else newest
        return _Waiting(tuple(row[1] for row in rows), msgspec.structs.replace(stand, high=after))
    if (revised := _revised(raw, stand, now)) is not None:
        return revised
    if not stand.low:
        return None
    rows = raw.execute(
        f"{select} WHERE s.pk < ? AND s.reported_at >= ? AND {_COMPARABLE} ORDER BY s.pk DESC LIMIT ?",
        (stand.low, now - WINDOW_MS, AT_ONCE),
    ).fetchall()
    before = int(rows[-1][0]) if len(rows) == AT_ONCE else 0
    return _Waiting(tuple(row[1] for row in rows), msgspec.structs.replace(stand, low=before))


def _revised(raw: Raw, stand: _Marks, now: int) -> _Waiting | None:
    """The next reports that say something else now, with all that they were paired with; None: nothing was revised."""
    seen = stand.revised
    anew: dict[int, str] = {}
    for number, pk, report_id, differs in raw.execute(_REVISED, (now - WINDOW_MS, seen, _LOOKED_AT)):
        if differs and pk not in anew:
            if len(anew) == AGAIN_AT_ONCE:
                break
            anew[pk] = report_id
        seen = number
    if seen == stand.revised:
        return None
    # A pair may have been found from its other side only: whoever loses one by this is asked again what is left.
    reports = set(anew.values())
    for mine, other in (("report_pk", "other_pk"), ("other_pk", "report_pk")):
        for pk in anew:
            reports.update(row[0] for row in raw.execute(_PAIRED.format(mine=mine, other=other), (pk,)))
    return _Waiting(tuple(sorted(reports)), msgspec.structs.replace(stand, revised=seen), tuple(anew))


def _let_go(raw: Raw, pks: Sequence[int]) -> list[int]:
    """Forget the pairs of reports that say something else now; the pks of the later ones."""
    gone: list[int] = []
    for pk in pks:
        rows = raw.execute("SELECT report_pk FROM twin WHERE report_pk = ?1 OR other_pk = ?1", (pk,))
        gone += [row[0] for row in rows]
        raw.execute("DELETE FROM twin WHERE report_pk = ?1 OR other_pk = ?1", (pk,))
    return gone


def _keep(raw: Raw, found: Mapping[str, Sequence[Suggestion]]) -> list[int]:
    """Write pairs down, the later report first; the pks of the later ones."""
    ids = {*found, *(one.report for each in found.values() for one in each)}
    known: dict[str, tuple[int, int]] = {}
    for part in chunks(sorted(ids)):
        rows = raw.execute(
            f"SELECT id, reported_at, pk FROM report WHERE id IN ({marks(len(part))})", tuple(part)
        )
        known.update((name, (at, pk)) for name, at, pk in rows)
    pairs: list[tuple[Any, ...]] = []
    for report_id, suggestions in found.items():
        for one in suggestions:
            if report_id in known and one.report in known:
                earlier, later = sorted((known[report_id], known[one.report]))
                pairs.append((later[1], earlier[1], round(100 * one.score)))
    raw.executemany(
        "INSERT INTO twin (report_pk, other_pk, score, refused) VALUES (?, ?, ?, 0) "
        "ON CONFLICT (report_pk, other_pk) DO UPDATE SET score = excluded.score",
        pairs,
    )
    said = {
        known[name][1]: join_targets(events)
        for name, events in history.of_subjects(raw, sorted(known)).items()
    }
    refused_anew(raw, list(said), {pk: targets for pk, targets in said.items() if targets})
    return sorted({later for later, _, _ in pairs})


def _sweep(raw: Raw, now: int) -> None:
    """Take out the pairs of closed reports that are too old to be compared with anything."""
    raw.execute(
        "DELETE FROM twin WHERE report_pk IN (SELECT s.pk FROM twin t CROSS JOIN report_state s ON s.pk = t.report_pk "
        "WHERE s.is_open = 0 AND s.reported_at < ?)",
        (now - WINDOW_MS,),
    )
