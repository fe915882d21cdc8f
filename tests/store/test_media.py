"""Files that reports name: wanted with the report, fetched by row, erased with it, and never twice on the disk."""

from __future__ import annotations

from pathlib import Path

from smartcity_desk.domain.filetypes import ENCLOSED, enclosed_hash
from smartcity_desk.store import Store, media
from smartcity_desk.store.media import Had, MediaState
from tests.domain.builders import T0
from tests.store.helpers import made, put, raw_of

A, B, C = (f"https://foto.example.invalid/{name}.jpg" for name in "abc")
SHA = "5" * 64
OTHER = "6" * 64
HOUR = 3_600_000


def had(sha256: str = SHA) -> Had:
    return Had(sha256, "image/jpeg", 1_000, 1_300, 640, 480, "{}", b"\1" * 33)


def urls(store: Store, pk: int = 1) -> dict[str, str]:
    return {one.url: one.state.value for one in store.media.of_report(pk)}


def take(store: Store, sha256: str = SHA, pk: int | None = None) -> None:
    """Let the next wanted file, or that of a row, arrive."""
    row = store.media.wanted(1, T0)[0].pk if pk is None else pk
    assert store.media.have(row, had(sha256), T0)


def test_a_new_report_wants_its_first_files_once_each(store: Store) -> None:
    many = tuple(f"https://foto.example.invalid/{n}.jpg" for n in range(20))
    put(store, made(1, media=(A, A, B)), made(2), made(3, media=many))
    assert urls(store, 1) == {A: "wanted", B: "wanted"}
    assert urls(store, 2) == {}
    assert list(urls(store, 3)) == list(many[: media.MOST])


def test_what_was_never_asked_for_comes_first_and_of_that_the_newest(store: Store) -> None:
    put(store, made(1, media=(A,)), made(2, media=(B,)), made(3, media=(C,)))
    first = store.media.wanted(10, T0)
    assert [one.url for one in first] == [C, B, A]
    assert {one.channel for one in first} == {"petabencana"}
    store.media.missed(first[0].pk, 0, "timeout", T0)
    assert [one.url for one in store.media.wanted(10, T0)] == [B, A]
    assert [one.url for one in store.media.wanted(10, T0 + HOUR)] == [B, A, C]


def test_what_cannot_be_had_is_asked_for_more_and_more_rarely_and_then_no_more(store: Store) -> None:
    put(store, made(1, media=(A,)))
    now, waits = T0, []
    while found := store.media.wanted(1, now):
        store.media.missed(found[0].pk, found[0].tries, "timeout", now)
        row = store.media.of_report(1)[0]
        if row.state is MediaState.REFUSED:
            break
        waits.append(row.next_try_at - now)
        now = row.next_try_at
    assert waits == sorted(waits)
    assert len(waits) == media.TRIES - 1
    assert store.media.of_report(1)[0].reason == "unreachable"
    assert store.media.retry(now) == 1
    assert store.media.wanted(1, now)[0].tries == 0


def test_a_wait_that_the_server_asked_for_is_kept_and_putting_off_costs_no_try(store: Store) -> None:
    put(store, made(1, media=(A,)))
    row = store.media.wanted(1, T0)[0]
    store.media.missed(row.pk, 0, "rate_limited", T0, 5 * HOUR)
    assert store.media.of_report(1)[0].next_try_at == T0 + 5 * HOUR
    store.media.postpone([row.pk], T0 + 7 * HOUR)
    assert store.media.wanted(1, T0 + 6 * HOUR) == []
    assert store.media.wanted(1, T0 + 7 * HOUR)[0].tries == 1


def test_a_file_that_came_is_shown_and_counted_once(store: Store) -> None:
    put(store, made(1, media=(A,)), made(2, media=(B,)))
    take(store)
    take(store)
    row = store.media.of_report(1)[0]
    assert (row.state, row.sha256, row.width, row.kind) == (MediaState.HAVE, SHA, 640, "image/jpeg")
    totals = store.media.totals(T0)
    assert (totals.files, totals.disk, totals.files_since, dict(totals.states)) == (1, 1_300, 1, {"have": 2})


def test_a_changed_report_keeps_what_it_still_names_and_forgets_the_rest(store: Store) -> None:
    put(store, made(1, media=(A, B)))
    for row in store.media.wanted(5, T0):
        take(store, SHA if row.url == A else OTHER, row.pk)
    put(store, made(1, media=(A, C), changed_at=T0 + 5))
    states = urls(store)
    assert states[A] == "have"
    assert states[C] == "wanted"
    assert B not in states
    assert sorted(states.values()) == ["erased", "have", "wanted"]
    assert store.media.to_remove(10) == [OTHER]


