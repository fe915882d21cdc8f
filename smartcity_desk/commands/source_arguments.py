"""The grammar of commands about sources, places, layers and servers: an administrator's more than an operator's."""

from __future__ import annotations

from typing import Final

from smartcity_desk.commands.grammar import (
    Commands,
    Parser,
    command,
    group,
    instant,
    json_option,
    positive,
    retention,
    typed,
)
from smartcity_desk.domain.entry import Via
from smartcity_desk.domain.events import Role
from smartcity_desk.i18n import tr

LAYER_READERS: Final = ("water", "arcgis", "overpass", "satudata")
LAYER_KINDS: Final = ("point", "line", "polygon", "area")
PRESETS: Final = ("crm-2019", "crm-2020")
ENCODINGS: Final = ("utf-8", "utf-16", "cp1252")
DATES: Final = ("dmy", "mdy")
"""Of `sync.tables`, which is not loaded to read a command line; a test holds them together."""
OUTGOING_MODES: Final = ("off", "dry", "on")
OUTGOING_STATES: Final = ("waiting", "sending", "sent", "refused", "dry")
"""Of `central.outgoing`, likewise."""


def channels(commands: Commands) -> None:
    """Channels and what could not be read of them."""
    channel = group(commands, "channel")
    listing = command(channel, "list", "channels:list_channels", path="channel ")
    json_option(listing)
    setting = command(channel, "set", "channels:set_channel", path="channel ")
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
        type=typed(retention, "retention"),
        metavar=tr("cli.metavar.days"),
        help=tr("cli.option.retention"),
    )
    json_option(setting)
    test = command(channel, "test", "channels:test_channel", path="channel ")
    test.add_argument("name", metavar=tr("cli.metavar.name"), help=tr("cli.option.channel_name"))
    json_option(test)
    showing = command(channel, "show", "channel_fields:show", path="channel ")
    showing.add_argument("name", metavar=tr("cli.metavar.name"), help=tr("cli.option.channel_name"))
    json_option(showing)
    recheck = command(channel, "recheck", "keeping:recheck", path="channel ")
    recheck.add_argument("name", metavar=tr("cli.metavar.name"), help=tr("cli.option.channel_name"))
    json_option(recheck)
    sweep = command(channel, "sweep", "keeping:sweep", path="channel ")
    json_option(sweep)
    again = command(channel, "reread", "faring:reread", path="channel ")
    again.add_argument("name", metavar=tr("cli.metavar.name"), help=tr("cli.option.channel_name"))
    again.add_argument(
        "--day",
        type=typed(instant, "instant"),
        metavar=tr("cli.metavar.time"),
        help=tr("cli.option.reread_day"),
    )
    json_option(again)
    _importing(channel)
    report = group(commands, "report")
    _entering(report)
    quarantine = command(commands, "quarantine", "channels:quarantine")
    quarantine.add_argument(
        "what", nargs="?", choices=("list", "reread"), default="list", help=tr("cli.option.quarantine_what")
    )
    quarantine.add_argument("--channel", metavar=tr("cli.metavar.name"), help=tr("cli.option.filter_channel"))
    quarantine.add_argument(
        "--reason", metavar=tr("cli.metavar.reason"), help=tr("cli.option.quarantine_reason")
    )
    quarantine.add_argument("--retry", action="store_true", help=tr("cli.option.retry"))
    quarantine.add_argument(
        "--limit", type=typed(positive, "positive"), default=200, metavar="N", help=tr("cli.option.limit")
    )
    json_option(quarantine)


def _importing(channel: Commands) -> None:
    taking = command(channel, "import", "tabling:bring", path="channel ")
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
    json_option(taking)


