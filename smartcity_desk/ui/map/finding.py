"""Search a place: the names of the directory, and the map goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.i18n import tr
from smartcity_desk.ui.loop import shown
from smartcity_desk.ui.triage.suggest import Choice, places

if TYPE_CHECKING:
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.ui.map.face import MapFace
    from smartcity_desk.ui.services import Desk

_ZOOM: Final = {OfficeLevel.KELURAHAN: 15, OfficeLevel.KECAMATAN: 14, OfficeLevel.KOTA: 12}


def choices(directory: Directory) -> list[Choice]:
    """Kota, kecamatan and kelurahan that have a centre; the greater ones first."""
    above = [
        Choice(office.code, office.name, tr(f"map.find.{office.level.value}"), " ".join(office.aliases))
        for level in (OfficeLevel.KOTA, OfficeLevel.KECAMATAN)
        for office in sorted(directory.offices.values(), key=lambda office: office.name)
        if office.level is level and office.lat is not None
    ]
    return [*above, *places(directory, None)]


async def find_place(desk: Desk, face: MapFace) -> None:
    """Ask for a name and go there."""
    from smartcity_desk.ui.triage.choosers import PickDialog

    dialog = PickDialog(
        desk, tr("map.find.title"), tr("map.find.subject"), choices(desk.directory), tr("map.find.hint"), face
    )
    dialog.accept_button.setText(tr("map.find.go"))
    if await shown(dialog) != PickDialog.DialogCode.Accepted:
        return
    office = desk.directory.offices.get(str(dialog.code))
    if office is not None and office.lat is not None and office.lon is not None:
        face.go_to(office.lat, office.lon, _ZOOM.get(office.level, 14))
