"""What was said in private (*rahasia*) leaves the store by one door only, and whoever takes it has to ask for it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from smartcity_desk.domain.events import CategorySet, EventKind, NoteAdded, PersonalDataRevealed
from smartcity_desk.domain.query import Filter
from smartcity_desk.domain.report import Report
from smartcity_desk.store import OpState, Store
from smartcity_desk.store.positions import LINE, NOWHERE
from tests.domain.builders import POLICY, T0
from tests.store.helpers import HOUR, do, made, one, put, raw_of
from tests.store.test_replies import answered, take

SECRET = "zulkarnaen"


def private(number: int = 1, **changes: Any) -> Report:
    given: dict[str, Any] = {
        "private": True,
        "title": f"Judul {SECRET}",
        "text": f"Tentang {SECRET}",
        "link": f"https://example.org/{SECRET}",
        "media": (f"https://example.org/{SECRET}.jpg",),
        "place_hint": f"Gang {SECRET}",
        "lat": -6.2,
        "lon": 106.8,
    }
    return made(number, **(given | changes))


@pytest.fixture
def filled(store: Store) -> Store:
    put(store, private(), made(2))
    put(store, private(changed_at=T0 + 9, text=f"Sekali lagi {SECRET}"))
    take(store, answered(1, text=f"Kata {SECRET}", media=(f"https://example.org/{SECRET}",)))
    do(store, EventKind.NOTE_ADDED, NoteAdded("dicek"), private())
    return store


def test_no_list_no_search_and_no_detail_has_a_word_of_it(filled: Store) -> None:
    everything = Filter()
    told = [
        filled.page_first(everything, now=T0),
        filled.rows([1, 2], now=T0),
        filled.numbered("1", now=T0),
        list(filled.iterate(everything, now=T0)),
        filled.report(private().id),
        filled.find("petabencana", "1"),
        filled.offices.report_rows([private().id], now=T0),
        filled.ops(OpState),
        filled.conflicts(),
        filled.lookalikes.of(made(2).id, now=T0 + HOUR, least=0),
        filled.media.totals(0),
    ]
    assert SECRET not in repr(told)
    assert filled.count(Filter(text=SECRET), now=T0) == 0
    assert filled.ids(Filter(text=SECRET), now=T0).tolist() == []
    (row,) = [row for row in filled.page_first(everything, now=T0) if row.private]
    assert (row.title, row.text, row.media_count, row.place_hint) == ("", "", 0, "")


def test_it_has_no_point_on_any_map_and_keeps_its_kelurahan(filled: Store) -> None:
    found = filled.whereabouts().lines
    assert [found[at + 1] == NOWHERE for at in range(0, len(found), LINE)] == [True, True]
    do(
        filled, EventKind.CATEGORY_SET, CategorySet("flood"), private()
    )  # a fold afresh changes nothing of that
    assert filled.whereabouts([1]).lines[1] == NOWHERE
    detail = filled.report(1)
    assert detail is not None
    assert (detail.report.lat, detail.report.lon) == (None, None)


def test_it_is_shown_on_purpose(filled: Store) -> None:
    detail = filled.report(private().id, revealed=True)
    assert detail is not None
    assert SECRET in detail.report.text
    assert SECRET in detail.replies[0].text
    assert SECRET in detail.revisions[0].report.text
    assert detail.report.lat == -6.2


def test_that_it_was_looked_at_is_never_taken_back(filled: Store) -> None:
    earlier = one(do(filled, EventKind.NOTE_ADDED, NoteAdded("lagi"), made(2), hold_ms=HOUR))
    seen = one(do(filled, EventKind.PERSONAL_DATA_REVEALED, PersonalDataRevealed("perlu instansi"), made(2)))
    assert [row.id for row in filled.undo([seen.id, earlier.id], T0 + HOUR)] == [earlier.id]
    assert seen.id in {row.id for row in filled.ops([OpState.QUEUED])}


def test_the_central_server_gets_it_whole(filled: Store) -> None:
    (report,) = [report for report in filled.central.unpushed_reports(9) if report.private]
    assert SECRET in report.text
    assert report.lat == -6.2


def test_a_reply_may_be_private_by_itself(store: Store) -> None:
    put(store, made(1))
    take(store, answered(1, text=SECRET, private=True), answered(2, text="terbuka"))
    detail = store.report(made(1).id)
    assert detail is not None
    assert [reply.text for reply in detail.replies] == ["", "terbuka"]


def test_a_file_of_the_third_schema_forgets_where_private_reports_lie(tmp_path: Path) -> None:
    path = tmp_path / "desk.sqlite3"
    shutil.copyfile(Path(__file__).resolve().parents[1] / "upgrade" / "0003.sqlite3", path)
    with raw_of(path) as raw:
        raw.execute(
            "UPDATE report SET private = 1, lat = -6.2, lon = 106.8 WHERE text LIKE '%banjir%' AND pk < 3"
        )
        raw.execute("UPDATE report_state SET lat = -6.2, lon = 106.8")
        hidden = int(raw.execute("SELECT count(*) FROM report WHERE private = 1").fetchone()[0])
    store = Store.open(path, now=T0, policy=POLICY)
    assert hidden > 0
    assert store.count(Filter(text="banjir"), now=T0) == 4 - hidden
    lines = store.whereabouts().lines
    assert sum(lines[at + 1] == NOWHERE for at in range(0, len(lines), LINE)) == hidden
    assert {row.name: row.ok for row in store.self_check()}["store_search"]
    store.close()
