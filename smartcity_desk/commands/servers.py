"""`central …` and `training …`: a server of one's own, and a city to practise on."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartcity_desk import log
from smartcity_desk.commands.context import Context
from smartcity_desk.commands.exits import CommandError, Exit
from smartcity_desk.domain.events import Role
from smartcity_desk.i18n import tr, trn
from smartcity_desk.paths import as_store_problem

if TYPE_CHECKING:
    from smartcity_desk.central.admin import LoadedDirectory, NewPassword
    from smartcity_desk.central.settings import CentralSettings

CENTRAL_LOG = "central.log"
TRAINING_LOG = "training.log"


def settings_of(context: Context, **more: Any) -> CentralSettings:
    """The settings of the server whose folder or database the options name."""
    from dataclasses import replace

    from smartcity_desk.central.settings import CentralSettings

    options = context.options
    folder = (
        Path(options.folder).expanduser().absolute() if options.folder else context.paths.data_dir / "central"
    )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise as_store_problem(problem, folder) from problem
    return replace(CentralSettings.at(folder, options.database), **more)


def _password(context: Context) -> str | None:
    if not context.options.password_stdin:
        return None
    return context.read_secret("", from_stdin=True)


def central_init(context: Context) -> int:
    """Create a server's database, its first administrator, and the directory that ships with the program."""
    from smartcity_desk.central import admin

    settings = settings_of(context)
    made = admin.init(settings, user=context.options.user, password=_password(context))
    if not context.options.empty:
        admin.load_builtin_directory(settings)
    _tell_account(context, made)
    context.terminal.note(tr("cli.central.next"))
    return Exit.OK


def central_run(context: Context) -> int:
    """Serve until it is told to stop."""
    from smartcity_desk.central import serve

    options = context.options
    certificate = Path(options.tls_certificate) if options.tls_certificate else None
    key = Path(options.tls_key) if options.tls_key else None
    settings = settings_of(context, tls_certificate=certificate, tls_key=key)

    def ready(url: str) -> None:
        if context.terminal.as_json:
            context.terminal.record({"ready": True, "url": url})
        else:
            context.terminal.line(tr("cli.central.ready", url=url))
            context.terminal.out.flush()

    log.configure(settings.attachments.parent, file_name=CENTRAL_LOG)
    try:
        return serve.serve(options.host, options.port, settings, ready=ready)
    finally:
        log.close()


def central_verify(context: Context) -> int:
    """Walk the hash chain of the server's log."""
    from smartcity_desk.central import admin

    verdict = admin.verify_log(settings_of(context))
    terminal = context.terminal
    if terminal.as_json:
        whole = verdict.broken_at is None
        terminal.record({"ok": whole, "events": verdict.checked, "broken_at": verdict.broken_at})
    elif verdict.broken_at is None:
        terminal.line(tr("cli.central.chain_whole", n=verdict.checked))
    if verdict.broken_at is not None:
        raise CommandError(Exit.FAILED, "chain_broken", seq=verdict.broken_at)
    return Exit.OK


def central_retention(context: Context) -> int:
    """Erase the content of reports that were kept as long as they may be."""
    from smartcity_desk.central import admin

    options, terminal = context.options, context.terminal
    done = admin.sweep(settings_of(context), days=options.days, channel=options.channel)
    if terminal.as_json:
        terminal.record({"erased": done.erased, "kept": done.kept})
    else:
        terminal.line(tr("cli.central.retention", erased=done.erased, kept=done.kept))
    return Exit.OK


def user_add(context: Context) -> int:
    """A new account; without a password one is invented and shown once."""
    from smartcity_desk.central import admin

    options = context.options
    made = admin.add_user(
        settings_of(context),
        options.user,
        Role(options.role),
        office=options.office,
        name=options.name,
        password=_password(context),
    )
    _tell_account(context, made)
    return Exit.OK


def user_password(context: Context) -> int:
    """A new password; the account's sessions end."""
    from smartcity_desk.central import admin

    _tell_account(context, admin.set_password(settings_of(context), context.options.user, _password(context)))
    return Exit.OK


def user_disable(context: Context) -> int:
    """Shut an account out."""
    return _disabled(context, True)


def user_enable(context: Context) -> int:
    """Let an account in again."""
    return _disabled(context, False)


def _disabled(context: Context, disabled: bool) -> int:
    from smartcity_desk.central import admin

    admin.set_disabled(settings_of(context), context.options.user, disabled)
    if context.terminal.as_json:
        context.terminal.record({"user": context.options.user, "disabled": disabled})
    else:
        context.terminal.line(
            tr("cli.user.disabled" if disabled else "cli.user.enabled", user=context.options.user)
        )
    return Exit.OK


def user_list(context: Context) -> int:
    """Every account."""
    from smartcity_desk.central import admin

    rows = admin.list_users(settings_of(context))
    if context.terminal.as_json:
        for row in rows:
            context.terminal.record(row)
        return Exit.OK
    context.terminal.table(
        [tr(f"cli.column.{name}") for name in ("user", "role", "office", "name")],
        [
            (str(row["user"]), str(row["role"]), str(row.get("office") or "—"), str(row["name"]))
            for row in rows
        ],
    )
    return Exit.OK


def directory_load(context: Context) -> int:
    """Put a directory in force: of a file, or the one that ships with the program."""
    from smartcity_desk.central import admin

    settings = settings_of(context)
    loaded: LoadedDirectory
    if context.options.file:
        loaded = admin.load_directory_file(settings, Path(context.options.file))
    else:
        loaded = admin.load_builtin_directory(settings)
    if context.terminal.as_json:
        context.terminal.record(
            {"edition": loaded.version, "offices": loaded.offices, "categories": loaded.categories}
        )
    else:
        context.terminal.line(
            tr(
                "cli.directory.loaded",
                edition=loaded.version,
                offices=loaded.offices,
                categories=loaded.categories,
            )
        )
    return Exit.OK


