"""Write `resources/directory/wilayah.csv` and `instansi.csv`: names, codes and centre points of the city's offices.

    python -m tools.make_directory GAZETTEER.csv [FOLDER]

`GAZETTEER.csv` is a table of the 267 kelurahan with the columns of `COLUMNS`; where the facts come from stands in
`resources/directory/SOURCES.md`. Kecamatan, kota and province follow from the kelurahan inside them. The agencies are
the table `AGENCIES` below: the usual sudin of each kota and the dinas above them.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

COLUMNS: Final = (
    "kode",
    "nama",
    "kode_kecamatan",
    "kecamatan",
    "kode_kota",
    "kota",
    "penduduk_2014",
    "label_lng",
    "label_lat",
    "nama_lain",
)
PROVINCE: Final = ("31", "DKI Jakarta", ("Jakarta", "Daerah Khusus Jakarta", "DKJ"))
KOTA: Final = {
    "31.01": ("KS", ("Kep. Seribu", "Pulau Seribu")),
    "31.71": ("JP", ("Jakpus",)),
    "31.72": ("JU", ("Jakut",)),
    "31.73": ("JB", ("Jakbar",)),
    "31.74": ("JS", ("Jaksel",)),
    "31.75": ("JT", ("Jaktim",)),
}
"""Short word and everyday names of each kota; the islands are a kabupaten."""
OTHER_SPELLINGS: Final = {
    "31.73.06": ("Kali Deres",),
    "31.73.07": ("Palmerah",),
    "31.75.02": ("Pulo Gadung",),
    "31.75.04": ("Kramat Jati",),
    "31.72.02": ("Tanjung Priuk",),
    "31.73.03": ("Tamansari",),
    "31.74.02": ("Setia Budi",),
}
"""Kecamatan that other sets of the same city spell differently."""
AGENCIES: Final = (
    # code, name, word before it at the province and in a kota ("" where none is), everyday names
    ("BM", "Bina Marga", "Dinas", "Sudin", ()),
    ("SDA", "Sumber Daya Air", "Dinas", "Sudin", ("SDA", "Tata Air")),
    ("LH", "Lingkungan Hidup", "Dinas", "Sudin", ("LH", "Kebersihan")),
    ("HUB", "Perhubungan", "Dinas", "Sudin", ("Dishub",)),
    ("TAMHUT", "Pertamanan dan Hutan Kota", "Dinas", "Sudin", ("Distamhut", "Pertamanan")),
    ("SATPOL", "Satpol PP", "", "", ("Polisi Pamong Praja",)),
    (
        "GULKARMAT",
        "Penanggulangan Kebakaran dan Penyelamatan",
        "Dinas",
        "Sudin",
        ("Gulkarmat", "Damkar", "Pemadam"),
    ),
    ("SOS", "Sosial", "Dinas", "Sudin", ("Dinsos",)),
    ("KES", "Kesehatan", "Dinas", "Sudin", ("Dinkes",)),
    ("CITATA", "Cipta Karya, Tata Ruang dan Pertanahan", "Dinas", "Sudin", ("Citata",)),
)
PROVINCIAL: Final = (
    ("UPT", "UPT Jakarta Smart City", "upt", ("JSC", "Unit Pengelola Jakarta Smart City")),
    ("BPBD", "Badan Penanggulangan Bencana Daerah", "dinas", ("BPBD",)),
)
THIRD_PARTIES: Final = (
    ("PLN", "PLN UID Jakarta Raya", ("PLN", "Perusahaan Listrik Negara")),
    ("PAM", "PAM Jaya", ("PDAM", "Air Bersih")),
    ("TELKOM", "Telkom Indonesia", ("Telkom", "IndiHome")),
    ("JASAMARGA", "Jasa Marga", ("Jalan tol",)),
    ("PGN", "Perusahaan Gas Negara", ("PGN",)),
    ("BBWSCC", "Balai Besar Wilayah Sungai Ciliwung Cisadane", ("BBWS",)),
)
"""Holders outside the city's own ladder. What they hold is nobody's fault in the city (exclusion E2)."""

Row = Sequence[object]


def _mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers)


def _degrees(value: float) -> str:
    # Three decimals (about 110 m) place a name on the map; a border cannot be drawn from them.
    return f"{value:.3f}"


def territory(kelurahan: Sequence[dict[str, str]]) -> list[Row]:
    """Rows of wilayah.csv: province, kota, kecamatan, kelurahan, each level by code.

    Population is the sum of the kelurahan, the centre the mean of theirs, each as published for 2014.
    """
    rows: list[Row] = []

    def add(
        code: str,
        name: str,
        level: str,
        parent: str,
        inside: Sequence[dict[str, str]],
        aliases: Sequence[str],
    ) -> None:
        rows.append(
            (
                code,
                name,
                level,
                parent,
                _degrees(_mean(float(row["label_lat"]) for row in inside)),
                _degrees(_mean(float(row["label_lng"]) for row in inside)),
                sum(int(row["penduduk_2014"]) for row in inside),
                ";".join(aliases),
            )
        )

    def groups(key: str) -> dict[str, list[dict[str, str]]]:
        found: dict[str, list[dict[str, str]]] = {}
        for row in kelurahan:
            found.setdefault(row[key], []).append(row)
        return dict(sorted(found.items()))

    code, name, province_aliases = PROVINCE
    # The islands lie far to the north: the middle of the mainland is where a map of the city is centred.
    mainland = [row for row in kelurahan if row["kode_kota"] != "31.01"]
    add(code, name, "provinsi", "", mainland, province_aliases)
    rows[-1] = (*rows[-1][:6], sum(int(row["penduduk_2014"]) for row in kelurahan), rows[-1][7])
    for kota, inside in groups("kode_kota").items():
        add(kota, inside[0]["kota"], "kota", code, inside, KOTA[kota][1])
    for kecamatan, inside in groups("kode_kecamatan").items():
        first = inside[0]
        add(
            kecamatan,
            first["kecamatan"],
            "kecamatan",
            first["kode_kota"],
            inside,
            OTHER_SPELLINGS.get(kecamatan, ()),
        )
    for row in sorted(kelurahan, key=lambda row: row["kode"]):
        aliases = tuple(part.strip() for part in row["nama_lain"].split(";") if part.strip())
        add(row["kode"], row["nama"], "kelurahan", row["kode_kecamatan"], [row], aliases)
    return rows


def agencies(kota_names: dict[str, str]) -> list[Row]:
    """Rows of instansi.csv: dinas and the like, their sudin in each kota, and holders outside the city."""
    rows: list[Row] = [
        (code, name, level, PROVINCE[0], ";".join(aliases)) for code, name, level, aliases in PROVINCIAL
    ]
    for code, name, dinas, _sudin, aliases in AGENCIES:
        title = f"{dinas} {name}" if dinas else f"{name} Provinsi"
        rows.append((f"DINAS-{code}", title, "dinas", PROVINCE[0], ";".join(aliases)))
    for code, name, _dinas, sudin, aliases in AGENCIES:
        for kota, (short, everyday) in sorted(KOTA.items(), key=lambda item: item[0]):
            title = f"{sudin} {name} {kota_names[kota]}".strip()
            spoken = [f"{alias} {everyday[0]}" for alias in aliases]
            rows.append((f"SUDIN-{code}-{short}", title, "sudin", f"DINAS-{code}", ";".join(spoken)))
    rows += [(code, name, "third_party", "", ";".join(aliases)) for code, name, aliases in THIRD_PARTIES]
    return rows


def read(path: Path) -> list[dict[str, str]]:
    """The rows of the gazetteer. Exits with a sentence when a column is missing."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    missing = [name for name in COLUMNS if not rows or name not in rows[0]]
    if missing:
        sys.exit(f"{path.name}: columns missing: {', '.join(missing)}")
    return rows


def write(path: Path, header: Sequence[str], rows: Iterable[Row]) -> None:
    """Write a table with Unix line ends, so that the same facts give the same bytes everywhere."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main(arguments: Sequence[str]) -> None:
    """Read the gazetteer that the arguments name and write both tables."""
    if len(arguments) not in {1, 2}:
        sys.exit("usage: python -m tools.make_directory GAZETTEER.csv [FOLDER]")
    folder = Path(arguments[1]) if len(arguments) == 2 else Path("resources/directory")
    rows = territory(read(Path(arguments[0])))
    kota = {str(row[0]): str(row[1]) for row in rows if row[2] == "kota"}
    write(
        folder / "wilayah.csv",
        ("code", "name", "level", "parent", "lat", "lon", "population_2014", "aliases"),
        rows,
    )
    write(folder / "instansi.csv", ("code", "name", "level", "parent", "aliases"), agencies(kota))
    print(f"{len(rows)} places, {len(agencies(kota))} agencies -> {folder}")


if __name__ == "__main__":
    main(sys.argv[1:])
