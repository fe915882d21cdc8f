"""Saved views: the built-in ones, the operator's own, and their counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from smartcity_desk.config import LAST_VIEW, SAVED_VIEWS, Json
from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.query import BUILTIN_VIEWS, Filter, View, for_user
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats

if TYPE_CHECKING:
    from smartcity_desk.config import Settings

NAME_MAX: Final = 60
OWN_MAX: Final = 40


class Views:
    """The views of one profile in the order of the side bar; own ones live in the settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._own = [view for entry in settings.get(SAVED_VIEWS) if (view := _read(entry)) is not None]

    @property
    def all(self) -> list[View]:
        """Built-in ones, then own ones."""
        return [*BUILTIN_VIEWS, *self._own]

    def get(self, key: str) -> View | None:
        """A view by its key."""
        return next((view for view in self.all if view.key == key), None)

    def last(self) -> View:
        """The view that was open last, or the first one."""
        return self.get(self._settings.get(LAST_VIEW)) or BUILTIN_VIEWS[0]

    def remember(self, view: View) -> None:
        """Open this one next time."""
        self._settings.set(LAST_VIEW, view.key)

    def save(self, name: str, wanted: Filter) -> View:
        """Keep a filter under a name; a name that is there already gets the new filter."""
        clean = formats.one_line(name, NAME_MAX)
        for at, view in enumerate(self._own):
            if view.name.casefold() == clean.casefold():
                self._own[at] = replace(view, filter=wanted)
                self._write()
                return self._own[at]
        taken = {view.key for view in self._own}
        key = next(f"own{n}" for n in range(1, len(taken) + 2) if f"own{n}" not in taken)
        self._own.append(View(key, wanted, clean))
        del self._own[OWN_MAX:]
        self._write()
        return self._own[-1]

    def rename(self, key: str, name: str) -> None:
        """Call an own view otherwise; a built-in one keeps its name."""
        self._own = [
            replace(view, name=formats.one_line(name, NAME_MAX)) if view.key == key else view
            for view in self._own
        ]
        self._write()

    def delete(self, key: str) -> View | None:
        """Drop an own view; return it, so that it can be brought back."""
        found = next((view for view in self._own if view.key == key), None)
        self._own = [view for view in self._own if view.key != key]
        self._write()
        return found

    def filters(self, user: str) -> list[Filter]:
        """The filters to count, in the order of `all`."""
        return [for_user(view.filter, user) for view in self.all]

    def _write(self) -> None:
        from smartcity_desk import codec

        entries: list[Json] = [
            {"key": view.key, "name": view.name, "filter": codec.builtins(view.filter)} for view in self._own
        ]
        self._settings.set(SAVED_VIEWS, entries)


def _read(entry: Json) -> View | None:
    """A stored view; one that cannot be read is passed over, because a newer version may have written it."""
    if not isinstance(entry, dict):
        return None
    from smartcity_desk import codec

    key, name = entry.get("key"), entry.get("name")
    if not isinstance(key, str) or not isinstance(name, str) or not name:
        return None
    try:
        return View(
            key, codec.convert(entry.get("filter"), Filter, key="filter"), formats.one_line(name, NAME_MAX)
        )
    except BadData:
        return None


def view_name(view: View) -> str:
    """What a view is called."""
    return tr(f"view.{view.key}") if view.builtin else view.name


def names(views: Sequence[View]) -> list[str]:
    """What each is called."""
    return [view_name(view) for view in views]
