"""What an Open311 server is to a desk (channels paper 10)."""

from __future__ import annotations

from smartcity_desk.domain.report import ReportKind
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.sync.channel import ChannelKind, Manifest, OptionSpec
from smartcity_desk.sync.georeport.client import ASK_AGAIN, CHANGES
from smartcity_desk.sync.georeport.paging import Style
from smartcity_desk.sync.ratelimit import Rate

MANIFEST = Manifest(
    name="open311",
    title_key="channel.open311.title",
    kind=ChannelKind.WINDOW,
    poll_interval_ms=5 * MINUTE,
    # One walk is one line of requests, each after the last answer: the server's own pace is the real limit.
    rate=Rate(calls=1_200, per_ms=MINUTE, burst=50),
    report_kind=ReportKind.COMPLAINT,
    terms_key="channel.open311.terms",
    exportable=True,
    options=(
        OptionSpec(
            "jurisdiction_id", "", "channel.open311.option.jurisdiction_id", pattern=r"[\w.:/-]{0,120}"
        ),
        OptionSpec("api_key", "", "channel.open311.option.api_key", secret=True),
        OptionSpec("changes", ASK_AGAIN, "channel.open311.option.changes", choices=CHANGES),
        OptionSpec(
            "paging", Style.PAGE.value, "channel.open311.option.paging", choices=tuple(s.value for s in Style)
        ),
        OptionSpec("format", "json", "channel.open311.option.format", choices=("json", "xml")),
        OptionSpec("page_size", "500", "channel.open311.option.page_size", pattern=r"[1-9][0-9]{0,2}|1000"),
        OptionSpec("pages", "40", "channel.open311.option.pages", pattern=r"[1-9][0-9]{0,2}"),
        OptionSpec("days", "30", "channel.open311.option.days", pattern=r"[1-9]|[1-8][0-9]|90"),
        OptionSpec("link", "", "channel.open311.option.link", pattern=r"|https?://\S{1,300}"),
        OptionSpec(
            "categories",
            "",
            "channel.open311.option.categories",
            pattern=r"\*|(\S+=[a-z_]+( +\S+=[a-z_]+)*)?",
        ),
    ),
)
