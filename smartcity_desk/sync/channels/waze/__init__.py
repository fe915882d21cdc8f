"""Waze for Cities: a snapshot of traffic, context for the map and never work for an office."""

from smartcity_desk.sync.channel import ChannelType
from smartcity_desk.sync.channels.waze.client import WazeClient
from smartcity_desk.sync.channels.waze.manifest import MANIFEST

CHANNEL = ChannelType(MANIFEST, WazeClient)
