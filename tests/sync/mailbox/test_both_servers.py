"""What holds on every mail server: the same tests against a real Dovecot and against pymap."""

from __future__ import annotations

import asyncio

import pytest

from smartcity_desk.domain.errors import AuthExpired, Rejected
from smartcity_desk.i18n import has_text
from smartcity_desk.sync.channel import Wakes
from smartcity_desk.sync.mailbox import client as module
from tests.sync.mailbox.world import Desk, DovecotPeer, Peer, PymapPeer, client_of, mail


def test_what_is_there_then_what_is_new(peer: Peer) -> None:
    desk, client = Desk(), client_of(peer)
    for number in range(4):
        peer.deliver(mail(number))
    assert desk.pull(client) is None
    assert list(desk.reports) == [f"{number}@surat.example" for number in range(4)]
    one = desk.reports["2@surat.example"]
    assert (one.title, one.text) == ("Banjir 2", "Air setinggi lutut di Jl. Melati.")
    assert desk.pull(client) is None
    peer.deliver(mail("baru"))
    assert desk.pull(client) is None
    assert desk.pull(client) is None
    assert desk.taken == [*(f"{number}@surat.example" for number in range(4)), "baru@surat.example"]


def test_nothing_is_marked_as_read(peer: Peer) -> None:
    for number in range(3):
        peer.deliver(mail(number))
    desk = Desk()
    assert desk.pull(client_of(peer)) is None
    assert len(desk.reports) == 3
    asyncio.run(client_of(peer).test(None, 0))  # type: ignore[arg-type]
    assert peer.seen() == 0


def test_an_answer_is_a_reply_on_its_threads_first_letter(peer: Peer) -> None:
    root = "In-Reply-To: <1@surat.example>"
    peer.deliver(mail(1))
    peer.deliver(
        mail(2, "Belum ada petugas.\r\n\r\nPada hari Minggu warga menulis:\r\n> Air", headers=[root])
    )
    desk, client = Desk(), client_of(peer)
    assert desk.pull(client) is None
    # only the letter before it is named, and that one is a reply itself; and it comes in another round
    peer.deliver(
        mail(
            3, "Akan kami cek.", sender="petugas@pu.jakarta.go.id", headers=["In-Reply-To: <2@surat.example>"]
        )
    )
    # the thread began where nobody saw it: a letter that is lost in no thread
    peer.deliver(mail(4, "Kapan?", headers=["References: <tak-dikenal@surat.example>"]))
    assert desk.pull(client) is None
    assert set(desk.reports) == {"1@surat.example", "4@surat.example"}
    first, second = desk.replies["2@surat.example"], desk.replies["3@surat.example"]
    assert (first.about, first.text, first.official) == ("1@surat.example", "Belum ada petugas.", False)
    assert (second.about, second.official) == ("1@surat.example", True)
    assert "> Air" in first.raw


def test_what_is_taken_out_of_the_mailbox_stays_at_the_desk(peer: Peer) -> None:
    desk, client = Desk(), client_of(peer)
    for number in range(4):
        peer.deliver(mail(number))
    assert desk.pull(client) is None
    peer.take_out(3)
    assert desk.pull(client) is None
    peer.deliver(mail("baru"))
    assert desk.pull(client) is None
    assert len(desk.reports) == 5
    assert len(desk.taken) == 5


def test_a_mailbox_that_was_numbered_anew_brings_nothing_twice(peer: Peer) -> None:
    desk, client = Desk(), client_of(peer)
    peer.deliver(mail(1))
    peer.deliver(mail("tanpa nama", named=False))
    peer.deliver(mail(1, "Surat lain dengan Message-ID yang sama."))
    peer.deliver(mail(2, "Terima kasih.", headers=["In-Reply-To: <1@surat.example>"]))
    assert desk.pull(client) is None
    assert (len(desk.reports), len(desk.replies)) == (3, 1)
    before = desk.position.cursor["uidvalidity"]
    peer.renumber()
    peer.deliver(mail("baru"))
    assert desk.pull(client) is None
    assert desk.position.cursor["uidvalidity"] != before
    assert len(desk.taken) == 5
    assert desk.taken[-1] == "baru@surat.example"


