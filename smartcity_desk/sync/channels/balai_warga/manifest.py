"""What Balai Warga is (channels paper 9): nothing of its own is served; three ways in are inferred, one is chosen."""

from __future__ import annotations

from typing import Final

from smartcity_desk.domain.report import ReportKind
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.sync.channel import ChannelKind, Manifest, OptionSpec
from smartcity_desk.sync.georeport.client import CHANGES, SERVICE_UPDATES
from smartcity_desk.sync.mailbox.client import secret_of
from smartcity_desk.sync.ratelimit import Rate

MAIL: Final = "mail"
OPEN311: Final = "open311"
FILE: Final = "file"
JURISDICTION: Final = "jakarta.go.id"
SERVICE: Final = "balai-warga"

MANIFEST = Manifest(
    name="balai_warga",
    title_key="channel.balai_warga.title",
    kind=ChannelKind.SINCE,
    poll_interval_ms=5 * MINUTE,
    rate=Rate(calls=600, per_ms=MINUTE, burst=20),
    report_kind=ReportKind.COMPLAINT,
    terms_key="channel.balai_warga.terms",
    exportable=True,
    options=(
        OptionSpec("mode", MAIL, "channel.balai_warga.option.mode", choices=(MAIL, OPEN311, FILE)),
        OptionSpec(
            "sender",
            "balaiwarga@jakarta.go.id",
            "channel.balai_warga.option.sender",
            pattern=r"[^\r\n]{3,500}",
        ),
        OptionSpec("user", "dki@jakarta.go.id", "channel.balai_warga.option.user", pattern=r".{1,200}"),
        OptionSpec("password", "", "channel.balai_warga.option.password", secret=True),
        OptionSpec("token", "", "channel.balai_warga.option.token", secret=True),
        OptionSpec(
            "login",
            "password",
            "channel.balai_warga.option.login",
            choices=("password", "xoauth2", "oauthbearer"),
        ),
        OptionSpec("folder", "INBOX", "channel.balai_warga.option.folder", pattern=r".{1,200}"),
        OptionSpec("ca_file", "", "channel.balai_warga.option.ca_file", pattern=r"[^\r\n]{0,500}"),
        OptionSpec(
            "jurisdiction_id",
            JURISDICTION,
            "channel.balai_warga.option.jurisdiction_id",
            pattern=r"[\w.:/-]{0,120}",
        ),
        OptionSpec(
            "service_code", SERVICE, "channel.balai_warga.option.service_code", pattern=r"[\w.:/-]{0,120}"
        ),
        # a thread's answers are the request's updates
        OptionSpec("changes", SERVICE_UPDATES, "channel.balai_warga.option.changes", choices=CHANGES),
        OptionSpec("api_key", "", "channel.balai_warga.option.api_key", secret=True),
    ),
    schemes=("imaps", "imap", "https", "http"),
    wakes=True,
    secret_by=lambda options: secret_of(options) if options.get("mode") == MAIL else "",
)
