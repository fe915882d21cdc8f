"""One table of tokens: every colour, size and shape of the desk. No colour stands anywhere else.

Contrast is a promise kept by a test: each text colour reads at least 4.5:1 on each ground it may stand on.
Sizes are device-independent pixels on a 4 px grid; text sizes follow the operator's own percentage.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from functools import lru_cache
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette

from smartcity_desk import paths


class State(StrEnum):
    """What a report's clock or place can be, as the eye sees it: shape + word + colour."""

    OVERDUE = "overdue"
    SOON = "soon"
    IN_TIME = "in_time"
    PAUSED = "paused"
    VERIFY = "verify"
    CANDIDATE = "candidate"
    UNCERTAIN = "uncertain"


SHAPES: Final[dict[State, str]] = {
    State.OVERDUE: "▲",
    State.SOON: "◆",
    State.IN_TIME: "●",
    State.PAUSED: "‖",
    State.VERIFY: "◌",
    State.CANDIDATE: "⚑",
    State.UNCERTAIN: "≈",
}


@dataclass(frozen=True, slots=True)
class Tokens:
    """Colours of one scheme, as `#rrggbb`. Grounds: window, surface, raised, hover, selection, and the four tints."""

    window: str  # behind everything: bars, rail
    surface: str  # tables, panels, fields
    raised: str  # headers, cards, menus
    hover: str
    selection: str
    on_selection: str
    border: str  # between grounds
    outline: str  # around controls; at least 3:1 on its ground
    text: str
    muted: str  # text that needs no decision
    accent: str  # links, chosen things, primary buttons' ground
    on_accent: str
    focus: str
    overdue: str
    soon: str
    in_time: str
    paused: str
    verify: str
    candidate: str
    uncertain: str
    info_tint: str
    done_tint: str
    warning_tint: str
    error_tint: str


TEXT_TOKENS: Final = (
    "text",
    "muted",
    "accent",
    "overdue",
    "soon",
    "in_time",
    "paused",
    "verify",
    "candidate",
    "uncertain",
)
GROUND_TOKENS: Final = (
    "window",
    "surface",
    "raised",
    "hover",
    "selection",
    "info_tint",
    "done_tint",
    "warning_tint",
    "error_tint",
)

SCHEMES: Final[dict[str, Tokens]] = {
    "dark": Tokens(
        window="#12161b",
        surface="#191e24",
        raised="#20262e",
        hover="#252c35",
        selection="#1f3a52",
        on_selection="#ffffff",
        border="#2f3742",
        outline="#76828f",
        text="#e8ebef",
        muted="#a9b3bf",
        accent="#6cb6ff",
        on_accent="#06121e",
        focus="#8fcbff",
        overdue="#ff938a",
        soon="#f4bd50",
        in_time="#72cf92",
        paused="#a9b3bf",
        verify="#86c1ff",
        candidate="#cbb2ff",
        uncertain="#d9c98a",
        info_tint="#182a3b",
        done_tint="#16301f",
        warning_tint="#352a12",
        error_tint="#3b1d1c",
    ),
    "light": Tokens(
        window="#eceff3",
        surface="#ffffff",
        raised="#f5f7f9",
        hover="#e9eef4",
        selection="#d3e5f8",
        on_selection="#0d1b2a",
        border="#d0d6dd",
        outline="#7b8591",
        text="#1a1f25",
        muted="#4d5763",
        accent="#0a54a0",
        on_accent="#ffffff",
        focus="#0a54a0",
        overdue="#a81d18",
        soon="#774800",
        in_time="#135c32",
        paused="#4d5763",
        verify="#0b5199",
        candidate="#62369a",
        uncertain="#5c4d12",
        info_tint="#e0edfa",
        done_tint="#dff2e5",
        warning_tint="#fcefd3",
        error_tint="#fbe3e1",
    ),
    "contrast": Tokens(
        window="#000000",
        surface="#000000",
        raised="#0d0d0d",
        hover="#262626",
        selection="#003a66",
        on_selection="#ffffff",
        border="#ffffff",
        outline="#ffffff",
        text="#ffffff",
        muted="#ececec",
        accent="#ffe14d",
        on_accent="#000000",
        focus="#ffe14d",
        overdue="#ffaaa3",
        soon="#ffd24d",
        in_time="#8dffb0",
        paused="#ececec",
        verify="#a8d8ff",
        candidate="#e0ccff",
        uncertain="#fff0a8",
        info_tint="#001c33",
        done_tint="#002b12",
        warning_tint="#332400",
        error_tint="#3d0500",
    ),
}

