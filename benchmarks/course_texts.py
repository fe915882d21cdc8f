"""What two thousand people wrote, for the labelled set of decision courses. Written before the rules that it measures.

Nothing of it is in what the program learns its words from; people, streets and numbers are invented. The texts were
put down per kind of trouble from how complaints are usually worded, without a look at the vocabulary of the rules.
"""

from __future__ import annotations

from typing import Final

WORK: Final[dict[str, tuple[str, ...]]] = {
    "jalan_rusak": (
        "ada lobang gede di tengah jalan, tadi motor nyaris jatuh",
        "aspal depan komplek sudah pada hancur",
        "jalanan bolong-bolong, kalau hujan ga keliatan",
        "permukaan jalan retak dan turun setelah galian",
        "bekas galian tidak ditutup rapi sehingga jalan bergelombang",
        "jalan utama lingkungan kami rusak berat",
    ),
    "trotoar_rusak": (
        "ubin trotoar lepas, orang tua susah lewat",
        "trotoar pecah dan amblas di depan ruko",
        "guiding block di trotoar hilang",
        "paving pejalan kaki copot semua",
    ),
    "lampu_jalan": (
        "PJU padam sudah seminggu, gelap gulita",
        "lampu penerangan di gang kami tidak nyala",
        "tiang lampu jalan mati terus kalau malam",
        "jalan ini gelap karena lampunya putus",
        "penerangan jalan umum berkedip lalu mati",
    ),
    "fasum_rusak": (
        "ayunan di RPTRA patah, bahaya buat anak-anak",
        "bangku di taman bermain rusak",
        "tutup saluran di pinggir jalan hilang, takut anak kejeblos",
        "pagar pos ronda roboh",
        "tempat sampah umum pecah",
    ),
    "sampah": (
        "sampah numpuk di depan sekolah, belum diambil petugas",
        "sudah empat hari sampah rumah tangga tidak diangkut, bau busuk",
        "tumpukan sampah di pinggir kali makin tinggi",
        "TPS penuh sampai meluber ke jalan",
        "banyak sampah plastik berserakan setelah pasar malam",
        "kotor sekali, sampah dibiarkan berhari-hari",
    ),
    "sampah_liar": (
        "truk membuang puing bangunan di lahan kosong tiap malam",
        "lahan kosong dijadikan tempat buang sampah oleh orang luar",
        "ada yang buang limbah material ke pinggir jalan diam-diam",
    ),
    "polusi": (
        "pabrik tahu mengeluarkan asap hitam setiap subuh",
        "air limbah laundry dibuang ke got, berbusa",
        "debu proyek masuk ke rumah warga",
        "bengkel cat mobil baunya menyengat sampai pusing",
    ),
    "banjir": (
        "air sudah masuk rumah setinggi paha, butuh perahu",
        "banjir sejak subuh, warga mulai mengungsi",
        "kali meluap, satu RW kerendam",
        "rumah kami kebanjiran lagi, tolong pompa",
    ),
    "genangan": (
        "setiap hujan air ngumpul di tikungan, semata kaki",
        "ada air tergenang di depan gang tidak surut",
        "becek dan banyak genangan di jalan masuk",
    ),
    "saluran_tersumbat": (
        "got depan rumah mampet penuh endapan",
        "selokan dangkal karena lumpur, air tidak jalan",
        "saluran air ketutup sampah daun, minta dikuras",
        "gorong-gorong buntu, airnya balik ke rumah",
        "drainase tersumbat bekas material proyek",
    ),
    "pompa_pintu_air": (
        "pompa air di rumah pompa tidak jalan",
        "pintu air macet tidak bisa dibuka",
        "mesin pompa mati padahal hujan deras",
    ),
    "kali": (
        "kali ciliwung penuh eceng gondok dan kotoran",
        "bantaran sungai longsor, airnya hitam dan bau",
        "turap sungai ciliwung retak",
    ),
    "pohon_tumbang": (
        "pohon tumbang nutup jalan, motor ga bisa lewat",
        "batang pohon roboh menimpa mobil parkir",
        "dahan patah jatuh di tengah jalan barusan",
    ),
    "pohon_rawan": (
        "pohon mahoni miring takut roboh, minta ditebang",
        "dahan sudah kena kabel, mohon dirapikan",
        "ranting rimbun menutupi rumah minta toping",
        "pohon keropos di depan TK",
    ),
    "taman": (
        "taman kota tidak terurus, rumputnya tinggi",
        "tanaman di median jalan mati semua",
        "taman lingkungan gersang dan kotor tidak dirawat",
    ),
    "kebakaran": (
        "rumah kontrakan kebakar, api besar",
        "ada api di gudang plastik, cepat kirim damkar",
        "warung terbakar gara-gara kompor",
    ),
    "hewan_berbahaya": (
        "ular sanca masuk kamar mandi",
        "sarang tawon vespa di atap sekolah",
        "ada biawak besar di halaman rumah",
    ),
    "kemacetan": (
        "macet total di perempatan, tidak ada petugas",
        "antrean kendaraan mengular setiap sore",
    ),
    "kecelakaan": (
        "tabrakan motor dengan angkot, korban tergeletak",
        "ada truk terguling melintang",
    ),
    "parkir_liar": (
        "mobil parkir sembarangan di badan jalan, jadi sempit",
        "juru parkir liar minta uang depan minimarket",
        "motor pada parkir di atas trotoar",
        "mobil tetangga ditaruh di jalan umum berbulan-bulan, minta diderek",
    ),
    "rambu": (
        "lampu merah perempatan tidak berfungsi",
        "rambu dilarang stop tertutup dan bengkok",
        "traffic light kedip kuning terus bikin semrawut",
        "marka penyeberangan sudah hilang",
    ),
    "pkl": (
        "pedagang gerobak menguasai trotoar",
        "PKL berjualan di bahu jalan sampai malam",
        "tenda pecel lele berdiri di jalur pejalan kaki",
    ),
    "reklame_liar": (
        "spanduk caleg dipaku di pohon",
        "banyak poster iklan ditempel di tiang",
        "baliho besar tanpa izin hampir ambruk",
    ),
    "gangguan": (
        "tetangga karaoke sampai jam dua pagi",
        "remaja nongkrong balap motor tiap malam minggu",
        "warga bakar sampah, asapnya ke mana-mana",
        "ada kandang ayam di pemukiman, berisik dan bau",
    ),
    "bangunan_liar": (
        "ada yang bangun rumah tiga lantai tanpa PBG",
        "bangunan menjorok ke jalan menutup akses warga",
        "proyek gedung tidak punya papan izin",
    ),
    "sosial": (
        "ada bapak tua tidur di kolong flyover, tidak punya keluarga",
        "ODGJ mengamuk di pasar",
        "manusia silver dan pengamen di lampu merah resah",
        "anak kecil disuruh mengemis",
    ),
    "kesehatan": (
        "dua anak di RT kami kena DBD, minta disemprot",
        "jentik nyamuk banyak sekali, perlu fogging",
        "tikus dan kecoa banyak dari pasar, takut penyakit",
    ),
    "pelayanan": (
        "urus KTP di kelurahan sudah sebulan belum jadi",
        "petugas loket PTSP tidak ada di tempat",
        "minta surat keterangan dipersulit dan lama",
        "pengantar RT ditolak petugas tanpa penjelasan",
    ),
    "listrik": (
        "listrik mati dari semalam satu komplek",
        "tiang listrik keropos mau roboh",
        "gardu listrik meledak keluar percikan",
        "kabel PLN putus menjuntai ke tanah",
    ),
    "kabel": (
        "kabel telkom kendor melintang setinggi kepala",
        "kabel fiber optik berantakan di tiang",
        "kabel wifi putus bergelantungan di gang",
    ),
    "air_bersih": (
        "air PAM tidak keluar sudah dua hari",
        "pipa PDAM pecah, air muncrat ke jalan",
        "air keran keruh dan bau",
    ),
    "lainnya": (
        "mohon tim datang melihat kondisi pos RW kami",
        "ada barang tidak bertuan ditinggal di gang",
    ),
}
TOLL: Final = (
    "ada lubang di jalan tol dalam kota",
    "lampu di ruas tol lingkar luar mati",
    "sampah di bahu jalan tol",
    "pagar pembatas tol jebol dekat gerbang tol",
)
GAS: Final = (
    "bau gas dari pipa gas bumi di depan rumah",
    "jaringan gas rumah bocor, meterannya mendesis",
)
OUTSIDE: Final = (
    "jalan rusak di {luar}, sudah lapor ke mana-mana",
    "sampah menumpuk di {luar} dekat stasiun",
    "lampu jalan mati sepanjang {luar}",
    "banjir di perumahan {luar}",
)
NEIGHBOURS: Final = (
    "Margonda Depok",
    "Harapan Indah Bekasi",
    "Ciledug Kota Tangerang",
    "Bintaro Sektor 9 Tangerang Selatan",
    "Cibinong Bogor",
    "Jatiasih Kota Bekasi",
    "Cinere Depok",
)
SPAM: Final = (
    "Butuh dana cepat? cair 5 menit tanpa survei klik bit.example/dana",
    "bokep viral full durasi link di bio",
    "Jual obat kuat COD seluruh Jakarta WA 0812",
    "promo rumah subsidi DP 0 hubungi marketing kami",
    "asdfghjkl",
    "test aja",
    "ganti presiden!!! ganti presiden!!!",
    "open BO area kota, wa ya",
    "daftar situs judi online bonus 100 persen",
    "halo halo cek cek",
)
NO_COMPLAINT: Final = (
    "terima kasih banyak, kemarin sudah dibersihkan petugas, mantap",
    "kerja bagus pasukan oranye, jalanan jadi bersih",
    "mau tanya, jam buka kelurahan hari sabtu berapa ya?",
    "bagaimana cara mengurus kartu keluarga baru?",
    "selamat ulang tahun kota Jakarta",
    "apresiasi untuk pak lurah yang cepat tanggap",
    "usul saja, bagaimana kalau CFD ditambah harinya",
    "kapan pendaftaran KJP dibuka lagi min?",
)
VAGUE: Final = (
    "tolong dong ini gimana",
    "sudah berkali-kali lapor tapi masih begitu",
    "lihat sendiri fotonya",
    "mohon segera diperbaiki ya pak",
    "kok begini terus sih",
    "parah min",
    "ini tolong diurus, warga resah",
    "ada masalah di sini",
)
FRAMES: Final = (
    "{apa}",
    "{apa}. {di}",
    "{di} {apa}",
    "Pak/Bu, {apa} {di}. Mohon ditangani.",
    "Assalamualaikum, mau lapor {apa}, {di}, makasih",
    "@jakartagoid {apa} {di} gimana nih",
    "{apa} {di}, udh lapor RT tp blm ada tindakan",
    "mohon bantuannya {apa} {di}",
    "Kepada dinas terkait, kami warga mengeluhkan {apa} {di}. Hormat kami.",
)
SPOTS: Final = (
    "di Jl Kemuning {n}",
    "di Gang Haji Saman",
    "dekat warung Bu Tini",
    "samping masjid Al Ikhlas",
    "di RT {n} RW 0{m}",
    "depan SDN {n}",
    "di Jl. Cendana Raya no {n}",
    "di belakang pasar",
)
SHORT: Final = {
    "tidak": "gak",
    "sudah": "udah",
    "yang": "yg",
    "jalan": "jln",
    "depan": "dpn",
    "rumah": "rmh",
    "sampai": "smpe",
    "belum": "blm",
    "banyak": "bnyk",
    "karena": "krn",
    "dengan": "dg",
    "lampu": "lmpu",
    "malam": "mlm",
}
