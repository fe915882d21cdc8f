"""The directory and the policy come back from the file as they went in, without the codec that wrote them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from smartcity_desk import codec
from smartcity_desk.directory import builtin_directory, load_policy
from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.office import Directory, Office, OfficeLevel, Official, Tenure
from smartcity_desk.domain.times import DAY
from smartcity_desk.store import Store
from smartcity_desk.store import directory as stored
from smartcity_desk.store.engine import connect
from smartcity_desk.store.rules import Rules
from tests.domain.builders import DIRECTORY, POLICY, T0


def whole() -> Directory:
    return replace(
        builtin_directory(T0),
        edition="w/7",
        officials={"lurah.satu": Official("lurah.satu", "Lurah Satu")},
        tenures=(Tenure("31.74.01.1001", "lurah.satu", T0, None, acting=True),),
    )


def test_a_directory_and_a_policy_come_back_as_they_went_in(tmp_path: Path) -> None:
    policy = replace(load_policy(), version="9", source="Pergub 9 – “contoh”")
    store = Store.open(tmp_path / "desk.sqlite3", now=T0, policy=POLICY)
    store.set_directory(whole(), None, T0, policies=[policy])
    store.close()
    again = Store.open(tmp_path / "desk.sqlite3", now=T0, policy=POLICY)
    assert again.directory() == whole()
    assert again.law().book.versions == (policy,)
    again.close()


def test_the_directory_that_came_last_is_in_force_though_the_clock_was_set_back(tmp_path: Path) -> None:
    later = replace(whole(), edition="w/8")
    store = Store.open(tmp_path / "desk.sqlite3", now=T0, policy=POLICY)
    store.set_directory(whole(), "a", T0 + DAY)
    store.set_directory(later, "b", T0)
    store.close()
    again = Store.open(tmp_path / "desk.sqlite3", now=T0, policy=POLICY)
    assert (again.directory().edition, again.directory_etag()) == ("w/8", "b")
    again.set_directory(whole(), "a", T0)
    assert again.directory_etag() == "a"
    again.close()


def test_what_this_version_does_not_know_is_passed_over_and_what_is_wrong_is_named(tmp_path: Path) -> None:
    Store.open(tmp_path / "desk.sqlite3", now=T0, policy=POLICY).close()
    raw = connect(tmp_path / "desk.sqlite3", writable=True)
    stored.save(raw, whole(), None, now=T0)
    body = json.loads(raw.execute("SELECT body FROM directory").fetchone()[0])
    body["offices"][0]["of_a_later_version"] = 1
    raw.execute("UPDATE directory SET body = ?", (json.dumps(body),))
    assert stored.load(raw) == whole()
    body["offices"][0]["level"] = "moon"
    raw.execute("UPDATE directory SET body = ?", (json.dumps(body),))
    with pytest.raises(BadData):
        stored.load(raw)
    stored.put(raw, "policies", "[{}]")
    with pytest.raises(BadData):
        _ = Rules(DIRECTORY, POLICY, stored.stored_policies(raw)).law
    raw.close()


def test_the_mark_of_rules_changes_with_whatever_a_due_date_rests_on() -> None:
    rules = Rules(DIRECTORY, POLICY)
    assert rules.fingerprint() == Rules(DIRECTORY, POLICY).fingerprint()
    moved = replace(DIRECTORY, offices={"x": Office("x", "X", OfficeLevel.DINAS)})
    others = [
        Rules(DIRECTORY, replace(POLICY, verification=1)),
        Rules(DIRECTORY, POLICY, codec.encode([POLICY])),
        Rules(DIRECTORY, POLICY, None, (("calamity", "{}"),)),
        Rules(moved, POLICY),
    ]
    assert len({rules.fingerprint(), *(other.fingerprint() for other in others)}) == 5
