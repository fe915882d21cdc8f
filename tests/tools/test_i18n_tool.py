from __future__ import annotations

import gettext
from pathlib import Path

import pytest

from tools import i18n as tool

GOOD = {
    "id": 'msgid "a.title"\nmsgstr "Judul {x}"\n\nmsgid "a.n"\nmsgid_plural "a.n"\nmsgstr[0] "{n} buah"\n',
    "en": 'msgid "a.title"\nmsgstr "Title {x}"\n\n'
    'msgid "a.n"\nmsgid_plural "a.n"\nmsgstr[0] "one"\nmsgstr[1] "{n} things"\n',
}
IMPORT = "from smartcity_desk.i18n import key, tr, trn\n"
CODE = 'print(tr("a.title", x=1), trn("a.n", 2))\n'


class City:
    """Catalogues and code in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "i18n"
        self.sources = folder / "package"
        self.sources.mkdir()
        self.code(CODE)
        for language, content in GOOD.items():
            self.words(language, content)

    def words(self, language: str, content: str, name: str = "a") -> None:
        target = self.root / language / "LC_MESSAGES" / f"{name}.po"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")

    def code(self, content: str) -> None:
        (self.sources / "module.py").write_text(IMPORT + content, encoding="utf-8")

    def problems(self, *, compile_first: bool = True) -> list[str]:
        if compile_first:
            tool.compile_all(self.root)
        return tool.check(self.root, self.sources)


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def test_agreement_is_silent(city: City) -> None:
    assert city.problems() == []


def test_compiling_twice_changes_nothing_the_second_time(city: City) -> None:
    assert len(tool.compile_all(city.root)) == 2
    assert tool.compile_all(city.root) == []


def test_python_reads_what_was_compiled(city: City) -> None:
    tool.compile_all(city.root)
    with (city.root / "en" / "LC_MESSAGES" / "a.mo").open("rb") as stream:
        words = gettext.GNUTranslations(stream)
    assert words.gettext("a.title") == "Title {x}"
    assert [words.ngettext("a.n", "a.n", n) for n in (1, 2)] == ["one", "{n} things"]


def test_a_stale_mo_is_told(city: City) -> None:
    tool.compile_all(city.root)
    city.words("id", GOOD["id"].replace("Judul", "Kepala"))
    assert city.problems(compile_first=False) == [
        "id/a: the .mo is not what the .po says; run: python -m tools.i18n compile"
    ]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (CODE + 'tr("a.gone")\n', "no text for a.gone"),
        (CODE + 'trn("a.title", 3)\n', "a.title has no plural forms"),
        (CODE + 'tr("a.n")\n', "a.n is counted"),
        (CODE + 'tr("a.x" if 1 else "a.title")\n', "no text for a.x"),
        (CODE + 'tr(f"b.{1}")\n', "no text begins with b."),
        (CODE + 'register("go", title_key="a.command")\n', "no text for a.command"),
        ('trn("a.n", 2)\n', "a.title: no code uses this text"),
    ],
)
def test_code_and_words_apart(city: City, code: str, told: str) -> None:
    city.code(code)
    assert [problem for problem in city.problems() if told in problem], city.problems()


@pytest.mark.parametrize(
    "code",
    [
        'TITLE = "a.title"\nCOUNT = "a.n"\n',
        'kind = "title"\ntr(f"a.{kind}")\n',
        'register(title_key="a.title")\nkey("a.n")\n',
        'KEYS = {code: f"a.{code}" for code in codes}\n',
        'from smartcity_desk.i18n import tr as _\n_("a.title"); trn("a.n", 1)\n',
        'from smartcity_desk import i18n\ni18n.tr("a.title"); i18n.trn("a.n", 1)\n',
        CODE + 'self.key("a.shortcut")\n',
    ],
)
def test_words_used_through_a_table_or_a_computed_key_count_as_used(city: City, code: str) -> None:
    city.code(code)
    assert city.problems() == []


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ('{{ tr("a.title", x=1) }}{{ trn("a.n", 2) }}', []),
        ('{% if ok %}{{ tr("a." ~ kind) }}{% endif %}', []),
        ('{{ tr("a.title", x=1) }}', ["a.n: no code uses this text"]),
        ('{{ tr("a.gone") }}{{ tr("a." ~ kind) }}', ["pages/page.html:1: no text for a.gone"]),
        ('\n{{ tr("b." ~ kind) }}{{ tr("a." ~ kind) }}', ["pages/page.html:2: no text begins with b."]),
        (
            '{{ tr("a.n") }}{{ trn("a.n", 1) }}{{ tr("a.title") }}',
            ["pages/page.html:1: a.n is counted: use trn"],
        ),
    ],
)
def test_templates_name_their_words_too(city: City, template: str, told: list[str]) -> None:
    city.code("")
    pages = city.sources.parent / "pages"
    pages.mkdir()
    (pages / "page.html").write_text(template, encoding="utf-8")
    tool.compile_all(city.root)
    assert tool.check(city.root, city.sources, pages) == told


@pytest.mark.parametrize(
    ("language", "old", "new", "told"),
    [
        ("en", "{x}", "{y}", "other parameters"),
        ("en", "Title {x}", "", "a.title is empty"),
        ("en", "Title {x}", "Title {x", "a.title"),
        ("en", "{n} things", "{n:>5} things", "plain names"),
        ("id", 'msgid "a.title"', '#, fuzzy\nmsgid "a.title"', "fuzzy"),
        ("id", 'msgid "a.title"', 'msgid "b.title"', "belongs to another catalogue"),
        ("en", 'msgstr[1] "{n} things"\n', "", "a.n is empty"),
        ("en", 'msgid "a.title"', 'msgid "a.title"\nmsgstr "again"\n\nmsgid "a.title"', "given twice"),
    ],
)
def test_bad_words(city: City, language: str, old: str, new: str, told: str) -> None:
    assert old in GOOD[language]
    tool.compile_all(city.root)
    city.words(language, GOOD[language].replace(old, new))
    problems = city.problems(compile_first=False)
    assert [problem for problem in problems if told in problem], problems


def test_a_language_that_lacks_a_whole_catalogue_is_told(city: City) -> None:
    city.words("id", 'msgid "b.only"\nmsgstr "hanya"\n', name="b")
    city.code(CODE + 'tr("b.only")\n')
    assert "en: no text for b.only" in city.problems()


def test_a_mo_without_its_po_is_told(city: City) -> None:
    city.problems()
    (city.root / "id" / "LC_MESSAGES" / "old.mo").write_bytes(b"")
    assert "id/old: a .mo without its .po" in city.problems()


def test_this_project_and_its_catalogues_agree() -> None:
    assert tool.check(tool.CATALOGUES, tool.SOURCES, tool.TEMPLATES) == []