DENSITIES: Final[dict[str, int]] = {"comfortable": 28, "compact": 22}
"""Height of a table row in pixels at 100 % text."""

# The first family that is installed. DejaVu Sans Condensed has every shape above and figures of one width.
_FAMILIES: Final = (
    "Segoe UI Variable Text",
    "Segoe UI",
    "SF Pro Text",
    "Inter",
    "Noto Sans",
    "DejaVu Sans Condensed",
    "DejaVu Sans",
)
_BASE_PIXELS: Final = 14


@dataclass(frozen=True, slots=True)
class Theme:
    """What the operator chose, made concrete: a scheme's tokens, row height and text size."""

    name: str
    tokens: Tokens
    density: str
    percent: int

    @property
    def row_height(self) -> int:
        """Height of a table row, grown with the text."""
        return max(DENSITIES[self.density], round(DENSITIES[self.density] * self.percent / 100))

    def pixels(self, size: int) -> int:
        """A length that grows with the text: `size` at 100 %, on whole pixels."""
        return max(1, round(size * self.percent / 100))

    @property
    def text_pixels(self) -> int:
        """Height of running text."""
        return self.pixels(_BASE_PIXELS if self.density == "comfortable" else _BASE_PIXELS - 1)

    def color(self, token: str) -> QColor:
        """A token as Qt's colour."""
        return _color(str(getattr(self.tokens, token)))

    def font(self, *, step: int = 0, bold: bool = False) -> QFont:
        """The desk's font. `step` -1 small, 0 running text, 1 heading, 2 title, 3 display. Figures of one width."""
        return QFont(_font(self.text_pixels, step, bold))


_STEPS: Final = {-1: 12 / 14, 0: 1.0, 1: 16 / 14, 2: 20 / 14, 3: 26 / 14}


@lru_cache(maxsize=64)
def _font(text_pixels: int, step: int, bold: bool) -> QFont:
    font = QFont(family())
    font.setPixelSize(max(10, round(text_pixels * _STEPS[step])))
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


@lru_cache(maxsize=512)
def _color(text: str) -> QColor:
    return QColor(text)


@lru_cache(maxsize=1)
def family() -> str:
    """The first of our families that this machine has; Qt's own choice when it has none."""
    installed = set(QFontDatabase.families())
    for name in _FAMILIES:
        if name in installed:
            return name
    return QGuiApplication.font().family()


def make(name: str, density: str = "comfortable", percent: int = 100) -> Theme:
    """The theme of a setting's name; `system` follows the desktop's own light or dark."""
    chosen = name
    if name == "system":
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        chosen = "dark" if dark else "light"
    return Theme(chosen, SCHEMES[chosen], density, percent)


def contrast(first: str, second: str) -> float:
    """The contrast of two colours by WCAG 2: 1 to 21."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    channels = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def palette(theme: Theme) -> QPalette:
    """Qt's palette made of the tokens, so that plain widgets need no style of their own."""
    tokens, result = theme.tokens, QPalette()
    role = QPalette.ColorRole
    for target, value in (
        (role.Window, tokens.window),
        (role.WindowText, tokens.text),
        (role.Base, tokens.surface),
        (role.AlternateBase, tokens.raised),
        (role.Text, tokens.text),
        (role.PlaceholderText, tokens.muted),
        (role.Button, tokens.raised),
        (role.ButtonText, tokens.text),
        (role.BrightText, tokens.overdue),
        (role.ToolTipBase, tokens.raised),
        (role.ToolTipText, tokens.text),
        (role.Highlight, tokens.selection),
        (role.HighlightedText, tokens.on_selection),
        (role.Accent, tokens.accent),
        (role.Link, tokens.accent),
        (role.LinkVisited, tokens.accent),
        (role.Light, tokens.hover),
        (role.Midlight, tokens.raised),
        (role.Mid, tokens.border),
        (role.Dark, tokens.border),
        (role.Shadow, tokens.window),
    ):
        result.setColor(target, _color(value))
    for target in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, target, _color(tokens.outline))
    return result


