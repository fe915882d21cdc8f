"""One citizen's report as the city knows it: what was sent, and the truth behind it that no server tells."""

from __future__ import annotations

from typing import Final

import msgspec

from smartcity_desk.domain.ids import report_id

PETABENCANA: Final = "petabencana"
WAZE: Final = "waze"
X: Final = "x"
QLUE: Final = "qlue"
LAPOR: Final = "lapor"
OPEN311: Final = "open311"
FACEBOOK: Final = "facebook"
EMAIL: Final = "email"
BALAI_WARGA: Final = "balai_warga"


class Citizen(msgspec.Struct, array_like=True, gc=False):
    """A report as it was sent. `at` in ms UTC; `lat`/`lon` in degrees of the sent position, None without one.

    `box` is the kecamatan whose named place stands for the position (X), `depth` the depth of water in cm. `author`
    numbers an invented account. The truth: `place` is the true kelurahan, `category` the true one, `competent` the
    office whose work it is, `incident` what happened (equal for duplicates), `original` the id of the report that
    this one repeats. `placed` is the kelurahan where its position lies, another one when the position is wrong.
    """

    number: int
    channel: str
    external_id: str
    at: int
    text: str
    author: int
    category: str
    place: str
    placed: str
    competent: str
    incident: int
    lat: float | None = None
    lon: float | None = None
    box: str = ""
    disaster: str = ""
    depth: int | None = None
    picture: bool = False
    original: str = ""
    spam: bool = False
    vague: bool = False
    outside: bool = False

    @property
    def id(self) -> str:
        """The id of the report, as every desk computes it."""
        return report_id(self.channel, self.external_id)


PETABENCANA_CATEGORY: Final = {
    "flood": "banjir",
    "fire": "kebakaran",
    "wind": "angin",
    "haze": "kabut_asap",
    "earthquake": "gempa",
    "volcano": "gunung_api",
}
