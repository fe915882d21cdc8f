"""What PetaBencana is (channels paper 1)."""

from __future__ import annotations

from smartcity_desk.domain.report import ReportKind
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.sync.channel import ChannelKind, Manifest, OptionSpec
from smartcity_desk.sync.ratelimit import Rate

MANIFEST = Manifest(
    name="petabencana",
    title_key="channel.petabencana.title",
    kind=ChannelKind.WINDOW,
    poll_interval_ms=MINUTE,  # answers are cached for one minute: asking faster is of no use
    rate=Rate(calls=30, per_ms=MINUTE, burst=5),
    report_kind=ReportKind.COMPLAINT,
    terms_key="channel.petabencana.terms",
    exportable=True,
    default_url="https://api.petabencana.id",
    options=(
        OptionSpec("admin", "ID-JK", "channel.petabencana.option.admin", pattern=r"([A-Z]{2}-[A-Z0-9]{2})?"),
        OptionSpec(
            "disaster",
            "",
            "channel.petabencana.option.disaster",
            choices=("", "flood", "earthquake", "fire", "haze", "wind", "volcano", "typhoon"),
        ),
        OptionSpec(
            "window_hours", "168", "channel.petabencana.option.window_hours", pattern=r"[1-9][0-9]{0,2}"
        ),
        OptionSpec(
            "format", "geojson", "channel.petabencana.option.format", choices=("geojson", "topojson", "cap")
        ),
        OptionSpec(
            "archive", "", "channel.petabencana.option.archive", choices=("", "express", "serverless")
        ),
        OptionSpec("api_key", "", "channel.petabencana.option.api_key", secret=True),
    ),
)
