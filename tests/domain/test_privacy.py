"""Personal data in citizens' words: found nearly always, and hardly anything else taken for it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.privacy import EMAIL, NIK, PHONE, PLATE, is_nik, mask, mask_both, pseudonym

# ---------------------------------------------------------------- made-up people, as citizens write them

SENTENCES = (
    "Lampu jalan mati di Jl. Melati {x} mohon ditindak",
    "Mohon hubungi saya di {x} ya pak, banjir sudah 30 cm",
    "{x} warga RT 03 RW 05 Tebet, sampah menumpuk sudah 3 hari",
    "laporan tgl 12/11/2026 jam 08.30 belum ada tindak lanjut, {x}",
    "Saluran tersumbat depan rumah no 12. Kontak: {x}",
    "pohon tumbang menimpa motor, ({x}) tolong cepat",
    "mohon info ke {x}, terima kasih",
    "{x}",
    "Sudah lapor 1708 dan 112 tapi tidak diangkat.\n{x}",
    "jalan berlubang sepanjang 100 m di Kel. Pegangsaan II/7 -- {x}.",
)


def _spread(digits: str, how: int, random_: random.Random) -> str:
    if how == 0:
        return digits
    mark = random_.choice([" ", "-", ".", " - "])
    sizes = random_.choice([(4, 4, 4, 4), (6, 6, 4), (2, 2, 2, 6, 4), (4, 4, 8)])
    parts, at = [], 0
    for size in sizes:
        parts.append(digits[at : at + size])
        at += size
    return mark.join(part for part in parts if part)


def nik(r: random.Random) -> str:
    day = r.randint(1, 31) + (40 if r.random() < 0.5 else 0)
    digits = (
        f"{r.choice([31, 32, 33, 36, 11, 94])}{r.randint(1, 79):02}{r.randint(1, 30):02}"
        f"{day:02}{r.randint(1, 12):02}{r.randint(0, 99):02}{r.randint(1, 9999):04}"
    )
    return r.choice(["", "NIK ", "nik: ", "NIK. ", "KTP saya ", "no KTP "]) + _spread(
        digits, r.choice([0, 0, 1]), r
    )


def mobile(r: random.Random) -> str:
    rest = "".join(r.choice("0123456789") for _ in range(r.randint(7, 9)))
    start = f"8{r.choice('1235789')}{r.randint(0, 9)}"
    prefix = r.choice(["0", "+62", "62", "+62 ", "0062", "+62-", "(+62) ", "(0", "+62 (0)"])
    closing = ")" if prefix == "(0" else ""
    mark = r.choice(["", "", "-", " ", ".", " - "])
    number = f"{prefix}{start}{closing}{mark}{rest[:4]}{mark}{rest[4:]}"
    return r.choice(["", "WA ", "wa", "hp ", "HP. ", "telp: ", "no ", "wa.me/", "Tlp."]) + number


def landline(r: random.Random) -> str:
    rest = str(r.randint(2, 9)) + "".join(r.choice("0123456789") for _ in range(r.choice([6, 7])))
    prefix = r.choice(["021", "(021)", "021-", "021 ", "+6221", "+62 21 ", "(021) ", "+62-21-"])
    mark = r.choice(["", "-", " "])
    return r.choice(["", "telp ", "Telp. ", "fax "]) + prefix + rest[:4] + mark + rest[4:]


def email(r: random.Random) -> str:
    name = r.choice(["budi", "siti.aminah", "warga_tebet", "rw05+lapor", "a.b-c", "jakarta2026"])
    at = r.choice(["@", "@", "@", " @ ", "(at)", " [at] "])
    return f"{name}{r.randint(0, 999) or ''}{at}{r.choice(['gmail.com', 'yahoo.co.id', 'mail.contoh.go.id'])}"


def plate(r: random.Random) -> str:
    letters = "".join(r.choice("ABCEFGHJKLNPQRSTUVWXYZ") for _ in range(r.choice([2, 3, 3])))
    mark = r.choice([" ", " ", "", "-", "."])
    text = f"{r.choice(['B', 'B', 'B', 'F', 'D', 'AB'])}{mark}{r.randint(100, 9999)}{mark}{letters}"
    lead = r.choice(["", "mobil ", "motor plat ", "truk nopol ", "angkot "])
    return lead + (text.lower() if lead else text)


MAKERS: dict[str, tuple[Callable[[random.Random], str], float]] = {
    NIK: (nik, 0.99),
    PHONE: (mobile, 0.99),
    "landline": (landline, 0.95),
    EMAIL: (email, 0.99),
    PLATE: (plate, 0.95),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_recall(kind: str) -> None:
    maker, least = MAKERS[kind]
    word = PHONE if kind == "landline" else kind
    r = random.Random(f"recall {kind}")
    missed = []
    for _ in range(2000):
        text = r.choice(SENTENCES).format(x=maker(r))
        masked = mask(text)
        if word not in masked.text:
            missed.append(text)
    assert 1 - len(missed) / 2000 >= least, missed[:20]


INNOCENT = (
    "Banjir {n} cm di Jl. Melati {m} no {k} RT {a:03} RW {b:03}",
    "Sudah lapor ke 112, 1708 dan 110 sejak tgl {d:02}-{mo:02}-2026 jam {h:02}.{mi:02}",
    "kode tiket JK{big} tanggal {d:02}/{mo:02}/2026",
    "lokasi -6.{six}, 106.{six} dekat halte koridor {m} B {k} meter",
    "kerugian Rp {k}.000.000 dan Rp {big} untuk {a} KK",
    "Kel. Pegangsaan Dua {m} km dari Blok {L} {k} {L2}, lantai {a}",
    "Rusun Tower {L} {k} {L2} unit {m}, lift mati {b} hari",
    "Bus TransJakarta {m}{L} terlambat {k} menit, halte {b}",
    "Jl. RS Fatmawati {k}, Jl. Raya Bogor KM {m}, RT {a}/RW {b}",
    "ukuran {m} x {k} m, tinggi {n} cm, berat {k} kg, {m} orang",
    "pukul {h:02}:{mi:02} WIB tanggal {d} Nopember 2026 suhu {m} derajat",
    "nomor surat {k}/SK/2026 perihal genangan {n} cm",
    "sejak 2019-2026 sudah {k} kali, {m}.{k} warga terdampak",
    "ada {k} dan {m} lubang, a {k} m dari b {k} m",
    "token listrik {four} {four2} {four} {four2} {four}",
    "follow @jakartagoid dan @dkijakarta #banjir{k}",
    "dari gerbang {m} ke gerbang {b} jaraknya {k} km",
    "di {k} meter sebelum lampu merah, k {m} rb, t {k} cm",
)


def test_false_masking() -> None:
    r = random.Random("innocent")
    wrong = []
    for _ in range(4000):
        values = {
            "n": r.randint(5, 180), "m": r.randint(1, 99), "k": r.randint(1, 999), "a": r.randint(1, 20),
            "b": r.randint(1, 20), "d": r.randint(1, 31), "mo": r.randint(1, 12), "h": r.randint(0, 23),
            "mi": r.randint(0, 59), "big": r.randint(10**6, 10**10), "six": r.randint(10**5, 10**7),
            "L": r.choice("ABCDEF"), "L2": r.choice("ABCDEF"), "four": r.randint(1000, 9999),
            "four2": r.randint(1000, 9999),
        }  # fmt: skip
        text = r.choice(INNOCENT).format(**values)
        if mask(text).changed:
            wrong.append((text, mask(text).text))
    assert len(wrong) / 4000 <= 0.02, wrong[:20]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("NIK 3174014107900001 banjir", f"NIK {NIK} banjir"),
        ("3174.0101.0790.0001", NIK),
        ("KK 9999999999999999", f"KK {NIK}"),
        ("kode 2026112201464123", "kode 2026112201464123"),
        ("wa 0812-3456-7890, tlp (021) 555-1234", f"wa {PHONE}, tlp {PHONE}"),
        ("+62 812 3456 7890", PHONE),
        ("6281234567890", PHONE),
        ("0 8 1 2 3 4 5 6 7 8 9 0", PHONE),
        ("telepon 112 atau 1708", "telepon 112 atau 1708"),
        ("budi@contoh.go.id", EMAIL),
        ("budi (at) contoh (dot) go (dot) id", EMAIL),
        ("0812_3456_7890", PHONE),
        ("081234567890/081298765432", f"{PHONE}/{PHONE}"),
        ("\uff10\uff18\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff10", PHONE),
        ("\u0660\u0668\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0660", PHONE),
        ("hub 08\u200b1234\u206067890", f"hub {PHONE}"),
        ("genangan \uff13\uff10 cm", "genangan \uff13\uff10 cm"),
        ("@jakartagoid lampu mati", "@jakartagoid lampu mati"),
        ("B 1234 XYZ parkir liar", f"{PLATE} parkir liar"),
        ("mobil b 1234 xyz", f"mobil {PLATE}"),
        ("Blok B 12 C", "Blok B 12 C"),
        ("Rusun Blok B 1234 ABC", "Rusun Blok B 1234 ABC"),
        ("08-12-2026 10.30", "08-12-2026 10.30"),
    ],
)
def test_examples(text: str, masked: str) -> None:
    assert mask(text).text == masked
    assert mask(text).changed == (text != masked)


def test_birthday_of_women_counts_forty_more() -> None:
    assert is_nik("3174014107900001")
    assert is_nik("3174017112900001")
    assert not is_nik("3174013207900001")
    assert not is_nik("3174017207900001")
    assert not is_nik("3174010113900001")


@given(st.text(max_size=300))
def test_masking_again_changes_nothing_and_never_raises(text: str) -> None:
    once = mask(text)
    assert mask(once.text).text == once.text
    if not once.changed:
        assert once.text == text


@given(st.text(alphabet="0123456789 .-+()/@bBxX62", max_size=200))
def test_dense_text_never_raises(text: str) -> None:
    assert isinstance(mask(text).text, str)


@pytest.mark.parametrize("piece", ["a", "1", "1 ", "08", "@", "a@", "B 1", "62 8", "a.b+", "3174 "])
def test_time_grows_with_length_only(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    mask(text[:1000])
    start = time.process_time()
    mask(text)
    assert time.process_time() - start < 2.0


def test_title_and_text_keep_their_originals_apart() -> None:
    words = mask_both("Lapor", "hubungi 081234567890")
    assert words.text == f"hubungi {PHONE}"
    assert words.unmasked is not None
    assert "081234567890" in words.unmasked
    assert mask_both("Lapor", "banjir").unmasked is None


def test_a_pseudonym_is_lasting_keyed_and_apart_for_each_channel() -> None:
    key = b"k" * 32
    assert pseudonym(key, "x", "88000001") == pseudonym(key, "x", "88000001")
    assert pseudonym(key, "x", "88000001") != pseudonym(key, "facebook", "88000001")
    assert pseudonym(key, "x", "88000001") != pseudonym(b"o" * 32, "x", "88000001")
    assert "88000001" not in pseudonym(key, "x", "88000001")
