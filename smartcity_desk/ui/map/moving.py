"""*Pindahkan titik*: a person says where a report lies, the boundaries say whose that is, and the person confirms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartcity_desk.domain.events import EventKind, PlaceSet
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.loop import shown
from smartcity_desk.ui.places import places_of
from smartcity_desk.ui.triage.suggest import Choice, places

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from smartcity_desk.domain.location import Location
    from smartcity_desk.store.rows import RowData
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.triage.deeds import Deeds


def choices_at(desk: Desk, found: Location) -> list[Choice]:
    """The kelurahan in question first, then all others: the boundaries propose, a person decides."""
    known = {choice.code: choice for choice in places(desk.directory, None)}
    first = [known[code] for code in found.candidates if code in known]
    codes = {choice.code for choice in first}
    return [*first, *(choice for code, choice in known.items() if code not in codes)]


async def move_point(desk: Desk, deeds: Deeds, row: RowData, lat: float, lon: float, window: QWidget) -> None:
    """Ask for the kelurahan of the new point, the likely ones first, and record both. Enter takes the first."""
    from smartcity_desk.ui.triage.choosers import PickDialog

    found = await desk.readers.run(lambda: places_of(desk).resolver().locate(lat, lon))
    subject = tr(
        f"map.move.{found.badge.value}", lat=f"{lat:.5f}", lon=f"{lon:.5f}", metres=found.border_m or 0
    )
    title = tr("map.move.title", report=formats.one_line(row.external_id, 40))
    dialog = PickDialog(desk, title, subject, choices_at(desk, found), tr("action.place.hint"), window)

    async def submit() -> str | None:
        payload = PlaceSet(str(dialog.code), base=row.place, lat=lat, lon=lon)
        return (await deeds.act(EventKind.PLACE_SET, payload, [row])).refusal

    dialog.submit = submit
    await shown(dialog)
