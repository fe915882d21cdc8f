"""QLUE: the marker lists of the citizens' app that the city used until 2021, and what was done about each marker."""

from smartcity_desk.sync.channel import ChannelType
from smartcity_desk.sync.channels.qlue.client import QlueClient
from smartcity_desk.sync.channels.qlue.manifest import MANIFEST

CHANNEL = ChannelType(MANIFEST, QlueClient)
