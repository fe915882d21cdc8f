"""`sync`: one round with everything, or the engine for as long as its parent lives."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from smartcity_desk import config, log
from smartcity_desk.commands.context import Context
from smartcity_desk.commands.exits import CommandError, Exit, of_error
from smartcity_desk.commands.terminal import of_error as words_of
from smartcity_desk.domain.times import SECOND
from smartcity_desk.i18n import tr, trn

if TYPE_CHECKING:
    from smartcity_desk.domain.errors import DeskError
    from smartcity_desk.store import Store
    from smartcity_desk.sync.engine import RunResult
    from smartcity_desk.sync.notice import Notice
    from smartcity_desk.sync.rounds import Outcome

LOG_FILE = "sync.log"
SKEW_TOLD = 60 * SECOND
"""From how wrong a clock is worth a word: rules forgive five minutes, people should know after one."""


def sync(context: Context) -> int:
    """Ask the channels and the central server, and send what waits."""
    options = context.options
    if options.follow:
        return _follow(context)
    if options.user and not options.password_stdin and not context.stdin.isatty():
        raise CommandError(Exit.USAGE, "no_terminal")
    password = (
        context.read_secret(tr("cli.prompt.password"), from_stdin=options.password_stdin)
        if options.user
        else ""
    )
    with context.syncing(), context.store() as store:
        log.configure(context.paths.logs, file_name=LOG_FILE)
        try:
            result = asyncio.run(_once(context, store, password))
        finally:
            log.close()
    return _tell(context, result)


def _follow(context: Context) -> int:
    """Be the child of an open desk, or an engine on its own until the input ends."""
    from smartcity_desk.directory import load_policy
    from smartcity_desk.sync import child

    with context.syncing():
        log.configure(context.paths.logs, file_name=LOG_FILE)
        try:
            with suppress(KeyboardInterrupt), child.patient() as wished:
                with context.store():
                    pass  # made and migrated here when no desk is open; an open desk has done so
                return child.run(context.paths, load_policy(), wished)
        finally:
            log.close()
    return Exit.OK


async def _once(context: Context, store: Store, password: str) -> RunResult:
    from smartcity_desk.domain.errors import DeskError
    from smartcity_desk.place.library import PlaceLibrary
    from smartcity_desk.sync.central import PLACE
    from smartcity_desk.sync.engine import Engine, RunResult, take_short_turns
    from smartcity_desk.sync.media import MediaFetcher
    from smartcity_desk.sync.places import Places
    from smartcity_desk.sync.rounds import Outcome
    from smartcity_desk.sync.uploads import Uploads

    def heard(notice: Notice) -> None:
        offset = notice.data.get("clock_offset")
        if isinstance(offset, int) and abs(offset) >= SKEW_TOLD:
            context.terminal.note(tr("cli.sync.skew", seconds=round(offset / SECOND)))
        if context.terminal.as_json and notice.kind != "secret":
            context.terminal.record({"kind": notice.kind, **notice.data})

    take_short_turns()
    engine = Engine(
        store,
        context.settings,
        context.secrets,
        clock=context.clock,
        notify=heard,
        media=MediaFetcher(store, context.paths.media, clock=context.clock),
        uploads=Uploads(context.paths.attachments),
        places=Places(PlaceLibrary(context.paths.place, store.directory)),
    )
    refused: DeskError | None = None
    try:
        if password:
            central = engine.central()
            if central is None:
                raise CommandError(Exit.USAGE, "no_server")
            try:
                await central.session.login(
                    context.options.user, password, context.settings.get(config.DEVICE_ID)
                )
            except DeskError as error:  # the channels do not wait for the central server
                refused = error
        result = await engine.run_once(context.options.channel, with_central=refused is None)
        return result if refused is None else RunResult(result.channels, Outcome(PLACE, None, error=refused))
    finally:
        await engine.close()


def _tell(context: Context, result: RunResult) -> int:
    terminal = context.terminal
    for outcome in (*result.channels, *(() if result.central is None else (result.central,))):
        if outcome.error is None:
            if not terminal.as_json:
                terminal.line(_line(outcome))
        else:
            _trouble(context, outcome.place, outcome.error)
    if not result.channels and context.options.channel is None:
        terminal.note(tr("cli.sync.no_channels"))
    if result.central is None:
        has_server = bool(context.settings.get(config.CENTRAL_URL))
        terminal.note(tr("cli.sync.not_logged_in") if has_server else tr("cli.sync.no_server"))
    elif result.central.pushed is not None:
        if result.central.pushed.conflicts:
            terminal.note(trn("cli.sync.conflicts", result.central.pushed.conflicts))
        if result.central.pushed.rejected:
            terminal.note(trn("cli.sync.rejected", result.central.pushed.rejected))
    if terminal.as_json:
        terminal.record(_done(result))
    codes = [of_error(error) for _, error in result.errors]
    return max(codes, default=Exit.OK)


def _done(result: RunResult) -> dict[str, Any]:
    """The last line of a round for scripts: the same counts that people read."""
    channels = {
        outcome.place: {
            "seen": outcome.pulled.seen,
            "new": outcome.pulled.new,
            "changed": outcome.pulled.changed,
            "replies": outcome.pulled.replies,
            "withdrawn": outcome.pulled.withdrawn,
            "quarantined": outcome.pulled.quarantined,
        }
        for outcome in result.channels
        if outcome.pulled is not None
    }
    central = None
    if result.central is not None and result.central.pushed is not None:
        pushed = result.central.pushed
        central = {
            "sent": pushed.actions,
            "events": result.central.events,
            "conflicts": pushed.conflicts,
            "rejected": pushed.rejected,
        }
    failed = [place for place, _ in result.errors]
    return {"kind": "done", "failed": failed, "channels": channels, "central": central}


def _trouble(context: Context, place: str, error: DeskError) -> None:
    said = words_of(error)
    params: dict[str, Any] = {**error.params, "place": place}
    context.terminal.trouble(error.code, f"{place}: {said.what}", said.next, params)


def _line(outcome: Outcome) -> str:
    pulled = outcome.pulled
    if pulled is not None:
        counts = tr(
            "cli.sync.channel",
            place=outcome.place,
            seen=pulled.seen,
            new=pulled.new,
            changed=pulled.changed,
            quarantined=pulled.quarantined,
        )
        more = (("cli.sync.replies", pulled.replies), ("cli.sync.withdrawn", pulled.withdrawn))
        return ", ".join((counts, *(trn(key, n) for key, n in more if n)))
    pushed = outcome.pushed
    return tr("cli.sync.central", events=outcome.events, sent=0 if pushed is None else pushed.actions)