def _entering(report: Commands) -> None:
    adding = command(report, "add", "entering:add", path="report ")
    adding.add_argument("text", metavar=tr("cli.metavar.text"), help=tr("cli.option.entry_text"))
    adding.add_argument(
        "--via", choices=[via.value for via in Via], default=Via.PHONE.value, help=tr("cli.option.via")
    )
    when = typed(instant, "instant")
    adding.add_argument("--at", type=when, metavar=tr("cli.metavar.time"), help=tr("cli.option.entry_at"))
    adding.add_argument("--category", metavar=tr("cli.metavar.code"), help=tr("cli.option.category"))
    adding.add_argument(
        "--place", default="", metavar=tr("cli.metavar.text"), help=tr("cli.option.entry_place")
    )
    adding.add_argument("--kelurahan", metavar=tr("cli.metavar.code"), help=tr("cli.option.kelurahan"))
    number = typed(float, "number")
    adding.add_argument("--lat", type=number, metavar="LAT", help=tr("cli.option.lat"))
    adding.add_argument("--lon", type=number, metavar="LON", help=tr("cli.option.lon"))
    adding.add_argument("--private", action="store_true", help=tr("cli.option.private"))
    adding.add_argument("--caller-stdin", action="store_true", help=tr("cli.option.caller_stdin"))
    json_option(adding)


def media(commands: Commands) -> None:
    """Pictures of reports."""
    media = group(commands, "media")
    json_option(command(media, "status", "media:status", path="media "))
    setting = command(media, "set", "media:switch", path="media ")
    setting.add_argument("--fetch", choices=("on", "off"), help=tr("cli.option.media_fetch"))
    setting.add_argument(
        "--disk-mb", type=typed(positive, "positive"), metavar="MB", help=tr("cli.option.media_disk")
    )
    json_option(setting)
    json_option(command(media, "retry", "media:retry", path="media "))
    export = command(media, "export", "media:export", path="media ")
    export.add_argument("report", metavar=tr("cli.metavar.report"), help=tr("cli.option.report"))
    export.add_argument("folder", metavar=tr("cli.metavar.dir"), help=tr("cli.option.media_folder"))
    json_option(export)


def places(commands: Commands) -> None:
    """Boundaries and kelurahan."""
    place = group(commands, "place")
    for name, run in (("import", "bring"), ("check", "check")):
        taking = command(place, name, f"places:{run}", path="place ")
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
            type=typed(positive, "positive"),
            metavar="N",
            help=tr("cli.option.place_stale_after"),
        )
        json_option(taking)
    json_option(command(place, "list", "places:listing", path="place "))
    using = command(place, "use", "places:use", path="place ")
    using.add_argument("name", metavar=tr("cli.metavar.edition"), help=tr("cli.option.place_use"))
    json_option(using)
    exporting = command(place, "export", "places:export", path="place ")
    exporting.add_argument("file", metavar=tr("cli.metavar.file"), help=tr("cli.option.place_file"))
    exporting.add_argument("--edition", metavar=tr("cli.metavar.edition"), help=tr("cli.option.place_of"))
    json_option(exporting)
    locating = command(place, "locate", "places:locate", path="place ")
    number = typed(float, "number")
    locating.add_argument("lat", nargs="?", type=number, metavar="LAT", help=tr("cli.option.lat"))
    locating.add_argument("lon", nargs="?", type=number, metavar="LON", help=tr("cli.option.lon"))
    locating.add_argument("--accuracy", type=number, metavar="M", help=tr("cli.option.accuracy"))
    locating.add_argument("--csv", metavar=tr("cli.metavar.file"), help=tr("cli.option.place_csv"))
    json_option(locating)
    finding = command(place, "find", "places:find", path="place ")
    finding.add_argument("text", metavar=tr("cli.metavar.text"), help=tr("cli.option.place_text"))
    json_option(finding)
    building = command(place, "build", "places:build", path="place ")
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
    json_option(building)
    fetching = command(place, "fetch", "places:fetch", path="place ")
    fetching.add_argument("--user", metavar=tr("cli.metavar.name"), help=tr("cli.option.sync_user"))
    fetching.add_argument("--password-stdin", action="store_true", help=tr("cli.option.password_stdin"))
    json_option(fetching)


