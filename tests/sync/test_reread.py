"""Quarantined items once more through their mapping."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smartcity_desk.directory import load_policy
from smartcity_desk.domain.query import Filter
from smartcity_desk.domain.times import from_iso
from smartcity_desk.store import Quarantined, Store
from smartcity_desk.sync.registry import CHANNELS
from smartcity_desk.sync.reread import MAPPINGS, Reread, reread

NOW = from_iso("2026-11-23T09:00:00+07:00")
GOOD = {
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
    assert result == Reread(1, 2)
    assert len(store.quarantine(channel)) == 2
    assert store.count(Filter(), now=NOW) == 1
    assert reread(store, channel, ids, pseudonym=lambda _: None, now=NOW) == Reread(0, 2)
    store.close()


def test_other_items_are_left_alone(store: Store) -> None:
    store.ingest(
        "waze", [], quarantined=[Quarantined("k", json.dumps(GOOD["waze"]))], checkpoint=None, now=NOW
    )
    assert reread(store, "waze", [999], pseudonym=lambda _: None, now=NOW) == Reread(0, 0)
    assert reread(store, "nobody", [1], pseudonym=lambda _: None, now=NOW) == Reread(0, 0)
    assert len(store.quarantine("waze")) == 1
    store.close()
