"""One mail, from its bytes to a report: whatever stands in it, it is read, left out or set aside."""

from __future__ import annotations

import base64
import json
import time
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.times import DAY, from_iso
from smartcity_desk.sync.channels.email.mapping import to_report as reread
from smartcity_desk.sync.mailbox import automatic
from smartcity_desk.sync.mailbox import letter as module
from smartcity_desk.sync.mailbox.client import matcher
from smartcity_desk.sync.mailbox.letter import Letter, Mail, read
from smartcity_desk.sync.mailbox.mapping import Box, external_id, mail_of, of_raw, to_reply, to_report
from smartcity_desk.sync.mailbox.memory import MOST, Known, Memory
from smartcity_desk.sync.mailbox.quoting import said
from smartcity_desk.sync.mailbox.words import decoded, header, html_text

ARRIVED = from_iso("2026-11-23T02:00:00Z")
BOX = Box("email", lambda address: f"nama:{address}", "jakarta.go.id")
HEAD = b"From: Warga <Warga@Surat.example>\r\nSubject: Banjir\r\nMessage-ID: <1@surat.example>\r\n"
JPEG = b"\xff\xd8\xff\xe0" + bytes(5_000)


def letter_of(content: bytes, at: int = ARRIVED) -> Letter:
    return read(Mail(7, 99, at, len(content), content))[0]


def plain(body: bytes, charset: str = "", more: bytes = b"") -> bytes:
    kind = f"Content-Type: text/plain; charset={charset}\r\n".encode() if charset else b""
    return HEAD + more + kind + b"\r\n" + body


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("content", "charset", "text"),
    [
        ("Jalan – ambles".encode(), "iso-8859-1", "Jalan – ambles"),
        ("Jalan – ambles".encode("cp1252"), "utf-8", "Jalan – ambles"),
        ("Jalan é".encode("latin-1"), "us-ascii", "Jalan é"),
        ("日本".encode("iso-2022-jp"), "iso-2022-jp", "日本"),
        ("Jalan".encode("utf-16"), "utf-16", "Jalan"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
        (b"\x81\x8d", "tidak-ada", "\x81\x8d"),
        (b"abc", "rot13", "abc"),
        (b"abc", "punycode", "abc"),
        (b"a\0b", "", "a\ufffdb"),
        (b"", "utf-8", ""),
    ],
)
def test_charsets_may_lie(content: bytes, charset: str, text: str) -> None:
    assert decoded(content, charset) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?B?QmFuamly?= di\r\n Jl. Melati", "Banjir di Jl. Melati"),
        ("=?utf-8?Q?Jalan_=E2=80=93?= =?utf-8?Q?_ambles?=", "Jalan – ambles"),
        ("=?iso-8859-1?Q?caf=C3=A9?=", "café"),
        ("=?utf-8?B?####?=", "=?utf-8?B?####?="),
        ("=?x-none?Q?abc?=", "abc"),
        ("tanpa apa-apa", "tanpa apa-apa"),
        ("Jalan \udce2\udc80\udc93 ambles", "Jalan – ambles"),
    ],
)
def test_headers_are_read_encoded_or_raw(value: str, text: str) -> None:
    assert header(value) == text


def test_html_is_read_as_a_person_would() -> None:
    page = (
        "<html><head><title>x</title><style>p{}</style></head><body>Yth. <b>petugas</b>,<br>lampu   mati"
        "<p>Lokasi:\n Jl. Melati</p><script>alert(1)</script><div style='display:none'>rahasia</div>"
        "<ul><li>satu</li><li>dua</li></ul><table><tr><td>a</td><td>b</td></tr></table>"
        "<img src='http://jejak.example/1.gif'></body></html>"
    )
    assert html_text(page) == "Yth. petugas,\nlampu mati\nLokasi: Jl. Melati\n\nsatu\n\ndua\n\na b"


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 100000,
        "<b>" * 100000,
        "<table>" * 50000,
        "<a " + "x=1 " * 100000,
        "<" * 500000,
        "<!--" * 100000,
        "<b><i><u><font>" * 20000 + "<p>" * 20000,
        "&" * 500000,
        "</div>" * 80000,
    ],
    ids=["div", "b", "table", "attributes", "less", "comment", "formatting", "ampersand", "close"],
)
def test_hostile_html_costs_no_time(page: str) -> None:
    begun = time.process_time()
    html_text(page, without_quotes=True)
    assert time.process_time() - begun < 5


