"""The operator's actions on their way: decided here, queued, sent, answered. Runs inside the writer's transaction.

An op leaves the outbox only on a definite answer. Ops on one report go in order, one at a time; reports are
independent. The id of an op is its idempotency key for life.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from smartcity_desk import codec
from smartcity_desk.domain import ids
from smartcity_desk.domain.decision import Accepted, Action, Contradicted, Refused
from smartcity_desk.domain.events import Actor, Event, EventKind, Payload, Role
from smartcity_desk.domain.outward import OUTWARD_HOLD_MS, OUTWARD_KINDS
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, SECOND
from smartcity_desk.store import history, judging, projection
from smartcity_desk.store.engine import Raw, chunks, marks
from smartcity_desk.store.rows import ActResult, OpResult, OpRow, OpState, Params
from smartcity_desk.store.rules import Rules

WAIT_LADDER: Final = (25 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, 5 * HOUR, 24 * HOUR)
"""Wait before the next try after the n-th attempt without an answer; the last one repeats."""
KEPT_MS: Final = 30 * DAY
"""How long a settled op stays to be looked at."""

Randomness = Callable[[int], bytes]

_INSERT: Final = (
    "INSERT INTO op (position, id, report_id, kind, at, state, action, events, not_before, next_try_at, "
    "attempts, sent) VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?, 0, 0, 0)"
)
_SELECT: Final = (
    "SELECT o.position, o.id, o.report_id, o.kind, o.at, o.state, o.action, o.attempts, o.not_before, o.next_try_at, "
    "o.sent, o.error_code, o.error_params, o.settled_at, coalesce(r.channel, ''), coalesce(r.external_id, ''), "
    "iif(r.private, '', coalesce(nullif(r.title, ''), substr(r.text, 1, 120), '')) "
    "FROM op o LEFT JOIN report r ON r.id = o.report_id"
)


def next_try(attempts: int, now: int, jitter: float = 0.0) -> int:
    """When an op that got no answer goes out again: the ladder's step, longer by up to a fifth (`jitter` in [0, 1))."""
    wait = WAIT_LADDER[min(max(attempts, 1), len(WAIT_LADDER)) - 1]
    return now + wait + int(wait * 0.2 * jitter)


def encode_action(action: Action) -> str:
    """The action with its actor as JSON: everything that a salvage needs to send it again."""
    return codec.encode(
        {
            "id": action.id,
            "report": action.report,
            "kind": action.kind,
            "at": action.at,
            "user": action.actor.user,
            "role": action.actor.role,
            "office": action.actor.office,
            "payload": action.payload,
        }
    )


def decode_action(text: str) -> Action:
    """The action from its column. Raises `BadData`."""
    body = codec.decode(text, dict[str, Any], key="op")
    actor = Actor(
        str(body.get("user", "")), codec.convert(body.get("role"), Role, key="op"), body.get("office")
    )
    return codec.action_from_wire(body, actor)


def op_row(row: tuple[Any, ...]) -> OpRow:
    """An op from a line of `_SELECT`."""
    action = decode_action(row[6])
    return OpRow(
        order=row[0],
        id=row[1],
        report_id=row[2],
        kind=EventKind(row[3]),
        payload=action.payload,
        user=action.actor.user,
        at=row[4],
        state=OpState(row[5]),
        attempts=row[7],
        not_before=row[8],
        next_try_at=row[9],
        sent=bool(row[10]),
        error_code=row[11],
        error_params={} if row[12] is None else codec.decode(row[12], dict[str, Any], key="op"),
        settled_at=row[13],
        channel=row[14],
        external_id=row[15],
        title=row[16],
    )


def by_id(raw: Raw, op_ids: Sequence[str]) -> list[OpRow]:
    """These ops in outbox order; unknown ids are left out."""
    found: list[OpRow] = []
    for part in chunks(op_ids):
        found.extend(
            op_row(row) for row in raw.execute(f"{_SELECT} WHERE o.id IN ({marks(len(part))})", tuple(part))
        )
    return sorted(found, key=lambda row: row.order)


def by_state(raw: Raw, states: Iterable[OpState] | None, limit: int) -> list[OpRow]:
    """Ops in these states (all by default), newest first."""
    wanted = [state.value for state in (OpState if states is None else states)]
    rows = raw.execute(
        f"{_SELECT} WHERE o.state IN ({marks(len(wanted))}) ORDER BY o.position DESC LIMIT ?",
        (*wanted, limit),
    )
    return [op_row(row) for row in rows]


def of_report(raw: Raw, report_id: str) -> list[OpRow]:
    """The ops of one report that wait, or that ended without an effect, in outbox order."""
    rows = raw.execute(
        f"{_SELECT} WHERE o.report_id = ? AND o.state <> 'confirmed' ORDER BY o.position", (report_id,)
    )
    return [op_row(row) for row in rows]


