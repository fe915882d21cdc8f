"""`central outgoing …`: what leaves a server for other systems, where to, and what became of it."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from smartcity_desk.commands.context import Context
from smartcity_desk.commands.exits import CommandError, Exit
from smartcity_desk.commands.servers import settings_of
from smartcity_desk.commands.terminal import local
from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.domain.times import to_iso
from smartcity_desk.i18n import tr, trn

if TYPE_CHECKING:
    from smartcity_desk.central.outgoing.targets import Target

_INSTANTS = ("queued_at", "next_at", "settled_at")


def listing(context: Context) -> int:
    """Print the targets, and the lines of the queue when a state or a report is asked for."""
    from smartcity_desk.central import admin
    from smartcity_desk.central.outgoing import sending, targets

    options, terminal = context.options, context.terminal
    with admin.opened(settings_of(context)) as db:
        if options.queue:
            state = "" if options.queue == "all" else options.queue
            rows = db.read_now(lambda c: sending.listed(c, state=state, limit=options.limit))
            return _lines(context, rows)
        found = db.read_now(targets.every)
        counts = db.read_now(sending.counts)
    if terminal.as_json:
        for target in found:
            terminal.record({**_plain(target), "lines": counts.get(target.name, {})})
        return Exit.OK
    terminal.table(
        [tr(f"cli.column.{name}") for name in ("name", "switch", "url", "kind", "state")],
        [
            (
                target.name,
                tr(f"outgoing.mode.{target.mode.value}"),
                target.url,
                _purpose(target),
                ", ".join(
                    f"{tr(f'outgoing.state.{state}')} {n}"
                    for state, n in sorted(counts.get(target.name, {}).items())
                )
                or "—",
            )
            for target in found
        ],
    )
    return Exit.OK


def _purpose(target: Target) -> str:
    parts = (
        ("answers", target.answers),
        ("reports", target.reports),
        ("office", target.office),
    )
    return ", ".join(f"{name} {value}" for name, value in parts if value)


def _plain(target: Target) -> dict[str, Any]:
    return {**asdict(target), "mode": target.mode.value, "services": dict(target.services or {})}


def _lines(context: Context, rows: list[dict[str, Any]]) -> int:
    terminal = context.terminal
    if terminal.as_json:
        for row in rows:
            shown = {
                name: to_iso(row[name]) if row[name] is not None else None
                for name in _INSTANTS
                if name in row
            }
            terminal.record({**row, **shown})
        return Exit.OK
    terminal.table(
        [tr(f"cli.column.{name}") for name in ("id", "name", "kind", "state", "at", "trouble")],
        [
            (
                row["id"],
                row["target"],
                row["kind"],
                tr(f"outgoing.state.{row['state']}"),
                local(row["settled_at"] or row["next_at"]),
                " ".join(part for part in (row["code"], row["detail"]) if part) or "—",
            )
            for row in rows
        ],
    )
    return Exit.OK


def put(context: Context) -> int:
    """Name a target, or change one. A new one only shows what it would send, until it is turned on."""
    from smartcity_desk.central import admin
    from smartcity_desk.central.outgoing import targets
    from smartcity_desk.central.outgoing.targets import Mode, Target

    options, terminal = context.options, context.terminal
    settings = settings_of(context)
    key = context.read_secret("", from_stdin=True) if options.key_stdin else None
    with admin.opened(settings) as db:
        known = {target.name: target for target in db.read_now(targets.every)}
        if options.name not in known and not options.url:
            raise CommandError(Exit.USAGE, "outgoing_url_needed", name=options.name)
        base = known.get(options.name) or Target(options.name, options.url)
        chosen: dict[str, Any] = {
            name: getattr(options, name)
            for name in ("url", "jurisdiction", "answers", "reports", "office", "service")
            if getattr(options, name) is not None
        }
        if options.services is not None:
            chosen["services"] = _pairs(options.services)
        if options.mode is not None:
            chosen["mode"] = Mode(options.mode)
        kept = db.write_now(lambda connection: targets.put(connection, replace(base, **chosen)))
    if key is not None:
        targets.keep_key(settings.keys, kept.name, key)
    if terminal.as_json:
        terminal.record(_plain(kept))
    else:
        terminal.line(tr("cli.outgoing.set", name=kept.name, mode=tr(f"outgoing.mode.{kept.mode.value}")))
    return Exit.OK


def _pairs(text: str) -> dict[str, str]:
    pairs = [word.partition("=") for word in text.split()]
    if not all(ours and equals and theirs for ours, equals, theirs in pairs):
        raise ConfigProblem(name="services", reason="bad_value", value=text[:60])
    return {ours: theirs for ours, _, theirs in pairs}


def trial(context: Context) -> int:
    """Ask a target for its services: whether it is there, and whether it knows what we would send. Sends nothing."""
    from smartcity_desk.central import admin
    from smartcity_desk.central.outgoing import targets, wire

    terminal, settings = context.terminal, settings_of(context)
    with admin.opened(settings) as db:
        target = db.read_now(lambda connection: targets.one(connection, context.options.name))
    has_key = bool(targets.key_of(settings.keys, target.name))

    async def ask() -> tuple[wire.Outcome, list[str]]:
        async with wire.new_client() as http:
            return await wire.reach(http, target, context.clock())

    outcome, codes = asyncio.run(ask())
    if outcome.code is not None:
        raise CommandError(
            Exit.REFUSED if outcome.lasting else Exit.OFFLINE,
            "outgoing_unreachable",
            name=target.name,
            why=" ".join(part for part in (outcome.code, outcome.detail) if part),
        )
    wanted = {code for code in (target.service, *(target.services or {}).values()) if code}
    missing = sorted(wanted - set(codes))
    if terminal.as_json:
        terminal.record(
            {"name": target.name, "services": codes, "unknown_services": missing, "has_key": has_key}
        )
        return Exit.OK
    terminal.line(trn("cli.outgoing.reached", len(codes), name=target.name))
    terminal.line(tr("cli.outgoing.key" if has_key else "cli.outgoing.no_key"))
    if missing:
        terminal.line(tr("cli.outgoing.unknown_services", codes=", ".join(missing)))
    return Exit.OK


def retry(context: Context) -> int:
    """Send lines once more: those that are named, or all that were refused."""
    from smartcity_desk.central import admin
    from smartcity_desk.central.outgoing import sending

    with admin.opened(settings_of(context)) as db:
        now = context.clock()
        n = db.write_now(lambda connection: sending.retry(connection, context.options.lines, now=now))
    if context.terminal.as_json:
        context.terminal.record({"waiting": n})
    else:
        context.terminal.line(trn("cli.outgoing.retried", n))
    return Exit.OK
