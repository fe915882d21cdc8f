"""A form's action, once: whatever is sent with one form's id and one content is one action, however often it comes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from smartcity_desk import codec
from smartcity_desk.central.actions import Outcome, perform
from smartcity_desk.central.ledger import canonical
from smartcity_desk.central.pages import words
from smartcity_desk.central.pages.report import UUID
from smartcity_desk.central.pages.visit import Visit
from smartcity_desk.central.problems import Problem
from smartcity_desk.domain.decision import Action
from smartcity_desk.domain.events import PAYLOADS, EventKind, Payload
from smartcity_desk.domain.ids import event_id, time_ordered_id

ID_FIELD: Final = "aksi"
_DONE: Final = frozenset({"accepted", "duplicate"})
_TAKEN: Final = "id_reused"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a form. `refused` is why it was not done, in words; `again` says that it had been done before."""

    refused: str = ""
    again: bool = False


class _NotDone(Exception):  # noqa: N818 - it ends a transaction, and says why
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.code)
        self.outcome = outcome


def form_id(visit: Visit) -> str:
    """The id that a form was made with. Raises Problem 400 for a form that is none of ours."""
    found = visit.form.get(ID_FIELD)
    if not isinstance(found, str) or not UUID.match(found):
        raise Problem(400, "bad_request")
    return found


async def once(
    visit: Visit, subject: str, kind: EventKind, payload: Payload, before: Sequence[Payload] = ()
) -> Result:
    """Do it with everything that goes before it, or nothing of it. A refusal is not remembered: the form may change."""
    now, who = visit.now, visit.who
    name = _action_id(
        form_id(visit), [subject, kind.value, codec.builtins(payload), who.user, codec.builtins(before)]
    )
    actions = [
        Action(event_id(name, number), subject, _KINDS[type(part)], part, who.actor, now)
        for number, part in enumerate(before)
    ]
    actions.append(Action(name, subject, kind, payload, who.actor, now))
    items = [codec.action_to_wire(action) for action in actions]

    def work(connection: Connection) -> list[Outcome]:
        outcomes = perform(connection, who, items, visit.law(connection), now=now)
        for outcome in reversed(outcomes):
            # The same id with another time is this same form, sent twice: nothing else gives this id.
            if outcome.outcome not in _DONE and outcome.code != _TAKEN:
                raise _NotDone(outcome)
        return outcomes

    try:
        outcomes = await visit.server.db.write(work)
    except _NotDone as problem:
        code = problem.outcome.code or "conflict"
        return Result(words.refusal(code, problem.outcome.params, visit.directory))
    visit.server.hub.poke()
    return Result(again=outcomes[-1].outcome != "accepted")


_KINDS: Final = {payload: kind for kind, payload in PAYLOADS.items()}


def _action_id(form: str, content: object) -> str:
    """An action's id from its form and what the form says, as old as the form."""
    digest = hashlib.sha256(canonical([form, content]).encode()).digest()
    return time_ordered_id(int(form[:8] + form[9:13], 16), digest[:10])
