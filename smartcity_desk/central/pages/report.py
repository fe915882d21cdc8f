"""One report: what was said, how it stands and why, what happened, and what may be done."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from fastapi import Response
from fastapi.responses import FileResponse
from sqlalchemy import Connection

from smartcity_desk.central import attachments, replies
from smartcity_desk.central.pages import reading, receipts, telling, words
from smartcity_desk.central.pages.reading import Case, File
from smartcity_desk.central.pages.visit import Visit
from smartcity_desk.central.problems import Problem
from smartcity_desk.domain import filetypes
from smartcity_desk.domain.custody import Stay
from smartcity_desk.domain.ids import time_ordered_id
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.report import veiled
from smartcity_desk.domain.why import why

UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_SHA: Final = re.compile(r"[0-9a-f]{64}\Z")
_LINKS: Final = 12


async def find(visit: Visit) -> tuple[Case, Law, dict[str, list[File]]]:
    """The report that an address names. Raises Problem 404 for every one that is none of this office's."""
    name = str(visit.request.path_params["report"])
    if not UUID.match(name):
        raise Problem(404, "unknown_report")

    def look(connection: Connection) -> tuple[Case, Law, dict[str, list[File]]] | None:
        law = visit.law(connection)
        case = reading.case(connection, name, visit.office, law)
        return None if case is None else (case, law, reading.files(connection, case.shown))

    found = await visit.server.db.read(look)
    if found is None:
        raise Problem(404, "unknown_report")
    return found


async def show(visit: Visit) -> Response:
    """The report's page. Opening it is a receipt."""
    case, law, files = await find(visit)
    if await receipts.write(visit, [case], opened=case):
        case, law, files = await find(visit)
    now, directory = visit.now, visit.directory
    lead, others, (said, more) = await visit.server.db.read(
        lambda connection: (
            reading.leading(connection, case),
            reading.similar(connection, case),
            replies.about(connection, case.report.id, reading.REPLIES_MOST) if case.held else ([], False),
        )
    )
    # Who has to do the work reads what was said in private, and later; who had it once does not any longer.
    report = case.report if case.held else veiled(case.report)
    return visit.page(
        "report.html",
        case=case,
        number=words.number(case),
        title=words.headline(case.report),
        text=words.plain(report.text),
        private=report.private,
        sign=words.sign(case, now),
        remarks=words.remarks(case),
        facts=words.facts(case, directory),
        point=words.point(report),
        links=[link for link in report.media[:_LINKS] if _is_web(link)],
        leading=None if lead is None else words.leading(lead, directory),
        answer=None if lead is None or lead.answer is None else telling.told(lead.answer, directory, [], now),
        similar=[words.similar(veiled(one)) for one in others],
        reasons=telling.reasons(
            why(case.segment, law, now, case.tie), {event.id for event in case.shown}, directory
        ),
        timeline=telling.timeline(case.shown, said, directory, files, now),
        older_replies=more,
        pictures=[file for those in files.values() for file in those if file.is_picture],
        may=deeds_of(case),
        action=new_id(visit),
    )


def _is_web(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def deeds_of(case: Case) -> tuple[str, ...]:
    """What may be done with a report now, by the names in addresses."""
    if not case.held:
        return ()
    if not case.open:
        return ("catatan",)
    fresh = case.last.stay is Stay.HOLD and case.last.responded_at is None
    possible = {
        "terima": fresh and case.last.acknowledged_at is None,
        "jawab": case.working,
        "selesai": case.working,
        "kembalikan": case.working and not case.returned,
        "catatan": True,
    }
    return tuple(name for name, may in possible.items() if may)


def new_id(visit: Visit) -> str:
    """The id of a form that is being made: what comes back with it happens once."""
    return time_ordered_id(visit.now, visit.server.randomness(10))


async def file(visit: Visit) -> Response:
    """A file of a report that the office holds or held while the file was there; others do not exist."""
    sha256 = named_file(visit)
    kind = await visit.server.db.read(lambda connection: attachments.find(connection, sha256, visit.who))
    return send_file(visit, sha256, kind)


def named_file(visit: Visit) -> str:
    """The hash that an address names. Raises Problem 404 for what is none."""
    sha256 = str(visit.request.path_params["sha256"])
    if not _SHA.match(sha256):
        raise Problem(404, "unknown_attachment")
    return sha256


def send_file(visit: Visit, sha256: str, kind: str | None) -> Response:
    """A file of a known type. Raises Problem 404 without a type, or without the file."""
    path = attachments.path(visit.server.settings, sha256)
    if kind is None or not path.is_file():
        raise Problem(404, "unknown_attachment")
    tag, shown = f'"{sha256}"', "inline" if reading.is_picture(kind) else "attachment"
    headers = {
        "Content-Disposition": f'{shown}; filename="{sha256[:16]}.{filetypes.ENDINGS[kind]}"',
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        # A picture need not travel twice, but whether it may be seen is asked each time.
        "Cache-Control": "private, no-cache",
        "ETag": tag,
    }
    if visit.request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return FileResponse(path, media_type=kind, headers=headers)
