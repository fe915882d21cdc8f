"""What an event is about; and every refusal of what is no report is met somewhere in these tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smartcity_desk.domain.decision import REFUSALS
from smartcity_desk.domain.events import EventKind
from smartcity_desk.domain.marks import MARK_KINDS
from smartcity_desk.domain.subjects import Subject, fold_subject, subject_of
from tests.domain.asking import DOMAIN, RULES, refused_by

TESTS = ("marks", "marks_time", "calamity", "policies", "outward")


def test_every_refusal_of_these_rules_is_in_the_vocabulary_and_in_a_test() -> None:
    codes = set().union(*(refused_by(name) for name in (*RULES, "decision")))
    assert codes <= REFUSALS
    assert len(codes) > 35
    here = Path(__file__).parent
    asked = " ".join((here / f"test_{name}.py").read_text(encoding="utf-8") for name in TESTS)
    assert {code for code in codes if f'"{code}"' not in asked} == set()


def test_nothing_is_in_the_vocabulary_that_nobody_says() -> None:
    package = DOMAIN.parent
    texts = [
        path.read_text(encoding="utf-8") for path in package.rglob("*.py") if "migrations" not in path.parts
    ]
    said = {code for text in texts for code in re.findall(r'Refused\(\s*"(\w+)"', text)}
    assert said == REFUSALS


def test_every_kind_has_one_subject() -> None:
    assert {kind for kind in EventKind if subject_of(kind) is Subject.MARK} == MARK_KINDS
    others = {
        Subject.CALAMITY: ("calamity.",),
        Subject.POLICY: ("policy.",),
        Subject.INBOX: ("notice.",),
        Subject.LIST: ("list.",),
        Subject.QUARANTINE: ("quarantine.",),
        Subject.MARK: ("mark.", "objection."),
    }
    for kind in EventKind:
        about = subject_of(kind)
        wanted = next(
            (one for one, starts in others.items() if kind.value.startswith(starts)), Subject.REPORT
        )
        assert about is wanted, kind


def test_the_fold_of_nothing_is_the_state_of_nothing() -> None:
    for subject in Subject:
        if subject is not Subject.REPORT:
            assert fold_subject(subject, []) == type(fold_subject(subject, []))()
    with pytest.raises(KeyError):
        fold_subject(Subject.REPORT, [])
