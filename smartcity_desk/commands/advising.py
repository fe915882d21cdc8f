"""`courses`: what could be done with a report, for people and for scripts. It only says; nothing is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smartcity_desk import knowledge, saying
from smartcity_desk.commands.context import Context
from smartcity_desk.commands.exits import Exit
from smartcity_desk.commands.reading import find
from smartcity_desk.i18n import tr

if TYPE_CHECKING:
    from smartcity_desk.domain.courses import Course
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.store.advice import Offer


def show_courses(context: Context) -> int:
    """Print the courses of one report, best first."""
    terminal = context.terminal
    with context.store() as store:
        known = knowledge.load(context.paths.profile_dir / knowledge.FOLDER, store.routing())
        now = context.clock()
        detail = store.report(find(store, context.options.report))
        assert detail is not None
        store.advice.count(now=now)
        offer = store.advice.offer(detail, known, now=now)
        directory = store.directory()
    if terminal.as_json:
        terminal.record(offer_json(offer, detail.state.office, directory))
        return Exit.OK
    if not offer.courses:
        terminal.line(tr("course.none"))
    for rank, course in enumerate(offer.courses, 1):
        title = saying.course_title(course, detail.state.office, directory)
        terminal.line(f"{rank}. {title}  ({tr('course.points', points=course.points)})")
        for line in saying.course_lines(course, directory):
            terminal.line(f"   {line}")
    return Exit.OK


def offer_json(offer: Offer, holder: str | None, directory: Directory) -> dict[str, Any]:
    """The object of `courses --json`: keys and numbers for scripts, with the sentences beside them."""
    return {
        "report": offer.report,
        "knowledge": offer.knowledge,
        "courses": [
            _course_json(rank, course, holder, directory) for rank, course in enumerate(offer.courses, 1)
        ],
    }


def _course_json(rank: int, course: Course, holder: str | None, directory: Directory) -> dict[str, Any]:
    past = course.past
    return {
        "rank": rank,
        "course": course.id,
        "kind": course.kind.value,
        "target": course.target or None,
        "title": saying.course_title(course, holder, directory),
        "points": course.points,
        "category": course.category,
        "authority": saying.course_phrase(course.basis, directory),
        "risk": saying.course_phrase(course.risk, directory),
        "text": course.text,
        "reasons": [
            {
                "key": one.key,
                "points": one.points,
                "params": dict(one.params),
                "text": saying.course_phrase(one, directory),
            }
            for one in course.reasons
        ],
        "comparable": {
            "n": past.n,
            "enough": past.enough,
            "whole_city": past.city,
            "answer_ms": past.answer_ms,
            "done_ms": past.done_ms,
            "looked_at": past.looked,
            "percent_accepted": past.percent,
            "text": saying.course_past(course),
        },
    }
