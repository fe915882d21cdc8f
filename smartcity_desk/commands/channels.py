"""`channel …` and `quarantine`: where reports come from, and what could not be read."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from smartcity_desk.commands.context import Context
from smartcity_desk.commands.exits import CommandError, Exit, of_error
from smartcity_desk.commands.terminal import local, of_code
from smartcity_desk.commands.terminal import of_error as words_of
from smartcity_desk.domain.opening import item_name, shape
from smartcity_desk.domain.report import Report, veiled
from smartcity_desk.domain.text import one_line
from smartcity_desk.domain.times import to_iso
from smartcity_desk.i18n import has_text, tr, trn
from smartcity_desk.secrets import channel_secret, environment_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from smartcity_desk.store import Store
    from smartcity_desk.store.rows import QuarantineRow
    from smartcity_desk.sync.channel import Manifest, TestResult

_RAW_SHOWN: Final = 120
_EXPORT: Final = {"on": True, "off": False, "default": None}


def list_channels(context: Context) -> int:
    """Print every channel: whether it is on, where it is reached, and how it fares."""
    from smartcity_desk.sync import registry

    terminal, settings = context.terminal, context.settings
    with context.store() as store:
        states = {state.channel: state for state in store.channel_states()}
    rows = []
    for name, entry in registry.CHANNELS.items():
        about, setting, state = entry.manifest, settings.channel(name), states.get(name)
        missing = registry.missing_secrets(about, settings, context.secrets)
        if terminal.as_json:
            terminal.record(
                {
                    "name": name,
                    "kind": about.kind.value,
                    "report_kind": about.report_kind.value,
                    "enabled": setting.enabled or not about.polled,
                    "url": setting.url or about.default_url,
                    "options": registry.options_of(about, settings),
                    "missing_secrets": missing,
                    "exportable": registry.exportable(name, settings),
                    "retention_days": registry.retention_days(name, settings),
                    "polled": about.polled,
                    "last_ok_at": None
                    if state is None or state.last_ok_at is None
                    else to_iso(state.last_ok_at),
                    "last_item_at": None
                    if state is None or state.last_item_at is None
                    else to_iso(state.last_item_at),
                    "error": None if state is None else state.last_error_code,
                    "error_params": {} if state is None else dict(state.last_error_params),
                    "attempts": 0 if state is None else state.attempts,
                    "fetched_total": 0 if state is None else state.fetched_total,
                }
            )
            continue
        trouble = "—"
        if state is not None and state.last_error_code:
            trouble = of_code(state.last_error_code, state.last_error_params).what
        elif missing and setting.enabled:
            trouble = tr("cli.channel.missing", fields=", ".join(missing))
        rows.append(
            (
                name,
                tr("cli.channel.on" if setting.enabled or not about.polled else "cli.channel.off"),
                setting.url or about.default_url or "—",
                local(None if state is None else state.last_ok_at),
                trouble,
            )
        )
    if not terminal.as_json:
        terminal.table(
            [tr(f"cli.column.{name}") for name in ("channel", "switch", "url", "last_ok", "trouble")], rows
        )
    return Exit.OK


def set_channel(context: Context) -> int:
    """Say how a channel is reached. Setting an address turns it on unless `--disable` stands beside it."""
    from smartcity_desk.sync import registry

    options, settings, terminal = context.options, context.settings, context.terminal
    about = registry.manifest(options.name)
    chosen = _chosen(context, about)
    field = _secret_field(context, about, chosen) if options.secret_stdin or options.forget_secret else ""
    secret = None
    if options.secret_stdin:
        secret = channel_secret(about.name, field), context.read_secret("", from_stdin=True)
    if options.export == "on" and not about.exportable and not options.despite_terms:
        raise CommandError(Exit.USAGE, "terms_forbid", name=about.name)
    context.paths.prepare()
    wanted = settings.channel(about.name).enabled or options.enable or options.url is not None
    if wanted and not options.disable:
        about.check_leave(chosen)
    if options.url is not None:
        registry.place_url(about.name, options.url, settings, context.secrets)
    current = settings.channel(about.name)
    enabled = (current.enabled or options.enable) and not options.disable
    changed = replace(current, enabled=enabled, options=chosen)
    if options.export is not None:
        changed = replace(changed, export=_EXPORT[options.export])
    if options.retention is not None:
        changed = replace(changed, retention_days=None if options.retention < 0 else options.retention)
    settings.set_channel(about.name, changed)
    if secret is not None:
        context.secrets.set(*secret)
    if options.forget_secret:
        context.secrets.delete(channel_secret(about.name, field))
    settings.save()
    kept = context.secrets.persistent
    missing_memory = (secret is not None or _url_went_to_secrets(context, about)) and not kept
    if terminal.as_json:
        terminal.record(
            {
                "name": about.name,
                "enabled": enabled,
                "url": current.url,
                "options": chosen,
                "export": registry.exportable(about.name, settings),
                "retention_days": registry.retention_days(about.name, settings),
                "secret_kept": None if secret is None else kept,
            }
        )
    else:
        terminal.line(tr("cli.channel.set_on" if enabled else "cli.channel.set_off", name=about.name))
    if missing_memory:
        name = channel_secret(about.name, "url") if secret is None else secret[0]
        raise CommandError(Exit.LOCAL, "secret_not_kept", variable=environment_name(name))
    return Exit.OK


def _chosen(context: Context, about: Manifest) -> dict[str, Any]:
    """The channel's options with those of the command line. Raises CommandError that says what a field means."""
    chosen = dict(context.settings.channel(about.name).options)
    for word in context.options.option:
        name, equals, value = word.partition("=")
        spec = about.option(name)
        if not equals:
            raise CommandError(Exit.USAGE, "option_shape", option=word[:80])
        if spec.secret:
            raise CommandError(Exit.USAGE, "secret_in_arguments", option=name)
        if not spec.allows(value):
            meaning = tr(spec.help_key) if has_text(spec.help_key) else ""
            raise CommandError(Exit.USAGE, "option_value", option=name, value=value[:40], meaning=meaning)
        chosen[name] = value
    return chosen


