"""What a central server is started with. Values only; the command line and the training city fill them in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from smartcity_desk.domain import filetypes

KIB: Final = 1024
MIB: Final = 1024 * KIB


@dataclass(frozen=True, slots=True)
class CentralSettings:
    """Everything that may differ between two central servers.

    `database` is a URL (`sqlite:///…` or `postgresql://…`); `attachments` the folder of uploaded files. Names that
    end in `_s` are seconds, in `_bytes` bytes. Without `durable` the operating system writes when it likes: twice as
    fast, and a power cut may cost the database (training). The password costs are argon2id's; the defaults are RFC
    9106's second choice with one lane, for a machine that serves other requests meanwhile.
    A log-in on the officials' pages ends `page_idle_s` after its last use and `page_ttl_s` after it began, whichever
    comes first; `page_body_bytes` is a form with all its pictures.
    `heartbeat_s` is how often the server writes down that it lives, so that it knows how long it was gone; 0 = never.
    `proxies` lists addresses whose `X-Forwarded-For` is believed; empty means nobody's.
    """

    database: str
    attachments: Path
    durable: bool = True

    access_ttl_s: int = 15 * 60
    refresh_ttl_s: int = 30 * 24 * 3600
    refresh_grace_s: int = 60
    password_time_cost: int = 3
    password_memory_kib: int = 64 * KIB
    password_parallelism: int = 1
    password_min: int = 10

    login_window_s: int = 15 * 60
    login_per_account: int = 10
    login_per_address: int = 60

    page_idle_s: int = 12 * 3600
    page_ttl_s: int = 7 * 24 * 3600

    small_body_bytes: int = 64 * KIB
    actions_body_bytes: int = 16 * MIB
    reports_body_bytes: int = 32 * MIB
    directory_body_bytes: int = 16 * MIB
    attachment_bytes: int = filetypes.MOST_BYTES
    page_body_bytes: int = 64 * MIB
    place_bytes: int = 768 * MIB

    keep_alive_s: float = 15.0
    poll_s: float = 1.0
    outgoing_s: float = 5.0
    heartbeat_s: float = 0.0
    proxies: tuple[str, ...] = ()
    tls_certificate: Path | None = None
    tls_key: Path | None = None

    @property
    def place(self) -> Path:
        """The folder of the place bundle that desks fetch."""
        return self.attachments.parent / "place"

    @property
    def keys(self) -> Path:
        """The folder of the keys of other systems; only this account may read it."""
        return self.attachments.parent / "keys"

    @classmethod
    def at(cls, folder: Path, database: str | None = None) -> CentralSettings:
        """Settings of a server whose files lie in `folder`; without a `database` URL, SQLite in the same place."""
        return cls(
            database=database or f"sqlite:///{folder / 'central.sqlite3'}",
            attachments=folder / "attachments",
        )
