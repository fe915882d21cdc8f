"""What every paper carries: the letterhead, the origin, the foot of each page, the blocks to be signed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from smartcity_desk import paths
from smartcity_desk.documents.ledger import Ledger
from smartcity_desk.documents.model import Letterhead, Moment, Origin, Signature
from smartcity_desk.documents.printable import line
from smartcity_desk.documents.wording import date, date_time, hex_groups
from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.i18n import tr

Json = dict[str, Any]

_PAGE: Final = "\x01"
_PAGES: Final = "\x02"
_LOGOS: Final = ((b"\x89PNG", "logo.png"), (b"\xff\xd8\xff", "logo.jpg"), (b"<", "logo.svg"))
_VERSIONS_SHOWN: Final = 3
_VERSIONS_MOST: Final = 60
_BLOCK_MOST: Final = 90


def letterhead(path: Path | None = None) -> Letterhead:
    """The unit's letterhead: the file at `path` (JSON), else the one that ships. Raises ConfigProblem."""
    source = path or paths.resource("print", "letterhead.json")
    try:
        found = json.loads(source.read_text(encoding="utf-8"))
        logo = found.get("logo")
        return Letterhead(
            name=str(found["name"]),
            above=tuple(str(row) for row in found.get("above", ())),
            address=tuple(str(row) for row in found.get("address", ())),
            logo=source.with_name(Path(logo).name).read_bytes() if logo else None,
        )
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as problem:
        raise ConfigProblem(name="letterhead", reason="bad_value", value=str(source)) from problem


def head(one: Letterhead, folder: Path, ledger: Ledger) -> Json:
    """The letterhead for a template; a logo is put into `folder`. What is no picture is left out."""
    logo = ""
    if one.logo:
        content = one.logo.lstrip() if one.logo[:1].isspace() else one.logo
        logo = next((name for magic, name in _LOGOS if content.startswith(magic)), "")
        if logo:
            (folder / logo).write_bytes(content)
    return {
        "name": _letterhead_line("name", one.name, ledger),
        "above": [_letterhead_line(f"above/{at}", row, ledger) for at, row in enumerate(one.above)],
        "address": [_letterhead_line(f"address/{at}", row, ledger) for at, row in enumerate(one.address)],
        "logo": logo,
    }


def _letterhead_line(key: str, text: str, ledger: Ledger) -> str:
    return ledger.text(f"letterhead/{key}", line(text), source="letterhead")


def facts(origin: Origin, ledger: Ledger) -> list[list[str]]:
    """What a paper is made from, as pairs of label and text; the foot of each page says it again."""
    ledger.furniture("foot/data_at", date_time(origin.data_at), f"snapshot:{origin.snapshot_sha256}")
    ledger.furniture("foot/policies", _versions(origin), "policy")
    data_at = Moment(origin.data_at, source=f"snapshot:{origin.snapshot_sha256}")
    return [
        [tr("paper.data_at"), ledger.moment("origin/data_at", data_at, date_time)],
        [
            tr("paper.policy"),
            ledger.text("origin/policies", ", ".join(origin.policies), source="policy"),
        ],
        [
            tr("paper.snapshot"),
            ledger.text("origin/snapshot", hex_groups(origin.snapshot_sha256, 4), source="snapshot"),
        ],
    ]


def foot(title: str, number: str, origin: Origin, content: Json) -> Json:
    """Head and foot of the pages: title and number, the origin, the content's own hash, `halaman x dari y`."""
    before, rest = tr("paper.page", page=_PAGE, pages=_PAGES).split(_PAGE)
    between, after = rest.split(_PAGES)
    text = tr(
        "paper.foot",
        data_at=date_time(origin.data_at),
        policy=_versions(origin),
        content=hex_groups(content["content_sha256"], 2),
    )
    return {"running": [title, number], "origin": text, "page": [before, between, after]}


def _versions(origin: Origin) -> str:
    """The newest versions of the rules, as many as a foot has room for."""
    return line(", ".join(origin.policies[-_VERSIONS_SHOWN:]), _VERSIONS_MOST)


def signatures(blocks: tuple[Signature, ...], ledger: Ledger) -> list[Json]:
    """The blocks to be signed, for a template."""
    return [
        {
            "top": ledger.text(f"signatures/{at}", _top(block), source="document"),
            "title": ledger.text(
                f"signatures/{at}/title", line(block.title, _BLOCK_MOST), source="directory"
            ),
            "name": ledger.text(f"signatures/{at}/name", line(block.name, _BLOCK_MOST), source="directory"),
            "number": ledger.text(
                f"signatures/{at}/number", line(block.number, _BLOCK_MOST), source="directory"
            ),
        }
        for at, block in enumerate(blocks)
    ]


def _top(block: Signature) -> str:
    if block.at is None:
        return line(block.lead, _BLOCK_MOST)
    day = date(block.at)
    return tr("paper.place_date", place=line(block.place), date=day) if block.place else day
