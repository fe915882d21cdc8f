"""What stands in a PDF, read by a program that had no part in making it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from html import unescape
from typing import NamedTuple

from tests import absent

_WORD = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>')
_PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', re.DOTALL)


class Word(NamedTuple):
    """A word and where it stands, in points from the upper left."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


class Page(NamedTuple):
    """A page's size and words."""

    width: float
    height: float
    words: tuple[Word, ...]


def _poppler(pdf: bytes, *options: str) -> str:
    if shutil.which("pdftotext") is None:
        absent.not_run("poppler", "no pdftotext on the path")
    done = subprocess.run(
        ["pdftotext", "-enc", "UTF-8", *options, "-", "-"], input=pdf, capture_output=True, check=True
    )
    return done.stdout.decode()


def text_of(pdf: bytes) -> str:
    """The whole text, columns kept apart."""
    return _poppler(pdf, "-layout")


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, in the order in which it was written: a cell's lines stay together."""
    return _poppler(pdf, "-raw").split("\f")[:-1]


def placed(pdf: bytes) -> list[Page]:
    """The words of each page with their places."""
    return [
        Page(
            float(width),
            float(height),
            tuple(
                Word(unescape(text), float(left), float(top), float(right), float(bottom))
                for left, top, right, bottom, text in _WORD.findall(inside)
            ),
        )
        for width, height, inside in _PAGE.findall(_poppler(pdf, "-bbox"))
    ]


def squeezed(text: str) -> str:
    """A text without blanks and without places to break: what is left of it however lines are broken."""
    return re.sub(r"[\s\u200b]+", "", text)


def page_with(pages: Sequence[str], wanted: str) -> int:
    """The one page on which a text stands; -1 for none or more than one."""
    found = [at for at, page in enumerate(pages) if wanted in page]
    return found[0] if len(found) == 1 else -1
