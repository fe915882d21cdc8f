"""Three desks and one server in 10,000 random schedules: nothing is overwritten in silence, and all end up the same.

Capability 7. Each desk works on what it knows, also with the cable pulled; answers get lost and are asked for again;
the server decides with the same rules. Everything here is in memory, so a schedule that fails names its seed.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace

from smartcity_desk.domain import ids
from smartcity_desk.domain.decide import decide
from smartcity_desk.domain.decision import Accepted, Action, Contradicted, Decision, Refused
from smartcity_desk.domain.events import (
    Actor,
    CategorySet,
    ClaimReleased,
    ClaimTaken,
    CompletionAnswered,
    CompletionClaimed,
    Delivered,
    Event,
    EventKind,
    NoteAdded,
    PauseCode,
    Paused,
    Payload,
    PlaceSet,
    RejectCode,
    Reopened,
    ReportRejected,
    Resumed,
    ReturnAnswered,
    Role,
    RoutingReturned,
    RoutingSent,
)
from smartcity_desk.domain.fold import apply, fold
from smartcity_desk.domain.state import ReportState, initial
from smartcity_desk.domain.times import HOUR, MINUTE
from tests.domain.builders import CAKUNG, DIRECTORY, MENTENG, PLN, SUDIN, T0, TEBET, report

K = EventKind
SCHEDULES = 10_000
STEPS = 16
START = initial(report())
REPORT = report().id
WHY = "karena begitu"
LURAH = {code: Actor(f"lurah.{code}", Role.OFFICIAL, code) for code in (TEBET, MENTENG, SUDIN, PLN)}


@dataclass
class Server:
    """Confirmed history, and the answers it gave, by action id."""

    state: ReportState = START
    log: list[Event] = field(default_factory=list)
    answers: dict[str, Decision] = field(default_factory=dict)

    def take(self, wish: Action) -> Decision:
        known = self.answers.get(wish.id)
        if known is not None:
            return known
        answer = decide(self.state, wish, DIRECTORY)
        if isinstance(answer, Accepted):
            answer = Accepted(
                tuple(
                    replace(e, seq=len(self.log) + n, order=0) for n, e in enumerate(answer.events, start=1)
                )
            )
            for event in answer.events:
                self.log.append(event)
                self.state = apply(self.state, event)
        self.answers[wish.id] = answer
        return answer


@dataclass
class Desk:
    """One operator's machine: what it was told, and what it has not got through yet."""

    actor: Actor
    known: list[Event] = field(default_factory=list)
    base: ReportState = START
    waiting: list[tuple[Action, tuple[Event, ...]]] = field(default_factory=list)
    tray: list[tuple[Action, Contradicted | Refused]] = field(default_factory=list)
    done: list[Action] = field(default_factory=list)
    acted: int = 0

    def state(self) -> ReportState:
        return fold(self.base, [event for _, events in self.waiting for event in events])

    def act(self, kind: EventKind, payload: Payload, at: int, dice: random.Random) -> None:
        wish = Action(ids.time_ordered_id(at, dice.randbytes(10)), REPORT, kind, payload, self.actor, at)
        here = decide(self.state(), wish, DIRECTORY)
        if isinstance(here, Accepted):
            self.acted += 1
            pending = tuple(replace(e, order=self.acted * 8 + e.order) for e in here.events)
            self.waiting.append((wish, pending))

    def push(self, server: Server, dice: random.Random) -> None:
        """Send what waits, in order. An answer that is lost leaves the action waiting with its id."""
        while self.waiting:
            wish, _ = self.waiting[0]
            answer = server.take(wish)
            if dice.random() < 0.2:
                return
            self.waiting.pop(0)
            if isinstance(answer, Accepted):
                self.done.append(wish)
            else:
                self.tray.append((wish, answer))

    def pull(self, server: Server, dice: random.Random) -> None:
        """Take some of what is new; sometimes an old page once more."""
        upto = dice.randint(len(self.known), len(server.log))
        fresh = server.log[len(self.known) : upto]
        self.known.extend(fresh)
        self.base = fold(self.base, fresh)


def _wish(state: ReportState, actor: Actor, at: int, dice: random.Random) -> tuple[EventKind, Payload]:
    """Something that an operator who sees `state` may well do."""
    status = state.status
    match dice.randrange(14):
        case 0 | 1 | 2:
            return K.CATEGORY_SET, CategorySet(dice.choice(["flood", "tree", "power"]), state.category)
        case 3 | 4:
            return K.PLACE_SET, PlaceSet(dice.choice([TEBET, MENTENG, CAKUNG]), state.place)
        case 5 | 6 | 7:
            return K.ROUTING_SENT, RoutingSent(dice.choice([TEBET, MENTENG, SUDIN, PLN]), WHY, state.office)
        case 8:
            return K.NOTE_ADDED, NoteAdded("dicek")
        case 9:
            return K.REPORT_REJECTED, ReportRejected(
                dice.choice([RejectCode.SPAM, RejectCode.DUPLICATE]), "", status
            )
        case 10:
            if state.pause is not None:
                return K.CLOCK_RESUMED, Resumed()
            return K.CLOCK_PAUSED, Paused(PauseCode.WAITING_REPORTER, WHY, at + HOUR, status)
        case 11:
            if state.claimed_by == actor.user:
                return K.CLAIM_RELEASED, ClaimReleased(actor.user)
            return K.CLAIM_TAKEN, ClaimTaken(actor.user, at + 10 * MINUTE)
        case 12:
            kind = dice.choice([K.COMPLETION_ACCEPTED, K.COMPLETION_REFUSED])
            return kind, CompletionAnswered(WHY, status)
        case _:
            if state.return_pending:
                kind = dice.choice([K.ROUTING_RETURN_ACCEPTED, K.ROUTING_RETURN_REFUSED])
                return kind, ReturnAnswered(WHY)
            return K.REPORT_REOPENED, Reopened(WHY, status)


