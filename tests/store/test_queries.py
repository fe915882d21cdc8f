"""Every filter gives what a plain loop over all reports gives, in the order it promises."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain import ids
from smartcity_desk.domain.decision import Action
from smartcity_desk.domain.events import Actor, ClaimTaken, EventKind, Payload, Role
from smartcity_desk.domain.location import Location, PlaceBadge
from smartcity_desk.domain.office import UPT
from smartcity_desk.domain.policy import DueBand, band
from smartcity_desk.domain.query import BUILTIN_VIEWS, Filter, Order, Presence, for_user
from smartcity_desk.domain.report import OPEN_STATUSES, ReportKind, Status
from smartcity_desk.domain.times import DAY, MINUTE
from smartcity_desk.store import Cancelled, ReportLine, RowData, Store, queries, reading, with_base
from tests.domain.builders import CAKUNG, DIRECTORY, MENTENG, POLICY, SUDIN, T0, TEBET
from tests.store.helpers import HOUR, Central, counter, made, put, raw_of
from tests.store.test_machine import OTHERS, SENSIBLE
from tests.store.test_replies import answered

NOW = T0 + 20 * HOUR
CHANNELS = ["petabencana", "x", "waze"]
LOCATIONS = [
    None,
    None,
    Location(PlaceBadge.SURE, TEBET, MENTENG, 400, "e1"),
    Location(PlaceBadge.BORDER, TEBET, CAKUNG, 20, "e1"),
    Location(PlaceBadge.OUTSIDE, edition="e1"),
]
TWINS = [(pk, other, pk % 3 == 0) for pk in range(1, 200, 4) for other in (pk + 1, pk + 30)]
"""Pairs as they lie in the file; those with True were refused."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A few hundred reports that desks and offices have worked on at random."""
    draw = random.Random(8)
    store = Store.open(Path(tmp_path_factory.mktemp("queries")) / "d.sqlite3", now=T0, policy=POLICY)
    store.set_directory(DIRECTORY, None, T0)
    reports = []
    for number in range(240):
        channel = draw.choice(CHANNELS)
        reports.append(
            made(
                number,
                channel=channel,
                kind=ReportKind.CONTEXT if channel == "waze" else ReportKind.COMPLAINT,
                reported_at=T0 + draw.randrange(24) * HOUR // 2,
                category=draw.choice(["flood", "tree", None]),
                source_status=draw.choices(list(Status), weights=[12, 0, 0, 1, 2, 1, 1])[0],
                text=draw.choice(["banjir besar", "pohon tumbang", "banjir dan pohon"]),
                location=LOCATIONS[number % len(LOCATIONS)],
            )
        )
    put(store, *reports)
    central = Central()
    central.know(reports)
    number = counter()
    for moment in range(500):
        now = T0 + HOUR + moment * 2 * MINUTE
        chosen = draw.choice(reports)
        if draw.random() < 0.5:
            actor = draw.choice([Actor("siti", Role.SUPERVISOR), Actor("ani", Role.OPERATOR)])
            kind, payload = draw.choice(SENSIBLE)
            store.act(kind, payload, [chosen.id], actor=actor, now=now, randomness=number, fill_base=True)
        else:
            actor, kind, payload = draw.choice(OTHERS)
            _elsewhere(central, actor, kind, payload, chosen.id, now, number(10))
        if moment % 20 == 0:
            store.central.settle([central.ask(action) for action in store.central.next_ops(8, now)], now)
            store.central.apply_events(central.events, cursor=len(central.events), now=now)
    for chosen in draw.sample(reports, 60):
        for kind, payload in draw.sample(SENSIBLE, 4):
            actor = Actor("siti", Role.SUPERVISOR)
            store.act(
                kind,
                payload,
                [chosen.id],
                actor=actor,
                now=NOW - 5 * MINUTE,
                randomness=number,
                fill_base=True,
            )
    lease = ClaimTaken("siti", NOW + 4 * MINUTE)
    claimed = [chosen.id for chosen in draw.sample(reports, 25)]
    store.act(
        EventKind.CLAIM_TAKEN,
        lease,
        claimed,
        actor=Actor("siti", Role.OPERATOR),
        now=NOW - MINUTE,
        randomness=number,
    )
    with raw_of(store.path) as raw:
        raw.executemany("INSERT INTO twin VALUES (?, ?, 80, ?)", TWINS)
    replied = [answered(1, report.external_id) for report in reports if report.channel == "petabencana"][:5]
    store.ingest("petabencana", (), checkpoint=None, now=NOW, replies=replied)
    yield store
    store.close()


