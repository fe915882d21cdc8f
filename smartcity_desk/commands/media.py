"""`media …`: how it stands with the pictures and papers of reports, another try, and copies for elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smartcity_desk import config
from smartcity_desk.commands.context import Context
from smartcity_desk.commands.exits import CommandError, Exit
from smartcity_desk.domain.times import DAY, to_iso
from smartcity_desk.i18n import tr, trn

if TYPE_CHECKING:
    from smartcity_desk.store.media import Totals


def status(context: Context) -> int:
    """Print how many files are here, on their way, kept out and why, and what the disk has given."""
    with context.store() as store:
        totals = store.media.totals(context.clock() - DAY)
    fetched = bool(context.settings.get(config.PICTURES_FETCHED))
    budget = context.settings.get(config.PICTURES_MB) << 20
    if context.terminal.as_json:
        context.terminal.record(_record(totals, fetched, budget))
        return Exit.OK
    terminal, states = context.terminal, totals.states
    terminal.line(tr("cli.media.on") if fetched else tr("cli.media.off"))
    terminal.line(
        tr(
            "cli.media.states",
            have=states.get("have", 0),
            wanted=states.get("wanted", 0),
            refused=states.get("refused", 0),
            gone=states.get("gone", 0),
            erased=states.get("erased", 0),
        )
    )
    terminal.line(
        tr(
            "cli.media.disk",
            files=totals.files,
            mb=totals.disk >> 20,
            budget=budget >> 20,
            day=totals.disk_since >> 20,
        )
    )
    for reason, number in sorted(totals.reasons.items(), key=lambda item: -item[1]):
        terminal.line(f"  {number}  {_reason(reason)}")
    return Exit.OK


def _record(totals: Totals, fetched: bool, budget: int) -> dict[str, Any]:
    following = totals.next_try_at
    return {
        "fetching": fetched,
        "states": dict(totals.states),
        "refused": dict(totals.reasons),
        "files": totals.files,
        "disk_bytes": totals.disk,
        "budget_bytes": budget,
        "full": totals.disk >= budget,
        "files_last_day": totals.files_since,
        "disk_bytes_last_day": totals.disk_since,
        "next_try_at": to_iso(following) if following else None,
    }


def _reason(reason: str) -> str:
    from smartcity_desk.i18n import has_text

    name = f"report.media.reason.{reason}"
    return tr(name) if has_text(name) else tr("report.media.reason.other")


def switch(context: Context) -> int:
    """Turn the fetching on or off, or give it another share of the disk."""
    options, settings = context.options, context.settings
    if options.fetch is not None:
        settings.set(config.PICTURES_FETCHED, options.fetch == "on")
    if options.disk_mb is not None:
        settings.set(config.PICTURES_MB, options.disk_mb)
    context.save_settings()
    return status(context)


def retry(context: Context) -> int:
    """Ask again for what could not be had; the desk's helper does it at its next turn."""
    with context.store() as store:
        number = store.media.retry(context.clock())
    if context.terminal.as_json:
        context.terminal.record({"wanted": number})
    else:
        context.terminal.line(trn("cli.media.retried", number))
    return Exit.OK


def export(context: Context) -> int:
    """Copy a report's pictures into a folder: our own copies, without place, time and telephone, never an original."""
    from pathlib import Path

    from smartcity_desk.commands.reading import find
    from smartcity_desk.store import files
    from smartcity_desk.sync import registry

    folder = Path(context.options.folder)
    with context.store() as store:
        detail = store.report(find(store, context.options.report))
        if detail is None:
            raise CommandError(Exit.FAILED, "unknown_report", report=context.options.report[:80])
        report = detail.report
        if report.private:
            raise CommandError(Exit.REFUSED, "private_pictures")
        if not registry.exportable(report.channel, context.settings):
            raise CommandError(Exit.REFUSED, "no_export", channel=report.channel)
        shown = [one for one in store.media.of_report(detail.pk) if one.width]
    written: list[str] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, one in enumerate(shown, 1):
            target = folder / f"{report.channel}-{number}-{one.sha256[:8]}.jpg"
            files.replace(target, files.copy_of(context.paths.media, one.sha256, "view").read_bytes())
            written.append(str(target))
    except OSError as problem:
        raise CommandError(
            Exit.LOCAL, "cannot_write", path=str(folder), reason=problem.strerror or ""
        ) from problem
    if context.terminal.as_json:
        context.terminal.record({"files": written})
    else:
        context.terminal.line(trn("cli.media.exported", len(written)))
    return Exit.OK
