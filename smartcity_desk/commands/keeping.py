"""`channel recheck` and `channel sweep`: what is gone at its source, and what was kept as long as it may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartcity_desk.commands.context import Context
from smartcity_desk.commands.engines import with_engine
from smartcity_desk.commands.exits import CommandError, Exit
from smartcity_desk.commands.terminal import of_code
from smartcity_desk.domain.times import to_iso
from smartcity_desk.i18n import tr, trn

if TYPE_CHECKING:
    from smartcity_desk.store.keeping import Recheck


def recheck(context: Context) -> int:
    """Ask a channel that has the duty to forget for all its items again, now."""
    from smartcity_desk.sync import registry

    terminal, name = context.terminal, context.options.name
    if not registry.manifest(name).forgets:
        raise CommandError(Exit.USAGE, "keeps_all", name=name)
    found = with_engine(context, lambda engine: engine.recheck(name))
    if terminal.as_json:
        terminal.record(recheck_json(found))
    elif not found.error:
        terminal.line(tr("cli.channel.recheck", asked=found.asked, gone=found.gone, changed=found.changed))
    if found.error:
        said = of_code(found.error, {})
        terminal.trouble(found.error, said.what, said.next, {"place": name})
        return Exit.FAILED
    return Exit.OK


def recheck_json(found: Recheck) -> dict[str, object]:
    """How asking again for a channel's items stands, for scripts."""
    return {
        "channel": found.channel,
        "begun_at": None if found.begun_at is None else to_iso(found.begun_at),
        "done_at": None if found.done_at is None else to_iso(found.done_at),
        "asked": found.asked,
        "gone": found.gone,
        "changed": found.changed,
        "under_way": found.place is not None,
        "error": found.error or None,
    }


def sweep(context: Context) -> int:
    """Erase what has been kept as long as its channel may be, now and not only once a day."""
    terminal = context.terminal
    found = with_engine(context, lambda engine: engine.sweep())
    if terminal.as_json:
        terminal.record(
            {
                "erased": {name: one.erased for name, one in found.items() if one.erased},
                "kept": {name: one.kept for name, one in found.items() if one.kept},
            }
        )
    else:
        for name, one in found.items():
            if one.erased:
                terminal.line(trn("cli.channel.swept", one.erased, name=name))
            if one.kept:
                terminal.line(trn("cli.channel.swept.kept", one.kept, name=name))
        if not found:
            terminal.line(tr("cli.channel.swept.none"))
    return Exit.OK