def _elsewhere(
    central: Central,
    actor: Actor,
    kind: EventKind,
    payload: Payload,
    report: str,
    now: int,
    randomness: bytes,
) -> None:
    based = with_base(kind, payload, central.states[report])
    central.ask(Action(ids.time_ordered_id(now, randomness), report, kind, based, actor, now))


def _alike(row: RowData, rows: Mapping[int, RowData]) -> bool:
    """Whether a pair of this report waits for somebody."""
    others = [rows[other] for pk, other, refused in TWINS if pk == row.pk and not refused]
    return (
        row.status in OPEN_STATUSES
        and row.lead is None
        and any(one.status is not Status.REJECTED and one.lead != row.pk for one in others)
    )


def _matches(view: Filter, row: RowData, now: int, rows: Mapping[int, RowData]) -> bool:
    its_band = band(row.due_at, row.paused, now)
    lease = row.claimed_by if row.claim_until is not None and now < row.claim_until else None
    return all(
        (
            not view.kinds or row.kind in view.kinds,
            not view.statuses or row.status in view.statuses,
            not view.channels or row.channel in view.channels,
            not view.categories or row.category in view.categories,
            view.office is None
            or row.office == view.office
            or (view.office == UPT and row.office is None and row.kind is ReportKind.COMPLAINT),
            view.area is None or (row.place is not None and (row.place + ".").startswith(view.area + ".")),
            view.place is Presence.ANY or (row.place is not None) == (view.place is Presence.WITH),
            not view.due or its_band in view.due,
            view.claimed_by is None or lease == view.claimed_by,
            view.returned is None or row.return_pending == view.returned,
            view.pending is None or row.pending == view.pending,
            view.doubtful is None or row.place_doubt == view.doubtful,
            view.joined is None or (row.lead is not None) == view.joined,
            view.alike is None or _alike(row, rows) == view.alike,
            view.unread is None or row.unread == view.unread,
            view.since is None or row.reported_at >= view.since,
            view.before is None or row.reported_at < view.before,
            not view.text or all(word in row.text.split() for word in view.text.split()),
        )
    )


def _sorted(view: Filter, rows: list[RowData], now: int) -> list[int]:
    newest = sorted(rows, key=lambda row: (-row.reported_at, -row.pk))
    if view.text:
        newest = sorted(rows, key=lambda row: -row.pk)
        if view.order is Order.DUE:
            newest.sort(key=lambda row: (row.due_at is None, row.due_at or 0))
    elif view.order is Order.DUE:
        runs = {row.pk: row.due_at is not None and not row.paused for row in rows}
        newest.sort(key=lambda row: (0, row.due_at, row.pk) if runs[row.pk] else (1, 0, 0))  # type: ignore[return-value]
    if view.order is Order.OLDEST:
        newest.reverse()
    return [row.pk for row in newest]


def _some(values: list[object]) -> st.SearchStrategy[frozenset[object]]:
    return st.just(frozenset()) | st.just(frozenset()) | st.frozensets(st.sampled_from(values), min_size=1)


