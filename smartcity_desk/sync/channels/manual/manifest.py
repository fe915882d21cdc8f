"""What entering by hand is: no address, no secret, and nothing to ask for."""

from __future__ import annotations

from smartcity_desk.domain.report import ReportKind
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.sync.channel import ChannelKind, Manifest
from smartcity_desk.sync.ratelimit import Rate

MANIFEST = Manifest(
    name="manual",
    title_key="channel.manual.title",
    kind=ChannelKind.SINCE,
    poll_interval_ms=MINUTE,
    rate=Rate(calls=1, per_ms=MINUTE),
    report_kind=ReportKind.COMPLAINT,
    terms_key="channel.manual.terms",
    exportable=True,  # the unit's own words; the caller's name and number never are in what is exported
    polled=False,
)