def stylesheet(theme: Theme) -> str:
    """The one style sheet. Item views keep Qt's own painting: rules for items would make every cell slow."""
    values = {field.name: getattr(theme.tokens, field.name) for field in fields(Tokens)}
    values |= {
        "control": theme.pixels(30),
        "pad": theme.pixels(10),
        "small": round(theme.text_pixels * _STEPS[-1]),
        "heading": round(theme.text_pixels * _STEPS[1]),
        "title": round(theme.text_pixels * _STEPS[2]),
        "display": round(theme.text_pixels * _STEPS[3]),
        "radius": 4,
        "head": theme.pixels(28),
        "arrow_down": _drawing("down", theme),
        "arrow_up": _drawing("up", theme),
        "tick": _drawing("check", theme),
        "box": theme.pixels(16),
        "half_box": theme.pixels(7),
    }
    return _SHEET.format_map(values)


def _drawing(name: str, theme: Theme) -> str:
    """A style sheet cannot tint a drawing, so arrows and ticks lie there in a light and a dark one."""
    ground = "light" if theme.name == "light" else "dark"
    return paths.resource("icons", f"{name}-on-{ground}.svg").as_posix()


_SHEET: Final = """
QToolTip {{ background: {raised}; color: {text}; border: 1px solid {outline}; padding: 4px 8px; }}
QPushButton {{ background: {raised}; color: {text}; border: 1px solid {outline}; border-radius: {radius}px;
  min-height: {control}px; padding: 0 {pad}px; }}
QPushButton:hover {{ background: {hover}; }}
QPushButton:pressed {{ background: {selection}; color: {on_selection}; }}
QPushButton:focus {{ border: 2px solid {focus}; }}
QPushButton:disabled {{ color: {outline}; border: 1px dashed {border}; background: {window}; }}
QPushButton[kind="primary"] {{ background: {accent}; color: {on_accent}; border-color: {accent}; font-weight: 600; }}
QPushButton[kind="primary"]:hover {{ border-color: {text}; }}
QPushButton[kind="primary"]:focus {{ border: 2px solid {text}; }}
QPushButton[kind="primary"]:disabled {{ background: {window}; color: {muted}; border: 1px dashed {outline}; }}
QPushButton[kind="quiet"], QToolButton {{ background: transparent; color: {text}; border: 1px solid transparent;
  border-radius: {radius}px; padding: 2px 8px; min-height: {head}px; }}
QPushButton[kind="quiet"]:hover, QToolButton:hover {{ background: {hover}; }}
QPushButton[kind="quiet"]:focus, QToolButton:focus {{ border: 2px solid {focus}; }}
QPushButton[kind="quiet"]:disabled, QToolButton:disabled {{ color: {outline}; }}
QPushButton[kind="quiet"]:checked {{ background: {selection}; color: {on_selection}; }}
QPushButton[line="start"] {{ text-align: left; padding-left: 0; }}
QPushButton[kind="head"] {{ background: transparent; color: {muted}; border: none; border-radius: 0; text-align: left;
  border-bottom: 2px solid {border}; padding: 2px 4px; min-height: {head}px; }}
QPushButton[kind="head"]:hover {{ background: {hover}; }}
QPushButton[kind="head"]:checked {{ color: {text}; font-weight: 600; border-bottom: 2px solid {accent}; }}
QPushButton[kind="head"]:focus {{ border: 2px solid {focus}; }}
QToolButton:checked {{ background: {selection}; color: {on_selection}; }}
QToolButton::menu-indicator {{ image: none; width: 0; }}
QToolButton[kind="rail"] {{ border-radius: 0; border-left: 3px solid transparent; padding: 8px 2px;
  color: {muted}; font-size: {small}px; }}
QToolButton[kind="rail"]:hover {{ color: {text}; }}
QToolButton[kind="rail"]:checked {{ background: {surface}; color: {text}; border-left: 3px solid {accent}; }}
QToolButton[kind="rail"]:focus {{ border: 2px solid {focus}; }}
QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QSpinBox, QDateTimeEdit, QKeySequenceEdit QLineEdit {{
  background: {surface}; color: {text}; border: 1px solid {outline}; border-radius: {radius}px; padding: 3px 8px;
  placeholder-text-color: {muted}; selection-background-color: {accent}; selection-color: {on_accent}; }}
QLineEdit, QComboBox, QSpinBox, QDateTimeEdit {{ min-height: {head}px; }}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QSpinBox:focus, QDateTimeEdit:focus {{
  border: 2px solid {focus}; padding: 2px 7px; }}
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled, QDateTimeEdit:disabled {{
  color: {outline}; border: 1px dashed {border}; background: {window}; }}
QComboBox QAbstractItemView {{ background: {raised}; color: {text}; border: 1px solid {outline};
  selection-background-color: {selection}; selection-color: {on_selection}; }}
QComboBox {{ combobox-popup: 0; }}
QComboBox::drop-down {{ border: none; width: {head}px; }}
QComboBox::down-arrow {{ image: url("{arrow_down}"); width: {box}px; height: {box}px; }}
QSpinBox, QDateTimeEdit {{ padding-right: {head}px; }}
QSpinBox::up-button, QDateTimeEdit::up-button {{ border: none; width: {head}px; background: transparent; }}
QSpinBox::down-button, QDateTimeEdit::down-button {{ border: none; width: {head}px; background: transparent; }}
QSpinBox::up-arrow, QDateTimeEdit::up-arrow {{ image: url("{arrow_up}"); width: 12px; height: 12px; }}
QSpinBox::down-arrow, QDateTimeEdit::down-arrow {{ image: url("{arrow_down}"); width: 12px; height: 12px; }}
QListWidget#pages {{ border: none; border-right: 1px solid {border}; padding: 8px 0 0 0; }}
QListWidget#pages::item {{ padding-left: 16px; }}
QListWidget#pages::item:selected {{ background: {selection}; color: {on_selection}; }}
QListWidget#pages:focus {{ border: none; border-right: 2px solid {focus}; }}
QListWidget#pages::item:selected:focus {{ border: 2px solid {focus}; padding-left: 14px; }}
QSlider::groove:horizontal {{ background: {border}; height: 4px; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {accent}; height: 4px; border-radius: 2px; }}
QSlider::handle:horizontal {{ background: {accent}; border: 1px solid {outline}; width: {box}px; height: {box}px;
  margin: -{half_box}px 0; border-radius: {half_box}px; }}
QSlider::handle:horizontal:focus {{ border: 2px solid {focus}; }}
QCheckBox, QRadioButton {{ color: {text}; spacing: 8px; padding: 3px; border: 1px solid transparent; }}
QCheckBox:focus, QRadioButton:focus {{ border: 2px solid {focus}; border-radius: {radius}px; padding: 2px; }}
QCheckBox::indicator, QRadioButton::indicator {{ width: {box}px; height: {box}px; }}
QCheckBox::indicator {{ background: {surface}; border: 1px solid {outline}; border-radius: 3px; }}
QCheckBox::indicator:checked {{ image: url("{tick}"); }}
QMenu {{ background: {raised}; color: {text}; border: 1px solid {outline}; padding: 4px 0; }}
QMenu::item {{ padding: 6px 24px 6px 16px; }}
QMenu::item:selected {{ background: {selection}; color: {on_selection}; }}
QMenu::item:disabled {{ color: {outline}; }}
QMenu::separator {{ height: 1px; background: {border}; margin: 4px 0; }}
QHeaderView::section {{ background: {raised}; color: {muted}; border: none; border-bottom: 1px solid {border};
  border-right: 1px solid {border}; padding: 0 8px; min-height: {head}px; font-size: {small}px; }}
QHeaderView#plain::section {{ padding: 0 3px; }}
QHeaderView {{ background: {raised}; }}
QTableView, QTreeView, QListView {{ background: {surface}; color: {text}; border: 1px solid {border};
  gridline-color: {border}; outline: none; }}
QTableView:focus, QTreeView:focus, QListView:focus {{ border: 1px solid {focus}; }}
QListView#cards, QListView#cards:focus {{ background: transparent; border: none; }}
QListView#ticks::indicator {{ width: {box}px; height: {box}px; background: {surface}; border: 1px solid {outline};
  border-radius: 3px; }}
QListView#ticks::indicator:checked {{ image: url("{tick}"); }}
QListView#ticks::item {{ padding: 3px 0; }}
QListView#ticks::item:selected {{ background: {selection}; color: {on_selection}; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
QScrollBar::handle {{ background: {outline}; border-radius: 4px; margin: 2px; min-height: 32px; min-width: 32px; }}
QScrollBar::handle:hover {{ background: {muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QSplitter::handle {{ background: {border}; }}
QSplitter::handle:horizontal {{ width: 1px; margin: 0 1px; }}
QSplitter::handle:vertical {{ height: 1px; margin: 1px 0; }}
QProgressBar {{ background: {border}; border: none; border-radius: 3px; max-height: 6px; text-align: center; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 3px; }}
QTabBar::tab {{ background: transparent; color: {muted}; padding: 8px 14px; border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {text}; border-bottom: 2px solid {accent}; }}
QTabBar:focus {{ border: 1px solid {focus}; }}
QScrollArea {{ border: none; background: transparent; }}
QFrame[ground="window"] {{ background: {window}; }}
QFrame[ground="surface"] {{ background: {surface}; }}
QFrame[ground="raised"] {{ background: {raised}; }}
QFrame[ground="card"] {{ background: {surface}; border: 1px solid {border}; border-radius: 6px; }}
QFrame[tint="info"] {{ background: {info_tint}; border: 1px solid {verify}; border-radius: {radius}px; }}
QFrame[tint="done"] {{ background: {done_tint}; border: 1px solid {in_time}; border-radius: {radius}px; }}
QFrame[tint="warning"] {{ background: {warning_tint}; border: 1px solid {soon}; border-radius: {radius}px; }}
QFrame[tint="error"] {{ background: {error_tint}; border: 1px solid {overdue}; border-radius: {radius}px; }}
QFrame#strip {{ background: {warning_tint}; border: none; border-bottom: 1px solid {soon}; }}
QFrame[line="bottom"] {{ border: none; border-bottom: 1px solid {border}; }}
QFrame[line="top"] {{ border: none; border-top: 1px solid {border}; }}
QFrame[line="right"] {{ border: none; border-right: 1px solid {border}; }}
QLabel {{ background: transparent; }}
QLabel[teach="true"] {{ border: 2px solid transparent; border-radius: {radius}px; }}
QLabel[teach="true"]:focus {{ border: 2px solid {focus}; }}
QLabel[tone="muted"] {{ color: {muted}; }}
QLabel[tone="accent"] {{ color: {accent}; }}
QLabel[tone="overdue"] {{ color: {overdue}; }}
QLabel[tone="soon"] {{ color: {soon}; }}
QLabel[tone="in_time"] {{ color: {in_time}; }}
QLabel[tone="paused"] {{ color: {paused}; }}
QLabel[tone="verify"] {{ color: {verify}; }}
QLabel[tone="candidate"] {{ color: {candidate}; }}
QLabel[tone="uncertain"] {{ color: {uncertain}; }}
QLabel[step="-1"] {{ font-size: {small}px; }}
QLabel[step="1"] {{ font-size: {heading}px; }}
QLabel[step="2"] {{ font-size: {title}px; }}
QLabel[step="3"] {{ font-size: {display}px; }}
QLabel[strong="true"] {{ font-weight: 600; }}
"""


def apply(theme: Theme) -> None:
    """Dress the whole application; widgets that draw themselves listen to `Bridge.theme_changed`."""
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance()
    assert isinstance(app, QApplication)
    if app.style().objectName().lower() != "fusion":
        app.setStyle("Fusion")
    app.setPalette(palette(theme))
    app.setFont(theme.font())
    sheet = stylesheet(theme)
    if app.styleSheet() != sheet:
        app.setStyleSheet(sheet)
