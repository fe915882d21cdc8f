"""Quarantined items once more through their mapping."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from smartcity_desk.directory import load_policy
from smartcity_desk.domain.query import Filter
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.times import from_iso
from smartcity_desk.store import Quarantined, Store
from smartcity_desk.sync.channels.x import mapping as x_mapping
from smartcity_desk.sync.registry import CHANNELS
from smartcity_desk.sync.reread import MAPPINGS, PAGE, Pseudonym, Reread, reread
from tests.store.helpers import raw_of

NOW = from_iso("2026-11-23T09:00:00+07:00")
GOOD: dict[str, dict[str, Any]] = {
    "petabencana": {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [106.83, -6.2]},
        "properties": {
            "pkey": "7",
            "created_at": "2026-11-23T01:00:00.000Z",
            "source": "grasp",
            "status": "confirmed",
            "disaster_type": "flood",
            "text": "banjir di depan sekolah",
        },
    },
    "waze": {
        "uuid": "a-1",
        "pubMillis": NOW,
        "type": "HAZARD",
        "subtype": "HAZARD_ON_ROAD_POT_HOLE",
        "location": {"x": 106.83, "y": -6.2},
    },
    "x": {
        "id": "1950000000000000001",
        "created_at": "2026-11-23T01:00:00.000Z",
        "text": "lampu mati",
        "author_id": "9",
    },
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "desk.sqlite3", now=NOW, policy=load_policy())


def test_every_channel_can_be_read_again() -> None:
    assert set(MAPPINGS) == set(CHANNELS)


@pytest.mark.parametrize("channel", sorted(GOOD))
def test_what_can_be_read_now_becomes_a_report_and_the_rest_stays(store: Store, channel: str) -> None:
    items = [
        Quarantined("k", json.dumps(GOOD[channel])),
        Quarantined("k", "no json {"),
        Quarantined("k", "{}"),
    ]
    store.ingest(channel, [], quarantined=items, checkpoint=None, now=NOW)
    ids = [row.id for row in store.quarantine(channel)]
    result = reread(store, channel, ids, pseudonym=lambda source: f"p-{source}", now=NOW)
    assert (result.read, result.left) == (1, 2)
    assert sum(count for _, count in result.reasons) == 2
    assert len(store.quarantine(channel)) == 2
    assert store.count(Filter(), now=NOW) == 1
    again = reread(store, channel, None, pseudonym=lambda _: None, now=NOW)
    assert (again.read, again.left) == (0, 2)
    store.close()


def test_an_older_word_that_can_be_read_now_takes_no_newer_one_out_of_the_list(store: Store) -> None:
    good = GOOD["petabencana"]
    newer = {**good, "geometry": {"type": "Point", "coordinates": ["?", "?"]}}
    for at, item in enumerate((good, newer)):
        found = Quarantined("geometry", json.dumps(item), {"external_id": "7"})
        store.ingest("petabencana", [], quarantined=[found], checkpoint=None, now=NOW + at)
    assert reread(store, "petabencana", None, pseudonym=lambda _: None, now=NOW + 9).read == 1
    assert [json.loads(row.raw) for row in store.quarantine("petabencana")] == [newer]


def test_other_items_are_left_alone(store: Store) -> None:
    store.ingest(
        "waze", [], quarantined=[Quarantined("k", json.dumps(GOOD["waze"]))], checkpoint=None, now=NOW
    )
    assert reread(store, "waze", [999], pseudonym=lambda _: None, now=NOW) == Reread(0, 0)
    assert reread(store, "nobody", [1], pseudonym=lambda _: None, now=NOW) == Reread(0, 0)
    assert reread(store, "nobody", None, pseudonym=lambda _: None, now=NOW) == Reread(0, 0)
    assert len(store.quarantine("waze")) == 1
    store.close()


def test_more_than_a_page_is_read_and_the_channel_s_trouble_stays_told(store: Store) -> None:
    """The batch reads everything, again and again with the same result; that it worked says nothing of the channel."""
    count = PAGE * 2 + 3
    items = [{**GOOD["x"], "id": str(1950000000000000001 + number)} for number in range(count)]
    store.ingest(
        "x", [], quarantined=[Quarantined("k", json.dumps(item)) for item in items], checkpoint=None, now=NOW
    )
    store.record_channel_failure("x", "transient", {}, attempts=2, next_try_at=None, now=NOW)
    assert reread(store, "x", None, pseudonym=lambda _: None, now=NOW) == Reread(count, 0)
    assert reread(store, "x", None, pseudonym=lambda _: None, now=NOW) == Reread(0, 0)
    assert store.count(Filter(), now=NOW) == count
    assert store.channel_state("x").last_error_code == "transient"
    store.close()


def test_a_mapping_that_breaks_costs_its_item_only(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    real = MAPPINGS["x"]

    def brittle(item: Any, pseudonym: Pseudonym) -> Report:
        if item.get("id") == "2":
            raise ZeroDivisionError
        return real(item, pseudonym)

    monkeypatch.setitem(MAPPINGS, "x", brittle)
    items = [GOOD["x"], {**GOOD["x"], "id": "2"}, {"id": "3", "created_at": 5}]
    store.ingest(
        "x", [], quarantined=[Quarantined("k", json.dumps(item)) for item in items], checkpoint=None, now=NOW
    )
    result = reread(store, "x", None, pseudonym=lambda _: None, now=NOW)
    assert (result.read, result.left) == (1, 2)
    assert dict(result.reasons) == {"unexpected": 1, "created_at": 1}
    store.close()


@pytest.mark.parametrize("channel", ["open311", "lapor", "balai_warga"])
def test_what_was_said_about_a_report_is_read_as_that(store: Store, channel: str) -> None:
    update = {
        "update_id": "77",
        "service_request_id": "12",
        "updated_datetime": "2026-11-23T01:00:00Z",
        "status": "open",
        "description": "Sudah dicek petugas",
    }
    store.ingest(channel, [], quarantined=[Quarantined("k", json.dumps(update))], checkpoint=None, now=NOW)
    assert reread(store, channel, None, pseudonym=lambda _: None, now=NOW) == Reread(1, 0)
    assert store.count(Filter(), now=NOW) == 0
    with raw_of(store.path) as raw:
        assert raw.execute("SELECT about, text FROM reply").fetchall() == [("12", "Sudah dicek petugas")]
    store.close()


def test_an_answer_on_x_that_was_set_aside_is_no_complaint_when_it_is_read_again(store: Store) -> None:
    post = {**GOOD["x"], "id": "1950000000000000009", "text": "masih mati", "author_id": "7"}
    item = x_mapping.aside(post, "1950000000000000001", "7")
    store.ingest("x", [], quarantined=[Quarantined("k", item)], checkpoint=None, now=NOW)
    assert reread(store, "x", None, pseudonym=lambda _: None, now=NOW) == Reread(1, 0)
    assert store.count(Filter(), now=NOW) == 0
    with raw_of(store.path) as raw:
        rows = raw.execute("SELECT about, text, official FROM reply").fetchall()
    assert rows == [("1950000000000000001", "masih mati", 1)]
    store.close()
