"""A page into the file: what is new, what changed, what ended, and what must never happen."""

from __future__ import annotations

import itertools
import json
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.events import CategorySet, EventKind, PlaceSet
from smartcity_desk.domain.ids import reply_id
from smartcity_desk.domain.location import Location, PlaceBadge
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.domain.policy import Policy
from smartcity_desk.domain.query import Filter
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind, Status
from smartcity_desk.domain.state import initial
from smartcity_desk.store import ChannelCheckpoint, Quarantined, Store, channels
from smartcity_desk.store.ingest import untouched_rows
from smartcity_desk.store.projection import Subject, state_row
from smartcity_desk.store.rows import Revision
from smartcity_desk.store.rules import Rules
from tests.domain.builders import DIRECTORY, MENTENG, POLICY, T0, TEBET
from tests.store.helpers import do, made, put, raw_of, state_of, traffic


def test_a_page_is_there_with_state_search_quarantine_and_position(store: Store) -> None:
    result = store.ingest(
        "petabencana",
        [made(1), made(2, title="Pohon tumbang")],
        quarantined=[Quarantined("no_id", '{"x":1}', {"field": "id"})],
        checkpoint=ChannelCheckpoint({"until": 7}, frozenset({"1", "2"}), '"e"'),
        now=T0 + 9,
    )
    assert (result.new, result.changed, result.unchanged, result.quarantined) == (2, 0, 0, 1)
    assert result.pks == (1, 2)
    assert result.newest_pk == 2
    assert [row.title for row in store.page_first(Filter(text="pohon"), now=T0)] == ["Pohon tumbang"]
    state = store.channel_state("petabencana")
    assert (state.cursor, state.boundary, state.etag) == ({"until": 7}, {"1", "2"}, '"e"')
    assert (state.last_ok_at, state.last_item_at, state.fetched_total) == (T0 + 9, T0 + 2, 3)
    [kept] = store.quarantine("petabencana")
    assert (kept.key, kept.raw, kept.params, kept.times) == ("no_id", '{"x":1}', {"field": "id"}, 1)
    assert store.quarantine_counts() == {"petabencana": 1}
    found = store.find("petabencana", "1")
    assert found is not None
    assert found.report == replace(made(1), raw="")
    assert found.received_at == T0 + 9
    assert found.due_at == made(1).reported_at + POLICY.response[OfficeLevel.UPT]


def test_without_a_checkpoint_the_position_stays(store: Store) -> None:
    store.ingest("x", [], checkpoint=ChannelCheckpoint({"since": "5"}), now=T0)
    store.ingest("x", [made(1, channel="x")], checkpoint=None, now=T0)
    assert store.channel_state("x").cursor == {"since": "5"}


def test_the_same_page_again_changes_nothing(store: Store) -> None:
    page = [made(1), made(2)]
    put(store, *page)
    with raw_of(store.path) as raw:
        before = raw.execute("SELECT * FROM report ORDER BY pk").fetchall()
    result = store.ingest("petabencana", [*page, *page], checkpoint=None, now=T0 + 5)
    assert (result.new, result.changed, result.unchanged, result.pks) == (0, 0, 2, ())
    with raw_of(store.path) as raw:
        assert raw.execute("SELECT * FROM report ORDER BY pk").fetchall() == before


def test_a_changed_item_makes_a_revision_and_is_found_by_its_new_words_only(store: Store) -> None:
    put(store, made(1, text="air setinggi betis", changed_at=T0, unmasked="rahasia lama"))
    newer = made(1, text="sudah surut", changed_at=T0 + 1, raw='{"new":1}', unmasked=None)
    result = store.ingest("petabencana", [newer], checkpoint=None, now=T0 + 50)
    assert (result.new, result.changed, result.pks) == (0, 1, (1,))
    assert store.count(Filter(text="betis"), now=T0) == 0
    assert store.count(Filter(text="surut"), now=T0) == 1
    found = store.report(newer.id)
    assert found is not None
    assert found.report.text == "sudah surut"
    [old] = found.revisions
    assert (old.revision, old.replaced_at, old.report.text) == (1, T0 + 50, "air setinggi betis")
    assert old.report.unmasked is None
    assert store.unmasked(newer.id) == ('{"new":1}', None)
    with raw_of(store.path) as raw:
        assert raw.execute("SELECT raw, unmasked FROM report_revision").fetchall() == [
            ('{"n":1}', "rahasia lama")
        ]