def _next_position(raw: Raw) -> int:
    return int(raw.execute("SELECT coalesce(max(position), 0) FROM op").fetchone()[0]) + 1


def act(
    raw: Raw,
    kind: EventKind,
    payload: Payload,
    subject_ids: Sequence[str],
    rules: Rules,
    *,
    actor: Actor,
    now: int,
    randomness: Randomness,
    hold_ms: int,
    fill_base: bool,
    action_ids: Sequence[str] | None = None,
) -> ActResult:
    """Decide one command on each subject's effective state and queue what is accepted, with its effect.

    The outward acts wait at least as long as they can still be stopped (capability 14).
    """
    given = None if action_ids is None else iter(action_ids)
    verdicts = judging.judge(
        raw,
        kind,
        payload,
        subject_ids,
        rules,
        actor=actor,
        now=now,
        fill_base=fill_base,
        new_id=lambda: ids.time_ordered_id(now, randomness(10)) if given is None else next(given),
    )
    if action_ids is not None:
        _without_known(raw, verdicts)
    hold = max(hold_ms, OUTWARD_HOLD_MS) if kind in OUTWARD_KINDS else hold_ms
    ops = [
        _op_values(position, action, events, now + hold)
        for position, (action, events) in enumerate(verdicts.accepted, _next_position(raw))
    ]
    raw.executemany(_INSERT, ops)
    projection.refold(raw, [action.report for action, _ in verdicts.accepted], rules)
    return ActResult(tuple(by_id(raw, [op[1] for op in ops])), tuple(verdicts.refused))


def _without_known(raw: Raw, verdicts: judging.Verdicts) -> None:
    """An action that is in the outbox already, whatever became of it, is not asked for again."""
    known = {row.id for row in by_id(raw, [action.id for action, _ in verdicts.accepted])}
    again = [action for action, _ in verdicts.accepted if action.id in known]
    verdicts.accepted = [one for one in verdicts.accepted if one[0].id not in known]
    verdicts.refused += [(action.report, Refused("no_change")) for action in again]


def preview(
    raw: Raw,
    kind: EventKind,
    payload: Payload,
    subject_ids: Sequence[str],
    rules: Rules,
    *,
    actor: Actor,
    now: int,
) -> list[tuple[str, Refused | Contradicted]]:
    """What would be refused if it were done now to all of these; writes nothing."""
    return judging.judge(
        raw, kind, payload, subject_ids, rules, actor=actor, now=now, fill_base=True, new_id=lambda: ""
    ).refused


def _op_values(position: int, action: Action, events: Sequence[Event], not_before: int) -> tuple[Any, ...]:
    return (
        position,
        action.id,
        action.report,
        action.kind.value,
        action.at,
        encode_action(action),
        history.encode_events(events),
        not_before,
    )


def undo(raw: Raw, op_ids: Sequence[str], rules: Rules, *, now: int) -> list[OpRow]:
    """Withdraw ops that were never sent. One with a later live op on its report stays: that one was built on it."""
    withdrawn: list[OpRow] = []
    gone: set[str] = set()
    for row in reversed(by_id(raw, op_ids)):
        if row.state is not OpState.QUEUED or row.sent or row.kind is EventKind.PERSONAL_DATA_REVEALED:
            continue  # what was seen was seen: that it was looked at is never taken back
        later = raw.execute(
            "SELECT id FROM op INDEXED BY ix_op_live "
            "WHERE state IN ('queued', 'sending') AND report_id = ? AND position > ? AND kind <> ?",
            (row.report_id, row.order, EventKind.PERSONAL_DATA_REVEALED.value),
        )
        if any(op_id not in gone for (op_id,) in later):
            continue
        gone.add(row.id)
        withdrawn.append(row)
    raw.executemany(
        "UPDATE op SET state = 'withdrawn', settled_at = ? WHERE id = ?", [(now, op_id) for op_id in gone]
    )
    projection.refold(raw, {row.report_id for row in withdrawn}, rules)
    return by_id(raw, list(gone))


def redo(raw: Raw, op_ids: Sequence[str], rules: Rules, *, now: int) -> list[OpRow]:
    """Queue withdrawn ops again, behind everything else and decided afresh; what no longer fits stays withdrawn."""
    done: list[str] = []
    for row in by_id(raw, op_ids):
        if row.state is not OpState.WITHDRAWN or row.sent:
            continue
        text = raw.execute("SELECT action FROM op WHERE id = ?", (row.id,)).fetchone()[0]
        action = replace(decode_action(text), at=now)
        decision = judging.decide_again(raw, action, rules)
        if not isinstance(decision, Accepted):
            continue
        raw.execute(
            "UPDATE op SET position = ?, state = 'queued', at = ?, action = ?, events = ?, settled_at = NULL, "
            "not_before = 0, next_try_at = 0 WHERE id = ?",
            (
                _next_position(raw),
                now,
                encode_action(action),
                history.encode_events(decision.events),
                row.id,
            ),
        )
        projection.refold(raw, [action.report], rules)
        done.append(row.id)
    return by_id(raw, done)


