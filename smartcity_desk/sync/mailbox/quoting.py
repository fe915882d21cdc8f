"""What a reply says by itself: without the letter that it answers and without the signature. Pure.

A line of a known form ("Pada ... menulis:", "-----Original Message-----", "Dari: ... Dikirim: ...") begins the history;
lines that start with ">" are history wherever they stand. A cut that leaves nothing is not made.
"""

from __future__ import annotations

import re
from typing import Final

_WROTE: Final = re.compile(
    r"^[ \t]*(?:Pada|On|Op|Am|Le|El|Il)\b[^\n]{0,250}(?:\n[^\n]{0,250}){0,2}"
    r"(?:menulis|wrote|schreef|schrieb|escribi\u00f3|ha scritto|a \u00e9crit)[ \t]*:[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_DIVIDER: Final = re.compile(
    r"^[ \t]*(?:-{2,}[ \t]*(?:Original Message|Pesan Asli|Pesan asli|Forwarded message|Pesan terusan|"
    r"Balasan di atas baris ini|Reply above this line)[ \t]*-{2,}|_{20,})[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_HEADERS: Final = re.compile(
    r"^[ \t*]*(?:Dari|From)[ \t*]*:[^\n]{0,300}\n(?:[^\n]{0,300}\n){0,3}?"
    r"[ \t*]*(?:Dikirim|Terkirim|Tanggal|Kepada|Sent|Date|To)[ \t*]*:",
    re.MULTILINE | re.IGNORECASE,
)
_SIGNATURE: Final = re.compile(r"^-- ?$", re.MULTILINE)
_SENT_FROM: Final = re.compile(
    r"\n[ \t]*(?:Sent from|Get Outlook for|Dikirim dari|Terkirim dari|Dapatkan Outlook)\b[^\n]{0,120}\s*\Z",
    re.IGNORECASE,
)


def said(text: str) -> str:
    """The new words of a reply; all of it where nothing else is found."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    begins = _WROTE.search(text)
    if begins is not None and not text[: begins.start()].strip():
        text = text[begins.end() :]  # the answer stands below, or between the lines
    end = len(text)
    for pattern in (_WROTE, _DIVIDER, _HEADERS):
        found = pattern.search(text)
        if found is not None and text[: found.start()].strip():
            end = min(end, found.start())
    kept = "\n".join(line for line in text[:end].split("\n") if not line.lstrip().startswith(">"))
    signature = _SIGNATURE.search(kept)
    if signature is not None and kept[: signature.start()].strip():
        kept = kept[: signature.start()]
    kept = _SENT_FROM.sub("", "\n" + kept).strip()
    return kept or text.strip()
