"""What could not be read is shown by its shape until somebody has said why he looks."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain import ids
from smartcity_desk.domain.events import EventKind, QuarantineRevealed
from smartcity_desk.domain.opening import ITEMS_MAX, OpenedState, item_name, shape
from smartcity_desk.domain.subjects import Subject, fold_subject
from smartcity_desk.domain.times import from_iso
from tests.domain.asking import Affair, in_any_order

NOW = from_iso("2026-11-25T03:00:00Z")
K = EventKind


def channel(name: str = "waze") -> Affair:
    return Affair(Subject.QUARANTINE, ids.quarantine_id(name))


def look(*items: str, name: str = "waze", reason: str = "membetulkan kanal") -> QuarantineRevealed:
    return QuarantineRevealed(name, items or ("a",), reason)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (look(), "ok"),
        (look(reason="-"), "reason_required"),
        (look(reason="x" * 30_000), "text_too_long"),
        (look(name="x"), "payload_mismatch"),
        (QuarantineRevealed("waze", (), "membetulkan kanal"), "payload_mismatch"),
        (look(*["a"] * (ITEMS_MAX + 1)), "payload_mismatch"),
        (look("a" * 61), "payload_mismatch"),
    ],
)
def test_whoever_looks_says_why(payload: QuarantineRevealed, code: str) -> None:
    for role in ("operator", "supervisor", "reviewer", "admin"):
        assert channel().code(K.QUARANTINE_REVEALED, payload, role, NOW) == code


@pytest.mark.parametrize("role", ["lurah", "viewer", "system"])
def test_nobody_else_looks(role: str) -> None:
    assert channel().code(K.QUARANTINE_REVEALED, look(), role, NOW) == "role_not_allowed"


def test_each_look_is_on_record() -> None:
    one = channel().do(K.QUARANTINE_REVEALED, look("a"), "operator", NOW)
    one.do(K.QUARANTINE_REVEALED, look("b"), "admin", NOW + 1)
    state = one.state
    assert isinstance(state, OpenedState)
    assert state.times == 2
    in_any_order(Subject.QUARANTINE, one.events, random.Random(3))
    assert fold_subject(Subject.QUARANTINE, []) == OpenedState()


def test_the_shape_of_an_item_tells_its_fields_and_nothing_that_was_said() -> None:
    item = {
        "id": 77,
        "user": {"name": "Zulkarnaen", "phone": "0812-3456-7890"},
        "ok": True,
        "none": None,
        "list": [1.5, "dua"],
        "0812-3456-7890": "x",
    }
    assert json.loads(shape(json.dumps(item))) == {
        "id": "<number>",
        "user": {"name": "<text 10>", "phone": "<text 14>"},
        "ok": "<bool>",
        "none": "<null>",
        "list": ["<number>", "<text 3>"],
        "<text 14>": "<text 1>",
    }
    assert shape("bukan json {") == "<text 12>"
    assert len(shape(json.dumps([{"a": n} for n in range(9_000)]))) < 20_000
    assert "<list>" in shape("[" * 40 + "]" * 40)
    assert shape("[" * 100_000) == "<text 100000>"


@given(st.recursive(st.text(min_size=3), lambda part: st.lists(part) | st.dictionaries(st.text(), part)))
def test_no_text_of_an_item_is_in_its_shape(item: object) -> None:
    told = shape(json.dumps({"said": f"rahasia {item}", "more": item}))
    assert "rahasia" not in told


def test_an_item_has_one_name_everywhere() -> None:
    assert item_name("x") == item_name("x") != item_name("y")
    assert len(item_name("\ud800")) == 16
