"""How a unit has set each layer: on or off, and what it put in place of the table's reader, address and part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from smartcity_desk import config
from smartcity_desk.config import Json, Settings, check_url
from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.domain.times import DAY, MINUTE
from smartcity_desk.place.layers.known import KNOWN, Known, Reader, known

ASKED: Final = frozenset({Reader.WATER, Reader.ARCGIS, Reader.OVERPASS, Reader.SATUDATA})
"""Readers that ask a server."""
LEAST_EVERY: Final = MINUTE
MOST_EVERY: Final = 365 * DAY
_MOST_TEXT: Final = 2_000


@dataclass(frozen=True, slots=True)
class Plan:
    """A layer as it is asked for in this profile. `mapping` names columns of a table (`lat=Y,lon=X`)."""

    about: Known
    enabled: bool
    reader: Reader
    url: str
    part: str
    every: int
    mapping: str = ""

    @property
    def name(self) -> str:
        """Which layer this is."""
        return self.about.name

    @property
    def ready(self) -> bool:
        """Whether there is enough to ask with."""
        return self.reader in ASKED and bool(self.url) and (bool(self.part) or self.reader not in _NEED_PART)


_NEED_PART: Final = frozenset({Reader.OVERPASS, Reader.SATUDATA})


def plan(settings: Settings, name: str) -> Plan:
    """How a layer is set; what the file says wrongly counts as not said. Raises ConfigProblem for a bad name."""
    about = known(name)
    stored = settings.get(config.LAYERS).get(name)
    said: Mapping[str, Any] = stored if isinstance(stored, dict) else {}
    reader = about.reader
    if said.get("reader") in set(ASKED):
        reader = Reader(str(said["reader"]))
    own = reader is about.reader
    every = said.get("every")
    return Plan(
        about,
        said.get("enabled") is True,
        reader,
        _text(said, "url") or (about.url if own else ""),
        _text(said, "part") or (about.part if own else ""),
        every if isinstance(every, int) and LEAST_EVERY <= every <= MOST_EVERY else about.every,
        _text(said, "mapping"),
    )


def plans(settings: Settings) -> tuple[Plan, ...]:
    """Every layer of the table and every other one that was ever set."""
    names = dict.fromkeys(KNOWN)
    for name in settings.get(config.LAYERS):
        try:
            known(name)
        except ConfigProblem:
            continue
        names[name] = None
    return tuple(plan(settings, name) for name in names)


def change(settings: Settings, name: str, **values: bool | str | int) -> None:
    """Set parts of a layer (`enabled`, `reader`, `url`, `part`, `every`, `mapping`); empty texts mean the table's own.

    The caller saves. Raises ConfigProblem for an address or a name that cannot be.
    """
    known(name)
    if isinstance(url := values.get("url"), str):
        check_url(url.strip())
    stored = settings.get(config.LAYERS)
    kept: dict[str, Json] = dict(stored)
    before = kept.get(name)
    said = dict(before) if isinstance(before, dict) else {}
    for key, value in values.items():
        if value == "":
            said.pop(key, None)
        else:
            said[key] = value.strip() if isinstance(value, str) else value
    kept[name] = said
    settings.set(config.LAYERS, kept)


def forget(settings: Settings, name: str) -> None:
    """Go back to the table's own. The caller saves."""
    stored = settings.get(config.LAYERS)
    kept: dict[str, Json] = dict(stored)
    kept.pop(name, None)
    settings.set(config.LAYERS, kept)


def secret_name(name: str) -> str:
    """Under which name the keyring has a layer's token."""
    return f"layer/{name}/token"


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    return value.strip() if isinstance(value, str) and len(value) <= _MOST_TEXT else ""
