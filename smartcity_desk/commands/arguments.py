"""The command line's grammar: the whole of it in `build`, and the commands of every day."""

from __future__ import annotations

from typing import Final

from smartcity_desk import __version__, i18n
from smartcity_desk.commands import source_arguments
from smartcity_desk.commands.grammar import (
    PROGRAM,
    Commands,
    Parser,
    command,
    dossier_code,
    instant,
    json_option,
    positive,
    speak,
    times,
    typed,
)
from smartcity_desk.domain.events import PauseCode, RejectCode
from smartcity_desk.domain.query import BUILTIN_VIEWS, Order
from smartcity_desk.domain.report import Status
from smartcity_desk.i18n import tr

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
        type=typed(dossier_code, "dossier_code"),
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
    source_arguments.channels(commands)
    source_arguments.media(commands)
    source_arguments.places(commands)
    source_arguments.layers(commands)
    _session(commands)
    source_arguments.central(commands)
    source_arguments.training(commands)
    return parser


def _reading(commands: Commands) -> None:
    listing = command(commands, "list", "reading:list_reports")
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
    times(listing)
    listing.add_argument("--order", choices=[o.value for o in Order], help=tr("cli.option.order"))
    listing.add_argument(
        "--limit", type=typed(positive, "positive"), metavar="N", help=tr("cli.option.limit")
    )
    json_option(listing)
    show = command(commands, "show", "reading:show_report")
    show.add_argument("report", metavar=tr("cli.metavar.report"), help=tr("cli.option.report"))
    show.add_argument("--reveal", metavar=tr("cli.metavar.reason"), help=tr("cli.option.reveal"))
    json_option(show)
    courses = command(commands, "courses", "advising:show_courses")
    courses.add_argument("report", metavar=tr("cli.metavar.report"), help=tr("cli.option.report"))
    json_option(courses)


def _papers(commands: Commands) -> None:
    when = typed(instant, "instant")
    escalation = command(commands, "escalation", "papers:escalation")
    for name in ("pdf", "csv", "xlsx"):
        escalation.add_argument(f"--{name}", metavar=tr("cli.metavar.file"), help=tr(f"cli.option.{name}"))
    numbered = escalation.add_mutually_exclusive_group()
    numbered.add_argument("--issue", action="store_true", help=tr("cli.option.issue"))
    numbered.add_argument("--reprint", metavar=tr("cli.metavar.number"), help=tr("cli.option.reprint"))
    escalation.add_argument("--at", type=when, metavar=tr("cli.metavar.time"), help=tr("cli.option.at"))
    json_option(escalation)
    dossier = command(commands, "dossier", "papers:dossier")
    dossier.add_argument("office", metavar=tr("cli.metavar.office"), help=tr("cli.option.dossier_office"))
    dossier.add_argument("--out", required=True, metavar=tr("cli.metavar.dir"), help=tr("cli.option.out"))
    dossier.add_argument("--at", type=when, metavar=tr("cli.metavar.time"), help=tr("cli.option.at"))
    json_option(dossier)
    verify = command(commands, "verify", "papers:verify")
    verify.add_argument("file", metavar=tr("cli.metavar.file"), help=tr("cli.option.verify_file"))
    json_option(verify)
    explain = command(commands, "explain", "papers:explain")
    explain.add_argument("report", metavar=tr("cli.metavar.report"), help=tr("cli.option.report"))
    explain.add_argument("--all", action="store_true", help=tr("cli.option.explain_all"))
    json_option(explain)
    offices = command(commands, "offices", "papers:offices")
    offices.add_argument("--office", metavar=tr("cli.metavar.code"), help=tr("cli.option.offices_office"))
    json_option(offices)


def _views() -> str:
    return ", ".join(view.key for view in BUILTIN_VIEWS)


def _acting(commands: Commands) -> None:
    do = command(commands, "do", "acting:do")
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
        type=typed(instant, "instant"),
        metavar=tr("cli.metavar.time"),
        help=tr("cli.option.until"),
    )
    do.add_argument("--text", metavar=tr("cli.metavar.text"), help=tr("cli.option.text"))
    do.add_argument("--takeover", action="store_true", help=tr("cli.option.takeover"))
    json_option(do)
    join = command(commands, "join", "joining:join")
    apart = command(commands, "separate", "joining:separate")
    apart.add_argument("--all", action="store_true", help=tr("cli.option.separate_all"))
    for parser in (join, apart):
        parser.add_argument(
            "reports", nargs="+", metavar=tr("cli.metavar.report"), help=tr("cli.option.reports")
        )
        parser.add_argument(
            "--reason", default="", metavar=tr("cli.metavar.text"), help=tr("cli.option.reason")
        )
        json_option(parser)
    undo = command(commands, "undo", "acting:undo")
    undo.add_argument(
        "count",
        nargs="?",
        default=1,
        type=typed(positive, "positive"),
        metavar="N",
        help=tr("cli.option.count"),
    )
    json_option(undo)
    outbox = command(commands, "outbox", "acting:outbox")
    which = outbox.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help=tr("cli.option.all_states"))
    which.add_argument("--refused", action="store_true", help=tr("cli.option.refused"))
    outbox.add_argument("--limit", type=typed(positive, "positive"), metavar="N", help=tr("cli.option.limit"))
    json_option(outbox)
    conflicts = command(commands, "conflicts", "acting:conflicts")
    json_option(conflicts)
    resolve = command(commands, "resolve", "acting:resolve")
    resolve.add_argument("op", metavar=tr("cli.metavar.op"), help=tr("cli.option.op"))
    resolve.add_argument("keep", choices=("mine", "theirs"), help=tr("cli.option.keep"))
    json_option(resolve)


def _syncing(commands: Commands) -> None:
    sync = command(commands, "sync", "syncing:sync")
    mode = sync.add_mutually_exclusive_group(required=True)
    mode.add_argument("--once", action="store_true", help=tr("cli.option.once"))
    mode.add_argument("--follow", action="store_true", help=tr("cli.option.follow"))
    sync.add_argument(
        "--channel", action="append", metavar=tr("cli.metavar.name"), help=tr("cli.option.sync_channel")
    )
    sync.add_argument("--user", metavar=tr("cli.metavar.name"), help=tr("cli.option.sync_user"))
    sync.add_argument("--password-stdin", action="store_true", help=tr("cli.option.password_stdin"))
    json_option(sync)


def _session(commands: Commands) -> None:
    login = command(commands, "login", "session:login")
    login.add_argument("--server", metavar="URL", help=tr("cli.option.server"))
    login.add_argument("--user", required=True, metavar=tr("cli.metavar.name"), help=tr("cli.option.user"))
    login.add_argument("--password-stdin", action="store_true", help=tr("cli.option.password_stdin"))
    json_option(login)
    logout = command(commands, "logout", "session:logout")
    json_option(logout)
    faring = command(commands, "health", "faring:health")
    json_option(faring)
    check = command(commands, "self-check", "health:self_check")
    json_option(check)
