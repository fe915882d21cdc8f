"""What LAPOR! is (channels paper 6). Nothing public is served today: the unit gets an address from its operator."""

from __future__ import annotations

from typing import Final

from smartcity_desk.domain.report import ReportKind
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.sync.channel import ChannelKind, Manifest, OptionSpec
from smartcity_desk.sync.georeport.client import CHANGES, SERVICE_UPDATES
from smartcity_desk.sync.georeport.paging import Style
from smartcity_desk.sync.ratelimit import Rate

JURISDICTION: Final = "lapor.go.id"

MANIFEST = Manifest(
    name="lapor",
    title_key="channel.lapor.title",
    kind=ChannelKind.WINDOW,
    poll_interval_ms=5 * MINUTE,
    rate=Rate(calls=600, per_ms=MINUTE, burst=20),
    report_kind=ReportKind.COMPLAINT,
    terms_key="channel.lapor.terms",
    exportable=True,
    options=(
        OptionSpec(
            "jurisdiction_id",
            JURISDICTION,
            "channel.lapor.option.jurisdiction_id",
            pattern=r"[\w.:/-]{0,120}",
        ),
        OptionSpec("api_key", "", "channel.lapor.option.api_key", secret=True),
        OptionSpec("changes", SERVICE_UPDATES, "channel.lapor.option.changes", choices=CHANGES),
        OptionSpec(
            "paging", Style.PAGE.value, "channel.lapor.option.paging", choices=tuple(s.value for s in Style)
        ),
        OptionSpec("format", "json", "channel.lapor.option.format", choices=("json", "xml")),
        OptionSpec("page_size", "500", "channel.lapor.option.page_size", pattern=r"[1-9][0-9]{0,2}|1000"),
        OptionSpec("pages", "40", "channel.lapor.option.pages", pattern=r"[1-9][0-9]{0,2}"),
        OptionSpec("days", "30", "channel.lapor.option.days", pattern=r"[1-9]|[1-8][0-9]|90"),
        OptionSpec(
            "categories", "", "channel.lapor.option.categories", pattern=r"\*|(\S+=[a-z_]+( +\S+=[a-z_]+)*)?"
        ),
    ),
)
