"""Which column of a table is which field of a report: guessed by its heading, shipped for known files, or saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from smartcity_desk.sync.tables.times import DateOrder


class Target(StrEnum):
    """A field of a report that a column can fill, in the order in which they are offered."""

    ID = "id"
    TIME = "time"
    TITLE = "title"
    TEXT = "text"
    CATEGORY = "category"
    STATUS = "status"
    ADDRESS = "address"
    LAT = "lat"
    LON = "lon"
    AUTHOR = "author"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Columns:
    """A mapping: field to heading, and how dates are written (None = as the column shows)."""

    of: Mapping[Target, str] = field(default_factory=dict)
    dates: DateOrder | None = None

    @property
    def enough(self) -> bool:
        """Whether a row can become a report: it has a time, and words or at least a category."""
        said = {Target.TEXT, Target.TITLE, Target.CATEGORY}
        return Target.TIME in self.of and bool(said & set(self.of))

    def fits(self, headings: Sequence[str]) -> bool:
        """Whether every column that it names is there."""
        return bool(self.of) and set(self.of.values()) <= set(headings)

    def to_json(self) -> dict[str, Any]:
        """The mapping as settings keep it, in one order, so that a kept row is the same text each time."""
        dates = {} if self.dates is None else {"dates": self.dates.value}
        return {"columns": {target.value: self.of[target] for target in Target if target in self.of}, **dates}


def from_json(stored: Any) -> Columns:
    """A kept mapping; what is not understood is left out."""
    known = {target.value: target for target in Target}
    columns = stored.get("columns") if isinstance(stored, dict) else None
    of = {
        known[name]: heading
        for name, heading in (columns.items() if isinstance(columns, dict) else ())
        if name in known and isinstance(heading, str)
    }
    dates = stored.get("dates") if isinstance(stored, dict) else None
    return Columns(of, DateOrder(dates) if dates in set(DateOrder) else None)


CRM_2019: Final = "crm-2019"
CRM_2020: Final = "crm-2020"
PRESETS: Final[Mapping[str, Columns]] = {
    CRM_2019: Columns(
        {
            Target.ID: "id_laporan",
            Target.TIME: "tanggal_masuk",
            Target.CATEGORY: "kategori",
            Target.STATUS: "status",
            Target.ADDRESS: "skpd",
        }
    ),
    CRM_2020: Columns(
        {
            Target.ID: "trace_number",
            Target.TIME: "waktu_masuk",
            Target.TEXT: "rincian_masalah",
            Target.CATEGORY: "kategori",
            Target.STATUS: "status",
            Target.ADDRESS: "nama_skpd",
        }
    ),
}
"""The open data of CRM, whose columns differ by year (channels paper 8). The office stands where an address would:
it is the kelurahan itself for most of them."""

_SPELLINGS: Final[Mapping[Target, str]] = {
    Target.ID: (
        "id id_laporan trace_number nomor no_laporan nomor_laporan kode tiket ticket case_id "
        "service_request_id tracking_id case_enquiry_id post_id no"
    ),
    Target.TIME: (
        "waktu tanggal tgl tanggal_masuk waktu_masuk tanggal_laporan waktu_laporan waktu_lapor dibuat created_at "
        "created date time datetime timestamp requested_datetime reported_at open_dt tanggal_kejadian"
    ),
    Target.TITLE: "judul title subject perihal topik case_title topic",
    Target.TEXT: (
        "isi teks text uraian keterangan deskripsi description laporan isi_laporan rincian rincian_masalah "
        "permasalahan pesan message aduan isi_aduan pengaduan content"
    ),
    Target.CATEGORY: "kategori category jenis type service_name service_code reason jenis_laporan",
    Target.STATUS: "status state status_laporan tindak_lanjut case_status",
    Target.ADDRESS: (
        "alamat address lokasi location tempat kelurahan skpd nama_skpd detail_alamat location_street_name"
    ),
    Target.LAT: "lat latitude lintang y",
    Target.LON: "lon lng long longitude bujur x",
    Target.AUTHOR: "pelapor nama nama_pelapor author pengirim penulis reporter user username",
    Target.LINK: "tautan link url pranala permalink",
}
"""What the columns of such fields are called, the most telling first."""


def plain(heading: str) -> str:
    """A heading in the form that is compared: small letters, words joined by `_`."""
    return "_".join("".join(letter if letter.isalnum() else " " for letter in heading.casefold()).split())


def guess(headings: Sequence[str], saved: Iterable[Columns] = ()) -> Columns:
    """The mapping for a table: a saved or shipped one whose columns are all there, else by what headings are called."""
    for known in (*saved, *PRESETS.values()):
        if known.fits(headings):
            return known
    by_name: dict[str, str] = {}
    for heading in headings:
        by_name.setdefault(plain(heading), heading)
    found: dict[Target, str] = {}
    taken: set[str] = set()
    for target, spellings in _SPELLINGS.items():
        for spelling in spellings.split():
            named = by_name.get(spelling)
            if named is not None and named not in taken:
                found[target] = named
                taken.add(named)
                break
    return Columns(found)