def test_an_earlier_version_that_comes_late_changes_nothing(store: Store) -> None:
    put(store, made(1, text="baru", changed_at=T0 + 10))
    for late in (made(1, text="lama", changed_at=T0 + 9), made(1, text="tanpa waktu")):
        assert store.ingest("petabencana", [late], checkpoint=None, now=T0).unchanged == 1
    found = store.report(1)
    assert found is not None
    assert (found.report.text, found.revisions) == ("baru", ())


def test_the_last_of_two_versions_in_one_page_counts_unless_it_is_the_older(store: Store) -> None:
    put(store, made(1, text="satu"), made(1, text="dua"))
    put(store, made(2, text="tiga", changed_at=T0 + 2), made(2, text="empat", changed_at=T0 + 1))
    assert [row.text for row in store.rows([1, 2], now=T0).values()] == ["dua", "tiga"]


def test_a_status_that_turns_at_the_source_is_a_revision_of_a_complaint(store: Store) -> None:
    put(store, made(1))
    put(store, made(1, source_status=Status.DONE))
    found = store.report(1)
    assert found is not None
    assert found.state.status is Status.DONE
    assert found.due_at is None
    assert [old.report.source_status for old in found.revisions] == [Status.NEW]


def test_a_changed_report_keeps_what_desks_did_to_it(store: Store) -> None:
    put(store, made(1))
    do(store, EventKind.CATEGORY_SET, CategorySet("flood"), made(1))
    put(store, made(1, text="lain", category="tree", changed_at=T0 + 3, reported_at=T0 + 77))
    row = store.rows([1], now=T0)[1]
    assert (row.category, row.text, row.reported_at, row.pending) == ("flood", "lain", T0 + 77, True)


def test_traffic_that_left_the_snapshot_has_ended_and_may_come_back(store: Store) -> None:
    page = [traffic(1), traffic(2), traffic(3)]
    present = frozenset({"1", "2", "3"})
    store.ingest("waze", page, checkpoint=None, now=T0, snapshot_ids=present)
    put(store, made(1))
    gone = store.ingest("waze", [], checkpoint=None, now=T0, snapshot_ids=frozenset({"2"}))
    assert (gone.ended, gone.pks) == (2, (1, 3))
    statuses = {
        row.external_id: row.status for row in store.page_first(Filter(channels=frozenset({"waze"})), now=T0)
    }
    assert statuses == {"1": Status.ENDED, "2": Status.NEW, "3": Status.ENDED}
    assert state_of(store, made(1)).status is Status.NEW, "a citizen's report does not end with a feed"
    again = store.ingest("waze", page, checkpoint=None, now=T0, snapshot_ids=present)
    assert (again.changed, again.unchanged, again.ended) == (2, 1, 0)
    assert all(state_of(store, one).status is Status.NEW for one in page)
    found = store.report(traffic(1).id)
    assert found is not None
    assert found.revisions == (), "the same facts are no revision"


def test_ended_by_name(store: Store) -> None:
    put(store, traffic(1), traffic(2), made(1))
    assert store.ingest("waze", [], checkpoint=None, now=T0, ended=["2", "no such"]).ended == 1
    assert store.ingest("waze", [], checkpoint=None, now=T0, ended=["2"]).ended == 0
    assert store.ingest("petabencana", [], checkpoint=None, now=T0, ended=["1"]).ended == 0