def _maybe(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | st.none() | strategy


moments = st.integers(0, 30).map(lambda hours: T0 + hours * HOUR)
filters = st.builds(
    Filter,
    kinds=_some(list(ReportKind)),
    statuses=_some(list(Status)) | st.just(OPEN_STATUSES),
    channels=_some([*CHANNELS, "none such"]),
    categories=_some(["flood", "tree", "power"]),
    office=_maybe(st.sampled_from([TEBET, MENTENG, SUDIN, UPT, CAKUNG])),
    area=_maybe(st.sampled_from(["31", "31.74", "31.7", TEBET, "31.74.01"])),
    place=st.just(Presence.ANY) | st.sampled_from(list(Presence)),
    due=_some(list(DueBand)),
    claimed_by=_maybe(st.sampled_from(["siti", "ani"])),
    returned=_maybe(st.booleans()),
    pending=_maybe(st.booleans()),
    doubtful=_maybe(st.booleans()),
    joined=_maybe(st.booleans()),
    alike=_maybe(st.booleans()),
    unread=_maybe(st.booleans()),
    since=_maybe(moments),
    before=_maybe(moments),
    text=st.just("") | st.sampled_from(["banjir", "banjir pohon", "kering"]),
    order=st.sampled_from(list(Order)),
)


@given(view=filters, now=st.sampled_from([NOW, NOW + 3 * HOUR, T0, T0 + 30 * DAY]), seen=st.integers(0, 240))
def test_a_filter_gives_what_a_plain_loop_gives(filled: Store, view: Filter, now: int, seen: int) -> None:
    everything = filled.rows(range(1, 241), now=now)
    assert len(everything) == 240
    wanted = [row for row in everything.values() if _matches(view, row, now, everything)]
    pks = _sorted(view, wanted, now)
    assert list(filled.ids(view, now=now)) == pks
    assert [row.pk for row in filled.page_first(view, now=now, limit=7)] == pks[:7]
    assert filled.count(view, now=now) == len(pks)
    assert filled.count(view, now=now, cap=3) == min(3, len(pks))
    assert filled.new_since(view, seen, now=now) == sum(pk > seen for pk in pks)


def test_the_test_data_has_something_of_everything(filled: Store) -> None:
    rows = filled.rows(range(1, 241), now=NOW).values()
    assert {row.status for row in rows} == set(Status)
    assert {band(row.due_at, row.paused, NOW) for row in rows} == set(DueBand)
    assert {row.office for row in rows} >= {TEBET, MENTENG, None}
    for view in BUILTIN_VIEWS:
        assert filled.count(for_user(view.filter, "siti"), now=NOW) > 0, view.key


def test_counts_of_many_views_at_once(filled: Store) -> None:
    views = [for_user(view.filter, "siti") for view in BUILTIN_VIEWS]
    assert filled.counts(views, now=NOW) == [filled.count(view, now=NOW) for view in views]


def test_no_filter_sorts_or_searches_the_table(filled: Store) -> None:
    """Built-in views walk an index in its own order: no sorting, whatever the number of reports."""
    with raw_of(filled.path) as raw:
        for view in BUILTIN_VIEWS:
            if view.key in ("mine", "alike", "replied"):
                continue  # a handful of live leases, of pairs that wait, or of replies that nobody has read, sorted
            for walk in queries.walks(view.filter, now=NOW):
                sql, params = walk.pks(60)
                plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}", params)]
                assert not any("TEMP B-TREE" in line for line in plan), (view.key, plan)
                assert all("INDEX" in line for line in plan), (view.key, plan)


def test_a_headless_list_gives_whole_reports_in_order(filled: Store) -> None:
    view = Filter(kinds=frozenset({ReportKind.COMPLAINT}), order=Order.OLDEST)
    lines = list(filled.iterate(view, now=NOW))
    assert [line.pk for line in lines] == list(filled.ids(view, now=NOW))
    rows = filled.rows([line.pk for line in lines], now=NOW)
    for line in lines:
        assert isinstance(line, ReportLine)
        row = rows[line.pk]
        assert (line.status, line.office, line.due_at, line.paused) == (
            row.status,
            row.office,
            row.due_at,
            row.paused,
        )
        assert line.report.id == row.id
        assert line.report.raw == ""


def test_a_million_wishes_are_not_one_statement(filled: Store) -> None:
    assert len(filled.rows(list(range(1, 100_000)), now=NOW)) == 240


def test_a_long_read_ends_when_it_is_interrupted(filled: Store) -> None:
    running = threading.Event()
    ended: list[BaseException] = []

    def read() -> None:
        try:
            with filled._database.long_read() as (raw, _):
                raw.set_progress_handler(lambda: running.set() or 0, 1000)
                raw.execute(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
                )
        except Cancelled as stopped:
            ended.append(stopped)

    thread = threading.Thread(target=read)
    thread.start()
    assert running.wait(20)
    filled.interrupt_reader()
    thread.join(20)
    assert len(ended) == 1
    assert filled.count(Filter(), now=NOW) == 240, "the next read is not affected"


def test_an_interrupt_between_two_chunks_ends_a_list_of_ids(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_FETCH", 10)
    real = reading.queries.walks

    def walks(view: Filter, *, now: int) -> object:
        filled.interrupt_reader()
        return real(view, now=now)

    monkeypatch.setattr(reading.queries, "walks", walks)
    with pytest.raises(Cancelled):
        filled.ids(Filter(), now=NOW)


def test_a_report_by_its_number_and_by_the_start_of_its_id(filled: Store) -> None:
    row = filled.rows([1], now=NOW)[1]
    assert filled.numbered(row.external_id, now=NOW)[0].external_id == row.external_id
    assert filled.ids_starting(row.id[:13]) == [row.id]
    assert len(filled.ids_starting("")) == 2
    assert filled.find(row.channel, row.external_id) == filled.report(1)
    assert filled.report("no such") is None
    assert filled.report(99_999) is None


def test_the_summary_counts_what_is_there(filled: Store) -> None:
    summary = filled.summary()
    assert (summary.reports, summary.newest_pk) == (240, 240)
    assert sum(summary.ops.values()) == len(filled.ops(limit=100_000))
    assert summary.conflicts == len(filled.conflicts())
