"""What became of the answers to a reporter: queued, handed to his channel, refused there, or never on their way.

The central server carries them and writes a receipt a target; a desk reads the receipts and says what they mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from smartcity_desk.domain import answering
from smartcity_desk.domain.answering import TELLING
from smartcity_desk.domain.events import Event

UPDATE: Final = "update"
"""The kind of a receipt for an answer; `request` is a report that is handed on as a new one."""
OFF: Final = "off"
"""The mode of a target that takes nothing."""


class ReceiptState(StrEnum):
    """Where a thing stands on its way out."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    DRY = "dry"  # the target only shows what it would send


@dataclass(frozen=True, slots=True)
class Receipt:
    """One thing on its way to one target. Instants in ms UTC.

    `seq` is the number of the event that set it off. `code` is the last trouble, `detail` the far side's own words
    about it, masked. `kind` is `update` (an answer) or `request` (the report handed on).
    """

    id: str
    report: str
    target: str
    kind: str
    seq: int
    state: ReceiptState
    queued_at: int
    next_at: int
    settled_at: int | None = None
    attempts: int = 0
    code: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Outlet:
    """A target by which the reporters of a channel are answered, as the central server has it set.

    `since_seq` is how far the log was read for it: what is older and has no receipt never leaves.
    """

    channel: str
    target: str
    mode: str
    since_seq: int


class Course(StrEnum):
    """What an answer is doing, in the order in which it comes about."""

    HERE = "here"  # still in this desk's outbox
    UNTOLD = "untold"  # the central server does not tell of receipts
    UNSET = "unset"  # no target is set for the channel
    EARLIER = "earlier"  # said before the target was set
    QUEUED = "queued"
    AGAIN = "again"  # tried, and tried again later
    SHOWN = "shown"
    HANDED = "handed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one answer at one target. `at` is when it was said, or queued where the words are another's.

    `text` and `code` are those of `answering.Said`; both are empty for an answer that came with an incident. `receipt`
    is None while the server has none.
    """

    at: int
    course: Course
    text: str = ""
    code: str = ""
    kind: str = UPDATE
    receipt: Receipt | None = None


_COURSES: Final = {
    ReceiptState.SENT: Course.HANDED,
    ReceiptState.REFUSED: Course.REFUSED,
    ReceiptState.DRY: Course.SHOWN,
}


def course_of(receipt: Receipt) -> Course:
    """What a receipt says."""
    waiting = Course.AGAIN if receipt.attempts else Course.QUEUED
    return _COURSES.get(receipt.state, waiting)


def fates(
    channel: str, events: Sequence[Event], receipts: Iterable[Receipt], outlets: Sequence[Outlet] | None
) -> list[Fate]:
    """What became of each answer on a report, in the order of their times.

    `events` in canonical order; `outlets` are all that the central server has, None while it has not told of any.
    """
    by_event: dict[int, list[Receipt]] = {}
    for receipt in receipts:
        by_event.setdefault(receipt.seq if receipt.kind == UPDATE else -1, []).append(receipt)
    found: list[Fate] = []
    for at, event in enumerate(events):
        said = answering.said(events[: at + 1]) if event.kind in TELLING else None
        if said is None:
            continue
        own = by_event.pop(event.seq, []) if event.seq is not None else []
        if own:
            found += [Fate(event.at, course_of(one), said.text, said.code, receipt=one) for one in own]
        else:
            found.append(Fate(event.at, _without(channel, event, outlets), said.text, said.code))
    # What is left was set off by another report's event: the answer of the one it follows, or the report handed on.
    for rest in by_event.values():
        found += [Fate(one.queued_at, course_of(one), kind=one.kind, receipt=one) for one in rest]
    return sorted(found, key=lambda fate: fate.at)


def unanswered(channels: Iterable[str], outlets: Sequence[Outlet] | None) -> list[str]:
    """Those of these channels by which no answer leaves, by name; none while the central server has not told."""
    if outlets is None:
        return []
    return sorted(channel for channel in set(channels) if not _open(channel, outlets))


def _open(channel: str, outlets: Sequence[Outlet]) -> list[Outlet]:
    """The targets of a channel that take something."""
    return [outlet for outlet in outlets if outlet.channel == channel and outlet.mode != OFF]


def _without(channel: str, event: Event, outlets: Sequence[Outlet] | None) -> Course:
    """What an answer without a receipt is doing."""
    if event.seq is None:
        return Course.HERE
    if outlets is None:
        return Course.UNTOLD
    mine = _open(channel, outlets)
    if not mine:
        return Course.UNSET
    return Course.QUEUED if any(event.seq > outlet.since_seq for outlet in mine) else Course.EARLIER