# ---------------------------------------------------------------- replies


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Belum ada.\n\nPada 22 Nov 2026, dki@jakarta.go.id menulis:\n> Terima kasih", "Belum ada."),
        ("Belum ada.\r\n\r\nOn Sun, 22 Nov 2026 at 09:00, Pemprov\r\n<dki@x.id> wrote:\r\n> a", "Belum ada."),
        ("Sudah.\n\n-----Pesan Asli-----\nDari: kota\n", "Sudah."),
        ("Sudah.\n________________________________\nFrom: kota\nSent: Senin", "Sudah."),
        ("Sudah.\n\nDari: Kota <a@b.id>\nDikirim: Senin, 23 November 2026\nKepada: saya\n", "Sudah."),
        ("Sudah beres.\n-- \nBudi\nKetua RT", "Sudah beres."),
        ("Sudah beres.\n\nDikirim dari ponsel saya", "Sudah beres."),
        ("> Apakah sudah?\nSudah.\n> Kapan?\nKemarin.", "Sudah.\nKemarin."),
        ("Pada hari itu warga menulis:\n> Apakah sudah?\nBelum juga.", "Belum juga."),
        ("> hanya kutipan", "> hanya kutipan"),
        ("", ""),
    ],
)
def test_a_reply_is_what_is_new_in_it(text: str, own: str) -> None:
    assert said(text) == own


def test_the_quotation_of_an_html_reply_is_cut_and_kept_in_the_raw_item() -> None:
    body = (
        b"Content-Type: text/html\r\nReferences: <0@surat.example> <akar@x>\r\n\r\n<div>Belum ada</div>"
        b"<div class='gmail_quote'>Pada hari Senin<blockquote>Terima kasih</blockquote></div>"
    )
    found = letter_of(HEAD + body)
    reply = to_reply(found, BOX, external_id(found), "0@surat.example")
    assert reply.text == "Belum ada"
    assert "Terima kasih" in reply.raw
    assert found.answers == ("0@surat.example", "akar@x")
    assert not reply.official


# ---------------------------------------------------------------- letters


def test_what_a_letter_becomes() -> None:
    found = letter_of(plain(b"Hubungi 0812-3456-7890", "utf-8", b"Date: Sun, 22 Nov 2026 09:00:00 +0700\r\n"))
    report = to_report(found, BOX, external_id(found))
    assert (report.external_id, report.title, report.text) == (
        "1@surat.example",
        "Banjir",
        "Hubungi [telepon]",
    )
    assert report.reported_at == from_iso("2026-11-22T02:00:00Z")
    assert report.author == "nama:warga@surat.example"
    assert report.unmasked is not None
    assert (report.lat, report.link, report.media) == (None, None, ())
    assert reread(json.loads(report.raw), BOX.pseudonym) == report


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("Sun, 22 Nov 2026 09:00:00 +0700", from_iso("2026-11-22T02:00:00Z")),
        ("Sun, 22 Nov 2026 09:00:00 -0000", from_iso("2026-11-22T09:00:00Z")),
        ("Mon, 3 May 2010 10:00:00 +0700", from_iso("2010-05-03T03:00:00Z")),  # the mailbox moved since
        ("Thu, 1 Jan 1970 00:00:00 +0000", ARRIVED),
        ("Sun, 22 Nov 2099 09:00:00 +0700", ARRIVED),
        ("kemarin", ARRIVED),
        ("", ARRIVED),
        ("Sun, 99 Nov 99999999999999 99:99:99 +9999", ARRIVED),
    ],
)
def test_a_date_that_cannot_be_true_gives_way_to_the_arrival(date: str, at: int) -> None:
    found = letter_of(plain(b"x", more=f"Date: {date}\r\n".encode()))
    assert to_report(found, BOX, "x").reported_at == at


