"""Pictures for the past: those that the unit still has to look at, and some of what the special offices claimed.

A city's whole past would be some ten thousand pictures; what nobody will open is not drawn.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

import msgspec

from smartcity_desk.central.history import PastFile
from smartcity_desk.domain.events import Actor, AttachmentAdded, CompletionClaimed, Event, EventKind
from smartcity_desk.domain.ids import event_id, time_ordered_id
from smartcity_desk.domain.report import Status
from smartcity_desk.domain.times import DAY, SECOND
from smartcity_desk.training.behaviour import Case
from smartcity_desk.training.draw import seeded
from smartcity_desk.training.proofs import Proof, claimed, proof_of, reported
from smartcity_desk.training.traits import Traits

RECENT: Final = 14 * DAY
JUDGED: Final = 57 * DAY
"""Two windows of 28 days end at the last midnight."""
MOST: Final = 200
"""Claims of the special offices that are drawn, besides what waits."""
BEFORE_NAME: Final = "laporan-warga.jpg"
FOLLOWS: Final = 2 * SECOND
"""The citizen's picture follows the receipt that says that the office has the report."""


@dataclass(slots=True)
class Claimed:
    """A claimed completion of the past: where it stands among the events, and what was behind it."""

    index: int
    at: int
    case: Case
    office: str
    nth: int
    fake: bool
    delivered_at: int


class Shown(msgspec.Struct, frozen=True):
    """What backs one claim (its event) on a report by number, for measuring what looks for it."""

    report: int
    event: str
    office: str
    fake: bool
    proof: Proof


@dataclass(slots=True)
class Illustrated:
    """The pictures, the events that name the citizens' ones, and the truth about each claim that was drawn."""

    files: list[PastFile]
    events: list[Event]
    shown: list[Shown]


def illustrate(
    seed: int, end: int, events: list[Event], claims: Sequence[Claimed], traits: Traits, system: Actor
) -> Illustrated:
    """Draw the claims that will be looked at. Puts the pictures' hashes into their events."""
    done = Illustrated([], [], [])
    earlier: dict[str, list[Claimed]] = defaultdict(list)
    lately: list[Claimed] = []
    passed_on: set[str] = set()
    for one in sorted(_chosen(claims, end, traits), key=lambda one: (one.at, one.case.record.number)):
        record, event = one.case.record, events[one.index]
        assert isinstance(event.payload, CompletionClaimed)
        own = [other for other in earlier[one.office] or lately if other.case is not one.case]
        proof = proof_of(seed, record, one.nth, fake=one.fake, may_reuse=bool(own))
        other = (own[-1].case.record, own[-1].nth) if proof is Proof.REUSED else None
        if record.picture and record.id not in passed_on:
            passed_on.add(record.id)
            _pass_on(seed, one, system, done)
        data = claimed(seed, record, one.nth, proof, one.at, other)
        if data is not None:
            done.files.append(PastFile(data, event.actor, one.at))
            named = replace(event.payload, attachments=(hashlib.sha256(data).hexdigest(),))
            events[one.index] = event = replace(event, payload=named)
        if proof is Proof.HONEST:
            one.case.pictured = one.nth
            earlier[one.office].append(one)
            lately.append(one)
        done.shown.append(Shown(record.number, event.id, one.office, one.fake, proof))
    return done


def _pass_on(seed: int, one: Claimed, system: Actor, done: Illustrated) -> None:
    data = reported(seed, one.case.record)
    at = one.delivered_at + FOLLOWS
    payload = AttachmentAdded(hashlib.sha256(data).hexdigest(), "image/jpeg", len(data), BEFORE_NAME)
    randomness = seeded(seed, "passed on", one.case.record.number).getrandbits(80).to_bytes(10, "big")
    action = time_ordered_id(at, randomness)
    done.files.append(PastFile(data, system, at))
    done.events.append(
        Event(event_id(action), one.case.id, EventKind.ATTACHMENT_ADDED, at, system, payload, action=action)
    )


def _chosen(claims: Sequence[Claimed], end: int, traits: Traits) -> Iterable[Claimed]:
    """What waits for a person, and the newest of each special office in turn."""
    last: dict[str, Claimed] = {one.case.id: one for one in claims}
    waiting = [
        one
        for one in last.values()
        if one.case.status is Status.AWAITING_VERIFICATION and one.at >= end - RECENT
    ]
    names = {id(one) for one in waiting}
    yield from waiting
    special = traits.fast_but_empty | traits.unresponsive | traits.hurt_by_misrouting
    offices: dict[str, list[Claimed]] = {office: [] for office in sorted(special, key=_empty_first(traits))}
    for one in reversed(claims):
        if one.office in offices and one.at >= end - JUDGED and id(one) not in names:
            offices[one.office].append(one)
    for those in offices.values():
        those.sort(key=lambda one: -one.at)
    turns = (one for turn in zip_longest(*offices.values()) for one in turn if one is not None)
    for _, one in zip(range(MOST), turns, strict=False):
        yield one


def _empty_first(traits: Traits) -> Callable[[str], tuple[bool, str]]:
    return lambda office: (office not in traits.fast_but_empty, office)
