"""What a channel says later about a report: once, in order, whichever came first, and gone when the source says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from smartcity_desk.domain import ids
from smartcity_desk.domain.reply import Reply
from smartcity_desk.store import Store
from tests.domain.builders import T0
from tests.store.helpers import made, put, raw_of


def answered(number: int, about: int | str = 1, *, channel: str = "petabencana", **changes: Any) -> Reply:
    """A reply with its own id."""
    name = f"{about}-{number}"
    return replace(
        Reply(
            id=ids.reply_id(channel, name),
            channel=channel,
            external_id=name,
            about=str(about),
            at=T0 + number,
            text=f"Jawaban nomor {number}",
            raw=f'{{"r":{number}}}',
        ),
        **changes,
    )


def take(store: Store, *replies: Reply, channel: str = "petabencana", now: int = T0) -> None:
    store.ingest(channel, (), checkpoint=None, now=now, replies=replies)


def test_a_reply_is_taken_in_once_and_shown_with_its_report(store: Store) -> None:
    put(store, made(1))
    result = store.ingest("petabencana", (), checkpoint=None, now=T0, replies=[answered(2), answered(1)])
    assert (result.replies, len(result.pks)) == (2, 1)
    assert store.ingest("petabencana", (), checkpoint=None, now=T0, replies=[answered(1)]).replies == 0
    detail = store.report(made(1).id)
    assert detail is not None
    assert [reply.text for reply in detail.replies] == ["Jawaban nomor 1", "Jawaban nomor 2"]
    assert {reply.raw for reply in detail.replies} == {""}


def test_a_reply_waits_for_its_report(store: Store) -> None:
    take(store, answered(1))
    put(store, made(1))
    detail = store.report(made(1).id)
    assert detail is not None
    assert [reply.external_id for reply in detail.replies] == ["1-1"]


def test_what_a_channel_says_of_a_reply_last_holds(store: Store) -> None:
    put(store, made(1))
    take(store, answered(1))
    store.central.mark_replies_pushed(store.central.unpushed_replies(10))
    take(store, answered(1, text="Sudah dikerjakan", official=True, state_raw="closed"))
    [reply] = store.central.unpushed_replies(10)
    assert (reply.text, reply.official, reply.state_raw) == ("Sudah dikerjakan", True, "closed")


def test_an_item_is_a_report_or_a_reply_and_never_both(store: Store) -> None:
    put(store, made(1), made(2))
    twice = answered(1, external_id="2", id=ids.reply_id("petabencana", "2"))
    take(store, twice)
    assert store.central.unpushed_replies(10) == []
    take(store, answered(7))
    as_report = made(3, external_id="1-7", id=ids.report_id("petabencana", "1-7"))
    put(store, made(1), as_report)
    assert store.summary().reports == 2


def test_a_reply_that_is_gone_leaves_a_tombstone(store: Store) -> None:
    put(store, made(1))
    take(store, answered(1, author="a1", link="https://example.org/r", unmasked="rahasia"))
    result = store.ingest("petabencana", (), checkpoint=None, now=T0 + 5, gone=["1-1"])
    assert result.withdrawn == 1
    detail = store.report(made(1).id)
    assert detail is not None
    [reply] = detail.replies
    assert (reply.text, reply.author, reply.link, reply.withdrawn_at) == ("", None, None, T0 + 5)
    assert detail.report.text
    take(store, answered(1))  # a late page still tells it
    [reply] = store.central.unpushed_replies(10)
    assert reply.text == ""
    with raw_of(store.path) as raw:
        assert raw.execute("SELECT raw, unmasked FROM reply_private").fetchall() == [("", None)]


def test_half_a_surrogate_pair_does_not_stop_the_page(store: Store) -> None:
    put(store, made(1))
    take(store, answered(1, text="a\ud800b", author="\udfff", media=("https://x/\ud83d",)))
    [reply] = store.central.unpushed_replies(10)
    assert (reply.text, reply.author, reply.media) == ("a?b", "?", ("https://x/?",))


def test_what_another_desk_pulled_is_not_handed_in_again(store: Store) -> None:
    put(store, made(1))
    take(store, answered(1))
    assert len(store.central.unpushed_replies(10)) == 1
    result = store.central.apply_replies([answered(1), answered(2)], cursor=9, now=T0)
    assert (result.replies, len(result.pks)) == (1, 1)
    assert store.central.unpushed_replies(10) == []
    assert store.central.reply_cursor() == 9


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 2)), max_size=12))
def test_any_order_and_repetition_gives_the_same_replies(told: list[tuple[int, int]]) -> None:
    import tempfile
    from pathlib import Path

    from tests.domain.builders import POLICY

    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "desk.sqlite3", now=T0, policy=POLICY)
        for number, about in told:
            take(store, answered(number, about))
        put(store, made(1), made(2))
        for about in (1, 2):
            detail = store.report(made(about).id)
            assert detail is not None
            numbers = sorted({number for number, whose in told if whose == about})
            assert [reply.at - T0 for reply in detail.replies] == numbers
        store.close()
