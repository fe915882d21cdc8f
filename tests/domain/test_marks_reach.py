"""Every state that a mark can get into, found by walking; and the same state whatever the order in which news comes."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain import ids
from smartcity_desk.domain.decision import REFUSALS, Accepted, Action, Contradicted, Decision, Refused
from smartcity_desk.domain.events import Actor, Event, ObjectionOutcome, ObjectionTaken, Role
from smartcity_desk.domain.marks import (
    MarkState,
    MarkStep,
    apply_mark,
    contested,
    exclusions,
    fold_mark,
    open_objections,
    standing,
    step,
    window_closes,
    window_opens,
)
from smartcity_desk.domain.subjects import Context, decide_subject
from smartcity_desk.domain.times import DAY
from tests.domain.builders import TEBET
from tests.domain.mark_world import (
    LAW,
    MARK,
    PAYLOADS,
    PEOPLE,
    RAISED_AT,
    SEGMENTS,
    VERBS,
    Case,
    answering,
    filing,
    wib,
)

S = MarkStep

CLOCK = tuple(
    wib(text) for text in ("11-16 09:00", "11-20 10:00", "11-26 00:00", "11-28 00:00", "12-02 00:00")
)
"""Instants at which something is asked: before the notice, in the window, at the end of a term, after each window."""

MOVES = [
    ("raise", "marker", PAYLOADS["raise"]),
    ("notify", "notifier", PAYLOADS["notify"]),
    ("serve", "lurah", PAYLOADS["serve"]),
    ("extend", "reviewer", PAYLOADS["extend"]),
    ("file", "lurah", filing("o1", ("s1", "s2"), letter="")),
    ("take", "reviewer", ObjectionTaken("o1")),
    *(
        ("answer", who, answering(outcome, segments))
        for who in ("reviewer", "disposer")
        for outcome, segments in (
            (ObjectionOutcome.ACCEPTED, ("s1", "s2")),
            (ObjectionOutcome.PARTLY, ("s1",)),
            (ObjectionOutcome.REJECTED, ()),
        )
    ),
    *((verb, who, PAYLOADS[verb]) for verb in ("propose", "decide") for who in ("marker", "proposer")),
    ("archive", "admin", PAYLOADS["archive"]),
    ("withdraw", "marker", PAYLOADS["withdraw"]),
]

EDGES = {
    (S.NONE, "raise", S.CANDIDATE),
    (S.CANDIDATE, "notify", S.NOTIFIED),
    (S.NOTIFIED, "serve", S.WINDOW),
    (S.NOTIFIED, "time", S.WINDOW),
    (S.NOTIFIED, "extend", S.NOTIFIED),
    (S.NOTIFIED, "file", S.OBJECTED),
    (S.WINDOW, "serve", S.WINDOW),  # after it was deemed served: a receipt, and nothing else
    (S.WINDOW, "extend", S.WINDOW),
    (S.WINDOW, "file", S.OBJECTED),
    (S.WINDOW, "time", S.ELIGIBLE),
    (S.OBJECTED, "serve", S.OBJECTED),
    (S.OBJECTED, "extend", S.OBJECTED),
    (S.OBJECTED, "take", S.REVIEWED),
    (S.OBJECTED, "answer", S.NOTIFIED),  # the office objected before it said that it had the notice
    (S.OBJECTED, "answer", S.WINDOW),
    (S.OBJECTED, "answer", S.ELIGIBLE),
    (S.OBJECTED, "time", S.WINDOW),  # the unit missed its term while the window was extended
    (S.OBJECTED, "time", S.ELIGIBLE),
    (S.REVIEWED, "serve", S.REVIEWED),
    (S.REVIEWED, "extend", S.REVIEWED),
    (S.REVIEWED, "answer", S.NOTIFIED),
    (S.REVIEWED, "answer", S.WINDOW),
    (S.REVIEWED, "answer", S.ELIGIBLE),
    (S.REVIEWED, "time", S.WINDOW),
    (S.REVIEWED, "time", S.ELIGIBLE),
    (S.ELIGIBLE, "serve", S.ELIGIBLE),
    (S.ELIGIBLE, "propose", S.PROPOSED),
    (S.PROPOSED, "serve", S.PROPOSED),
    (S.PROPOSED, "decide", S.DECIDED),
    (S.DECIDED, "serve", S.DECIDED),
    (S.DECIDED, "archive", S.ARCHIVED),
    (S.WITHDRAWN, "take", S.WITHDRAWN),
    (S.WITHDRAWN, "answer", S.WITHDRAWN),
    *((here, "withdraw", S.WITHDRAWN) for here in S if here not in (S.NONE, S.WITHDRAWN)),
}
"""Every edge of domain paper 3.2 as it can be walked: from, by what, to. Nothing else is reachable."""


def alike(state: MarkState) -> tuple[object, ...]:
    """What decides what may come next: states that have it in common are walked once."""
    return (
        state.raised_at is None,
        state.notified_at,
        state.served_at,
        state.extended_at is None,
        tuple((one.filed_at, one.taken_at is None, one.outcome) for one in state.objections),
        state.proposed_by,
        state.decided_at is None,
        state.archived_at is None,
        state.withdrawn_at is None,
    )


def walk() -> tuple[set[tuple[MarkStep, str, MarkStep]], list[MarkState]]:
    edges: set[tuple[MarkStep, str, MarkStep]] = set()
    queue = [(0, MarkState())]
    seen = {(0, alike(MarkState())): MarkState()}
    while queue:
        tick, state = queue.pop()
        now = CLOCK[tick]
        here = step(state, LAW, now)
        found = [("time", tick + 1, state)] if tick + 1 < len(CLOCK) else []
        for verb, who, payload in MOVES:
            action = Action(f"{verb}-{who}-{now}", MARK, VERBS[verb], payload, PEOPLE[who], now)
            decision = decide_subject(state, action, Context(LAW))
            if isinstance(decision, Accepted):
                found.append((verb, tick, apply_mark(state, decision.events[0])))
        for cause, later, after in found:
            there = step(after, LAW, CLOCK[later])
            if cause != "time" or there is not here:
                edges.add((here, cause, there))
            key = (later, alike(after))
            if key not in seen:
                seen[key] = after
                queue.append((later, after))
    return edges, list(seen.values())


@pytest.fixture(scope="module")
def walked() -> tuple[set[tuple[MarkStep, str, MarkStep]], list[MarkState]]:
    return walk()


def test_all_reachable_transitions_are_the_paper_s(
    walked: tuple[set[tuple[MarkStep, str, MarkStep]], object],
) -> None:
    assert walked[0] == EDGES


def test_no_reachable_state_breaks_a_rule(
    walked: tuple[object, list[MarkState]],
) -> None:
    """Rules 1 to 3 of domain paper 3.2, looked for in every state that there is, at every later instant."""
    seen = walked[1]
    assert len(seen) > 1_000, "a walk that goes nowhere proves nothing"
    for state in seen:
        if state.proposed_at is not None:
            closes = window_closes(state, LAW)
            assert closes is not None
            assert state.proposed_at >= closes
            assert not contested(state, LAW, state.proposed_at)
            assert state.proposed_by not in (state.raised_by, state.notified_by)
            assert all(one.filed_at < closes for one in state.objections)
        if state.decided_at is not None:
            assert state.proposed_at is not None
            assert state.decided_by != state.proposed_by
        if state.notified_at is not None:
            assert len(state.dossier) == 64
        for one in state.objections:
            assert one.decided_by is None or one.decided_by not in (
                state.raised_by,
                state.notified_by,
                one.filed_by,
                *state.routers,
            )
            assert set(one.accepted) <= set(one.segments) <= set(state.segments)
        for at in CLOCK:
            taken = exclusions(state, LAW, at)
            assert not contested(state, LAW, at) & taken.keys()
        assert not contested(state, LAW, CLOCK[-1] + 30 * DAY), "the unit is bound by its own clock"


# ---------------------------------------------------------------- any order of arrival

instants = st.integers(0, 20).map(lambda n: RAISED_AT + n * DAY // 2)
names = st.sampled_from(["o1", "o2", "o9"])
some_segments = st.lists(st.sampled_from([*SEGMENTS, "s9"]), max_size=3, unique=True).map(tuple)


@st.composite
def wishes(draw: st.DrawFn) -> Action:
    """Anything that anybody may ask of the mark."""
    verb = draw(st.sampled_from(sorted(VERBS)))
    payload = PAYLOADS[verb]
    if verb == "file":
        payload = filing(draw(names), draw(some_segments), letter=draw(st.sampled_from(["", "1/2026"])))
    elif verb == "take":
        payload = ObjectionTaken(draw(names))
    elif verb == "answer":
        payload = answering(
            draw(st.sampled_from(list(ObjectionOutcome))), draw(some_segments), objection=draw(names)
        )
    actor = draw(st.sampled_from(sorted(PEOPLE)))
    name = ids.time_ordered_id(RAISED_AT, draw(st.binary(min_size=10, max_size=10)))
    return Action(name, MARK, VERBS[verb], payload, PEOPLE[actor], draw(instants))


def events_of(actions: list[Action]) -> list[Event]:
    """Events that nobody has checked, in central order."""
    found: list[Event] = []
    for number, action in enumerate(actions):
        name = ids.event_id(f"a{number}")
        found.append(
            Event(
                name,
                MARK,
                action.kind,
                action.at,
                action.actor,
                action.payload,
                seq=number + 1,
                action=action.id,
            )
        )
    return found


@given(st.lists(wishes(), max_size=12), st.randoms(use_true_random=False), st.integers(0, 12))
def test_the_fold_is_the_same_in_any_order_and_however_often_news_comes(
    actions: list[Action], dice: random.Random, split: int
) -> None:
    events = events_of(actions)
    whole = fold_mark(events)
    again = events + [dice.choice(events) for _ in range(5) if events]
    dice.shuffle(again)
    assert fold_mark(again) == whole
    waiting = [replace(event, seq=None, order=n) for n, event in enumerate(events[split:], start=1)]
    desk = fold_mark(dice.sample(events[:split] + waiting, k=len(events)))
    assert replace(desk, seq=whole.seq, pending=0) == whole, "what waits counts as if it were confirmed"
    assert desk.pending == len(waiting)
    both = events + waiting
    dice.shuffle(both)
    assert fold_mark(both) == whole, "an event that is there twice is confirmed"
    state = MarkState()
    for event in events:
        state = apply_mark(state, event)
    assert state == whole


@given(st.lists(wishes(), max_size=14), wishes())
def test_nothing_that_is_asked_or_was_written_makes_a_rule_fall_over(
    actions: list[Action], wish: Action
) -> None:
    state = fold_mark(events_of(actions))
    decision = decide_subject(state, wish, Context(LAW))
    if isinstance(decision, Refused):
        assert decision.code in REFUSALS
    elif isinstance(decision, Contradicted):
        assert decision.mine != decision.theirs
    else:
        assert len(decision.events) == 1
    here = step(state, LAW, wish.at)
    assert (here is MarkStep.NONE) == (state.raised_at is None)
    window_opens(state, LAW)
    exclusions(state, LAW, wish.at)
    open_objections([state], LAW, wish.at)
    for one in state.objections:
        standing(state, one, LAW, wish.at)


@given(st.lists(wishes(), max_size=16), st.integers(0, 2**32))
def test_a_desk_and_the_server_come_to_the_same(actions: list[Action], seed: int) -> None:
    """Two desks act on what they know, the server decides again, and in the end all three have one state."""
    dice = random.Random(seed)
    server: list[Event] = []
    answers: dict[str, Decision] = {}
    known: dict[str, list[Event]] = {"a": [], "b": []}
    waiting: dict[str, list[tuple[Action, tuple[Event, ...]]]] = {"a": [], "b": []}

    def view(desk: str) -> MarkState:
        return fold_mark([*known[desk], *(event for _, events in waiting[desk] for event in events)])

    def push(desk: str) -> None:
        while waiting[desk]:
            action, _ = waiting[desk].pop(0)
            if action.id in answers:
                continue
            answer = answers[action.id] = decide_subject(fold_mark(server), action, Context(LAW))
            if isinstance(answer, Accepted):
                server.extend(replace(event, seq=len(server) + 1, order=0) for event in answer.events)

    for number, asked in enumerate([*_likely(dice), *actions]):
        desk = dice.choice("ab")
        action = replace(asked, id=f"{asked.id}-{number}")
        here = decide_subject(view(desk), action, Context(LAW))
        if isinstance(here, Accepted):
            events = tuple(replace(event, order=number + 1) for event in here.events)
            waiting[desk].append((action, events))
        if dice.random() < 0.5:
            push(desk)
        if dice.random() < 0.5:
            known[desk] = list(server)
    for desk in "abab":
        push(desk)
        known[desk] = list(server)
    for desk in "ab":
        known[desk] = list(server)
        assert view(desk) == fold_mark(server)
    assert len({event.id for event in server}) == len(server)


def _likely(dice: random.Random) -> list[Action]:
    """The first steps of a mark, so that the rest has something to hang on."""
    case = Case()
    likely = [
        case.action("raise", "marker", RAISED_AT, number=1),
        case.action("notify", "notifier", RAISED_AT + DAY, number=2),
        case.action("file", "lurah", RAISED_AT + DAY + 1, filing(letter=""), number=3),
    ]
    return likely[: dice.randint(1, 3)]


def test_of_two_who_took_or_answered_the_same_the_first_in_the_log_stands() -> None:
    case = Case().do("raise", "marker", RAISED_AT).do("notify", "notifier", RAISED_AT + 1)
    case.do("file", "lurah", RAISED_AT + 2, filing(letter=""))
    rere, raka = PEOPLE["reviewer"], Actor("raka", Role.REVIEWER)
    no = answering(ObjectionOutcome.REJECTED, ())
    log = [
        ("take", rere, ObjectionTaken("o1")),
        ("take", raka, ObjectionTaken("o1")),
        ("answer", raka, no),
        ("answer", rere, answering()),
    ]
    events = [
        Event(f"x{n}", MARK, VERBS[verb], RAISED_AT + DAY - n, actor, payload, seq=9 + n)
        for n, (verb, actor, payload) in enumerate(log)
    ]
    (one,) = fold_mark([*case.events, *events[::-1]]).objections
    assert (one.taken_by, one.decided_by, one.outcome) == ("rere", "raka", ObjectionOutcome.REJECTED)


def test_an_event_about_another_mark_s_objection_changes_nothing() -> None:
    case = Case().do("raise", "marker", RAISED_AT).do("notify", "notifier", RAISED_AT + 1)
    actor = Actor("rere", Role.REVIEWER)
    for payload in (ObjectionTaken("o1"), answering()):
        verb = "take" if isinstance(payload, ObjectionTaken) else "answer"
        stray = Event("x", MARK, VERBS[verb], RAISED_AT + 2, actor, payload, seq=9)
        assert replace(apply_mark(case.state, stray), seq=case.state.seq) == case.state
    assert case.state.office == TEBET
