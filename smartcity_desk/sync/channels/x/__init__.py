"""X (Twitter): posts that mention the city's account, or that a search finds."""

from smartcity_desk.sync.channel import ChannelType
from smartcity_desk.sync.channels.x.client import XClient
from smartcity_desk.sync.channels.x.manifest import MANIFEST

CHANNEL = ChannelType(MANIFEST, XClient)
