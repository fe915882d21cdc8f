"""Ten thousand letters from a real Dovecot into committed rows, against the bare fetch of the same bytes.

Of every ten letters eight are plain, one is HTML, and one is an answer on the thread before it; every twentieth brings
a small picture. The control fetches all of them with the same library in the same batches and looks at none.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.bench_channels import sentence
from benchmarks.figure import Figure, Options
from smartcity_desk.config import ChannelSettings, Settings
from smartcity_desk.directory import load_policy
from smartcity_desk.secrets import SecretStore
from smartcity_desk.store import Store
from smartcity_desk.sync.engine import Engine
from smartcity_desk.sync.mailbox.client import PAGE_LETTERS, SIZED

LETTERS: Final = 10_000
REACH_S: Final = 60.0
NOW: Final = 1_795_400_000_000
_PICTURE: Final = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40


def letter(number: int) -> bytes:
    """One letter of a busy mailbox."""
    draw = random.Random(number)
    head = (
        f"Return-Path: <warga{number}@surat.example>\r\n"
        f"Received: from mx.surat.example by mx.kota.example; Sun, 22 Nov 2026 09:00:00 +0700\r\n"
        f"From: =?utf-8?B?V2FyZ2E=?= {number} <warga{number % 3000}@surat.example>\r\n"
        f"To: dki@jakarta.go.id\r\nSubject: =?utf-8?Q?Laporan_=E2=80=93?= {sentence(draw)[:40]}\r\n"
        f"Message-ID: <{number}@surat.example>\r\n"
        f"Date: Sun, 22 Nov 2026 09:{number // 60 % 60:02}:{number % 60:02} +0700\r\n"
        f"MIME-Version: 1.0\r\n"
    )
    text = "\r\n".join(sentence(draw) for _ in range(4))
    if number % 10 == 7:
        head += f"In-Reply-To: <{number - 1}@surat.example>\r\nReferences: <{number - 1}@surat.example>\r\n"
        text = f"Belum ada petugas.\r\n\r\nPada hari Minggu warga menulis:\r\n> {text}"
    plain = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    if number % 10 == 3:
        lines = text.replace("\r\n", "</p><p>")
        plain = (
            "Content-Type: multipart/alternative; boundary=dua\r\n\r\n--dua\r\n"
            f"Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>{lines}</p></body></html>\r\n--dua--\r\n"
        )
    if number % 20 != 0:
        return (head + plain).encode()
    return (
        (head + "Content-Type: multipart/mixed; boundary=satu\r\n\r\n--satu\r\n" + plain).encode()
        + b"\r\n--satu\r\nContent-Type: image/jpeg; name=foto.jpg\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + _PICTURE
        + b"\r\n--satu--\r\n"
    )


def run(options: Options) -> list[Figure]:
    """First import of a full mailbox, and a poll of it when nothing is new."""
    from tests.fakes.dovecot import PASSWORD, dovecot, is_here

    if not is_here():
        raise RuntimeError("dovecot-imapd is not installed")
    count = options.size(LETTERS, 500)
    took: dict[str, list[float]] = {"import": [], "bare": [], "still": []}
    with dovecot() as server, tempfile.TemporaryDirectory() as name:
        user = server.account()
        for number in range(count):
            server.deliver(user, letter(number), NOW / 1000)
        url = f"imap://127.0.0.1:{server.plain_port}"
        _bare(url, user, PASSWORD)  # the server makes its own index at the first look
        for turn in range(options.repeats):
            took["bare"].append(_bare(url, user, PASSWORD))
            first, still = asyncio.run(_imported(Path(name) / str(turn), url, user, PASSWORD, count))
            took["import"].append(first)
            took["still"].append(still)
    found = {way: median(each) for way, each in took.items()}
    return [
        Figure(
            f"first import of {count:,} mails from Dovecot",
            found["import"],
            "s",
            REACH_S * count / LETTERS,
            control=found["bare"],
            control_name="bare fetch",
        ),
        Figure(f"a poll of {count:,} mails when nothing is new", found["still"] * 1000, "ms"),
    ]


async def _imported(folder: Path, url: str, user: str, password: str, count: int) -> tuple[float, float]:
    """Seconds of the first round with committed rows, and of a walk over the still mailbox."""
    folder.mkdir()  # noqa: ASYNC240
    store = Store.open(folder / "desk.sqlite3", now=NOW, policy=load_policy())
    settings = Settings(folder / "settings.json")
    settings.set_channel("email", ChannelSettings(True, url, {"user": user}))
    secrets = SecretStore.in_memory({"channel/email/password": password})
    engine = Engine(store, settings, secrets, clock=lambda: NOW)
    try:
        began = time.perf_counter()
        result = await engine.run_once(["email"])
        took = time.perf_counter() - began
        pulled = result.channels[0].pulled
        assert pulled is not None, result.errors
        assert pulled.new + pulled.replies == count, pulled
        again = time.perf_counter()
        assert (await engine.run_once(["email"])).channels[0].ok
        return took, time.perf_counter() - again
    finally:
        await engine.close()
        store.close()


def _bare(url: str, user: str, password: str) -> float:
    """Seconds to fetch every letter and do nothing with it."""
    from imapclient import IMAPClient

    host, _, port = url.removeprefix("imap://").partition(":")
    began = time.perf_counter()
    client: Any = IMAPClient(host, port=int(port), ssl=False)
    client.login(user, password)
    client.select_folder("INBOX", readonly=True)
    uids = client.search("ALL")
    for start in range(0, len(uids), SIZED):
        client.fetch(uids[start : start + SIZED], ["RFC822.SIZE"])
    for start in range(0, len(uids), PAGE_LETTERS):
        client.fetch(uids[start : start + PAGE_LETTERS], ["INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[]"])
    client.logout()
    return time.perf_counter() - began
