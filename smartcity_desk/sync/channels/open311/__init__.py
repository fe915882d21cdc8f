"""Open311 GeoReport v2: any city's, office's or partner's server of citizens' requests."""

from smartcity_desk.sync.channel import ChannelType
from smartcity_desk.sync.channels.open311.client import build
from smartcity_desk.sync.channels.open311.manifest import MANIFEST

CHANNEL = ChannelType(MANIFEST, build)
