"""Reports that an operator enters at a desk: by telephone, at the counter, by letter. Nobody is asked."""

from smartcity_desk.sync.channel import ChannelType
from smartcity_desk.sync.channels.manual.client import ManualClient
from smartcity_desk.sync.channels.manual.manifest import MANIFEST

CHANNEL = ChannelType(MANIFEST, ManualClient)
