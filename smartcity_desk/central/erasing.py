"""What follows at the server when a report loses its content: its replies lose theirs, nothing of it waits to leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, bindparam, delete, select, update

from smartcity_desk.central import replies, schema
from smartcity_desk.central.db import chunks
from smartcity_desk.central.ledger import canonical

_REQUEST: Final = "request"
_WAITING: Final = "waiting"
_CONTENT: Final[dict[str, Any]] = {"text": "", "address": "", "media": "", "lat": None, "long": None}


def follow(connection: Connection, reports: Mapping[str, int], *, now: int) -> None:
    """Reports (id -> since when) are tombstones now: empty all that repeats what they said."""
    replies.empty_of(connection, reports, now=now)
    table = schema.outgoing
    lines: list[dict[str, Any]] = []
    for part in chunks(sorted(reports)):
        mine = table.c.report.in_(part) & (table.c.kind == _REQUEST)
        connection.execute(delete(table).where(mine, table.c.state == _WAITING))
        for row in connection.execute(select(table.c.id, table.c.body).where(mine)):
            body = canonical({**msgspec.json.decode(row.body), **_CONTENT})
            lines.append({"its_id": row.id, "its_body": body})
    if lines:
        connection.execute(
            update(table).where(table.c.id == bindparam("its_id")).values(body=bindparam("its_body")), lines
        )
