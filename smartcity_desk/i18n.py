"""Every word an operator reads comes from a catalogue, chosen by key.

A key such as ``triage.empty.title`` names its catalogue by its first segment: this one stands in
``resources/i18n/<language>/LC_MESSAGES/triage.mo``. Catalogues load when first asked for, so importing this
module costs nothing. Standard library only: the command line and the sync process use it as well as the desk.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from smartcity_desk import paths

LANGUAGES: Final = ("id", "en")
DEFAULT_LANGUAGE: Final = "id"
STRICT_VARIABLE: Final = "SMARTCITY_I18N_STRICT"

_current: str = DEFAULT_LANGUAGE
_aside: Final[ContextVar[str | None]] = ContextVar("language_aside", default=None)
_loaded: dict[tuple[str, str], gettext.NullTranslations] = {}


class MissingTextError(LookupError):
    """A key has no text, or its text asks for a parameter that was not given. Raised in tests only."""


def key(name: str) -> str:
    """Mark a key that stands in a table and reaches :func:`tr` later, so that the catalogue check sees it."""
    return name


def set_language(language: str) -> None:
    """Speak this language from now on. Raises ValueError for one that has no catalogues."""
    if language not in LANGUAGES:
        raise ValueError(f"no catalogues for language {language!r}")
    global _current  # noqa: PLW0603 - one process speaks one language at a time
    _current = language


def language() -> str:
    """Return the code of the language spoken now: ``id`` or ``en``."""
    return _aside.get() or _current


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak `language` inside the block, in this thread or task only: an English paper from an Indonesian desk.

    Raises ValueError for one that has no catalogues.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no catalogues for language {language!r}")
    token = _aside.set(language)
    try:
        yield
    finally:
        _aside.reset(token)


def tr(key: str, /, **params: object) -> str:
    """Return the text of `key` in the language spoken now, with `params` put in by name.

    Numbers are shown as they are; give ``format_number(n)`` for a count that may need its thousands marked.
    A key without a text shows as itself, and raises :class:`MissingTextError` where the environment has
    ``SMARTCITY_I18N_STRICT=1``.
    """
    for candidate in _languages():
        text = _catalogue(candidate, key).gettext(key)
        if text != key:
            return _fill(key, text, params)
    return _missing(key)


def trn(key: str, n: int, /, **params: object) -> str:
    """Return the text of `key` for a count of `n`, which the text may name as ``{n}`` (thousands marked)."""
    for candidate in _languages():
        text = _catalogue(candidate, key).ngettext(key, key, n)
        if text != key:
            return _fill(key, text, {"n": format_number(n), **params})
    return _missing(key)


def has_text(key: str) -> bool:
    """Tell whether the language spoken now, or the default one, has a text for `key`."""
    return any(_catalogue(candidate, key).gettext(key) != key for candidate in _languages())


def format_number(value: int) -> str:
    """Write a whole number with its thousands marked as the language spoken now marks them: 1.234 or 1,234."""
    grouped = f"{value:,}"
    return grouped.replace(",", ".") if language() == "id" else grouped


def _languages() -> tuple[str, ...]:
    spoken = language()
    return (spoken,) if spoken == DEFAULT_LANGUAGE else (spoken, DEFAULT_LANGUAGE)


def _catalogue(language: str, key: str) -> gettext.NullTranslations:
    name = key.partition(".")[0]
    found = _loaded.get((language, name))
    if found is None:
        found = _load(language, name)
        _loaded[(language, name)] = found
    return found


def _load(language: str, name: str) -> gettext.NullTranslations:
    if not name.isidentifier():  # a key never leads out of the catalogue folder
        return gettext.NullTranslations()
    try:
        with paths.resource("i18n", language, "LC_MESSAGES", f"{name}.mo").open("rb") as stream:
            return gettext.GNUTranslations(stream)
    except FileNotFoundError:
        return gettext.NullTranslations()


def _fill(key: str, text: str, params: dict[str, object]) -> str:
    try:
        return text.format_map(params)
    except (KeyError, IndexError, ValueError) as problem:
        if _strict():
            raise MissingTextError(
                f"{key}: the text wants a parameter that was not given: {problem}"
            ) from problem
        return text


def _missing(key: str) -> str:
    if _strict():
        raise MissingTextError(f"no text for {key!r} in {language()!r}")
    return key


def _strict() -> bool:
    return os.environ.get(STRICT_VARIABLE, "") not in {"", "0"}