def layers(commands: Commands) -> None:
    """Layers of the city."""
    layer = group(commands, "layer")
    json_option(command(layer, "list", "layers:listing", path="layer "))
    named: dict[str, Parser] = {}
    for name, run in (
        ("show", "show"),
        ("set", "put"),
        ("use", "use"),
        ("export", "export"),
        ("remove", "remove"),
    ):
        named[name] = command(layer, name, f"layers:{run}", path="layer ")
        named[name].add_argument("name", metavar=tr("cli.metavar.layer"), help=tr("cli.option.layer"))
        json_option(named[name])
    for switch in ("on", "off"):
        named["set"].add_argument(f"--{switch}", action="store_true", help=tr(f"cli.option.layer_{switch}"))
    for what in ("url", "part", "mapping"):
        named["set"].add_argument(
            f"--{what}", metavar=tr("cli.metavar.text"), help=tr(f"cli.option.layer_{what}")
        )
    named["set"].add_argument("--reader", choices=LAYER_READERS, help=tr("cli.option.layer_reader"))
    named["set"].add_argument(
        "--every", type=typed(positive, "positive"), metavar="N", help=tr("cli.option.layer_every")
    )
    named["set"].add_argument("--token-stdin", action="store_true", help=tr("cli.option.layer_token"))
    named["use"].add_argument(
        "edition", nargs="?", metavar=tr("cli.metavar.edition"), help=tr("cli.option.layer_edition")
    )
    named["export"].add_argument("file", metavar=tr("cli.metavar.file"), help=tr("cli.option.layer_file"))
    fetching = command(layer, "fetch", "layers:fetch", path="layer ")
    fetching.add_argument("name", nargs="?", metavar=tr("cli.metavar.layer"), help=tr("cli.option.layer"))
    taking = command(layer, "import", "layers:bring", path="layer ")
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
        type=typed(positive, "positive"),
        metavar="N",
        help=tr("cli.option.place_stale_after"),
    )
    taking.add_argument("--kind", choices=LAYER_KINDS, help=tr("cli.option.layer_kind"))
    taking.add_argument("--swap", action="store_true", help=tr("cli.option.layer_swap"))
    taking.add_argument("--dry-run", action="store_true", help=tr("cli.option.layer_dry_run"))
    for parser in (fetching, taking):
        parser.add_argument("--force", action="store_true", help=tr("cli.option.layer_force"))
        json_option(parser)


