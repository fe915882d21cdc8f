"""The supervisor's corner: each share with its n, the areas that are favoured by name, and the warning about kappa."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartcity_desk.domain.actor import Actor, Role
from smartcity_desk.domain.agreement import agreement
from smartcity_desk.domain.equity import Screened, TakenOut, exclusions
from smartcity_desk.domain.fairness import Tally
from smartcity_desk.ui.offices import book as books
from smartcity_desk.ui.offices.corner import MAY_LOOK, exclusion_words, share_rows
from smartcity_desk.ui.offices.screen import OfficesScreen
from tests.ui.kit import Kit, press
from tests.ui.offices.conftest import settle


def open_corner(city: Kit, screen: OfficesScreen) -> None:
    press(screen.overview.grid, "P")
    settle(city, screen)


def test_exclusions_stand_by_area_code_and_actor(screen: OfficesScreen, city: Kit) -> None:
    open_corner(city, screen)
    assert screen.corner is not None
    areas = {row.cells[0].text: [cell.text for cell in row.cells] for row in screen.corner.areas.table.shown}
    assert areas["Jakarta Barat"][3].startswith("40 ")
    counts = {tuple(cell.text for cell in row.cells[:3]): row for row in screen.corner.counts.table.shown}
    row = counts["Jakarta Barat", "E11 lokasi meragukan", "ratna"]
    assert [cell.text for cell in row.cells[3:]] == ["28", "28"]
    assert ("Jakarta Selatan", "E1 salah alamat", "dari peristiwanya") in counts
    assert "59 dari" in screen.corner.exclusions.text()
    assert "3 sigma" in screen.corner.exclusions.text()


def test_an_area_that_is_favoured_is_named(screen: OfficesScreen, city: Kit) -> None:
    offices = []
    for area in ("31.71", "31.72", "31.73", "31.74", "31.75"):
        for n in range(30):
            late = 8 if area == "31.73" else 1
            out = (TakenOut("E1", "ratna", missed=True),) * late
            out += (TakenOut("E1", "ratna", missed=False),) * 4
            offices.append(Screened(f"{area}.{n}", area, Tally(40, 36, silent=4, excluded=len(out)), out))
    corner = replace(books.read_corner(city.desk.store, city.now), exclusions=exclusions(offices, 20))
    told = exclusion_words(corner, city.desk.directory)
    assert "tidak merata" in told
    assert "Diuntungkan: Jakarta Barat." in told


def test_objections_stand_by_marker_and_category_with_n(screen: OfficesScreen, city: Kit) -> None:
    open_corner(city, screen)
    corner = screen.corner
    assert corner is not None
    objected = corner.objected.table.row(0)
    assert objected is not None
    assert [cell.text for cell in objected.cells[:3]] == ["ratna", "1", "1"]
    accepted = corner.accepted.table.row(0)
    assert accepted is not None
    assert accepted.cells[3].bar is not None
    kinds = corner.objected_kinds.table.shown
    assert sum(int(row.cells[1].text) for row in kinds) == 56
    assert sum(int(row.cells[2].text) for row in kinds) == 3
    assert all("(" in row.cells[3].text for row in kinds)


def test_a_low_kappa_warns_with_its_n(screen: OfficesScreen, city: Kit) -> None:
    open_corner(city, screen)
    corner = screen.corner
    assert corner is not None
    found = books.read_corner(city.desk.store, city.now)
    assert found.agreement.low
    assert corner.kappa.text().startswith("▲ Kappa Cohen 0,")
    assert f"n {found.agreement.n}" in corner.kappa.text()
    assert corner.kappa.property("tone") == "overdue"
    assert "5 %" in corner.agreement.text()
    fine = replace(
        found, agreement=agreement([("accepted", "accepted")] * 20 + [("rejected", "rejected")] * 20)
    )
    corner.show_corner(fine)
    assert corner.kappa.text().startswith("● Kappa Cohen 1,00")
    assert corner.kappa.property("tone") == "in_time"
    corner.show_corner(replace(found, agreement=agreement([])))
    assert "belum dapat" in corner.kappa.text()


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SYSTEM, Role.OFFICIAL}))
def test_the_corner_is_for_supervisors(screen: OfficesScreen, city: Kit, role: Role) -> None:
    city.desk.actor = Actor("x", role)
    city.desk.bridge.actor_changed.emit()
    open_corner(city, screen)
    assert screen.corner is not None
    shown = [card for card in screen.corner._cards if card.isVisible()]
    assert bool(shown) == (role in MAY_LOOK)
    if role not in MAY_LOOK:
        assert "penyelia" in screen.corner.intro.text()
    press(screen.corner.area, "Esc")
    assert screen._at_overview()


def test_without_marks_it_says_so(kit: Kit) -> None:
    from smartcity_desk.ui.offices.corner import CornerView

    kit.desk.actor = Actor("budi", Role.SUPERVISOR)
    corner = CornerView(kit.desk)
    corner.show_corner(books.read_corner(kit.desk.store, kit.now))
    assert "Belum ada tanda" in corner.objections.text()
    assert all(grid.isHidden() for grid in corner.grids)
    assert share_rows((), None) == []
