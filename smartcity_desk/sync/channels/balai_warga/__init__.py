"""Balai Warga, the forum of the city's portal: by its notification mails, over Open311, or from files."""

from smartcity_desk.sync.channel import ChannelType
from smartcity_desk.sync.channels.balai_warga.client import build
from smartcity_desk.sync.channels.balai_warga.manifest import MAIL, MANIFEST

CHANNEL = ChannelType(MANIFEST, build)

__all__ = ["CHANNEL", "MAIL", "MANIFEST"]
