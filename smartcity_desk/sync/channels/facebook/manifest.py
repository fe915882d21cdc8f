"""What a Facebook page is (channels paper 4). No option names a person to watch: Meta's terms and the law forbid it."""

from __future__ import annotations

from smartcity_desk.domain.report import ReportKind
from smartcity_desk.domain.times import HOUR, MINUTE
from smartcity_desk.sync.channel import ChannelKind, Manifest, OptionSpec
from smartcity_desk.sync.ratelimit import Rate

MANIFEST = Manifest(
    name="facebook",
    title_key="channel.facebook.title",
    kind=ChannelKind.SINCE,
    poll_interval_ms=5 * MINUTE,
    rate=Rate(calls=600, per_ms=HOUR, burst=30),  # the usage headers say when that is too much
    report_kind=ReportKind.COMPLAINT,
    terms_key="channel.facebook.terms",
    exportable=False,  # Platform Data: not handed on
    default_url="https://graph.facebook.com",
    options=(
        OptionSpec("token", "", "channel.facebook.option.token", secret=True, required=True),
        OptionSpec("page", "", "channel.facebook.option.page", required=True, pattern=r"[0-9]{1,20}"),
        OptionSpec(
            "version", "v26.0", "channel.facebook.option.version", pattern=r"v[1-9][0-9]{0,2}\.[0-9]{1,2}"
        ),
        OptionSpec("posts", "both", "channel.facebook.option.posts", choices=("both", "feed", "tagged")),
        OptionSpec("own", "no", "channel.facebook.option.own", choices=("no", "yes")),
        OptionSpec("comments", "yes", "channel.facebook.option.comments", choices=("yes", "no")),
        OptionSpec("days", "30", "channel.facebook.option.days", pattern=r"[1-9][0-9]{0,2}"),
        OptionSpec("pages", "20", "channel.facebook.option.pages", pattern=r"[1-9][0-9]?"),
    ),
    forgets=True,  # the terms name no time: what is gone there, and what is needed no longer
)
