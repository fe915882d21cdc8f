"""Switching language, theme, density and text size while the desk runs."""

from __future__ import annotations

from smartcity_desk import config, i18n
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.i18n import tr
from smartcity_desk.ui import theme as themes
from smartcity_desk.ui.qt_texts import install
from smartcity_desk.ui.services import Desk

CYCLE = ("light", "dark", "contrast")


def theme_of(settings: config.Settings) -> themes.Theme:
    """The theme that the settings ask for."""
    return themes.make(
        settings.get(config.THEME), settings.get(config.DENSITY), settings.get(config.FONT_PERCENT)
    )


def set_language(desk: Desk, language: str) -> None:
    """Speak another language from now on, everywhere, and remember it."""
    if language == i18n.language():
        return
    desk.settings.set(config.LANGUAGE, language)
    i18n.set_language(language)
    install()
    desk.bridge.language_changed.emit()
    _save(desk)


def next_language(desk: Desk) -> None:
    """The other language."""
    at = i18n.LANGUAGES.index(i18n.language())
    set_language(desk, i18n.LANGUAGES[(at + 1) % len(i18n.LANGUAGES)])


def set_theme(desk: Desk, name: str) -> None:
    """Another theme, now and next time."""
    desk.settings.set(config.THEME, name)
    _dress(desk)


def next_theme(desk: Desk) -> None:
    """Light, dark, high contrast, and round again."""
    at = CYCLE.index(desk.theme.name)
    set_theme(desk, CYCLE[(at + 1) % len(CYCLE)])
    desk.notify.say(
        tr("shell.theme.now", theme=tr(f"settings.theme.{desk.theme.name}")), seconds=2.5, replaces="theme"
    )


def set_density(desk: Desk, name: str) -> None:
    """Roomy or close rows."""
    desk.settings.set(config.DENSITY, name)
    _dress(desk)


def set_percent(desk: Desk, percent: int) -> None:
    """Another text size."""
    if percent != desk.settings.get(config.FONT_PERCENT):
        desk.settings.set(config.FONT_PERCENT, percent)
        _dress(desk)


def _dress(desk: Desk) -> None:
    desk.theme = theme_of(desk.settings)
    themes.apply(desk.theme)
    desk.bridge.theme_changed.emit()
    _save(desk)


def _save(desk: Desk) -> None:
    desk.tasks.replace("settings.save", _write(desk))


async def _write(desk: Desk) -> None:
    try:
        await desk.errands.run(desk.settings.save)
    except DeskError as problem:
        desk.notify.error(problem)
