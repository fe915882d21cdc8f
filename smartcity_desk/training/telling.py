"""Notices of the past: what the ladder had told about everything that is still unanswered at the end.

Without them a desk would send three months of notices in its first minute. What was answered meanwhile had its notices,
too; they are left out, as nobody is asked about it any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from smartcity_desk.domain.custody import origin_of, walk
from smartcity_desk.domain.events import Actor, Event, EventKind
from smartcity_desk.domain.ids import inbox_id
from smartcity_desk.domain.items import Item, items
from smartcity_desk.domain.ladder import Digest, boxes_of, forecast, proposals
from smartcity_desk.domain.outward import InboxState
from smartcity_desk.domain.report import OPEN_STATUSES
from smartcity_desk.domain.times import DAY, HOUR
from smartcity_desk.training.behaviour import Case
from smartcity_desk.training.channels import as_report
from smartcity_desk.training.steps import RATNA, Steps

LATEST: Final = HOUR
"""What came due in the last hour waits for the desk."""
WEEK: Final = 7 * DAY


def tell(steps: Steps, events: Sequence[Event], cases: Iterable[Case], days: int, system: Actor) -> None:
    """Send what went by itself, and each week what the supervisor approved; what came since then waits for a person."""
    unanswered = _unanswered(steps, events, cases)
    law, begin = steps.law(steps.end), steps.end - days * DAY
    for digest in forecast(unanswered, law, {}, begin, horizon=days * DAY - LATEST):
        if not digest.needs_person:
            _send(steps, digest, system)
    monday = begin + (4 * DAY - begin - 7 * HOUR) % WEEK + 9 * HOUR
    for at in range(monday, steps.end - LATEST, WEEK):
        known = [item for item in unanswered if item.due_at < at]
        for number, digest in enumerate(proposals(known, law, boxes_of(_boxes(steps)), at)):
            # The one who approves looks at one after the other.
            _send(steps, digest, RATNA, digest.at + number * 20_000)


def _send(steps: Steps, digest: Digest, actor: Actor, at: int | None = None) -> None:
    name = inbox_id(digest.office)
    steps.take(name, digest.at if at is None else at, EventKind.NOTICE_SENT, digest.notice(), actor)


def _boxes(steps: Steps) -> Iterable[InboxState]:
    return (state for state in steps.states() if isinstance(state, InboxState))


def _unanswered(steps: Steps, events: Sequence[Event], cases: Iterable[Case]) -> list[Item]:
    """What offices still have at the end and have not answered."""
    held = {case.id: case for case in cases if case.office is not None and case.status in OPEN_STATUSES}
    lives: dict[str, list[Event]] = {name: [] for name in held}
    for event in events:
        if event.subject in lives:
            lives[event.subject].append(event)
    directory, law = steps.directory, steps.law(steps.end)
    last = (
        walk(origin_of(as_report(held[name].record, directory)), life)[-1] for name, life in lives.items()
    )
    return items((one for one in last if one.responded_at is None), law, steps.end)
