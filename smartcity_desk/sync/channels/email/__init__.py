"""E-mail to the city's address: each letter a report, each answer in its thread a reply."""

from smartcity_desk.sync.channel import ChannelType
from smartcity_desk.sync.channels.email.client import build
from smartcity_desk.sync.channels.email.manifest import MANIFEST

CHANNEL = ChannelType(MANIFEST, build)

__all__ = ["CHANNEL", "MANIFEST"]
