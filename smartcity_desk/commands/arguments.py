"""The command line's grammar. Every word of it, argparse's own ones included, comes from the catalogue `cli`."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn, TypeVar

from smartcity_desk import __version__, i18n
from smartcity_desk.config import RETENTION_MOST
from smartcity_desk.domain.entry import Via
from smartcity_desk.domain.events import PauseCode, RejectCode, Role
from smartcity_desk.domain.query import BUILTIN_VIEWS, Order
from smartcity_desk.domain.report import Status
from smartcity_desk.domain.times import DAY, JAKARTA, from_iso
from smartcity_desk.i18n import key, tr

PROGRAM: Final = "smartcity-desk"
_LINK: Final = f"{PROGRAM}:berkas/"
_CODE: Final = re.compile(r"[0-9A-Z]{4,16}")
_T = TypeVar("_T")

LAYER_READERS: Final = ("water", "arcgis", "overpass", "satudata")
LAYER_KINDS: Final = ("point", "line", "polygon", "area")
PRESETS: Final = ("crm-2019", "crm-2020")
ENCODINGS: Final = ("utf-8", "utf-16", "cp1252")
DATES: Final = ("dmy", "mdy")
"""Of `sync.tables`, which is not loaded to read a command line; a test holds them together."""

OUTGOING_MODES: Final = ("off", "dry", "on")
OUTGOING_STATES: Final = ("waiting", "sending", "sent", "refused", "dry")
"""Of `central.outgoing`, likewise."""

ACTIONS: Final = (
    "categorise",
    "place",
    "route",
    "note",
    "answer",
    "reject",
    "reopen",
    "pause",
    "resume",
    "accept",
    "refuse",
    "accept-return",
    "refuse-return",
    "claim",
    "release",
)

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


def _command(commands: Commands, name: str, run: str, *, path: str = "") -> Parser:
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


def _group(commands: Commands, name: str) -> Commands:
    parser = _command(commands, name, "")
    return parser.add_subparsers(dest="what", metavar=tr("cli.metavar.command"), required=True)


def _json(parser: Parser) -> None:
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


def _typed(convert: Callable[[str], _T], kind: str) -> Callable[[str], _T]:
    """`convert`, with a sentence of ours for what it cannot read."""

    def read(text: str) -> _T:
        try:
            return convert(text)
        except (ValueError, OverflowError):
            raise argparse.ArgumentTypeError(tr(f"cli.type.{kind}", value=repr(text[:40]))) from None

    return read


def build() -> Parser:
    """The whole grammar in the language spoken now."""
    speak()
    parser = Parser(prog=PROGRAM, description=tr("cli.about"), epilog=tr("cli.epilog"))
    parser.add_argument(
        "--version", action="version", version=f"{PROGRAM} {__version__}", help=tr("cli.option.version")
    )
    parser.add_argument("--data-dir", metavar=tr("cli.metavar.dir"), help=tr("cli.option.data_dir"))
    parser.add_argument("--profile", metavar=tr("cli.metavar.name"), help=tr("cli.option.profile"))
    parser.add_argument("--language", choices=i18n.LANGUAGES, help=tr("cli.option.language"))
    parser.add_argument("--training", action="store_true", help=tr("cli.option.training"))
    parser.add_argument(
        "--open",
        type=_typed(dossier_code, "dossier_code"),
        metavar=tr("cli.metavar.code"),
        help=tr("cli.option.open"),
    )
    parser.set_defaults(run="", json=False)
    commands = parser.add_subparsers(
        title=tr("cli.commands"), dest="command", metavar=tr("cli.metavar.command"), parser_class=Parser
    )
    _reading(commands)
    _papers(commands)
    _acting(commands)
    _syncing(commands)
    _channels(commands)
    _media(commands)
    _places(commands)
    _layers(commands)
    _session(commands)
    _central(commands)
    _training(commands)
    return parser


def _reading(commands: Commands) -> None:
    listing = _command(commands, "list", "reading:list_reports")
    listing.add_argument(
        "--view", default="open", metavar=tr("cli.metavar.view"), help=tr("cli.option.view", views=_views())
    )
    listing.add_argument(
        "--channel", action="append", metavar=tr("cli.metavar.name"), help=tr("cli.option.filter_channel")
    )
    listing.add_argument(
        "--status", action="append", choices=[s.value for s in Status], help=tr("cli.option.filter_status")
    )
    listing.add_argument(
        "--category", action="append", metavar=tr("cli.metavar.code"), help=tr("cli.option.filter_category")
    )
    listing.add_argument("--office", metavar=tr("cli.metavar.code"), help=tr("cli.option.filter_office"))
    listing.add_argument("--area", metavar=tr("cli.metavar.code"), help=tr("cli.option.filter_area"))
    listing.add_argument("--text", metavar=tr("cli.metavar.words"), help=tr("cli.option.filter_text"))
    _times(listing)
    listing.add_argument("--order", choices=[o.value for o in Order], help=tr("cli.option.order"))
    listing.add_argument(
        "--limit", type=_typed(positive, "positive"), metavar="N", help=tr("cli.option.limit")
    )
    _json(listing)
    show = _command(commands, "show", "reading:show_report")
    show.add_argument("report", metavar=tr("cli.metavar.report"), help=tr("cli.option.report"))
    show.add_argument("--reveal", metavar=tr("cli.metavar.reason"), help=tr("cli.option.reveal"))
    _json(show)
    courses = _command(commands, "courses", "advising:show_courses")
    courses.add_argument("report", metavar=tr("cli.metavar.report"), help=tr("cli.option.report"))
    _json(courses)


def _papers(commands: Commands) -> None:
    when = _typed(instant, "instant")
    escalation = _command(commands, "escalation", "papers:escalation")
    for name in ("pdf", "csv", "xlsx"):
        escalation.add_argument(f"--{name}", metavar=tr("cli.metavar.file"), help=tr(f"cli.option.{name}"))
    numbered = escalation.add_mutually_exclusive_group()
    numbered.add_argument("--issue", action="store_true", help=tr("cli.option.issue"))
    numbered.add_argument("--reprint", metavar=tr("cli.metavar.number"), help=tr("cli.option.reprint"))
    escalation.add_argument("--at", type=when, metavar=tr("cli.metavar.time"), help=tr("cli.option.at"))
    _json(escalation)
    dossier = _command(commands, "dossier", "papers:dossier")
    dossier.add_argument("office", metavar=tr("cli.metavar.office"), help=tr("cli.option.dossier_office"))
    dossier.add_argument("--out", required=True, metavar=tr("cli.metavar.dir"), help=tr("cli.option.out"))
    dossier.add_argument("--at", type=when, metavar=tr("cli.metavar.time"), help=tr("cli.option.at"))
    _json(dossier)
    verify = _command(commands, "verify", "papers:verify")
    verify.add_argument("file", metavar=tr("cli.metavar.file"), help=tr("cli.option.verify_file"))
    _json(verify)
    explain = _command(commands, "explain", "papers:explain")
    explain.add_argument("report", metavar=tr("cli.metavar.report"), help=tr("cli.option.report"))
    explain.add_argument("--all", action="store_true", help=tr("cli.option.explain_all"))
    _json(explain)
    offices = _command(commands, "offices", "papers:offices")
    offices.add_argument("--office", metavar=tr("cli.metavar.code"), help=tr("cli.option.offices_office"))
    _json(offices)


def _times(parser: Parser) -> None:
    when = _typed(instant, "instant")
    parser.add_argument("--since", type=when, metavar=tr("cli.metavar.time"), help=tr("cli.option.since"))
    parser.add_argument("--before", type=when, metavar=tr("cli.metavar.time"), help=tr("cli.option.before"))


def _views() -> str:
    return ", ".join(view.key for view in BUILTIN_VIEWS)


def _acting(commands: Commands) -> None:
    do = _command(commands, "do", "acting:do")
    do.add_argument(
        "action",
        choices=ACTIONS,
        metavar=tr("cli.metavar.action"),
        help=tr("cli.option.action", actions=", ".join(ACTIONS)),
    )
    do.add_argument("reports", nargs="+", metavar=tr("cli.metavar.report"), help=tr("cli.option.reports"))
    do.add_argument("--category", metavar=tr("cli.metavar.code"), help=tr("cli.option.category"))
    do.add_argument("--place", metavar=tr("cli.metavar.code"), help=tr("cli.option.place"))
    do.add_argument("--office", metavar=tr("cli.metavar.code"), help=tr("cli.option.office"))
    do.add_argument("--reason", default="", metavar=tr("cli.metavar.text"), help=tr("cli.option.reason"))
    codes = [*(code.value for code in RejectCode), *(code.value for code in PauseCode)]
    do.add_argument(
        "--code",
        choices=codes,
        metavar=tr("cli.metavar.code"),
        help=tr("cli.option.code", codes=", ".join(codes)),
    )
    do.add_argument(
        "--until",
        type=_typed(instant, "instant"),
        metavar=tr("cli.metavar.time"),
        help=tr("cli.option.until"),
    )
    do.add_argument("--text", metavar=tr("cli.metavar.text"), help=tr("cli.option.text"))
    do.add_argument("--takeover", action="store_true", help=tr("cli.option.takeover"))
    _json(do)
    join = _command(commands, "join", "joining:join")
    apart = _command(commands, "separate", "joining:separate")
    apart.add_argument("--all", action="store_true", help=tr("cli.option.separate_all"))
    for parser in (join, apart):
        parser.add_argument(
            "reports", nargs="+", metavar=tr("cli.metavar.report"), help=tr("cli.option.reports")
        )
        parser.add_argument(
            "--reason", default="", metavar=tr("cli.metavar.text"), help=tr("cli.option.reason")
        )
        _json(parser)
    undo = _command(commands, "undo", "acting:undo")
    undo.add_argument(
        "count",
        nargs="?",
        default=1,
        type=_typed(positive, "positive"),
        metavar="N",
        help=tr("cli.option.count"),
    )
    _json(undo)
    outbox = _command(commands, "outbox", "acting:outbox")
    which = outbox.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help=tr("cli.option.all_states"))
    which.add_argument("--refused", action="store_true", help=tr("cli.option.refused"))
    outbox.add_argument(
        "--limit", type=_typed(positive, "positive"), metavar="N", help=tr("cli.option.limit")
    )
    _json(outbox)
    conflicts = _command(commands, "conflicts", "acting:conflicts")
    _json(conflicts)
    resolve = _command(commands, "resolve", "acting:resolve")
    resolve.add_argument("op", metavar=tr("cli.metavar.op"), help=tr("cli.option.op"))
    resolve.add_argument("keep", choices=("mine", "theirs"), help=tr("cli.option.keep"))
    _json(resolve)


def _syncing(commands: Commands) -> None:
    sync = _command(commands, "sync", "syncing:sync")
    mode = sync.add_mutually_exclusive_group(required=True)
    mode.add_argument("--once", action="store_true", help=tr("cli.option.once"))
    mode.add_argument("--follow", action="store_true", help=tr("cli.option.follow"))
    sync.add_argument(
        "--channel", action="append", metavar=tr("cli.metavar.name"), help=tr("cli.option.sync_channel")
    )
    sync.add_argument("--user", metavar=tr("cli.metavar.name"), help=tr("cli.option.sync_user"))
    sync.add_argument("--password-stdin", action="store_true", help=tr("cli.option.password_stdin"))
    _json(sync)


def _channels(commands: Commands) -> None:
    channel = _group(commands, "channel")
    listing = _command(channel, "list", "channels:list_channels", path="channel ")
    _json(listing)
    setting = _command(channel, "set", "channels:set_channel", path="channel ")
    setting.add_argument("name", metavar=tr("cli.metavar.name"), help=tr("cli.option.channel_name"))
    setting.add_argument("--url", metavar="URL", help=tr("cli.option.url"))
    setting.add_argument(
        "--option",
        action="append",
        default=[],
        metavar=tr("cli.metavar.option"),
        help=tr("cli.option.option"),
    )
    switch = setting.add_mutually_exclusive_group()
    switch.add_argument("--enable", action="store_true", help=tr("cli.option.enable"))
    switch.add_argument("--disable", action="store_true", help=tr("cli.option.disable"))
    secrets = setting.add_mutually_exclusive_group()
    secrets.add_argument("--secret-stdin", action="store_true", help=tr("cli.option.secret_stdin"))
    secrets.add_argument("--forget-secret", action="store_true", help=tr("cli.option.forget_secret"))
    setting.add_argument("--secret", metavar=tr("cli.metavar.name"), help=tr("cli.option.secret_name"))
    setting.add_argument("--export", choices=("on", "off", "default"), help=tr("cli.option.export"))
    setting.add_argument("--despite-terms", action="store_true", help=tr("cli.option.despite_terms"))
    setting.add_argument(
        "--retention",
        type=_typed(retention, "retention"),
        metavar=tr("cli.metavar.days"),
        help=tr("cli.option.retention"),
    )
    _json(setting)
    test = _command(channel, "test", "channels:test_channel", path="channel ")
    test.add_argument("name", metavar=tr("cli.metavar.name"), help=tr("cli.option.channel_name"))
    _json(test)
    recheck = _command(channel, "recheck", "keeping:recheck", path="channel ")
    recheck.add_argument("name", metavar=tr("cli.metavar.name"), help=tr("cli.option.channel_name"))
    _json(recheck)
    sweep = _command(channel, "sweep", "keeping:sweep", path="channel ")
    _json(sweep)
    again = _command(channel, "reread", "faring:reread", path="channel ")
    again.add_argument("name", metavar=tr("cli.metavar.name"), help=tr("cli.option.channel_name"))
    again.add_argument(
        "--day",
        type=_typed(instant, "instant"),
        metavar=tr("cli.metavar.time"),
        help=tr("cli.option.reread_day"),
    )
    _json(again)
    _importing(channel)
    report = _group(commands, "report")
    _entering(report)
    quarantine = _command(commands, "quarantine", "channels:quarantine")
    quarantine.add_argument(
        "what", nargs="?", choices=("list", "reread"), default="list", help=tr("cli.option.quarantine_what")
    )
    quarantine.add_argument("--channel", metavar=tr("cli.metavar.name"), help=tr("cli.option.filter_channel"))
    quarantine.add_argument(
        "--reason", metavar=tr("cli.metavar.reason"), help=tr("cli.option.quarantine_reason")
    )
    quarantine.add_argument("--retry", action="store_true", help=tr("cli.option.retry"))
    quarantine.add_argument(
        "--limit", type=_typed(positive, "positive"), default=200, metavar="N", help=tr("cli.option.limit")
    )
    _json(quarantine)


def _importing(channel: Commands) -> None:
    taking = _command(channel, "import", "tabling:bring", path="channel ")
    taking.add_argument("name", metavar=tr("cli.metavar.name"), help=tr("cli.option.channel_name"))
    taking.add_argument("file", metavar=tr("cli.metavar.file"), help=tr("cli.option.file_reports"))
    taking.add_argument(
        "--mapping", metavar=tr("cli.metavar.name"), help=tr("cli.option.mapping", known=", ".join(PRESETS))
    )
    taking.add_argument(
        "--column",
        action="append",
        default=[],
        metavar=tr("cli.metavar.field"),
        help=tr("cli.option.column"),
    )
    taking.add_argument("--preview", action="store_true", help=tr("cli.option.preview"))
    taking.add_argument("--save", action="store_true", help=tr("cli.option.save"))
    taking.add_argument("--encoding", choices=ENCODINGS, help=tr("cli.option.encoding"))
    taking.add_argument("--delimiter", choices=(",", ";", "|", "\\t"), help=tr("cli.option.delimiter"))
    taking.add_argument("--sheet", metavar=tr("cli.metavar.name"), help=tr("cli.option.sheet"))
    taking.add_argument("--dates", choices=DATES, help=tr("cli.option.dates"))
    _json(taking)


def _entering(report: Commands) -> None:
    adding = _command(report, "add", "entering:add", path="report ")
    adding.add_argument("text", metavar=tr("cli.metavar.text"), help=tr("cli.option.entry_text"))
    adding.add_argument(
        "--via", choices=[via.value for via in Via], default=Via.PHONE.value, help=tr("cli.option.via")
    )
    when = _typed(instant, "instant")
    adding.add_argument("--at", type=when, metavar=tr("cli.metavar.time"), help=tr("cli.option.entry_at"))
    adding.add_argument("--category", metavar=tr("cli.metavar.code"), help=tr("cli.option.category"))
    adding.add_argument(
        "--place", default="", metavar=tr("cli.metavar.text"), help=tr("cli.option.entry_place")
    )
    adding.add_argument("--kelurahan", metavar=tr("cli.metavar.code"), help=tr("cli.option.kelurahan"))
    number = _typed(float, "number")
    adding.add_argument("--lat", type=number, metavar="LAT", help=tr("cli.option.lat"))
    adding.add_argument("--lon", type=number, metavar="LON", help=tr("cli.option.lon"))
    adding.add_argument("--private", action="store_true", help=tr("cli.option.private"))
    adding.add_argument("--caller-stdin", action="store_true", help=tr("cli.option.caller_stdin"))
    _json(adding)


def _media(commands: Commands) -> None:
    media = _group(commands, "media")
    _json(_command(media, "status", "media:status", path="media "))
    setting = _command(media, "set", "media:switch", path="media ")
    setting.add_argument("--fetch", choices=("on", "off"), help=tr("cli.option.media_fetch"))
    setting.add_argument(
        "--disk-mb", type=_typed(positive, "positive"), metavar="MB", help=tr("cli.option.media_disk")
    )
    _json(setting)
    _json(_command(media, "retry", "media:retry", path="media "))
    export = _command(media, "export", "media:export", path="media ")
    export.add_argument("report", metavar=tr("cli.metavar.report"), help=tr("cli.option.report"))
    export.add_argument("folder", metavar=tr("cli.metavar.dir"), help=tr("cli.option.media_folder"))
    _json(export)


def _places(commands: Commands) -> None:
    place = _group(commands, "place")
    for name, run in (("import", "bring"), ("check", "check")):
        taking = _command(place, name, f"places:{run}", path="place ")
        taking.add_argument(
            "files", nargs="*", metavar=tr("cli.metavar.file"), help=tr("cli.option.place_files")
        )
        taking.add_argument(
            "--layer", action="append", metavar=tr("cli.metavar.file"), help=tr("cli.option.place_layer")
        )
        for what in ("streets", "tiles"):
            taking.add_argument(
                f"--{what}", metavar=tr("cli.metavar.file"), help=tr(f"cli.option.place_{what}")
            )
        for what in ("source", "licence", "as-of", "title", "edition"):
            taking.add_argument(
                f"--{what}",
                metavar=tr("cli.metavar.text"),
                help=tr(f"cli.option.place_{what.replace('-', '_')}"),
            )
        taking.add_argument(
            "--stale-after",
            type=_typed(positive, "positive"),
            metavar="N",
            help=tr("cli.option.place_stale_after"),
        )
        _json(taking)
    _json(_command(place, "list", "places:listing", path="place "))
    using = _command(place, "use", "places:use", path="place ")
    using.add_argument("name", metavar=tr("cli.metavar.edition"), help=tr("cli.option.place_use"))
    _json(using)
    exporting = _command(place, "export", "places:export", path="place ")
    exporting.add_argument("file", metavar=tr("cli.metavar.file"), help=tr("cli.option.place_file"))
    exporting.add_argument("--edition", metavar=tr("cli.metavar.edition"), help=tr("cli.option.place_of"))
    _json(exporting)
    locating = _command(place, "locate", "places:locate", path="place ")
    number = _typed(float, "number")
    locating.add_argument("lat", nargs="?", type=number, metavar="LAT", help=tr("cli.option.lat"))
    locating.add_argument("lon", nargs="?", type=number, metavar="LON", help=tr("cli.option.lon"))
    locating.add_argument("--accuracy", type=number, metavar="M", help=tr("cli.option.accuracy"))
    locating.add_argument("--csv", metavar=tr("cli.metavar.file"), help=tr("cli.option.place_csv"))
    _json(locating)
    finding = _command(place, "find", "places:find", path="place ")
    finding.add_argument("text", metavar=tr("cli.metavar.text"), help=tr("cli.option.place_text"))
    _json(finding)
    building = _command(place, "build", "places:build", path="place ")
    building.add_argument("url", metavar="URL", help=tr("cli.option.place_url"))
    building.add_argument(
        "--out", required=True, metavar=tr("cli.metavar.file"), help=tr("cli.option.place_file")
    )
    building.add_argument("--name", metavar=tr("cli.metavar.name"), help=tr("cli.option.place_layer_name"))
    building.add_argument("--layer", action="append", metavar="URL", help=tr("cli.option.place_layer_url"))
    for what in ("source", "licence", "as-of", "title", "edition"):
        building.add_argument(
            f"--{what}",
            metavar=tr("cli.metavar.text"),
            help=tr(f"cli.option.place_{what.replace('-', '_')}"),
        )
    _json(building)
    fetching = _command(place, "fetch", "places:fetch", path="place ")
    fetching.add_argument("--user", metavar=tr("cli.metavar.name"), help=tr("cli.option.sync_user"))
    fetching.add_argument("--password-stdin", action="store_true", help=tr("cli.option.password_stdin"))
    _json(fetching)


def _layers(commands: Commands) -> None:
    layer = _group(commands, "layer")
    _json(_command(layer, "list", "layers:listing", path="layer "))
    named: dict[str, Parser] = {}
    for name, run in (
        ("show", "show"),
        ("set", "put"),
        ("use", "use"),
        ("export", "export"),
        ("remove", "remove"),
    ):
        named[name] = _command(layer, name, f"layers:{run}", path="layer ")
        named[name].add_argument("name", metavar=tr("cli.metavar.layer"), help=tr("cli.option.layer"))
        _json(named[name])
    for switch in ("on", "off"):
        named["set"].add_argument(f"--{switch}", action="store_true", help=tr(f"cli.option.layer_{switch}"))
    for what in ("url", "part", "mapping"):
        named["set"].add_argument(
            f"--{what}", metavar=tr("cli.metavar.text"), help=tr(f"cli.option.layer_{what}")
        )
    named["set"].add_argument("--reader", choices=LAYER_READERS, help=tr("cli.option.layer_reader"))
    named["set"].add_argument(
        "--every", type=_typed(positive, "positive"), metavar="N", help=tr("cli.option.layer_every")
    )
    named["set"].add_argument("--token-stdin", action="store_true", help=tr("cli.option.layer_token"))
    named["use"].add_argument(
        "edition", nargs="?", metavar=tr("cli.metavar.edition"), help=tr("cli.option.layer_edition")
    )
    named["export"].add_argument("file", metavar=tr("cli.metavar.file"), help=tr("cli.option.layer_file"))
    fetching = _command(layer, "fetch", "layers:fetch", path="layer ")
    fetching.add_argument("name", nargs="?", metavar=tr("cli.metavar.layer"), help=tr("cli.option.layer"))
    taking = _command(layer, "import", "layers:bring", path="layer ")
    taking.add_argument("file", metavar=tr("cli.metavar.file"), help=tr("cli.option.layer_from"))
    taking.add_argument(
        "--as", dest="name", required=True, metavar=tr("cli.metavar.layer"), help=tr("cli.option.layer")
    )
    for what in ("mapping", "source", "licence", "as-of", "title"):
        taking.add_argument(
            f"--{what}",
            metavar=tr("cli.metavar.text"),
            help=tr(f"cli.option.layer_{what.replace('-', '_')}"),
        )
    taking.add_argument(
        "--stale-after",
        type=_typed(positive, "positive"),
        metavar="N",
        help=tr("cli.option.place_stale_after"),
    )
    taking.add_argument("--kind", choices=LAYER_KINDS, help=tr("cli.option.layer_kind"))
    taking.add_argument("--swap", action="store_true", help=tr("cli.option.layer_swap"))
    taking.add_argument("--dry-run", action="store_true", help=tr("cli.option.layer_dry_run"))
    for parser in (fetching, taking):
        parser.add_argument("--force", action="store_true", help=tr("cli.option.layer_force"))
        _json(parser)


def _session(commands: Commands) -> None:
    login = _command(commands, "login", "session:login")
    login.add_argument("--server", metavar="URL", help=tr("cli.option.server"))
    login.add_argument("--user", required=True, metavar=tr("cli.metavar.name"), help=tr("cli.option.user"))
    login.add_argument("--password-stdin", action="store_true", help=tr("cli.option.password_stdin"))
    _json(login)
    logout = _command(commands, "logout", "session:logout")
    _json(logout)
    faring = _command(commands, "health", "faring:health")
    _json(faring)
    check = _command(commands, "self-check", "health:self_check")
    _json(check)


def _central(commands: Commands) -> None:
    central = _group(commands, "central")
    init = _command(central, "init", "servers:central_init", path="central ")
    init.add_argument(
        "--user", default="admin", metavar=tr("cli.metavar.name"), help=tr("cli.option.first_admin")
    )
    init.add_argument("--empty", action="store_true", help=tr("cli.option.empty"))
    running = _command(central, "run", "servers:central_run", path="central ")
    running.add_argument("--host", default="127.0.0.1", help=tr("cli.option.host"))
    running.add_argument("--port", type=int, default=8340, metavar="N", help=tr("cli.option.port"))
    running.add_argument(
        "--tls-certificate", metavar=tr("cli.metavar.file"), help=tr("cli.option.tls_certificate")
    )
    running.add_argument("--tls-key", metavar=tr("cli.metavar.file"), help=tr("cli.option.tls_key"))
    verify = _command(central, "verify", "servers:central_verify", path="central ")
    keeping = _command(central, "retention", "servers:central_retention", path="central ")
    keeping.add_argument(
        "--days",
        type=_typed(positive, "positive"),
        required=True,
        metavar=tr("cli.metavar.days"),
        help=tr("cli.option.retention_days"),
    )
    keeping.add_argument("--channel", metavar=tr("cli.metavar.name"), help=tr("cli.option.filter_channel"))
    user = _command(central, "user", "", path="central ")
    users = user.add_subparsers(dest="deed", metavar=tr("cli.metavar.command"), required=True)
    add = _command(users, "add", "servers:user_add", path="central user ")
    add.add_argument("user", metavar=tr("cli.metavar.name"), help=tr("cli.option.account"))
    add.add_argument(
        "--role", required=True, choices=[role.value for role in Role], help=tr("cli.option.role")
    )
    add.add_argument("--office", metavar=tr("cli.metavar.code"), help=tr("cli.option.account_office"))
    add.add_argument("--name", default="", metavar=tr("cli.metavar.text"), help=tr("cli.option.shown_name"))
    listing = _command(users, "list", "servers:user_list", path="central user ")
    deeds = [init, running, verify, keeping, add, listing]
    for name in ("password", "disable", "enable"):
        changing = _command(users, name, f"servers:user_{name}", path="central user ")
        changing.add_argument("user", metavar=tr("cli.metavar.name"), help=tr("cli.option.account"))
        deeds.append(changing)
        if name == "password":
            changing.add_argument(
                "--password-stdin", action="store_true", help=tr("cli.option.password_stdin")
            )
    for parser in (init, add):
        parser.add_argument("--password-stdin", action="store_true", help=tr("cli.option.password_stdin"))
    directory = _command(central, "directory", "", path="central ")
    loading = directory.add_subparsers(dest="deed", metavar=tr("cli.metavar.command"), required=True)
    load = _command(loading, "load", "servers:directory_load", path="central directory ")
    load.add_argument("file", nargs="?", metavar=tr("cli.metavar.file"), help=tr("cli.option.directory_file"))
    routing = _command(central, "routing", "", path="central ")
    handing = routing.add_subparsers(dest="deed", metavar=tr("cli.metavar.command"), required=True)
    hand = _command(handing, "load", "servers:routing_load", path="central routing ")
    hand.add_argument("file", metavar=tr("cli.metavar.file"), help=tr("cli.option.routing_file"))
    place = _command(central, "place", "servers:place_load", path="central ")
    place.add_argument("file", metavar=tr("cli.metavar.file"), help=tr("cli.option.place_bundle"))
    for parser in (*deeds, load, hand, place, *_outgoing(central)):
        parser.add_argument("--folder", metavar=tr("cli.metavar.dir"), help=tr("cli.option.folder"))
        parser.add_argument("--database", metavar="URL", help=tr("cli.option.database"))
        _json(parser)


def _outgoing(central: Commands) -> list[Parser]:
    group = _command(central, "outgoing", "", path="central ")
    deeds = group.add_subparsers(dest="deed", metavar=tr("cli.metavar.command"), required=True)
    listing = _command(deeds, "list", "outgoing:listing", path="central outgoing ")
    listing.add_argument("--queue", choices=("all", *OUTGOING_STATES), help=tr("cli.option.outgoing_queue"))
    listing.add_argument(
        "--limit", type=_typed(positive, "positive"), default=200, metavar="N", help=tr("cli.option.limit")
    )
    put = _command(deeds, "set", "outgoing:put", path="central outgoing ")
    put.add_argument("name", metavar=tr("cli.metavar.name"), help=tr("cli.option.outgoing_name"))
    put.add_argument("--url", metavar="URL", help=tr("cli.option.outgoing_url"))
    for what in ("jurisdiction", "answers", "reports", "office", "service", "services"):
        put.add_argument(f"--{what}", metavar=tr("cli.metavar.text"), help=tr(f"cli.option.outgoing_{what}"))
    put.add_argument("--mode", choices=OUTGOING_MODES, help=tr("cli.option.outgoing_mode"))
    put.add_argument("--key-stdin", action="store_true", help=tr("cli.option.outgoing_key"))
    trial = _command(deeds, "test", "outgoing:trial", path="central outgoing ")
    trial.add_argument("name", metavar=tr("cli.metavar.name"), help=tr("cli.option.outgoing_name"))
    again = _command(deeds, "retry", "outgoing:retry", path="central outgoing ")
    again.add_argument("lines", nargs="*", metavar="ID", help=tr("cli.option.outgoing_lines"))
    return [listing, put, trial, again]


def _training(commands: Commands) -> None:
    training = _command(commands, "training", "servers:training")
    training.add_argument(
        "deed",
        nargs="?",
        choices=("run", "cut", "mend", "status", "fault"),
        default="run",
        metavar=tr("cli.metavar.deed"),
        help=tr("cli.option.training_deed"),
    )
    training.add_argument(
        "channel", nargs="?", metavar=tr("cli.metavar.name"), help=tr("cli.option.fault_channel")
    )
    training.add_argument("fault", nargs="?", metavar=tr("cli.metavar.fault"), help=tr("cli.option.fault"))
    training.add_argument("--count", type=int, default=1, metavar="N", help=tr("cli.option.fault_count"))
    training.add_argument("--port-file", metavar=tr("cli.metavar.file"), help=tr("cli.option.port_file"))
    training.add_argument("--seed", type=int, metavar="N", help=tr("cli.option.seed"))
    training.add_argument("--speed", type=float, metavar="N", help=tr("cli.option.speed"))
    training.add_argument("--scale", type=float, metavar="N", help=tr("cli.option.scale"))
    _json(training)


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether an error about these arguments has to be JSON."""
    return "--json" in arguments
