"""What was declared in the past, and the policy that waits for a second person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from smartcity_desk.directory import load_policy
from smartcity_desk.domain.calendar import CalendarKind
from smartcity_desk.domain.events import (
    CalamityDeclared,
    CalamityEnded,
    EventKind,
    PauseCode,
    PolicyProposed,
)
from smartcity_desk.domain.ids import policy_id
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.domain.policy import Policy
from smartcity_desk.domain.times import DAY, HOUR, JAKARTA, from_datetime, to_datetime
from smartcity_desk.training import texts
from smartcity_desk.training.arrivals import FLOODS
from smartcity_desk.training.steps import RATNA, Steps
from smartcity_desk.training.traits import Traits

K = EventKind
AFTERMATH = 24 * HOUR
"""A flood is over for the rules when the streets can be used again."""
PROPOSED_AGO = 30 * HOUR
AHEAD = 7 * DAY
WORKING = frozenset({OfficeLevel.KELURAHAN, OfficeLevel.KECAMATAN})


def declare(steps: Steps, traits: Traits, outage: tuple[int, int], days: int) -> None:
    """Both floods where they were (E7), and the longer outage (E8: from, to in ms UTC)."""
    for ago, hours in FLOODS:
        since = steps.end - ago * DAY - 6 * HOUR
        if ago + 1 >= days:
            continue
        over = since + hours * HOUR + AFTERMATH
        name = steps.invented("flood", ago)
        offices = tuple(sorted(traits.flood_prone))
        flood = CalamityDeclared(PauseCode.CALAMITY, offices, since, None, texts.FLOOD_DECLARED)
        steps.take(name, since + 2 * HOUR, K.CALAMITY_DECLARED, flood, RATNA)
        ended = CalamityEnded(over, texts.FLOOD_ENDED)
        steps.take(name, over + HOUR, K.CALAMITY_ENDED, ended, RATNA)
    since, until = outage
    if since >= steps.end - days * DAY:
        gone = CalamityDeclared(PauseCode.OUTAGE, (), since, until, texts.OUTAGE_DECLARED)
        steps.take(steps.invented("outage"), until + 2 * HOUR, K.CALAMITY_DECLARED, gone, RATNA)


def propose(steps: Steps) -> None:
    """A version that one person wants: the same time for kelurahan and kecamatan, in working hours."""
    policy = _wanted(steps.end)
    name = policy_id(policy.version)
    steps.take(
        name, steps.end - PROPOSED_AGO, K.POLICY_PROPOSED, PolicyProposed(policy, texts.POLICY_REASON), RATNA
    )


def _wanted(end: int) -> Policy:
    day = to_datetime(end + AHEAD).astimezone(JAKARTA).replace(day=1) + timedelta(days=32)
    first = datetime(day.year, day.month, 1, tzinfo=JAKARTA)
    now = load_policy()
    return replace(
        now,
        version=f"{first.year}-{first.month:02d}-jam-kerja",
        effective_from=from_datetime(first),
        response={**now.response, **dict.fromkeys(WORKING, 8 * HOUR)},
        calendars={**now.calendars, **dict.fromkeys(WORKING, CalendarKind.WORKING_DAYS)},
        source=texts.POLICY_SOURCE,
    )
