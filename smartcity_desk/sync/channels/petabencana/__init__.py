"""PetaBencana.id / CogniCity: disaster reports over a sliding window."""

from smartcity_desk.sync.channel import ChannelType
from smartcity_desk.sync.channels.petabencana.client import PetabencanaClient
from smartcity_desk.sync.channels.petabencana.manifest import MANIFEST

CHANNEL = ChannelType(MANIFEST, PetabencanaClient)
