"""The channels of the training city, as an explicit list, and how a citizen's report looks once a desk has read it.

What the central server holds of the past says the same as the channels' own mappings do (tests compare them), so a desk
that pulls a window finds the reports that the central server already has, and none twice. Raw items and unmasked texts
never reach a central server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.report import Report
from smartcity_desk.training.channel import TrainingChannel
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers import (
    balai_warga,
    crm,
    email,
    facebook,
    lapor,
    open311,
    petabencana,
    qlue,
    waze,
    x,
)

CHANNELS: Final[Mapping[str, TrainingChannel]] = {
    channel.name: channel
    for channel in (
        petabencana.CHANNEL,
        waze.CHANNEL,
        x.CHANNEL,
        facebook.CHANNEL,
        email.CHANNEL,
        open311.CHANNEL,
        lapor.CHANNEL,
        qlue.CHANNEL,
        balai_warga.CHANNEL,
        crm.CHANNEL,
    )
}


def as_report(record: Citizen, directory: Directory) -> Report:
    """The report as a desk shares it with the central server."""
    return CHANNELS[record.channel].published(record, directory)
