"""Facebook: what citizens write on the city's page, and public posts that tag it."""

from smartcity_desk.sync.channel import ChannelType
from smartcity_desk.sync.channels.facebook.client import FacebookClient
from smartcity_desk.sync.channels.facebook.manifest import MANIFEST

CHANNEL = ChannelType(MANIFEST, FacebookClient)
