"""What QLUE is (channels paper 7): gone as a channel of the city, read for its history or from a partner."""

from __future__ import annotations

from smartcity_desk.domain.report import ReportKind
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.sync.channel import ChannelKind, Manifest, OptionSpec
from smartcity_desk.sync.channels.qlue.mapping import CATEGORIES
from smartcity_desk.sync.ratelimit import Rate

MANIFEST = Manifest(
    name="qlue",
    title_key="channel.qlue.title",
    kind=ChannelKind.WINDOW,
    poll_interval_ms=5 * MINUTE,
    rate=Rate(calls=60, per_ms=MINUTE, burst=10),
    report_kind=ReportKind.COMPLAINT,
    terms_key="channel.qlue.terms",
    exportable=True,
    options=(
        OptionSpec("version", "v3", "channel.qlue.option.version", choices=("v1", "v2", "v3")),
        OptionSpec("category", "", "channel.qlue.option.category", pattern=r"[A-Za-z0-9_]{0,40}"),
        OptionSpec("history", "yes", "channel.qlue.option.history", choices=("yes", "no")),
        OptionSpec("progress", "yes", "channel.qlue.option.progress", choices=("yes", "no")),
    ),
    categories=CATEGORIES,
)
