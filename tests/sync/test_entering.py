"""A report entered by hand: held, handed on by the ordinary push, taken out while nobody has it, never asked for."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from smartcity_desk.config import ChannelSettings
from smartcity_desk.directory import builtin_directory, load_policy
from smartcity_desk.domain.actor import Actor
from smartcity_desk.domain.entry import Entry, Via
from smartcity_desk.domain.events import EventKind, NoteAdded, Role
from smartcity_desk.domain.ids import report_id, time_ordered_id
from smartcity_desk.domain.report import PlaceQuality
from smartcity_desk.domain.times import from_iso
from smartcity_desk.place.library import PlaceLibrary
from smartcity_desk.store import Store
from smartcity_desk.store.rows import OpState
from smartcity_desk.sync import entering, registry
from smartcity_desk.sync.channels.manual import mapping
from smartcity_desk.sync.entering import Entered, keep, made, take_back
from smartcity_desk.sync.places import Places
from tests.fakes.central_server import Running
from tests.sync.bench import bench
from tests.sync.test_central import desk_of

NOW = from_iso("2026-11-23T09:00:00+07:00")
ACTOR = Actor("sari", Role.OPERATOR)
TEBET_TIMUR = "31.74.01.1001"
HOLD = 5_000
ENTRY = Entry(
    time_ordered_id(NOW, b"0123456789"),
    NOW,
    "Lampu jalan mati, hubungi 0812-3456-7890",
    via=Via.LETTER,
    category="lampu_jalan",
    place="Jl. Contoh, surel budi@contoh.id",
    caller_name="Warga Contoh",
    caller_phone="+62 812 3456 7890",
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store.open(tmp_path / "desk.db", now=NOW, policy=load_policy())
    found.set_directory(builtin_directory(NOW), "1", NOW)
    yield found
    assert [row for row in found.self_check() if not row.ok] == []
    found.close()


def entered(
    store: Store, entry: Entry = ENTRY, *, hold_ms: int = HOLD, now: int = NOW, actor: Actor = ACTOR
) -> Entered:
    counter = itertools.count(now)
    report = made(entry, by="sari", now=now, pseudonym=lambda who: f"p-{who}", places=None)
    return keep(
        store,
        report,
        entry.kelurahan,
        actor=actor,
        now=now,
        hold_ms=hold_ms,
        randomness=lambda n: next(counter).to_bytes(n, "big"),
    )


def test_an_entry_is_masked_and_its_caller_stays_apart() -> None:
    report = made(ENTRY, by="sari", now=NOW, pseudonym=lambda who: f"p-{who}", places=None)
    assert report.id == report_id("manual", ENTRY.id)
    assert report.text == "Lampu jalan mati, hubungi [telepon]"
    assert report.place_hint == "Jl. Contoh, surel [surel]"
    assert (report.category, report.category_raw) == ("lampu_jalan", "surat")
    assert report.author == "p-6281234567890"
    private = json.loads(report.unmasked or "")
    assert (private["name"], private["phone"]) == ("Warga Contoh", "+62 812 3456 7890")
    other = replace(ENTRY, caller_phone="0812-3456-7890")
    assert (
        mapping.to_report(mapping.item_of(other, by="a", entered_at=1), lambda who: who).author
        == "6281234567890"
    )
    shared = {
        name: getattr(report, name) for name in report.__slots__ if name not in ("raw", "unmasked", "author")
    }
    assert "Warga" not in repr(shared)
    assert "3456" not in repr(shared)
    assert mapping.to_report(json.loads(report.raw), lambda who: f"p-{who}") == report


def test_what_is_held_is_handed_on_when_its_time_is_over(store: Store) -> None:
    first = entered(store)
    assert first.new
    assert store.central.unpushed_reports(10) == []
    assert not entered(
        store
    ).new  # the same entry twice, as after a cut between saving and forgetting the draft
    assert (store.held_due(NOW + HOLD - 1), store.held_due(NOW + HOLD)) == (0, 1)
    assert store.release_held(NOW + HOLD) == 1
    assert [report.id for report in store.central.unpushed_reports(10)] == [first.report.id]
    assert store.release_held(NOW + HOLD) == 0
    assert not take_back(store, first, now=NOW + HOLD)


def test_what_is_taken_back_leaves_nothing_and_its_number_is_never_given_again(store: Store) -> None:
    plain = entered(store, replace(ENTRY, kelurahan=TEBET_TIMUR))
    assert plain.ops
    pk = store.pks_of([plain.report.id])
    assert take_back(store, plain, now=NOW + 1)
    assert store.report(plain.report.id) is None
    assert store.held_due(NOW + HOLD) == 0
    again = entered(store, replace(ENTRY, id=time_ordered_id(NOW, b"abcdefghij")), hold_ms=0)
    assert store.pks_of([again.report.id])[0] > pk[0]
    assert not take_back(store, again, now=NOW)  # never held


def test_what_somebody_worked_on_is_not_taken_back(store: Store) -> None:
    found = entered(store)
    store.act(
        EventKind.NOTE_ADDED,
        NoteAdded("sudah ditelepon"),
        [found.report.id],
        actor=ACTOR,
        now=NOW,
        randomness=lambda n: b"9" * n,
    )
    assert not take_back(store, found, now=NOW + 1)
    assert store.report(found.report.id) is not None


def test_a_kelurahan_that_was_chosen_is_decided_unless_the_point_says_so(
    store: Store, tmp_path: Path
) -> None:
    library = PlaceLibrary(tmp_path / "place", lambda: builtin_directory(NOW))
    places = Places(library)
    chosen = replace(ENTRY, place="Jatinegara", kelurahan=TEBET_TIMUR)
    report = made(chosen, by="sari", now=NOW, pseudonym=lambda _: None, places=places)
    kept = keep(
        store,
        report,
        chosen.kelurahan,
        actor=ACTOR,
        now=NOW,
        hold_ms=0,
        randomness=lambda n: b"1" * n,
    )
    assert len(kept.ops) == 1
    detail = store.report(report.id)
    assert detail is not None
    assert detail.state.place == TEBET_TIMUR
    point = replace(ENTRY, id=time_ordered_id(NOW, b"0000000001"), lat=0.0, lon=0.0)
    assert (
        made(point, by="sari", now=NOW, pseudonym=lambda _: None, places=None).place_quality
        is PlaceQuality.NONE
    )


def test_it_goes_to_the_central_server_by_the_ordinary_push_once_the_hold_is_over(
    server: Running, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as desk, desk_of(tmp_path, server.url, "oni") as other:
            await desk.once()  # brings the directory
            now = desk.clock.now
            wanted = replace(ENTRY, at=now, kelurahan=TEBET_TIMUR)
            kept = entered(desk.store, wanted, now=now, actor=Actor("oki", Role.OPERATOR))
            assert kept.ops
            await desk.once()
            await other.once()
            assert other.lines() == []
            desk.clock.now += HOLD + 1_001
            first = await desk.once()
            assert first.errors == ()
            assert [op.id for op in desk.store.ops([OpState.CONFIRMED])] == list(kept.ops)
            other.clock.now = desk.clock.now
            await other.once()
            detail = other.store.report(kept.report.id)
            assert detail is not None
            assert (detail.report.channel, detail.state.place) == ("manual", TEBET_TIMUR)
            assert detail.report.text == "Lampu jalan mati, hubungi [telepon]"
            assert other.store.unmasked(kept.report.id) == ("", None)  # the caller never left the first desk

    asyncio.run(scenario())


def test_nobody_is_asked_for_what_is_entered_by_hand(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as desk:
            desk.settings.set_channel("manual", ChannelSettings(True))
            assert "manual" not in registry.enabled(desk.settings)
            assert "manual" not in registry.polled()
            done = await desk.engine.run_once()
            assert done.channels == ()
            assert entering.EntryStore is not None

    asyncio.run(scenario())