def routing_load(context: Context) -> int:
    """Hand a version of the routing knowledge to the desks of this server: whose work is what, from which day on."""
    from smartcity_desk import knowledge
    from smartcity_desk.central import admin
    from smartcity_desk.documents.wording import date
    from smartcity_desk.domain.times import to_iso

    routing = knowledge.read_routing(Path(context.options.file).expanduser().absolute())
    edition = admin.add_routing(settings_of(context), routing)
    if context.terminal.as_json:
        context.terminal.record(
            {
                "edition": edition,
                "version": routing.version,
                "effective_from": to_iso(routing.effective_from),
                "rules": len(routing.rules),
            }
        )
    else:
        since = date(routing.effective_from)
        context.terminal.line(
            tr("cli.routing.loaded", version=routing.version, date=since, rules=len(routing.rules))
        )
    return Exit.OK


def place_load(context: Context) -> int:
    """Check a place bundle and give it to the desks of this server."""
    import tempfile

    from smartcity_desk.central import bundles
    from smartcity_desk.directory import builtin_directory
    from smartcity_desk.place import importing
    from smartcity_desk.place.editions import Editions
    from smartcity_desk.place.importing import Wanted

    settings = settings_of(context)
    with tempfile.TemporaryDirectory(prefix="place-") as made:
        target = Path(made) / "place.zip"
        source = Path(context.options.file).expanduser().absolute()
        brought = importing.assemble(
            Editions(Path(made) / "none"), Wanted(source), builtin_directory(context.clock()), target
        )
        if not brought.report.ok:
            raise CommandError(Exit.REFUSED, "place_unfit", edition=brought.manifest.edition)
        loaded = bundles.load(settings, target)
    if context.terminal.as_json:
        context.terminal.record(
            {"edition": brought.manifest.edition, "sha256": loaded.sha256, "bytes": loaded.size}
        )
    else:
        context.terminal.line(tr("cli.place.served", edition=brought.manifest.edition))
    return Exit.OK


def _tell_account(context: Context, made: NewPassword) -> None:
    terminal = context.terminal
    if terminal.as_json:
        terminal.record({"user": made.user, "password": made.password if made.invented else None})
    elif made.invented:
        terminal.line(tr("cli.user.invented", user=made.user, password=made.password))
    else:
        terminal.line(tr("cli.user.made", user=made.user))


def training(context: Context) -> int:
    """Run the training city, or work the switch of its network."""
    from smartcity_desk.training import run as city

    options = context.options
    port_file = Path(options.port_file) if options.port_file else None
    folder = city.city_folder(context.paths.profile_dir)
    chosen = {
        name: getattr(options, name)
        for name in ("seed", "speed", "scale")
        if getattr(options, name) is not None
    }
    start = city.Options(folder, port_file=port_file, **chosen)
    if options.deed == "run":
        context.paths.prepare()
        log.configure(context.paths.logs, file_name=TRAINING_LOG)
        try:
            return city.run(start)
        finally:
            log.close()
    found = city.read_running(start.running)
    if found is None:
        raise CommandError(Exit.FAILED, "no_city")
    if options.deed == "fault":
        return _fault(context, str(found["control"]))
    if options.deed in {"cut", "mend"}:
        _ask(f"{found['control']}/network", {"up": options.deed == "mend"})
    status = _ask(f"{found['control']}/status", None)
    up = status.get("up") is True
    if context.terminal.as_json:
        context.terminal.record({**status, "central": found["central"], "channels": found["channels"]})
    elif options.deed == "status":
        context.terminal.line(tr("cli.training.up" if up else "cli.training.down"))
    else:
        context.terminal.line(tr("cli.training.mend" if options.deed == "mend" else "cli.training.cut"))
    return Exit.OK


def _fault(context: Context, control: str) -> int:
    """Spoil the next answers of a channel, or say what can be spoiled. Raises CommandError."""
    options, terminal = context.options, context.terminal
    if options.channel is None:
        known = _ask(f"{control}/faults", None)
        if terminal.as_json:
            terminal.record(known)
        else:
            terminal.table(
                [tr("cli.column.channel"), tr("cli.column.faults")],
                [(name, ", ".join(faults)) for name, faults in sorted(known.items())],
            )
        return Exit.OK
    if options.fault is None:
        raise CommandError(Exit.USAGE, "fault_needed", name=options.channel)
    order = {"channel": options.channel, "fault": options.fault, "count": options.count}
    waiting = _ask(f"{control}/faults", order)
    if terminal.as_json:
        terminal.record(waiting)
    else:
        terminal.line(trn("cli.training.fault", options.count, channel=options.channel, fault=options.fault))
    return Exit.OK


def _ask(url: str, body: dict[str, Any] | None) -> dict[str, Any]:
    """Ask the control door of a city on this machine. Raises CommandError when it has gone, or will not."""
    request = urllib.request.Request(  # noqa: S310 - the address comes from our own file and is loopback
        url,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=5) as answer:
            content = answer.read()
    except urllib.error.HTTPError:
        raise CommandError(Exit.USAGE, "unknown_fault") from None
    except (urllib.error.URLError, OSError, ValueError):
        raise CommandError(Exit.FAILED, "no_city") from None
    found = json.loads(content) if content else {}
    return found if isinstance(found, dict) else {}
