"""What citizens and officials write: Indonesian from templates, formal, colloquial and abbreviated, with slips.

Every name, number, plate and address in it is invented; streets are flowers and fruits. Some texts carry invented
personal data so that masking has something to mask, and some are hostile, because real ones are.
"""

from __future__ import annotations

from random import Random
from typing import Final

from smartcity_desk.domain.events import ExclusionCode
from smartcity_desk.training.draw import pick

STREETS: Final = (
    "Melati",
    "Kenanga",
    "Mawar",
    "Anggrek",
    "Cempaka",
    "Flamboyan",
    "Dahlia",
    "Bougenville",
    "Mangga",
    "Rambutan",
    "Duku",
    "Jambu",
    "Salak",
    "Nangka",
    "Belimbing",
    "Kelapa",
)
LANDMARKS: Final = (
    "pos RW",
    "masjid",
    "gereja",
    "sekolah dasar",
    "pasar",
    "minimarket",
    "puskesmas",
    "lapangan",
    "jembatan",
    "halte",
    "taman",
    "kantor kelurahan",
    "SPBU",
    "perempatan",
)
SINCE: Final = (
    "sejak kemarin",
    "sejak tadi pagi",
    "sudah tiga hari",
    "sudah seminggu",
    "sejak semalam",
    "sudah sebulan",
    "baru saja",
    "setiap hujan",
)
PROBLEMS: Final[dict[str, tuple[str, ...]]] = {
    "sampah": (
        "sampah menumpuk",
        "sampah tidak diangkut",
        "tumpukan sampah berbau menyengat",
        "bak sampah penuh dan berserakan",
    ),
    "sampah_liar": (
        "ada pembuangan sampah liar",
        "orang membuang puing sembarangan",
        "ada TPS liar di lahan kosong",
    ),
    "saluran_tersumbat": (
        "saluran air tersumbat",
        "got mampet penuh lumpur",
        "selokan tertutup sampah",
        "saluran air meluap karena tersumbat",
    ),
    "genangan": (
        "ada genangan air setinggi mata kaki",
        "air menggenang di jalan",
        "jalan tergenang dan licin",
    ),
    "fasum_rusak": (
        "bangku taman patah",
        "penutup got hilang",
        "pagar jembatan rusak",
        "tempat sampah umum rusak",
        "polisi tidur terlalu tinggi dan pecah",
    ),
    "gangguan": (
        "ada suara musik keras sampai larut malam",
        "anak-anak tawuran",
        "ada yang membakar sampah, asapnya masuk rumah",
        "hewan ternak berkeliaran",
    ),
    "pelayanan": (
        "antrean pelayanan di kelurahan lama sekali",
        "pengurusan surat domisili belum selesai",
        "loket kelurahan tutup sebelum jamnya",
    ),
    "lainnya": ("ada masalah lingkungan yang perlu dilihat", "mohon petugas datang melihat keadaan di sini"),
    "jalan_rusak": ("jalan berlubang", "aspal terkelupas dan membahayakan motor", "jalan ambles"),
    "lampu_jalan": ("lampu jalan mati", "penerangan jalan padam, gelap sekali", "tiang lampu jalan miring"),
    "pohon_rawan": ("pohon besar sudah condong", "ranting pohon menyentuh kabel", "pohon perlu dipangkas"),
    "pohon_tumbang": ("pohon tumbang menutup jalan", "dahan besar patah menimpa pagar"),
    "parkir_liar": ("parkir liar menutup separuh jalan", "mobil parkir di trotoar"),
    "pkl": ("pedagang menutup trotoar", "lapak liar memakan badan jalan"),
    "rambu": ("lampu lalu lintas mati", "rambu jalan roboh"),
    "reklame_liar": ("spanduk liar menutup rambu", "papan reklame hampir roboh"),
    "sosial": ("ada lansia terlantar", "ada anak jalanan yang perlu ditolong"),
    "kesehatan": ("banyak nyamuk, perlu fogging", "ada warga kena demam berdarah"),
    "listrik": ("listrik padam", "tiang listrik miring dan berbahaya", "kabel listrik menjuntai"),
    "kabel": ("kabel internet semrawut menjuntai ke jalan", "tiang kabel roboh"),
    "air_bersih": ("air ledeng mati", "pipa air bocor di jalan"),
    "banjir": (
        "banjir masuk rumah",
        "air naik terus",
        "banjir setinggi lutut, arus deras",
        "jalan terputus karena banjir",
    ),
    "kebakaran": ("kebakaran di rumah warga", "ada asap tebal, api mulai besar", "korsleting, api di warung"),
    "angin": ("atap rumah terbang kena angin", "angin puting beliung merobohkan pohon"),
    "kabut_asap": ("asap tebal, sesak napas",),
    "gempa": ("gempa terasa cukup kuat",),
}
FORMAL: Final = (
    "Selamat {waktu}, mohon ditindaklanjuti: {masalah} di {lokasi}, {sejak}. Terima kasih.",
    "Dengan hormat, kami melaporkan bahwa {masalah} di {lokasi} {sejak}. Mohon bantuan petugas.",
    "Yth. petugas, {masalah} di {lokasi}. Keadaan ini {sejak} dan mengganggu warga.",
    "Lapor: {masalah}. Lokasi {lokasi}. Mohon segera ditangani.",
)
COLLOQUIAL: Final = (
    "min, {masalah} nih di {lokasi}, {sejak} gak ada yang urus",
    "tolong dong {masalah} di {lokasi}, {sejak} belum juga beres",
    "{masalah} di {lokasi} parah banget, kapan ditangani ya?",
    "gimana ini, {masalah} {sejak}, {lokasi}. capek lapor terus",
)
ABBREVIATED: Final = (
    "mhn bantuan, {masalah} di {lokasi} {sejak}",
    "{lokasi} : {masalah} tlg cek",
    "lapor {masalah}, lok {lokasi}, {sejak}",
)
SHORT: Final = {
    "jalan": "jl",
    "yang": "yg",
    "tidak": "gk",
    "sudah": "udh",
    "belum": "blm",
    "tolong": "tlg",
    "dengan": "dgn",
    "mohon": "mhn",
    "banget": "bgt",
    "karena": "krn",
    "sampai": "smp",
    "depan": "dpn",
    "setiap": "tiap",
    "orang": "org",
    "kemarin": "kmrn",
    "petugas": "ptgs",
}
EMOJI: Final = ("🙏", "😡", "😭", "🚨", "🌧️", "😷", "🗑️", "🔥", "💡", "🤦")
SPAM: Final = (
    "PINJAMAN CEPAT CAIR tanpa jaminan, cek https://pinjam.example",
    "jual followers murah hub wa {telepon}",
    "Slot gacor hari ini, daftar https://gacor.example 🔥🔥",
    "tes tes tes",
    "dijual rumah siap huni, harga nego, hub {telepon}",
)
VAGUE: Final = (
    "tolong ditangani dong, sudah lama begini",
    "kapan dibenerin???",
    "parah banget di sini",
    "{masalah}, mohon bantuannya",
    "min tolong {masalah}",
)
HOSTILE: Final = (
    '<script>alert("uji")</script> {inti}',
    "<b>PENTING</b> <img src=x onerror=alert(1)> {inti}",
    '=HYPERLINK("https://jahat.example";"klik") {inti}',
    "+62=cmd|' /C calc'!A0 {inti}",
    "\u202egnalubret\u202c {inti} \u200f\u200b",
    "{inti} \u0335\u0336\u0337Z\u0351\u0352A\u0353\u0354L\u0355\u0356G\u0357\u0358O",
    "{inti} '; DROP TABLE report; --",
    "{{inti}} %s %d {0} {inti}",
    "{inti}\r\n\r\n\tSubject: x\r\nBcc: y",
)
TIMES: Final = ("pagi", "siang", "sore", "malam")

