"""Whether opening the map took the desk with it the last time."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from smartcity_desk import config

if TYPE_CHECKING:
    from pathlib import Path

    from smartcity_desk.config import Settings


class CrashMark:
    """A file that lies there while the map opens: found at the next start, it says that opening took the desk with it.

    Then the picture is drawn without the graphics card, once or until the operator says otherwise.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def wants_software(self, settings: Settings) -> bool:
        """Whether to do without the graphics card: by the setting, or after a crash."""
        return settings.get(config.MAP_GRAPHICS) == "software" or self._path.exists()

    def set(self) -> None:
        """The map opens now. A folder that cannot be written does without the mark."""
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch()

    def clear(self) -> None:
        """The map is open."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
