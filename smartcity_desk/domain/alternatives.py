"""Which courses a case has, best first: readable rules whose points anybody can add up. Pure, total, deterministic.

A course begins with nothing and gets points for each thing that speaks for it or against it; every such thing is a
phrase that is shown with its points. Nothing here does anything: a course becomes an action when a person presses its
key, and the ordinary action then asks and checks what it always does.

An open complaint always has three courses at least, because asking, setting aside and doing nothing can be done with
any. What is closed, and traffic context, asks for no decision and has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from smartcity_desk.domain.courses import (
    OFFERED_LEAST,
    OFFERED_MOST,
    TO_OFFICE,
    Case,
    Comparables,
    Course,
    CourseKind,
    Phrase,
)
from smartcity_desk.domain.letters import Named, letter
from smartcity_desk.domain.location import PlaceBadge
from smartcity_desk.domain.no_work import (
    SURE_PERCENT,
    certain,
    stated,
    why_no_complaint,
    why_outside,
    why_spam,
    why_vague,
)
from smartcity_desk.domain.office import Directory, OfficeLevel
from smartcity_desk.domain.report import OPEN_STATUSES, Status
from smartcity_desk.domain.routing import Route, Routing, routes

K = CourseKind

LIKELY_PERCENT: Final = 45
"""From which share of a text's topics a category is taken for likely; `SURE_PERCENT` says from which it is sure."""
SHADY_PERCENT: Final = 20
"""Below it a second topic is not worth an office of its own."""
_FIRST, _SECOND, _LATER = 40, 18, 10
"""Points of the first, the second and each later office that the routing knowledge names."""
_MEAGRE: Final = 2
"""Words of substance up to which a text says next to nothing."""
_ASIDE: Final = 60
"""What a course loses that somebody has set aside for this report."""
_TWIN_LEAST: Final = 50
"""Percent below which a look-alike is not worth a course."""


@dataclass(frozen=True, slots=True)
class Counsel:
    """What the rules look things up in."""

    directory: Directory
    routing: Routing
    texts: Mapping[str, str]
    comparables: Comparables


def courses(case: Case, counsel: Counsel) -> tuple[Course, ...]:
    """The courses of a case, best first; none for what asks for no decision."""
    if case.status not in OPEN_STATUSES:
        return ()
    maker = _Maker(case, counsel)
    found = [*maker.to_offices(), *maker.joins(), *maker.of_the_state(), *maker.without_work(), maker.ask()]
    unique: dict[str, Course] = {}
    for course in found:
        known = unique.get(course.id)
        if known is None or course.points > known.points:
            unique[course.id] = course
    ordered = sorted(unique.values(), key=lambda one: (-one.points, _ORDER[one.kind], one.target))
    worth = [one for one in ordered if one.points > 0]
    rest = [one for one in ordered if one.points <= 0]
    return tuple((worth + rest[: max(0, OFFERED_LEAST - len(worth))])[:OFFERED_MOST])


_PLACED: Final = {
    PlaceBadge.SURE: ("course.why.place_sure", 16),
    PlaceBadge.APPROXIMATE: ("course.why.place_approximate", 10),
    PlaceBadge.NAMED: ("course.why.place_named", 12),
    PlaceBadge.BORDER: ("course.why.place_border", 6),
    PlaceBadge.AMBIGUOUS: ("course.why.place_ambiguous_one", -6),
    PlaceBadge.OUTSIDE: ("course.why.place_set", 16),
    PlaceBadge.NONE: ("course.why.place_set", 16),
}
"""How a place was found, and what that is worth. One that was set although the point lies outside is a person's."""
_ENDS: Final = {
    K.OUTSIDE: ("course.basis.outside", "course.risk.outside"),
    K.SPAM: ("course.basis.spam", "course.risk.spam"),
    K.NOT_COMPLAINT: ("course.basis.not_complaint", "course.risk.not_complaint"),
    K.VAGUE: ("course.basis.vague", "course.risk.vague"),
}
"""Authority and risk of ending a report."""
_ORDER: Final = {kind: at for at, kind in enumerate(CourseKind)}