RESPONSES: Final = (
    "Terima kasih atas laporannya. Petugas PPSU kami turunkan ke lokasi dan pekerjaan dimulai hari ini.",
    "Sudah kami tinjau. Pekerjaan dijadwalkan bersama pengurus RW setempat dan segera dimulai.",
    "Tim sudah di lokasi, keadaan dipastikan sesuai laporan. Pekerjaan sedang berjalan.",
    "Kami sudah berkoordinasi dengan warga. Peralatan tiba besok pagi dan pekerjaan langsung dikerjakan.",
)
ACKNOWLEDGEMENTS: Final = (
    "",
    "Laporan diterima.",
    "Siap, kami cek.",
    "Diterima, diteruskan ke seksi terkait.",
)
COMPLETIONS: Final = (
    "Pekerjaan selesai, lokasi sudah bersih dan aman.",
    "Sudah selesai dikerjakan oleh petugas bersama warga.",
    "Selesai. Lokasi sudah diperiksa kembali bersama pengurus RT.",
)
EMPTY_COMPLETIONS: Final = ("Selesai.", "Sudah ditindaklanjuti.", "Sudah dikerjakan, terima kasih.")
RETURNS: Final = (
    "Lokasi berada di luar wilayah kami, bukan wewenang kami.",
    "Pekerjaan ini bukan wewenang kelurahan, perlu instansi teknis.",
    "Aset bukan milik kami, mohon diteruskan ke instansi yang berwenang.",
)
WEAK_RETURNS: Final = (
    "Tenaga terbatas, mohon dialihkan.",
    "Bukan prioritas kami saat ini, mohon ke kecamatan.",
)
ROUTE_REASONS: Final = (
    "Sesuai lokasi dan jenis laporan",
    "Wilayah kerja dan kategori sesuai",
    "Perlu tindakan di lapangan",
)
REROUTE_REASONS: Final = (
    "Dialihkan ke instansi yang berwenang",
    "Sesuai jawaban kantor sebelumnya, wewenang di sini",
)
REFUSE_RETURN: Final = ("Lokasi dan jenis pekerjaan ada di wilayah Saudara, mohon dilanjutkan.",)
REFUSE_DONE: Final = (
    "Foto tidak menunjukkan lokasi yang dilaporkan.",
    "Warga menyatakan pekerjaan belum dilakukan.",
    "Bukti belum cukup, keadaan di lokasi masih sama.",
)
REOPEN: Final = ("Keluhan muncul lagi di lokasi yang sama.", "Pelapor menyatakan masalah belum selesai.")
WAIT_REPORTER: Final = "Menunggu pelapor menyebutkan lokasi."
WAIT_THIRD: Final = "Menunggu pekerjaan pihak ketiga di lokasi."
GOT_PLACE: Final = "Pelapor sudah menyebutkan lokasi."
THIRD_DONE: Final = "Pihak ketiga sudah selesai di lokasi."
JOINED: Final = "Tempat, waktu, dan uraiannya sama dengan laporan yang lebih dahulu."
NOTES: Final = (
    "Sudah ditelepon ke kelurahan.",
    "Pelapor pernah melapor hal yang sama.",
    "Cek ulang besok pagi.",
)