def _official(server: Server, at: int, dice: random.Random) -> None:
    office = server.state.office
    if office is None:
        return
    payload = dice.choice(
        [
            (K.REPORT_DELIVERED, Delivered(office)),
            (K.ROUTING_RETURNED, RoutingReturned(office, WHY)),
            (K.COMPLETION_CLAIMED, CompletionClaimed(office, "selesai")),
        ]
    )
    server.take(Action(ids.time_ordered_id(at, dice.randbytes(10)), REPORT, *payload, LURAH[office], at))


def run(seed: int) -> tuple[Server, list[Desk]]:
    """One schedule from first click to the mended cable."""
    dice = random.Random(seed)
    server = Server()
    desks = [Desk(Actor(name, Role.OPERATOR)) for name in ("ani", "budi", "cici")]
    at = T0
    for _ in range(STEPS):
        at += dice.randrange(8 * MINUTE)
        desk = dice.choice(desks)
        match dice.randrange(8):
            case 0 | 1 | 2 | 3:
                skewed = at + dice.choice([0, 0, 90_000, -90_000])
                desk.act(*_wish(desk.state(), desk.actor, skewed, dice), skewed, dice)
            case 4 | 5:
                desk.push(server, dice)
            case 6:
                desk.pull(server, dice)
            case _:
                _official(server, at, dice)
    while any(desk.waiting or len(desk.known) < len(server.log) for desk in desks):
        for desk in desks:
            desk.push(server, dice)
            desk.pull(server, dice)
    return server, desks


def _field(event: Event) -> tuple[str, str | None, str | None] | None:
    """(field, base, new) of an event that sets something."""
    payload = event.payload
    if isinstance(payload, CategorySet):
        return "category", payload.base, payload.category
    if isinstance(payload, PlaceSet):
        return "place", payload.base, payload.place
    if isinstance(payload, RoutingSent):
        return "office", payload.base, payload.office
    if isinstance(payload, ReportRejected):
        return "status", payload.base, "rejected"
    return None


def _overwritten_in_silence(log: list[Event]) -> list[Event]:
    """Events that replaced a value which their actor had not seen."""
    state, found = START, []
    for number, event in enumerate(log):
        setting = _field(event)
        if setting is not None:
            name, base, new = setting
            there = getattr(state, name)
            # Sending on after a hand-back: the accepted hand-back of the same action stands just before.
            answered = number > 0 and log[number - 1].action == event.action
            if there not in {base, new} and not answered:
                found.append(event)
        state = apply(state, event)
    return found


def test_no_schedule_overwrites_loses_or_invents_anything() -> None:
    met: Counter[str] = Counter()
    for seed in range(SCHEDULES):
        server, desks = run(seed)
        expected = fold(START, server.log)
        assert server.state == expected, seed
        for desk in desks:
            assert desk.state() == expected, f"schedule {seed}: {desk.actor.user} sees something else"
        assert not _overwritten_in_silence(server.log), seed

        by_id = {event.id for event in server.log}
        assert len(by_id) == len(server.log), f"schedule {seed}: something happened twice"
        operators = {wish.id: wish for desk in desks for wish in desk.done}
        kept = {wish.id for desk in desks for wish, _ in desk.tray}
        assert len(operators) + len(kept) == sum(desk.acted for desk in desks), (
            f"schedule {seed}: an action is gone"
        )
        assert not kept & set(operators), seed
        for event in server.log:
            assert event.action is not None
            assert not event.kind.startswith(("mark.", "objection.", "exclusion.")), (
                f"schedule {seed}: a merge marked"
            )
            if event.actor.role is Role.OPERATOR:
                cause = operators[event.action]
                answers = {K.ROUTING_RETURN_ACCEPTED, K.ROUTING_RETURN_REFUSED}
                assert event.kind is cause.kind or (cause.kind is K.ROUTING_SENT and event.kind in answers), (
                    seed
                )
        for desk in desks:
            for _, answer in desk.tray:
                if isinstance(answer, Contradicted):
                    assert answer.mine != answer.theirs, seed
                    assert answer.base != answer.theirs, seed
                met[answer.field if isinstance(answer, Contradicted) else answer.code] += 1
        met["events"] += len(server.log)
    # The schedules are worth something only if they meet what they are about.
    for field_name in ("category", "place", "office", "status", "closed", "claimed_by_other"):
        assert met[field_name] > 50, met
    assert met["events"] > 3 * SCHEDULES


def test_the_check_sees_an_overwrite() -> None:
    """A server that ignored the base value would be caught."""
    event = Event("e1", REPORT, K.CATEGORY_SET, T0, Actor("a", Role.OPERATOR), CategorySet("flood"), 1, "a1")
    blind = replace(event, id="e2", seq=2, action="a2", payload=CategorySet("tree", base=None))
    seen = replace(event, id="e2", seq=2, action="a2", payload=CategorySet("tree", base="flood"))
    assert _overwritten_in_silence([event, blind]) == [blind]
    assert not _overwritten_in_silence([event, seen])
