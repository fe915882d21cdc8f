"""What only a full server has: CONDSTORE, OAuth, TLS; and the whole way from its mailbox to rows of the store."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from smartcity_desk.config import ChannelSettings
from smartcity_desk.domain.errors import AuthExpired, ConfigProblem, Rejected
from smartcity_desk.domain.ids import report_id
from smartcity_desk.sync import listening
from smartcity_desk.sync.channel import UNFETCHED, Position
from smartcity_desk.sync.mailbox.client import TRIES
from smartcity_desk.sync.mailbox.session import Access, Session
from smartcity_desk.sync.registry import setup
from tests.fakes.dovecot import PASSWORD, TOKEN, Dovecot
from tests.sync.bench import bench
from tests.sync.mailbox.world import Desk, DovecotPeer, client_of, mail


@pytest.fixture
def peer(dovecot_server: Dovecot) -> DovecotPeer:
    return DovecotPeer(dovecot_server)


@pytest.fixture
def secure(secure_dovecot: Dovecot) -> DovecotPeer:
    return DovecotPeer(secure_dovecot)


def test_a_still_mailbox_is_known_by_its_highest_modseq(
    peer: DovecotPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, client = Desk(), client_of(peer)
    peer.deliver(mail(1))
    assert desk.pull(client) is None
    assert desk.pull(client) is None
    assert desk.position.cursor["modseq"]
    asked: list[object] = []
    listed = Session.listed

    def watched(session: Session, after: int, next_uid: int) -> list[int]:
        asked.append(after)
        return listed(session, after, next_uid)

    monkeypatch.setattr(Session, "listed", watched)
    assert desk.pull(client) is None
    assert not asked
    peer.deliver(mail(2))
    assert desk.pull(client) is None
    assert asked == [1]
    assert len(desk.reports) == 2


def test_a_letter_that_a_real_server_cannot_read_stops_nobody_elses(peer: DovecotPeer) -> None:
    for number in range(4):
        peer.deliver(mail(number))
    peer.server.lock_up(peer.user, 1)
    desk, client = Desk(), client_of(peer)
    for _ in range(TRIES - 1):
        assert desk.pull(client) is not None
    assert desk.pull(client) is None
    assert desk.taken == ["0@surat.example", "2@surat.example", "3@surat.example"]
    [kept] = desk.unreadable
    assert (kept.key, kept.external_id.endswith(":2")) == (UNFETCHED, True)
    peer.deliver(mail("baru"))
    assert desk.pull(client) is None
    assert desk.taken[-1] == "baru@surat.example"
    peer.server.lock_up(peer.user, 1, away=False)
    desk.position = Position(client.rewound(0))  # type: ignore[attr-defined]
    assert desk.pull(client) is None
    assert "1@surat.example" in desk.reports


def test_a_letter_that_is_too_large_comes_without_its_files(peer: DovecotPeer) -> None:
    parts = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=batas\r\n\r\n"
        b"--batas\r\nContent-Type: multipart/alternative; boundary=dua\r\n\r\n"
        b"--dua\r\nContent-Type: text/html\r\n\r\n<p>Jalan <b>ambles</b></p>\r\n"
        b"--dua\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nJalan ambles \xe2\x80\x93 lihat foto.\r\n--dua--\r\n"
        b"--batas\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\xff"
        + b"A" * (1024 * 1024 + 10)
        + b"\r\n--batas--\r\n"
    )
    peer.deliver(mail(1).split(b"\r\n\r\n")[0] + b"\r\n" + parts)
    peer.deliver(mail(2, "x" * (1024 * 1024 + 10)))
    peer.deliver(mail(3))
    desk = Desk()
    assert desk.pull(client_of(peer, most_mb="1")) is None
    assert len(desk.reports) == 3
    large = desk.reports["1@surat.example"]
    assert large.text == "Jalan ambles – lihat foto.\n\n[surat besar: lampiran tidak diambil]"
    assert large.media == ()
    assert desk.reports["2@surat.example"].text.startswith("xxx")
    assert '"cut":true' in large.raw
    whole = Desk()
    assert whole.pull(client_of(peer)) is None
    assert len(whole.reports["1@surat.example"].media) == 1


@pytest.mark.parametrize("login", ["xoauth2", "oauthbearer"])
def test_a_token_opens_the_mailbox(peer: DovecotPeer, login: str) -> None:
    peer.deliver(mail(1))
    desk = Desk()
    assert desk.pull(client_of(peer, login=login, secrets={"token": TOKEN})) is None
    assert len(desk.reports) == 1
    stale = Desk().pull(client_of(peer, login=login, secrets={"token": "kedaluwarsa"}))
    assert isinstance(stale, AuthExpired)
    nothing = Desk().pull(client_of(peer, login=login, secrets={"password": PASSWORD}))
    assert isinstance(nothing, AuthExpired)
    assert nothing.params["reason"] == "no_secret"


@pytest.mark.parametrize("scheme", ["imap", "imaps"])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    secure: DovecotPeer, certificate: Path, scheme: str
) -> None:
    secure.deliver(mail(1))
    port = secure.server.plain_port if scheme == "imap" else secure.server.tls_port
    secure.url = f"{scheme}://127.0.0.1:{port}"
    refused = Desk().pull(client_of(secure))
    assert isinstance(refused, Rejected)
    assert refused.reason == "tls"
    desk = Desk()
    assert desk.pull(client_of(secure, ca_file=str(certificate))) is None
    assert len(desk.reports) == 1
    # its name counts too: the certificate is for the address, not for this name of it
    secure.url = f"{scheme}://localhost:{port}"
    other = Desk().pull(client_of(secure, ca_file=str(certificate)))
    assert isinstance(other, Rejected)
    assert other.reason == "tls"


def test_an_authority_that_cannot_be_read_is_said(secure: DovecotPeer, tmp_path: Path) -> None:
    error = Desk().pull(client_of(secure, ca_file=str(tmp_path / "tidak-ada.pem")))
    assert isinstance(error, ConfigProblem)
    assert error.params["name"] == "ca_file"


def test_a_password_is_not_sent_in_the_clear(peer: DovecotPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Access, "is_here", property(lambda _: False))  # as if the server were another machine
    error = Desk().pull(client_of(peer))
    assert isinstance(error, Rejected)
    assert error.reason == "no_tls"
    assert f"<{peer.user}>" not in (peer.server.folder / "log").read_text()


def test_letters_become_rows_and_a_new_one_wakes_the_engine(
    peer: DovecotPeer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "SOONEST", 0.0)
    secrets = {"channel/email/password": PASSWORD}

    async def scenario() -> None:
        async with bench(tmp_path, secrets=secrets) as desk:
            desk.settings.set_channel("email", ChannelSettings(True, peer.url, {"user": peer.user}))
            desk.engine.reload(desk.settings)
            peer.deliver(mail(1, "Hubungi 081234567890."))
            peer.deliver(mail(2, "Belum ada.", headers=["In-Reply-To: <1@surat.example>"]))
            stop = asyncio.Event()
            following = asyncio.create_task(desk.engine.follow(stop))
            try:
                await _until(lambda: len(desk.lines()) == 1)
                number = 2
                while len(desk.lines()) == 1:
                    # the clock of this test stands still: only the server's own word brings another round
                    number += 1
                    await asyncio.to_thread(peer.deliver, mail(number))
                    await asyncio.sleep(0.3)
                    assert number < 60
            finally:
                stop.set()
                await following
            detail = desk.store.report(report_id("email", "1@surat.example"))
            assert detail is not None
            assert "[telepon]" in detail.report.text
            assert [reply.text for reply in detail.replies] == ["Belum ada."]

    asyncio.run(scenario())


async def _until(true: object, seconds: float = 20.0) -> None:
    assert callable(true)
    end = asyncio.get_running_loop().time() + seconds
    while not true():
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0.05)


def test_one_mailbox_of_two_channels(peer: DovecotPeer, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as desk:
            options = {"user": peer.user}
            desk.settings.set_channel("email", ChannelSettings(True, peer.url, options))
            assert setup("email", desk.settings, desk.secrets).options["not_from"] == ""
            desk.settings.set_channel(
                "balai_warga", ChannelSettings(True, peer.url, {**options, "sender": "@forum.example"})
            )
            assert setup("email", desk.settings, desk.secrets).options["not_from"] == "@forum.example"
            desk.settings.set_channel(
                "balai_warga", ChannelSettings(True, peer.url, {**options, "mode": "open311"})
            )
            assert setup("email", desk.settings, desk.secrets).options["not_from"] == ""

    asyncio.run(scenario())


def test_a_line_that_breaks_in_the_middle_costs_nothing(
    peer: DovecotPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smartcity_desk.sync.mailbox import client as module

    monkeypatch.setattr(module, "PAGE_LETTERS", 2)
    for number in range(7):
        peer.deliver(mail(number))
    fetched, mails = [0], Session.mails

    def breaking(session: Session, uids: list[int], validity: int) -> object:
        fetched[0] += 1
        if fetched[0] == 3:
            session.cut()
        return mails(session, uids, validity)

    monkeypatch.setattr(Session, "mails", breaking)
    desk = Desk()
    assert desk.pull(client_of(peer)) is None, "a new connection goes on where the old one ended"
    assert desk.taken == [f"{number}@surat.example" for number in range(7)]


def test_a_wait_that_is_called_off_ends_at_once(peer: DovecotPeer) -> None:
    async def scenario() -> None:
        client = client_of(peer)
        waiting = asyncio.create_task(client.wait(Position(), 1_000))  # type: ignore[attr-defined]
        await asyncio.sleep(0.2)
        waiting.cancel()
        async with asyncio.timeout(3):
            await asyncio.gather(waiting, return_exceptions=True)
        assert waiting.cancelled()

    asyncio.run(scenario())