def _url_went_to_secrets(context: Context, about: Manifest) -> bool:
    return bool(context.options.url) and about.url_is_secret and not context.settings.channel(about.name).url


def _secret_field(context: Context, about: Manifest, chosen: Mapping[str, object]) -> str:
    """Which of a channel's secrets is meant: the named one, else the one that its options ask for, or its only one."""
    from smartcity_desk.sync import registry

    fields = list(registry.secret_names(about))
    wanted = context.options.secret
    if not fields or (wanted is not None and wanted not in fields):
        raise CommandError(Exit.USAGE, "needs_no_secret", name=about.name)
    if wanted is not None:
        return str(wanted)
    needed = about.needed_secrets(
        {spec.name: str(chosen.get(spec.name, spec.default)) for spec in about.options}
    )
    if not needed and len(fields) > 1:
        raise CommandError(Exit.USAGE, "which_secret", name=about.name, fields=", ".join(fields))
    return needed[0] if needed else fields[0]


def test_channel(context: Context) -> int:
    """Ask a channel once, cheaply, and say what came and what would be imported of it."""
    from smartcity_desk.sync import registry, trial

    terminal, name = context.terminal, context.options.name
    about = registry.manifest(name)
    result = asyncio.run(_test(context, context.options.name))
    if result.error is not None:
        said = words_of(result.error)
        terminal.trouble(result.error.code, said.what, said.next, result.error.params)
        told = result.error.params.get("detail")
        if isinstance(told, str) and told:
            terminal.note(tr("cli.channel.said", text=one_line(told, 300)))
        return of_error(result.error)
    if terminal.as_json:
        terminal.record(
            {
                "name": name,
                "ok": result.ok,
                "items": result.items,
                "newest_at": None if result.newest_at is None else to_iso(result.newest_at),
                "sample": [_sample(report) for report in result.sample],
                "unreadable": result.unreadable,
                "reasons": dict(result.reasons),
                "note": tr(result.note_key) if has_text(result.note_key) else "",
                "terms": tr(about.terms_key),
                "exportable": registry.exportable(name, context.settings),
            }
        )
    else:
        for line in trial.sentences(result, about, local):
            terminal.line(line)
    return Exit.OK if result.ok else Exit.FAILED


def _sample(report: Report) -> dict[str, object]:
    """A report of a trial, masked; of a private one neither words nor point."""
    shown = veiled(report)
    return {
        "external_id": shown.external_id,
        "reported_at": to_iso(shown.reported_at),
        "text": one_line(shown.title or shown.text, 200),
        "category": shown.category,
        "place": one_line(shown.place_hint, 80),
        "lat": shown.lat,
        "lon": shown.lon,
        "private": shown.private,
    }