def test_a_walk_that_was_killed_goes_on_where_it_was_saved(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE_LETTERS", 3)
    for number in range(10):
        peer.deliver(mail(number))
    desk = Desk()
    for _ in range(6):
        assert desk.pull(client_of(peer), pages=1) is None
    assert desk.taken == [f"{number}@surat.example" for number in range(10)]


def test_machines_and_bounces_are_left_out_and_counted(peer: Peer) -> None:
    peer.deliver(mail(1, headers=["Auto-Submitted: auto-replied"]))
    peer.deliver(mail(2, headers=["Return-Path: <>"]))
    peer.deliver(mail(3, headers=["List-Id: <berita.example>"]))
    peer.deliver(mail(4, headers=["Auto-Submitted: no"]))
    desk = Desk()
    assert desk.pull(client_of(peer)) is None
    assert list(desk.reports) == ["4@surat.example"]
    assert desk.left_out == {"auto_reply": 1, "bounce": 1, "list": 1}
    peer.deliver(mail(5, headers=["Precedence: bulk"]))
    assert desk.pull(client_of(peer)) is None
    assert desk.left_out == {"auto_reply": 1, "bounce": 1, "list": 2}


def test_two_refused_log_ins_stop_the_channel(peer: Peer) -> None:
    wrong = client_of(peer, secrets={"password": "salah"})
    error = Desk().pull(wrong)
    assert isinstance(error, AuthExpired)
    result = asyncio.run(wrong.test(None, 0))  # type: ignore[arg-type]
    assert isinstance(result.error, AuthExpired)
    if isinstance(peer, PymapPeer):
        peer.box.refuse(1)
        assert Desk().pull(client_of(peer)) is None  # one refusal may be the server's mistake
        peer.box.refuse(2)
        assert isinstance(Desk().pull(client_of(peer)), AuthExpired)
        assert Desk().pull(client_of(peer)) is None
    if isinstance(peer, DovecotPeer):
        log = (peer.server.folder / "log").read_text(errors="replace")
        assert sum("auth failed" in line for line in log.splitlines() if f"<{peer.user}>" in line) == 3


def test_a_folder_that_is_not_there_is_said(peer: Peer) -> None:
    error = Desk().pull(client_of(peer, folder="Tidak Ada"))
    assert isinstance(error, Rejected)
    assert error.reason == "unknown_folder"


def test_the_server_wakes_the_channel(peer: Peer) -> None:
    desk, client = Desk(), client_of(peer)
    peer.deliver(mail(1))
    assert desk.pull(client) is None
    assert isinstance(client, Wakes)

    async def scenario() -> None:
        assert not await client.wait(desk.position, 0.2)
        waiting = asyncio.create_task(client.wait(desk.position, 30))
        for number in range(100):  # until the server listens, what is delivered is simply there
            if waiting.done():
                break
            await asyncio.to_thread(peer.deliver, mail(f"bangun {number}"))
            await asyncio.wait([waiting], timeout=0.3)
        assert await waiting
        assert await client.wait(desk.position, 30), "what came in between is seen at once"

    asyncio.run(scenario())


def test_a_trial_shows_what_would_come(peer: Peer) -> None:
    for number in range(25):
        peer.deliver(mail(number, "Hubungi 081234567890."))
    result = asyncio.run(client_of(peer).test(None, 0))  # type: ignore[arg-type]
    assert result.ok
    assert result.items == 20
    assert len(result.sample) == 3
    assert "081234567890" not in result.sample[0].text
    assert result.note_key == ""


def test_a_trial_of_a_mailbox_whose_letters_are_all_left_out_says_that(peer: Peer) -> None:
    """An empty page would send the administrator to the mail server, and the rule is what is wrong."""
    forum = client_of(peer, "balai_warga", sender="@forum.example")
    result = asyncio.run(forum.test(None, 0))  # type: ignore[arg-type]
    assert (result.ok, result.items, result.note_key) == (True, 0, "")
    peer.deliver(mail(1))
    result = asyncio.run(forum.test(None, 0))  # type: ignore[arg-type]
    assert (result.ok, result.items, result.note_key) == (True, 0, "channel.mail.note.none_fit")
    assert has_text(result.note_key)


def test_the_forums_mails_are_its_channels_and_nobody_elses(peer: Peer) -> None:
    forum = "Balai Warga <balaiwarga@jakarta.go.id>"
    marks = ["Auto-Submitted: auto-generated", "Precedence: bulk"]
    peer.deliver(mail(1, "Baca: https://www.jakarta.go.id/balai-warga/topik/7.", sender=forum, headers=marks))
    peer.deliver(mail(2))
    peer.deliver(mail(3, "Setuju.", sender=forum, headers=[*marks, "In-Reply-To: <1@surat.example>"]))
    threads, letters = Desk(), Desk()
    assert threads.pull(client_of(peer, "balai_warga", sender="balaiwarga@jakarta.go.id")) is None
    assert letters.pull(client_of(peer, not_from="balaiwarga@jakarta.go.id")) is None
    assert list(threads.reports) == ["1@surat.example"]
    thread = threads.reports["1@surat.example"]
    assert (thread.link, thread.author) == ("https://www.jakarta.go.id/balai-warga/topik/7", None)
    assert threads.replies["3@surat.example"].about == "1@surat.example"
    assert list(letters.reports) == ["2@surat.example"]
    assert letters.left_out == {"elsewhere": 2}
