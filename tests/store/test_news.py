"""New replies: seen in lists and found by their words, until somebody at this desk has read them."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from smartcity_desk.domain.query import Filter, Order
from smartcity_desk.domain.reply import NEWS_MS, Reply, is_news, withdrawn
from smartcity_desk.domain.times import DAY
from smartcity_desk.store import Store
from tests.domain.builders import T0
from tests.store.helpers import made, put, raw_of
from tests.store.test_replies import answered, take

NEW = Filter(unread=True)


def found(store: Store, view: Filter = NEW) -> list[str]:
    pks = store.ids(view, now=T0)
    assert len(pks) == store.count(view, now=T0) == len(store.page_first(view, now=T0))
    return [row.external_id for row in store.page_first(view, now=T0)]


def signs(store: Store) -> dict[str, bool]:
    return {row.external_id: row.unread for row in store.page_first(Filter(), now=T0)}


def words(text: str, order: Order = Order.NEWEST) -> Filter:
    return Filter(text=text, order=order)


def test_a_reply_is_new_until_it_has_been_read(store: Store) -> None:
    put(store, made(1), made(2), made(3))
    take(store, answered(1, 1), answered(2, 1), answered(1, 3))
    assert signs(store) == {"1": True, "2": False, "3": True}
    assert found(store) == ["3", "1"]
    assert found(store, Filter(unread=False)) == ["2"]
    first, second = answered(1, 1), answered(2, 1)
    assert store.mark_replies_read(made(1).id, [first.id]) == 1
    assert found(store) == ["3", "1"], "another one came while the first was read"
    assert store.mark_replies_read(made(1).id, [first.id, second.id]) == 1
    assert store.mark_replies_read(made(1).id, [second.id]) == 0
    assert store.mark_replies_read(made(2).id, [answered(1, 3).id]) == 0, "of another report"
    assert found(store) == ["3"]
    take(store, first)
    assert found(store) == ["3"], "the same again is no news"
    take(store, answered(1, 1, text="Belum juga diangkut"))
    assert found(store) == ["3", "1"], "what was changed there is"


def test_what_was_read_does_not_come_back_for_a_link_that_was_signed_anew(store: Store) -> None:
    put(store, made(1))
    said = answered(1, media=("https://cdn.example.org/a.jpg?sig=1",))
    take(store, said)
    store.mark_replies_read(made(1).id, [said.id])
    again = replace(said, media=("https://cdn.example.org/a.jpg?sig=2",), state_raw="dibaca")
    take(store, again)
    assert found(store) == []
    take(store, replace(again, text="Belum juga diangkut"))
    assert found(store) == ["1"]
    take(store, replace(again, text="Belum juga diangkut", media=()))
    assert found(store) == ["1"], "what nobody has read stays"


def test_what_is_withdrawn_before_it_was_read_is_no_news(store: Store) -> None:
    put(store, made(1))
    take(store, answered(1))
    store.ingest("petabencana", (), checkpoint=None, now=T0 + 5, gone=["1-1"])
    assert found(store) == []


def test_a_reply_that_came_before_its_report_is_news_with_it(store: Store) -> None:
    take(store, answered(1))
    assert found(store) == []
    put(store, made(1))
    assert found(store) == ["1"]


@pytest.mark.parametrize(
    ("reply", "news"),
    [
        (answered(1), True),
        (answered(1, official=True), False),
        (answered(1, at=T0 - NEWS_MS), False),
        (answered(1, at=T0 - NEWS_MS + 1), True),
        (answered(1, at=T0 + DAY), True),
        (withdrawn(answered(1), T0), False),
    ],
)
def test_only_what_a_citizen_said_lately_is_news(reply: Reply, news: bool) -> None:
    assert is_news(reply, T0) is news


def test_new_replies_stand_in_every_order(store: Store) -> None:
    put(store, *(made(number) for number in range(1, 6)))
    take(store, *(answered(1, about) for about in (2, 4, 5)))
    assert found(store, Filter(unread=True, order=Order.OLDEST)) == ["2", "4", "5"]
    assert sorted(found(store, Filter(unread=True, order=Order.DUE))) == ["2", "4", "5"]
    assert found(store, Filter(unread=True, text="nomor 4")) == ["4"]


def test_a_report_is_found_by_what_was_replied(store: Store) -> None:
    put(store, made(1), made(2), made(3))
    take(store, answered(1, 1, text="Gorong-gorong tersumbat lagi"), answered(1, 3, text="nomor 1 tersumbat"))
    assert found(store, words("tersumbat")) == ["3", "1"]
    assert found(store, words("tersumbat", Order.OLDEST)) == ["1", "3"]
    assert sorted(found(store, words("tersumbat", Order.DUE))) == ["1", "3"]
    assert found(store, words("nomor 1")) == ["3", "1"], "in its own words or in a reply"
    assert found(store, words("gorong nomor")) == [], "not half here and half there"
    assert store.new_since(words("tersumbat"), 1, now=T0) == 1
    take(store, answered(1, 1, text="Sudah lancar"))
    assert found(store, words("tersumbat")) == ["3"]
    assert found(store, words("lancar")) == ["1"]


def test_what_was_replied_in_private_is_not_searched(store: Store) -> None:
    put(store, made(1, private=True), made(2))
    take(store, answered(1, 1, text="tersumbat"), answered(1, 2, text="tersumbat", private=True))
    assert found(store, words("tersumbat")) == []
    take(store, answered(1, 2, text="tersumbat"))
    assert found(store, words("tersumbat")) == ["2"]
    take(store, answered(1, 2, text="tersumbat", private=True))
    assert found(store, words("tersumbat")) == []


def test_erased_words_leave_the_index(store: Store) -> None:
    put(store, made(1))
    take(store, answered(1, text="zzyzx"))
    store.ingest("petabencana", (), checkpoint=None, now=T0 + 5, gone=["1-1"])
    assert found(store, words("zzyzx")) == []
    while store.keeping.compact():
        pass
    with raw_of(store.path) as raw:
        blocks = raw.execute("SELECT block FROM reply_fts_data").fetchall()
        raw.execute("INSERT INTO reply_fts (reply_fts, rank) VALUES ('integrity-check', 0)")
    assert not any(b"zyzx" in bytes(block) for (block,) in blocks)


def test_two_lists_merge_to_one_order_without_gathering(store: Store) -> None:
    numbers = list(range(1, 400))
    put(store, *(made(number, text="sama" if number % 3 else "lain") for number in numbers))
    about = random.Random(5).sample(numbers, 60)
    take(store, *(answered(1, one, text="sama juga") for one in about))
    expected = sorted({number for number in numbers if number % 3} | set(about))
    view = Filter(text="sama")
    rows = store.rows(store.ids(view, now=T0), now=T0)
    assert [int(rows[pk].external_id) for pk in store.ids(view, now=T0)] == expected[::-1]
    first = [int(row.external_id) for row in store.page_first(view, now=T0, limit=50)]
    assert first == expected[::-1][:50]
    with raw_of(store.path) as raw:
        from smartcity_desk.store import queries

        [walk] = queries.walks(view, now=T0)
        plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {walk.pks()[0]}", walk.pks()[1])]
    assert plan.count("USE TEMP B-TREE FOR ORDER BY") == 1, "only the few replies are sorted"
