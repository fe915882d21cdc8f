"""Every value survives the wire, and what does not fit its type is refused by name."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk import codec
from smartcity_desk.domain.calendar import CalendarKind
from smartcity_desk.domain.decision import Action
from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.events import PAYLOADS, Event, EventKind, NoteAdded
from smartcity_desk.domain.marking import Marking
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.domain.policy import Allowance, Ladder, ObjectionRules, Policy, Rung, Step
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind, Status
from smartcity_desk.domain.times import DAY
from tests.domain.builders import ANI, DIRECTORY, POLICY, T0, action, actions, histories, instants, report

K = EventKind


_amounts = st.integers(0, 90 * DAY)
_words = st.text(max_size=12)
_allowances = st.builds(Allowance, ms=_amounts, calendar=st.sampled_from(list(CalendarKind)))
_steps = st.lists(st.builds(Step, to=st.sampled_from(list(Rung)), after=_amounts), max_size=3).map(tuple)
_policies = st.builds(
    Policy,
    version=_words,
    effective_from=instants,
    response=st.dictionaries(st.sampled_from(list(OfficeLevel)), _amounts, max_size=4),
    verification=_amounts,
    source=_words,
    calendars=st.dictionaries(
        st.sampled_from(list(OfficeLevel)), st.sampled_from(list(CalendarKind)), max_size=3
    ),
    categories=st.dictionaries(st.sampled_from(["flood", "tree", "power"]), _allowances, max_size=3),
    grace_ms=_amounts,
    grace_percent=st.integers(0, 100),
    marking=st.builds(
        Marking,
        target_percent=st.integers(1, 99),
        prior_weight=st.just(20),
        prior_on_time=st.integers(1, 19),
    ),
    ladder=st.builds(Ladder, territorial=_steps, agency=_steps),
    objection=st.builds(ObjectionRules),
    review_percent=st.integers(0, 100),
)
"""Policies that may be written down; whether they are wise is nobody's concern here."""


def _payloads(kind: EventKind) -> st.SearchStrategy[Any]:
    with_numbers: dict[str, st.SearchStrategy[Any]] = {
        f.name: st.none() | st.floats(allow_nan=False, allow_infinity=False)
        for f in fields(PAYLOADS[kind])
        if f.name in {"lat", "lon"}
    }
    if kind is K.POLICY_PROPOSED:
        with_numbers["policy"] = _policies  # any number is no rule
    return st.builds(PAYLOADS[kind], **with_numbers)


@pytest.mark.parametrize("kind", list(EventKind))
def test_every_payload_survives_its_json(kind: EventKind) -> None:
    @given(_payloads(kind))
    def survives(payload: Any) -> None:
        assert codec.payload_from_json(kind, codec.payload_to_json(payload)) == payload

    survives()


@given(histories())
def test_every_event_survives_the_wire(history: list[Event]) -> None:
    for event in history:
        text = json.dumps(codec.event_to_wire(event))
        assert codec.event_from_wire(json.loads(text)) == replace(event, order=0)


@given(actions())
def test_every_action_survives_the_wire_and_takes_its_actor_from_the_session(wish: Action) -> None:
    wire = json.loads(json.dumps(codec.action_to_wire(wish)))
    assert "user" not in wire
    assert "role" not in wire
    assert codec.action_from_wire({**wire, "user": "root", "role": "admin"}, wish.actor) == wish


@pytest.mark.parametrize("kind", list(EventKind))
def test_a_payload_with_a_field_of_another_type_is_refused_by_its_kind(kind: EventKind) -> None:
    for name, field in PAYLOADS[kind].__dataclass_fields__.items():
        wrong: Any = {"deep": []} if "str" in str(field.type) else "ini teks"
        body = {other: _fitting(str(f.type)) for other, f in PAYLOADS[kind].__dataclass_fields__.items()}
        codec.payload_from_json(kind, json.dumps(body))  # the honest one passes
        with pytest.raises(BadData) as refused:
            codec.payload_from_json(kind, json.dumps({**body, name: wrong}))
        assert (refused.value.channel, refused.value.key) == ("central", kind.value)


