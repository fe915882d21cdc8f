"""One dossier in the desk, its making, and the way to it from a code on paper."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel

from smartcity_desk import i18n
from smartcity_desk.commands import arguments, grammar
from smartcity_desk.commands.grammar import UsageError
from smartcity_desk.config import PAPERS_FOLDER
from smartcity_desk.documents.verify import verify
from smartcity_desk.domain.events import EventKind, ExclusionCode, ObjectionFiled
from smartcity_desk.domain.times import DAY
from smartcity_desk.evidence.finding import DAYS_BACK, of_code, of_office
from smartcity_desk.evidence.gathering import short_code
from smartcity_desk.ui import dossiers
from smartcity_desk.ui.escalation.screen import EscalationScreen
from smartcity_desk.ui.instance import Doorbell
from smartcity_desk.ui.palette import Palette
from tests.conftest import ROOT
from tests.evidence.city import GOOD, SARI, SILENT, SMALL
from tests.ui.escalation.conftest import act, confirm, keys, marked, reread, said, state, the_mark
from tests.ui.kit import Kit, press, type_in, until

K = EventKind


def spoken(screen: EscalationScreen) -> str:
    return " ".join(part.text() for part in screen.case_page.findChildren(QLabel) if not part.isHidden())


def test_a_card_opens_its_dossier_with_rule_windows_and_items(kit: Kit, screen: EscalationScreen) -> None:
    keys(kit, screen, "Return")
    kit.settle()
    page = screen.case_page
    assert screen.pages.currentWidget() is page
    assert page.code.text() == f"Kode berkas {short_code(the_mark(kit))}"
    assert [row.cells[1].text for row in page.windows.table.shown] == ["25", "25"]
    assert "target 80,0 %" in spoken(screen)
    assert len(page.items.table.shown) == 50
    keys(kit, screen, "2")
    until(lambda: page.detail.detail is not None)
    assert 3 <= len(page.detail.why.words) <= 12
    first = page.report
    keys(kit, screen, "J")
    kit.settle()
    until(lambda: page.detail.detail is not None and page.detail.detail.report.id == page.report)
    assert page.report != first
    heard: list[str] = []
    kit.desk.bridge.open_report.connect(heard.append)
    keys(kit, screen, "G")
    assert heard == [page.report]
    keys(kit, screen, "Esc")
    assert screen.pages.currentWidget() is screen.board_page


def test_objections_stand_with_their_words_and_the_units_term(kit: Kit, screen: EscalationScreen) -> None:
    name = marked(kit, served=True)
    segments = state(kit, name).segments[:2]
    payload = ObjectionFiled("satu", segments, "bukan wilayah kami", ExclusionCode.MISROUTED, (), "12/2026")
    act(kit, K.OBJECTION_FILED, payload, name, SARI)
    confirm(kit)
    reread(kit, screen)
    keys(kit, screen, "Return", "3")
    kit.settle()
    page = screen.case_page
    assert [row.key for row in page.objections.table.shown] == ["satu"]
    words = " ".join(page.objection.words)
    for part in ("bukan wilayah kami", "12/2026", "E1", "belum ditinjau", "24.00"):
        assert part in words
    keys(kit, screen, "4")
    story = " ".join(page.story.words)
    assert "sanggahan diajukan" in story
    assert "calon ditandai" in story
    assert "ratna" in story


def test_the_deeds_are_the_same_inside_the_dossier(kit: Kit, screen: EscalationScreen) -> None:
    keys(kit, screen, "Return")
    kit.settle()
    assert screen.deed_bar.buttons["escalation.raise"].isVisible()
    keys(kit, screen, "M")
    press(screen, "Return")
    until(lambda: screen.case_page.card is not None and screen.case_page.card.mark is not None)
    kit.settle()
    assert "calon, ditandai" in screen.case_page.state.text()
    assert "tersimpan di komputer ini" in " ".join(screen.case_page.story.words)


# ---------------------------------------------------------------- making


def choose(monkeypatch: pytest.MonkeyPatch, folder: Path | None) -> None:
    async def chosen(_parent: object, _title: str, _start: Path) -> Path | None:
        return folder

    monkeypatch.setattr(dossiers, "choose_folder", chosen)


def test_a_dossier_goes_where_a_person_says_and_its_hash_is_told(
    kit: Kit, screen: EscalationScreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, tmp_path)
    keys(kit, screen, "B")
    kit.settle()
    [pdf] = tmp_path.glob("berkas-*/berkas.pdf")
    found = verify(pdf)
    assert found.ok
    message = kit.said[-1]
    assert "selesai" in message.text
    from smartcity_desk.documents.manifest import digest

    assert digest(pdf.with_name("berkas.manifest.json").read_bytes())[:16] in message.detail
    assert message.deed is not None
    assert kit.desk.settings.get(PAPERS_FOLDER) == str(tmp_path)
    assert short_code(the_mark(kit)) in pdf.parent.name


def test_the_other_screens_hook_makes_the_same_dossier_in_the_usual_folder(
    kit: Kit, screen: EscalationScreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked(kit)
    reread(kit, screen)
    choose(monkeypatch, tmp_path)
    keys(kit, screen, "B")
    kit.settle()
    [first] = tmp_path.glob("berkas-*/berkas.pdf")
    content = first.read_bytes()
    shares: list[float] = []

    def told(share: float) -> bool:
        shares.append(share)
        return True

    made = dossiers.of_office(kit.desk, SILENT, told)
    assert made == first
    assert made.read_bytes() == content
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_one_that_is_called_off_leaves_nothing(kit: Kit, tmp_path: Path, at: int) -> None:
    kit.desk.settings.set(PAPERS_FOLDER, str(tmp_path / "berkas"))
    heard: list[float] = []

    def told(share: float) -> bool:
        heard.append(share)
        return len(heard) <= at

    assert dossiers.of_office(kit.desk, SILENT, told) is None
    assert list(tmp_path.glob("berkas/*")) == []


def test_a_folder_that_refuses_is_told_in_words(
    kit: Kit, screen: EscalationScreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "berkas"
    blocked.write_text("kein Ordner")
    choose(monkeypatch, blocked)
    keys(kit, screen, "B")
    kit.settle()
    assert kit.said[-1].detail
    assert not any("selesai" in text for text in said(kit))


# ---------------------------------------------------------------- codes


def test_a_code_from_paper_opens_the_same_dossier(kit: Kit, screen: EscalationScreen) -> None:
    code = short_code(the_mark(kit))
    screen.open_code(code.lower())
    kit.settle()
    assert screen.case is not None
    assert (screen.case.subject.office, screen.case.mark) == (SILENT, None)
    name = marked(kit)
    screen.show_board()
    screen.open_code(code)
    kit.settle()
    assert screen.case is not None
    assert screen.case.subject.mark_id == name
    assert screen.case.mark is not None


def test_codes_of_windows_that_are_over_are_found_too(kit: Kit) -> None:
    store = kit.desk.store
    law = store.law()
    old = of_office(GOOD, law, kit.now - 40 * DAY)
    found = of_code(old.code, law, {}, kit.now)
    assert found is not None
    assert (found.office, found.spans) == (GOOD, old.spans)
    ancient = of_office(GOOD, law, kit.now - (DAYS_BACK + 2) * DAY)
    assert of_code(ancient.code, law, {}, kit.now) is None
    assert of_code(old.code, law, {}, kit.now, deep=False) is None
    assert of_code("bukan kode", law, {}, kit.now) is None


def test_a_code_that_nobody_knows_says_so(kit: Kit, screen: EscalationScreen) -> None:
    screen.open_code("ZZZZZZZ")
    kit.settle()
    assert "ZZZZZZZ" in said(kit)[-1]
    assert screen.pages.currentWidget() is screen.board_page


def test_the_palette_finds_a_code(kit: Kit, screen: EscalationScreen) -> None:
    name = marked(kit)
    reread(kit, screen)
    gone_to: list[str] = []
    kit.desk.bridge.navigate.connect(gone_to.append)
    palette = Palette(kit.desk, screen)
    palette.show()
    until(palette.isVisible)
    palette.line.setFocus()
    type_in(palette, short_code(name).lower())
    until(lambda: bool(palette._entries) and short_code(name) in palette._entries[0].label)
    assert "Tebet Timur" in palette._entries[0].label
    press(palette, "Return")
    kit.settle()
    until(lambda: screen.case is not None)
    assert gone_to == ["escalation"]
    palette.close()


@pytest.mark.parametrize("typed", ["smartcity-desk:berkas/p3bre9f", "SMARTCITY-DESK:berkas/P3BRE9F/"])
def test_a_link_is_an_argument_to_open(typed: str) -> None:
    given = grammar.without_links(["--language", "id", typed])
    assert arguments.build().parse_args(given).open == "P3BRE9F"
    assert arguments.build().parse_args(["--open", "p3bre9f"]).open == "P3BRE9F"


@pytest.mark.parametrize("typed", ["../../etc", "a b", "", "x" * 40])
def test_what_is_no_code_is_not_opened(typed: str) -> None:
    i18n.set_language("id")
    with pytest.raises(UsageError, match="bukan kode berkas"):
        arguments.build().parse_args(["--open", typed])


KNOCK = """
import sys
from smartcity_desk.paths import Paths
from smartcity_desk.ui.instance import wake_first
sys.exit(0 if wake_first(Paths.of(sys.argv[1], "test"), sys.argv[2] or None) else 1)
"""


def test_a_second_start_hands_its_code_to_the_first(kit: Kit) -> None:
    rung: list[str | None] = []
    bell = Doorbell(kit.desk.paths, rung.append)
    assert bell.listening

    def knock(code: str) -> bool:
        command = [sys.executable, "-c", KNOCK, str(kit.desk.paths.data_dir), code]
        return kit.run(kit.desk.errands.run(subprocess.run, command, cwd=ROOT)).returncode == 0

    assert knock("P3BRE9F")
    assert knock("")
    assert rung == ["P3BRE9F", None]
    assert not knock("../../x; rm")
    assert rung == ["P3BRE9F", None], "what is no code of ours is not obeyed"
    bell.close()


def test_an_office_that_the_rule_does_not_name_is_no_candidate(kit: Kit, screen: EscalationScreen) -> None:
    """A code from paper opens any dossier; that makes nobody a candidate, in words or in deeds (capability 2)."""
    screen.open_code(of_office(GOOD, kit.desk.store.law(), kit.now).code)
    kit.settle()
    assert screen.case is not None
    assert screen.case_page.state.text() == "○ bukan calon"
    assert not screen.deed_bar.buttons["escalation.raise"].isVisible()
    keys(kit, screen, "M")
    assert said(kit) == ["Aturan tidak menyebut kantor ini."]
    screen.open_code(of_office(SMALL, kit.desk.store.law(), kit.now).code)
    kit.settle()
    assert "data belum cukup" in screen.case_page.state.text()
