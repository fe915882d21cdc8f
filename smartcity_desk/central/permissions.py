"""Who may do what, in one place. A route that is not in the table cannot be served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from smartcity_desk.domain.disclosure import UNIT_ONLY
from smartcity_desk.domain.events import Actor, Event, Role

EVERYBODY: Final = frozenset(Role)
DESK: Final = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.REVIEWER, Role.ADMIN, Role.SYSTEM})
READERS: Final = DESK | {Role.VIEWER}
ADMINS: Final = frozenset({Role.ADMIN})
OPEN: Final[frozenset[Role]] = frozenset()
"""No log-in needed."""

TABLE: Final[dict[tuple[str, str], frozenset[Role]]] = {
    ("POST", "/v1/token"): OPEN,
    ("DELETE", "/v1/token"): EVERYBODY,
    ("GET", "/v1/health"): OPEN,
    ("GET", "/v1/me"): EVERYBODY,
    ("POST", "/v1/me/password"): EVERYBODY,
    ("GET", "/v1/directory"): EVERYBODY,
    ("PUT", "/v1/directory"): ADMINS,
    ("GET", "/v1/place/bundle"): EVERYBODY,
    ("GET", "/v1/events"): EVERYBODY,  # an official: only of his office's custody
    ("GET", "/v1/stream"): EVERYBODY,  # an official: only numbers
    ("GET", "/v1/reports"): READERS,
    ("POST", "/v1/reports"): DESK,
    ("GET", "/v1/replies"): READERS,
    ("POST", "/v1/replies"): DESK,
    ("GET", "/v1/receipts"): READERS,
    ("POST", "/v1/actions"): DESK | {Role.OFFICIAL},
    ("POST", "/v1/claims"): DESK,
    ("DELETE", "/v1/claims/{report}"): DESK,
    ("GET", "/v1/inbox"): READERS | {Role.OFFICIAL},  # an official: only his office's
    ("POST", "/v1/attachments"): DESK | {Role.OFFICIAL},
    ("GET", "/v1/attachments/{sha256}"): READERS | {Role.OFFICIAL},  # an official: only his office's
    ("GET", "/v1/counts"): READERS,
    ("GET", "/v1/anchor"): READERS,
    ("GET", "/v1/users"): ADMINS,
    ("POST", "/v1/users"): ADMINS,
    ("PATCH", "/v1/users/{user}"): ADMINS,
    ("DELETE", "/v1/users/{user}/sessions"): ADMINS,
}

PREFIX: Final = "/kantor"
"""Where the officials' pages begin."""
OFFICIALS: Final = frozenset({Role.OFFICIAL})

PAGES: Final[dict[tuple[str, str], frozenset[Role]]] = {
    ("GET", "/"): OFFICIALS,
    ("GET", "/masuk"): OPEN,
    ("POST", "/masuk"): OPEN,
    ("POST", "/keluar"): OPEN,
    ("GET", "/gaya.css"): OPEN,
    ("GET", "/tanda.svg"): OPEN,
    ("GET", "/laporan/{report}"): OFFICIALS,
    ("POST", "/laporan/{report}/terima"): OFFICIALS,
    ("GET", "/laporan/{report}/jawab"): OFFICIALS,
    ("POST", "/laporan/{report}/jawab"): OFFICIALS,
    ("GET", "/laporan/{report}/kembalikan"): OFFICIALS,
    ("POST", "/laporan/{report}/kembalikan"): OFFICIALS,
    ("GET", "/laporan/{report}/selesai"): OFFICIALS,
    ("POST", "/laporan/{report}/selesai"): OFFICIALS,
    ("GET", "/laporan/{report}/catatan"): OFFICIALS,
    ("POST", "/laporan/{report}/catatan"): OFFICIALS,
    ("GET", "/berkas/{sha256}"): OFFICIALS,
    ("GET", "/usulan"): OFFICIALS,
    ("GET", "/usulan/{mark}"): OFFICIALS,
    ("POST", "/usulan/{mark}/terima"): OFFICIALS,
    ("GET", "/usulan/{mark}/butir/{segment}"): OFFICIALS,
    ("GET", "/usulan/{mark}/berkas/{sha256}"): OFFICIALS,
    ("GET", "/usulan/{mark}/sanggah"): OFFICIALS,
    ("POST", "/usulan/{mark}/sanggah"): OFFICIALS,
    ("GET", "/pemberitahuan"): OFFICIALS,
}
"""The officials' pages below `PREFIX`, each for his own office's affairs. A page that is not here cannot be served."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The account behind a request, as the token says."""

    user: str
    name: str
    role: Role
    office: str | None
    session: str

    @property
    def actor(self) -> Actor:
        """Who acts, for the log."""
        return Actor(self.user, self.role, self.office)

    @property
    def confined_to(self) -> str | None:
        """The one office that this account may see, or None when it sees the city."""
        if self.role is not Role.OFFICIAL:
            return None
        return self.office or ""  # an official without an office sees nothing


def shows(event: Event, office: str) -> bool:
    """Whether an office that holds a report may see an event on it."""
    return event.kind not in UNIT_ONLY or event.actor.office == office
