"""What the command line's grammar is made of. Every word of it, argparse's own ones included, comes from the catalogue.

`arguments` and `source_arguments` say with it which commands there are.
"""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn, TypeVar

from smartcity_desk import i18n
from smartcity_desk.config import RETENTION_MOST
from smartcity_desk.domain.times import DAY, JAKARTA, from_iso
from smartcity_desk.i18n import key, tr

PROGRAM: Final = "smartcity-desk"
_LINK: Final = f"{PROGRAM}:berkas/"
_CODE: Final = re.compile(r"[0-9A-Z]{4,16}")
_T = TypeVar("_T")

# argparse asks gettext for its own texts by their English; these are theirs in the catalogue.
ARGPARSE_TEXTS: Final = {
    "usage: ": key("cli.argparse.usage"),
    "options": key("cli.argparse.options"),
    "positional arguments": key("cli.argparse.positionals"),
    "show this help message and exit": key("cli.argparse.help"),
    "show program's version number and exit": key("cli.argparse.version"),
    "the following arguments are required: %s": key("cli.argparse.required"),
    "one of the arguments %s is required": key("cli.argparse.one_of"),
    "unrecognized arguments: %s": key("cli.argparse.unrecognized"),
    "expected one argument": key("cli.argparse.expected_one"),
    "expected at most one argument": key("cli.argparse.expected_at_most_one"),
    "expected at least one argument": key("cli.argparse.expected_some"),
    "expected %s argument": key("cli.argparse.expected_n"),
    "expected %s arguments": key("cli.argparse.expected_n"),
    "not allowed with argument %s": key("cli.argparse.not_with"),
    "ignored explicit argument %r": key("cli.argparse.ignored"),
    "invalid %(type)s value: %(value)r": key("cli.argparse.invalid_value"),
    "invalid choice: %(value)r (choose from %(choices)s)": key("cli.argparse.invalid_choice"),
    "ambiguous option: %(option)s could match %(matches)s": key("cli.argparse.ambiguous"),
    "argument %(argument_name)s: %(message)s": key("cli.argparse.argument"),
    "unknown parser %(parser_name)r (choices: %(choices)s)": key("cli.argparse.invalid_choice_of"),
}


def _translated(message: str) -> str:
    name = ARGPARSE_TEXTS.get(message)
    return message if name is None else tr(name)


def _translated_plural(one: str, many: str, n: int) -> str:
    return _translated(one if n == 1 else many)


def speak() -> None:
    """Let argparse take its words from the catalogue too."""
    setattr(argparse, "_", _translated)  # noqa: B010 - argparse's hook for translations, private by name only
    setattr(argparse, "ngettext", _translated_plural)  # noqa: B010


class UsageError(Exception):
    """The command line itself is wrong. `hint` is the nearest thing that would be right, or empty."""

    def __init__(self, message: str, usage: str, hint: str) -> None:
        super().__init__(message)
        self.usage = usage
        self.hint = hint


class Parser(argparse.ArgumentParser):
    """An argument parser that raises instead of printing, and knows what was probably meant."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**settings, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError`."""
        raise UsageError(message, self.format_usage().strip(), self._near(message))

    def _near(self, message: str) -> str:
        for action in self._actions:
            choices = [str(choice) for choice in action.choices or ()]
            for word in re.findall(r"'([^']+)'", message)[:1]:
                near = difflib.get_close_matches(word, choices, n=1)
                if near and word not in choices:
                    return str(near[0])
        return ""


Commands = Any
"""argparse's collection of subcommands, which has no public type."""


def command(commands: Commands, name: str, run: str, *, path: str = "") -> Parser:
    """A command with its words, and what runs it (`module:function` below `commands`)."""
    stem = f"cli.command.{(path + name).replace('-', '_').replace(' ', '_')}"
    examples = f"{stem}.examples"
    parser: Parser = commands.add_parser(
        name,
        help=tr(f"{stem}.help"),
        description=tr(f"{stem}.about"),
        epilog=tr(examples) if i18n.has_text(examples) else None,
    )
    parser.set_defaults(run=run)
    return parser


def group(commands: Commands, name: str) -> Commands:
    """A command that is only the beginning of others."""
    parser = command(commands, name, "")
    return parser.add_subparsers(dest="what", metavar=tr("cli.metavar.command"), required=True)


def json_option(parser: Parser) -> None:
    """Let its answer be JSON."""
    parser.add_argument("--json", action="store_true", help=tr("cli.option.json"))


def instant(text: str) -> int:
    """Ms UTC of an ISO time, of a date in Jakarta, or of a length from now (`+3d`, `+12h`, as a negative number).

    A length is returned as minus its milliseconds, because only the command knows what time it is.
    """
    length = re.fullmatch(r"\+(\d{1,4})([dhm])", text.strip())
    if length:
        return -int(length[1]) * {"d": DAY, "h": DAY // 24, "m": 60_000}[length[2]]
    return from_iso(text, naive_zone=JAKARTA)


_MOST = 2**31 - 1
"""More than anything here is counted in, and less than what the file's numbers hold."""


def positive(text: str) -> int:
    """A whole number above zero."""
    value = int(text)
    if value <= 0:
        raise ValueError("not above zero")
    return min(value, _MOST)


def retention(text: str) -> int:
    """A number of days from 0 on; -1 for `default`."""
    if text == "default":
        return -1
    value = int(text)
    if not 0 <= value <= RETENTION_MOST:
        raise ValueError("no number of days")
    return value


def dossier_code(text: str) -> str:
    """A short code from paper, in capitals."""
    code = text.strip().upper()
    if not _CODE.fullmatch(code):
        raise ValueError("no short code")
    return code


def without_links(given: Sequence[str]) -> list[str]:
    """The command line with each `smartcity-desk:berkas/CODE`, as a link hands it over, put as `--open CODE`."""
    plain: list[str] = []
    for word in given:
        if word.lower().startswith(_LINK):
            plain += ["--open", word[len(_LINK) :].strip("/")]
        else:
            plain.append(word)
    return plain


def typed(convert: Callable[[str], _T], kind: str) -> Callable[[str], _T]:
    """`convert`, with a sentence of ours for what it cannot read."""

    def read(text: str) -> _T:
        try:
            return convert(text)
        except (ValueError, OverflowError):
            raise argparse.ArgumentTypeError(tr(f"cli.type.{kind}", value=repr(text[:40]))) from None

    return read


def times(parser: Parser) -> None:
    """From when and until when."""
    when = typed(instant, "instant")
    parser.add_argument("--since", type=when, metavar=tr("cli.metavar.time"), help=tr("cli.option.since"))
    parser.add_argument("--before", type=when, metavar=tr("cli.metavar.time"), help=tr("cli.option.before"))


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether an error about these arguments has to be JSON."""
    return "--json" in arguments