def central(commands: Commands) -> None:
    """The central server's own commands."""
    central = group(commands, "central")
    init = command(central, "init", "servers:central_init", path="central ")
    init.add_argument(
        "--user", default="admin", metavar=tr("cli.metavar.name"), help=tr("cli.option.first_admin")
    )
    init.add_argument("--empty", action="store_true", help=tr("cli.option.empty"))
    running = command(central, "run", "servers:central_run", path="central ")
    running.add_argument("--host", default="127.0.0.1", help=tr("cli.option.host"))
    running.add_argument("--port", type=int, default=8340, metavar="N", help=tr("cli.option.port"))
    running.add_argument(
        "--tls-certificate", metavar=tr("cli.metavar.file"), help=tr("cli.option.tls_certificate")
    )
    running.add_argument("--tls-key", metavar=tr("cli.metavar.file"), help=tr("cli.option.tls_key"))
    verify = command(central, "verify", "servers:central_verify", path="central ")
    keeping = command(central, "retention", "servers:central_retention", path="central ")
    keeping.add_argument(
        "--days",
        type=typed(positive, "positive"),
        required=True,
        metavar=tr("cli.metavar.days"),
        help=tr("cli.option.retention_days"),
    )
    keeping.add_argument("--channel", metavar=tr("cli.metavar.name"), help=tr("cli.option.filter_channel"))
    user = command(central, "user", "", path="central ")
    users = user.add_subparsers(dest="deed", metavar=tr("cli.metavar.command"), required=True)
    add = command(users, "add", "servers:user_add", path="central user ")
    add.add_argument("user", metavar=tr("cli.metavar.name"), help=tr("cli.option.account"))
    add.add_argument(
        "--role", required=True, choices=[role.value for role in Role], help=tr("cli.option.role")
    )
    add.add_argument("--office", metavar=tr("cli.metavar.code"), help=tr("cli.option.account_office"))
    add.add_argument("--name", default="", metavar=tr("cli.metavar.text"), help=tr("cli.option.shown_name"))
    listing = command(users, "list", "servers:user_list", path="central user ")
    deeds = [init, running, verify, keeping, add, listing]
    for name in ("password", "disable", "enable"):
        changing = command(users, name, f"servers:user_{name}", path="central user ")
        changing.add_argument("user", metavar=tr("cli.metavar.name"), help=tr("cli.option.account"))
        deeds.append(changing)
        if name == "password":
            changing.add_argument(
                "--password-stdin", action="store_true", help=tr("cli.option.password_stdin")
            )
    for parser in (init, add):
        parser.add_argument("--password-stdin", action="store_true", help=tr("cli.option.password_stdin"))
    directory = command(central, "directory", "", path="central ")
    loading = directory.add_subparsers(dest="deed", metavar=tr("cli.metavar.command"), required=True)
    load = command(loading, "load", "servers:directory_load", path="central directory ")
    load.add_argument("file", nargs="?", metavar=tr("cli.metavar.file"), help=tr("cli.option.directory_file"))
    routing = command(central, "routing", "", path="central ")
    handing = routing.add_subparsers(dest="deed", metavar=tr("cli.metavar.command"), required=True)
    hand = command(handing, "load", "servers:routing_load", path="central routing ")
    hand.add_argument("file", metavar=tr("cli.metavar.file"), help=tr("cli.option.routing_file"))
    place = command(central, "place", "servers:place_load", path="central ")
    place.add_argument("file", metavar=tr("cli.metavar.file"), help=tr("cli.option.place_bundle"))
    for parser in (*deeds, load, hand, place, *_outgoing(central)):
        parser.add_argument("--folder", metavar=tr("cli.metavar.dir"), help=tr("cli.option.folder"))
        parser.add_argument("--database", metavar="URL", help=tr("cli.option.database"))
        json_option(parser)


def _outgoing(central: Commands) -> list[Parser]:
    group = command(central, "outgoing", "", path="central ")
    deeds = group.add_subparsers(dest="deed", metavar=tr("cli.metavar.command"), required=True)
    listing = command(deeds, "list", "outgoing:listing", path="central outgoing ")
    listing.add_argument("--queue", choices=("all", *OUTGOING_STATES), help=tr("cli.option.outgoing_queue"))
    listing.add_argument(
        "--limit", type=typed(positive, "positive"), default=200, metavar="N", help=tr("cli.option.limit")
    )
    put = command(deeds, "set", "outgoing:put", path="central outgoing ")
    put.add_argument("name", metavar=tr("cli.metavar.name"), help=tr("cli.option.outgoing_name"))
    put.add_argument("--url", metavar="URL", help=tr("cli.option.outgoing_url"))
    for what in ("jurisdiction", "answers", "reports", "office", "service", "services"):
        put.add_argument(f"--{what}", metavar=tr("cli.metavar.text"), help=tr(f"cli.option.outgoing_{what}"))
    put.add_argument("--mode", choices=OUTGOING_MODES, help=tr("cli.option.outgoing_mode"))
    put.add_argument("--key-stdin", action="store_true", help=tr("cli.option.outgoing_key"))
    trial = command(deeds, "test", "outgoing:trial", path="central outgoing ")
    trial.add_argument("name", metavar=tr("cli.metavar.name"), help=tr("cli.option.outgoing_name"))
    again = command(deeds, "retry", "outgoing:retry", path="central outgoing ")
    again.add_argument("lines", nargs="*", metavar="ID", help=tr("cli.option.outgoing_lines"))
    return [listing, put, trial, again]


def training(commands: Commands) -> None:
    """The training city."""
    training = command(commands, "training", "servers:training")
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
    json_option(training)
