"""What became of answers lies at the desk: the last word of the server, by report, and what was refused as a list."""

from __future__ import annotations

from dataclasses import replace

from smartcity_desk.domain.receipt import Outlet, Receipt, ReceiptState
from smartcity_desk.store import Store
from tests.domain.builders import T0
from tests.store.helpers import made, put

OUTLET = Outlet("petabencana", "kota", "on", 3)
WAITS = Receipt("a", made(1).id, "kota", "update", 4, ReceiptState.WAITING, T0, T0)
REFUSED = replace(
    WAITS, state=ReceiptState.REFUSED, settled_at=T0 + 9, attempts=1, code="http_404", detail="tidak dikenal"
)


def test_the_last_word_of_the_server_holds(store: Store) -> None:
    put(store, made(1))
    detail = store.report(made(1).id)
    assert detail is not None
    assert (detail.receipts, detail.outlets, store.central.receipt_cursor()) == ((), None, 0)
    assert store.central.apply_receipts([WAITS], [OUTLET], cursor=1) == [detail.pk]
    assert store.refused_answers() == []
    store.central.apply_receipts([REFUSED], [OUTLET], cursor=2)
    detail = store.report(made(1).id)
    assert detail is not None
    assert (detail.receipts, detail.outlets, store.central.receipt_cursor()) == ((REFUSED,), (OUTLET,), 2)
    assert store.central.outlets() == (OUTLET,)


def test_what_was_refused_is_a_list_with_its_reports(store: Store) -> None:
    put(store, made(1), made(2, private=True))
    later = replace(REFUSED, id="b", report=made(2).id, settled_at=T0 + 20)
    stranger = replace(REFUSED, id="c", report=made(9).id, settled_at=T0 + 30)
    store.central.apply_receipts([REFUSED, later, stranger], [], cursor=3)
    shown = [(row.receipt.id, row.external_id, row.title) for row in store.refused_answers()]
    assert shown == [("c", "", ""), ("b", "2", ""), ("a", "1", "Banjir nomor 1")]
    assert store.refused_answers(1)[0].receipt == stranger


def test_no_target_at_all_is_told_as_such(store: Store) -> None:
    store.central.apply_receipts([], [], cursor=0)
    assert store.central.outlets() == ()
