"""Numbers, times and foreign texts as they are shown."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from PySide6.QtGui import Qt, QTextDocument

from smartcity_desk import i18n
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, SECOND, from_iso
from smartcity_desk.ui import formats

AT = from_iso("2026-08-17T16:20:05+07:00")


@pytest.mark.parametrize(
    ("ms", "indonesian", "english"),
    [
        (0, "0 dtk", "0 s"),
        (12 * SECOND, "12 dtk", "12 s"),
        (59_999, "59 dtk", "59 s"),
        (45 * MINUTE, "45 m", "45 min"),
        (2 * HOUR + 10 * MINUTE, "2 j 10 m", "2 h 10 min"),
        (2 * HOUR + 2 * MINUTE, "2 j 02 m", "2 h 02 min"),
        (3 * DAY + 4 * HOUR, "3 h 4 j", "3 d 4 h"),
        (45 * DAY, "45 hari", "45 days"),
        (-5 * MINUTE, "5 m", "5 min"),
    ],
)
def test_lengths_of_time(ms: int, indonesian: str, english: str) -> None:
    assert formats.duration(ms) == indonesian
    i18n.set_language("en")
    assert formats.duration(ms) == english


def test_before_and_after() -> None:
    assert formats.ago(AT - 12 * SECOND, AT) == "12 dtk lalu"
    assert formats.ago(AT + 12 * SECOND, AT) == "dalam 12 dtk"
    assert formats.left(AT + 2 * HOUR, AT) == "2 j 00 m"
    assert formats.left(AT - 80 * MINUTE, AT) == "−1 j 20 m"


def test_dates_are_indonesian_and_in_jakarta() -> None:
    assert formats.date(AT) == "17 Agustus 2026"
    assert formats.date_time(AT) == "17 Agu 2026 16.20 WIB"
    assert formats.near(AT, AT - HOUR) == "hari ini 16.20"
    assert formats.near(AT, AT - 20 * HOUR) == "besok 16.20"
    assert formats.near(AT, AT + DAY) == "kemarin 16.20"
    assert formats.near(AT, AT + 9 * DAY) == "17 Agu 2026 16.20"
    i18n.set_language("en")
    assert formats.date(AT) == "17 August 2026"
    assert formats.near(AT, AT - HOUR) == "today 16:20"


def test_midnight_in_jakarta_is_the_border_of_the_day() -> None:
    before = from_iso("2026-08-17T23:59:00+07:00")
    after = from_iso("2026-08-18T00:01:00+07:00")
    assert formats.near(after, before) == "besok 00.01"


def test_numbers() -> None:
    assert formats.number(1_234_567) == "1.234.567"
    i18n.set_language("en")
    assert formats.number(1_234_567) == "1,234,567"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "ab"),
        ("a\u2066b\u2069", "ab"),
        ("\ufeffa", "a"),
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("tab\tin", "tab\tin"),
        ("<b>tebal</b> & =1+1", "<b>tebal</b> & =1+1"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert formats.clean(text) == shown


@pytest.mark.parametrize(
    ("came", "indonesian", "english"),
    [
        ("2025-01-01", "1 Jan 2025", "1 Jan 2025"),
        ("2026-08-17T19:20:05Z", "18 Agu 2026 02.20 WIB", "18 Aug 2026 02:20 WIB"),
        ("2026-08-17T09:20:05", "17 Agu 2026 09.20 WIB", "17 Aug 2026 09:20 WIB"),
        ("2014", "2014", "2014"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
        ("kemarin", "kemarin", "kemarin"),
        ("", "", ""),
    ],
)
def test_a_day_of_a_source_is_said_as_people_write_it(came: str, indonesian: str, english: str) -> None:
    for language, expected in (("id", indonesian), ("en", english)):
        i18n.set_language(language)
        assert formats.dated(came) == expected


def test_cutting() -> None:
    assert formats.clean("abcdef", 4) == "abc…"
    assert formats.one_line("a \n\t b\u202e  c") == "a b c"
    assert len(formats.one_line("x" * 1_000_000)) == 240


HOSTILE_TIPS = (
    "<img src='file:///etc/hostname'>",
    "banjir <b>besar</b>",
    "&lt;script&gt;",
    "<qt>",
    "baris satu <i>\nbaris dua",
)


@pytest.mark.parametrize("text", [*HOSTILE_TIPS, "3 < 5 & 7 > 2", "biasa saja"])
def test_a_tool_tip_shows_its_text_as_it_is(text: str) -> None:
    shown = formats.tip(text)
    document = QTextDocument()
    if Qt.mightBeRichText(shown):
        document.setHtml(shown)
    else:
        document.setPlainText(shown)
    assert document.toPlainText() == text


def test_every_tool_tip_goes_through_it() -> None:
    """Qt shows a tool tip that looks like markup as markup; what the desk says itself needs no escape."""
    safe = {"tip", "tr", "trn", "date_time"}
    for path in sorted(Path(formats.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "setToolTip":
                given = node.args[-1]
                made_by = getattr(given, "func", None)
                assert getattr(made_by, "attr", getattr(made_by, "id", "")) in safe, (
                    f"{path.name}:{node.lineno}"
                )
