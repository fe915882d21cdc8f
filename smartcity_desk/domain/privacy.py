"""Personal data in free text, masked on arrival (channels paper 13.1; UU 27/2022 Art. 4 and 35-39).

Found are population numbers (NIK, and family-card numbers, which look the same), Indonesian telephone numbers,
e-mail addresses and number plates. What is found becomes a word in brackets that says what stood there, so that an
operator still understands the sentence. Numbers that the city gives out (112, 1708, 110), dates, amounts, house
numbers and coordinates stay.

Rules, not a model: the same text gives the same result on every desk, and a wrong one can be explained.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from typing import Final

NIK: Final = "[NIK]"
PHONE: Final = "[telepon]"
EMAIL: Final = "[surel]"
PLATE: Final = "[pelat]"

_SEP: Final = r"[ ._\-\u00a0\u2010-\u2015]"
_GAP: Final = rf"{_SEP}{{0,3}}"
"""What people put between groups of digits."""

_EMAIL: Final = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?(?:[\w-]{1,63}(?:\.|\s?\(dot\)\s?|\s?\[dot\]\s?)){1,6}[a-z]{2,24}(?![\w-])",
    re.IGNORECASE,
)

_SIXTEEN: Final = re.compile(rf"(?<![\d.,/])(?:\d{_GAP}){{15}}\d(?![\d/]|[.,]\d)")
_PROVINCES: Final = frozenset(
    (
        *range(11, 20),
        21,
        *range(31, 37),
        *range(51, 54),
        *range(61, 66),
        *range(71, 77),
        81,
        82,
        *range(91, 98),
    )
)
"""Codes of provinces as they begin a population number; 20 is none, so a time (2026…) is not taken for one."""
_NIK_WORD: Final = re.compile(
    r"(?:nik|ktp|kk|kartu keluarga|kependudukan)\W{0,12}(?:\w{1,6}\W{1,3})?$", re.IGNORECASE
)

_AFTER_WORD: Final = (
    r"(?:(?<![\w+/])|(?<=\bwa)|(?<=\bhp)|(?<=\bno)|(?<=\btlp)|(?<=\btelp)|(?<=\bhub)"
    r"|(?<=wa\.me/)|(?<=tel:)|(?<=\d/))"
)
_COUNTRY: Final = rf"(?:\(?(?:\+|00){_SEP}?62\)?|\(62\)|62){_GAP}(?:\(0\){_SEP}?)?"
_MOBILE: Final = re.compile(
    rf"{_AFTER_WORD}(?:{_COUNTRY}0?|\(?0)8[1-9]\d\)?(?:{_GAP}\d){{6,10}}(?!\d|[.,]\d)",
    re.IGNORECASE,
)
_LANDLINE: Final = re.compile(
    rf"{_AFTER_WORD}(?:{_COUNTRY}\(?0?|\(?0)(?:21|22|24|31|61|2[3-9]\d|[3-7]\d\d)\)?{_GAP}"
    rf"[2-9]\d{{2,3}}{_GAP}\d{{3,5}}(?!\d|[.,]\d)",
    re.IGNORECASE,
)
_SPELLED: Final = re.compile(rf"(?<![\w+])(?:\+{_SEP}?6{_SEP}2|0){_SEP}8(?:{_SEP}\d){{8,11}}(?!{_SEP}?\d)")

_REGIONS: Final = (
    "AA|AB|AD|AE|AG|BA|BB|BD|BE|BG|BH|BK|BL|BM|BN|BP|DA|DB|DC|DD|DE|DG|DH|DK|DL|DM|DN|DR|DS|DT|EA|EB|ED|KB|KH|KT|KU|"
    "PA|PB|A|B|D|E|F|G|H|K|L|M|N|P|R|S|T|W|Z"
)
_PLATE: Final = re.compile(
    rf"(?<![\w@#/.&-])(?P<region>{_REGIONS}){_SEP}{{0,2}}(?P<number>[1-9]\d{{0,3}}){_SEP}{{0,2}}(?P<suffix>[A-Z]{{1,3}})(?![\w])",
    re.IGNORECASE,
)
_ADDRESS_WORD: Final = re.compile(
    r"(?:blok|block|blk|gang|gg|lantai|lt|rusun|tower|gedung|unit|jalur|koridor|halte|kav|kavling|no|nomor|km|gerbang|pintu|"
    r"jl|jln|jalan|rute|kelas|tipe|type|seri|zona|sektor|terminal|peron|gate|ruang|kamar)[\s.:]{0,3}$",
    re.IGNORECASE,
)
_VEHICLE_WORD: Final = re.compile(
    r"(?:plat|pelat|nopol|polisi|mobil|motor|truk|truck|angkot|bus|bis|kendaraan|taksi|taxi|ojek|pickup|polisinya)"
    r"[^.!?\n]{0,30}$",
    re.IGNORECASE,
)
_NOT_A_SUFFIX: Final = frozenset(
    word
    for line in (
        "dan di ke rb jt km cm mm kg wib wit rt rw org th thn jam hr m an kk liter ltr ton hari orang unit kali x",
        "pm am st nd rd kw watt w kva ha mtr met per sd atau yg jd lt gb mb tb hz ml l kpj bus pcs ekor dr ari bln",
        "mgg mnt dtk",
    )
    for word in line.split()
)


# Cheap looks that spare most texts the searches: what is searched for cannot be where these find nothing.
_AT: Final = re.compile(r"@|[(\[]at[)\]]", re.IGNORECASE)
_DIGIT: Final = re.compile(r"\d")
_MANY: Final = 9
"""Digits of the shortest telephone number."""
_MANY_DIGITS: Final = re.compile(r"\d(?:[^\d\n]{0,5}\d){8}")
_LETTER: Final = r"[A-Za-z\u0130\u0131\u017f\u212a]"
"""With those that are taken for one of them where case does not count."""
_PLATE_LIKE: Final = re.compile(
    rf"[1-9](?:(?<={_LETTER}.)|(?<={_LETTER}{_SEP}.)|(?<={_LETTER}{_SEP}{_SEP}.))"
    rf"\d{{0,3}}{_SEP}{{0,2}}{_LETTER}{{1,3}}(?!\w)"
)

_ODD_DIGIT: Final = re.compile(r"(?![0-9])\d")
_BETWEEN_DIGITS: Final = re.compile(
    r"(?<=\d)[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+(?=[^\S\n]?\d)"
)


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without personal data; `changed` says whether anything was found."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Words:
    """Title and text of a report, masked, and what they were (JSON of both) where masking changed one of them."""

    title: str
    text: str
    unmasked: str | None


def mask(text: str) -> Masked:
    """The text with its personal data masked. Time grows evenly with the length."""
    found = _masked(text)
    return Masked(found, found is not text)


def _masked(text: str) -> str:
    """The masked text; the very same object where nothing was found."""
    has_at = ("@" in text or "(" in text or "[" in text) and _AT.search(text) is not None
    if not has_at and _DIGIT.search(text) is None:
        return text
    result = plain = text if text.isascii() else _plain_digits(text)
    if has_at:
        result = _EMAIL.sub(EMAIL, result)
    if sum(map(result.count, "0123456789")) >= _MANY and _MANY_DIGITS.search(result) is not None:
        result = _SIXTEEN.sub(_nik, result)
        result = _MOBILE.sub(PHONE, result)
        result = _SPELLED.sub(PHONE, result)
        result = _LANDLINE.sub(PHONE, result)
    if _PLATE_LIKE.search(result) is not None:
        result = _PLATE.sub(_plate, result)
    return text if result == plain else result


def _plain_digits(text: str) -> str:
    """The text with digits of every script as ASCII, and nothing invisible between two of them.

    A number in full-width or Arabic digits, or with a zero-width space inside, is dialled like any other.
    """
    ascii_digits = _ODD_DIGIT.sub(lambda found: str(int(found[0])), text)
    return _BETWEEN_DIGITS.sub("", ascii_digits)


def mask_both(title: str, text: str) -> Words:
    """Title and text of one report, masked; the originals apart, where they differ."""
    masked_title, masked_text = _masked(title), _masked(text)
    if masked_title is title and masked_text is text:
        return Words(title, text, None)
    original = json.dumps({"title": title, "text": text}, ensure_ascii=False)
    return Words(masked_title, masked_text, original)


def is_nik(digits: str) -> bool:
    """Whether 16 digits can be a NIK: province, regency, district, birth date (women: day + 40), serial."""
    province, regency, district = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    day, month, serial = int(digits[6:8]), int(digits[8:10]), int(digits[12:])
    if day > 40:
        day -= 40
    return (
        province in _PROVINCES
        and regency > 0
        and district > 0
        and 1 <= day <= 31
        and 1 <= month <= 12
        and serial > 0
    )


def _is_card(digits: str) -> bool:
    """Whether the check digit of payment cards holds (Luhn), for the issuers seen here."""
    if digits[0] not in "3456":
        return False
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _nik(found: re.Match[str]) -> str:
    digits = "".join(str(int(letter)) for letter in found[0] if letter.isdecimal())
    before = found.string[max(0, found.start() - 40) : found.start()]
    if is_nik(digits) or _is_card(digits) or _NIK_WORD.search(before):
        return NIK
    return found[0]


def _plate(found: re.Match[str]) -> str:
    region, number, suffix = found["region"], found["number"], found["suffix"]
    before = found.string[max(0, found.start() - 60) : found.start()]
    if _ADDRESS_WORD.search(before):
        return found[0]
    if _VEHICLE_WORD.search(before) and suffix.lower() not in _NOT_A_SUFFIX:
        return PLATE
    if suffix.lower() in _NOT_A_SUFFIX and not (region.isupper() and suffix.isupper() and len(number) == 4):
        return found[0]
    written_as_plate = region.isupper() and suffix.isupper()
    if written_as_plate:
        return PLATE if len(number) + len(suffix) >= 4 else found[0]
    # small letters: only what is common in the city, and long enough to be nothing else
    return PLATE if region.lower() == "b" and len(number) >= 3 and len(suffix) >= 2 else found[0]


def pseudonym(key: bytes, channel: str, source_id: str) -> str:
    """A lasting mark of an author that does not lead back to the id without the key (HMAC-SHA256, 80 bits of it).

    The channel goes in, so one person's accounts on two channels are not joined (channels paper 3.6).
    """
    digest = hmac.new(key, f"{channel}\x1f{source_id}".encode("utf-8", "replace"), hashlib.sha256)
    return digest.hexdigest()[:20]