def test_files_are_judged_by_content_and_limited() -> None:
    mail = EmailMessage()
    mail["Subject"] = "Foto"
    mail.set_content("Lihat foto")
    mail.add_attachment(
        JPEG, maintype="application", subtype="x-msdownload", filename="C:\\a\\081234567890.exe"
    )
    mail.add_attachment(b"MZ" + bytes(900), maintype="image", subtype="jpeg", filename="foto.jpg")
    mail.add_attachment(b"<svg onload=alert(1)>", maintype="image", subtype="svg+xml", filename="x.svg")
    mail.add_attachment(JPEG, maintype="image", subtype="jpeg", filename="lagi.jpg")
    for number in range(12):
        content = b"%PDF-" + bytes([number])
        mail.add_attachment(content, maintype="application", subtype="pdf", filename=f"{number}.pdf")
    found, files = read(Mail(1, 1, ARRIVED, 1, bytes(mail)))
    assert (files[0].media_type, files[0].name, files[0].content) == ("image/jpeg", "[telepon].exe", JPEG)
    assert len(files) == module.MOST_FILES
    assert found.skipped == 5
    assert to_report(found, BOX, "x").text == "Lihat foto\n\n[lampiran yang tidak diambil: 5]"
    assert to_report(found, BOX, "x").media == tuple(file.link for file in files)


def test_only_what_a_desk_can_take_is_kept_and_a_signature_is_no_file() -> None:
    mail = EmailMessage()
    mail["Subject"] = "Foto"
    mail.set_content("Lihat")
    mail.add_attachment(b"\0\0\0\x18ftypmp42" + bytes(99), maintype="video", subtype="mp4", filename="a.mp4")
    mail.add_attachment(b"BM" + bytes(99), maintype="image", subtype="bmp", filename="a.bmp")
    mail.add_attachment(
        b"\0\0\0\x18ftypmsf1" + bytes(99), maintype="image", subtype="heic", filename="a.heic"
    )
    mail.add_attachment(b"-----BEGIN", maintype="application", subtype="pgp-signature")
    found, files = read(Mail(1, 1, ARRIVED, 1, bytes(mail)))
    assert [file.media_type for file in files] == ["image/heic"]
    assert found.skipped == 2


def test_a_logo_in_the_text_is_no_picture_of_the_report() -> None:
    logo = base64.b64encode(JPEG[:900])
    body = (
        b"Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Halo</p>\r\n"
        b"--b\r\nContent-Type: image/jpeg\r\nContent-ID: <logo>\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + logo
        + b"\r\n--b--\r\n"
    )
    found, files = read(Mail(1, 1, ARRIVED, 1, HEAD + body))
    assert (found.text, files, found.skipped) == ("Halo", (), 0)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("filename*=utf-8''jalan%20%E2%80%93%20ambles.jpg", "jalan – ambles.jpg"),
        ('filename="=?utf-8?B?Zm90by5qcGc=?="', "foto.jpg"),
        ("filename*0=jalan-; filename*1=ambles.jpg", "jalan-ambles.jpg"),
        ("filename*=tidak-ada''%FF.jpg", "\ufffd.jpg"),
        ("filename=../../etc/passwd", "passwd"),
    ],
)
def test_names_of_files_are_read_and_never_paths(name: str, text: str) -> None:
    body = f"Content-Type: image/jpeg\r\nContent-Disposition: attachment; {name}\r\n\r\n".encode() + JPEG
    [file] = read(Mail(1, 1, ARRIVED, 1, HEAD + body))[1]
    assert file.name in (text, "ÿ.jpg")


def test_parts_within_parts_have_an_end() -> None:
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(3_000)
    )
    assert letter_of(HEAD + deep).subject == "Banjir"
    wide = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 5_000
    assert letter_of(HEAD + wide).skipped > 0
    begun = time.process_time()
    endless = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 500_000
    assert letter_of(HEAD + endless).cut
    assert letter_of(b"X: y\r\n" * 500_000).cut
    assert time.process_time() - begun < 5
    inner = b"Content-Type: message/rfc822\r\n\r\nSubject: teruskan\r\n\r\nIsi surat yang diteruskan"
    assert letter_of(HEAD + inner).text == "Isi surat yang diteruskan"


MIXED = b"Content-Type: multipart/mixed; boundary=b"
LONG = b"X-Baris: 1\r\n"


