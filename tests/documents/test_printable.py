"""Texts in the papers’ own letters: nothing lost that can be printed, nothing personal, no column left."""

from __future__ import annotations

import io
import re
import unicodedata
from pathlib import Path

import pypdf
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pypdf.generic import ContentStream

from smartcity_desk.documents.printable import BREAK, COVERED, MISSING, line, plain, quoted
from smartcity_desk.documents.typesetting import typeset
from smartcity_desk.domain.privacy import EMAIL, NIK, PHONE


@given(st.text(max_size=400))
@example("satu\u2028dua\x85tiga")
def test_only_letters_that_can_be_printed_come_out(text: str) -> None:
    for shown in (plain(text), quoted(text), line(text)):
        assert set(shown) <= COVERED | {BREAK}
    assert "\n" not in line(text)


@given(st.text(alphabet=sorted(COVERED - set("\n ")), max_size=24))
def test_a_short_printable_text_stays_as_it_is(text: str) -> None:
    if unicodedata.normalize("NFC", text) == text and text == text.strip() and not text.isspace():
        assert plain(text) == re.sub(r"[^\S\n]+", " ", text).strip()


@given(st.text(max_size=300), st.integers(1, 60))
def test_a_limit_holds_and_no_word_is_unbreakable(text: str, most: int) -> None:
    shown = plain(text, most)
    assert len(shown.replace(BREAK, "")) <= most
    assert all(len(piece) <= 24 for piece in re.split(rf"[\s{BREAK}]", shown))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Banjir\x00 30 cm", f"Banjir{MISSING} 30 cm"),
        ("\u202eterbalik\u202c", "terbalik"),
        ("tolong 🙏🏽🔥", f"tolong {MISSING * 3}"),
        ("banjir مرحبا", f"banjir {MISSING * 5}"),
        ("𝗕𝗮𝗻𝗷𝗶𝗿 ｐａｒａｈ", "Banjir parah"),
        ("٣٠ cm", "30 cm"),
        ("a\u0301b\u0301", "áb"),
        ("Z" + "\u0301" * 40, "Ź"),
        ("satu\r\n\r\n dua\t tiga ", "satu\ndua tiga"),
        ("keluarga 👨‍👩‍👧", f"keluarga {MISSING * 3}"),
        ("½ m² – “ya”", "½ m² – “ya”"),
    ],
)
def test_what_is_printed_for_letters_that_are_not_there(text: str, shown: str) -> None:
    assert plain(text) == shown


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("hubungi ０８１２３４５６７８９０", PHONE),
        ("hub 08\u200b1234\u206067890", PHONE),
        ("𝟎𝟖𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗𝟎", PHONE),
        ("⓪⑧①②③④⑤⑥⑦⑧⑨⓪", PHONE),
        ("NIK ３１７４０１４１０７９００００１", NIK),
        ("ｂｕｄｉ＠contoh.go.id", EMAIL),
    ],
)
def test_personal_data_is_masked_in_whichever_letters_it_is_written(text: str, word: str) -> None:
    assert word in quoted(text)
    assert "1234567" not in quoted(text)


def test_masking_comes_before_cutting() -> None:
    text = "a" * 20 + " 081234567890"
    assert not re.search(r"\d", quoted(text, 27))


def _missing_glyphs(folder: Path, text: str) -> int:
    """How often the typesetter had no letter, over all styles that the papers use."""
    (folder / "letters.typ").write_text(
        '#set text(font: "Libertinus Serif", fallback: false)\n'
        "#let words = json(bytes(sys.inputs.data))\n"
        "#words #strong(words) #emph(words)\n",
        encoding="utf-8",
    )
    reader = pypdf.PdfReader(io.BytesIO(typeset(folder, "letters.typ", text, at=0)))
    missing = 0
    for page in reader.pages:
        contents = page.get_contents()
        assert contents is not None
        for operands, operator in ContentStream(contents, reader).operations:
            if operator in (b"Tj", b"TJ"):
                parts = operands[0] if operator == b"TJ" else operands
                for part in parts:
                    if hasattr(part, "original_bytes"):
                        codes = part.original_bytes
                        missing += sum(codes[at : at + 2] == b"\0\0" for at in range(0, len(codes), 2))
    return missing


def test_every_letter_that_counts_as_covered_is_in_the_typeface(tmp_path: Path) -> None:
    letters = " ".join(sorted(COVERED - {"\n"}))
    assert _missing_glyphs(tmp_path, letters) == 0
    assert _missing_glyphs(tmp_path, "ab م") == 3
