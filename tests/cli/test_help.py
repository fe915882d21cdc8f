"""Help that teaches, in both languages, with argparse's own words translated and every exit code named."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartcity_desk import i18n
from smartcity_desk.commands import arguments, grammar
from smartcity_desk.commands.exits import Exit
from tests.cli.kit import Shell


def _parsers(
    parser: argparse.ArgumentParser, path: str = ""
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    yield path, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                yield from _parsers(child, f"{path} {name}".strip())


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_command_explains_itself(language: str, tmp_path: Path) -> None:
    i18n.set_language(language)
    seen = list(_parsers(arguments.build()))
    assert len(seen) > 25
    for path, parser in seen:
        text = parser.format_help()
        assert parser.description, path
        assert "cli." not in text, f"{path}: a key without its text"
        for action in parser._actions:
            assert action.help or isinstance(action, argparse._SubParsersAction), (path, action.dest)
    leaf_without_examples = [
        path
        for path, parser in seen
        if path.count(" ") < 2 and not parser.epilog and not parser._subparsers and path != "logout"
    ]
    assert set(leaf_without_examples) <= {"channel list", "central verify"}


def test_the_two_languages_differ_everywhere() -> None:
    said: dict[str, dict[str, str]] = {}
    for language in i18n.LANGUAGES:
        i18n.set_language(language)
        said[language] = {path: parser.format_help() for path, parser in _parsers(arguments.build())}
    for path, text in said["id"].items():
        assert text != said["en"][path]
        assert "pemakaian:" in text
        assert not re.search(r"\b(usage|positional arguments|show this help message)\b", text), path


def test_every_text_of_this_argparse_that_an_operator_can_meet_is_translated() -> None:
    source = Path(argparse.__file__).read_text()
    found = set(re.findall(r"\b_\(\s*'((?:[^'\\]|\\.)*)'\s*\)", source))
    found |= {text for pair in re.findall(r"ngettext\('([^']*)',\s*'([^']*)'", source) for text in pair}
    programmer = (
        "argument \"-\"", "can\\'t open", "%r is not callable", ".__call__", "cannot have multiple", "cannot merge",
        "conflicting", "dest= is", "invalid conflict", "invalid option string", "mutually exclusive",
        "unexpected option",
        "'required'", "%(prog)s: error", "\\'required\\'", "option ", "argument '", "%(prog)s: warning", "default:",
        "deprecated", "command '",
    )  # fmt: skip
    for text in found:
        if not text.startswith(programmer):
            assert text in grammar.ARGPARSE_TEXTS, text


def test_the_help_names_every_exit_code(tmp_path: Path) -> None:
    for language in i18n.LANGUAGES:
        said = Shell(tmp_path)("--help", language=language)
        assert said.code == 0
        for code in Exit:
            assert re.search(rf"(^|\s){code.value} ", said.out), (language, code)
        assert "130" in said.out


@pytest.mark.parametrize(
    ("words", "hint"),
    [(["lst"], "list"), (["do", "rout", "x"], "route"), (["list", "--status", "dne"], "done")],
)
def test_a_slip_of_the_hand_gets_a_hint(tmp_path: Path, words: list[str], hint: str) -> None:
    said = Shell(tmp_path)(*words)
    assert said.code == Exit.USAGE
    assert said.err.splitlines()[1] == f"Did you mean: {hint}"
    assert said.out == ""


def test_usage_errors_are_json_where_that_was_asked_for(tmp_path: Path) -> None:
    said = Shell(tmp_path)("list", "--limit", "-5", "--json")
    assert said.code == Exit.USAGE
    assert said.error["code"] == "usage"


def test_errors_speak_the_profile_s_language(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert "tidak ada" in shell("show", "zzzzzz", language="id").err
    assert "not on this computer" in shell("show", "zzzzzz", language="en").err


def test_options_are_never_guessed_from_their_beginning(tmp_path: Path) -> None:
    """A script that works today must not change its meaning when an option is added."""
    assert Shell(tmp_path)("list", "--vie", "all").code == Exit.USAGE
