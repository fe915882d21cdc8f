"""The files of a form: kept as they are received, told by their first bytes, and remembered if the form comes again."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, select
from starlette.datastructures import UploadFile

from smartcity_desk.central import attachments, schema
from smartcity_desk.central.pages.visit import Visit
from smartcity_desk.central.settings import KIB, MIB
from smartcity_desk.domain import filetypes
from smartcity_desk.domain.text import one_line
from smartcity_desk.i18n import tr

MOST: Final = 4
"""Files in one field."""
_CHUNK: Final = 256 * KIB
_SHA: Final = re.compile(r"[0-9a-f]{64}\Z")
_PICTURES: Final = frozenset(kind for kind in filetypes.ENDINGS if kind.startswith("image/"))


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that the server has."""

    sha256: str
    media_type: str
    size: int


@dataclass(slots=True)
class Taken:
    """The files of one field that were kept, and what was wrong with the others, in words."""

    kept: list[Kept] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(self, file: Kept) -> None:
        """Count a file once."""
        if file not in self.kept:
            self.kept.append(file)


def again(name: str) -> str:
    """The field that names files of `name` which came with an earlier try."""
    return f"{name}_ada"


async def take(visit: Visit, name: str, *, papers: bool = False) -> Taken:
    """Keep the files of a field; pictures, and with `papers` PDF too. Those of an earlier try need no second upload."""
    taken = Taken()
    known = [text for text in visit.form.getlist(again(name)) if isinstance(text, str) and _SHA.match(text)]
    for file in await _known(visit, known[:MOST]):
        taken.add(file)
    uploads = [one for one in visit.form.getlist(name) if isinstance(one, UploadFile) and one.filename]
    for upload in uploads:
        label = one_line(upload.filename or "", 60)
        if len(taken.kept) >= MOST:
            taken.wrong.append(tr("page.files.too_many", most=MOST))
            break
        if (upload.size or 0) > visit.server.settings.attachment_bytes:
            most = visit.server.settings.attachment_bytes // MIB
            taken.wrong.append(tr("page.files.too_large", name=label, most=most))
            continue
        kept = await _keep(visit, upload, papers=papers)
        if kept is None:
            wrong = (
                tr("page.files.no_paper", name=label) if papers else tr("page.files.no_picture", name=label)
            )
            taken.wrong.append(wrong)
        else:
            taken.add(kept)
    return taken


async def _keep(visit: Visit, upload: UploadFile, *, papers: bool) -> Kept | None:
    received = await attachments.receive(_chunks(upload), visit.server.settings)
    kind = filetypes.media_type(received.start)
    if kind is None or (kind not in _PICTURES and not papers):
        received.path.unlink(missing_ok=True)
        return None
    stored = await attachments.keep(
        visit.server.db, visit.server.settings, received, received.sha256, "", visit.who, now=visit.now
    )
    return Kept(received.sha256, stored.media_type, received.size)


async def _chunks(upload: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await upload.read(_CHUNK):
        yield chunk


async def _known(visit: Visit, wanted: list[str]) -> list[Kept]:
    """The files among these that this office's people sent: no others are named by a form of theirs."""

    def look(connection: Connection) -> list[Kept]:
        table = schema.attachment
        query = select(table.c.sha256, table.c.media_type, table.c.size).where(
            table.c.sha256.in_(wanted), table.c.office == visit.office
        )
        return [Kept(row.sha256, row.media_type, row.size) for row in connection.execute(query)]

    found = {file.sha256: file for file in await visit.server.db.read(look)} if wanted else {}
    return [found[name] for name in wanted if name in found]