FLOOD_DECLARED: Final = "Banjir melanda kelurahan rawan, petugas dikerahkan untuk evakuasi dan pompa."
FLOOD_ENDED: Final = "Genangan surut dan jalan sudah dapat dilalui petugas."
OUTAGE_DECLARED: Final = "Kotak masuk kantor tidak dapat dibuka, gangguan pada pusat data."
POLICY_SOURCE: Final = "usulan unit: tenggat kelurahan dan kecamatan dihitung dalam jam kerja"
POLICY_REASON: Final = "Petugas kelurahan bekerja pada jam kerja, tenggat disesuaikan untuk dibahas bersama."
OBJECTIONS: Final[dict[ExclusionCode, tuple[str, ...]]] = {
    ExclusionCode.MISROUTED: ("Pekerjaan pada butir ini bukan wewenang kantor kami.",),
    ExclusionCode.WAITING_REPORTER: ("Pelapor belum menjawab pertanyaan kami tentang lokasi.",),
    ExclusionCode.WAITING_THIRD_PARTY: (
        "Jaringan milik pihak ketiga, kami sudah bersurat dan menunggu jadwalnya.",
    ),
    ExclusionCode.CALAMITY: ("Petugas kami dikerahkan untuk banjir pada hari itu.",),
    ExclusionCode.OUTAGE: ("Kotak masuk kantor kami tidak dapat dibuka pada hari itu.",),
    ExclusionCode.LONG_WORK: ("Perbaikan memerlukan pengadaan, tidak dapat selesai dalam sehari.",),
    ExclusionCode.AMBIGUOUS_PLACE: ("Titik berada di batas dua kelurahan, kami sedang memastikannya.",),
}
"""Reasons of a *sanggahan* by the code they go with."""
OBJECTION_PLAIN: Final = (
    "Petugas sudah ke lokasi tetapi jawabannya terlambat dimasukkan, mohon diperiksa kembali."
)
"""One that names no code."""
OBJECTION_ACCEPTED: Final = "Bukti gangguan kotak masuk sesuai dengan catatan pusat data."
OBJECTION_PARTLY: Final = "Dua butir terbukti menunggu pihak ketiga, butir lain tidak disertai bukti."
OBJECTION_REJECTED: Final = "Surat tidak menyertakan bukti untuk butir yang disebut."
EXTENDED: Final = "Lampiran berkas belum lengkap saat pemberitahuan dikirim."
LETTER: Final = "B-{number}/KEL/{year}"
PROPOSED: Final = "Masa sanggah berakhir, diusulkan untuk dievaluasi."
WITHDRAWN: Final = "Setelah sanggahan diterima, angka kantor ini tidak lagi memenuhi aturan."


