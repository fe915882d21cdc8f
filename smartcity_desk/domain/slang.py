"""Words that Indonesians write in several ways, as tables. Data only; `wording` uses them to compare texts.

The tables hold what is general: abbreviations of texting and of street signs, Jakarta's everyday speech, and words that
citizens use for the same public thing. Nothing is in them because some report of ours said it. A word belongs here when
it is common all over the city and the two ways of writing it share no stem; slips of the thumb are found otherwise.
"""

from __future__ import annotations

from typing import Final


def _table(lines: str) -> dict[str, str]:
    """`canonical: variant variant` a line, turned round."""
    table: dict[str, str] = {}
    for line in lines.strip().splitlines():
        canonical, _, variants = line.partition(":")
        for variant in variants.split():
            table[variant] = canonical.strip()
    return table


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


SLANG: Final = _table(
    """
tidak: tdk gak ga gk g gag kagak kaga nggak ngga enggak engga ngak ngk ndak gada tak tiada
bukan: bkn
belum: blm blom belom blum
sudah: sdh udah udh dah uda telah tlh
akan: bakal bakalan
yang: yg yng
dengan: dgn dg dng sama ama
dan: dn
di: d
ke: k
dari: dr dri
untuk: utk buat bwt tuk
pada: pd
dalam: dlm
karena: krn krna karna gara2 gegara
kalau: klo kalo klau
seperti: spt kayak kaya kyk
sampai: smp sampe ampe spi hingga
juga: jg jga
saja: aja sj aj doang
lagi: lg lgi
sangat: bgt banget bngt amat sekali skali
banyak: bnyk byk
sering: srg
kapan: kpn
bagaimana: gimana gmn bgmn gmana
kenapa: knp mengapa ngapa napa
siapa: sapa
ini: nih ni
itu: tuh tu
saya: sy gue gw gua ane aku
kami: kmi kita kt
mereka: mrk
anda: kamu km lu lo elu ente
orang: org
tolong: tlg tlong tolongin tlng plis please
mohon: mhn mohonn
segera: sgr sgera
terima: trims trm makasih tks thx trimakasih makasi
bapak: bpk pak pa
ibu: bu
hari: hr
kemarin: kmrn kmren
semalam: smlm
pagi: pg
malam: mlm mlem
minggu: mgg mggu
bulan: bln
tahun: thn
jam: jm pkl pukul
setiap: stiap tiap tiap2
lama: lm
baru: bru
besar: gede bsr
kecil: kcl
tinggi: tggi
rusak: rsk
lewat: lwt
masuk: msk
keluar: klr
pulang: plg
laporan: lap lapor melapor lapordong
lokasi: lok
tempat: tmpt tmp
daerah: drh
rumah: rmh
warga: wrga
petugas: ptgs
pemerintah: pmrntah pemda pemprov pemkot
kelurahan: kel klrhn
kecamatan: kec kcmtn
komplek: kompleks komp kplk
perumahan: prmhn perum prum
kampung: kp kpg kamp
depan: dpn dpan
belakang: blkg blkng blakang
samping: smpg smping
sebelah: sblh sblah
seberang: sbrg sebrang
dekat: dkt deket
bawah: bwh
atas: ats
ujung: ujg
tengah: tgh tngah
pinggir: pgr pinggiran
simpang: perempatan prapatan pertigaan simpangan persimpangan
jembatan: jbt jmbtn jmbatan
sekolah: skolah sklh sekolahan
masjid: mesjid msjd musholla mushola musala langgar
pasar: psr
jalan: jl jln jlan jalanan
gang: gg
nomor: no nmr nomer
motor: mtr sepedamotor
mobil: mbl
kendaraan: kend kndaraan
pengendara: pengemudi
anak: ank
parah: prh
bahaya: bhaya bahayain
"""
)
"""Short forms and everyday speech. Left of the colon stands how it is compared."""

SAME_THING: Final = _table(
    """
saluran: got selokan comberan parit gorong-gorong gorong drainase kanal riol
sumbat: mampet buntu mampat tersendat nyumbat
lubang: lobang bolong jeglong jeglongan kubangan
amblas: ambles anjlok ambrol
banjir: kebanjiran terendam rob bajir
genang: becek
hujan: ujan
lampu: pju penerangan
padam: mati byarpet byar-pet oglangan
nyala: menyala nyalain hidup
tumbang: roboh rubuh ambruk tumbangg
sampah: smph smpah
bau: bauk busuk menyengat nyengat
limbah: sisa-buangan
macet: mcet kemacetan
aspal: hotmix
trotoar: pedestrian
kabel: kbl
pohon: phn pohonnya
pangkas: potong tebang papas
bakar: kebakaran terbakar kebakar
pedagang: pkl kakilima dagang jualan penjual
spanduk: baliho banner reklame umbul-umbul
nyamuk: jentik
bocor: rembes
ledeng: pam pdam
retak: pecah belah
berisik: bising ribut gaduh
tawuran: brantem berantem
truk: truck
setrum: kesetrum kestrum nyetrum
sengat: tersengat kesengat
motor: ojek
"""
)
"""Words for the same public thing: whoever reports it twice, or after another, seldom uses the same one."""

