"""`self-check`: whether this installation and its data are in order."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from typing import Final

from smartcity_desk import __version__, config
from smartcity_desk.commands.context import Context
from smartcity_desk.commands.exits import Exit
from smartcity_desk.i18n import has_text, tr

_ROOM_BYTES: Final = 500_000_000
Check = tuple[str, bool | None, dict[str, object]]
"""A check's name, its verdict (None = worth knowing, nothing broken) and what was found."""


def self_check(context: Context) -> int:
    """Print every check with its verdict; the exit code is 1 when one of them fails."""
    terminal = context.terminal
    bad = 0
    for name, ok, params in _checks(context):
        bad += ok is False
        if terminal.as_json:
            terminal.record({"check": name, "ok": ok, "params": params})
        else:
            verdict = tr("cli.check.note" if ok is None else "cli.check.ok" if ok else "cli.check.bad")
            title = tr(f"cli.check.{name}") if has_text(f"cli.check.{name}") else name
            detail = ", ".join(f"{key}={value}" for key, value in params.items())
            terminal.line(f"{verdict}  {title}" + (f"  ({detail})" if detail else ""))
    return Exit.FAILED if bad else Exit.OK


def _checks(context: Context) -> Iterator[Check]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield "version", sys.version_info >= (3, 11), {"desk": __version__, "python": version}
    context.paths.prepare()
    free = shutil.disk_usage(context.paths.profile_dir).free
    yield (
        "room",
        free >= _ROOM_BYTES,
        {"free_mb": free // 1_000_000, "folder": str(context.paths.profile_dir)},
    )
    settings = context.settings
    refused = list(settings.refused)
    yield (
        "settings",
        not refused and settings.set_aside is None,
        {"refused": ", ".join(refused)} if refused else {},
    )
    yield (
        "keyring",
        True if context.secrets.persistent else None,
        {} if context.secrets.problem is None else {"reason": context.secrets.problem},
    )
    with context.store() as store:
        directory = store.directory()
        yield (
            "directory",
            bool(directory.offices),
            {"offices": len(directory.offices), "edition": directory.edition},
        )
        for row in store.self_check():
            yield row.name, row.ok, dict(row.params)
        summary = store.summary()
        waiting = sum(n for state, n in summary.ops.items() if state.value in {"queued", "sending"})
        yield (
            "outbox",
            None if summary.conflicts else True,
            {"waiting": waiting, "conflicts": summary.conflicts},
        )
        for state in store.channel_states():
            place = (
                {"channel": state.channel, "error": state.last_error_code}
                if state.last_error_code
                else {"channel": state.channel}
            )
            yield "channel", None if state.last_error_code else True, dict(place)
    yield "server", True, {"url": settings.get(config.CENTRAL_URL) or "-"}
