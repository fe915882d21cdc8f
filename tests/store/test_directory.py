"""The directory and the policy come back from the file as they went in, without the codec that wrote them."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from smartcity_desk import codec
from smartcity_desk.directory import builtin_directory, load_policy
from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.office import Directory, Official, Tenure
from smartcity_desk.store import Store
from smartcity_desk.store import directory as stored
from smartcity_desk.store.engine import connect
from smartcity_desk.store.lifecycle import fingerprint
from tests.domain.builders import POLICY, T0


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
    store.set_directory(whole(), None, T0, policy=policy)
    store.close()
    again = Store.open(tmp_path / "desk.sqlite3", now=T0, policy=POLICY)
    assert again.directory() == whole()
    assert again.policy == policy
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
    stored.put(raw, "policy", "[]")
    with pytest.raises(BadData):
        stored.stored_policy(raw)
    raw.close()


def test_the_mark_of_a_policy_is_that_of_its_own_json() -> None:
    policy = replace(load_policy(), source="“x” é")
    assert fingerprint(policy) == sha256(codec.encode(policy).encode()).hexdigest()[:16]
