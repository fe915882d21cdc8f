"""`health` and `channel reread`: how the channels and the central server do, and a day read once more.

The fields of `health --json` are described in docs/health.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from smartcity_desk.commands import layer_health
from smartcity_desk.commands.context import Context
from smartcity_desk.commands.engines import with_engine
from smartcity_desk.commands.exits import Exit, of_error
from smartcity_desk.commands.keeping import recheck_json
from smartcity_desk.commands.terminal import local, of_code
from smartcity_desk.commands.terminal import of_error as words_of
from smartcity_desk.domain.outage import CENTRAL, LEAST
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, to_iso
from smartcity_desk.i18n import format_number, tr, trn

if TYPE_CHECKING:
    from smartcity_desk.store import Store
    from smartcity_desk.store.health import ChannelHealth

LATE_INTERVALS: Final = 3
"""A place that was not read for so many of its own intervals is late."""
CENTRAL_INTERVAL: Final = 15_000
DAYS: Final = 90
NOTES: Final = frozenset({"quarantine", "numbers_missing", "old_file"})
"""What is worth knowing and nothing that is wrong now."""


def health(context: Context) -> int:
    """Print how every channel that is on and the central server do; exit code 1 when something is wrong."""
    from smartcity_desk.config import CENTRAL_URL
    from smartcity_desk.store.health import DAYS_SHOWN
    from smartcity_desk.sync import registry

    settings, now = context.settings, context.clock()
    intervals = {
        name: registry.CHANNELS[name].manifest.poll_interval_ms for name in registry.enabled(settings)
    }
    if settings.get(CENTRAL_URL):
        intervals[CENTRAL] = CENTRAL_INTERVAL
    with context.store() as store:
        found = store.health.look(list(intervals), now, days=DAYS if context.terminal.as_json else DAYS_SHOWN)
        lines = [
            _line(name, one, intervals[name], store, now) for name, one in zip(intervals, found, strict=True)
        ]
    layers = layer_health.lines(context, now)
    terminal = context.terminal
    if terminal.as_json:
        for line in (*lines, *layers):
            terminal.record(line)
    else:
        terminal.table(
            [
                tr(f"cli.column.{name}")
                for name in ("channel", "last_item", "lag", "hour", "today", "trouble")
            ],
            [
                *(_row(line, one) for line, one in zip(lines, found, strict=True)),
                *(layer_health.row(line) for line in layers),
            ],
        )
        if not lines:
            terminal.note(tr("cli.health.none"))
    wrong = any(set(line["problems"]) - NOTES for line in (*lines, *layers))
    return Exit.FAILED if wrong else Exit.OK


def _recheck(store: Store, name: str) -> dict[str, object] | None:
    """How asking again for all of a channel's items stands; None where that was never done."""
    found = store.keeping.recheck(name)
    return None if found.begun_at is None else recheck_json(found)


def _line(name: str, found: ChannelHealth, interval: int, store: Store, now: int) -> dict[str, Any]:
    state, verdict = found.state, found.verdict
    lag = None if state.last_ok_at is None else max(0, now - state.last_ok_at)
    line: dict[str, Any] = {
        "place": name,
        "problems": problems(found, interval, now),
        "last_item_at": _iso(state.last_item_at),
        "last_new_at": _iso(state.last_new_at),
        "last_ok_at": _iso(state.last_ok_at),
        "lag_ms": lag,
        "next_try_at": _iso(state.next_try_at),
        "error": None
        if state.last_error_code is None
        else {
            "code": state.last_error_code,
            "params": dict(state.last_error_params),
            "at": _iso(state.last_error_at),
            "attempts": state.attempts,
            "stopped": state.paused_reason is not None,
        },
        "received": state.fetched_total,
        "recheck": _recheck(store, name),
        "quarantined": found.quarantined,
        "silence": {
            "learnt": found.learnt,
            "since": _iso(found.silent_since),
            "expected": verdict.expected,
            "chance": verdict.chance,
            "flagged_at": _iso(verdict.due_at),
        },
        "hours": [
            {"since": to_iso(bar.hour * HOUR), "n": bar.n, "low": bar.low, "high": bar.high}
            for bar in found.bars
        ],
        "outages": [
            {
                "kind": one.kind.value,
                "since": to_iso(one.since),
                "until": _iso(one.until),
                "code": one.code,
                "excluded": one.witnessed and (one.until or now) - one.since >= LEAST,
            }
            for one in found.outages
        ],
        "missing": [list(pair) for pair in found.missing],
        "days": [
            {
                "day": day.day,
                "source": day.source,
                "desk": day.desk,
                "central": day.central,
                "agrees": day.agrees,
            }
            for day in found.days
            if day.desk or day.source or day.central
        ],
    }
    if name == CENTRAL:
        summary = store.summary()
        waiting = sum(n for kind, n in summary.ops.items() if kind.value in {"queued", "sending"})
        line |= {"waiting": waiting, "conflicts": summary.conflicts}
    return line


def problems(found: ChannelHealth, interval: int, now: int) -> list[str]:
    """What is wrong with a place, as stable words; those of `NOTES` are only worth knowing."""
    state = found.state
    words = []
    if state.paused_reason is not None:
        words.append("stopped")
    elif state.last_error_code is not None:
        words.append("error")
    elif state.last_ok_at is None:
        words.append("never_read")
    elif now - state.last_ok_at > LATE_INTERVALS * interval + MINUTE:
        words.append("late")
    if found.silent_since is not None:
        words.append("silent")
    if found.differing:
        words.append("counts_differ")
    if found.missing:
        words.append("numbers_missing")
    if found.quarantined:
        words.append("quarantine")
    return words


def _row(line: dict[str, Any], found: ChannelHealth) -> tuple[str, ...]:
    state, bar = found.state, found.bars[-1]
    usual = (
        "" if bar.low is None or bar.high is None else f" / ±{format_number(round((bar.low + bar.high) / 2))}"
    )
    trouble = [tr(f"cli.health.{word}") for word in line["problems"] if word != "error"]
    if state.last_error_code:
        trouble.insert(0, of_code(state.last_error_code, state.last_error_params).what)
    lag = line["lag_ms"]
    return (
        line["place"],
        local(state.last_item_at),
        "—" if lag is None else trn("cli.health.minutes", lag // MINUTE),
        f"{format_number(bar.n)}{usual}",
        format_number(found.days[0].desk),
        "; ".join(trouble) or "—",
    )


def _iso(instant: int | None) -> str | None:
    return None if instant is None else to_iso(instant)


def reread(context: Context) -> int:
    """Read a channel once more from a day on, as far as its source still gives it."""
    from smartcity_desk.sync import registry

    options, terminal = context.options, context.terminal
    about = registry.manifest(options.name)
    now = context.clock()
    since = now - DAY if options.day is None else min(abs(options.day), now)
    outcome = with_engine(context, lambda engine: engine.read_again(about.name, since))
    if outcome.error is not None or outcome.pulled is None:
        error = outcome.error
        assert error is not None
        said = words_of(error)
        terminal.trouble(error.code, said.what, said.next, error.params)
        return of_error(error)
    done = outcome.pulled
    if terminal.as_json:
        terminal.record(
            {
                "place": about.name,
                "since": to_iso(since),
                "seen": done.seen,
                "new": done.new,
                "changed": done.changed,
                "quarantined": done.quarantined,
            }
        )
    else:
        terminal.line(
            tr(
                "cli.sync.channel",
                place=about.name,
                seen=format_number(done.seen),
                new=format_number(done.new),
                changed=format_number(done.changed),
                quarantined=format_number(done.quarantined),
            )
        )
    return Exit.OK
