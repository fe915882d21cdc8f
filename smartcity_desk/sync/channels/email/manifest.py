"""What the city's mailbox is (channels paper 5). Which server it lies on, only the unit can say."""

from __future__ import annotations

from smartcity_desk.domain.report import ReportKind
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.sync.channel import ChannelKind, Manifest, OptionSpec
from smartcity_desk.sync.mailbox.client import secret_of
from smartcity_desk.sync.ratelimit import Rate

MANIFEST = Manifest(
    name="email",
    title_key="channel.email.title",
    kind=ChannelKind.SINCE,
    poll_interval_ms=5 * MINUTE,
    rate=Rate(calls=60, per_ms=MINUTE, burst=5),
    report_kind=ReportKind.COMPLAINT,
    terms_key="channel.email.terms",
    exportable=True,
    options=(
        OptionSpec(
            "user", "dki@jakarta.go.id", "channel.email.option.user", required=True, pattern=r".{1,200}"
        ),
        OptionSpec("password", "", "channel.email.option.password", secret=True),
        OptionSpec("token", "", "channel.email.option.token", secret=True),
        OptionSpec(
            "login",
            "password",
            "channel.email.option.login",
            choices=("password", "xoauth2", "oauthbearer"),
        ),
        OptionSpec("folder", "INBOX", "channel.email.option.folder", pattern=r".{1,200}"),
        OptionSpec("home", "jakarta.go.id", "channel.email.option.home", pattern=r"[\w.-]{0,120}"),
        OptionSpec("not_from", "", "channel.email.option.not_from", pattern=r"[^\r\n]{0,500}"),
        OptionSpec("most_mb", "25", "channel.email.option.most_mb", pattern=r"[1-9]|[1-4][0-9]|50"),
        OptionSpec("ca_file", "", "channel.email.option.ca_file", pattern=r"[^\r\n]{0,500}"),
    ),
    schemes=("imaps", "imap"),
    wakes=True,
    secret_by=secret_of,
)
