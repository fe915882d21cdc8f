"""What a bundle can be refused for: `BadData("place", "place_…")`, with words in the catalogue `errors`."""

from __future__ import annotations

from typing import Final

from smartcity_desk.domain.errors import BadData

PLACE: Final = "place"
"""Where `BadData` says it comes from."""
KEYS: Final = frozenset(
    {
        *(
            "too_large",
            "json",
            "no_features",
            "too_many",
            "geometry",
            "crs",
            "coordinates",
            "damaged",
            "manifest",
        ),
        *(
            "format_version",
            "no_kelurahan",
            "path",
            "edition",
            "missing_file",
            "unreadable",
            "size",
            "checksum",
        ),
        *("tiles", "no_edition", "edition_taken", "no_base", "csv", "csv_row"),
    }
)


def bad(key: str, **params: str | float) -> BadData:
    """The refusal for one of `KEYS`."""
    return BadData(PLACE, f"place_{key}", **params)
