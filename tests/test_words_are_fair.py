"""No word that the product says is a verdict on a person: it makes a *usulan evaluasi*, and others judge.

Capability 2 names three words; the list holds their kin in both languages, the sanctions that this product never
speaks of (domain paper 2.4), and the words of a league table (F14).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartcity_desk import paths
from tools.i18n import PLURAL_FORMS, read_catalogue

ROOT = Path(__file__).resolve().parents[1]

DENIED = re.compile(
    r"""\b(?:
    # Indonesian: what a person is said to be
      (?:pe|ke|ber)?malas(?:an|nya|-malasan)? | (?:ke|me|di|ter)?lalai(?:an|kan|nya)? | bersalah
    | (?:ke)?teledor(?:an)? | (?:ke)?ceroboh(?:an)? | abai | pengabaian | bodoh | (?:tidak|tak)\ becus | oknum | biang
    # what is done to him
    | (?:di)?pecat | [mp]emecat(?:an)? | (?:di|men|pen)?copot(?:an)? | (?:di)?demosi | (?:di)?stafkan
    | (?:di|meng)hukum | (?:peng)?hukuman | pelanggar
    # a list of the worst
    | terburuk | paling\ buruk
    # English
    | laz(?:y|iness|ily) | neglig(?:ent|ence|ently) | neglect(?:ed|ful|s)? | guilt(?:y)? | culprits? | at\ fault
    | incompeten(?:t|ce) | careless(?:ly|ness)? | blam(?:e|ed|es) | shirk(?:s|ed|er|ing)? | offenders? | wrongdoers?
    | scapegoats? | punish(?:ed|ment)? | demot(?:e|ed|es|ion) | sacked | worst
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)

PLAIN = {".csv", ".html", ".jinja", ".j2", ".typ", ".txt", ".md", ".json", ".js", ".toml"}
"""Files below these folders whose text may reach a reader."""
MARKUP = 'loading="lazy"'
"""What a browser is told, and no reader."""
FOLDERS = (
    paths.resource("pages"),
    paths.resource("print"),
    paths.resource("policy"),
    paths.resource("knowledge"),
    ROOT / "smartcity_desk",
)


def said() -> Iterator[tuple[str, str]]:
    """Yield each text of the product with the place it stands at."""
    for language in PLURAL_FORMS:
        for path in sorted((paths.resource("i18n") / language).rglob("*.po")):
            for text in read_catalogue(path, language):
                for form in text.forms:
                    yield f"{language}/{path.stem}: {text.key}", form
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*")):
            if path.suffix in PLAIN and path.is_file():
                for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                    yield f"{path.name}:{number}", line.replace(MARKUP, "")


def test_no_text_is_a_verdict() -> None:
    texts = list(said())
    assert len(texts) > 1000
    assert [f"{place}: {text}" for place, text in texts if DENIED.search(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Lurah ini malas.",
        "KELALAIAN pejabat",
        "melalaikan tugas",
        "dinyatakan bersalah",
        "pejabat dicopot",
        "usul pemecatan",
        "akan dipecat",
        "pencopotan jabatan",
        "hukuman disiplin",
        "didemosi",
        "sepuluh kelurahan terburuk",
        "The official is guilty.",
        "Gross negligence",
        "lazy offices",
        "Demote",
    ],
)
def test_the_list_knows_the_words(text: str) -> None:
    assert DENIED.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "Usulan evaluasi",
        "Pilihan itu diabaikan.",
        "Terjadi kesalahan",
        "salah alamat",
        "data belum cukup",
        "Calon",
        "Biro Hukum",
        "default",
        "diam",
    ],
)
def test_the_list_leaves_plain_words_alone(text: str) -> None:
    assert not DENIED.search(text)
