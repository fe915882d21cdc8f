"""Marks, declared events, proposed policies, boxes of notices and numbered lists: their folds in the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from smartcity_desk import codec
from smartcity_desk.domain.calamity import CalamityState
from smartcity_desk.domain.items import Objected
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.marks import MarkState, contested, exclusions
from smartcity_desk.domain.opening import OpenedState
from smartcity_desk.domain.outward import InboxState, ListState
from smartcity_desk.domain.policies import PolicyState
from smartcity_desk.domain.subjects import State, Subject, fold_subject, subject_of
from smartcity_desk.store import directory, history, incidents
from smartcity_desk.store.engine import Raw, chunks, marks

_STATES: Final[dict[Subject, Any]] = {
    Subject.MARK: MarkState,
    Subject.CALAMITY: CalamityState,
    Subject.POLICY: PolicyState,
    Subject.INBOX: InboxState,
    Subject.LIST: ListState,
    Subject.QUARANTINE: OpenedState,
}
_OF_LAW: Final = (Subject.CALAMITY.value, Subject.POLICY.value)


def refold(raw: Raw, ids: Iterable[str]) -> list[str]:
    """Fold these subjects afresh; ids without an event are forgotten. Reports among them are not touched here."""
    wanted = sorted(set(ids))
    confirmed = history.confirmed_events(raw, wanted)
    pending = history.pending_events(raw, wanted)
    changed: list[str] = []
    law = False
    for name in wanted:
        events = [*confirmed.get(name, ()), *pending.get(name, ())]
        if not events:
            gone = raw.execute("DELETE FROM subject WHERE id = ? RETURNING kind", (name,)).fetchall()
            changed += [name] * len(gone)
            law = law or any(kind in _OF_LAW for (kind,) in gone)
            continue
        kind = subject_of(events[0].kind)
        if kind is Subject.REPORT:
            continue
        raw.execute(
            "INSERT INTO subject (id, kind, at, fold) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, at = excluded.at, fold = excluded.fold",
            (name, kind.value, max(event.at for event in events), codec.encode(fold_subject(kind, events))),
        )
        changed.append(name)
        law = law or kind.value in _OF_LAW
    if law:
        before = int(directory.get(raw, directory.LAW_CHANGES) or 0)
        directory.put(raw, directory.LAW_CHANGES, str(before + 1))
    return changed


def state(raw: Raw, name: str, kind: Subject) -> State:
    """The state of one subject, that of nothing where it is unknown."""
    row = raw.execute("SELECT fold FROM subject WHERE id = ? AND kind = ?", (name, kind.value)).fetchone()
    return fold_subject(kind, ()) if row is None else _decode(kind, row[0])


def states(raw: Raw, ids: Sequence[str], kind: Subject) -> dict[str, State]:
    """The states of some subjects of one kind, those of nothing where they are unknown."""
    found: dict[str, State] = {}
    for part in chunks(list(ids)):
        for name, fold in raw.execute(
            f"SELECT id, fold FROM subject WHERE kind = ? AND id IN ({marks(len(part))})", (kind.value, *part)
        ):
            found[name] = _decode(kind, fold)
    return {name: found.get(name) or fold_subject(kind, ()) for name in ids}


def every(raw: Raw, kind: Subject) -> dict[str, Any]:
    """All subjects of a kind by id, the latest touched first."""
    rows = raw.execute("SELECT id, fold FROM subject WHERE kind = ? ORDER BY at DESC, id", (kind.value,))
    return {name: _decode(kind, fold) for name, fold in rows}


def _decode(kind: Subject, text: str) -> State:
    found: State = codec.decode(text, _STATES[kind], key=kind.value)
    return found


def objected(raw: Raw, law: Law, now: int) -> Objected:
    """What objections took out and what they hold open at an instant, and the reports that follow another one."""
    taken: dict[str, Any] = {}
    held: set[str] = set()
    for mark in every(raw, Subject.MARK).values():
        taken |= exclusions(mark, law, now)
        held |= contested(mark, law, now)
    return Objected(taken, frozenset(held), incidents.following(raw))