def hurry(raw: Raw, op_ids: Sequence[str], *, now: int) -> int:
    """Queued ops go out at the next chance, whatever they waited for. How many.

    An outward act keeps the time in which it can be stopped: that is not a wait but a promise (capability 14).
    """
    outward = tuple(kind.value for kind in OUTWARD_KINDS)
    return sum(
        raw.execute(
            f"UPDATE op SET next_try_at = 0, not_before = CASE WHEN kind IN ({marks(len(outward))}) "
            f"THEN not_before ELSE min(not_before, ?) END WHERE state = 'queued' AND id IN ({marks(len(part))})",
            (*outward, now, *part),
        ).rowcount
        for part in chunks(op_ids)
    )


def dismiss(raw: Raw, op_ids: Sequence[str], *, now: int) -> int:
    """Ops that the central server refused for good are seen and put away. How many."""
    return sum(
        raw.execute(
            f"UPDATE op SET state = 'withdrawn', settled_at = ? WHERE state = 'rejected' "
            f"AND id IN ({marks(len(part))})",
            (now, *part),
        ).rowcount
        for part in chunks(op_ids)
    )


_FIRST_OF_ITS_REPORT: Final = (
    "o.state = 'queued' AND NOT EXISTS (SELECT 1 FROM op e INDEXED BY ix_op_live "
    "WHERE e.state IN ('queued', 'sending') AND e.report_id = o.report_id AND e.position < o.position)"
)


def _of_users(users: Sequence[str] | None) -> tuple[str, tuple[str, ...]]:
    """The condition that an op is one of these people's; anybody's without them."""
    if users is None:
        return "", ()
    return f" AND json_extract(o.action, '$.user') IN ({marks(len(users))})", tuple(users)


def next_ops(raw: Raw, limit: int, *, now: int, users: Sequence[str] | None = None) -> list[Action]:
    """The ops to send now, marked `sending`: at most one a report, and none past an earlier one without an answer.

    With `users` only theirs: the server writes down whoever is logged in, and that must be the one who decided.
    """
    theirs, names = _of_users(users)
    rows = raw.execute(
        f"SELECT o.id, o.action FROM op o WHERE o.not_before <= ? AND o.next_try_at <= ? AND {_FIRST_OF_ITS_REPORT}"
        f"{theirs} ORDER BY o.position LIMIT ?",
        (now, now, *names, limit),
    ).fetchall()
    raw.executemany("UPDATE op SET state = 'sending', sent = 1 WHERE id = ?", [(row[0],) for row in rows])
    return [decode_action(row[1]) for row in rows]


def recover_sending(raw: Raw) -> int:
    """Ops that were on their way when the program ended are queued again, with the same ids."""
    return raw.execute("UPDATE op SET state = 'queued', next_try_at = 0 WHERE state = 'sending'").rowcount


def purge(raw: Raw, *, now: int) -> int:
    """Forget ops that were settled long ago. What they did is in the event log."""
    return raw.execute(
        "DELETE FROM op WHERE state IN ('confirmed', 'rejected', 'withdrawn') AND settled_at < ?",
        (now - KEPT_MS,),
    ).rowcount


def unsettled_wait(raw: Raw, *, now: int, users: Sequence[str] | None = None) -> int | None:
    """When the next op may go out (ms UTC), or None with nothing to send; never earlier than `now`.

    An op behind an earlier one on its report has no time of its own: the answer to that one decides.
    """
    theirs, names = _of_users(users)
    row = raw.execute(
        f"SELECT min(max(o.not_before, o.next_try_at)) FROM op o WHERE {_FIRST_OF_ITS_REPORT}{theirs}", names
    ).fetchone()
    return None if row[0] is None else max(now, int(row[0]))


def params_json(params: Params) -> str:
    """Parameters of an error for a column."""
    return codec.encode(dict(params))


def settle_unknown(raw: Raw, result: OpResult, *, now: int, jitter: float) -> None:
    """No definite answer: queued again with the same id. An answer that never came because of the network is free."""
    row = raw.execute(
        "SELECT attempts FROM op WHERE id = ? AND state IN ('queued', 'sending')", (result.op_id,)
    )
    found = row.fetchone()
    if found is None:
        return
    attempts = int(found[0]) + (1 if result.costs_attempt else 0)
    later = next_try(attempts, now, jitter) if result.costs_attempt else now
    if result.retry_after is not None:
        later = max(later, now + result.retry_after)
    raw.execute(
        "UPDATE op SET state = 'queued', attempts = ?, next_try_at = ?, error_code = ?, error_params = ? WHERE id = ?",
        (attempts, later, result.code, params_json(result.params), result.op_id),
    )
