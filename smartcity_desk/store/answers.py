"""What the central server says: confirmed events, answers to ops, contradictions. Runs in the writer's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from smartcity_desk import codec
from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.events import Actor, Event, EventKind
from smartcity_desk.store import history, outbox, pictures, projection
from smartcity_desk.store.engine import Raw, chunks, marks
from smartcity_desk.store.rows import ActResult, Applied, ConflictRow, OpResult
from smartcity_desk.store.rules import Rules

_INSERT_EVENT: Final = f"INSERT INTO event ({history.EVENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def add_events(raw: Raw, events: Sequence[Event]) -> int:
    """Append confirmed events; those that are there already are left as they are. Returns how many were new.

    Raises `BadData` for an event without `seq`: only the central server gives events their place.
    """
    rows: list[tuple[Any, ...]] = []
    for event in events:
        if event.seq is None:
            raise BadData("central", "event.seq", event=event.id)
        rows.append(
            (
                event.seq,
                event.id,
                event.subject,
                event.kind.value,
                event.at,
                event.actor.user,
                event.actor.role.value,
                event.actor.office,
                event.action,
                codec.payload_to_json(event.payload),
            )
        )
    if not rows:
        return 0
    pictures.note(raw, events)
    return raw.executemany(_INSERT_EVENT, rows).rowcount


def apply_events(raw: Raw, events: Sequence[Event], rules: Rules, *, now: int) -> Applied:
    """Append a page of confirmed events, let go the ops that they confirm, and fold what they touch."""
    added = add_events(raw, events)
    confirmed = _confirm(raw, [event.action for event in events if event.action is not None], now)
    touched = {event.subject for event in events} | {report_id for _, report_id in confirmed}
    pks = projection.refold(raw, touched, rules)
    return Applied(added, tuple(pks), tuple(op_id for op_id, _ in confirmed))


def _confirm(raw: Raw, action_ids: Sequence[str], now: int) -> list[tuple[str, str]]:
    """Settle ops as confirmed, whatever was thought of them before: the event log is the proof. (op id, report id)."""
    found: list[tuple[str, str]] = []
    for part in chunks(list(dict.fromkeys(action_ids))):
        found.extend(
            raw.execute(
                f"SELECT id, report_id FROM op WHERE state <> 'confirmed' AND id IN ({marks(len(part))})",
                tuple(part),
            )
        )
    raw.executemany(
        "UPDATE op SET state = 'confirmed', settled_at = ?, error_code = NULL, error_params = NULL WHERE id = ?",
        [(now, op_id) for op_id, _ in found],
    )
    raw.executemany(
        "UPDATE conflict SET choice = 'confirmed', chosen_at = ? WHERE op_id = ? AND choice IS NULL",
        [(now, op_id) for op_id, _ in found],
    )
    return found


def settle(raw: Raw, results: Sequence[OpResult], rules: Rules, *, now: int, jitter: float) -> Applied:
    """Take in answers. A definite one ends the op; any other leaves it queued under the same id."""
    touched: set[str] = set()
    added = 0
    confirmed: list[str] = []
    for result in results:
        if result.outcome in ("accepted", "duplicate") and result.events:
            added += add_events(raw, result.events)
            done = _confirm(raw, [result.op_id], now)
            confirmed.extend(op_id for op_id, _ in done)
            touched.update(report_id for _, report_id in done)
            touched.update(event.subject for event in result.events)
        else:
            touched |= _settle_one(raw, result, now, jitter)
    return Applied(added, tuple(projection.refold(raw, touched, rules)), tuple(confirmed))


def _settle_one(raw: Raw, result: OpResult, now: int, jitter: float) -> set[str]:
    found = raw.execute("SELECT report_id, state FROM op WHERE id = ?", (result.op_id,)).fetchone()
    if found is None:
        return set()
    report_id, state = str(found[0]), str(found[1])
    if state not in ("queued", "sending"):
        return set()  # a late or repeated answer: the first definite one stands
    if result.outcome == "conflict":
        raw.execute(
            "INSERT OR IGNORE INTO conflict (op_id, report_id, field, mine, theirs, base, at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (result.op_id, report_id, result.field or "", result.mine, result.theirs, result.base, now),
        )
        _end(raw, result, "conflict", now)
    elif result.outcome == "rejected":
        _end(raw, result, "rejected", now)
    else:
        # also an acceptance that does not show its events: asked again under the same id, the server shows them
        outbox.settle_unknown(raw, result, now=now, jitter=jitter)
        return set()
    return {report_id}


def _end(raw: Raw, result: OpResult, state: str, now: int) -> None:
    raw.execute(
        "UPDATE op SET state = ?, settled_at = ?, error_code = ?, error_params = ? WHERE id = ?",
        (state, now, result.code, outbox.params_json(result.params), result.op_id),
    )


def conflicts(raw: Raw) -> list[ConflictRow]:
    """The contradictions that wait for an operator, oldest first."""
    rows = raw.execute(
        "SELECT c.op_id, c.report_id, o.kind, c.field, c.mine, c.theirs, c.base, c.at, coalesce(r.channel, ''), "
        "coalesce(r.external_id, ''), iif(r.private, '', coalesce(nullif(r.title, ''), substr(r.text, 1, 120), '')) "
        "FROM conflict c JOIN op o ON o.id = c.op_id LEFT JOIN report r ON r.id = c.report_id "
        "WHERE c.choice IS NULL ORDER BY o.position"
    )
    return [ConflictRow(row[0], row[1], EventKind(row[2]), *row[3:]) for row in rows]


def resolve_conflict(
    raw: Raw,
    op_id: str,
    rules: Rules,
    *,
    mine: bool,
    actor: Actor,
    now: int,
    randomness: outbox.Randomness,
) -> ActResult:
    """An operator has chosen. Mine: a new op on the value that is there now; theirs: the op is dropped.

    Both stay on record. When mine cannot be done any more, the refusal comes back and the conflict keeps waiting.
    """
    row = raw.execute(
        "SELECT c.report_id, o.action FROM conflict c JOIN op o ON o.id = c.op_id "
        "WHERE c.op_id = ? AND c.choice IS NULL",
        (op_id,),
    ).fetchone()
    if row is None:
        return ActResult((), ())
    report_id = str(row[0])
    result = ActResult((), ())
    if mine:
        old = outbox.decode_action(row[1])
        result = outbox.act(
            raw,
            old.kind,
            old.payload,
            [report_id],
            rules,
            actor=actor,
            now=now,
            randomness=randomness,
            hold_ms=0,
            fill_base=True,
        )
        if result.refused:
            return result
    raw.execute(
        "UPDATE conflict SET choice = ?, chosen_at = ?, chosen_by = ? WHERE op_id = ?",
        ("mine" if mine else "theirs", now, actor.user, op_id),
    )
    raw.execute("UPDATE op SET state = 'withdrawn', settled_at = ? WHERE id = ?", (now, op_id))
    projection.refold(raw, [report_id], rules)
    return result