async def _test(context: Context, name: str) -> TestResult:
    from smartcity_desk.sync import registry
    from smartcity_desk.sync.transport import Transport

    about = registry.manifest(name)
    found = registry.setup(name, context.settings, context.secrets)
    transport = Transport(clock=context.clock)
    try:
        client = registry.CHANNELS[name].build(found)
        return await client.test(transport.channel(name, about.rate), context.clock())
    finally:
        await transport.close()


def _reread(context: Context, store: Store, channel: str | None) -> int:
    """Read everything in quarantine again, of one channel or of all; say what remains and at which fields."""
    from smartcity_desk.domain.privacy import pseudonym
    from smartcity_desk.sync import registry
    from smartcity_desk.sync.channel import UNFETCHED
    from smartcity_desk.sync.reread import reread

    key, terminal = registry.pseudonym_key(context.secrets), context.terminal
    names = sorted(store.quarantine_counts()) if channel is None else [channel]
    read = left = 0
    reasons: Counter[str] = Counter()
    for name in names:

        def mark(source: str, name: str = name) -> str | None:
            return pseudonym(key, name, source) if source else None

        result = reread(store, name, None, pseudonym=mark, now=context.clock())
        read, left = read + result.read, left + result.left
        reasons.update(dict(result.reasons))
    if terminal.as_json:
        terminal.record({"read": read, "left": left, "reasons": dict(reasons.most_common())})
        return Exit.OK
    terminal.line(tr("cli.quarantine.retried", read=read, left=left))
    for field, n in reasons.most_common():
        terminal.line(tr("cli.quarantine.reason", field=one_line(field, 60), n=n))
    if UNFETCHED in reasons:
        terminal.line(of_code("bad_data", {"key": UNFETCHED}).next)
    return Exit.OK


def _record_opening(context: Context, store: Store, rows: Sequence[QuarantineRow]) -> None:
    """Write down that items are looked at as they came, and why. Raises CommandError when that is refused."""
    from smartcity_desk.commands.acting import write_down
    from smartcity_desk.domain.events import EventKind, QuarantineRevealed
    from smartcity_desk.domain.ids import quarantine_id
    from smartcity_desk.domain.opening import ITEMS_MAX

    names: dict[str, list[str]] = {}
    for row in rows:
        names.setdefault(row.channel, []).append(item_name(row.raw))
    for channel, items in names.items():
        for start in range(0, len(items), ITEMS_MAX):
            part = tuple(items[start : start + ITEMS_MAX])
            payload = QuarantineRevealed(channel, part, context.options.reason.strip())
            write_down(context, store, EventKind.QUARANTINE_REVEALED, payload, quarantine_id(channel))


def quarantine(context: Context) -> int:
    """Print what could not be read, or read all of it again with this version. Its content only with a reason."""
    from smartcity_desk.sync import registry

    terminal, options = context.terminal, context.options
    if options.channel is not None and options.channel != "central":
        registry.manifest(options.channel)
    with context.store() as store:
        if options.retry or options.what == "reread":
            return _reread(context, store, options.channel)
        rows = store.quarantine(options.channel, limit=options.limit)
        opened = options.reason is not None
        if opened and rows:
            _record_opening(context, store, rows)
    if terminal.as_json:
        for row in rows:
            terminal.record(
                {
                    "id": row.id,
                    "channel": row.channel,
                    "key": row.key,
                    "params": dict(row.params),
                    "at": to_iso(row.at),
                    "last_at": to_iso(row.last_at),
                    "times": row.times,
                    "item": item_name(row.raw),
                    "opened": opened,
                    "raw": row.raw if opened else shape(row.raw),
                }
            )
        return Exit.OK
    terminal.table(
        [tr(f"cli.column.{name}") for name in ("number", "channel", "at", "field", "raw")],
        [
            (
                str(row.id),
                row.channel,
                local(row.at),
                row.key,
                (row.raw if opened else " ".join(shape(row.raw).split()))[:_RAW_SHOWN],
            )
            for row in rows
        ],
    )
    if rows and not opened:
        terminal.note(tr("cli.quarantine.hidden"))
    terminal.note(trn("cli.quarantine.total", len(rows)))
    return Exit.OK
