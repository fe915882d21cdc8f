"""One request of an Open311 server to a report. Pure; what all Open311 channels share is in `sync.georeport`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from smartcity_desk.domain.report import Report
from smartcity_desk.sync.georeport import mapping
from smartcity_desk.sync.georeport.mapping import Dialect

NAME: Final = "open311"
PLAIN: Final = Dialect(NAME)
"""A server of which nothing else is known."""


def dialect(options: Mapping[str, str]) -> Dialect:
    """How this profile reads the server."""
    codes, own = mapping.categories_of(options.get("categories", ""))
    return Dialect(NAME, options.get("link", ""), codes, own)


def to_report(item: Any) -> Report:
    """The report of one request, its options unknown. Raises `BadData` that names the field."""
    return mapping.to_report(item, PLAIN)
