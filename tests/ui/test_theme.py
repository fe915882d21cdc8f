"""The token table: every text reads on every ground, and nothing has a colour of its own."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from PySide6.QtGui import QFontInfo, QFontMetrics
from PySide6.QtWidgets import QApplication

import smartcity_desk
from smartcity_desk.ui import theme
from smartcity_desk.ui.theme import GROUND_TOKENS, SCHEMES, SHAPES, TEXT_TOKENS, State, Tokens

UI = Path(smartcity_desk.__file__).parent / "ui"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_text_reads_on_every_ground(scheme: str) -> None:
    tokens = SCHEMES[scheme]
    poor = [
        (text, ground, round(theme.contrast(getattr(tokens, text), getattr(tokens, ground)), 2))
        for text in TEXT_TOKENS
        for ground in GROUND_TOKENS
        if theme.contrast(getattr(tokens, text), getattr(tokens, ground)) < 4.5
    ]
    assert poor == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_chosen_things_controls_and_focus_can_be_told(scheme: str) -> None:
    tokens = SCHEMES[scheme]
    assert theme.contrast(tokens.on_accent, tokens.accent) >= 4.5
    assert theme.contrast(tokens.on_selection, tokens.selection) >= 4.5
    for ground in (tokens.window, tokens.surface, tokens.raised):
        assert theme.contrast(tokens.outline, ground) >= 3
        assert theme.contrast(tokens.focus, ground) >= 3


def test_contrast_is_the_formula_of_the_guideline() -> None:
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert theme.contrast("#123456", "#123456") == 1


def test_every_token_is_a_colour() -> None:
    for tokens in SCHEMES.values():
        for field in fields(Tokens):
            assert re.fullmatch(r"#[0-9a-f]{6}", getattr(tokens, field.name)), field.name


def test_every_state_has_a_shape_of_its_own_that_the_font_can_draw(qapp: QApplication) -> None:
    assert set(SHAPES) == set(State)
    assert len(set(SHAPES.values())) == len(SHAPES)
    metrics = QFontMetrics(theme.make("light").font())
    for shape in SHAPES.values():
        assert metrics.horizontalAdvance(shape) > 0


@pytest.mark.parametrize("path", sorted(UI.rglob("*.py")), ids=lambda path: path.relative_to(UI).as_posix())
def test_no_colour_stands_outside_the_table(path: Path) -> None:
    if path.name == "theme.py":
        return
    source = path.read_text(encoding="utf-8")
    assert re.findall(r"[\"']#[0-9a-fA-F]{3,8}[\"']|QColor\([\"'\d]|\brgba?\(", source) == []


def test_figures_have_one_width(qapp: QApplication) -> None:
    metrics = QFontMetrics(theme.make("light").font())
    assert len({metrics.horizontalAdvance(str(digit)) for digit in range(10)}) == 1


@pytest.mark.parametrize("percent", [75, 100, 150, 200])
@pytest.mark.parametrize("density", theme.DENSITIES)
def test_rows_hold_their_text_at_every_size(qapp: QApplication, percent: int, density: str) -> None:
    look = theme.make("light", density, percent)
    assert look.row_height >= QFontMetrics(look.font()).height()
    assert QFontInfo(look.font()).pixelSize() >= 10


def test_applying_a_theme_dresses_the_application(qapp: QApplication) -> None:
    for name in SCHEMES:
        look = theme.make(name)
        theme.apply(look)
        assert qapp.palette().window().color().name() == look.tokens.window
        assert look.tokens.accent in qapp.styleSheet()
    assert "{" not in theme.stylesheet(theme.make("dark")).replace("{ ", "").replace(" {", "").replace(
        "{\n", ""
    )
    theme.apply(theme.make("light"))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_state_stands_behind_the_part_that_it_is_of(scheme: str) -> None:
    """Before it, a rule of an item becomes a rule of the whole list."""
    assert re.findall(r"[\w#]+:[\w!-]+::[\w-]+", theme.stylesheet(theme.make(scheme))) == []
