"""One item of a dossier: its clock, who held the report when, what happened, and its pictures."""

from __future__ import annotations

from typing import Any, Final

from smartcity_desk.documents import words
from smartcity_desk.documents.ledger import Ledger
from smartcity_desk.documents.model import Custody, DossierItem, Exclusion, Moment, Pause, Photo, Step
from smartcity_desk.documents.pictures import Found, Printed
from smartcity_desk.documents.printable import line, quoted
from smartcity_desk.documents.wording import hex_groups, length, number, short_date_time
from smartcity_desk.domain.custody import Stay
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.i18n import tr

Json = dict[str, Any]

TEXT_MOST: Final = 1200
NUMBER_MOST: Final = 40
NAME_MOST: Final = 80
_TOGETHER_MOST: Final = 10
"""So many stretches and pauses stay on one page with their bar; more may go over its end."""
_NARROWEST: Final = 0.004
"""The least part of the bar's width that a stretch gets, so that a short one is still seen."""


def item(
    key: str, at: int, one: DossierItem, ledger: Ledger, printed: dict[str, Printed], data_at: int
) -> Json:
    """An item for the template. `data_at` is where stretches end that still last."""
    events = one.due.events
    return {
        "no": ledger.text(f"{key}/no", number(at), source="document"),
        "number": ledger.text(f"{key}/number", line(one.number, NUMBER_MOST), events=events, source="report"),
        "title": ledger.text(f"{key}/category", line(one.category, NAME_MOST), source="directory"),
        "place": ledger.text(
            f"{key}/place", quoted(one.place, 2 * NAME_MOST), events=events, source="report"
        ),
        "outcome": words.outcome(one.outcome),
        "flags": _flags(one),
        "facts": _facts(key, one, ledger),
        "bar": _bar(one.custody, data_at),
        "long": len(one.custody) + sum(len(held.pauses) for held in one.custody) > _TOGETHER_MOST,
        "holders": [
            _stretch(f"{key}/custody/{place}", stretch, ledger, data_at)
            for place, stretch in enumerate(one.custody)
        ],
        "steps": [_step(f"{key}/steps/{place}", step, ledger) for place, step in enumerate(one.timeline)],
        "exclusion": "" if one.exclusion is None else excluded(f"{key}/exclusion", one.exclusion, ledger),
        "photos": [
            _photo(f"{key}/photos/{place}", one.number, photo, ledger, printed[photo.sha256])
            for place, photo in enumerate(one.photos)
        ],
    }


def _flags(one: DossierItem) -> list[str]:
    flags = [f"◑ {tr('paper.item.empty')}"] if one.empty else []
    if one.contested:
        flags.append(f"◐ {tr('paper.item.contested')}")
    if one.exclusion is not None:
        flags.append(f"□ {tr('paper.item.excluded')}")
    return flags


def _facts(key: str, one: DossierItem, ledger: Ledger) -> list[list[str]]:
    def at(name: str, moment: Moment | None) -> str:
        return words.NONE if moment is None else ledger.moment(f"{key}/{name}", moment)

    charged = ledger.figure(f"{key}/charged", one.charged, length)
    allowance = ledger.figure(f"{key}/allowance", one.allowance, length)
    return [
        [tr("paper.item.delivered"), at("delivered", one.delivered)],
        [tr("paper.item.due"), at("due", one.due)],
        [tr("paper.item.answered"), at("answered", one.answered)],
        [tr("paper.item.charged"), tr("paper.item.charged.of", charged=charged, allowance=allowance)],
        [tr("paper.item.window"), words.roman(one.window)],
        [
            tr("paper.item.channel"),
            ledger.text(f"{key}/channel", line(one.channel, NAME_MOST), source="report"),
        ],
    ]


def _style(stretch: Custody) -> str:
    if stretch.own:
        return "own"
    return "rest" if stretch.stay is Stay.REST else "other"


