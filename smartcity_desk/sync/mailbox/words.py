"""Bytes of a letter as text: charsets that lie, encoded headers, HTML without loading anything. Pure; never raises.

Declared charsets are often wrong, most often in one way: UTF-8 that says it is something else. Text that is valid UTF-8
beyond ASCII is practically never anything else, so that is tried first; then what was declared; then Windows' Western
letters, which have a letter for almost every byte.
"""

from __future__ import annotations

import codecs
import re
from email.header import decode_header
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from smartcity_desk.domain.text import storable

HEADER_MOST: Final = 4_000
"""Characters of a header that are read."""
HTML_MOST: Final = 512 * 1024
"""Characters of an HTML body that are parsed; what follows is taken apart crudely or not at all."""
DEEPEST: Final = 1_500
"""Open elements at most: the parser's time grows with the square of the depth (100,000 took 50 s, 1,500 take 10 ms)."""

_SEVEN_BIT: Final = re.compile(r"iso-?2022|utf-?7|hz|utf-?16|utf-?32|ucs", re.IGNORECASE)
"""Charsets whose bytes are ASCII or full of NUL: they would pass for UTF-8."""
_NEVER: Final = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
"""Codecs of Python that are no charsets, or take time with the square of the length."""

_BREAK: Final = "\u2028"
_BLANKS: Final = re.compile(r"[ \t\r\n\f\u00a0]+")
_AROUND_BREAK: Final = re.compile(r" *\u2028 *")
_MANY_BREAKS: Final = re.compile(r"\n{3,}")
_BLOCKS: Final = (
    "address,article,aside,blockquote,center,dd,div,dl,dt,fieldset,figcaption,figure,footer,form,h1,h2,h3,h4,h5,h6,"
    "header,hr,li,main,nav,ol,p,pre,section,table,tr,ul"
)
_UNSEEN: Final = (
    "script,style,head,title,template,noscript,iframe,object,embed,svg,math,audio,video,canvas,select,textarea,"
    '[hidden],[style*="display:none"],[style*="display: none"]'
)
_QUOTES: Final = (
    'blockquote[type="cite"],.gmail_quote,.gmail_extra>blockquote,.yahoo_quoted,.moz-cite-prefix,'
    "#divRplyFwdMsg,#divRplyFwdMsg~*,#appendonsend,#appendonsend~*,#reply-intro,.protonmail_quote"
)
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})[^<>]{0,5000}(/?)>?")
_VOID: Final = frozenset(
    "area,base,br,col,embed,hr,img,input,link,meta,source,track,wbr,p,li,td,tr".split(",")  # noqa: SIM905 - a list of words
)
_CRUDE: Final = re.compile(r"<[^<>]{0,5000}>?")


def decoded(content: bytes, charset: str = "") -> str:
    """The text that some bytes spell, whatever their charset is said to be."""
    known = _codec(charset)
    if known and _SEVEN_BIT.match(known):
        try:
            return storable(content.decode(known))
        except (UnicodeError, ValueError):
            pass
    for name in ("utf-8-sig", known, "cp1252"):
        if not name:
            continue
        try:
            return storable(content.decode(name))
        except (UnicodeError, ValueError):
            continue
    return storable(content.decode("latin-1"))


def _codec(charset: str) -> str:
    """Python's name of a charset, or nothing when there is none such that turns bytes into text."""
    try:
        found = codecs.lookup(charset.strip().strip("\"'")[:40])
    except (LookupError, ValueError):
        return ""
    return "" if found.name.replace("-", "_") in _NEVER or not found._is_text_encoding else found.name


def header(value: object) -> str:
    """A header's value as text on one line: encoded words (RFC 2047) read, raw bytes too."""
    raw = str(value)[:HEADER_MOST]
    if raw.isascii() and "=?" not in raw:
        return " ".join(raw.split())
    try:
        parts = decode_header(raw) if "=?" in raw else [(raw, None)]
    except Exception:  # noqa: BLE001 - broken encoded words raise several things; the value stays as it came
        parts = [(raw, None)]
    found = "".join(
        decoded(part, charset or "") if isinstance(part, bytes) else _raw_bytes(part)
        for part, charset in parts
    )
    return " ".join((found if found.strip() else raw).split())


def _raw_bytes(text: str) -> str:
    """Bytes beyond ASCII that a header carries unencoded, which the parser hands out as half characters."""
    return text if text.isascii() else decoded(text.encode("utf-8", "surrogateescape"))


def html_text(markup: str, *, without_quotes: bool = False) -> str:
    """What a person would read of a page: lines where blocks end, nothing that is hidden, nothing loaded.

    `without_quotes` leaves out what mail programs mark as the letter that is answered.
    """
    markup = markup[:HTML_MOST]
    if _depth(markup) > DEEPEST:
        return _lines(_CRUDE.sub(_BREAK, markup))
    tree = LexborHTMLParser(markup)
    for node in tree.css(_UNSEEN):
        node.decompose()
    if without_quotes:
        for node in tree.css(_QUOTES):
            node.decompose()
    for node in tree.css("br"):
        node.insert_after(_BREAK)
    for node in tree.css("td,th"):
        node.insert_after(" ")
    for node in tree.css(_BLOCKS):
        node.insert_before(_BREAK)
        node.insert_after(_BREAK)
    return _lines(tree.body.text() if tree.body is not None else "")


def _depth(markup: str) -> int:
    """How many elements are open at once at most, roughly: what closes itself or is often left open is not counted."""
    depth = deepest = 0
    for found in _TAG.finditer(markup):
        if found[2].lower() in _VOID or found[3]:
            continue
        depth = max(0, depth - 1) if found[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _lines(text: str) -> str:
    text = _AROUND_BREAK.sub("\n", _BLANKS.sub(" ", text))
    return _MANY_BREAKS.sub("\n\n", storable(text)).strip()
