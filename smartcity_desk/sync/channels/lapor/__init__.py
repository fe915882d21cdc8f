"""LAPOR! 1708 / SP4N-LAPOR!: the national channel of complaints, read over Open311 until its own papers are here."""

from smartcity_desk.sync.channel import ChannelType
from smartcity_desk.sync.channels.lapor.client import LaporClient
from smartcity_desk.sync.channels.lapor.manifest import MANIFEST

CHANNEL = ChannelType(MANIFEST, LaporClient)
