"""What X is (channels paper 3). No option names a person to watch: its terms and the law forbid that (paper 13.6)."""

from __future__ import annotations

from smartcity_desk.domain.report import ReportKind
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.sync.channel import ChannelKind, Manifest, OptionSpec
from smartcity_desk.sync.ratelimit import Rate

MANIFEST = Manifest(
    name="x",
    title_key="channel.x.title",
    kind=ChannelKind.SINCE,
    poll_interval_ms=2 * MINUTE,
    rate=Rate(calls=300, per_ms=15 * MINUTE, burst=10),
    report_kind=ReportKind.COMPLAINT,
    terms_key="channel.x.terms",
    exportable=False,  # hand-over of whole posts is limited; ids are preferred
    default_url="https://api.x.com",
    options=(
        OptionSpec("token", "", "channel.x.option.token", secret=True, required=True),
        # A mention of one's own account costs a fifth of a post found by search.
        OptionSpec("mode", "mentions", "channel.x.option.mode", choices=("mentions", "search")),
        OptionSpec("account", "jakartagoid", "channel.x.option.account", pattern=r"[A-Za-z0-9_]{1,15}"),
        OptionSpec("query", "@jakartagoid -is:retweet", "channel.x.option.query", pattern=r"(?s).{1,512}"),
        OptionSpec(
            "fields", "tweet.fields", "channel.x.option.fields", choices=("tweet.fields", "post.fields")
        ),
        OptionSpec("pages", "40", "channel.x.option.pages", pattern=r"[1-9][0-9]{0,2}"),
    ),
    forgets=True,
)