class _Maker:
    """The rules, on one case."""

    def __init__(self, case: Case, counsel: Counsel) -> None:
        self.case = case
        self.counsel = counsel
        self.directory = counsel.directory
        self.topic = case.reading.topic
        self.danger = bool(case.reading.danger) or case.life_safety

    # -- offices -----------------------------------------------------------------------------------------------

    def to_offices(self) -> list[Course]:
        """Routes to every office that the knowledge names for the likely categories at the likely places."""
        found: list[Course] = []
        if self.case.competent is not None and self.case.returned:
            found.append(self._returned_to(self.case.competent))
        for category, why in self._categories():
            for place, where in self._places():
                options = routes(
                    self.counsel.routing, self.directory, category, place, self.case.reading.phrases
                )
                for at, route in enumerate(options[:3]):
                    if route.office == self.case.holder:
                        continue
                    found.append(self._route(route, at, category, place, why, where))
        return found

    def _categories(self) -> list[tuple[str | None, Phrase]]:
        """The categories worth an office: the one that is set, and those that the text speaks for."""
        case, found = self.case, list[tuple[str | None, Phrase]]()
        topics = case.reading.topics
        by_text = {topic.category: topic for topic in topics}
        if case.category is not None and stated(self.case):
            points = 24 if case.by_person else 16
            agrees = by_text.get(case.category)
            if agrees is not None and agrees.percent >= LIKELY_PERCENT:
                key, points = "course.why.category_agrees", points + 8
                words = ", ".join(agrees.words)
            elif certain(self.case) and self.topic is not None and not case.by_person:
                key, words, points = (
                    "course.why.category_contradicted",
                    ", ".join(self.topic.words),
                    points - 12,
                )
            else:
                key, words = "course.why.category_set", ""
            found.append((case.category, Phrase(key, {"category": case.category, "words": words}, points)))
        for topic in topics[:2]:
            if topic.category == case.category or topic.percent < SHADY_PERCENT:
                continue
            points = 18 if topic.percent >= SURE_PERCENT else 10 if topic.percent >= LIKELY_PERCENT else 2
            if stated(self.case):
                sure = topic.percent >= SURE_PERCENT and len(topic.words) > 1
                points -= 6 if sure and not case.by_person else 14
            told = {"category": topic.category, "words": ", ".join(topic.words)}
            params = told | {"percent": topic.percent}
            found.append((topic.category, Phrase("course.why.category_read", params, points)))
        if not found:
            name = case.category or ""
            found.append((case.category, Phrase("course.why.category_unknown", {"category": name}, -12)))
        return found

    def _places(self) -> list[tuple[str | None, Phrase]]:
        """The kelurahan in question with what speaks for each; no place at all is one too."""
        case = self.case
        found: list[tuple[str | None, Phrase]] = []
        if case.place is not None:
            key, points = _PLACED[case.badge]
            if case.named and case.place not in case.named:
                points -= 8  # the words name another one
            elif case.place in case.named:
                points += 4
            found.append((case.place, Phrase(key, {"office": case.place}, points)))
        for other in case.candidates:
            if other is not None and other != case.place:
                points = -8 if case.badge is PlaceBadge.AMBIGUOUS else 2
                found.append((other, Phrase("course.why.place_neighbour", {"office": other}, points)))
        for other in case.named:
            if other in (place for place, _ in found):
                continue
            points = 12 if len(case.named) == 1 else 0
            if case.place is not None and case.badge is PlaceBadge.SURE:
                points = 8
            found.append((other, Phrase("course.why.place_said", {"office": other}, points)))
        if not found:
            found.append((None, Phrase("course.why.place_missing", {}, -18)))
        return found[:4]

    def _route(
        self, route: Route, at: int, category: str | None, place: str | None, why: Phrase, where: Phrase
    ) -> Course:
        office = self.directory.offices[route.office]
        third = office.level is OfficeLevel.THIRD_PARTY
        kind = K.REFER if third else K.CREW if route.rule.crew else K.ROUTE
        rank = _FIRST if at == 0 else _SECOND if at == 1 else _LATER
        if route.rule.category == "*" and not route.rule.words:
            rank = 4 if category is not None and category != "lainnya" else 14
        elif route.rule.category == "lainnya" and not self.case.reading.known:
            rank = _SECOND
        reasons = [Phrase("course.why.knowledge", {"nth": at + 1, "office": route.office}, rank), why]
        anywhere = route.office != route.rule.unplaced and (third or office.level is OfficeLevel.DINAS)
        if place is None and anywhere:
            reasons.append(Phrase("course.why.place_missing", {}, -6))
        else:
            reasons.append(where)
        if route.words:
            reasons.append(Phrase("course.why.words", {"words": ", ".join(route.words)}, 12))
        if self.danger and kind is K.CREW and at > 0:
            reasons.append(Phrase("course.why.danger_crew", {}, 10))
        reasons += self._held() + self._against_work()
        risk = self._risk_of_route(kind, category, place)
        name = "crew" if kind is K.CREW else "refer" if kind is K.REFER else "route"
        if self.danger and kind is not K.REFER:
            name += ".danger"
        basis = Phrase(
            "course.basis.rule_confirm" if route.rule.confirm else "course.basis.rule",
            {"basis": route.rule.basis, "source": route.rule.source},
        )
        return self._course(kind, route.office, basis, risk, name, reasons, category, place)

    def _returned_to(self, office: str) -> Course:
        reasons = [Phrase("course.why.returned_names", {"office": office}, 70)]
        known = {
            route.office
            for category, _ in self._categories()
            for place, _ in self._places()
            for route in routes(
                self.counsel.routing, self.directory, category, place, self.case.reading.phrases
            )
        }
        if office in known:
            reasons.append(Phrase("course.why.knowledge_agrees", {"office": office}, 20))
        level = self.directory.offices[office].level if office in self.directory.offices else None
        kind = K.REFER if level is OfficeLevel.THIRD_PARTY else K.ROUTE
        basis = Phrase("course.basis.returned")
        risk = Phrase("course.risk.returned")
        return self._course(kind, office, basis, risk, "route.returned", reasons, self.case.category, None)

    def _held(self) -> list[Phrase]:
        """A report that an office holds is not sent on without cause."""
        case = self.case
        if case.holder is None or case.returned:
            return []
        return [Phrase("course.why.held", {"office": case.holder}, -45)]

    def _against_work(self) -> list[Phrase]:
        """What speaks against anybody's having work: it lies outside, or is no complaint at all."""
        reading = self.case.reading
        found = []
        if self.case.badge is PlaceBadge.OUTSIDE and not self.case.named:
            found.append(Phrase("course.why.lies_outside", {}, -30))
        elif reading.outside:
            found.append(Phrase("course.why.names_outside", {"words": ", ".join(reading.outside)}, -24))
        if reading.spam and not certain(self.case):
            found.append(Phrase("course.why.spam_words", {"words": ", ".join(reading.spam)}, -20))
        return found

    def _risk_of_route(self, kind: CourseKind, category: str | None, place: str | None) -> Phrase:
        case = self.case
        if kind is K.REFER:
            vague = case.badge in (PlaceBadge.NAMED, PlaceBadge.AMBIGUOUS)
            nowhere = case.badge is PlaceBadge.NONE and case.place is None
            return Phrase("course.risk.refer_no_point" if vague or nowhere else "course.risk.refer")
        others = [one for one in case.candidates if one is not None and one != place]
        if case.badge is PlaceBadge.BORDER and others:
            return Phrase("course.risk.border", {"office": others[0]})
        if case.named and place not in case.named and place == case.place:
            return Phrase("course.risk.named_other", {"office": case.named[0]})
        if case.badge in (PlaceBadge.APPROXIMATE, PlaceBadge.NAMED):
            return Phrase("course.risk.approximate")
        if not case.by_person and not (case.category == category and stated(self.case)):
            return Phrase("course.risk.category_read")
        if kind is K.CREW:
            return Phrase("course.risk.crew")
        return Phrase("course.risk.route")

    # -- the same thing ----------------------------------------------------------------------------------------

    def joins(self) -> list[Course]:
        """One course a thing that others have reported already; the likeliest two."""
        case, found = self.case, list[Course]()
        if case.incident is not None or case.private:
            return []
        best: dict[str, int] = {}
        for twin in sorted(case.twins, key=lambda one: (-one.score, one.report)):
            if twin.score < _TWIN_LEAST or twin.target in best or len(best) == 2:
                continue
            best[twin.target] = twin.score
            points = 112 if twin.score >= 90 else 92 if twin.score >= 80 else 36 if twin.score >= 65 else 16
            key = "course.why.twin" if twin.metres is None else "course.why.twin_near"
            params: dict[str, str | int] = {"number": twin.number, "percent": twin.score}
            if twin.metres is not None:
                params["metres"] = twin.metres
            reasons = [Phrase(key, params, points), *twin.reasons]
            basis, risk = Phrase("course.basis.join"), Phrase("course.risk.join")
            course = self._course(
                K.JOIN, twin.target, basis, risk, "join", reasons, case.category, None, twin.number
            )
            found.append(replace(course, member=twin.report))
        return found

    # -- what the state itself suggests ------------------------------------------------------------------------

    def of_the_state(self) -> list[Course]:
        """A hand-back to answer, a completion to look at, a clock to stop, and leaving it to its holder."""
        case, found = self.case, list[Course]()
        if case.status is Status.AWAITING_VERIFICATION:
            reasons = [Phrase("course.why.claimed", {"office": case.holder or ""}, 150)]
            basis, risk = Phrase("course.basis.verify"), Phrase("course.risk.verify")
            found.append(self._course(K.VERIFY, "", basis, risk, "verify", reasons, case.category))
        if case.returned:
            found.append(self._refuse_return())
        if case.holder is not None and not case.returned and not case.paused:
            found.append(self._wait())
        found.append(self._no_action())
        return found

    def _refuse_return(self) -> Course:
        case = self.case
        reasons = [Phrase("course.why.returned", {"office": case.holder or ""}, 14)]
        if case.competent is None:
            reasons.append(Phrase("course.why.returned_plain", {}, 16))
        named = {
            route.office: at
            for category, _ in self._categories()[:1]
            for place, _ in self._places()[:1]
            for at, route in enumerate(
                routes(self.counsel.routing, self.directory, category, place, case.reading.phrases)
            )
        }
        at = named.get(case.holder or "")
        if at == 0:
            reasons.append(Phrase("course.why.knowledge_holder", {"office": case.holder or ""}, 48))
        elif at is None:
            reasons.append(Phrase("course.why.knowledge_not_holder", {"office": case.holder or ""}, -20))
        basis, risk = Phrase("course.basis.refuse_return"), Phrase("course.risk.refuse_return")
        return self._course(K.REFUSE_RETURN, "", basis, risk, "refuse_return", reasons, case.category)

    def _wait(self) -> Course:
        case = self.case
        holder = case.holder or ""
        level = self.directory.offices[holder].level if holder in self.directory.offices else None
        reasons = []
        if level is OfficeLevel.THIRD_PARTY:
            reasons.append(Phrase("course.why.third_party", {"office": holder}, 30))
        if case.responded:
            reasons.append(Phrase("course.why.responded", {"office": holder}, 14))
        if case.calamity and not self.danger:
            reasons.append(Phrase("course.why.calamity", {"name": case.calamity}, 24))
        if not reasons:
            reasons.append(Phrase("course.why.no_cause_to_wait", {}, 0))
        basis, risk = Phrase("course.basis.wait"), Phrase("course.risk.wait")
        return self._course(K.WAIT, "", basis, risk, "wait", reasons, case.category)

    def _no_action(self) -> Course:
        case = self.case
        reasons, name = [], "no_action.plain"
        if case.paused:
            reasons.append(Phrase("course.why.paused", {}, 70))
        if case.incident is not None:
            reasons.append(Phrase("course.why.joined", {"incident": case.incident}, 90))
        if case.holder is not None and not case.returned and case.status is not Status.AWAITING_VERIFICATION:
            late = case.left_ms is not None and case.left_ms <= 0
            key = "course.why.held_late" if late else "course.why.held_in_time"
            reasons.append(Phrase(key, {"office": case.holder}, 40 if late else 75))
            name = "no_action.plain" if late else "no_action"
        if not reasons:
            reasons.append(Phrase("course.why.nothing_else", {}, 3))
        if self.danger and case.holder is None:
            reasons.append(Phrase("course.why.danger_waits", {}, -20))
        basis = Phrase("course.basis.no_action")
        risk = Phrase("course.risk.danger" if self.danger else "course.risk.no_action", {})
        return self._course(K.NO_ACTION, "", basis, risk, name, reasons, case.category)

    # -- asks nobody for work ----------------------------------------------------------------------------------

    def without_work(self) -> list[Course]:
        """Rejections: outside the city, spam, no complaint, too vague."""
        found = []
        for kind, reasons in (
            (K.OUTSIDE, why_outside(self.case)),
            (K.SPAM, why_spam(self.case)),
            (K.NOT_COMPLAINT, why_no_complaint(self.case)),
            (K.VAGUE, why_vague(self.case)),
        ):
            if reasons:
                if self.case.holder is not None and not self.case.returned:
                    reasons.append(Phrase("course.why.held", {"office": self.case.holder}, -30))
                if self.danger:
                    reasons.append(Phrase("course.why.danger_rejects", {}, -20))
                basis, risk = (Phrase(key) for key in _ENDS[kind])
                found.append(self._course(kind, "", basis, risk, kind.value, reasons, self.case.category))
        return found

    # -- asking ------------------------------------------------------------------------------------------------

    def ask(self) -> Course:
        """Ask the reporter: what, where, or which of two."""
        case, reading = self.case, self.case.reading
        reasons = [Phrase("course.why.can_be_asked", {}, 14)]
        told = stated(self.case) or (self.topic is not None and self.topic.percent >= LIKELY_PERCENT)
        no_place = case.place is None and case.badge is not PlaceBadge.OUTSIDE and not reading.outside
        which: tuple[str, str] | None = None
        if no_place and len(case.named) == 1:
            reasons.append(Phrase("course.why.place_by_words_only", {"office": case.named[0]}, 12))
        elif no_place and len(case.named) > 1:
            which = (case.named[0], case.named[1])
            reasons.append(Phrase("course.why.place_ambiguous", {"n": len(case.named)}, 52))
        elif no_place:
            reasons.append(Phrase("course.why.no_place", {}, 46))
        elif case.badge is PlaceBadge.AMBIGUOUS:
            pair = [one for one in case.candidates if one is not None]
            which = (pair[0], pair[1]) if len(pair) > 1 else None
            reasons.append(Phrase("course.why.place_ambiguous", {"n": max(2, len(pair))}, 52))
        elif case.badge is PlaceBadge.BORDER:
            pair = [one for one in case.candidates if one is not None]
            which = (pair[0], pair[1]) if len(pair) > 1 else None
            reasons.append(Phrase("course.why.place_border_ask", {}, 12))
        elif case.place is not None and case.named and case.place not in case.named:
            which = (case.place, case.named[0])
            reasons.append(Phrase("course.why.place_contradicts", {"office": case.named[0]}, 30))
        if not told:
            points = 34 if reading.content <= _MEAGRE else 26
            reasons.append(Phrase("course.why.what_unclear", {"n": reading.content}, points))
        elif not reading.known and reading.content <= _MEAGRE:
            reasons.append(Phrase("course.why.text_thin", {"n": reading.content}, 24))
        if reading.spam or reading.question:
            reasons.append(Phrase("course.why.not_worth_asking", {}, -25))
        if case.asked or case.paused:
            reasons.append(Phrase("course.why.asked_before", {}, -30))
        if case.holder is not None and not case.returned:
            reasons.append(Phrase("course.why.held", {"office": case.holder}, -25))
        if self.danger and told:
            reasons.append(Phrase("course.why.danger_waits", {}, -10))
        name = (
            "ask.which" if which else "ask.both" if no_place and not told else "ask.place" if no_place else ""
        )
        name = name or ("ask.what" if not told else "ask.more")
        basis, risk = Phrase("course.basis.ask"), Phrase("course.risk.ask")
        return self._course(K.ASK, "", basis, risk, name, reasons, case.category, None, "", which)

    # -- common ------------------------------------------------------------------------------------------------

    def _course(
        self,
        kind: CourseKind,
        target: str,
        basis: Phrase,
        risk: Phrase,
        text: str,
        reasons: list[Phrase],
        category: str | None,
        place: str | None = None,
        number: str = "",
        which: tuple[str, str] | None = None,
    ) -> Course:
        office = self.case.holder if kind is K.NO_ACTION else target if kind in TO_OFFICE else None
        known = self.directory.offices.get(office or "")
        level = "" if known is None else known.level.value
        past = self.counsel.comparables.of(kind, category, office or "", level)
        said = letter(
            self.counsel.texts,
            text,
            self.directory,
            Named(category, place or self.case.place, target, self.case.holder, number, which),
            self.case.reading.outside,
        )
        course = Course(kind, target, basis, risk, said, tuple(reasons), past, category)
        if course.id in self.case.refused:
            aside = Phrase("course.why.refused", {}, -_ASIDE)
            return replace(course, reasons=(*course.reasons, aside))
        return course