def citizen_text(rng: Random, category: str, place: str, *, vague: bool, named: bool, tag: bool) -> str:
    """A report on `category`. `named` says the kelurahan in it; `tag` calls the city's account, as on X."""
    problem = pick(rng, PROBLEMS.get(category, PROBLEMS["lainnya"]))
    register = rng.random()
    if vague:
        text = pick(rng, VAGUE).replace("{masalah}", problem)
    else:
        templates = FORMAL if register < 0.35 else COLLOQUIAL if register < 0.75 else ABBREVIATED
        text = (
            pick(rng, templates)
            .replace("{masalah}", problem)
            .replace("{lokasi}", _location(rng, place if named else ""))
            .replace("{sejak}", pick(rng, SINCE))
            .replace("{waktu}", pick(rng, TIMES))
        )
    if register >= 0.6:
        text = " ".join(SHORT.get(word, word) for word in text.split(" "))
    chance = rng.random()
    if chance < 0.12:
        text = _slip(rng, text)
    if chance > 0.8:
        text = f"{text} {pick(rng, EMOJI)}"
    if 0.2 < chance < 0.24:
        text = f"{text} {_personal(rng)}"
    elif 0.3 < chance < 0.306:
        text = pick(rng, HOSTILE).replace("{inti}", text)
    return f"@jakartagoid {text}" if tag else text


def spam_text(rng: Random, *, tag: bool) -> str:
    """Something that asks nobody for work."""
    text = pick(rng, SPAM).replace("{telepon}", _phone(rng))
    return f"@jakartagoid {text}" if tag else text


def _location(rng: Random, place: str) -> str:
    street = f"{'Gg.' if rng.random() < 0.25 else 'Jl.'} {pick(rng, STREETS)}"
    if rng.random() < 0.4:
        street += f" {int(rng.random() * 9) + 1}"
    if rng.random() < 0.5:
        street += f" RT {int(rng.random() * 15) + 1:02}/RW {int(rng.random() * 12) + 1:02}"
    if rng.random() < 0.4:
        street += f" depan {pick(rng, LANDMARKS)}"
    return f"{street}, {place}" if place else street


def _slip(rng: Random, text: str) -> str:
    """Two neighbouring letters change places, or one is doubled, as thumbs do."""
    if len(text) < 12:
        return text
    at = 4 + int(rng.random() * (len(text) - 8))
    if rng.random() < 0.5:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at] + text[at:]


def _phone(rng: Random) -> str:
    # No operator gives out subscriber numbers that begin with four zeros.
    number = f"0812-0000-{int(rng.random() * 10_000):04}"
    return number if rng.random() < 0.6 else "+62 " + number[1:].replace("-", " ")


def _personal(rng: Random) -> str:
    chance = rng.random()
    if chance < 0.45:
        return f"hub {_phone(rng)}"
    if chance < 0.65:
        return f"email saya warga{int(rng.random() * 1000)}@surat.example"
    if chance < 0.85:
        # Kecamatan 99 does not exist, and a serial of 0000 is never given.
        return f"NIK 317499{int(rng.random() * 28) + 1:02}0{int(rng.random() * 9) + 1}90{0:04}"
    return f"plat B {int(rng.random() * 9000) + 1000} XXX"