def test_a_link_that_was_only_signed_anew_is_the_same_file(store: Store) -> None:
    put(store, made(1, media=("https://cdn1.example.invalid/p/a.jpg?sig=1",)))
    take(store)
    again = "https://cdn2.example.invalid/p/a.jpg?sig=2"
    put(store, made(1, media=(again,), changed_at=T0 + 5))
    assert urls(store) == {again: "have"}


def test_erasing_takes_links_and_facts_at_once_and_the_bytes_after_the_last_report(store: Store) -> None:
    put(store, made(1, media=(A,)), made(2, media=(B,)))
    take(store)
    take(store)
    assert store.media.erase([1], T0) == 1
    assert not any(A in url for url in urls(store, 1))
    assert store.media.to_remove(5) == []
    assert store.media.erase([2], T0) == 1
    assert store.media.totals(T0).files == 0
    assert store.media.to_remove(5) == [SHA]
    store.media.removed([SHA])
    assert store.media.to_remove(5) == []
    assert store.media.unnamed([SHA]) == [SHA]
    with raw_of(store.path) as raw:
        assert raw.execute("SELECT count(*) FROM media WHERE url LIKE '%example%'").fetchone() == (0,)


def test_erasing_runs_in_the_transaction_of_who_asks_for_it(store: Store) -> None:
    put(store, made(1, media=(A,)))
    with store._write() as raw:
        media.erase(raw, [1], now=T0)
        raw.execute("ROLLBACK")
        raw.execute("BEGIN")
    assert urls(store) == {A: "wanted"}


def test_a_file_that_comes_after_it_was_erased_is_not_taken(store: Store) -> None:
    put(store, made(1, media=(A,)))
    row = store.media.wanted(1, T0)[0]
    store.media.erase([1], T0)
    assert not store.media.have(row.pk, had(), T0)
    store.media.missed(row.pk, 0, "timeout", T0)
    store.media.end(row.pk, MediaState.GONE, "gone", T0)
    assert [one.state for one in store.media.of_report(1)] == [MediaState.ERASED]
    assert store.media.retry(T0) == 0


def test_replies_have_files_of_their_own(store: Store) -> None:
    put(store, made(1, media=(A,)))
    with store._write() as raw:
        media.note(raw, [(1, (A, B))], now=T0, reply="r1")
    assert len(store.media.of_report(1)) == 3
    put(store, made(1, media=(C,), changed_at=T0 + 5))
    assert [one.url for one in store.media.of_report(1) if one.reply] == [A, B]
    with store._write() as raw:
        assert media.erase_replies(raw, ["r1"], now=T0) == 2
        assert media.erase_replies(raw, [""], now=T0) == 0


def test_an_enclosed_file_is_named_from_the_beginning_and_no_more_once_refused(store: Store) -> None:
    put(store, made(1, media=(ENCLOSED + SHA,)))
    assert store.media.unnamed([SHA, OTHER]) == [OTHER]
    store.media.end(store.media.wanted(1, T0)[0].pk, MediaState.REFUSED, "damaged", T0)
    assert store.media.unnamed([SHA]) == [SHA]
    assert dict(store.media.totals(T0).reasons) == {"damaged": 1}


def test_only_a_hash_is_an_enclosed_file() -> None:
    assert enclosed_hash(ENCLOSED + SHA) == SHA
    for link in (SHA, ENCLOSED, ENCLOSED + "../../etc/passwd", ENCLOSED + SHA.upper().replace("5", "A"), A):
        assert enclosed_hash(link) is None


def test_prints_of_pictures_that_are_here_go_to_the_look_alikes(store: Store) -> None:
    put(store, made(1, media=(A,)), made(2, media=(B,)))
    take(store)
    take(store)
    with store._read() as raw:
        found = media.prints(raw, [made(1).id, made(2).id])
    assert {report for report, _ in found} == {made(1).id, made(2).id}
    store.media.erase([1], T0)
    with store._read() as raw:
        assert {report for report, _ in media.prints(raw, [made(1).id, made(2).id])} == {made(2).id}


def test_a_file_of_the_last_revision_wants_the_pictures_that_it_names(tmp_path: Path) -> None:
    import shutil

    from tests.domain.builders import POLICY
    from tests.store.test_migrations import UPGRADE

    old = tmp_path / "desk.sqlite3"
    shutil.copyfile(UPGRADE / "0003.sqlite3", old)
    with raw_of(old) as raw:
        raw.execute("UPDATE report SET media = ? WHERE pk = 2", (f'["{A}","{A}","{B}"]',))
    opened = Store.open(old, now=T0, policy=POLICY)
    assert urls(opened, 2) == {A: "wanted", B: "wanted"}
    opened.close()
