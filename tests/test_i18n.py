from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk import i18n, paths
from tools.i18n import compile_all

ID = """\
msgid "demo.title"
msgstr "Laporan dari {channel}"

msgid "demo.only"
msgstr "Hanya Indonesia"

msgid "demo.new"
msgid_plural "demo.new"
msgstr[0] "{n} laporan baru di {office}"
"""
EN = """\
msgid "demo.title"
msgstr "Report from {channel}"

msgid "demo.new"
msgid_plural "demo.new"
msgstr[0] "{n} new report in {office}"
msgstr[1] "{n} new reports in {office}"
"""


@pytest.fixture
def catalogues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for language, content in (("id", ID), ("en", EN)):
        folder = tmp_path / "i18n" / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "demo.po").write_text(content, encoding="utf-8")
    compile_all(tmp_path / "i18n")
    monkeypatch.setattr(paths, "resource", lambda *parts: tmp_path.joinpath(*parts))
    monkeypatch.setattr(i18n, "_loaded", {})
    return tmp_path


@pytest.mark.usefixtures("catalogues")
class TestTexts:
    def test_text_of_a_key_with_its_parameters(self) -> None:
        assert i18n.tr("demo.title", channel="X") == "Laporan dari X"

    def test_the_language_can_change_while_running(self) -> None:
        i18n.set_language("en")
        assert i18n.language() == "en"
        assert i18n.tr("demo.title", channel="X") == "Report from X"

    def test_a_parameter_is_put_in_as_it_is(self) -> None:
        hostile = "{channel} <b>%s</b> {0.__class__}"
        assert i18n.tr("demo.title", channel=hostile) == f"Laporan dari {hostile}"

    def test_another_language_aside_is_heard_in_its_own_thread_only(self) -> None:
        heard: list[str] = []
        with i18n.speaking("en"):
            thread = threading.Thread(target=lambda: heard.append(i18n.tr("demo.title", channel="X")))
            thread.start()
            thread.join()
            assert i18n.tr("demo.title", channel="X") == "Report from X"
            assert i18n.format_number(1234) == "1,234"
        assert heard == ["Laporan dari X"]
        assert i18n.language() == "id"

    @pytest.mark.parametrize(
        ("language", "n", "text"),
        [
            ("id", 1, "1 laporan baru di Tebet"),
            ("id", 1234567, "1.234.567 laporan baru di Tebet"),
            ("en", 1, "1 new report in Tebet"),
            ("en", 0, "0 new reports in Tebet"),
            ("en", 12000, "12,000 new reports in Tebet"),
        ],
    )
    def test_counted_text(self, language: str, n: int, text: str) -> None:
        i18n.set_language(language)
        assert i18n.trn("demo.new", n, office="Tebet") == text

    def test_english_falls_back_to_indonesian_before_showing_a_key(self) -> None:
        i18n.set_language("en")
        assert i18n.tr("demo.only") == "Hanya Indonesia"

    def test_a_missing_key_raises_where_tests_run(self) -> None:
        with pytest.raises(i18n.MissingTextError, match=r"demo\.nothing"):
            i18n.tr("demo.nothing")
        with pytest.raises(i18n.MissingTextError, match=r"nowhere\.x"):
            i18n.trn("nowhere.x", 2)

    def test_a_missing_key_shows_as_itself_at_work(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(i18n.STRICT_VARIABLE)
        assert i18n.tr("demo.nothing") == "demo.nothing"
        assert i18n.trn("nowhere.x", 2) == "nowhere.x"

    def test_a_missing_parameter_raises_in_tests_and_is_shown_at_work(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(i18n.MissingTextError, match="channel"):
            i18n.tr("demo.title")
        monkeypatch.delenv(i18n.STRICT_VARIABLE)
        assert i18n.tr("demo.title") == "Laporan dari {channel}"

    def test_has_text(self) -> None:
        assert i18n.has_text("demo.title")
        assert not i18n.has_text("demo.nothing")

    def test_a_key_never_leads_out_of_the_folder(self, catalogues: Path) -> None:
        outside = catalogues / "i18n" / "id" / "evil.mo"
        outside.write_bytes(b"not a catalogue, and opening it would fail")
        with pytest.raises(i18n.MissingTextError):
            i18n.tr("../evil.title")


def test_a_language_without_catalogues_is_refused() -> None:
    with pytest.raises(ValueError, match="jv"):
        i18n.set_language("jv")
    with pytest.raises(ValueError, match="jv"), i18n.speaking("jv"):
        pass
    assert i18n.language() == "id"


@given(st.integers())
def test_thousands_are_marked_and_nothing_else_changes(value: int) -> None:
    written = i18n.format_number(value)
    assert int(written.replace(".", "")) == value
    groups = written.lstrip("-").split(".")
    assert all(len(group) == 3 for group in groups[1:])
    assert 1 <= len(groups[0]) <= 3