def _bar(custody: tuple[Custody, ...], data_at: int) -> Json:
    """Stretches as parts of the bar's width, pauses as places on it: for drawing, the numbers stand below it.

    The bar ends with the last holder; that a closed report rests ever since needs no ink.
    """
    if not custody:
        return {"parts": [], "pauses": []}
    start = custody[0].since
    held = [one for one in custody if one.stay is not Stay.REST] or list(custody)
    end = max(data_at if one.until is None else one.until for one in held)
    whole = max(end - start, MINUTE)

    def place(at: int | None) -> float:
        return round(min(max(((data_at if at is None else at) - start) / whole, 0.0), 1.0), 5)

    return {
        "parts": [
            [place(one.since), max(place(one.until) - place(one.since), _NARROWEST), _style(one)]
            for one in custody
            if one.since < end
        ],
        "pauses": [
            [place(pause.since), max(place(pause.until) - place(pause.since), _NARROWEST)]
            for one in custody
            for pause in one.pauses
        ],
    }


def _stretch(key: str, one: Custody, ledger: Ledger, data_at: int) -> list[str]:
    """Shape, holder, from, to, length, pauses."""
    events = tuple(event for event in (one.opened_by, one.closed_by) if event)
    until = tr("paper.item.still")
    if one.until is not None:
        until = ledger.text(f"{key}/until", short_date_time(one.until), events=events)
    lasted = length((data_at if one.until is None else one.until) - one.since)
    return [
        _style(one),
        ledger.text(f"{key}/holder", _holder(one), source="directory"),
        ledger.text(f"{key}/since", short_date_time(one.since), events=events),
        until,
        ledger.text(f"{key}/length", lasted, events=events),
        "\n".join(_pause(f"{key}/pauses/{place}", pause, ledger) for place, pause in enumerate(one.pauses)),
    ]


def _holder(one: Custody) -> str:
    stay = tr(f"paper.stay.{one.stay.value}")
    return stay if one.stay is Stay.REST else f"{line(one.holder, NAME_MOST)} ({stay})"


def _pause(key: str, pause: Pause, ledger: Ledger) -> str:
    until = tr("paper.item.still") if pause.until is None else short_date_time(pause.until)
    span = tr("paper.item.pause", code=pause.code.value, since=short_date_time(pause.since), until=until)
    shown = ledger.text(key, span, events=(pause.event,))
    reason = ledger.quote(f"{key}/reason", pause.reason, TEXT_MOST)
    return f"{shown}: {reason}" if reason else shown


def _step(key: str, step: Step, ledger: Ledger) -> list[str]:
    events = (step.event,) if step.event else ()
    source = "" if step.event else "report"
    return [
        ledger.text(f"{key}/at", short_date_time(step.at), events=events, source=source),
        ledger.text(f"{key}/what", quoted(step.what, TEXT_MOST), events=events, source=source),
        ledger.text(f"{key}/by", line(step.by, NAME_MOST), events=events, source=source),
        ledger.text(f"{key}/text", quoted(step.text, TEXT_MOST), events=events, source=source),
        ledger.text(f"{key}/event", words.event(step.event), events=events, source=source),
    ]


def excluded(key: str, one: Exclusion, ledger: Ledger) -> str:
    """`E1 salah alamat: alasan. Oleh siapa, kapan`."""
    events = (one.event,) if one.event else ()
    shown = tr(
        "paper.exclusion",
        code=one.code.value,
        meaning=words.exclusion(one.code),
        reason=quoted(words.reason(one.who, one.reason), TEXT_MOST).rstrip("."),
        who=words.who(one.who),
        at=short_date_time(one.at),
    )
    return ledger.text(key, shown, events=events, source="rule:items")


def _photo(key: str, report: str, photo: Photo, ledger: Ledger, made: Printed) -> Json:
    caption = tr(
        "paper.photo.of", kind=tr(f"paper.photo.{photo.kind.value}"), number=line(report, NUMBER_MOST)
    )
    if photo.caption:
        caption = f"{caption}: {quoted(photo.caption, NAME_MOST)}"
    events = (photo.event,)
    return {
        "file": made.file,
        "ratio": round(made.height / made.width, 4) if made.width else 0.75,
        "caption": ledger.text(f"{key}/caption", caption, events=events),
        "hash": ledger.text(f"{key}/hash", hex_groups(photo.sha256[:16]), events=events),
        "instead": "" if made.found is Found.READY else tr(f"paper.photo.{made.found.value}"),
    }
