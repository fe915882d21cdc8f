"""A new version of the rules: two people, never backwards, and only numbers that a clock can work with."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain import ids
from smartcity_desk.domain.events import (
    Actor,
    Event,
    EventKind,
    MarkStepped,
    Payload,
    PolicyProposed,
    PolicyStepped,
    Role,
)
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.marking import Marking
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.domain.policies import fold_policy
from smartcity_desk.domain.policy import Allowance, Ladder, ObjectionRules, Policy, PolicyBook, Rung, Step
from smartcity_desk.domain.subjects import Context, Subject
from smartcity_desk.domain.times import DAY, HOUR, LATEST
from tests.domain.asking import Affair, in_any_order
from tests.domain.builders import DIRECTORY, POLICY, T0
from tests.domain.mark_world import CALENDARS, PEOPLE

K = EventKind
TRIED = replace(POLICY, version="uji", effective_from=T0 + DAY, verification=6 * HOUR)
NAME = ids.policy_id("uji")
WHY = "tenggat lebih pendek"
MAY = {"marker", "notifier", "proposer", "supervisor", "admin"}
REVIEWERS = {"reviewer", "disposer", "clerk"}


def affair(*others: Policy) -> Affair:
    law = Law(PolicyBook([POLICY, *others]), CALENDARS, DIRECTORY)
    return Affair(Subject.POLICY, NAME, Context(law))


def proposed() -> Affair:
    return affair().do(K.POLICY_PROPOSED, PolicyProposed(TRIED, WHY), "proposer", T0)


def approved() -> Affair:
    return proposed().do(K.POLICY_APPROVED, PolicyStepped("setuju"), "reviewer", T0 + 1)


def withdrawn() -> Affair:
    return proposed().do(K.POLICY_WITHDRAWN, PolicyStepped(), "proposer", T0 + 1)


@pytest.mark.parametrize(
    ("make", "propose", "approve", "withdraw"),
    [
        (affair, "ok", "unknown_subject", "unknown_subject"),
        (proposed, "already_proposed", "ok", "ok"),
        (approved, "already_proposed", "no_change", "no_change"),
        (withdrawn, "already_proposed", "no_change", "no_change"),
    ],
)
def test_every_step_for_every_person(
    make: Callable[[], Affair], propose: str, approve: str, withdraw: str
) -> None:
    one, now = make(), T0 + 2
    assert one.codes(K.POLICY_PROPOSED, PolicyProposed(TRIED, WHY), now) == {
        who: propose if who in MAY else "role_not_allowed" for who in PEOPLE
    }
    wanted = {who: approve if who in MAY | REVIEWERS else "role_not_allowed" for who in PEOPLE}
    if approve == "ok":
        wanted["proposer"] = "four_eyes"
    assert one.codes(K.POLICY_APPROVED, PolicyStepped(), now) == wanted
    assert one.codes(K.POLICY_WITHDRAWN, PolicyStepped(), now) == {
        who: withdraw if who in MAY else "role_not_allowed" for who in PEOPLE
    }


def test_nobody_approves_his_own_under_another_role_either() -> None:
    for role in (Role.SUPERVISOR, Role.ADMIN, Role.REVIEWER):
        assert proposed().code(K.POLICY_APPROVED, PolicyStepped(), Actor("sinta", role), T0) == "four_eyes"


def test_it_holds_once_two_people_stand_behind_it() -> None:
    assert affair().state.in_force() is None
    assert proposed().state.in_force() is None
    assert approved().state.in_force() == TRIED
    assert withdrawn().state.in_force() is None
    state = approved().state
    assert (state.proposed_by, state.approved_by, state.reason) == ("sinta", "rere", WHY)


def test_never_backwards_neither_when_proposed_nor_when_approved() -> None:
    start = TRIED.effective_from
    for who in MAY:
        assert affair().code(K.POLICY_PROPOSED, PolicyProposed(TRIED, WHY), who, start + 1) == (
            "policy_retroactive"
        )
    assert affair().code(K.POLICY_PROPOSED, PolicyProposed(TRIED, WHY), "proposer", start) == "ok"
    late = {who: proposed().code(K.POLICY_APPROVED, PolicyStepped(), who, start + 1) for who in MAY}
    assert late == {who: "four_eyes" if who == "proposer" else "policy_retroactive" for who in MAY}


def test_a_name_and_a_date_belong_to_one_version() -> None:
    assert affair(replace(TRIED, effective_from=T0 + 2 * DAY)).code(
        K.POLICY_PROPOSED, PolicyProposed(TRIED, WHY), "proposer", T0
    ) == ("policy_name_taken")
    other = replace(TRIED, version="lain")
    assert (
        affair(other).code(K.POLICY_PROPOSED, PolicyProposed(TRIED, WHY), "proposer", T0)
        == "policy_date_taken"
    )
    one = proposed()
    one.context = affair(other).context  # approved in the meantime
    assert one.code(K.POLICY_APPROVED, PolicyStepped(), "reviewer", T0 + 1) == "policy_date_taken"


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (PolicyProposed(replace(TRIED, version="lain"), WHY), "payload_mismatch"),
        (PolicyProposed(TRIED, " "), "reason_required"),
        (PolicyProposed(TRIED, "b" * 20_001), "text_too_long"),
        (MarkStepped("setuju"), "payload_mismatch"),
    ],
)
def test_what_a_proposal_says(payload: Payload, code: str) -> None:
    assert affair().code(K.POLICY_PROPOSED, payload, "proposer", T0) == code


def test_steps_have_no_flood_of_words() -> None:
    long = PolicyStepped("b" * 20_001)
    assert proposed().code(K.POLICY_APPROVED, long, "reviewer", T0) == "text_too_long"
    assert proposed().code(K.POLICY_WITHDRAWN, long, "admin", T0) == "text_too_long"


def ladder(**changes: object) -> Policy:
    return replace(TRIED, ladder=replace(TRIED.ladder, **changes))  # type: ignore[arg-type]


def terms(**changes: int) -> Policy:
    return replace(TRIED, objection=replace(ObjectionRules(), **changes))


def response(**changes: int) -> Policy:
    levels = {OfficeLevel(name): ms for name, ms in changes.items()}
    return replace(TRIED, response={**TRIED.response, **levels})


STEPS = (Step(Rung.OFFICE, 0), Step(Rung.KOTA, DAY))


@pytest.mark.parametrize(
    ("policy", "part"),
    [
        (replace(TRIED, version=" "), "version"),
        (replace(TRIED, version="v" * 61), "version"),
        (replace(TRIED, effective_from=LATEST + 1), "effective_from"),
        (response(kelurahan=0), "response"),
        (response(kelurahan=-1), "response"),
        (response(kelurahan=367 * DAY), "response"),
        (replace(TRIED, response={OfficeLevel.UPT: HOUR}), "response"),
        (replace(TRIED, response={}), "response"),
        (replace(TRIED, categories={"flood": Allowance(0)}), "response"),
        (replace(TRIED, verification=0), "verification"),
        (replace(TRIED, verification=10**15), "verification"),
        (replace(TRIED, grace_ms=-1), "grace"),
        (replace(TRIED, grace_percent=101), "grace"),
        (replace(TRIED, marking=Marking(window_days=367)), "marking"),
        (replace(TRIED, marking=Marking(windows=13)), "marking"),
        (replace(TRIED, marking=Marking(prior_weight=1001)), "marking"),
        (ladder(territorial=()), "ladder"),
        (ladder(agency=()), "ladder"),
        (ladder(territorial=STEPS[::-1]), "ladder"),
        (ladder(territorial=(Step(Rung.OFFICE, -1),)), "ladder"),
        (ladder(territorial=(*STEPS, Step(Rung.KOTA, 2 * DAY))), "ladder"),
        (ladder(territorial=(*STEPS, Step(Rung.SEKDA, 12 * HOUR))), "ladder"),
        (ladder(agency=(*STEPS, Step(Rung.SEKDA, 400 * DAY))), "ladder"),
        (ladder(digest_ms=-1), "ladder"),
        (ladder(acknowledged_ms=10**15), "ladder"),
        (ladder(quiet_from=25), "ladder"),
        (ladder(quiet_to=-1), "ladder"),
        (ladder(quiet_from=0, quiet_to=24), "ladder"),
        (terms(window_days=0), "objection"),
        (terms(review_days=0), "objection"),
        (terms(extension_days=-1), "objection"),
        (terms(deemed_served_days=-1), "objection"),
        (terms(window_days=61), "objection"),
        (replace(TRIED, review_percent=101), "review"),
        (ladder(quiet_from=6, quiet_to=6), None),
        (ladder(territorial=STEPS), None),
        (terms(window_days=5, deemed_served_days=0), None),
        (replace(TRIED, ladder=Ladder(), marking=Marking(target_percent=90)), None),
    ],
)
def test_numbers_that_nothing_can_work_with_are_refused_by_name(policy: Policy, part: str | None) -> None:
    one = affair()
    one.name = ids.policy_id(policy.version)
    decision = one.ask(K.POLICY_PROPOSED, PolicyProposed(policy, WHY), "proposer", T0)
    if part is None:
        assert one.code(K.POLICY_PROPOSED, PolicyProposed(policy, WHY), "proposer", T0) == "ok"
    else:
        assert decision.code == "policy_unusable"  # type: ignore[union-attr]
        assert decision.params == {"part": part}  # type: ignore[union-attr]


steps = st.sampled_from([K.POLICY_PROPOSED, K.POLICY_APPROVED, K.POLICY_WITHDRAWN])


@given(st.lists(steps, max_size=7), st.randoms(use_true_random=False))
def test_the_fold_is_the_same_in_any_order(kinds: list[EventKind], dice: random.Random) -> None:
    events = [
        Event(
            ids.event_id(f"a{n}"),
            NAME,
            kind,
            T0 + n,
            PEOPLE[dice.choice(sorted(MAY))],
            PolicyProposed(TRIED, f"{WHY} {n}") if kind is K.POLICY_PROPOSED else PolicyStepped(),
            seq=n + 1,
        )
        for n, kind in enumerate(kinds)
    ]
    in_any_order(Subject.POLICY, events, dice)
    state = fold_policy(events)
    assert state.in_force() is None or {K.POLICY_PROPOSED, K.POLICY_APPROVED} <= set(kinds)