@pytest.mark.parametrize(
    "rest",
    [
        b"".join(MIXED + b"%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(200)) + b"\r\n" + b"\n" * 400_000,
        MIXED + b";" * 200_000 + b"\r\n\r\n--b\r\n\r\nhalo\r\n--b--",
        MIXED + b"\r\n\r\n--b\r\nContent-Type: text/plain" + b";a" * 500_000 + b"\r\n\r\nhalo\r\n--b--",
        MIXED
        + b"\r\n\r\n"
        + (b"--b\r\nContent-Type: text/plain" + b";a" * 990 + b"\r\n\r\nhalo\r\n") * 5_000,
        MIXED + b"\r\n\r\n--b\r\n" + LONG * 1_000_000 + b"\r\nhalo\r\n--b--",
        b"\r\n" + b"\n" * 10_000_000,
    ],
    ids=["nested lines", "parameters", "parameters of a part", "many of them", "headers of a part", "lines"],
)
def test_hostile_structure_costs_no_time(rest: bytes) -> None:
    begun = time.process_time()
    assert letter_of(HEAD + rest).subject == "Banjir"
    assert time.process_time() - begun < 5


def test_an_honest_letter_of_25_mb_is_read_whole() -> None:
    lines = base64.encodebytes(JPEG * 2_000).replace(b"\n", b"\r\n")
    part = b"--b\r\nContent-Type: image/jpeg; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\n" + lines
    found, files = read(
        Mail(1, 1, ARRIVED, 1, HEAD + MIXED + b"\r\n\r\n" + part + part.replace(b"/9j", b"/9k"))
    )
    assert not found.cut
    assert len(files[0].content) == 2_000 * len(JPEG)


def test_a_letter_without_anything_goes_to_quarantine_and_is_kept_whole() -> None:
    empty = Mail(3, 5, ARRIVED, 9, b"X-Kosong: \xff\r\n\r\n")
    with pytest.raises(BadData):
        to_report(read(empty)[0], BOX, "x")
    kept = json.loads(mail_of(empty, 1_000))
    assert kept["mail"].encode("latin-1") == empty.content
    assert of_raw(kept, "email") == read(empty)[0]


@pytest.mark.parametrize("item", [{}, [], "x", {"mail": 1}, {"mail": "x", "uid": "satu"}, {"uid": []}])
def test_a_raw_item_of_another_kind_is_bad_data(item: object) -> None:
    with pytest.raises(BadData):
        of_raw(item, "email")


# ---------------------------------------------------------------- who wrote


@pytest.mark.parametrize(
    ("sender", "checked", "official"),
    [
        ("dinas@jakarta.go.id", "", True),
        ("lurah@contoh.jakarta.go.id", "mx.example; spf=pass; dmarc=pass header.from=jakarta.go.id", True),
        ("dinas@jakarta.go.id", "mx.example; spf=pass\r\n smtp.mailfrom=x.example; DMARC = FAIL", False),
        ("dinas@jakarta.go.id.example", "", False),
        ("dinas@bukanjakarta.go.id", "", False),
    ],
)
def test_a_forged_office_speaks_for_nobody(sender: str, checked: str, official: bool) -> None:
    more = f"Authentication-Results: {checked}\r\n".encode() if checked else b""
    theirs = b"Authentication-Results: mx.example; dmarc=pass\r\n"
    content = f"From: Kantor <{sender}>\r\nSubject: Re: Banjir\r\n".encode() + more + theirs * bool(checked)
    reply = to_reply(letter_of(content + b"\r\nSudah ditangani"), BOX, "2", "1")
    assert reply.official is official


@pytest.mark.parametrize(
    ("marks", "sender", "reason"),
    [
        ({}, "warga@surat.example", ""),
        ({"auto-submitted": "no"}, "a@b", ""),
        ({"auto-submitted": "auto-generated; x=1"}, "a@b", automatic.AUTO_REPLY),
        ({"x-auto-response-suppress": "All"}, "a@b", automatic.AUTO_REPLY),
        ({"precedence": "BULK"}, "a@b", automatic.LIST),
        ({"list-id": "<x>"}, "a@b", automatic.LIST),
        ({"return-path": "<>"}, "a@b", automatic.BOUNCE),
        ({"return-path": "<a@b>"}, "a@b", ""),
        ({"content-type": "multipart/report; report-type=delivery-status"}, "a@b", automatic.BOUNCE),
        ({}, "mailer-daemon@surat.example", automatic.BOUNCE),
    ],
)
def test_what_no_citizen_wrote(marks: dict[str, str], sender: str, reason: str) -> None:
    assert automatic.why(marks, sender) == reason


def test_senders_by_rule() -> None:
    fits = matcher("forum@jakarta.go.id, @warga.example")
    assert [fits(one) for one in ("forum@jakarta.go.id", "x@warga.example", "x@a.warga.example")] == [
        True
    ] * 3
    assert [fits(one) for one in ("x@jakarta.go.id", "x@bukanwarga.example", "")] == [False] * 3
    assert not matcher("")("")


# ---------------------------------------------------------------- memory


def test_memory_knows_letters_by_what_they_say() -> None:
    memory = Memory()
    memory.add("a", "satu")
    memory.add("b", "dua", about="a")
    again = Memory(memory.saved(), memory.threads())
    assert [
        again.look(*pair)
        for pair in (("a", "satu"), ("a", "lain"), ("b", "lain"), ("", "dua"), ("c", "tiga"))
    ] == [
        Known.SAME,
        Known.NAMESAKE,
        Known.NAMESAKE,
        Known.SAME,
        Known.NEW,
    ]
    assert [again.about(names) for names in (("a",), ("b",), ("x", "b"), ("x",), ())] == [
        "a",
        "a",
        "a",
        "",
        "",
    ]


@pytest.mark.parametrize("saved", ["!", "AAA", 7, None, ["x"], "A" * 15])
def test_a_memory_that_cannot_be_read_is_none(saved: object) -> None:
    memory = Memory(saved, [["x"], 7, ["a", 3]])  # type: ignore[arg-type]
    assert memory.look("a", "b") is Known.NEW
    assert memory.threads() == []


def test_memory_stays_small() -> None:
    memory = Memory()
    for number in range(MOST + 10):
        memory.add(str(number), str(number))
    again = Memory(memory.saved())
    assert len(memory.saved()) == MOST * 16
    assert again.look("9", "9") is Known.NEW
    assert again.look("10", "10") is Known.SAME


# ---------------------------------------------------------------- anything at all

_PIECES = st.sampled_from(
    [
        b"\r\n",
        b"\n",
        b"\r\n\r\n",
        b": ",
        b";",
        b'"',
        b"=",
        b"--b",
        b"--b--",
        b"=?utf-8?B?",
        b"?=",
        b"<",
        b">",
        b"@",
        b"From: ",
        b"Subject: ",
        b"Date: ",
        b"Message-ID: ",
        b"References: ",
        b"Content-Type: multipart/mixed; boundary=b",
        b"Content-Type: text/html",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b"Content-Type: message/rfc822",
        b"Content-Disposition: attachment; filename*=",
        b"charset=",
        b"utf-7''",
        b"\xff",
        b"Content-Transfer-Encoding: x-uuencode",
        b"begin 666 x\n",
        b"<div>",
        b"\x00",
        b"99999999999999999999",
        b"+",
    ]
)


@given(st.lists(st.one_of(_PIECES, st.binary(max_size=12)), max_size=60).map(b"".join))
def test_any_bytes_are_a_letter_or_set_aside(content: bytes) -> None:
    found, files = read(Mail(1, 2, ARRIVED, len(content), content))
    again, _ = read(Mail(9, 3, ARRIVED + DAY, len(content), content))
    automatic_or_not = automatic.why(found.marks, found.sender)
    assert automatic_or_not in ("", automatic.AUTO_REPLY, automatic.BOUNCE, automatic.LIST)
    try:
        report = to_report(found, BOX, external_id(found))
        reply = to_reply(found, BOX, external_id(found), "akar")
    except BadData:
        assert not (found.text)
        assert not (found.subject)
        assert not files
        return
    assert json.loads(report.raw)
    assert report.external_id
    assert reply.text is not None
    assert again.message_id == found.message_id
    report.raw.encode()
    report.title.encode()