STOP: Final = _set(
    """
    yang dan di ke dari untuk pada dengan dalam oleh sebagai seperti atau tetapi tapi namun karena
    sehingga maka agar supaya kalau jika bila saat ketika sejak sampai akan sudah belum tidak bukan juga
    saja lagi sangat lebih paling ada adalah ini itu sini situ sana tersebut begini begitu saya kami
    mereka anda dia nya si sang para pun lah kah dong deh sih kok ya yah loh lho nih tuh kan mah toh wah
    aduh duh ayo yuk min admin gan sis bro bang mas mbak kak bapak ibu yth kepada sdr saudara hormat
    selamat siang sore pagi malam terima kasih salam assalamualaikum wr wb mohon tolong segera bantuan
    bantu bantuannya perhatian tindak lanjut ditindaklanjuti ditangani tangani penanganan laporan lokasi
    tempat daerah wilayah sekitar kondisi keadaan hal masalah bagaimana kenapa kapan siapa apa mana bisa
    dapat harus perlu ingin mau coba cek kali masih baru cukup banyak sering setiap hari minggu bulan
    tahun jam kemarin tadi nanti besok lama warga orang petugas pemerintah dinas lurah camat gubernur
    dki jakarta info the a an is of http https www com id rt rw kelurahan kecamatan nomor parah tetap
    terus ketemu lihat liat raya depan belakang samping sebelah seberang dekat
    """
)
"""What any report may say, whatever it is about: grammar, courtesy, and who should do something."""

NO_NAME: Final = _set(
    """
    rusak berlubang lubang retak amblas ambles macet banjir tergenang genangan becek licin gelap putus
    tertutup ditutup buntu sempit rata hancur raya utama masuk keluar umum tol besar kecil lama baru air
    sampah lampu mati padam aspal pohon kabel menuju arah depan belakang samping sebelah seberang dekat
    simpang rumah pulang kaki motor mobil tidak sudah belum parah sangat bahaya berbahaya penuh tanah
    berdebu bergelombang longsor terendam trotoar saluran kami warga kampung komplek lingkungan lintas
    terputus ujung pinggir tengah bawah atas penerangan tersebut sepanjang karena setinggi lubangnya
    rusaknya terkelupas menumpuk setelah habis sampai sejak dan yang di ke dari
    """
)
"""What follows *jalan* in a sentence and is no street's name."""

LANDMARKS: Final = _set(
    """
    masjid gereja pura vihara kelenteng sekolah sd sdn smp smpn sma sman smk tk paud kampus universitas
    pasar mall mal plaza minimarket indomaret alfamart alfamidi warung toko bengkel puskesmas posyandu
    klinik apotek rs rsud rumahsakit kantor pos polsek polres koramil spbu pom pombensin halte stasiun
    terminal shelter busway taman rptra lapangan jembatan jpo flyover underpass terowongan bank atm
    hotel apartemen rusun rusunawa gedung pabrik gudang tpu makam kuburan waduk kali sungai pompa
    simpang bundaran portal gapura rel tol
    """
)
"""Kinds of places that people describe a spot by."""

TOPICS: Final = _table(
    """
road: lubang amblas aspal gelombang retak ancur jalan+rusak jalan+hancur jalan+ancur longsor polisi+tidur
drain: saluran sumbat lumpur endap keruk luap talang
flood: banjir genang rendam kerendem surut kebanjiran arus perahu evakuasi tanggul air+masuk air+naik
rubbish: sampah belatung tps bak+penuh puing
light: lampu+padam gelap lampu+jalan lampu+nyala
tree: pohon dahan ranting cabang pangkas tumbang rimbun
fire: api asap damkar korsleting kebakar rumah+bakar ledak gas+bocor
parking: parkir
vendors: pedagang lapak gerobak kios
wires: kabel tiang listrik gardu menjuntai juntai lampu+rt optik
water: pipa ledeng keran air+bersih air+padam
pavement: trotoar ubin paving pedestrian tutup+saluran
noise: berisik musik tawuran mabuk karaoke nongkrong petasan knalpot
banner: spanduk iklan poster
health: nyamuk fogging dbd demam asap+fogging pengasapan
people: lansia+terlantar terlantar pengemis gelandangan odgj anjal pengamen
traffic: rambu macet tabrak kecelakaan laka mogok
animals: ular anjing monyet tawon biawak kucing
service: ktp kk surat loket antre antri pungli
smell: bau limbah polusi cemar debu
"""
)
"""What stems speak of; two of them joined by + only together. For reports whose channel gives no category, and for
people who say the same thing in words that share nothing."""

ROOTS: Final = _set(
    """
    dinding diri dingin dinas dini diskon berita beras berani beda besi besar bengkel benar bersih
    berkas bensin belok terang terus terap ternak teras terik terminal teriak merah meter mesin meja
    media mesjid menara mendung menteng melati mekar pesan petir pecah pelan pegang penuh peluit pendek
    perak perut pedas kemah kertas kelapa keran kerja kecil makan ikan bukan papan depan badan hujan
    bulan jalan hutan lapangan jembatan selokan trotoar kali kiri tali mati hati pagi lagi tinggi sungai
    pantai mandi polusi polisi gardu sini kondisi api sapi tadi nanti pasti begini komplek rumah tanah
    sebelah bunga tangga warga juga tiga meninggal
    """
)
"""Roots that look as if they carried an affix."""

NUMBERS: Final = {
    "satu": "1",
    "dua": "2",
    "tiga": "3",
    "empat": "4",
    "lima": "5",
    "enam": "6",
    "tujuh": "7",
    "delapan": "8",
    "sembilan": "9",
    "sepuluh": "10",
}
ROMAN: Final = {
    "i": "1",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "v": "5",
    "vi": "6",
    "vii": "7",
    "viii": "8",
    "ix": "9",
    "x": "10",
    "xi": "11",
    "xii": "12",
    "xiii": "13",
    "xiv": "14",
    "xv": "15",
}
"""Numbers of streets are written both ways on the signs themselves."""
