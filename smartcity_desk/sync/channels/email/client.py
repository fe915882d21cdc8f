"""The client of the city's mailbox: the walk that all mail channels share, without what another channel reads."""

from __future__ import annotations

from functools import partial

from smartcity_desk.sync.channel import Setup
from smartcity_desk.sync.channels.email import mapping
from smartcity_desk.sync.mailbox.client import MailboxClient, Rules, access_of, matcher


def build(setup: Setup) -> MailboxClient:
    """The client of one profile."""
    others = matcher(setup.options.get("not_from", ""))
    rules = Rules(wants=lambda sender: not others(sender), most_mb=int(setup.options.get("most_mb") or 25))
    box = mapping.box(setup.pseudonym, setup.options.get("home", ""))
    return MailboxClient(partial(access_of, mapping.NAME, setup), box, rules)
