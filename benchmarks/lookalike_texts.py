"""What citizens of the labelled set write. Written down without looking at the tables that the desk reads texts with.

`PROBLEMS` has for each category several ways to say the same, from a letter's Indonesian to a text message's. What
people add about consequences, time and place comes from lists of its own; `SHORTENED` is how thumbs abbreviate.
"""

from __future__ import annotations

from typing import Final

PROBLEMS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "jalan_rusak": (
        (
            "permukaan jalan berlubang cukup dalam",
            "ada lubang besar di tengah jalan",
            "jalannya bolong, motor sering jatuh",
            "lobang gede banget di jalur kiri",
        ),
        (
            "jalan rusak parah dan bergelombang",
            "aspal mengelupas, kerikil berserakan",
            "jalanan ancur kayak kubangan",
        ),
        ("jalan ambles di pinggir", "badan jalan longsor ke arah kali", "jalan retak dan turun"),
    ),
    "saluran_tersumbat": (
        (
            "saluran air tersumbat lumpur dan sampah",
            "got mampet airnya meluap ke jalan",
            "drainase buntu sehingga air balik ke rumah",
            "gorong-gorong ketutup sampah plastik",
        ),
        (
            "selokan penuh endapan, air tidak mengalir",
            "got ga pernah dikeruk, airnya item dan bau",
            "saluran penghubung mampat di mulut gorong2",
        ),
    ),
    "sampah": (
        (
            "tumpukan sampah belum diangkut",
            "sampah menggunung di pinggir jalan dan berbau",
            "gerobak sampah tidak datang, menumpuk di depan gang",
            "sampah numpuk bau banget",
            "truk sampah ga lewat2, bak udah penuh",
        ),
        (
            "sampah rumah tangga berserakan",
            "kantong sampah dibuang sembarangan sampai berbelatung",
            "orang buang sampah seenaknya di lahan kosong",
        ),
    ),
    "lampu_jalan": (
        (
            "lampu penerangan jalan umum padam",
            "lampu jalan mati sehingga gelap gulita",
            "PJU tidak menyala",
            "lampunya mati, rawan begal",
            "jalanan gelap lampu pada mati",
            "beberapa titik lampu jalan kedap kedip lalu mati",
        ),
    ),
    "pohon_tumbang": (
        (
            "pohon tumbang melintang di jalan",
            "ada pohon rubuh, jalan ketutup",
            "dahan patah menghalangi jalan",
            "pohon ambruk kena angin",
        ),
        ("pohon besar roboh menimpa pagar", "pohon tumbang nimpa atap rumah", "pohon rubuh kena mobil"),
    ),
    "pohon_rawan": (
        (
            "pohon terlalu rimbun perlu dipangkas",
            "minta pemangkasan pohon, nutupin lampu",
            "ranting pohon panjang2",
        ),
        ("ranting pohon menyentuh kabel listrik", "dahan nempel ke kabel, takut korslet"),
        ("pohon tua miring dikhawatirkan tumbang", "dahan pohon udah kering takut jatuh"),
    ),
    "genangan": (
        (
            "genangan air tidak kunjung surut",
            "air menggenang setinggi mata kaki",
            "jalan becek dan tergenang sehabis hujan",
            "abis ujan pasti kerendem",
            "genangan di badan jalan, kendaraan melambat",
        ),
    ),
    "banjir": (
        (
            "banjir setinggi lutut orang dewasa",
            "air sudah masuk ke dalam rumah",
            "banjir 60 cm dan terus naik",
            "kebanjiran, aer masuk sampe dapur",
            "banjirrr tolong perahu",
            "permukiman terendam, warga butuh evakuasi",
            "arus deras, jalan tidak bisa dilalui",
        ),
    ),
    "kebakaran": (
        (
            "terjadi kebakaran rumah tinggal",
            "ada api besar dan asap hitam",
            "kebakaran di permukiman padat",
            "rumah kebakar tolong damkar",
            "korsleting, api menjalar ke bangunan sebelah",
        ),
    ),
    "parkir_liar": (
        (
            "parkir liar memakan badan jalan",
            "mobil parkir sembarangan di bahu jalan",
            "parkiran liar bikin macet",
        ),
        ("motor diparkir di atas trotoar", "trotoar dipake parkir motor"),
        ("juru parkir liar meminta uang", "tukang parkir maksa minta duit"),
    ),
    "pkl": (
        (
            "pedagang kaki lima berjualan di trotoar",
            "lapak pedagang menutup jalur pejalan kaki",
            "PKL makin banyak bikin semrawut",
            "gerobak dagangan parkir di jalan tiap sore",
        ),
    ),
    "kabel": (
        (
            "kabel menjuntai rendah di atas jalan",
            "kabel optik semrawut dan putus",
            "kabel melintang nyangkut di kendaraan",
        ),
        ("tiang kabel miring hampir roboh", "tiang internet doyong ke jalan"),
    ),
    "listrik": (
        ("listrik padam sejak tadi", "mati lampu satu RT", "gardu listrik meledak, listrik mati"),
        ("tiang listrik keropos membahayakan", "tiang PLN bengkok ditabrak mobil"),
    ),
    "air_bersih": (
        ("air PAM tidak mengalir", "air keran mati total", "ledeng kering dari kemaren"),
        ("pipa air bersih bocor di pinggir jalan", "pipa PAM pecah airnya nyembur"),
        ("aer pam keruh dan bau", "air ledeng kotor warna coklat"),
    ),
    "trotoar_rusak": (
        ("trotoar rusak, ubin terlepas", "trotoarnya jebol", "conblok trotoar pada copot"),
        ("penutup saluran di trotoar hilang, bahaya", "tutup got hilang di jalur pejalan kaki"),
    ),
    "gangguan": (
        ("musik keras sampai larut malam", "berisik banget karaoke tiap malem"),
        ("remaja nongkrong dan mabuk-mabukan", "tawuran antar pemuda"),
        ("bakar sampah asapnya masuk rumah", "asap pembakaran bikin sesak"),
    ),
    "reklame_liar": (
        ("spanduk tanpa izin menempel di tiang", "banyak iklan ditempel di pohon dan tembok"),
        ("baliho hampir roboh", "papan reklame miring mau jatuh"),
    ),
    "kesehatan": (
        (
            "banyak jentik nyamuk, mohon fogging",
            "warga terkena demam berdarah",
            "minta pengasapan, tetangga kena DBD",
        ),
    ),
}
"""A category's aspects, and how each is said: whoever tells of one thing mostly means the same aspect of it."""
WEIGHTS: Final[dict[str, int]] = {
    "jalan_rusak": 14,
    "saluran_tersumbat": 11,
    "sampah": 14,
    "lampu_jalan": 9,
    "pohon_tumbang": 4,
    "pohon_rawan": 6,
    "genangan": 8,
    "banjir": 4,
    "kebakaran": 2,
    "parkir_liar": 9,
    "pkl": 5,
    "kabel": 4,
    "listrik": 3,
    "air_bersih": 3,
    "trotoar_rusak": 4,
    "gangguan": 5,
    "reklame_liar": 3,
    "kesehatan": 2,
}
CONSEQUENCES: Final = (
    "sudah ada pengendara yang terjatuh",
    "sangat mengganggu aktivitas warga",
    "anak sekolah susah lewat",
    "kendaraan harus antre",
    "udah sering dilaporin",
    "baunya sampai ke rumah",
    "takut ada korban",
    "kalau malam bahaya",
    "bikin macet tiap pagi",
    "padahal baru diperbaiki",
    "lansia kesulitan keluar rumah",
    "warung saya jadi sepi",
    "katanya mau dibenerin tapi ga ada kabar",
    "mengganggu ibadah",
    "sudah kami kerja baktikan tetapi kembali lagi",
)
SINCE: Final = (
    "sejak kemarin",
    "sejak dua hari lalu",
    "sudah seminggu",
    "dari tadi pagi",
    "sejak semalam",
    "hampir sebulan",
    "barusan",
    "dari subuh",
    "udah lama banget",
    "setiap musim hujan",
)
OPENINGS: Final = {
    "formal": (
        "Selamat pagi,",
        "Yth. Bapak/Ibu,",
        "Dengan hormat,",
        "Assalamualaikum,",
        "Mohon perhatiannya,",
        "",
    ),
    "plain": ("Lapor,", "Pak tolong", "Mohon ditindaklanjuti", "Mau lapor", "Izin melaporkan", "", ""),
    "loose": ("min", "woi", "tolong dong", "ini gimana sih", "gaes", "halo admin", "", "", ""),
}
CLOSINGS: Final = {
    "formal": (
        "Terima kasih.",
        "Atas perhatiannya kami ucapkan terima kasih.",
        "Mohon segera ditangani.",
        "Besar harapan kami untuk segera diperbaiki.",
    ),
    "plain": ("Terima kasih.", "mohon dicek", "ditunggu tindak lanjutnya", "", ""),
    "loose": ("gercep dong", "kapan dibenerinnya", "capek lapor mulu", "🙏🙏", "😡", "", "", ""),
}
SHORTENED: Final[dict[str, tuple[str, ...]]] = {
    "yang": ("yg",),
    "tidak": ("gak", "ga", "tdk", "nggak"),
    "sudah": ("udah", "sdh", "udh", "dah"),
    "jalan": ("jln", "jl"),
    "dengan": ("dgn",),
    "sampai": ("sampe", "smp"),
    "banget": ("bgt", "bangett"),
    "karena": ("krn", "gara2"),
    "besar": ("gede", "bsr"),
    "depan": ("dpn",),
    "belakang": ("blkg",),
    "dekat": ("deket", "dkt"),
    "samping": ("smping",),
    "mohon": ("mhn",),
    "tolong": ("tlg", "tlng"),
    "kemarin": ("kmrn",),
    "malam": ("mlm", "malem"),
    "setiap": ("tiap", "stiap"),
    "rumah": ("rmh",),
    "warga": ("wrg",),
    "masuk": ("msk",),
    "air": ("aer",),
    "hujan": ("ujan",),
    "lubang": ("lobang",),
    "motor": ("mtr",),
    "mobil": ("mbl",),
    "kendaraan": ("kndraan",),
    "orang": ("org",),
    "sekolah": ("skolah", "sklh"),
    "masjid": ("mesjid", "msjid"),
    "penuh": ("pnuh",),
    "terima": ("trma",),
    "sampah": ("sampahh", "smph"),
    "tinggi": ("tnggi",),
    "padahal": ("pdhl",),
    "lampu": ("lmpu",),
    "sejak": ("dr", "sjk"),
    "dari": ("dr",),
    "untuk": ("utk", "buat"),
    "bisa": ("bs",),
    "ada": ("ad",),
}
STREET_NAMES: Final = (
    "Kemuning", "Seruni", "Teratai", "Wijaya", "Pahlawan", "Swadaya", "Mandiri", "Bahagia", "Sentosa", "Makmur",
    "Haji Saidi", "Haji Naim", "H. Muhasyim", "Guru Mughni", "Kramat Lontar", "Tanah Rendah", "Pisangan Baru",
    "Cempaka Baru", "Kebon Nanas", "Kebon Sirih", "Rawa Bunga", "Rawa Selatan", "Warung Buncit", "Pondok Jaya",
    "Bambu Kuning", "Bambu Apus", "Delima", "Durian", "Sawo", "Manggis", "Lengkeng", "Jeruk Purut", "Salemba",
    "Matraman", "Garuda", "Merpati", "Kutilang", "Cendrawasih", "Gelatik", "Rajawali", "Kakatua", "Beringin",
    "Akasia", "Mahoni", "Jati", "Meranti", "Cemara", "Pinus", "Ketapang", "Waru", "Angsana", "Asem", "Randu",
    "Nusa Indah", "Gading", "Mutiara", "Intan", "Berlian", "Safir", "Kecubung", "Merdeka", "Proklamasi", "Pemuda",
    "Pelajar", "Mahasiswa", "Karya", "Usaha", "Tekun", "Rajin", "Rukun", "Damai", "Aman", "Sejahtera", "Kencana",
    "Lestari", "Harapan", "Kartini", "Dewi Sartika", "Cut Nyak", "Pattimura", "Hasanuddin", "Imam Bonjol", "Teuku",
    "Sultan Agung", "Trunojoyo", "Gajah Mada", "Hayam Wuruk", "Majapahit", "Sriwijaya", "Singosari", "Kediri",
    "Brawijaya", "Airlangga", "Mataram", "Pajajaran", "Siliwangi", "Galunggung", "Ciremai", "Merapi", "Semeru",
    "Bromo", "Krakatau", "Rinjani", "Kerinci", "Lawu", "Slamet", "Musi", "Kapuas", "Barito", "Mahakam", "Batanghari",
    "Ciliwung", "Cisadane", "Citarum", "Bengawan", "Brantas", "Danau Toba", "Danau Sunter", "Maninjau", "Poso",
    "Bali", "Lombok", "Sumba", "Flores", "Timor", "Ambon", "Ternate", "Buru", "Seram", "Nias", "Bangka",
)  # fmt: skip
LANDMARK_KINDS: Final = (
    "masjid", "musholla", "gereja", "SDN", "SMPN", "pasar", "Indomaret", "Alfamart", "puskesmas", "pos RW", "warung",
    "bengkel", "apotek", "SPBU", "halte", "lapangan", "taman", "jembatan", "kantor RW", "TPU", "toko bangunan",
    "laundry", "klinik", "TK", "rusun", "pangkalan ojek", "pabrik tahu", "balai warga",
)  # fmt: skip
LANDMARK_NAMES: Final = (
    "Al Ikhlas", "Nurul Iman", "At Taqwa", "Baiturrahman", "Al Hidayah", "Bethel", "Santo Yosef", "Pagi", "Lama",
    "Baru", "Ibu Yati", "Pak Kumis", "Bang Jali", "Barokah", "Sumber Rejeki", "Maju Jaya", "Berkah", "Mulia",
)  # fmt: skip
BY: Final = ("depan", "dekat", "samping", "seberang", "belakang", "persis depan", "arah")
SPAM: Final = (
    "Promo kredit tanpa agunan bunga ringan proses cepat hubungi kami sekarang juga",
    "Dijual cepat tanah kavling strategis legalitas lengkap bisa nego",
    "Ayo gabung grup investasi untung tiap hari dijamin halal",
    "Jasa sedot tinja dan saluran mampet 24 jam seluruh Jakarta murah bergaransi",
    "Tim sukses bagikan sembako gratis sebarkan pesan ini ke semua warga",
)
OFFICIAL: Final = (
    "Diteruskan dari posko: {masalah}. Mohon tindak lanjut sesuai kewenangan.",
    "Hasil pemantauan petugas lapangan: {masalah}, kondisi terlampir.",
)
"""An official's template: the same words for whatever lies in front of him."""
