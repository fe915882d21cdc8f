"""`join` and `separate`: reports that tell of one and the same thing, and the way apart again."""

from __future__ import annotations

from smartcity_desk.commands.acting import tell, wanted_reports
from smartcity_desk.commands.context import Context
from smartcity_desk.commands.exits import CommandError, Exit
from smartcity_desk.commands.reading import find
from smartcity_desk.domain.events import EventKind, IncidentChanged
from smartcity_desk.domain.ids import incident_name, time_ordered_id
from smartcity_desk.i18n import tr, trn


def join(context: Context) -> int:
    """Join reports: into the incident that one of them is in, else into a new one. The earliest carries the clock."""
    options, actor, now = context.options, context.actor(), context.clock()
    named = wanted_reports(context)
    if len(named) < 2:
        raise CommandError(Exit.USAGE, "join_needs_two")
    with context.store() as store:
        plan = store.join_plan([find(store, one) for one in named])
        incident = plan.incident or time_ordered_id(now, context.randomness(10))
        result = store.act(
            EventKind.INCIDENT_JOINED,
            IncidentChanged(incident, options.reason),
            plan.reports,
            actor=actor,
            now=now,
            randomness=context.randomness,
            fill_base=True,
        )
    code = tell(context, result)
    terminal = context.terminal
    if terminal.as_json:
        terminal.record({"incident": incident, "lead": plan.lead, "clocks_stopped": plan.clocks})
    else:
        terminal.note(trn("cli.join.done", len(result.done), incident=incident_name(incident)))
        if plan.lead is not None:
            terminal.note(tr("cli.join.lead", report=plan.lead[:8]))
    return code


def separate(context: Context) -> int:
    """Take reports out of their incidents; with `--all` the whole incidents that they are in."""
    options, actor, now = context.options, context.actor(), context.clock()
    with context.store() as store:
        ids = [find(store, one) for one in wanted_reports(context)]
        if options.all:
            details = [store.report(one) for one in ids]
            ids = [row.id for detail in details if detail is not None for row in detail.members] or ids
        result = store.act(
            EventKind.INCIDENT_SEPARATED,
            IncidentChanged("", options.reason),
            list(dict.fromkeys(ids)),
            actor=actor,
            now=now,
            randomness=context.randomness,
            fill_base=True,
        )
    return tell(context, result)
