"""Log-in and log-out. The same accounts, limits and sessions as the API's; only officials come in here."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlencode

from fastapi import Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from smartcity_desk import i18n
from smartcity_desk.central import tokens, users
from smartcity_desk.central.api.sessions import prove
from smartcity_desk.central.pages.visit import SESSION, Visit
from smartcity_desk.central.permissions import OFFICIALS, PREFIX
from smartcity_desk.central.problems import Problem
from smartcity_desk.central.users import PASSWORD_MAX
from smartcity_desk.domain.events import Role

DEVICE: Final = "web"
_NAME_MAX: Final = 200
_UUID: Final = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_WAYS: Final = re.compile(
    rf"/(?:laporan/{_UUID}(?:/(?:jawab|kembalikan|selesai|catatan))?|usulan(?:/{_UUID})?|pemberitahuan)?\Z"
)
"""Where a log-in may lead on to: pages of ours, by their shape. Nothing else is an address here."""


def way(text: object) -> str:
    """The page of ours that a text names, or the list."""
    return text if isinstance(text, str) and _WAYS.match(text) else "/"


def send_to(visit: Visit) -> Response:
    """Send somebody who is not logged in to the log-in, which will lead on to where he wanted to go."""
    wanted = visit.request.url.path.removeprefix(PREFIX)
    query = f"?{urlencode({'lanjut': wanted})}" if way(wanted) != "/" else ""
    return RedirectResponse(f"{PREFIX}/masuk{query}", 303, headers={"Cache-Control": "no-store"})


async def ask(visit: Visit) -> Response:
    """The log-in form. Whoever is in already is sent on."""
    onward = way(visit.request.query_params.get("lanjut"))
    return _form(visit, onward) if visit.principal is None else visit.go(onward)


def _form(visit: Visit, onward: str, *, name: str = "", wrong: str = "", status: int = 200) -> Response:
    return visit.page("login.html", status, onward=onward, name=name, wrong=wrong)


async def log_in(visit: Visit) -> Response:
    """Check name and password at the price of an attempt, and open a session."""
    name, password = visit.form.get("nama"), visit.form.get("sandi")
    onward = way(visit.form.get("lanjut"))
    if not isinstance(name, str) or not isinstance(password, str):
        raise Problem(400, "bad_request")
    try:
        token = await _token(visit, name, password)
    except Problem as problem:
        if problem.status not in {401, 429}:
            raise
        return _refused(visit, problem, onward, name[:_NAME_MAX])
    if token is None:
        return visit.page("error.html", 403, text_key=i18n.key("page.error.not_official"))
    visit.set(SESSION, token, visit.server.settings.page_ttl_s)
    return visit.go(onward)


async def _token(visit: Visit, name: str, password: str) -> str | None:
    """The token of a new session, or None for an account that is no official's. Raises Problem 401 and 429."""
    if not password or len(password) > PASSWORD_MAX or len(name) > _NAME_MAX:
        raise Problem(401, "bad_credentials")
    client = visit.request.client
    await prove(visit.server, name, password, client.host if client else "")
    user, now = name.strip().lower(), visit.server.auth_clock()

    def work(connection: Connection) -> str | None:
        row = users.find(connection, user)
        if row is None or row.disabled_at is not None:
            raise Problem(401, "bad_credentials")
        if Role(row.role) not in OFFICIALS:
            return None
        return tokens.open_page(connection, visit.server.settings, user, DEVICE, now=now)

    return await visit.server.db.write(work)


def _refused(visit: Visit, problem: Problem, onward: str, name: str) -> Response:
    if problem.status == 429:
        minutes = -(-int(problem.params["retry_after"]) // 60)
        wrong = i18n.trn("page.login.too_many", minutes)
    else:
        wrong = i18n.tr("page.login.wrong")
    answer = _form(visit, onward, name=name, wrong=wrong, status=problem.status)
    if problem.status == 429:
        answer.headers["Retry-After"] = str(problem.params["retry_after"])
    return answer


async def log_out(visit: Visit) -> Response:
    """End the session, if there is one; its cookie works no more."""
    if visit.principal is not None:
        session, now = visit.principal.session, visit.server.auth_clock()
        await visit.server.db.write(lambda connection: tokens.revoke(connection, now=now, session=session))
    visit.set(SESSION, "", 0)
    return visit.go("/masuk", "keluar")