def test_a_page_that_fails_leaves_nothing_behind(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("cut")

    monkeypatch.setattr(channels, "save_page", fail)
    with pytest.raises(RuntimeError, match="cut"):
        store.ingest("petabencana", [made(1)], quarantined=[Quarantined("k", "r")], checkpoint=None, now=T0)
    monkeypatch.undo()
    assert store.summary().reports == 0
    assert store.quarantine() == []
    assert store.count(Filter(text="banjir"), now=T0) == 0
    assert store.ingest("petabencana", [made(1)], checkpoint=None, now=T0).new == 1


@pytest.mark.parametrize(
    "text",
    ["x" * 100_000, "<script>alert(1)</script>", "\u202eterbalik\u202c", "=1+1", "a\x00b", "", "😀" * 300],
    ids=["long", "script", "bidi", "formula", "nul", "empty", "emoji"],
)
def test_hostile_text_is_kept_as_it_came(store: Store, text: str) -> None:
    put(store, made(1, text=text, title=text[:200]))
    found = store.report(1)
    assert found is not None
    assert found.report.text == text
    assert store.rows([1], now=T0)[1].text == text[:240]


def test_half_a_surrogate_does_not_stop_its_page(store: Store) -> None:
    half = made(1, text="putus \ud83d", raw='{"t":"\ud83d"}', media=("https://a/\udc00",), author="\ud800")
    result = store.ingest("petabencana", [half, made(2)], checkpoint=None, now=T0)
    assert result.new == 2
    found = store.report(1)
    assert found is not None
    assert (found.report.text, found.report.media) == ("putus ?", ("https://a/?",))
    assert store.ingest("petabencana", [half, made(2)], checkpoint=None, now=T0).unchanged == 2


def test_what_masking_took_out_is_nowhere_but_apart(store: Store) -> None:
    secret = "081234567890"
    put(store, made(1, text="hubungi ▒▒▒", unmasked=f"hubungi {secret}", raw=f'{{"t":"{secret}"}}'))
    assert store.count(Filter(text=secret), now=T0) == 0
    detail = store.report(1)
    assert secret not in repr((detail, store.rows([1], now=T0), list(store.iterate(Filter(), now=T0))))
    assert secret not in repr(store.central.unpushed_reports(10))
    assert store.unmasked(made(1).id) == (f'{{"t":"{secret}"}}', f"hubungi {secret}")
    assert store.unmasked("no such report") is None


def test_a_quarantined_item_that_comes_again_counts_up(store: Store) -> None:
    for now in (T0, T0 + 5):
        store.ingest(
            "x",
            [],
            quarantined=[Quarantined("bad", "{}"), Quarantined("bad", "[]")],
            checkpoint=None,
            now=now,
        )
    rows = store.quarantine()
    assert [(row.times, row.at, row.last_at) for row in rows] == [(2, T0, T0 + 5)] * 2
    assert store.quarantine("other") == []
    assert store.release_quarantine([rows[0].id], now=T0 + 6) == 1
    assert store.release_quarantine([rows[0].id], now=T0 + 6) == 0
    assert [row.id for row in store.quarantine()] == [rows[1].id]
    store.ingest("x", [], quarantined=[Quarantined("bad", rows[0].raw)], checkpoint=None, now=T0 + 9)
    assert {row.id for row in store.quarantine()} == {row.id for row in rows}, "it is back in the list"


def test_an_item_that_is_read_later_waits_in_quarantine_no_longer(store: Store) -> None:
    def broken(channel: str, name: str, raw: str) -> None:
        item = Quarantined("lat", raw, {"field": "lat", "external_id": name})
        store.ingest(channel, [], quarantined=[item], checkpoint=None, now=T0)

    broken("x", "1", '{"id":1,"lat":"?"}')
    broken("x", "2", '{"id":2,"lat":"?"}')
    broken("open311", "1", '{"id":1,"lat":"?"}')
    store.ingest("x", [made(1, channel="x"), made(3, channel="x")], checkpoint=None, now=T0 + 5)
    assert [(row.channel, row.params["external_id"]) for row in store.quarantine()] == [
        ("open311", "1"),
        ("x", "2"),
    ], "another item, and another channel's item of that name, wait on"
    store.add("x", [made(2, channel="x")], now=T0 + 6)
    assert store.quarantine_counts() == {"open311": 1}
    broken("x", "1", '{"id":1,"lat":"?"}')
    assert store.quarantine_counts() == {"open311": 1, "x": 1}, (
        "what comes broken once more is listed once more"
    )


def test_an_update_that_was_read_is_not_the_request_of_the_same_number(store: Store) -> None:
    request = Quarantined("lat", '{"service_request_id":17,"lat":"?"}', {"external_id": "17"})
    update = Quarantined("at", '{"update_id":"18","service_request_id":"4"}', {"external_id": "18"})
    store.ingest("open311", [], quarantined=[request, update], checkpoint=None, now=T0)
    said = Reply(
        reply_id("open311", "17"),
        "open311",
        "17",
        "4",
        T0,
        "Sedang dikerjakan",
        raw='{"update_id":"17","service_request_id":"4"}',
    )
    asked = replace(made(18, channel="open311"), raw='{"service_request_id":18}')
    store.ingest("open311", [asked], replies=[said], checkpoint=None, now=T0 + 1)
    assert {row.params["external_id"] for row in store.quarantine("open311")} == {"17", "18"}
    asked, said = (
        replace(made(17, channel="open311"), raw='{"service_request_id":"17"}'),
        replace(
            said,
            id=reply_id("open311", "18"),
            external_id="18",
            raw='{"update_id":18,"service_request_id":4}',
        ),
    )
    store.ingest("open311", [asked], replies=[said], checkpoint=None, now=T0 + 2)
    assert store.quarantine("open311") == []


@given(st.permutations(range(5)), st.lists(st.integers(0, 4), max_size=5))
def test_any_order_of_versions_with_times_ends_in_the_same(order: list[int], repeats: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "d.sqlite3", now=T0, policy=POLICY)
        for version in itertools.chain(order, repeats):
            put(store, made(1, text=f"versi {version}", changed_at=T0 + version))
        [row] = store.page_first(Filter(), now=T0)
        assert row.text == "versi 4"
        assert store.count(Filter(text="versi"), now=T0) == 1
        assert [store.count(Filter(text=f'"versi {n}"'), now=T0) for n in range(5)] == [0, 0, 0, 0, 1]
        store.close()


@given(
    st.builds(
        made,
        st.integers(1, 9),
        channel=st.sampled_from(["x", "waze"]),
        kind=st.sampled_from(list(ReportKind)),
        source_status=st.sampled_from(list(Status)),
        category=st.none() | st.just("flood"),
        place_quality=st.sampled_from(list(PlaceQuality)),
    ),
    st.booleans(),
)
def test_the_fast_path_says_what_folding_nothing_says(given_report: Report, has_allowance: bool) -> None:
    policy: Policy = POLICY if has_allowance else replace(POLICY, response={})
    start = initial(given_report)
    subject = Subject(7, given_report.id, given_report.channel, given_report.reported_at, start, None)
    rules = Rules(DIRECTORY, policy)
    slow = state_row(subject, start, (), rules, touched=False, conflict=False)
    [fast] = untouched_rows([(7, given_report)], rules.law)
    assert fast == slow


def test_what_this_desk_pulled_is_offered_to_the_central_server_until_it_answers(store: Store) -> None:
    put(store, made(1, unmasked="x"), made(2))
    offered = store.central.unpushed_reports(10)
    assert offered == [replace(made(n), raw="") for n in (1, 2)]
    put(store, made(2, text="berubah"))
    store.central.mark_reports_pushed(offered)
    assert [one.text for one in store.central.unpushed_reports(10)] == ["berubah"], (
        "what changed meanwhile is still to be sent"
    )
    store.central.mark_reports_pushed(store.central.unpushed_reports(10))
    assert store.central.unpushed_reports(10) == []
    put(store, made(1))
    assert store.central.unpushed_reports(10) == [], "the same item again is nothing new"


def test_a_whole_number_of_degrees_is_handed_in_once(store: Store) -> None:
    put(store, made(1, lat=-6, lon=107, accuracy_m=10))
    store.central.mark_reports_pushed(store.central.unpushed_reports(10))
    assert store.central.unpushed_reports(10) == []


def test_reports_of_other_desks(store: Store) -> None:
    put(store, made(1, raw="mine", unmasked="raw words"))
    result = store.central.apply_reports(
        [replace(made(1), raw=""), replace(made(2), raw="")], cursor="c1", now=T0
    )
    assert (result.new, result.unchanged) == (1, 1)
    assert store.central.cursor().report_cursor == "c1"
    assert store.central.unpushed_reports(10) == [], "the server has what it gave"
    assert store.unmasked(made(1).id) == ("mine", "raw words"), "another desk's copy has no raw item to give"


# ---------------------------------------------------------------- automatic places

DRAWN = Location(PlaceBadge.APPROXIMATE, TEBET, MENTENG, 700, "perkiraan")
OFFICIAL = Location(PlaceBadge.SURE, TEBET, MENTENG, 300, "e1")
NEWER = Location(PlaceBadge.SURE, MENTENG, TEBET, 90, "e2")


def test_a_report_lies_where_a_desk_found_it(store: Store) -> None:
    put(store, made(1, lat=-6.2, lon=106.8, location=DRAWN), made(2))
    rows = store.rows([1, 2], now=T0)
    assert [(row.place, row.place_doubt) for row in rows.values()] == [(TEBET, True), (None, False)]
    detail = store.find("petabencana", "1")
    assert detail is not None
    assert detail.report.location == DRAWN
    assert store.central.unpushed_reports(10)[0].location == DRAWN
    do(store, EventKind.PLACE_SET, PlaceSet(TEBET, TEBET), made(1))
    assert state_of(store, made(1)).place_doubt is None
    assert not store.rows([1], now=T0)[1].place_doubt


def test_it_keeps_the_borders_that_located_it_until_it_moves(store: Store) -> None:
    here = made(1, lat=-6.2, lon=106.8, location=OFFICIAL)
    put(store, here)
    put(store, replace(here, text="lain", changed_at=T0 + 1, location=NEWER))
    assert _location(store) == OFFICIAL
    put(store, replace(here, text="lain", lat=-6.3, changed_at=T0 + 2, location=NEWER))
    assert _location(store) == NEWER
    [kept] = [one for one in _revisions(store) if one.report.text != "lain"]
    assert kept.report.location == OFFICIAL


def test_the_central_servers_place_is_taken_and_a_better_one_handed_in_again(store: Store) -> None:
    put(store, made(1, location=OFFICIAL))
    store.central.mark_reports_pushed(store.central.unpushed_reports(10))
    store.central.apply_reports([made(1, location=None)], cursor="1", now=T0)
    assert _location(store) == OFFICIAL
    assert [one.location for one in store.central.unpushed_reports(10)] == [OFFICIAL]
    store.central.apply_reports([made(1, location=NEWER)], cursor="2", now=T0)
    assert _location(store) == NEWER, "it came first there, and all desks say the same"


def _location(store: Store) -> Location | None:
    detail = store.find("petabencana", "1")
    assert detail is not None
    return detail.report.location


def _revisions(store: Store) -> tuple[Revision, ...]:
    detail = store.find("petabencana", "1")
    assert detail is not None
    return detail.revisions


# ---------------------------------------------------------------- roads

ROAD = ((-6.2, 106.8), (-6.21, 106.81), (-6.22, 106.8))


def test_traffic_lies_along_its_road_until_it_is_over(store: Store) -> None:
    jam = traffic(1, path=ROAD)
    put(store, jam, traffic(2))
    put(store, jam)
    assert store.summary().reports == 2
    found = store.find("waze", "1")
    assert found is not None
    assert found.report.path == ROAD
    assert [one.path for one in store.central.unpushed_reports(10)] == [ROAD, ()]
    assert [json.loads(path) for path in store.roads(T0)] == [[list(vertex) for vertex in ROAD]]
    assert store.roads(T0 + 1) == [], "older than that"
    put(store, replace(jam, path=ROAD[:2], changed_at=T0 + 5))
    assert [json.loads(path) for path in store.roads(T0)] == [[list(vertex) for vertex in ROAD[:2]]]
    put(store, replace(jam, path=(), changed_at=T0 + 6))
    assert store.roads(T0) == []
    put(store, replace(jam, changed_at=T0 + 7))
    store.ingest("waze", [], checkpoint=None, now=T0, snapshot_ids=frozenset({"2"}))
    assert store.roads(T0) == [], "the feed has dropped it"


@pytest.mark.parametrize("count", [1, 20, 139, 645])
def test_a_page_is_written_as_its_reports_one_by_one(count: int, tmp_path: Path) -> None:
    """Whatever sizes its statements are cut into."""
    where = Location(PlaceBadge.SURE, MENTENG, None, None, "t")
    reports = [made(number, location=where if number % 3 else None) for number in range(1, count + 1)]
    found = []
    for name, pages in (("whole", [reports]), ("single", [[one] for one in reports])):
        path = tmp_path / name
        with closing(Store.open(path, now=T0, policy=POLICY)) as store:
            for page in pages:
                store.ingest("petabencana", page, checkpoint=None, now=T0)
        with raw_of(path) as raw:
            found.append(
                [
                    raw.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
                    for table in ("report", "report_private", "located", "report_state", "report_fts")
                ]
            )
    assert found[0] == found[1]
    assert len(found[0][0]) == count
