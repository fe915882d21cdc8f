"""One request to the officials' pages: who it is, in which language, with which cookies, and what goes back.

A form is ours when the browser says that it comes from here and it carries the key that only this browser's own secret
gives. That secret is the session's token; before a log-in it is a random cookie. Nothing else is needed at the server,
so nothing else can leak.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection
from starlette.datastructures import FormData

from smartcity_desk import i18n
from smartcity_desk.central import tokens
from smartcity_desk.central.pages import rendering
from smartcity_desk.central.permissions import PREFIX, Principal
from smartcity_desk.central.problems import Problem
from smartcity_desk.central.services import Services
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.office import Directory

SESSION: Final = "kantor"
ENTRY: Final = "pintu"
LANGUAGE: Final = "bahasa"
NEWS: Final = "kabar"
KEY_FIELD: Final = "kunci"
_KEPT: Final = ("tampil", "hal", "lanjut", "butir")
"""What of an address stays when the language is changed."""
_YEAR_S: Final = 365 * 24 * 3600

TOLD: Final[Mapping[str, str]] = {
    "terima": i18n.key("page.told.acknowledged"),
    "jawab": i18n.key("page.told.answered"),
    "kembalikan": i18n.key("page.told.returned"),
    "selesai": i18n.key("page.told.claimed"),
    "catatan": i18n.key("page.told.noted"),
    "diterima": i18n.key("page.told.served"),
    "sanggah": i18n.key("page.told.objected"),
    "sudah": i18n.key("page.told.already"),
    "keluar": i18n.key("page.told.logged_out"),
}
"""What a page says after a form was taken: the cookie holds the short word only."""


@dataclass(slots=True)
class Visit:
    """A request that is being answered. `form` is there for a POST that passed the door."""

    request: Request
    server: Services
    language: str
    principal: Principal | None = None
    directory: Directory = field(default_factory=Directory)
    secret: str = ""
    form: FormData = field(default_factory=FormData)
    _cookies: dict[str, tuple[str, int | None]] = field(default_factory=dict)

    @property
    def office(self) -> str:
        """The office whose affairs these are. A page of officials has one."""
        return "" if self.principal is None else self.principal.office or ""

    @property
    def who(self) -> Principal:
        """The account that is logged in."""
        assert self.principal is not None
        return self.principal

    @property
    def now(self) -> int:
        """The city's time."""
        return self.server.clock()

    def law(self, connection: Connection) -> Law:
        """The law in force."""
        return self.server.law(connection)

    # ------------------------------------------------------------ cookies

    def cookie(self, name: str) -> str:
        """What the browser sent under a name of ours."""
        return self.request.cookies.get(self._name(name), "")

    def set(self, name: str, value: str, ends_s: int | None = None) -> None:
        """Give the browser a cookie; without `ends_s` it lasts as long as the browser does."""
        self._cookies[name] = (value, ends_s)

    def _name(self, name: str) -> str:
        return f"__Host-{name}" if self._secure else name

    @property
    def _secure(self) -> bool:
        return self.request.url.scheme == "https"

    def dress(self, response: Response) -> Response:
        """The response with the cookies that were set meanwhile."""
        for name, (value, ends_s) in self._cookies.items():
            response.set_cookie(
                self._name(name),
                value,
                max_age=ends_s,
                path="/",
                secure=self._secure,
                httponly=True,
                # A link in a message should be read in the language that was chosen; all else stays between us.
                samesite="lax" if name == LANGUAGE else "strict",
            )
        return response

    # ------------------------------------------------------------ forms

    @property
    def form_key(self) -> str:
        """What the hidden field of every form of this browser holds."""
        if not self.secret:
            self.secret = self.cookie(ENTRY) or secrets.token_urlsafe(24)
            self.set(ENTRY, self.secret)
        return hmac.new(self.secret.encode(), b"form", "sha256").hexdigest()

    def check_origin(self) -> None:
        """Refuse what another site's page sends. Raises Problem 403."""
        headers = self.request.headers
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None:
            ours = site == "same-origin"
        else:  # an older browser, or a plain line
            ours = origin is None or urlsplit(origin).netloc == headers.get("host", "")
        if not ours:
            raise Problem(403, "foreign_form")

    def check_key(self) -> None:
        """Refuse a form without this browser's own key. Raises Problem 403."""
        given = self.form.get(KEY_FIELD)
        known = bool(self.secret or self.cookie(ENTRY))
        if not known or not isinstance(given, str):
            raise Problem(403, "foreign_form")
        if not hmac.compare_digest(given.encode(), self.form_key.encode()):
            raise Problem(403, "foreign_form")

    # ------------------------------------------------------------ answers

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page, with what every page shows."""
        other = next(one for one in i18n.LANGUAGES if one != self.language)
        kept = [
            (name, self.request.query_params[name]) for name in _KEPT if name in self.request.query_params
        ]
        return rendering.page(
            template,
            {
                "visit": self,
                "directory": self.directory,
                "now": self.now,
                "other_language": other,
                "other_query": urlencode([*kept, (LANGUAGE, other)]),
                "news": self._news(),
                **values,
            },
            status,
        )

    def _news(self) -> str | None:
        word = self.cookie(NEWS)
        if word:
            self.set(NEWS, "", 0)
        return TOLD.get(word)

    def go(self, path: str, news: str | None = None) -> Response:
        """Send the browser on to a page of ours, with something to tell there."""
        if news is not None:
            self.set(NEWS, news)
        return RedirectResponse(f"{PREFIX}{path}", 303, headers={"Cache-Control": "no-store"})

    def choose_language(self, language: str) -> None:
        """Speak it from now on."""
        self.set(LANGUAGE, language, _YEAR_S)


async def receive(request: Request, server: Services) -> Visit:
    """The visit that a request is: its language, and its account if its session counts."""
    visit = Visit(request, server, i18n.DEFAULT_LANGUAGE)
    asked, kept = request.query_params.get(LANGUAGE), visit.cookie(LANGUAGE)
    if asked in i18n.LANGUAGES:
        visit.language = asked
        visit.choose_language(asked)
    elif kept in i18n.LANGUAGES:
        visit.language = kept
    token = visit.cookie(SESSION)
    if token:
        await _recognise(visit, token)
    return visit


async def _recognise(visit: Visit, token: str) -> None:
    server, now = visit.server, visit.server.auth_clock()

    def look(connection: Connection) -> tuple[tuple[Principal, bool] | None, Directory]:
        found = tokens.who_visits(connection, server.settings, token, now=now)
        return found, server.directories.current(connection).directory

    found, visit.directory = await server.db.read(look)
    if found is None:
        return
    visit.principal, renew = found
    visit.secret = token
    if renew:
        await server.db.write(
            lambda connection: tokens.keep_page(connection, server.settings, token, now=now)
        )
