"""The pages about marks on the office: what they rest on, and objecting to single segments of them."""

from __future__ import annotations

from typing import Final

from fastapi import Response
from sqlalchemy import Connection

from smartcity_desk import i18n
from smartcity_desk.central import replies
from smartcity_desk.central.pages import (
    acting,
    deeds,
    evidence,
    pictures,
    reading,
    report,
    telling,
    weighing,
    words,
)
from smartcity_desk.central.pages.deeds import Typed
from smartcity_desk.central.pages.evidence import Evidence
from smartcity_desk.central.pages.visit import Visit
from smartcity_desk.central.problems import Problem
from smartcity_desk.domain.decision import REASON_MIN
from smartcity_desk.domain.events import EventKind, ExclusionCode, MarkStepped, ObjectionFiled
from smartcity_desk.domain.items import Item, Outcome
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.reply import veiled
from smartcity_desk.domain.text import storable
from smartcity_desk.domain.why import why

_SEGMENTS_MOST: Final = 500


async def listed(visit: Visit) -> Response:
    """The marks that the office was notified of."""
    found = await visit.server.db.read(
        lambda connection: evidence.marks(connection, visit.office, visit.law(connection), visit.now)
    )
    return visit.page("marks.html", marks=found)


async def _find(visit: Visit) -> tuple[Evidence, Law]:
    """The mark that an address names, with its evidence. Raises Problem 404 for every other office's."""
    name = str(visit.request.path_params["mark"])
    if not report.UUID.match(name):
        raise Problem(404, "no_mark")

    def look(connection: Connection) -> tuple[Evidence | None, Law]:
        law = visit.law(connection)
        return evidence.gather(connection, name, visit.office, law, visit.now), law

    found, law = await visit.server.db.read(look)
    if found is None:
        raise Problem(404, "no_mark")
    return found, law


async def show(visit: Visit) -> Response:
    """One mark: state, figures, every item, the unit's own delays, objections."""
    found, law = await _find(visit)
    filed = evidence.objections(found.mark, law)
    hashes = sorted({sha256 for one in filed for sha256 in one.objection.attachments})
    types = await visit.server.db.read(lambda connection: evidence.media_types(connection, hashes))
    return visit.page(
        "mark.html",
        mark=found.mark,
        dates=weighing.dates(found.mark),
        method=weighing.method(found.policy),
        windows=weighing.window_words(found),
        table=weighing.table(found),
        raised=weighing.raised(found.mark),
        groups=weighing.groups(found, visit.directory),
        delays=weighing.delays(found, law),
        objections=[weighing.objection_words(one, found.lives, types, visit.now) for one in filed],
        action=report.new_id(visit),
    )


async def item(visit: Visit) -> Response:
    """One item of a mark, with the whole life of its report."""
    found, law = await _find(visit)
    one = found.item(str(visit.request.path_params["segment"]))
    if one is None:
        raise Problem(404, "no_item")
    life, now, directory = found.lives[one.segment.report], visit.now, visit.directory
    told = life.told
    files, (said, more) = await visit.server.db.read(
        lambda connection: (
            reading.files(connection, told),
            replies.about(connection, life.report.id, reading.REPLIES_MOST),
        )
    )
    # As in the dossier: what was replied is evidence, what was said in private is not.
    open_words = [one for one in said if veiled(one, private=life.report.private).text]
    shown = {event.id for event in told}
    return visit.page(
        "item.html",
        mark=found.mark,
        number=weighing.short(life.report),
        title=words.headline(life.report),
        text=words.plain(life.report.text) if not life.report.private else words.unsaid(life.report),
        entry=weighing.entry(one, directory),
        facts=weighing.item_facts(one),
        reasons=telling.reasons(why(one.segment, law, now), shown, directory),
        custody=weighing.custody(life, visit.office, directory),
        timeline=telling.timeline(told, open_words, directory, files, now),
        older_replies=more,
        may_object=one.segment.id in found.mark.open_segments and one.excluded is None,
    )


async def file(visit: Visit) -> Response:
    """A file that belongs to the evidence of a mark, or to an objection against it."""
    sha256 = report.named_file(visit)
    found, _ = await _find(visit)
    subjects = [found.mark.id, *{one.segment.report for one in found.items}]

    def look(connection: Connection) -> str | None:
        named = evidence.names_file(connection, subjects, sha256)
        return evidence.media_types(connection, [sha256]).get(sha256) if named else None

    return report.send_file(visit, sha256, await visit.server.db.read(look))


async def serve(visit: Visit) -> Response:
    """The office says that it has the notice: the window of objection opens now."""
    found, _ = await _find(visit)
    place = f"/usulan/{found.mark.id}"
    result = await acting.once(visit, found.mark.id, EventKind.MARK_SERVED, MarkStepped())
    if result.refused:
        return visit.page(
            "error.html", 409, text_key=i18n.key("page.error.refused"), detail=result.refused, back=place
        )
    return visit.go(place, "sudah" if result.again else "diterima")


# ---------------------------------------------------------------- objecting


async def ask(visit: Visit) -> Response:
    """An empty form of objection, with the segment chosen that the address names."""
    found, _ = await _find(visit)
    if not found.mark.open_segments:
        return visit.go(f"/usulan/{found.mark.id}")
    return _form(visit, found, Typed(), [visit.request.query_params.get("butir", "")])


def _form(visit: Visit, found: Evidence, typed: Typed, chosen: list[str], status: int = 200) -> Response:
    def order(one: Item) -> tuple[bool, bool, int, str]:
        return one.segment.id not in chosen, one.outcome is Outcome.ON_TIME, one.due_at, one.segment.id

    entries = [
        weighing.entry(one, visit.directory)
        for one in sorted(found.items, key=order)
        if one.segment.id in found.mark.open_segments and one.excluded is None
    ]
    return visit.page(
        "objection.html",
        status,
        mark=found.mark,
        entries=entries,
        chosen=chosen,
        typed=typed,
        codes=weighing.codes(),
        least=REASON_MIN,
        again=pictures.again,
        files_most=pictures.MOST,
        action=report.new_id(visit),
    )


async def do(visit: Visit) -> Response:
    """File an objection, or show the form again with what was typed and why."""
    found, _ = await _find(visit)
    place = f"/usulan/{found.mark.id}"
    chosen = [text for text in visit.form.getlist("butir") if isinstance(text, str)][:_SEGMENTS_MOST]
    typed = Typed({name: deeds.typed_text(visit, name) for name in ("teks", "kode")})
    typed.files["bukti"] = await pictures.take(visit, "bukti", papers=True)
    typed.wrong += typed.files["bukti"].wrong
    code = typed.text("kode")
    if not chosen:
        typed.wrong.append(i18n.tr("page.objection.nothing_chosen"))
    if code and code not in weighing.CODES:
        raise Problem(400, "bad_request")
    if typed.wrong:
        return _form(visit, found, typed, chosen, 422)
    payload = ObjectionFiled(
        acting.form_id(visit),
        tuple(dict.fromkeys(storable(name) for name in chosen)),
        typed.text("teks"),
        ExclusionCode(code) if code else None,
        typed.hashes("bukti"),
    )
    result = await acting.once(visit, found.mark.id, EventKind.OBJECTION_FILED, payload)
    if result.refused:
        typed.wrong.append(result.refused)
        return _form(visit, found, typed, chosen, 409)
    return visit.go(place, "sudah" if result.again else "sanggah")
