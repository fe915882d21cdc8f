"""What the Waze partner feed is (channels paper 2)."""

from __future__ import annotations

from smartcity_desk.domain.report import ReportKind
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.sync.channel import ChannelKind, Manifest
from smartcity_desk.sync.ratelimit import Rate

MANIFEST = Manifest(
    name="waze",
    title_key="channel.waze.title",
    kind=ChannelKind.SNAPSHOT,
    poll_interval_ms=2 * MINUTE,  # the feed is renewed about every two minutes
    rate=Rate(calls=4, per_ms=MINUTE, burst=3),
    report_kind=ReportKind.CONTEXT,
    terms_key="channel.waze.terms",
    exportable=False,  # storage and sharing are ruled by the partner's own agreement
    url_is_secret=True,
)