def _fitting(kind: str) -> Any:
    if "tuple" in kind:
        return []
    for word, value in (
        ("ExclusionCode", "E1"), ("RejectCode", "spam"), ("PauseCode", "E5"), ("ObjectionOutcome", "partly"),
        ("Policy", codec.builtins(POLICY)), ("Status", "new"), ("bool", True),
        ("int", 3), ("float", 1.5), ("str", "teks"),
    ):  # fmt: skip
        if word in kind:
            return value
    raise AssertionError(kind)


WIRE = codec.event_to_wire(Event("e", "r", K.NOTE_ADDED, T0, ANI, NoteAdded("x"), seq=1))


@pytest.mark.parametrize(
    "broken",
    [
        None, [], "text", 7, {}, {**WIRE, "kind": "note.shredded"}, {**WIRE, "at": "kemarin"}, {**WIRE, "at": 1.5},
        {**WIRE, "role": "emperor"}, {**WIRE, "payload": {}}, {**WIRE, "payload": {"text": None}},
        {**WIRE, "payload": []}, {**WIRE, "seq": "1"}, {**WIRE, "id": 5},
        {key: value for key, value in WIRE.items() if key != "subject"},
    ],
)  # fmt: skip
def test_an_event_that_does_not_fit_is_bad_data(broken: object) -> None:
    with pytest.raises(BadData):
        codec.event_from_wire(broken)


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]", "<html>", '{"text": 1}', b"\xff\xfe", '{"text": "\\ud800"}']
)
def test_json_that_is_none_is_bad_data(text: str | bytes) -> None:
    with pytest.raises(BadData):
        codec.payload_from_json(K.NOTE_ADDED, text)


@given(
    st.builds(
        Report,
        kind=st.sampled_from(list(ReportKind)),
        source_status=st.sampled_from(list(Status)),
        place_quality=st.sampled_from(list(PlaceQuality)),
        lat=st.none() | st.floats(-90, 90),
        lon=st.none() | st.floats(-180, 180),
        accuracy_m=st.none() | st.floats(0, 1e6),
    )
)
def test_a_report_travels_without_the_unmasked_text_and_the_raw_item(one: Report) -> None:
    wire = codec.report_to_wire(one)
    assert "unmasked" not in wire
    assert "raw" not in wire
    assert codec.report_from_wire(json.loads(json.dumps(wire))) == replace(one, unmasked=None, raw="")


@pytest.mark.parametrize(
    "change",
    [{"reported_at": "now"}, {"kind": "rumour"}, {"lat": "1"}, {"media": "x"}, {"private": 1}, {"id": None}],
)
def test_a_report_that_does_not_fit_is_bad_data(change: dict[str, object]) -> None:
    with pytest.raises(BadData) as refused:
        codec.report_from_wire({**codec.report_to_wire(report()), **change})
    assert refused.value.key == "report"


def test_the_directory_travels_whole_and_ignores_what_it_does_not_know() -> None:
    wire = json.loads(json.dumps(codec.directory_to_wire(DIRECTORY)))
    assert codec.directory_from_wire({**wire, "policies": [], "later": 1}) == DIRECTORY
    for key in ("offices", "officials", "tenures", "categories"):
        with pytest.raises(BadData) as refused:
            codec.directory_from_wire({**wire, key: [1]})
        assert refused.value.key == key
    with pytest.raises(BadData):
        codec.directory_from_wire([])


def test_an_action_of_an_unknown_kind_is_bad_data() -> None:
    wire = codec.action_to_wire(action(K.NOTE_ADDED, NoteAdded("x")))
    for change in ({"kind": "report.deleted"}, {"payload": {"text": ["x"]}}, {"at": True}):
        with pytest.raises(BadData):
            codec.action_from_wire({**wire, **change}, ANI)
