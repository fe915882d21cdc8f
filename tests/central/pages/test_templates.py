"""The templates and the style: no words but from the catalogues, and every colour reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
from jinja2 import nodes

from smartcity_desk import i18n, paths
from smartcity_desk.central.pages import formats, rendering, weighing, words
from smartcity_desk.central.pages.deeds import DEEDS
from smartcity_desk.central.pages.visit import TOLD
from smartcity_desk.domain.custody import Excluded
from smartcity_desk.domain.decision import REFUSALS
from smartcity_desk.domain.disclosure import NO_EVIDENCE
from smartcity_desk.domain.events import EventKind, ExclusionCode, RejectCode
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.policy import Rung
from smartcity_desk.domain.subjects import Subject, subject_of
from smartcity_desk.domain.times import DAY, HOUR, MINUTE

PAGES = paths.resource("pages")
TEMPLATES = sorted(path.name for path in PAGES.glob("*.html"))
STYLE = (PAGES / "style.css").read_text(encoding="utf-8")
TEXT = ("text", "muted", "accent", "overdue", "soon", "in-time", "paused", "verify", "candidate", "done")
GROUNDS = ("window", "surface", "raised", "done-tint", "error-tint")


def test_the_templates_are_all_here() -> None:
    assert len(TEMPLATES) > 10
    assert sorted(path.suffix for path in PAGES.iterdir() if path.suffix != ".html") == [".css", ".svg"]


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_has_no_words_of_its_own(name: str) -> None:
    source = (PAGES / name).read_text(encoding="utf-8")
    rest = ""
    for node in rendering.environment().parse(source).find_all(nodes.TemplateData):
        rest += node.data
    outside = re.sub(r"<[^>]*>", " ", rest.replace("<!doctype html>", ""))
    assert not re.findall(r"[^\W\d_]{2,}", outside), name
    shown = re.findall(r'(?:title|alt|placeholder|aria-label|label)="([^"{]*\w[^"{]*)"', rest)
    assert shown == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_trusts_nothing_and_runs_nothing(name: str) -> None:
    source = (PAGES / name).read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe|autoescape|<script|<style|\sstyle=|\son\w+=|https?://", source)
    for form in re.findall(r"<form[^>]*>", source):
        assert 'method="post"' in form
    assert rendering.environment().get_template(name)


def test_every_form_carries_the_key() -> None:
    for name in TEMPLATES:
        source = (PAGES / name).read_text(encoding="utf-8")
        assert source.count("<form") == source.count('name="kunci"'), name


# ---------------------------------------------------------------- words


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_whatever_may_come_has_words(language: str) -> None:
    wanted = [f"page.event.{kind.value.replace('.', '_')}" for kind in _seen()]
    wanted += [f"page.code.{code.value}" for code in ExclusionCode]
    wanted += [f"page.rung.{rung.value}" for rung in Rung]
    wanted += [f"action.reject.{code.value}" for code in RejectCode]
    wanted += list(TOLD.values())
    for name in DEEDS:
        wanted += [f"page.deed.{name}{end}" for end in ("", ".lead", ".text", ".hint", ".send")]
    wanted += [
        f"page.files.{part}.{field}"
        for deed in DEEDS.values()
        for field, _ in deed.files
        for part in ("label", "hint")
    ]
    with i18n.speaking(language):
        assert [key for key in wanted if not i18n.has_text(key)] == []


def _seen() -> list[EventKind]:
    """What an office may see on a report, whoever did it."""
    hidden = NO_EVIDENCE - {EventKind.NOTE_ADDED}
    return [kind for kind in EventKind if subject_of(kind) is Subject.REPORT and kind not in hidden]


MET: Final = (
    ("unknown_report", {}),
    ("conflict", {}),
    ("role_not_allowed", {"role": "official"}),
    ("not_your_office", {"office": "31.74.01.1001"}),
    ("not_holder", {"office": "31.74.01.1001"}),
    ("unknown_office", {"office": "x"}),
    ("payload_mismatch", {}),
    ("reason_required", {"least": 5}),
    ("text_required", {}),
    ("text_too_short", {"least": 20}),
    ("text_too_long", {"most": 20_000}),
    ("closed", {"status": "done"}),
    ("already_returned", {}),
    ("no_mark", {}),
    ("mark_not_there", {"step": "proposed"}),
    ("no_change", {}),
    ("segment_not_in_mark", {}),
    ("window_closed", {"at": DAY}),
    ("already_objected", {}),
)
"""What the rules may say to an official."""


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize(("code", "params"), MET)
def test_every_refusal_that_officials_may_meet_is_a_sentence(
    language: str, code: str, params: dict[str, Any]
) -> None:
    assert code in REFUSALS | {"unknown_report", "conflict"}
    with i18n.speaking(language):
        text = words.refusal(code, params, Directory())
    assert text.endswith(".")
    assert "_" not in text
    assert not {"done", "proposed"} & set(re.findall(r"\w+", text)) or language == "en"


@pytest.mark.parametrize("reason", ["return_accepted", "return_pending", "new_holder", "review_term_missed"])
def test_an_exclusion_that_nobody_set_says_why(reason: str) -> None:
    text = weighing.excluded(Excluded(ExclusionCode.MISROUTED, "", reason, 0, ""))
    assert reason not in text


def test_lengths_and_dates_are_whole_words() -> None:
    assert formats.span(0) == "kurang dari satu menit"
    assert formats.span(59 * MINUTE) == "59 menit"
    assert formats.span(-2 * HOUR) == "2 jam"
    assert formats.span(2 * HOUR + 10 * MINUTE) == "2 jam 10 menit"
    assert formats.span(3 * DAY + 4 * HOUR + MINUTE) == "3 hari 4 jam"
    assert formats.span(1200 * DAY) == "1.200 hari"
    midnight = 17 * HOUR
    assert formats.until(midnight) == "1 Jan 1970 24.00 WIB"
    assert formats.until(midnight + MINUTE) == "2 Jan 1970 00.01 WIB"
    assert formats.near(midnight, midnight - 1) == "besok 00.00"
    assert formats.near(midnight - 1, midnight) == "kemarin 23.59"
    assert formats.near(midnight, midnight + 5 * DAY) == "2 Jan 1970 00.00"
    with i18n.speaking("en"):
        assert formats.span(25 * HOUR) == "1 day 1 hour"
        assert formats.until(midnight) == "1 Jan 1970 24:00 WIB"
        assert formats.percent(618) == "61.8\u00a0%"


# ---------------------------------------------------------------- colours


def _scheme(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))


def schemes() -> dict[str, dict[str, str]]:
    light, dark = re.findall(r":root \{([^}]*color-scheme[^}]*)\}", STYLE)
    return {"light": _scheme(light), "dark": _scheme(dark)}


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_text_reads_on_every_ground(name: str) -> None:
    tokens = schemes()[name]
    poor = [
        (text, ground) for text in TEXT for ground in GROUNDS if contrast(tokens[text], tokens[ground]) < 4.5
    ]
    assert poor == []
    assert contrast(tokens["on-accent"], tokens["accent"]) >= 4.5
    for ground in ("window", "surface", "raised"):
        assert contrast(tokens["outline"], tokens[ground]) >= 3


def test_no_colour_stands_outside_the_table() -> None:
    tables = re.findall(r":root \{[^}]*color-scheme[^}]*\}", STYLE)
    rest = STYLE
    for one in tables:
        rest = rest.replace(one, "")
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsl", rest) == []
    used = set(re.findall(r"var\(--([a-z-]+)", STYLE)) - {"tone"}
    assert used <= set(schemes()["light"])
    assert set(schemes()["light"]) == set(schemes()["dark"])


def test_the_colours_are_the_desks() -> None:
    from smartcity_desk.ui.theme import SCHEMES

    for name, tokens in schemes().items():
        desk = SCHEMES[name]
        for token, colour in tokens.items():
            if token != "done":
                assert colour == getattr(desk, token.replace("-", "_")), (name, token)


def test_the_pages_ship_with_the_program() -> None:
    assert (Path(paths.resource("pages")) / "base.html").is_file()
