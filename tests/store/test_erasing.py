"""What is gone at its source goes here: its words are nowhere in the file, and everything that counts stays."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smartcity_desk.domain.events import EventKind, NoteAdded
from smartcity_desk.domain.query import Filter
from smartcity_desk.domain.report import Report, Status, withdrawn
from smartcity_desk.store import Store
from smartcity_desk.store.facts import digest_of
from tests.domain.builders import POLICY, T0
from tests.store.helpers import HOUR, do, made, put, raw_of
from tests.store.test_replies import answered, take

SECRET = ("Zulkarnaen", "kebocoran", "mencurigakan")
LATER = T0 + 9 * HOUR


def told(number: int = 1, **changes: Any) -> Report:
    given: dict[str, Any] = {
        "title": f"Judul {SECRET[0]}",
        "text": f"Ada {SECRET[1]} di sini",
        "unmasked": f"Ada {SECRET[1]} 0812",
        "raw": f'{{"text":"{SECRET[2]}"}}',
        "author": f"author-{SECRET[0]}",
        "link": f"https://example.org/{SECRET[2]}",
        "media": (f"https://example.org/{SECRET[0]}.jpg",),
        "place_hint": f"Jalan {SECRET[1]}",
    }
    return made(number, **(given | changes))


def gone(store: Store, *names: str, channel: str = "petabencana", now: int = LATER) -> int:
    return store.ingest(channel, (), checkpoint=None, now=now, gone=names).withdrawn


def words_left(path: Path) -> set[str]:
    content = b"".join(part.read_bytes().lower() for part in path.parent.glob(f"{path.name}*"))
    return {word for word in SECRET if word.lower().encode() in content}


def test_no_word_of_it_is_left_in_the_files_bytes(store: Store) -> None:
    draw = random.Random(7)
    others = [
        made(n, text=" ".join(draw.choices(["banjir", "jalan", "rusak", "got"], k=9))) for n in range(9, 400)
    ]
    put(store, *others[:200], told(), *others[200:])
    put(
        store, told(text=f"Sekarang {SECRET[2]} sekali", changed_at=T0 + 5)
    )  # a revision keeps the first version
    take(store, answered(1, text=f"Benar, {SECRET[0]}", unmasked=SECRET[1]))
    assert store.count(Filter(text=SECRET[2]), now=T0) == 1
    assert words_left(store.path) == set(SECRET)
    assert gone(store, "1") == 1
    while store.keeping.compact():
        pass
    store.keeping.fold_back()
    assert words_left(store.path) == set()
    assert [row.ok for row in store.self_check()] == [True] * 8
    detail = store.report(told().id)
    assert detail is not None
    assert detail.report.withdrawn_at == LATER
    assert (detail.report.title, detail.report.text, detail.report.author, detail.report.media) == (
        "",
        "",
        None,
        (),
    )
    assert (detail.report.lat, detail.report.lon, detail.report.link) == (None, None, None)
    assert [(one.text, one.withdrawn_at) for one in detail.replies] == [("", LATER)]
    assert [one.report.text for one in detail.revisions] == [""]
    assert store.count(Filter(text="banjir"), now=T0) > 0


def _figures(store: Store) -> dict[str, Any]:
    with raw_of(store.path) as raw:
        return {
            "lines": raw.execute(
                "SELECT pk, reported_at, kind, status, is_open, channel, category, place, office, due_at, paused, "
                "return_pending, pending, incident, lead, members, place_doubt, fold FROM report_state ORDER BY pk"
            ).fetchall(),
            "segments": raw.execute("SELECT * FROM segment ORDER BY report_pk, number").fetchall(),
            "events": raw.execute("SELECT * FROM event ORDER BY seq").fetchall(),
            "ops": raw.execute("SELECT id, state, action FROM op ORDER BY position").fetchall(),
            "subjects": raw.execute("SELECT * FROM subject ORDER BY id").fetchall(),
        }


def test_no_figure_moves(store: Store) -> None:
    put(store, *(told(n) for n in range(1, 8)))
    do(store, EventKind.NOTE_ADDED, NoteAdded("dicek"), told(2))
    before = _figures(store)
    assert gone(store, "2", "3", "5", "404") == 3
    assert _figures(store) == before
    assert store.summary().reports == 7


def test_a_tombstone_stays_one(store: Store) -> None:
    put(store, told())
    gone(store, "1")
    put(store, told(changed_at=LATER + 1, text="kembali"))
    detail = store.report(told().id)
    assert detail is not None
    assert (detail.report.text, detail.report.withdrawn_at) == ("", LATER)
    assert gone(store, "1", now=LATER + 9) == 0
    # the channel's own status still goes on
    put(store, told(changed_at=LATER + 2, source_status=Status.DONE))
    assert store.count(Filter(statuses=frozenset({Status.DONE})), now=T0) == 1


def test_a_tombstone_of_another_desk_takes_the_content_here(store: Store) -> None:
    put(store, told(), told(2))
    store.central.mark_reports_pushed(store.central.unpushed_reports(10))
    there = withdrawn(told(), LATER)
    store.central.apply_reports([there, withdrawn(told(3), LATER)], cursor="7", now=LATER)
    detail = store.report(told().id)
    assert detail is not None
    assert (detail.report.text, detail.report.withdrawn_at) == ("", LATER)
    assert store.central.unpushed_reports(10) == []
    fresh = store.report(told(3).id)
    assert fresh is not None
    assert fresh.report.withdrawn_at == LATER


def test_a_tombstone_is_handed_to_the_central_server(store: Store) -> None:
    put(store, told())
    store.central.mark_reports_pushed(store.central.unpushed_reports(10))
    gone(store, "1")
    [report] = store.central.unpushed_reports(10)
    assert (report.withdrawn_at, report.text) == (LATER, "")
    store.central.mark_reports_pushed([report])
    assert store.central.unpushed_reports(10) == []


def test_what_changed_there_changes_here_where_the_channel_forgets(store: Store) -> None:
    put(store, told())
    store.ingest(
        "petabencana", [made(1, changed_at=T0 + 9, text="Baik")], checkpoint=None, now=LATER, forgets=True
    )
    detail = store.report(told().id)
    assert detail is not None
    assert detail.report.text == "Baik"
    assert [(one.revision, one.report.text) for one in detail.revisions] == [(1, "")]
    while store.keeping.compact():
        pass
    store.keeping.fold_back()
    assert words_left(store.path) == set()


def test_what_another_desk_changed_keeps_no_old_content_either(store: Store) -> None:
    put(store, told())
    changed = replace(told(), text="Baik", changed_at=T0 + 9)
    store.central.apply_reports([changed], cursor="1", now=LATER, forgetting={"petabencana"})
    detail = store.report(told().id)
    assert detail is not None
    assert [one.report.text for one in detail.revisions] == [""]


def test_the_number_of_a_content_is_what_it_was_before_there_were_tombstones() -> None:
    assert digest_of(made(1)) == 7281888415907459464
    assert digest_of(withdrawn(made(1), 5)) == digest_of(withdrawn(made(1), 6)) != digest_of(made(1))


def test_an_item_that_could_not_be_read_goes_with_its_id(store: Store) -> None:
    from smartcity_desk.store.rows import Quarantined

    store.ingest(
        "petabencana",
        (),
        checkpoint=None,
        now=T0,
        quarantined=[Quarantined("text", f'"{SECRET[0]}"', {"field": "text", "external_id": "55"})],
    )
    gone(store, "55")
    assert store.quarantine() == []


@pytest.mark.parametrize("private", [False, True])
def test_what_is_private_is_not_found_by_its_words(path: Path, private: bool) -> None:
    store = Store.open(path, now=T0, policy=POLICY)
    put(store, told(private=private))
    assert store.count(Filter(text=SECRET[1]), now=T0) == (0 if private else 1)
    put(store, told(private=not private, changed_at=T0 + 1))
    assert store.count(Filter(text=SECRET[1]), now=T0) == (1 if private else 0)
    assert [row.ok for row in store.self_check()] == [True] * 8
    store.close()
