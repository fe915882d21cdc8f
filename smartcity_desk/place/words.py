"""How people write places in Jakarta: markers, abbreviations, slang, and words that are more than a name.

Own list, from the abbreviations of Indonesian addresses and the reports that the papers quote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

KELURAHAN: Final = frozenset({"kel", "kelurahan", "klrhn", "kelurhan", "lurah", "ds", "desa"})
KECAMATAN: Final = frozenset({"kec", "kecamatan", "kcmtn", "kecamtan", "camat"})
KOTA: Final = frozenset({"kota", "kotamadya", "kodya", "walikota", "kab", "kabupaten", "adm", "administrasi"})
ALLEY: Final = frozenset({"gg", "gang", "gng", "lorong"})
STREET: Final = frozenset({"jl", "jln", "jalan", "jlan"}) | ALLEY
HOUSE: Final = frozenset({"rt", "rw", "no", "nomor", "blok", "blk", "km"})
AWAY: Final = frozenset(
    {"dekat", "dkt", "deket", "arah", "menuju", "ke", "dari", "perbatasan", "seberang", "sebrang"}
)
"""What follows is near the place, or where somebody came from, and not the place itself."""
LANDMARK: Final = frozenset(
    {
        *(
            "pasar",
            "stasiun",
            "st",
            "halte",
            "terminal",
            "rs",
            "rsud",
            "rsu",
            "rumahsakit",
            "puskesmas",
            "sd",
            "sdn",
        ),
        *(
            "smp",
            "smpn",
            "sma",
            "sman",
            "masjid",
            "mesjid",
            "musholla",
            "gereja",
            "mall",
            "mal",
            "plaza",
            "kantor",
        ),
        *(
            "polsek",
            "koramil",
            "kua",
            "pintu",
            "pompa",
            "kali",
            "sungai",
            "waduk",
            "situ",
            "danau",
            "flyover",
            "tol",
        ),
        *(
            "jembatan",
            "underpass",
            "perempatan",
            "prapatan",
            "pertigaan",
            "simpang",
            "bundaran",
            "taman",
            "apartemen",
        ),
        *("perumahan", "komplek", "kompleks", "rusun", "rusunawa", "velbak", "lampu", "gedung", "spbu"),
    }
)
"""Things that carry a kelurahan's name and need not lie in it."""
COMMON: Final = frozenset(
    {
        *("tengah", "gunung", "tangki", "karet", "pulo", "rambutan", "makasar", "bangka", "kartini", "tugu"),
        *("gelora", "setu", "duri", "kenari", "galur", "pulau", "baru", "dukuh", "gedong", "joglo"),
        *("keagungan", "guntur", "jati"),
    }
)
"""Names that are everyday words, other places, or the beginning of longer names: in a sentence they say nothing."""

GENERIC: Final = frozenset(
    {
        *(
            "cempaka",
            "duren",
            "duri",
            "gunung",
            "jati",
            "jembatan",
            "kampung",
            "karet",
            "kayu",
            "kebon",
            "kelapa",
        ),
        *(
            "kota",
            "mangga",
            "pasar",
            "pondok",
            "pulau",
            "pulo",
            "rawa",
            "tanah",
            "tanjung",
            "tegal",
            "tugu",
            "utan",
        ),
        *("kebayoran", "sukabumi"),
    }
)
"""Beginnings of names that are words of every map, or are known for something else: alone they mean no kelurahan."""

_PLAIN: Final = {
    "kp": "kampung", "kmp": "kampung", "kamp": "kampung", "kampong": "kampung", "kb": "kebon", "kbn": "kebon",
    "kebun": "kebon", "kbon": "kebon", "pd": "pondok", "pdk": "pondok", "pndk": "pondok", "tj": "tanjung",
    "tg": "tanjung", "tjg": "tanjung", "tnj": "tanjung", "priuk": "priok", "ps": "pasar", "psr": "pasar",
    "gn": "gunung", "tn": "tanah", "tnh": "tanah", "utr": "utara", "slt": "selatan", "sltn": "selatan",
    "sel": "selatan", "brt": "barat", "bar": "barat", "tmr": "timur", "tim": "timur", "pst": "pusat",
    "jkt": "jakarta", "jak": "jakarta", "jatneg": "jatinegara", "lobang": "lubang", "kep": "kepulauan",
    "kepulawan": "kepulauan", "hlm": "halim", "mangga2": "manggadua", "dlm": "dalam", "rwb": "rawabadak",
    "klp": "kelapa", "gdg": "gading", "bkt": "bukit", "lbk": "lebak", "kby": "kebayoran", "cpk": "cempaka",
    "prpt": "prapatan", "prp": "prapatan", "bend": "bendungan", "benhil": "bendunganhilir", "lebul": "lebakbulus",
    "tnabang": "tanahabang", "kpmelayu": "kampungmelayu", "pasming": "pasarminggu", "pulgad": "pulogadung",
    "rawmang": "rawamangun", "kebjer": "kebonjeruk", "pl": "pulo",
}  # fmt: skip
_TOKEN: Final = re.compile(r"[a-z0-9]+|[,;:\n()]")
_BREAKS: Final = frozenset(",;:\n()")
_STREET_WORD: Final = re.compile(r"^\s*(?:jl|jln|jalan|gg|gang)\b\.?\s*", re.IGNORECASE)
MOST: Final = 4_000
"""Letters of a text that are read."""


@dataclass(frozen=True, slots=True)
class Landmark:
    """Something known to everybody that is no office. `around` are names of the kelurahan it lies in or touches."""

    name: str
    spellings: tuple[str, ...]
    around: tuple[str, ...]


LANDMARKS: Final = (
    Landmark(
        "TMII",
        ("tmii", "tamanmini", "tamanminiindonesiaindah", "tamanminiindonesia"),
        ("Ceger", "Bambu Apus", "Lubang Buaya", "Pinangranti", "Dukuh"),
    ),
    Landmark("Pantai Indah Kapuk", ("pantaiindahkapuk", "pik"), ("Kapuk Muara", "Kamal Muara")),
    Landmark("Kota Tua", ("kotatua",), ("Pinangsia", "Roa Malaka")),
    Landmark("Pulau Pramuka", ("pulaupramuka",), ("Pulau Panggang",)),
    Landmark("Monas", ("monas", "monumennasional"), ("Gambir",)),
    Landmark("Gelora Bung Karno", ("gbk", "gelorabungkarno", "senayangbk"), ("Gelora",)),
)
"""General knowledge; a hint that a person decides about, never a place."""


def tokens(text: str) -> list[str]:
    """The words of a text in small letters, abbreviations written out, with the signs that end an address part."""
    found = _TOKEN.findall(text[:MOST].lower().replace("mangga 2", "mangga dua"))
    plain = [_PLAIN.get(token, token) for token in found]
    for at, word in enumerate(plain[:-1]):
        # `RW 05` is a neighbourhood, `Rw. Badak` a swamp
        if word == "rw" and plain[at + 1].isalpha() and plain[at + 1] not in HOUSE:
            plain[at] = "rawa"
    return plain


def is_break(token: str) -> bool:
    """Whether a token ends a part of an address."""
    return token in _BREAKS


def without_street_word(name: str) -> str:
    """A street's name without `Jalan` before it."""
    return _STREET_WORD.sub("", name)
