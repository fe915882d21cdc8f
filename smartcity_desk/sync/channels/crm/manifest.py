"""What the CRM is (channels paper 8). Nothing is asked before the unit has confirmed in its settings that it may."""

from __future__ import annotations

from smartcity_desk.domain.report import ReportKind
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.sync.channel import ChannelKind, Manifest, OptionSpec
from smartcity_desk.sync.channels.crm.mapping import CATEGORIES
from smartcity_desk.sync.ratelimit import Rate

MANIFEST = Manifest(
    name="crm",
    title_key="channel.crm.title",
    kind=ChannelKind.WINDOW,
    poll_interval_ms=5 * MINUTE,
    rate=Rate(calls=120, per_ms=MINUTE, burst=10),
    report_kind=ReportKind.COMPLAINT,
    terms_key="channel.crm.terms",
    exportable=True,
    default_url="https://crm.jakarta.go.id",
    options=(
        OptionSpec("confirmed", "", "channel.crm.option.confirmed", choices=("", "ya")),
        OptionSpec("days", "14", "channel.crm.option.days", pattern=r"[7-9]|1[0-4]"),
        OptionSpec("zone", "", "channel.crm.option.zone", pattern=r"[0-9]{0,10}"),
        OptionSpec("details", "100", "channel.crm.option.details", pattern=r"[1-9][0-9]{0,2}"),
    ),
    leave_option="confirmed",
    categories=CATEGORIES,
)
