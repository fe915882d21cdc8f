"""The page: nothing inline, nothing from outside, everything it asks for is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl

from smartcity_desk.ui import theme
from smartcity_desk.ui.map import page
from smartcity_desk.ui.map.said import Said
from smartcity_desk.ui.map.scheme import may_ask


@pytest.fixture(scope="module")
def made() -> dict[str, page.Asset]:
    return page.of_style("light", theme.SCHEMES["light"])


def test_every_address_is_ours_and_answered(made: dict[str, page.Asset]) -> None:
    markup = made["/light/page.html"].body.decode()
    asked = re.findall(r'(?:src|href)="([^"]+)"', markup)
    files = made | page.assets()
    assert asked
    for address in asked:
        assert address.startswith(f"{page.ORIGIN}/")
        assert address.removeprefix(page.ORIGIN) in files
    for name in ("https://", "http://", "//cdn"):
        assert name not in markup


def test_nothing_in_the_page_is_inline(made: dict[str, page.Asset]) -> None:
    markup = made["/light/page.html"].body.decode()
    assert re.findall(r"<script(?![^>]*src=)", markup) == []
    assert "<style" not in markup
    assert re.findall(r"\son\w+=|\sstyle=|javascript:", markup) == []
    assert "L.map(" in made["/light/page.js"].body.decode()


def test_the_policy_lets_nothing_else_in(made: dict[str, page.Asset]) -> None:
    markup = made["/light/page.html"].body.decode()
    assert "default-src 'none'" in markup
    for word in ("unsafe-inline", "unsafe-eval", "*", "http"):
        assert word not in page.POLICY


def test_styles_differ_and_know_their_colours(made: dict[str, page.Asset]) -> None:
    css = made["/light/page.css"].body.decode()
    assert f"--overdue:{theme.SCHEMES['light'].overdue};" in css
    assert f"--in-time:{theme.SCHEMES['light'].in_time};" in css


def test_our_scripts_never_put_text_in_as_markup() -> None:
    for name, asset in page.assets().items():
        if name.endswith((".js",)) and "leaflet" not in name:
            text = asset.body.decode()
            for way in (
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "Function(",
            ):
                assert way not in text, (name, way)


def test_a_page_once_made_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = theme.SCHEMES["dark"]
    first = page.PageShelf(tmp_path / "map").take("dark", tokens)
    with monkeypatch.context() as changed:
        changed.setattr(page, "of_style", lambda *_: pytest.fail("made twice"))
        assert page.PageShelf(tmp_path / "map").take("dark", tokens) == first
    [kept] = (tmp_path / "map").iterdir()
    kept.write_text("{", encoding="utf-8")
    assert page.PageShelf(tmp_path / "map").take("dark", tokens) == first
    assert page.PageShelf(tmp_path / "map" / kept.name / "no").take("dark", tokens) == first


@pytest.mark.parametrize(
    ("url", "initiator", "allowed"),
    [
        ("desk://map/light/page.html", "", True),
        ("desk://map/data/reports", "desk://map", True),
        ("desk://map/data/reports", "", False),
        ("desk://map/data/reports", "https://example.org", False),
        ("desk://map/data/reports", "desk://other", False),
        ("desk://other/light/page.html", "", False),
        ("desk://user@map/light/page.html", "", False),
        ("desk://map:80/light/page.html", "", False),
        ("https://map/light/page.html", "", False),
        ("file:///light/page.html", "", False),
    ],
)
def test_only_our_own_page_may_ask(url: str, initiator: str, allowed: bool) -> None:
    assert may_ask(QUrl(url), QUrl(initiator)) is allowed


@pytest.mark.parametrize(
    ("what", "values"),
    [
        ("chosen", {}),
        ("chosen", {"pk": "-1"}),
        ("chosen", {"pk": "9" * 30}),
        ("chosen", {"pk": "1; DROP"}),
        ("lasso", {"ring": ";".join(["1,2"] * 2_000)}),
        ("lasso", {"ring": "nan,1;2,3;4,5"}),
        ("lasso", {"ring": "1,2,3"}),
        ("moved_to", {"lat": "inf", "lon": "1"}),
        ("view", {"lat": "1", "lon": "2", "zoom": "99", "box": "1,2,3,4"}),
        ("view", {"lat": "1", "lon": "2", "zoom": "9", "box": "1,2,3"}),
        ("shutdown", {}),
    ],
)
def test_what_no_page_of_ours_says_is_refused(what: str, values: dict[str, str]) -> None:
    with pytest.raises((ValueError, KeyError)):
        Said.of(what, values)


def test_what_the_page_says_is_read() -> None:
    assert Said.of("chosen", {"pk": "7", "add": "1"}) == Said("chosen", pk=7, add=True)
    assert Said.of("lasso", {"ring": "1,2;3,4"}).ring == ((1.0, 2.0), (3.0, 4.0))
