"""The client of an Open311 server: the walk that all Open311 channels share, with this one's reading of a request."""

from __future__ import annotations

from smartcity_desk.sync.channel import Setup
from smartcity_desk.sync.channels.open311 import mapping
from smartcity_desk.sync.channels.open311.manifest import MANIFEST
from smartcity_desk.sync.georeport.client import GeoReportClient


def build(setup: Setup) -> GeoReportClient:
    """The client of one profile."""
    return GeoReportClient(setup, mapping.dialect(setup.options), MANIFEST.poll_interval_ms)
